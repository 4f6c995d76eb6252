"""The kind of field that holds steps in time."""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast

from mmdesk.core.fields.columns import MOSTLY, ColumnTexts, Guess
from mmdesk.core.fields.field import Field
from mmdesk.core.fields.kind import CONTENT, MASK, Form, Kind
from mmdesk.core.fields.kinds_number import read_number, tidy
from mmdesk.core.fields.kinds_style import PLAIN, Style
from mmdesk.core.fields.states import InputState, Limits, Shape
from mmdesk.core.fields.values import Sequence as Steps
from mmdesk.core.fields.values import Value
from mmdesk.words import tr

if TYPE_CHECKING:
    from numpy.typing import NDArray

_GONE = frozenset({"", "nan", "na", "n/a", "null", "none", "?", "-"})
"""Words for a value of a step that is missing."""
_CELL = r"(?:[-+\d.,eE]+|nan|na|n/a|null|none|\?|-)"
_STEP = re.compile(rf"\s*{_CELL}(?:\s+{_CELL})*\s*", re.IGNORECASE)
_LOOKED_AT = 50
"""Steps of a text that tell whether it is a sequence."""


class Series(Kind[Steps]):
    """Steps in time, each with the same number of channel values.

    Written as JSON, `[[1, 2], [3, 4]]`, or as steps apart by `;` with values apart by
    blanks, `1 2; 3 4`. A step in which a value is missing is held as NaN and masked in the model;
    one that is too short is missing as a whole.
    """

    name = "sequence"
    roles = ("input", "note")
    keys = ("channels",)
    contained = True
    precedence = 70
    editor = "steps"
    form = Form.STEPS
    encoder = ("convolution", 32)

    def parse(self, text: str, field: Field, style: Style = PLAIN) -> Steps:
        """Read either form."""
        try:
            if text.lstrip().startswith("["):
                rows = json.loads(text)
                found = [[_plain(cell) for cell in (row if isinstance(row, list) else [row])] for row in rows]
            else:
                written = text.strip().removesuffix(";").split(";")
                found = [[self._cell(cell, style) for cell in step.split()] for step in written]
        except (ValueError, TypeError, RecursionError) as problem:
            raise self.refuse(text[:40], field) from problem
        width = len(field.channels) or max(map(len, found), default=0)
        steps = tuple(tuple(step) if len(step) >= width else (math.nan,) * width for step in found)
        self.check(steps, field)
        return steps

    def assumes(self, text: str, field: Field, style: Style = PLAIN) -> str:
        """Say how many steps are missing."""
        steps = self.parse(text, field, style)
        gone = sum(any(map(math.isnan, step)) for step in steps)
        return (
            tr("{gone} of its {count} steps are missing and masked; the others are used", gone=gone, count=len(steps))
            if gone
            else ""
        )

    @staticmethod
    def _cell(text: str, style: Style) -> float:
        if text.casefold() in _GONE:
            return math.nan
        number = read_number(text, style)
        if number is None:
            raise ValueError(text)
        return number

    def check(self, value: Value, field: Field) -> None:
        """Refuse no steps, ragged steps, other widths than the channels, infinity, or nothing but NaN."""
        told = isinstance(value, tuple) and all(isinstance(step, tuple) for step in value)
        steps = cast("Steps", value if told else ())
        widths = {len(step) for step in steps}
        wanted = {len(field.channels)} if field.channels else widths
        endless = any(math.isinf(cell) for step in steps for cell in step)
        there = any(not any(map(math.isnan, step)) for step in steps)
        if len(widths) != 1 or widths != wanted or endless or not there:
            raise self.refuse(str(value)[:40], field)

    def show(self, value: Steps, field: Field, style: Style = PLAIN) -> str:
        """Return steps apart by semicolons, with the style's decimal sign."""
        steps = "; ".join(" ".join("?" if math.isnan(cell) else tidy(cell) for cell in step) for step in value)
        return steps.replace(".", style.decimal)

    def say(self, field: Field) -> str:
        """Say the width."""
        width = len(field.channels) or 1
        return tr("steps apart by semicolons, {width} number{value} each", width=width, value="s" if width > 1 else "")

    def wrong(self, field: Field) -> str:
        """Return a step that is no number."""
        return "1; two"

    def to_store(self, value: Steps, field: Field) -> Any:
        """Return JSON, with null for what is missing."""
        return json.dumps([[None if math.isnan(cell) else cell for cell in step] for step in value])

    def from_store(self, raw: Any, field: Field) -> Steps:
        """Read JSON."""
        return tuple(tuple(map(_plain, step)) for step in json.loads(raw))

    def guess(self, column: ColumnTexts, style: Style) -> Guess | None:
        """Take a column of which most cells are steps of numbers."""
        widths = Counter({text: sequence_width(text) for text in column.counts})
        if column.share(text for text in column.counts if widths[text]) < MOSTLY:
            return None
        width = Counter(width for width in widths.values() if width).most_common(1)[0][0]
        channels = tuple(tr("channel {number}", number=number + 1) for number in range(width))
        return Guess(self.name, tr("steps of numbers in time"), channels=channels)

    def learn(self, values: Sequence[Steps], field: Field, limits: Limits) -> InputState:
        """Learn mean and spread of each channel, and the longest."""
        from mmdesk.core.fields.arrays import learn_steps

        return learn_steps(self.name, values, max(1, len(field.channels)), limits)

    def shapes(self, state: InputState) -> Mapping[str, Shape]:
        """Return the last steps, and which of them are there."""
        return {CONTENT: Shape((state.length, len(state.offset))), MASK: Shape((state.length,), "bool")}

    def arrays(self, state: InputState, values: Sequence[Steps | None]) -> dict[str, NDArray[Any]]:
        """Return the scaled steps and their mask."""
        from mmdesk.core.fields.arrays import step_arrays

        steps, mask = step_arrays(state, values)
        return {CONTENT: steps, MASK: mask}


def _plain(cell: Any) -> float:
    """Return a number of JSON; NaN, always the same one so that values can be compared, for none."""
    if cell is None or (isinstance(cell, str) and cell.casefold() in _GONE):
        return math.nan
    number = float(cell)
    return math.nan if math.isnan(number) else number


def sequence_width(text: str) -> int:
    """Return how many values each step of a sequence has; 0 when the text is none."""
    if text.startswith("["):
        try:
            steps = json.loads(text)
        except ValueError:
            return 0
        if not isinstance(steps, list) or not steps:
            return 0
        if not isinstance(steps[0], list):
            return int(isinstance(steps[0], int | float | None))
        return max(len(step) for step in steps if isinstance(step, list))
    steps = text.rstrip().removesuffix(";").split(";", _LOOKED_AT)[:_LOOKED_AT]
    told = [step for step in steps if step.strip()]
    if len(steps) < 2 or not told or not all(_STEP.fullmatch(step) for step in told):
        return 0
    return max(len(step.split()) for step in told) if any(map(str.isdigit, text[:200])) else 0
