"""Files that are no table, laid out as one for the ordinary import."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from mmdesk.core.cases.marks import Mark
from mmdesk.services.importing.image_questions import ImageQuestion
from mmdesk.support.unfinished import private_folder
from mmdesk.tabular.writers import write_table


@dataclass(frozen=True, slots=True)
class Laid:
    """Files laid out as a table.

    Attributes:
        table: The table's file.
        warnings: What has to be known of it, as sentences.
        questions: What only a person can decide.
        named: The folders that a person named.
        marks: What was drawn on the images, by case and column; the case's id and the field are not set.
    """

    table: Path
    warnings: Sequence[str] = ()
    questions: Sequence[ImageQuestion] = ()
    named: tuple[Path, ...] = ()
    marks: Mapping[tuple[str, str], Sequence[Mark]] = field(default_factory=dict)


@contextmanager
def written(columns: Sequence[str], rows: Sequence[Sequence[str]], name: str) -> Iterator[Path]:
    """Write rows to a table in a folder of its own, which is gone afterwards."""
    with private_folder("mmdesk-laid-") as folder:
        table = folder / f"{name}.csv"
        write_table(table, dict.fromkeys(columns, str), rows)
        yield table
