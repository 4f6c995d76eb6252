"""How a model made elsewhere was trained to read its inputs, and in which order it answers."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, NamedTuple

from mmdesk.core.errors import Situation
from mmdesk.core.fields.kinds import kind_of
from mmdesk.core.fields.schema import Field, Schema
from mmdesk.words import QT_TR_NOOP, tr


class Pixels(NamedTuple):
    """A range of pixels: factor and offset of each colour, from 0..255, and the order of colours."""

    words: str
    factor: tuple[float, float, float] = (1.0, 1.0, 1.0)
    offset: tuple[float, float, float] = (0.0, 0.0, 0.0)
    reversed: bool = False


_MEAN, _SPREAD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
PIXELS: Mapping[str, Pixels] = {
    "bytes": Pixels("0 to 255"),
    "unit": Pixels("0 to 1", (1 / 255,) * 3),
    "signed": Pixels("-1 to 1", (1 / 127.5,) * 3, (-1.0,) * 3),
    "imagenet": Pixels(
        QT_TR_NOOP("0 to 1, less the means of ImageNet, by their spread"),
        (1 / 255 / _SPREAD[0], 1 / 255 / _SPREAD[1], 1 / 255 / _SPREAD[2]),
        (-_MEAN[0] / _SPREAD[0], -_MEAN[1] / _SPREAD[1], -_MEAN[2] / _SPREAD[2]),
    ),
    "caffe": Pixels(
        QT_TR_NOOP("0 to 255, blue first, less the means of ImageNet"),
        offset=(-103.939, -116.779, -123.68),
        reversed=True,
    ),
}
"""Ranges of pixels that a model may have been trained on, by name."""
_RANGES = {"0..255": "bytes", "0..1": "unit", "-1..1": "signed"}
"""Other names of some."""
OFFSETS = (0, 1)
NUMBERS = ("raw", "standardised")
PADDINGS = ("after", "before")
_NUMBERED = re.compile(r"(.*?)(\d+)")


@dataclass(frozen=True, slots=True)
class Reading:
    """How a model made elsewhere is to be fed and read.

    Attributes:
        pixels: A key of `PIXELS`.
        offset: Code of the first option of a choice.
        numbers: One of `NUMBERS`: as they are, or less their mean and by their spread on the training split.
        padding: One of `PADDINGS`: where the steps that a short sequence lacks are filled in.
        order: By target the classes in the order of the model's outputs; the field's own where none is said.
    """

    pixels: str = "bytes"
    offset: int = 0
    numbers: str = "raw"
    padding: str = "after"
    order: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> Reading:
        """Return what a job says."""
        return cls(**{**raw, "order": {name: tuple(some) for name, some in raw["order"].items()}})

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return asdict(self)

    def options(self) -> str:
        """Return the options of `models add` that say it; empty for the usual."""
        usual = Reading()
        names = ("pixels", "offset", "numbers", "padding")
        said = [f"--{name} {getattr(self, name)}" for name in names if getattr(self, name) != getattr(usual, name)]
        said += [f'--order "{target}={"|".join(some)}"' for target, some in self.order.items()]
        return " ".join(said)

    def checked(self, schema: Schema) -> Reading:
        """Return it with the usual names, once everything in it is known.

        Raises:
            Situation: A word is not known, or an order lacks or repeats a class.
        """
        pixels = _RANGES.get(self.pixels, self.pixels)
        for word, known, what in (
            (pixels, tuple(PIXELS), tr("range of pixels")),
            (self.offset, OFFSETS, tr("offset of codes")),
            (self.numbers, NUMBERS, tr("form of numbers")),
            (self.padding, PADDINGS, tr("side for padding")),
        ):
            if word not in known:
                raise Situation(
                    tr("There is no {what} {word}.", what=what, word=word),
                    do=tr("Use one of: {map}.", map=", ".join(map(str, known))),
                )
        targets = {one.name: one for one in schema.targets}
        for name, order in self.order.items():
            wanted = classes_of(targets[name]) if name in targets else ()
            if sorted(order) != sorted(wanted):
                names = ", ".join(one.name for one in schema.targets if classes_of(one))
                raise Situation(
                    tr("The order {order} does not name each class of {name} once.", order="|".join(order), name=name),
                    do=tr("Write {name}={wanted} in the model's order.", name=name, wanted="|".join(wanted))
                    if wanted
                    else tr("Targets that have classes: {names}.", names=names),
                )
        return replace(self, pixels=pixels)


def classes_of(target: Field) -> tuple[str, ...]:
    """Return what a target's outputs may be of, in its own order; none for numbers."""
    kind = kind_of(target)
    if kind.two_valued:
        return ("no", "yes")
    return () if kind.is_amount else tuple(target.options)


def expand(names: Sequence[str], schema: Schema) -> tuple[str, ...]:
    """Return field names with each range, such as x1..x100, written out.

    A range counts the numbers at the names' ends; where the names do not end in numbers, it is all
    inputs of the schema from the one to the other.

    Raises:
        Situation: An end of a range, or one in between, is no input.
    """
    known = [one.name for one in schema.inputs]
    found: list[str] = []
    for name in names:
        first, dots, last = (part.strip() for part in name.partition(".."))
        if not dots or name in known:
            found.append(name)
            continue
        some = _counted(first, last)
        if not some and first in known and last in known:
            some = known[known.index(first) : known.index(last) + 1]
        if absent := [one for one in some if one not in known]:
            raise Situation(
                tr("The project has no input called {absent}, which {name} takes in.", absent=absent[0], name=name)
            )
        if not some:
            raise Situation(
                tr("{name} is no range of inputs.", name=name),
                do=tr("Name the first and the last input, such as x1..x100."),
            )
        found += some
    return tuple(found)


def _counted(first: str, last: str) -> list[str]:
    one, other = _NUMBERED.fullmatch(first), _NUMBERED.fullmatch(last)
    if not (one and other) or one[1] != other[1]:
        return []
    width = len(one[2]) if one[2].startswith("0") else 0
    return [f"{one[1]}{number:0{width}d}" for number in range(int(one[2]), int(other[2]) + 1)]
