"""The kind of field that holds yes or no."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from mmdesk.core.fields.columns import ColumnTexts, Guess, listed
from mmdesk.core.fields.field import Field
from mmdesk.core.fields.kind import Judged, Loss, Storage
from mmdesk.core.fields.kind_scalar import Scalar
from mmdesk.core.fields.kinds_style import PLAIN, Style
from mmdesk.core.fields.states import TargetPrediction, TargetState
from mmdesk.core.fields.values import Value
from mmdesk.core.fields.words import NO, YES, are_yes_no, fold
from mmdesk.words import tr

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Flag(Scalar[bool]):
    """Yes or no."""

    name = "flag"
    roles = ("input", "target", "note")
    storage = Storage.WHOLE
    precedence = 90
    two_valued = True
    cell_type = bool
    editor = "answers"
    loss = Loss.BINARY
    judged = Judged.BINARY
    control = "flag"
    counts_from = 0

    def parse(self, text: str, field: Field, style: Style = PLAIN) -> bool:
        """Read yes, no, true, false, 1, 0 and the like, in many languages."""
        word = fold(text)
        if word not in YES | NO:
            raise self.refuse(text, field)
        return word in YES

    def check(self, value: Value, field: Field) -> None:
        """Refuse what is neither."""
        if not isinstance(value, bool):
            raise self.refuse(value, field)

    def show(self, value: bool, field: Field, style: Style = PLAIN) -> str:
        """Return yes or no."""
        return "yes" if value else "no"

    def say(self, field: Field) -> str:
        """Say so."""
        return tr("yes or no")

    def wrong(self, field: Field) -> str:
        """Return something between."""
        return "perhaps"

    def to_store(self, value: bool, field: Field) -> Any:
        """Return 1 or 0."""
        return int(bool(value))

    def from_store(self, raw: Any, field: Field) -> bool:
        """Read 1 or 0."""
        return bool(raw)

    def guess(self, column: ColumnTexts, style: Style) -> Guess | None:
        """Take a column of yes and no in one language; a third class beside them makes it a choice."""
        third = {fold(text) for text in column.classes} - {"na", "nan"}
        if not are_yes_no(column.counts) or (third and not all(text[0].isdigit() for text in column.counts)):
            return None
        return Guess(self.name, tr("only {listed}", listed=listed(sorted(column.counts))))

    def write(self, value: bool, field: Field) -> str:
        """Return true or false."""
        return "true" if value else "false"

    def to_cell(self, value: bool, field: Field) -> bool:
        """Return it as it is."""
        return bool(value)

    def amount(self, value: bool) -> float:
        """Return 1 or 0."""
        return float(value)

    def answers(self, field: Field) -> tuple[tuple[bool, str], ...]:
        """Return no and yes."""
        return ((False, "no"), (True, "yes"))

    def chances(self, field: Field) -> tuple[str, ...]:
        """Return the field's name: how likely it is to be so."""
        return (field.name,)

    def chance(self, value: object, field: Field) -> str:
        """Return the field's name."""
        return field.name

    def widths(self, field: Field) -> set[int]:
        """Take one output, or one each for no and yes."""
        return {1, 2}

    def wanted(self, value: bool, field: Field) -> Sequence[float]:
        """Return 1 or 0."""
        return (float(value),)

    def read(self, row: NDArray[Any], state: TargetState, name: str) -> TargetPrediction:
        """Return yes from 0.5 on."""
        return TargetPrediction(bool(row[0] >= 0.5), {name: float(row[0])})
