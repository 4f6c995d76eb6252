"""The words and numbers of cases, as the model's own inputs took them."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from mmdesk.core.cases.case import Case
from mmdesk.core.fields.kind import Form
from mmdesk.core.fields.kind_scalar import Scalar
from mmdesk.core.fields.kinds import KINDS
from mmdesk.core.fields.schema import Schema
from mmdesk.core.fields.states import InputState
from mmdesk.core.fields.values import Missing, is_present
from mmdesk.core.model.lookups.plan import Plan, Source
from mmdesk.core.model.lookups.steps import Joined, Rows

_WHOLE = re.compile(r"[+-]?\d{1,18}")


def raw_values(plan: Plan, schema: Schema, states: Mapping[str, InputState], cases: Sequence[Case]) -> dict[str, Rows]:
    """Return the words or numbers of each of a model's inputs, case by case; what is missing is empty or zero.

    Args:
        plan: What each input is made from.
        schema: The project's fields.
        states: What is known of the fields, which may have changed since.
        cases: n cases.
    """
    fields = {one.name: one for one in schema.inputs}
    found = {}
    for end, source in plan.sources.items():
        parts = []
        for name in source.fields:
            entry, state = fields.get(name), states[name]
            fits = entry is not None and entry.kind == state.kind
            convert = _converter(state, source)
            values = [case.inputs.get(name) if fits else None for case in cases]
            parts.append([convert(value) for value in values])
        found[end] = Joined().done(*parts)
    return found


def whole_options(options: Sequence[str]) -> bool:
    """Tell whether all options of a choice are whole numbers, which then stand for themselves."""
    return bool(options) and all(_WHOLE.fullmatch(option.strip()) for option in options)


def _converter(state: InputState, source: Source) -> Callable[[Any], list[Any]]:
    kind = KINDS[state.kind]
    if source.words:
        return lambda value: [str(value) if _is_there(value) else ""]
    if kind.form is Form.CODE:
        return _of_options(source.order or state.known, source.offset)
    if kind.form is Form.STEPS:
        return lambda value: _steps(value, source)
    if not isinstance(kind, Scalar):
        raise TypeError(f"{state.kind} is no number")
    amount = kind.amount
    return lambda value: [_whole(amount(value)) if _is_there(value) else 0]


def _of_options(options: Sequence[str], offset: int) -> Callable[[Any], list[Any]]:
    numbers = [int(one) for one in options] if whole_options(options) else range(offset, offset + len(options))
    table = dict(zip(options, numbers, strict=True))
    return lambda value: [table.get(value, offset - 1 if _is_there(value) else 0)]


def _steps(value: Any, source: Source) -> list[Any]:
    steps = [one[0] for one in value] if _is_there(value) else []
    steps = steps[: source.length] if source.first else steps[-source.length :]
    found = [0 if math.isnan(one) else _whole(one) for one in steps]
    fill = [source.fill] * (source.length - len(found))
    return fill + found if source.before else found + fill


def _is_there(value: Any) -> bool:
    return is_present(value) and not isinstance(value, Missing)


def _whole(number: float) -> float | int:
    return int(number) if math.isfinite(number) and number == int(number) else number
