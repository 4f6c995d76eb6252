"""A model made elsewhere, as its file describes it, and how its ends fit a project's fields."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import prod
from typing import Any, NamedTuple

from mmdesk.core.errors import ModelProblem
from mmdesk.core.fields.kind import Form
from mmdesk.core.fields.kinds import kind_of
from mmdesk.core.fields.schema import Field, Schema
from mmdesk.core.model.layout import layout_of, volume_layout
from mmdesk.core.model.ranges import expand
from mmdesk.words import tr

LARGEST_CODE = 200_000
"""Bytes of a file of code that comes with a model; nobody reads more before saying that it may run."""

FREE_SIZE = 224
"""Pixels of an image for a model that takes any size."""
FREE_LENGTH = 64
"""Time steps for a model that takes any number."""


class Hint(NamedTuple):
    """What one layer of a model's file tells of an input or output.

    Attributes:
        what: The layer's class, or what it does to the values.
        name: The layer's name.
        values: Its numbers.
    """

    what: str
    name: str = ""
    values: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class End:
    """An input or output of a foreign model.

    Attributes:
        name: As the model calls it.
        shape: Without the batch; None where any size goes.
        dtype: Of its numbers, such as `float32`.
        logits: An output whose last layer has no activation, so that it may give logits.
        hints: What the layers that an input goes into first, or that give an output, tell.
        codes: One past the last code that an input embeds; 0 for none.
        looked_up: The model looks up what it takes there, which becomes preparation.
        known: The first words of its list.
    """

    name: str
    shape: tuple[int | None, ...]
    dtype: str = "float32"
    logits: bool = False
    hints: tuple[Hint, ...] = ()
    codes: int = 0
    looked_up: bool = False
    known: tuple[str, ...] = ()

    def say(self) -> str:
        """Return name, type and shape in words."""
        sizes = " x ".join("any" if size is None else f"{size}" for size in self.shape) or "1"
        return f"{self.name} ({self.dtype}, {sizes})"


@dataclass(frozen=True, slots=True)
class Foreign:
    """A foreign model that passed the gate.

    Attributes:
        file: Its file's name.
        sha256: Hex digest of its bytes.
        size: How many they are.
        keras: Version of Keras that saved it.
        inputs: Its inputs, in its order.
        outputs: Its outputs, in its order.
        parameters: Number of its weights.
        maker: What wrote an ONNX file, as it says of itself; empty for a Keras model.
        notes: What was left out of it, in words.
    """

    file: str
    sha256: str
    size: int
    keras: str
    inputs: tuple[End, ...]
    outputs: tuple[End, ...]
    parameters: int = 0
    maker: str = ""
    notes: tuple[str, ...] = ()

    @property
    def saved_by(self) -> str:
        """What saved it, in words."""
        return self.maker or tr("Keras {keras}", keras=self.keras)

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> Foreign:
        """Return the model that a job's result describes."""
        ends = {key: tuple(_end(one) for one in raw[key]) for key in ("inputs", "outputs")}
        return cls(
            raw["file"],
            raw["sha256"],
            raw["size"],
            raw["keras"],
            **ends,
            parameters=raw["parameters"],
            maker=raw["maker"],
            notes=tuple(raw["notes"]),
        )


def _end(raw: Mapping[str, Any]) -> End:
    hints = tuple(Hint(what, name, tuple(values)) for what, name, values in raw.get("hints", ()))
    return End(**{**raw, "shape": tuple(raw["shape"]), "hints": hints, "known": tuple(raw.get("known", ()))})


@dataclass(frozen=True, slots=True)
class Match:
    """Which fields the ends of a foreign model are.

    Attributes:
        inputs: Fields by model input: several where numbers make up a vector. Names such as
            `age__present` stand for themselves.
        outputs: Target by model output.
        guessed: Ends that were matched by their shape alone, which a person has to confirm.
        fitting: For each input without a field, the fields that would fit.
    """

    inputs: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    outputs: Mapping[str, str] = field(default_factory=dict)
    guessed: tuple[str, ...] = ()
    fitting: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def complete(self) -> bool:
        """Whether each input has its field and at least one output its target."""
        return not self.fitting and bool(self.outputs)

    @property
    def settled(self) -> bool:
        """Whether it is complete and nothing of it is a guess."""
        return self.complete and not self.guessed


