"""The kind of field that holds free text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from mmdesk.core.fields.columns import ColumnTexts, Guess
from mmdesk.core.fields.field import Field
from mmdesk.core.fields.kind import CONTENT, Form, Kind
from mmdesk.core.fields.kinds_style import PLAIN, Style
from mmdesk.core.fields.states import InputState, Limits, Shape
from mmdesk.core.fields.values import Value
from mmdesk.words import tr

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Text(Kind[str]):
    """Free text."""

    name = "text"
    roles = ("input", "note")
    found_by_word = True
    contained = True
    any_text = True
    precedence = 0
    editor = "paragraph"
    form = Form.WORDS
    encoder = ("words", 32)

    def parse(self, text: str, field: Field, style: Style = PLAIN) -> str:
        """Return the trimmed text."""
        return text.strip()

    def check(self, value: Value, field: Field) -> None:
        """Refuse what is no text."""
        if not isinstance(value, str):
            raise self.refuse(value, field)

    def show(self, value: str, field: Field, style: Style = PLAIN) -> str:
        """Return it as it is."""
        return str(value)

    def say(self, field: Field) -> str:
        """Say so."""
        return "text"

    def wrong(self, field: Field) -> str:
        """Any text fits."""
        return ""

    def to_store(self, value: str, field: Field) -> Any:
        """Return it as it is."""
        return value

    def from_store(self, raw: Any, field: Field) -> str:
        """Return it as it is."""
        return str(raw)

    def guess(self, column: ColumnTexts, style: Style) -> Guess | None:
        """Take what no other kind does."""
        return Guess(self.name, tr("{count} different texts", count=len(column.counts)))

    def learn(self, values: Sequence[str], field: Field, limits: Limits) -> InputState:
        """Learn the frequent words."""
        from mmdesk.core.fields.arrays import vocabulary

        return InputState(self.name, known=vocabulary(values, limits.vocabulary), length=limits.length)

    def shapes(self, state: InputState) -> Mapping[str, Shape]:
        """Return the codes of its first words."""
        return {CONTENT: Shape((state.length,), "int32")}

    def arrays(self, state: InputState, values: Sequence[str | None]) -> dict[str, NDArray[Any]]:
        """Return the codes of the words."""
        from mmdesk.core.fields.arrays import code_array, words_of

        return {CONTENT: code_array(state.known, state.length, [words_of(text or "") for text in values])}
