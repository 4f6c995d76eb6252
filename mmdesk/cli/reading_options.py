"""What the options of `models add` say of a model's inputs and outputs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import typer

from mmdesk.cli.scales_file import bytes_of, read_scales
from mmdesk.core.model.foreign import Match
from mmdesk.core.model.mapping import MOST_BYTES, Mapped, read_mapping
from mmdesk.core.model.reading import SHORT, Reading
from mmdesk.words import tr


@dataclass(frozen=True, slots=True)
class Told:
    """Options as they were typed.

    Attributes:
        maps: `END=FIELD,FIELD`.
        short: Answers for all inputs, by question; what is not typed is not there.
        orders: `TARGET=A|B|C` or `OUTPUT=A|B|C`.
        reads: `END.QUESTION=ANSWER`.
        scales: `END=FILE`, a table of name, mean and std.
        mapping: A `mapping.toml`; the other options come after it.
        words: `INPUT=FILE`, word lists.
    """

    maps: Sequence[str] = ()
    short: Mapping[str, str] = field(default_factory=dict)
    orders: Sequence[str] = ()
    reads: Sequence[str] = ()
    scales: Sequence[str] = ()
    mapping: Path | None = None
    words: Sequence[str] = ()

    def fields(self) -> dict[str, list[str]]:
        """Return the fields by input, or the target by output, that were said.

        Raises:
            Situation: The mapping cannot be used.
        """
        said = {end: list(names) for end, names in self._mapped.fields.items()}
        for pair in self.maps:
            end, equals, fields = pair.partition("=")
            if not (end and equals and fields):
                raise typer.BadParameter(tr("--map takes END=FIELD, such as --map input_1=age."))
            said[end.strip()] = [field.strip() for field in fields.split(",")]
        return said

    @property
    def _mapped(self) -> Mapped:
        if self.mapping is None:
            return Mapped()
        return read_mapping(bytes_of(self.mapping, tr("mapping"), MOST_BYTES), self.mapping.name)

    def reading(self, usual: Reading, found: Match) -> Reading:
        """Return the usual reading with what was typed.

        Args:
            usual: As most models are, or as the file tells.
            found: Which field each end is.

        Raises:
            Situation: Something typed is not known.
        """
        reading = usual.said(list(self._mapped.answers))
        for key in SHORT:
            if key in self.short:
                reading = reading.for_all(key, self.short[key])
        ends = {target: end for end, target in found.outputs.items()}
        answers: list[tuple[str, str, Any]] = []
        for text in self.orders:
            target, equals, classes = text.partition("=")
            if not (target and equals and classes):
                raise typer.BadParameter(tr("--order takes TARGET=A|B|C, such as --order stage=none|some|much."))
            answers.append((ends.get(target.strip(), target.strip()), "order", classes))
        for text in self.words:
            answers += _word_list(text)
        for text in self.reads:
            place, equals, answer = text.partition("=")
            end, dot, key = place.rpartition(".")
            if not (end and dot and key and equals):
                raise typer.BadParameter(tr("--read takes INPUT.QUESTION=ANSWER, such as --read left.pixels=unit."))
            answers.append((end.strip(), key.strip(), answer.strip()))
        for text in self.scales:
            end, equals, file = text.partition("=")
            if not (end and equals and file):
                raise typer.BadParameter(tr("--scales takes INPUT=FILE, such as --scales vector=scaler.csv."))
            answers.append((end.strip(), "scales", read_scales(Path(file.strip()))))
        return reading.said(answers)


def _word_list(text: str) -> list[tuple[str, str, object]]:
    from mmdesk.services.models.word_files import read_word_list

    end, equals, file = text.partition("=")
    if not (end.strip() and equals and file.strip()):
        raise typer.BadParameter(tr("--words takes INPUT=FILE, such as --words tokens=vocabulary.txt."))
    found = read_word_list(Path(file.strip()))
    name = end.strip()
    answers: list[tuple[str, str, object]] = [(name, "vocabulary", found.words), (name, "first", found.first)]
    return answers if found.unknown is None else [*answers, (name, "unknown", found.unknown)]
