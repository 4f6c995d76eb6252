"""Kinds that choose among options: choice, labels, grade."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from mmdesk.core.fields.columns import ColumnTexts, Guess, listed, short
from mmdesk.core.fields.field import Field
from mmdesk.core.fields.kind import CONTENT, Form, Judged, Kind, Loss, Storage
from mmdesk.core.fields.kinds_style import PLAIN, Style
from mmdesk.core.fields.states import InputState, Limits, Shape, TargetPrediction, TargetState
from mmdesk.core.fields.values import Value

if TYPE_CHECKING:
    from numpy.typing import NDArray

_MOST_OPTIONS = 20


def _either(options: tuple[str, ...]) -> str:
    return ", ".join(options[:-1]) + f" or {options[-1]}" if len(options) > 1 else "".join(options)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _option(text: str, field: Field) -> str | None:
    wanted = text.strip().casefold()
    return next((option for option in field.options if option.strip().casefold() == wanted), None)


class Choice(Kind[str]):
    """One of the field's options; letter case and outer blanks do not matter."""

    name = "choice"
    roles = ("input", "target", "note")
    keys = ("options",)
    found_by_word = True
    precedence = 20
    editor = "options"
    form = Form.CODE
    encoder = ("embedding", 8)
    loss = Loss.CATEGORICAL
    judged = Judged.BINARY
    control = "options"

    def parse(self, text: str, field: Field, style: Style = PLAIN) -> str:
        """Return the option as the schema writes it."""
        option = _option(text, field)
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
        return f"one of {_either(field.options)}"

    def wrong(self, field: Field) -> str:
        """Return a word that is no option."""
        return "no such option"

    def to_store(self, value: str, field: Field) -> Any:
        """Return the option."""
        return value

    def from_store(self, raw: Any, field: Field) -> str:
        """Return the option."""
        return str(raw)

    def guess(self, column: ColumnTexts, style: Style) -> Guess | None:
        """Take a column of few texts that come again."""
        options: dict[str, str] = {}
        for text, _ in column.counts.most_common():
            options.setdefault(text.casefold(), text)
        few = len(options) <= _MOST_OPTIONS and len(options) * 2 <= column.present
        if not few or max(map(len, options.values())) > 60:
            return None
        found = tuple(sorted(options.values(), key=str.casefold))
        because = f"{len(found)} values: {listed([short(text) for text in found[:6]])}"
        return Guess(self.name, because, found)

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


class Labels(Kind[tuple[str, ...]]):
    """Any number of the field's options at once; none of them is written as `-`."""

    name = "labels"
    roles = ("target",)
    keys = ("columns", "options")
    contained = True
    several = True
    loss = Loss.BINARY
    judged = Judged.BINARY
    control = "options"

    def parse(self, text: str, field: Field, style: Style = PLAIN) -> tuple[str, ...]:
        """Read options apart by `|`; `-` is none of them."""
        if text.strip() == "-":
            return ()
        chosen = {part: _option(part, field) for part in text.split("|")}
        for part, option in chosen.items():
            if option is None:
                raise self.refuse(part.strip(), field)
        return tuple(option for option in field.options if option in chosen.values())

    def check(self, value: Value, field: Field) -> None:
        """Refuse what is not a tuple of options."""
        if not isinstance(value, tuple):
            raise self.refuse(value, field)
        for part in value:
            if part not in field.options:
                raise self.refuse(part, field)

    def show(self, value: tuple[str, ...], field: Field, style: Style = PLAIN) -> str:
        """Return the options apart by `|`."""
        return "|".join(value) if value else "-"

    def say(self, field: Field) -> str:
        """List the options."""
        return f"any of {_either(field.options)}"

    def wrong(self, field: Field) -> str:
        """Return a word that is no option."""
        return "no such option"

    def to_store(self, value: tuple[str, ...], field: Field) -> Any:
        """Return the shown form."""
        return self.show(value, field)

    def from_store(self, raw: Any, field: Field) -> tuple[str, ...]:
        """Read the shown form."""
        return () if raw == "-" else tuple(raw.split("|"))

    def brief(self, field: Field) -> str:
        """Say how many there are."""
        return f"{len(field.options)} labels"

    def answers(self, field: Field) -> tuple[tuple[Any, str], ...]:
        """Return each option alone."""
        return tuple((option, option) for option in field.options)

    def wanted(self, value: tuple[str, ...], field: Field) -> Sequence[float]:
        """Return 1 for each label that holds."""
        return [float(option in value) for option in field.options]

    def read(self, row: NDArray[Any], state: TargetState, name: str) -> TargetPrediction:
        """Return the labels from 0.5 on."""
        from mmdesk.core.fields.arrays import by_option

        chances = by_option(state, row)
        return TargetPrediction(tuple(option for option, p in chances.items() if p >= 0.5), chances)


class Grade(Kind[int]):
    """One of ordered options, written as its option or, where none is a number, its place from 0."""

    name = "grade"
    roles = ("target",)
    keys = ("options",)
    storage = Storage.WHOLE
    orders = True
    loss = Loss.BINARY
    judged = Judged.GRADE
    control = "options"
    counts_from = 0

    def parse(self, text: str, field: Field, style: Style = PLAIN) -> int:
        """Read an option or a place."""
        option = _option(text, field)
        if option is not None:
            return field.options.index(option)
        if any(_is_number(option) for option in field.options):
            raise self.refuse(text, field)
        try:
            place = int(float(text))
        except ValueError:
            raise self.refuse(text, field) from None
        if place != float(text) or not 0 <= place < len(field.options):
            raise self.refuse(text, field)
        return place

    def check(self, value: Value, field: Field) -> None:
        """Refuse what is no place of an option."""
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < len(field.options):
            raise self.refuse(value, field)

    def show(self, value: int, field: Field, style: Style = PLAIN) -> str:
        """Return the option."""
        return field.options[value]

    def say(self, field: Field) -> str:
        """List the options."""
        places = "" if any(map(_is_number, field.options)) else f" (0 to {len(field.options) - 1})"
        return f"one of {_either(field.options)}{places}"

    def wrong(self, field: Field) -> str:
        """Return the word that no grade has."""
        return "no such grade"

    def to_store(self, value: int, field: Field) -> Any:
        """Return the place."""
        return value

    def from_store(self, raw: Any, field: Field) -> int:
        """Return the place."""
        return int(raw)

    def answers(self, field: Field) -> tuple[tuple[int, str], ...]:
        """Return the grades."""
        return tuple(enumerate(field.options))

    def chance(self, value: object, field: Field) -> str:
        """Return the option."""
        return field.options[value] if isinstance(value, int) else str(value)

    def outputs(self, field: Field) -> int:
        """Return one less than there are options: the steps between them."""
        return len(field.options) - 1

    def widths(self, field: Field) -> set[int]:
        """Take the steps, or one output for each option."""
        return {len(field.options), len(field.options) - 1}

    def wanted(self, value: int, field: Field) -> Sequence[float]:
        """Return 1 for each step that it is above."""
        return [float(step < value) for step in range(self.outputs(field))]

    def read(self, row: NDArray[Any], state: TargetState, name: str) -> TargetPrediction:
        """Return the most probable grade."""
        from mmdesk.core.fields.arrays import by_option, grade_probabilities

        grades = grade_probabilities(row[None])[0]
        return TargetPrediction(int(grades.argmax()), by_option(state, grades))
