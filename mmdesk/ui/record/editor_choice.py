"""Which editor a record field gets."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from mmdesk.core.fields.kinds import kind_of
from mmdesk.core.fields.schema import Field
from mmdesk.ui.record.field_editors import ComboEditor, Editor, LineEditor, ParagraphEditor, SegmentsEditor
from mmdesk.ui.record.sequence_editor import SequenceEditor

SEGMENTS = 4
"""Up to so many options stand as buttons; more, or long ones, go into a selection box."""
SEGMENT_LETTERS = 18
"""Most letters of all options together that fit side by side."""


def _options_editor(field: Field) -> Editor:
    words = [words for _, words in kind_of(field).answers(field)]
    few = len(words) <= SEGMENTS and sum(map(len, words)) <= SEGMENT_LETTERS
    return SegmentsEditor(field) if few else ComboEditor(field)


EDITORS: Final[dict[str, Callable[[Field], Editor]]] = {
    "line": LineEditor,
    "answers": SegmentsEditor,
    "options": _options_editor,
    "paragraph": ParagraphEditor,
    "steps": SequenceEditor,
}
"""Editors by the name that a kind of field gives."""


def editor_for(field: Field) -> Editor:
    """Return the editor of a record field."""
    return EDITORS[kind_of(field).editor](field)
