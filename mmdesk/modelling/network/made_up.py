"""Made-up prepared cases for a whole model, to try two forms of it on the same numbers."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from mmdesk.core.fields.kind import Form
from mmdesk.core.fields.kinds import KINDS
from mmdesk.core.fields.schema import Field, Schema
from mmdesk.core.fields.states import InputState
from mmdesk.core.model.foreign import FREE_LENGTH
from mmdesk.core.model.lookups.made_up import made_up_raw
from mmdesk.core.model.lookups.plan import Plan
from mmdesk.core.model.prepare import FIRST, Preparation
from mmdesk.modelling.network.export import CASES, with_missing_patterns

_COARSE = 8
"""Squares a side that a made-up image has."""
_FREE, _IMAGE_AXES = 96, 4
"""Pixels a side of a made-up image for a model that takes any size; axes of a batch of images."""
_DAYS = (700_000, 740_000)


def made_up_rows(
    model: keras.Model, preparation: Preparation, schema: Schema, count: int = CASES, seed: int = 1
) -> dict[str, NDArray[Any]]:
    """Return rows of a model's inputs, with patterns of missing ones where it takes those.

    Args:
        model: The model; its inputs bear the names that `core.model.prepare` gives.
        preparation: What its inputs are.
        schema: Fields whose ranges count where the model takes values as they are.
        count: How many rows.
        seed: Of the drawing.
    """
    rng = np.random.default_rng(seed)
    fields = {one.name: one for one in schema.inputs}
    rows: dict[str, NDArray[Any]] = _looked_up(preparation.plan, rng, count)
    for tensor in model.inputs:
        if tensor.name in rows:
            continue
        free = _FREE if len(tensor.shape) == _IMAGE_AXES else FREE_LENGTH
        name, shape = tensor.name, (count, *(size or free for size in tensor.shape[1:]))
        drawn = _draw(rng, preparation.inputs.get(name), fields.get(name), shape)
        rows[name] = drawn.astype(tensor.dtype)
    present = {name: values for name, values in rows.items() if name.endswith("__present")}
    if present:
        patterns = with_missing_patterns(present, at_least=count)
        kept = np.linspace(0, len(next(iter(patterns.values()))) - 1, count).astype(int)
        rows |= {name: values[kept] for name, values in patterns.items()}
    return rows


def _looked_up(plan: Plan, rng: np.random.Generator, count: int) -> dict[str, NDArray[Any]]:
    widths = {end: one.length or len(one.fields) for end, one in plan.sources.items()}
    words = frozenset(end for end, one in plan.sources.items() if one.words)
    raw = made_up_raw(plan.lookups.values(), widths, words, rng, count)
    return {name: lookup.array(raw) for name, lookup in plan.lookups.items()}


def _draw(
    rng: np.random.Generator, state: InputState | None, field: Field | None, shape: tuple[int, ...]
) -> NDArray[Any]:
    if state is None:
        return np.ones(shape)
    kind = KINDS[state.kind]
    raw = all(offset == 0 for offset in state.offset) and all(scale == 1 for scale in state.scale)
    if kind.is_stack:
        cells = rng.integers(0, 256, (shape[0], shape[1], _COARSE, _COARSE, shape[4]))
        down, across = (np.arange(side) * _COARSE // side for side in shape[2:4])
        return cells[:, :, down][:, :, :, across]
    if kind.is_image:
        cells = rng.integers(0, 256, (shape[0], _COARSE, _COARSE, 3))
        down, across = (np.arange(side) * _COARSE // side for side in shape[1:3])
        return cells[:, down][:, :, across]
    if span := _codes(state, raw=raw):
        return rng.integers(*span, shape)
    if raw and field is not None and field.min is not None and field.max is not None:
        drawn = rng.uniform(field.min, field.max, shape)
    else:
        drawn = rng.normal(size=shape)
    return np.round(drawn) if state.whole else drawn


def _codes(state: InputState, *, raw: bool) -> tuple[int, int] | None:
    """Return the whole numbers that an input takes, from the first to one past the last."""
    kind = KINDS[state.kind]
    if kind.form in (Form.CODE, Form.WORDS):
        return FIRST, FIRST + max(1, len(state.known))
    if kind.two_valued:
        return 0, 2
    if state.below:
        return 0, state.below
    return _DAYS if kind.is_date and raw else None
