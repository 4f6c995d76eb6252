"""All kinds of field that come with the program, registered.

A new kind is one class that fills in `core.fields.kind.Kind` and one line here; the form, the
import, the search, the database, the model and the export come from it (`check_kind` in the
tests proves a kind complete).
"""

from __future__ import annotations

from mmdesk.core.errors import FieldProblem
from mmdesk.core.fields.field import Field
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
from mmdesk.core.fields.values import Missing, Reason, Value

__all__ = [
    "KINDS",
    "PLAIN",
    "Kind",
    "OutOfRange",
    "Style",
    "kind_of",
    "kinds_for",
    "read_cell",
    "register",
]

for _kind in (Image(), Number(), Choice(), Flag(), Text(), Series(), Date(), Labels(), Grade()):
    register(_kind)


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
    if trimmed in field.missing or not trimmed:
        if field.role == "target":
            return None
        return Missing(Reason.TOKEN, trimmed) if trimmed else Missing(Reason.ABSENT)
    try:
        value: Value = kind_of(field).parse(trimmed, field, style)
    except OutOfRange:
        value = Missing(Reason.OUT_OF_RANGE, trimmed)
    except FieldProblem:
        value = Missing(Reason.UNREADABLE, trimmed)
    return value
