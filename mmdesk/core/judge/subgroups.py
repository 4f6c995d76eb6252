"""Groups of cases by any field: sex, age band, source; each with the words that name it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mmdesk.core.cases.case import Case
from mmdesk.core.fields.kinds import kind_of
from mmdesk.core.fields.schema import Field, Schema
from mmdesk.core.fields.values import Missing
from mmdesk.words import tr

MOST = 12
"""Values of a field at most that are groups of their own."""
BANDS = 4


@dataclass(frozen=True, slots=True)
class Subgroup:
    """Some of the judged cases.

    Attributes:
        field: Name of the field that tells them from others.
        title: The field in words.
        words: Its value in words.
        held: (n,) which cases are in it.
    """

    field: str
    title: str
    words: str
    held: NDArray[np.bool_]


def subgroups(schema: Schema, cases: Sequence[Case]) -> Iterator[Subgroup]:
    """Return the groups that inputs and notes make, a field with one value only left out.

    A note that is never shown makes no groups. Numbers with many values are cut where they have
    equal shares of the cases.
    """
    for field in schema:
        if field.role == "target" or field.show == "never" or kind_of(field).is_image:
            continue
        values = [_value(case, field) for case in cases]
        yield from _bands(field, values) if kind_of(field).is_amount else _kinds(field, values)


def _value(case: Case, field: Field) -> Any:
    given = case.inputs if field.role == "input" else case.notes
    found = given.get(field.name)
    return None if isinstance(found, Missing) else found


def _kinds(field: Field, values: Sequence[Any]) -> Iterator[Subgroup]:
    known = {value for value in values if value is not None}
    if any(isinstance(value, tuple) for value in known) or not 2 <= len(known) <= MOST:
        return
    listed = [value for value, _ in kind_of(field).answers(field) if value in known]
    for value in listed or sorted(known, key=str):
        words = kind_of(field).show(value, field)
        yield Subgroup(field.name, field.title, words, np.array([one == value for one in values], bool))


def _bands(field: Field, values: Sequence[Any]) -> Iterator[Subgroup]:
    numbers = np.array([np.nan if value is None else float(value) for value in values])
    known = numbers[~np.isnan(numbers)]
    if len(np.unique(known)) < 2:
        return
    edges = np.unique(np.quantile(known, np.linspace(0, 1, BANDS + 1)).round(3))
    if len(edges) < 3:
        return
    show = kind_of(field).show
    for place, (low, high) in enumerate(pairwise(edges)):
        last = place == len(edges) - 2
        held = (numbers >= low - (0.001 if not place else 0)) & ((numbers < high) | last)
        span = {"low": show(float(low), field), "high": show(float(high), field)}
        words = tr("{low} to {high}", **span) if last else tr("{low} to below {high}", **span)
        yield Subgroup(field.name, field.title, words, held)
