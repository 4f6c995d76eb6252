"""Which arrays of a model the steps give, and from which fields."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mmdesk.core.model.lookups.steps import (
    OUTSIDE,
    Binned,
    Buckets,
    Codes,
    Counted,
    Crossed,
    Fitted,
    Joined,
    Picked,
    Rows,
    Step,
    Taken,
    Tokens,
    array_of,
)

_STEPS: Mapping[str, type[Step]] = {
    one.__name__.casefold(): one
    for one in (Taken, Joined, Picked, Tokens, Codes, Buckets, Crossed, Binned, Fitted, Counted)
}


@dataclass(frozen=True, slots=True)
class Source:
    """What one of the model's own inputs is made from.

    Attributes:
        fields: The fields, in their order.
        words: The model takes words there, not numbers.
        offset: Number of the first option of a choice whose options are no whole numbers themselves.
        length: Steps of a sequence that the model takes; 0 for no sequence.
        before: The steps that a short sequence lacks are filled in before it.
        first: The first steps of a long sequence are kept, not the last.
        fill: What the steps that a sequence lacks are filled with.
        order: The options of a choice in the order of their numbers; the field's own when empty.
    """

    fields: tuple[str, ...]
    words: bool = True
    offset: int = 0
    length: int = 0
    before: bool = False
    first: bool = False
    fill: int = 0
    order: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Lookup:
    """An array of the model that steps give.

    Attributes:
        step: The last of them.
        shape: Of one case.
        dtype: Of its numbers.
        layer: The layer that it stands for, in words.
    """

    step: Step
    shape: tuple[int, ...]
    dtype: str
    layer: str

    @property
    def ends(self) -> tuple[str, ...]:
        """The model's inputs that it needs."""
        return tuple(dict.fromkeys(one.end for one in walk(self.step) if isinstance(one, Taken)))

    def array(self, raw: Mapping[str, Rows]) -> NDArray[Any]:
        """Return the array of some cases, from the words or numbers of the model's inputs."""
        return array_of(self.step, raw, self.shape, self.dtype)


@dataclass(frozen=True, slots=True)
class Plan:
    """All that a preparation looks up.

    Attributes:
        sources: By the model's name of an input, what it is made from.
        lookups: By the name of an array, how it is made from those.
    """

    sources: Mapping[str, Source] = field(default_factory=dict)
    lookups: Mapping[str, Lookup] = field(default_factory=dict)

    @property
    def fields(self) -> frozenset[str]:
        """Names of the fields that are looked up; without one of them there is no answer."""
        return frozenset(name for one in self.sources.values() for name in one.fields)

    def fields_of(self, array: str) -> tuple[str, ...]:
        """Return the fields that an array is made from."""
        return tuple(name for end in self.lookups[array].ends for name in self.sources[end].fields)

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return {
            "sources": {name: asdict(one) for name, one in self.sources.items()},
            "lookups": {
                name: {
                    "step": step_to_json(one.step),
                    "shape": list(one.shape),
                    "dtype": one.dtype,
                    "layer": one.layer,
                }
                for name, one in self.lookups.items()
            },
        }

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> Plan:
        """Read what `as_json` gave; raises KeyError, TypeError or ValueError where it is nothing of the kind."""
        return cls(
            {name: _source(one) for name, one in raw["sources"].items()},
            {
                name: Lookup(step_from_json(one["step"]), tuple(one["shape"]), str(one["dtype"]), str(one["layer"]))
                for name, one in raw["lookups"].items()
            },
        )


def _source(raw: Mapping[str, Any]) -> Source:
    values: dict[str, Any] = {name: tuple(one) if isinstance(one, list) else one for name, one in raw.items()}
    return Source(**values)


def walk(step: Step) -> Iterator[Step]:
    """Give a step and all before it."""
    yield step
    for one in step.of:
        yield from walk(one)


def step_to_json(step: Step) -> dict[str, Any]:
    """Return a step and those before it as JSON values; what is as usual is left out."""
    found: dict[str, Any] = {"step": type(step).__name__.casefold()}
    for one in fields(step):
        value = getattr(step, one.name)
        if one.init and one.name != "of" and value != one.default:
            found[one.name] = list(value) if isinstance(value, tuple) else value
    if step.of:
        found["of"] = [step_to_json(one) for one in step.of]
    return found


def step_from_json(raw: Mapping[str, Any]) -> Step:
    """Read what `step_to_json` gave."""
    kind = _STEPS[raw["step"]]
    given = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in raw.items()
        if name not in ("step", "of")
    }
    before = tuple(step_from_json(one) for one in raw.get("of", ()))
    if kind.takes >= 0 and len(before) != kind.takes:
        raise ValueError(f"{raw['step']} follows {kind.takes} steps")
    return kind(of=before, **given)


def outside(array: NDArray[Any]) -> NDArray[np.bool_]:
    """Return which rows hold a word or number that a list without a code for others does not know."""
    rows = array.reshape(len(array), -1)
    found = np.isnan(rows) if rows.dtype.kind == "f" else rows == OUTSIDE
    return np.asarray(found.any(axis=1))
