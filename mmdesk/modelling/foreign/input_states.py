"""How the values of a field are prepared for a foreign model, as its reading says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from mmdesk.core.cases.case import Case, ImageRef
from mmdesk.core.fields.kind import CONTENT, Form
from mmdesk.core.fields.kinds import kind_of
from mmdesk.core.fields.schema import Field
from mmdesk.core.fields.states import InputState, Limits
from mmdesk.core.fields.values import Missing, Value, is_present
from mmdesk.core.fields.volume_form import form_of
from mmdesk.core.model.readings import (
    MINMAX,
    NONE,
    ImageReading,
    InputReading,
    NumbersReading,
    StepsReading,
    VolumeReading,
)


def state_of(
    field: Field,
    shape: tuple[int | None, ...],
    said: InputReading,
    cases: Sequence[Case],
    whole: bool = False,
    below: int = 0,
) -> InputState:
    """Return how one field is prepared.

    Args:
        field: The field.
        shape: Of the wrapped model's input, with the batch.
        said: What is said of the input that it goes into.
        cases: Where a scale is learnt from.
        whole: The model takes whole numbers only.
        below: One past the model's last code; 0 for no codes.
    """
    kind = kind_of(field)
    if isinstance(said, ImageReading):
        return InputState(field.kind, fit=said.fit)
    if isinstance(said, VolumeReading):
        form = form_of(field)
        return InputState(
            field.kind, length=int(shape[1] or form.depth), slices=said.slices or form.fit, window=form.window
        )
    if isinstance(said, StepsReading):
        channels = int(shape[2] or 1)
        state = InputState(
            field.kind,
            offset=(0.0,) * channels,
            scale=(1.0,) * channels,
            length=int(shape[1] or 0),
            whole=whole,
            below=below,
            before=said.padding == "before",
            fill=said.value,
            first=said.kept == "first",
        )
        return _scaled(state, field, said.scale, said.scales, cases)
    if isinstance(said, NumbersReading):
        state = InputState(field.kind, offset=(0.0,), scale=(1.0,), whole=whole, below=below)
        return _scaled(state, field, said.scale, said.scales, cases)
    if kind.form is Form.WORDS:
        return InputState(field.kind, length=1)
    return replace(kind.learn([], field, Limits()), whole=whole and kind.form is Form.SCALAR)


def _scaled(
    state: InputState, field: Field, scale: str, scales: Mapping[str, tuple[float, float]], cases: Sequence[Case]
) -> InputState:
    kind = kind_of(field)
    names = list(field.channels) if kind.form is Form.STEPS else [field.name]
    learnt = state
    if scale != NONE and not state.whole and not kind.two_valued:
        values = [value for case in cases if is_present(value := _value(case, field.name))]
        learnt = _smallest_to_largest(state, field, values) if scale == MINMAX else kind.learn(values, field, Limits())
    pairs = [
        scales.get(names[at] if at < len(names) else "", (learnt.offset[at], learnt.scale[at]))
        for at in range(len(state.offset))
    ]
    return replace(state, offset=tuple(low for low, _ in pairs), scale=tuple(by for _, by in pairs))


def _smallest_to_largest(state: InputState, field: Field, values: Sequence[Any]) -> InputState:
    if not values:
        return state
    raw = replace(state, length=0, fill=np.nan)
    rows = [
        np.asarray(one, np.float64).reshape(-1, len(state.offset))
        for one in kind_of(field).arrays(raw, values)[CONTENT]
    ]
    every = np.concatenate(rows)
    low, high = np.nanmin(every, axis=0), np.nanmax(every, axis=0)
    span = np.where(high > low, high - low, 1.0)
    return replace(state, offset=tuple(map(float, low)), scale=tuple(map(float, span)))


def _value(case: Case, name: str) -> Value:
    value = case.inputs.get(name)
    return None if isinstance(value, Missing | ImageRef) else value
