"""Cases that a model cannot take: each is named with the reason, and the others go on."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mmdesk.core.errors import ModelProblem
from mmdesk.core.fields.arrays import is_ragged
from mmdesk.core.fields.schema import Schema
from mmdesk.core.fields.states import InputState
from mmdesk.core.model.lookups.plan import Lookup, outside, walk
from mmdesk.core.model.lookups.steps import Codes
from mmdesk.core.model.prepare import Preparation
from mmdesk.words import tr

_LISTED = 5
_LONG = 200
_RANGE = re.compile(r"ind(?:ices|ex)\b[^\n]*?(?:not in|within|out of)[^\n\x1b]{0,120}")


@dataclass(frozen=True, slots=True)
class RefusedCase:
    """A case that a model cannot take.

    Attributes:
        case: The case's name.
        why: The reason, in words, without a full stop.
    """

    case: str
    why: str

    def say(self) -> str:
        """Return it in words."""
        return tr("case {case}: {why}", case=self.case, why=self.why)

    def as_json(self) -> dict[str, str]:
        """Return it as JSON values."""
        return {"case": self.case, "why": self.why}


def say_refused(refused: Sequence[RefusedCase]) -> str:
    """Return in one sentence which cases were not predicted and why; empty when there are none."""
    if not refused:
        return ""
    count = tr("1 case has") if len(refused) == 1 else tr("{count:,} cases have", count=len(refused))
    more = tr("; and {count:,} more", count=len(refused) - _LISTED) if len(refused) > _LISTED else ""
    return tr(
        "{count} no answer of this model: {refused}{more}.",
        count=count,
        refused="; ".join(one.say() for one in refused[:_LISTED]),
        more=more,
    )


def reason_of(problem: ModelProblem) -> str:
    """Return why a runtime could not compute an answer: what it says of values out of range, if it does."""
    told = _RANGE.search(problem.details)
    lines = problem.details.strip().splitlines()
    return f"{problem.what.rstrip('.')} ({told[0] if told else ''.join(lines[:1])[:_LONG]})"


def unfit_rows(preparation: Preparation, schema: Schema, arrays: Mapping[str, NDArray[Any]]) -> dict[int, str]:
    """Return why prepared cases hold values that a model does not take, by row.

    Args:
        preparation: The model's, which knows where it takes whole numbers or codes only.
        schema: The project's fields, for their titles.
        arrays: The prepared cases.
    """
    titles = {one.name: one.title for one in schema.inputs}
    found: dict[int, str] = {}
    for name, state in preparation.inputs.items():
        if not (state.whole or state.below) or name not in arrays:
            continue
        for row, value in _unfit(state, arrays[name]):
            found.setdefault(
                row,
                tr("{get} holds {value:.6g}, {why}", get=titles.get(name, name), value=value, why=_why(value, state)),
            )
    for name, lookup in preparation.plan.lookups.items():
        for row in np.flatnonzero(outside(arrays[name])).tolist() if name in arrays else ():
            where = " / ".join(
                titles.get(one, one) for end in lookup.ends for one in preparation.plan.sources[end].fields
            )
            found.setdefault(row, tr("{where} holds {words}", where=where, words=_outside(lookup)))
    return found


def _outside(lookup: Lookup) -> str:
    known = [str(word) for one in walk(lookup.step) if isinstance(one, Codes) and not one.others for word in one.known]
    listed = ", ".join(known[:_LISTED]) + (", ..." if len(known) > _LISTED else "")
    return tr(
        "what the model's list does not know ({layer} knows {count:,}: {listed})",
        layer=lookup.layer,
        count=len(known),
        listed=listed,
    )


def _unfit(state: InputState, array: NDArray[Any]) -> Iterator[tuple[int, float]]:
    """Yield the rows that hold a value which is not taken, and the first such value."""
    if is_ragged(array):
        for at, one in enumerate(array):
            yield from ((at, value) for _, value in _unfit(state, one[None]))
        return
    values = np.asarray(array, np.float64) * np.array(state.scale or 1.0) + np.array(state.offset or 0.0)
    wrong = values != np.round(values)
    if state.below:
        wrong |= (values < 0) | (values >= state.below)
    for row in np.flatnonzero(wrong.reshape(len(values), -1).any(axis=1)):
        yield int(row), float(values[row][wrong[row]].flat[0])


def _why(value: float, state: InputState) -> str:
    codes = tr("and this model knows the codes 0 to {below:,}", below=state.below - 1)
    if value == round(value):
        return codes
    return tr("which is no whole number, {codes}", codes=codes if state.below else "and this model takes whole numbers")
