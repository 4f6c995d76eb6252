"""Which editor a record field gets."""

from __future__ import annotations

from mmdesk.core.fields.schema import Field
from mmdesk.ui.record.field_editors import ComboEditor, Editor, LineEditor, ParagraphEditor, SegmentsEditor
from mmdesk.ui.record.sequence_editor import SequenceEditor

SEGMENTS = 4
"""Up to so many options stand as buttons; more, or long ones, go into a selection box."""
SEGMENT_LETTERS = 18
"""Most letters of all options together that fit side by side."""


def editor_for(field: Field) -> Editor:
    """Return the editor of a record field."""
    match field.kind:
        case "flag":
            return SegmentsEditor(field)
        case "choice" if len(field.options) <= SEGMENTS and sum(map(len, field.options)) <= SEGMENT_LETTERS:
            return SegmentsEditor(field)
        case "choice":
            return ComboEditor(field)
        case "text":
            return ParagraphEditor(field)
        case "sequence":
            return SequenceEditor(field)
    return LineEditor(field)
