"""What an import did, or a check found; and the report of it as a table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from mmdesk.services.importing.group_splits import SplitMove
from mmdesk.services.importing.identity import NamesQuestion
from mmdesk.services.importing.image_questions import ImageQuestion
from mmdesk.tabular.table import RowProblem, TablePlace
from mmdesk.tabular.writers import write_table
from mmdesk.words import tr


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import did, or a check found.

    Attributes:
        cases: Cases in the table.
        added: Cases that were not in the project.
        updated: Cases that were there and now hold other values.
        kept: Values that stayed because a reader had edited them.
        marked: Cases of the table in which something could not be used as it is.
        refused: Rows that became no part of a case.
        files_missing: Image cells whose file is not there; these are kept, marked missing.
        warnings: What was assumed or is suspicious, as sentences.
        problems: Each cell that was marked or whose file is not there.
        report: The report's file in the project's folder; None for a check.
        either_order: A date whose order nothing in the table proves; empty where it is known.
        either_decimal: A number that could be read in two ways; empty where it is known.
        words: How often each word was taken as missing, by column and word.
        images: Image files whose first and last bytes were checked.
        images_decoded: How many of them were decoded.
        images_unreadable: Cells whose image cannot be read.
        images_words: The same in a sentence; empty for a check.
        questions: What only a person can decide about the images; an import refuses them.
        place: Where in its file the table was found.
        columns: What each column was taken for and why, where the schema was guessed.
        unused: Columns of the table that the schema does not use.
        classes: Field, column and option of each class whose name means missing elsewhere.
        left: Cases of the project that are not in the table; they stay as they are.
        names: Names that may be those of the project; an import refuses them until it is decided.
        moves: Known cases whose split changes with their group; an import refuses them likewise.
        without_group: Cases with no text in the group's column, each a group of its own.
        kept_group: Cases with no text there now, which stay in the group they were in.
    """

    cases: int
    added: int = 0
    updated: int = 0
    kept: int = 0
    marked: int = 0
    refused: tuple[RowProblem, ...] = ()
    files_missing: int = 0
    warnings: tuple[str, ...] = ()
    problems: tuple[RowProblem, ...] = ()
    report: Path | None = None
    either_order: str = ""
    questions: tuple[ImageQuestion, ...] = ()
    images: int = 0
    images_decoded: int = 0
    images_unreadable: int = 0
    images_words: str = ""
    either_decimal: str = ""
    words: Mapping[str, int] = field(default_factory=dict)
    place: TablePlace = field(default_factory=TablePlace)
    columns: tuple[str, ...] = ()
    unused: tuple[str, ...] = ()
    classes: tuple[tuple[str, str, str], ...] = ()
    left: tuple[str, ...] = ()
    names: tuple[NamesQuestion, ...] = ()
    moves: tuple[SplitMove, ...] = ()
    without_group: int = 0
    kept_group: int = 0


def write_report(folder: Path, report: ImportReport) -> Path:
    """Write what an import said as a table into the project's folder."""
    at = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
    path = folder / f"import-report-{at}.csv"
    count = 1
    while path.exists():
        count += 1
        path = folder / f"import-report-{at}-{count}.csv"
    write_table(path, {"what": str, "row": int, "column": str, "words": str}, _report_rows(report))
    return path


def _report_rows(report: ImportReport) -> Iterator[Sequence[str | int | None]]:
    for words in (
        tr("{cases} cases in the table", cases=report.cases),
        f"{report.added} added",
        f"{report.updated} updated",
        tr("{kept} values kept because a reader had edited them", kept=report.kept),
        tr("{marked} cases marked", marked=report.marked),
        tr("{count} rows refused", count=len(report.refused)),
        tr("{files_missing} image files not found", files_missing=report.files_missing),
        *([report.images_words] if report.images_words else []),
    ):
        yield "summary", None, "", words
    for words in report.columns:
        yield "column", None, "", words
    for words in report.warnings:
        yield "warning", None, "", words
    for move in report.moves:
        yield "moved", None, "", move.say()
    for problem in report.refused:
        yield "refused", problem.row, problem.column, problem.reason
    for problem in report.problems:
        yield "marked", problem.row, problem.column, problem.reason
