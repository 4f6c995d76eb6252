"""Labelled cases are predicted with the reading that was given and with others, before a model is added."""

from __future__ import annotations

import itertools
import random
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import keras
import numpy as np

from mmdesk.core.cases.case import Case, ImageRef
from mmdesk.core.cases.truth import labelled
from mmdesk.core.errors import ImageProblem
from mmdesk.core.fields.kind import Form
from mmdesk.core.fields.kinds import kind_of
from mmdesk.core.model import probe
from mmdesk.core.model.prepare import Preparation, prepare
from mmdesk.core.model.reading import NUMBERS, OFFSETS, PADDINGS, PIXELS, Reading
from mmdesk.core.model.refused_cases import unfit_rows
from mmdesk.imaging.base.bound import images_of
from mmdesk.imaging.decode import decode_for_model
from mmdesk.jobs.protocol import ChildContext
from mmdesk.modelling.snapshot import Snapshot
from mmdesk.words import tr

MOST = 300
"""Labelled cases that are predicted."""
SECONDS = 90.0
"""Time after which no further cases are predicted; those that were count."""
_BATCH = 16
_MOST_READINGS = 10
"""Readings up to which every combination is tried."""

Made = tuple[keras.Model, Preparation]


def probed(snapshot: Snapshot, reading: Reading, make: Callable[[Reading], Made], ctx: ChildContext) -> probe.Probe:
    """Return how well a model fits the labels as it was given, and read otherwise.

    Args:
        snapshot: The project's cases and labels.
        reading: What the person said.
        make: Gives the model and its preparation for a reading.
        ctx: Asked whether to stop.
    """
    cases = labelled(snapshot.cases, snapshot.truths)
    if len(cases) > MOST:
        cases = random.Random(1).sample(cases, MOST)  # noqa: S311
    if not cases:
        return probe.Probe(0)
    readings = _readings(reading, make(reading), snapshot)
    made = [make(one) for one in readings]
    taken: list[Case] = []
    found: list[list[dict[str, Any]]] = [[] for _ in made]
    until = time.monotonic() + SECONDS
    for at in range(0, len(cases), _BATCH):
        ctx.check_cancelled()
        if time.monotonic() > until:
            break
        some = cases[at : at + _BATCH]
        rows, arrays = _arrays(snapshot, some, made)
        if not len(rows):
            continue
        for kept, answers in _answered(made, arrays, rows):
            taken += [some[row] for row in kept]
            for block, one in zip(found, answers, strict=True):
                block.append(one)
    if not taken:
        return probe.Probe(0)
    outputs = [{name: np.concatenate([block[name] for block in some]) for name in some[0]} for some in found]
    return _held(snapshot, taken, readings, outputs)


def _answered(
    made: Sequence[Made], arrays: Sequence[Mapping[str, Any]], rows: Any
) -> list[tuple[Any, list[dict[str, Any]]]]:
    """Return the answers of each reading to some rows; a row that any of them cannot take is left out."""
    answers = []
    try:
        for (model, _preparation), given in zip(made, arrays, strict=True):
            found = model({one.name: given[one.name][rows] for one in model.inputs}, training=False)
            answers.append({name: np.asarray(values, np.float32) for name, values in found.items()})
    except Exception as why:  # of TensorFlow, which raises what it likes
        if isinstance(why, MemoryError) or type(why).__name__ == "ResourceExhaustedError":
            raise
        if len(rows) == 1:
            return []
        return [done for row in rows for done in _answered(made, arrays, np.array([row]))]
    return [(rows, answers)]


