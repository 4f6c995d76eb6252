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

if TYPE_CHECKING:
    from numpy.typing import NDArray

_STEPS = re.compile(r"\s*[-+\d.,eE]+(\s+[-+\d.,eE]+)*\s*(;\s*[-+\d.,eE]+(\s+[-+\d.,eE]+)*\s*)+;?\s*")


class Series(Kind[Steps]):
    """Steps in time, each with the same number of channel values.

    Written as JSON, `[[1, 2], [3, 4]]`, or as steps apart by `;` with values apart by
    blanks, `1 2; 3 4`.
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
                steps = tuple(tuple(map(float, row if isinstance(row, list) else [row])) for row in rows)
            else:
                steps = tuple(
                    tuple(self._cell(cell, style) for cell in step.split())
                    for step in text.split(";")
                    if step.strip()
                )
        except (ValueError, TypeError) as problem:
            raise self.refuse(text[:40], field) from problem
        self.check(steps, field)
        return steps

    @staticmethod
    def _cell(text: str, style: Style) -> float:
        number = read_number(text, style)
        if number is None:
            raise ValueError(text)
        return number

    def check(self, value: Value, field: Field) -> None:
        """Refuse no steps, ragged steps, other widths than the channels, or NaN."""
        told = isinstance(value, tuple) and all(isinstance(step, tuple) for step in value)
        steps = cast("Steps", value if told else ())
        widths = {len(step) for step in steps}
        wanted = {len(field.channels)} if field.channels else widths
        finite = all(math.isfinite(cell) for step in steps for cell in step)
        if len(widths) != 1 or widths != wanted or not finite:
            raise self.refuse(str(value)[:40], field)

    def show(self, value: Steps, field: Field, style: Style = PLAIN) -> str:
        """Return steps apart by semicolons, with the style's decimal sign."""
        steps = "; ".join(" ".join(tidy(cell) for cell in step) for step in value)
        return steps.replace(".", style.decimal)

    def say(self, field: Field) -> str:
        """Say the width."""
        width = len(field.channels) or 1
        return f"steps apart by semicolons, {width} number{'s' if width > 1 else ''} each"

    def wrong(self, field: Field) -> str:
        """Return a step that is no number."""
        return "1; two"

    def to_store(self, value: Steps, field: Field) -> Any:
        """Return JSON."""
        return json.dumps(value)

    def from_store(self, raw: Any, field: Field) -> Steps:
        """Read JSON."""
        return tuple(tuple(map(float, step)) for step in json.loads(raw))

    def guess(self, column: ColumnTexts, style: Style) -> Guess | None:
        """Take a column of which most cells are steps of numbers."""
        widths = Counter({text: sequence_width(text) for text in column.counts})
        if column.share(text for text in column.counts if widths[text]) < MOSTLY:
            return None
        width = Counter(width for width in widths.values() if width).most_common(1)[0][0]
        channels = tuple(f"channel {number + 1}" for number in range(width))
        return Guess(self.name, "steps of numbers in time", channels=channels)

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


def sequence_width(text: str) -> int:
    """Return how many values each step of a sequence has; 0 when the text is none."""
    if text.startswith("["):
        try:
            steps = json.loads(text)
        except ValueError:
            return 0
        if not isinstance(steps, list) or not steps:
            return 0
        return len(steps[0]) if isinstance(steps[0], list) else int(isinstance(steps[0], int | float))
    return len(text.split(";", maxsplit=1)[0].split()) if _STEPS.fullmatch(text) else 0
