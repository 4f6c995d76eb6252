"""Other answers to each question about a model, which labelled cases can tell apart."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from mmdesk.core.fields.kinds import kind_of
from mmdesk.core.fields.schema import Schema
from mmdesk.core.model.foreign import FREE_LENGTH, FREE_SIZE, End, Foreign, Match
from mmdesk.core.model.layout import layout_of
from mmdesk.core.model.pixels import PIXELS
from mmdesk.core.model.reading import Reading
from mmdesk.core.model.readings import (
    DISTANCE,
    LINEAR,
    LOGIT,
    MINMAX,
    NONE,
    PROBABILITY,
    STANDARDISED,
    InputReading,
    OutputReading,
)

_SCALES = (NONE, STANDARDISED, MINMAX)


def alternatives(
    reading: Reading, foreign: Foreign, found: Match, schema: Schema, *, alone: bool = False
) -> Iterator[tuple[str, Reading]]:
    """Yield readings that answer one question otherwise, each with the question's name.

    Args:
        reading: What is said now.
        foreign: The model.
        found: Which fields its ends are.
        schema: The project's fields.
        alone: Of several inputs that are asked the same, one is answered otherwise; else all are.
    """
    ends = {end.name: end for end in (*foreign.inputs, *foreign.outputs)}
    choices = {name: _of_input(ends[name], one, found, schema) for name, one in reading.inputs.items()}
    keys = dict.fromkeys(key for some in choices.values() for key in some)
    for key in keys:
        asked = [name for name in reading.inputs if key in choices[name]]
        for group in [[name] for name in asked] if alone and len(asked) > 1 else [] if alone else [asked]:
            for value in choices[group[0]][key]:
                other = reading.said([(name, key, value) for name in group])
                if other != reading:
                    yield key, other
    for name, output in reading.outputs.items():
        if not alone:
            for key, values in _of_output(ends[name], output, found, schema).items():
                yield from (
                    (f"{name}.{key}", other) for value in values if (other := reading.plus(name, key, value)) != reading
                )


def _of_input(end: End, reading: InputReading, found: Match, schema: Schema) -> Mapping[str, Sequence[Any]]:
    names = found.inputs[end.name]
    match reading.form:
        case "image":
            layout = layout_of(end.shape, len(names))
            other = layout_of(end.shape, len(names), "first")
            choices: dict[str, Sequence[Any]] = {"pixels": list(PIXELS), "fit": ("stretch", "pad", "crop")}
            if layout is not None and layout.height is None:
                choices["size"] = ((), (FREE_SIZE, FREE_SIZE))
            if layout is not None and layout.channels == 3:
                choices["colours"] = ("rgb", "grey")
            if layout != other:
                choices["axes"] = ("last", "first")
            return choices
        case "numbers":
            two = all(kind_of(schema.field(name)).two_valued for name in names)
            return {} if two or end.dtype.startswith(("int", "uint")) else {"scale": _SCALES}
        case "codes":
            return {"offset": (0, 1)}
        case "steps":
            choices = {"padding": ("after", "before"), "value": (0.0, -1.0), "kept": ("last", "first")}
            if not end.dtype.startswith(("int", "uint")):
                choices["scale"] = _SCALES
            if end.shape[0] is None:
                choices["length"] = (0, FREE_LENGTH)
            return choices
    return {}


def _of_output(end: End, reading: OutputReading, found: Match, schema: Schema) -> Mapping[str, Sequence[Any]]:
    if kind_of(schema.field(found.outputs[end.name])).is_amount:
        return {"scale": (NONE, STANDARDISED, MINMAX), "log": ("", "log", "log1p")} if reading.scale != "given" else {}
    links = [LOGIT, LINEAR, DISTANCE] if end.logits else [PROBABILITY, LINEAR, DISTANCE]
    return {"link": links if end.shape in ((), (1,)) else [one for one in links if one != DISTANCE]}
