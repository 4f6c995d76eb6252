"""On which scale a version sees and learns each number, for its card and for a person."""

from __future__ import annotations

from typing import Any

from mmdesk.core.fields import scales
from mmdesk.core.fields.kinds import kind_of
from mmdesk.core.fields.schema import Schema
from mmdesk.core.model.prepare import Preparation
from mmdesk.words import tr


def scales_used(schema: Schema, preparation: Preparation) -> list[dict[str, Any]]:
    """Return a row for each number that is an input or a target: `field`, `role` and `scale` in words."""
    return [
        {"field": field.title, "role": field.role, "scale": _words(state.rule, knots=bool(getattr(state, "knots", ())))}
        for field, state in _numbers(schema, preparation)
    ]


def say_scales(schema: Schema, preparation: Preparation) -> str:
    """Return one sentence about the numbers that are not seen as they are; empty for none."""
    said: dict[str, list[str]] = {}
    for field, state in _numbers(schema, preparation):
        if state.rule:
            said.setdefault(tr(scales.WORDS[state.rule]), []).append(field.title)
    parts = [f"{', '.join(names)} ({words})" for words, names in said.items()]
    return tr("The scale was chosen on the training cases: {parts}.", parts="; ".join(parts)) if parts else ""


def _numbers(schema: Schema, preparation: Preparation) -> list[tuple[Any, Any]]:
    learnt = {**preparation.inputs, **preparation.targets}
    found = [(field, learnt.get(field.name)) for field in (*schema.record, *schema.targets)]
    return [(field, state) for field, state in found if state is not None and kind_of(field).is_amount]


def _words(rule: str, *, knots: bool) -> str:
    return tr("quantiles") if knots else tr(scales.WORDS[rule])
