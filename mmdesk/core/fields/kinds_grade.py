"""The kind of field that holds one of ordered options."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from mmdesk.core.fields.field import Field
from mmdesk.core.fields.kind import Judged, Loss
from mmdesk.core.fields.kind_options import WithOptions
from mmdesk.core.fields.kinds_style import PLAIN, Style
from mmdesk.core.fields.states import TargetPrediction, TargetState
from mmdesk.core.fields.values import Missing, Value
from mmdesk.words import tr

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Grade(WithOptions[int]):
    """One of ordered options, written as its option or, where none is a number, its place from 0."""

    name = "grade"
    roles = ("target",)
    orders = True
    loss = Loss.BINARY
    judged = Judged.GRADE
    counts_from = 0

    def parse(self, text: str, field: Field, style: Style = PLAIN) -> int:
        """Read an option or a place."""
        option = self.find(text, field)
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
        places = "" if any(map(_is_number, field.options)) else tr(" (0 to {count})", count=len(field.options) - 1)
        return tr("one of {either}{places}", either=self.either(field), places=places)

    def to_store(self, value: int, field: Field) -> Any:
        """Return the option, whose name stays what it means when the options change their order."""
        return field.options[value]

    def from_store(self, raw: Any, field: Field) -> int | Missing:
        """Return the place of the option."""
        return field.options.index(raw) if raw in field.options else self.gone(raw)

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


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
