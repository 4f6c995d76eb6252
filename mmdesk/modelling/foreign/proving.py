"""Some cases as a foreign model sees them: the very tensors that go into it, and what comes out."""

from __future__ import annotations

import base64
import io
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import keras
import numpy as np
from PIL import Image

from mmdesk.core.cases.blinding import LATER
from mmdesk.core.cases.case import Case
from mmdesk.core.fields.kinds import kind_of
from mmdesk.core.fields.schema import Field, Schema
from mmdesk.core.model.foreign import Match
from mmdesk.core.model.layout import layout_of
from mmdesk.core.model.outputs import read_outputs
from mmdesk.core.model.prepare import Preparation
from mmdesk.core.model.proof import SeenCase, SeenInput
from mmdesk.modelling.foreign.loading import inputs_of
from mmdesk.modelling.foreign.probing import prepared
from mmdesk.modelling.network.graph import call_within
from mmdesk.modelling.snapshot import Snapshot
from mmdesk.words import tr

CASES = 3
_SIDE = 112
"""Pixels of a picture that is shown."""
_FIRST = 6
"""Values that are named."""


def seen_cases(
    snapshot: Snapshot,
    model: keras.Model,
    made: tuple[keras.Model, Preparation],
    found: Match,
    shown: Collection[int] | None,
) -> tuple[SeenCase, ...]:
    """Return the first cases that hold all the model needs, as it sees them.

    Args:
        snapshot: The project.
        model: The foreign model.
        made: The same in the project's clothes, and its preparation.
        found: Which fields its ends are.
        shown: Cases whose answers and labels the reader may see; None for all.
    """
    ready = [case for case in snapshot.cases if shown is None or case.id in shown]
    ready += [case for case in snapshot.cases if case not in ready]
    some = ready[: 20 * CASES]
    cases: list[SeenCase] = []
    for at in range(0, len(some), CASES):
        for case in some[at : at + CASES]:
            if len(cases) < CASES:
                rows, arrays = prepared(snapshot, [case], [made])
                if len(rows):
                    cases.append(_seen(snapshot, case, arrays[0], (model, *made), found, shown))
    return tuple(cases)


def _seen(
    snapshot: Snapshot,
    case: Case,
    arrays: Mapping[str, Any],
    made: tuple[keras.Model, keras.Model, Preparation],
    found: Match,
    shown: Collection[int] | None,
) -> SeenCase:
    model, wrapped, preparation = made
    given = {one.name: arrays[one.name] for one in wrapped.inputs}
    try:
        tensors, outputs = _inside(model, wrapped)(given, training=False)
    except Exception as why:  # of TensorFlow, which raises what it likes
        if isinstance(why, MemoryError) or type(why).__name__ == "ResourceExhaustedError":
            raise
        return SeenCase(case.name, why=tr("it could not compute an answer"))
    inputs = tuple(
        _input(end.name, np.asarray(tensor, np.float64)[0], _fields(end.name, found, preparation), snapshot.schema)
        for end, tensor in zip(inputs_of(model), tensors, strict=True)
    )
    if shown is not None and case.id not in shown:
        return SeenCase(case.name, inputs, why=tr(LATER))
    outputs = {name: np.asarray(values, np.float32) for name, values in outputs.items()}
    if not all(np.isfinite(values).all() for values in outputs.values()):
        return SeenCase(case.name, inputs, why=tr("its answer is no finite number"))
    said = read_outputs(snapshot.schema, preparation, outputs)[0]
    targets = {one.name: one for one in snapshot.schema.targets}
    answers = {name: _answer(targets[name], answer) for name, answer in said.items()}
    truth = snapshot.truths.get(case.id)
    known = truth.values if truth and shown is None else {}
    labels = {
        name: kind_of(targets[name]).show(value, targets[name]) for name, value in known.items() if name in answers
    }
    return SeenCase(case.name, inputs, answers, labels)


def _fields(end: str, found: Match, preparation: Preparation) -> Sequence[str]:
    """Return the fields of an input, which may stand for a layer that looked them up."""
    return found.inputs[end] if end in found.inputs else preparation.plan.fields_of(end)


def _inside(model: keras.Model, wrapped: keras.Model) -> keras.Model:
    return keras.Model(wrapped.input, (list(call_within(wrapped, model).input_tensors), wrapped.output))


def _answer(target: Field, said: Any) -> str:
    words = kind_of(target).show(said.value, target) if said.value is not None else "-"
    if said.probabilities:
        chance = said.probabilities.get(kind_of(target).chance(said.value, target), max(said.probabilities.values()))
        if kind_of(target).two_valued and not said.value:
            chance = 1 - chance
        return tr("{words} ({chance:.0%})", words=words, chance=chance)
    return words


def _input(end: str, values: Any, names: Sequence[str], schema: Schema) -> SeenInput:
    low, high = float(values.min()), float(values.max())
    sizes = " x ".join(map(str, values.shape)) or "1"
    fields = {one.name: one for one in schema.inputs}
    images = [name for name in names if name in fields and kind_of(fields[name]).is_image]
    layout = layout_of(values.shape, max(1, len(images))) if images else None
    words = tr("{sizes} values from {low:.4g} to {high:.4g}", sizes=sizes, low=low, high=high)
    if layout is not None:
        return SeenInput(end, words, _png(values, layout.axes, low, high))
    flat = values.reshape(-1)
    first = [f"{value:.4g}" for value in flat[:_FIRST]]
    if len(names) == len(flat):
        first = [f"{name} {value}" for name, value in zip(names, first, strict=False)]
    told = ", ".join(first) + (", ..." if len(flat) > _FIRST else "")
    return SeenInput(end, told if len(flat) <= _FIRST else f"{words}: {told}")


def _png(values: Any, axes: str, low: float, high: float) -> str:
    if axes == "first":
        values = np.moveaxis(values, 0, -1)
    elif axes == "none":
        values = values[..., None]
    if values.shape[-1] not in (1, 3):
        halves = np.split(values, values.shape[-1] // 3 if values.shape[-1] % 3 == 0 else values.shape[-1], axis=-1)
        values = np.concatenate(halves, axis=1)
    grey = ((values - low) / max(high - low, 1e-12) * 255).astype(np.uint8)
    image = Image.fromarray(grey[..., 0] if grey.shape[-1] == 1 else grey)
    image.thumbnail((2 * _SIDE, _SIDE))
    file = io.BytesIO()
    image.save(file, "PNG")
    return base64.b64encode(file.getvalue()).decode()