def _held(
    snapshot: Snapshot,
    cases: Sequence[Case],
    readings: Sequence[Reading],
    outputs: Sequence[Mapping[str, Any]],
) -> probe.Probe:
    scored = snapshot.scored(cases)
    names = {name for name, known in scored.known.items() if known.any()}
    outputs = [{name: values for name, values in some.items() if name in names} for some in outputs]
    if not outputs[0]:
        return probe.Probe(0)
    tried = []
    for reading, some in zip(readings, outputs, strict=True):
        tried.append(probe.hold(reading, some, snapshot.schema, scored.truth, scored.known))
        if len(cases) >= probe.FEWEST:
            other = probe.reordered(tried[-1], some, snapshot.schema, scored.truth, scored.known)
            tried += [other] if other else []
    better, gained = probe.clearly_better(tried[0], tried[1:]) if len(cases) >= probe.FEWEST else (None, 0)
    best = sorted(tried[1:], key=lambda one: -float(np.nanmean(one.right)))[: _MOST_READINGS - 1]
    return probe.Probe(
        len(cases),
        tuple({"options": one.reading.options(), "figures": dict(one.figures)} for one in (tried[0], *best)),
        probe.baseline(outputs[0], snapshot.schema, scored.truth, scored.known),
        tuple(one.name for one in snapshot.schema.targets if kind_of(one).is_amount),
        better.reading.options() or tr("the usual reading, without options,") if better else "",
        gained,
    )


def _readings(reading: Reading, made: Made, snapshot: Snapshot) -> list[Reading]:
    """Return the given reading and those that would feed the model otherwise."""
    model, preparation = made
    names = {one.name for one in model.inputs} & set(preparation.inputs)
    states = [(kind_of(one), preparation.inputs[one.name]) for one in snapshot.schema.inputs if one.name in names]
    choices: dict[str, Sequence[Any]] = {
        "pixels": list(PIXELS) if any(kind.is_image for kind, _ in states) else [],
        "offset": OFFSETS if any(kind.form is Form.CODE for kind, _ in states) else [],
        "numbers": NUMBERS if any(_scalable(kind, state) for kind, state in states) else [],
        "padding": PADDINGS if any(kind.form is Form.STEPS for kind, _ in states) else [],
    }
    kept = {name: some for name, some in choices.items() if some}
    every = [replace(reading, **dict(zip(kept, some, strict=True))) for some in itertools.product(*kept.values())]
    if len(every) > _MOST_READINGS:
        every = [replace(reading, **{name: value}) for name, some in kept.items() for value in some]
    found = [reading]
    found += [one for one in every if one not in found]
    return found


def _scalable(kind: Any, state: Any) -> bool:
    return not state.whole and (kind.form is Form.STEPS or (kind.form is Form.SCALAR and not kind.two_valued))


def _arrays(snapshot: Snapshot, cases: Sequence[Case], made: Sequence[Made]) -> tuple[Any, list[dict[str, Any]]]:
    """Return the rows that hold all that the model needs, and the arrays of each reading."""
    model = made[0][0]
    images, present = {}, {}
    for tensor in model.inputs:
        field = next((one for one in snapshot.schema.images if one.name == tensor.name), None)
        if field is not None:
            images[field.name], present[field.name] = _pictures(snapshot, cases, field.name, tensor.shape[1])
    found = [prepare(preparation, snapshot.schema, cases, present) | images for _model, preparation in made]
    names = {one.name for one in model.inputs}
    whole = np.ones(len(cases), bool)
    for name in made[0][1].inputs:
        if name in names and f"{name}__present" not in names:
            whole &= found[0][f"{name}__present"][:, 0] > 0
    for arrays, (_model, preparation) in zip(found, made, strict=True):
        whole[list(unfit_rows(preparation, snapshot.schema, arrays))] = False
    return np.flatnonzero(whole), found


def _pictures(snapshot: Snapshot, cases: Sequence[Case], name: str, size: int) -> tuple[Any, Any]:
    pixels = np.zeros((len(cases), size, size, 3), np.float32)
    present = np.zeros(len(cases), bool)
    for row, case in enumerate(cases):
        ref = case.inputs.get(name)
        if isinstance(ref, ImageRef):
            try:
                pixels[row] = decode_for_model(images_of(snapshot.folder).check(ref), size)
                present[row] = True
            except ImageProblem:
                continue
    return pixels, present