def match(foreign: Foreign, schema: Schema, said: Mapping[str, Sequence[str]] | None = None) -> Match:
    """Match a foreign model's ends to a project's fields: as told, then by name, then by shape.

    Args:
        foreign: The model.
        schema: The project's fields.
        said: What a person said: fields by input, with ranges such as x1..x9, or one target by output.

    Raises:
        Situation: A range is none.
        ModelProblem: What the person said names no end or field, or does not fit.
    """
    told = {name: expand(fields, schema) for name, fields in (said or {}).items()}
    names = [end.name for end in (*foreign.inputs, *foreign.outputs)]
    for name in told:
        if name not in names:
            raise _unfit(
                tr("The model has no input or output called {name}.", name=name),
                tr("It has: {names}.", names=", ".join(names)),
            )
    inputs: dict[str, tuple[str, ...]] = {}
    guessed: list[str] = []
    for end in foreign.inputs:
        if end.name in told:
            inputs[end.name] = _told(end, told[end.name], schema)
        elif same := _named(end, schema):
            inputs[end.name] = same
    fitting: dict[str, tuple[str, ...]] = {}
    for end in foreign.inputs:
        if end.name in inputs:
            continue
        free = fields_for(end, schema, {name for fields in inputs.values() for name in fields})
        if free:
            inputs[end.name] = free[0]
            guessed.append(end.name)
        else:
            fitting[end.name] = tuple(", ".join(some) for some in fields_for(end, schema, set()))
    outputs, guesses = _match_outputs(foreign.outputs, schema, told)
    return Match(inputs, outputs, (*guessed, *guesses), fitting)


def why_unfit(end: End, fields: Sequence[Field]) -> str:
    """Return why an input does not take some fields, in words; empty when it does."""
    if end.dtype == "string":
        return _why_no_words(end, fields)
    if len(fields) != 1:
        if fields and all(kind_of(one).form is Form.IMAGE for one in fields):
            fits = layout_of(end.shape, len(fields)) is not None
            return (
                ""
                if fits
                else tr("{count} images are {channels} channels", count=len(fields), channels=3 * len(fields))
            )
        if not fields or any(kind_of(one).form is not Form.SCALAR for one in fields):
            return tr("several fields go together only where each is a number, a flag or a date")
        wanted = end.shape[0] if len(end.shape) == 1 else 0
        return (
            ""
            if wanted == len(fields)
            else tr("it takes {wanted} numbers at once, not {count}", wanted=wanted, count=len(fields))
        )
    if kind_of(fields[0]).form is Form.WORDS:
        takes = len(end.shape) == 1 and (end.codes or end.dtype.startswith(("int", "uint")))
        return "" if takes else tr("a text becomes a row of codes, and this input takes none")
    return _why_unfit(end.shape, fields[0])


def _why_no_words(end: End, fields: Sequence[Field]) -> str:
    if not fields or any(kind_of(one).form not in (Form.CODE, Form.WORDS) for one in fields):
        return tr("it takes words, which a choice and a text have")
    wanted = prod(size or 1 for size in end.shape)
    if wanted == len(fields):
        return ""
    return tr("it takes {wanted} words at once, not {count}", wanted=wanted, count=len(fields))


def _why_unfit(shape: tuple[int | None, ...], one: Field) -> str:
    single, fits = shape in ((), (1,)), False
    match kind_of(one).form:
        case Form.IMAGE:
            fits = layout_of(shape) is not None
            why = tr("an image is height x width x 3 (or 1) numbers, or its channels come first")
        case Form.VOLUME:
            fits = volume_layout(shape) is not None
            why = tr("a volume is slices x height x width x 1 (or 3) numbers, in this order or another")
        case Form.CODE:
            fits = single or shape == (len(one.options),)
            why = tr("a choice is one code or {count} numbers, one an option", count=len(one.options))
        case Form.STEPS:
            channels = max(1, len(one.channels))
            tokens = len(shape) == 1 and shape[0] != 1 and channels == 1
            fits = tokens or (len(shape) == 2 and shape[1] == channels)
            why = tr("the sequence has {channels} channels a step", channels=channels)
        case _:
            fits, why = single, tr("a single number does not fill it")
    return "" if fits else why


def why_no_target(end: End, target: Field) -> str:
    """Return why an output cannot be read as a target, in words; empty when it can."""
    width = _width(end)
    wanted = kind_of(target).widths(target)
    if len(end.shape) > 1 or width not in wanted:
        sizes = " or ".join(map(str, sorted(wanted)))
        return tr("the {kind} {name} is {sizes} numbers", kind=target.kind, name=target.name, sizes=sizes)
    return ""


