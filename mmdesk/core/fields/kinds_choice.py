"""The kind of field that holds one of several options."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from mmdesk.core.fields.columns import ColumnTexts, Guess, listed, short
from mmdesk.core.fields.field import Field
from mmdesk.core.fields.kind import CONTENT, Form, Judged, Loss
from mmdesk.core.fields.kind_options import WithOptions
from mmdesk.core.fields.kinds_style import PLAIN, Style
from mmdesk.core.fields.states import InputState, Limits, Shape, TargetPrediction, TargetState
from mmdesk.core.fields.values import Missing, Value
from mmdesk.words import tr

if TYPE_CHECKING:
    from numpy.typing import NDArray

_MOST_OPTIONS = 20
_NUMBER = re.compile(r"[-+]?\d+([.,]\d+)?")
_JOINED = re.compile(r"\s*[,/+&]\s*")


def _combined(column: str, options: Sequence[str]) -> str:
    """Say that options are combinations of others, such as "A, B" beside A and B."""
    alone = {option.casefold() for option in options}
    for option in options:
        parts = [part.casefold() for part in _JOINED.split(option) if part]
        if len(parts) > 1 and alone.issuperset(parts):
            return tr(
                "'{column}' holds combinations such as '{option}', and each is a class of its own here. For "
                "several labels at once, write them apart by a bar: {split}.",
                column=column,
                option=option,
                split="|".join(_JOINED.split(option)),
            )
    return ""


class Choice(WithOptions[str]):
    """One of the field's options; letter case and outer blanks do not matter."""

    name = "choice"
    roles = ("input", "target", "note")
    found_by_word = True
    precedence = 20
    editor = "options"
    form = Form.CODE
    encoder = ("embedding", 8)
    loss = Loss.CATEGORICAL
    judged = Judged.BINARY

    def parse(self, text: str, field: Field, style: Style = PLAIN) -> str:
        """Return the option as the schema writes it."""
        option = self.find(text, field)
        if option is None:
            raise self.refuse(text, field)
        return option

    def check(self, value: Value, field: Field) -> None:
        """Refuse what is no option."""
        if value not in field.options:
            raise self.refuse(value, field)

    def show(self, value: str, field: Field, style: Style = PLAIN) -> str:
        """Return the option."""
        return str(value)

    def say(self, field: Field) -> str:
        """List the options."""
        return tr("one of {either}", either=self.either(field))

    def to_store(self, value: str, field: Field) -> Any:
        """Return the option."""
        return value

    def from_store(self, raw: Any, field: Field) -> str | Missing:
        """Return the option."""
        return str(raw) if raw in field.options or not field.options else self.gone(raw)

    def guess(self, column: ColumnTexts, style: Style) -> Guess | None:
        """Take a column of few texts that come again."""
        numbers = all(_NUMBER.fullmatch(text) for text in column.counts)
        options: dict[str, str] = {}
        for text in (
            *(text for text, _ in column.counts.most_common()),
            *([] if numbers else column.classes),
        ):
            options.setdefault(text.casefold(), text)
        if len(options) < 2 and column.classes:
            return None
        few = len(options) <= _MOST_OPTIONS and len(options) * 2 <= column.present
        if not few or max(map(len, options.values())) > 60:
            return None
        found = tuple(sorted(options.values(), key=str.casefold))
        because = tr("{count} values: {listed}", count=len(found), listed=listed([short(text) for text in found[:6]]))
        return Guess(self.name, because, found, doubt=_combined(column.name, found))

    def learn(self, values: Sequence[str], field: Field, limits: Limits) -> InputState:
        """Take the options in their order."""
        return InputState(self.name, known=field.options)

    def shapes(self, state: InputState) -> Mapping[str, Shape]:
        """Return one code."""
        return {CONTENT: Shape((1,), "int32")}

    def arrays(self, state: InputState, values: Sequence[str | None]) -> dict[str, NDArray[Any]]:
        """Return the codes."""
        from mmdesk.core.fields.arrays import code_array

        texts = [() if value is None else (value,) for value in values]
        return {CONTENT: code_array(state.known, 1, texts)}

    def answers(self, field: Field) -> tuple[tuple[str, str], ...]:
        """Return the options."""
        return tuple((option, option) for option in field.options)

    def widths(self, field: Field) -> set[int]:
        """Take one output for each option, or one alone for the second of two."""
        return {len(field.options)} | ({1} if len(field.options) == 2 else set())

    def wanted(self, value: str, field: Field) -> Sequence[float]:
        """Return 1 for the option and 0 for the others."""
        return [float(option == value) for option in field.options]

    def read(self, row: NDArray[Any], state: TargetState, name: str) -> TargetPrediction:
        """Return the most probable option."""
        from mmdesk.core.fields.arrays import by_option

        return TargetPrediction(state.options[int(row.argmax())], by_option(state, row))
