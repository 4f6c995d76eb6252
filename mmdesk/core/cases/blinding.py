"""What a reader may see of a case before the own read is stored, and after it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TypeVar

from mmdesk.core.cases.case import Case
from mmdesk.core.fields.schema import Field, Schema
from mmdesk.words import QT_TR_NOOP, tr

LATER = QT_TR_NOOP("hidden until your own read is stored")
"""Stands for what the own read comes before."""
NOT_SHOWN = QT_TR_NOOP("not shown")
T = TypeVar("T")


def is_shown(field: Field, *, hidden: bool) -> bool:
    """Tell whether a field's value from the table may be seen.

    Args:
        field: Any field of the schema.
        hidden: The own read comes first, and the reader has not stored it for this case.
    """
    if field.role == "target":
        return not hidden
    return field.show == "always" or (field.show == "after" and not hidden)


def shown_case(case: Case, schema: Schema, *, hidden: bool) -> Case:
    """Return a case without what may not be seen of it: notes, and the words about their cells."""
    return replace(
        case,
        notes=shown_values(case.notes, schema, hidden=hidden),
        problem=_shown_problem(case.problem, schema, hidden=hidden),
    )


def shown_values(values: Mapping[str, T], schema: Schema, *, hidden: bool) -> dict[str, T]:
    """Return the values of the fields that may be seen."""
    secret = {field.name for field in schema if not is_shown(field, hidden=hidden)}
    return {name: value for name, value in values.items() if name not in secret}


def _shown_problem(words: str, schema: Schema, *, hidden: bool) -> str:
    """Return what an import found wrong, without the texts of cells that may not be seen.

    The words are parts apart by `; `, each with its column before it. A cell's text may hold
    `; ` itself, so that what follows a hidden part is hidden up to the next column's name.
    """
    said = {f"{column}: ": is_shown(field, hidden=hidden) for field in schema for column in field.columns}
    said.setdefault(f"{schema.group or schema.case}: ", True)
    kept: list[str] = []
    shown = True
    for part in words.split("; ") if words else ():
        column = next((column for column in said if part.startswith(column)), "")
        shown = said[column] if column else shown
        if shown:
            kept.append(part)
        elif column:
            field = next(field for field in schema if column.removesuffix(": ") in field.columns)
            kept.append(f"{column}{tr(NOT_SHOWN) if field.show == 'never' else tr(LATER)}")
    return "; ".join(kept)