def say_open(found: Match, foreign: Foreign) -> str:
    """Return what a person still has to say, as the advice of a refusal."""
    parts = []
    for end in foreign.inputs:
        if end.name in found.guessed:
            parts.append(tr("{say} would be {inputs}", say=end.say(), inputs=", ".join(found.inputs[end.name])))
        elif end.name in found.fitting:
            fit = " or ".join(found.fitting[end.name])
            parts.append(
                tr("{say} would take {fit}", say=end.say(), fit=fit)
                if fit
                else tr("no field fits {say}", say=end.say())
            )
    parts += [
        tr("{say} would give {outputs}", say=end.say(), outputs=found.outputs[end.name])
        for end in foreign.outputs
        if end.name in found.guessed
    ]
    if not found.outputs:
        parts.append(tr("no target fits {outputs}", outputs=", ".join(end.say() for end in foreign.outputs)))
    return "; ".join(parts)


def _named(end: End, schema: Schema) -> tuple[str, ...]:
    base, _, extra = end.name.partition("__")
    if extra in ("present", "mask") and any(one.name == base for one in schema.inputs):
        return (end.name,)
    for one in schema.inputs:
        if _plain(one.name) == _plain(end.name) and not why_unfit(end, [one]):
            return (one.name,)
    return ()


def _told(end: End, names: tuple[str, ...], schema: Schema) -> tuple[str, ...]:
    fields = {one.name: one for one in schema.inputs}
    for name in names:
        if name not in fields:
            known = ", ".join(fields)
            raise _unfit(
                tr("The project has no input called {name}.", name=name), tr("Its inputs: {known}.", known=known)
            )
    if why := why_unfit(end, [fields[name] for name in names]):
        fit = " or ".join(", ".join(some) for some in fields_for(end, schema, set())) or "none"
        raise _unfit(
            tr("The model's input {say} does not take {names}: {why}.", say=end.say(), names=", ".join(names), why=why),
            tr("Fields that would fit: {fit}.", fit=fit),
        )
    return names


def fields_for(end: End, schema: Schema, used: set[str]) -> list[tuple[str, ...]]:
    """Return the fields, or the one list of number fields, that an input could take.

    Args:
        end: A model's input.
        schema: The project's fields.
        used: Fields that are taken already.
    """
    free = [one for one in schema.inputs if one.name not in used]
    found: list[tuple[str, ...]] = [(one.name,) for one in free if not why_unfit(end, [one])]
    if len(end.shape) == 2:
        found.sort(key=lambda names: kind_of(schema.field(names[0])).is_image)
    images = [one for one in free if kind_of(one).form is Form.IMAGE]
    for count in (2, len(images)):
        some = images[:count]
        if count > 1 and not why_unfit(end, some) and tuple(one.name for one in some) not in found:
            found.append(tuple(one.name for one in some))
    if end.known:
        found.sort(key=lambda names: -len({*schema.field(names[0]).options} & {*end.known}))
    words = [one for one in free if kind_of(one).form is Form.CODE]
    if end.dtype == "string" and len(words) > 1 and not why_unfit(end, words):
        found.append(tuple(one.name for one in words))
    numbers = [one for one in free if kind_of(one).form is Form.SCALAR]
    if len(numbers) > 1 and not why_unfit(end, numbers):
        found.append(tuple(one.name for one in numbers))
    return found


def _match_outputs(
    ends: Sequence[End], schema: Schema, told: Mapping[str, tuple[str, ...]]
) -> tuple[dict[str, str], list[str]]:
    targets = {one.name: one for one in schema.targets}
    found: dict[str, str] = {}
    for end in ends:
        if end.name in told:
            found[end.name] = _told_target(end, told[end.name], targets)
    for end in ends:
        for one in targets.values():
            same = _plain(one.name) == _plain(end.name) and not why_no_target(end, one)
            if same and end.name not in found and one.name not in found.values():
                found[end.name] = one.name
    guessed = []
    for end in ends:
        free = [one for one in targets.values() if one.name not in found.values()]
        fits = [one for one in free if not why_no_target(end, one)]
        if end.name not in found and fits:
            found[end.name] = fits[0].name
            guessed.append(end.name)
    return found, guessed


def _told_target(end: End, names: tuple[str, ...], targets: Mapping[str, Field]) -> str:
    if len(names) != 1 or names[0] not in targets:
        raise _unfit(
            tr("The project has no target called {names}.", names=", ".join(names)),
            tr("Its targets: {targets}.", targets=", ".join(targets)),
        )
    if why := why_no_target(end, targets[names[0]]):
        raise _unfit(
            tr("The model's output {say} cannot be {names}: {why}.", say=end.say(), names=names[0], why=why),
            tr("Choose another target."),
        )
    return names[0]


def _width(end: End) -> int:
    return prod(size or 0 for size in end.shape)


def _plain(name: str) -> str:
    return re.sub(r"[\W_]+", "", name).casefold()


def _unfit(what: str, do: str) -> ModelProblem:
    return ModelProblem(what, tr("Nothing was changed."), do)
