"""What the options of `models add` say of a model's inputs and outputs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import typer

from mmdesk.core.model.foreign import Match
from mmdesk.core.model.reading import SHORT, Reading
from mmdesk.words import tr


@dataclass(frozen=True, slots=True)
class Told:
    """Options as they were typed.

    Attributes:
        short: Answers for all inputs, by question; what is not typed is not there.
        orders: `TARGET=A|B|C` or `OUTPUT=A|B|C`.
        reads: `END.QUESTION=ANSWER`.
    """

    short: Mapping[str, str] = field(default_factory=dict)
    orders: Sequence[str] = ()
    reads: Sequence[str] = ()

    def reading(self, usual: Reading, found: Match) -> Reading:
        """Return the usual reading with what was typed.

        Args:
            usual: As most models are, or as the file tells.
            found: Which field each end is.

        Raises:
            Situation: Something typed is not known.
        """
        reading = usual
        for key in SHORT:
            if key in self.short:
                reading = reading.for_all(key, self.short[key])
        ends = {target: end for end, target in found.outputs.items()}
        answers = []
        for text in self.orders:
            target, equals, classes = text.partition("=")
            if not (target and equals and classes):
                raise typer.BadParameter(tr("--order takes TARGET=A|B|C, such as --order stage=none|some|much."))
            answers.append((ends.get(target.strip(), target.strip()), "order", classes))
        for text in self.reads:
            place, equals, answer = text.partition("=")
            end, dot, key = place.rpartition(".")
            if not (end and dot and key and equals):
                raise typer.BadParameter(tr("--read takes INPUT.QUESTION=ANSWER, such as --read left.pixels=unit."))
            answers.append((end.strip(), key.strip(), answer.strip()))
        return reading.said(answers)
