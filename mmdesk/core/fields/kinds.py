"""All kinds of field that come with the program, registered.

A new kind is one class that fills in `core.fields.kind.Kind` and one line here; the form, the
import, the search, the database, the model and the export come from it (`check_kind` in the
tests proves a kind complete).
"""

from __future__ import annotations

from mmdesk.core.errors import FieldProblem
from mmdesk.core.fields.field import DEFAULT_MISSING, Field
from mmdesk.core.fields.kind import KINDS, Kind, kind_of, kinds_for, register
from mmdesk.core.fields.kinds_choice import Choice
from mmdesk.core.fields.kinds_date import Date
from mmdesk.core.fields.kinds_flag import Flag
from mmdesk.core.fields.kinds_grade import Grade
from mmdesk.core.fields.kinds_image import Image
from mmdesk.core.fields.kinds_labels import Labels
from mmdesk.core.fields.kinds_number import Number, OutOfRange
from mmdesk.core.fields.kinds_sequence import Series
from mmdesk.core.fields.kinds_style import PLAIN, Style
from mmdesk.core.fields.kinds_text import Text
from mmdesk.core.fields.kinds_volume import Volume
from mmdesk.core.fields.values import Missing, Reason, Value
from mmdesk.core.fields.words import CLASS_WORDS, MISSING_WORDS, SHEET_ERRORS, SIGNS, fold

__all__ = [
    "KINDS",
    "PLAIN",
    "Kind",
    "OutOfRange",
    "Style",
    "is_sheet_error",
    "kind_of",
    "kinds_for",
    "read_cell",
    "register",
    "says_missing",
    "usual_missing",
]

_LONGEST_WORD = 40

for _kind in (Image(), Volume(), Number(), Choice(), Flag(), Text(), Series(), Date(), Labels(), Grade()):
    register(_kind)


def says_missing(text: str, field: Field) -> bool:
    """Tell whether a trimmed text of a cell says that there is no value.

    Beside the words that the schema gives, those of many languages do. Among classes, words such as
    None and Unknown are classes unless the schema's options leave them out, and in free text every
    word counts.
    """
    if not text or text in field.missing:
        return True
    kind, word = kind_of(field), fold(text) if len(text) < _LONGEST_WORD else ""
    if word not in MISSING_WORDS or kind.any_text:
        return False
    if not kind.has_options:
        return True
    if word in SIGNS or word in {fold(option) for option in field.options}:
        return False
    return word not in CLASS_WORDS or bool(field.options)


def usual_missing(kind: str, options: tuple[str, ...] = ()) -> tuple[str, ...]:
    """Return the words for missing of a field that the schema gives none of its own.

    Among options that are still to be learnt from the table, a word such as None may be one.
    """
    if KINDS[kind].has_options and not options:
        return tuple(token for token in DEFAULT_MISSING if fold(token) not in CLASS_WORDS)
    return DEFAULT_MISSING


def is_sheet_error(text: str) -> bool:
    """Tell whether a spreadsheet program wrote a text because a formula had no result."""
    return text.startswith("#") and text.casefold() in SHEET_ERRORS


def read_cell(text: str | None, field: Field, style: Style = PLAIN) -> Value:
    """Read a table's cell; what cannot be used becomes `Missing` and keeps its text.

    Args:
        text: The cell's text, or None where the row has no such cell.
        field: The field that it belongs to.
        style: How numbers and dates are written in this table.

    Returns:
        A value, `Missing` with its reason, or None for a target that is not labelled.
    """
    trimmed = (text or "").strip()
    if says_missing(trimmed, field):
        if field.role == "target":
            return None
        return Missing(Reason.TOKEN, trimmed) if trimmed else Missing(Reason.ABSENT)
    if is_sheet_error(trimmed):
        return Missing(Reason.UNREADABLE, trimmed)
    try:
        value: Value = kind_of(field).take(trimmed, field, style)
    except OutOfRange:
        value = Missing(Reason.OUT_OF_RANGE, trimmed)
    except FieldProblem:
        value = Missing(Reason.UNREADABLE, trimmed)
    return value
