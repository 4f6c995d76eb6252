"""Use case: a table becomes a project, or brings one up to date; nothing is dropped in silence.

A folder of DICOM files or a DICOMDIR stands for a table wherever one is given; see `import_dicom`.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from mmdesk.core.cases.case import REFERENCE, Case, ImageRef
from mmdesk.core.errors import SchemaProblem, TableProblem
from mmdesk.core.fields.schema import Schema
from mmdesk.core.job import JobContext, Progress
from mmdesk.services.images.lookup import MOST_FOLDERS
from mmdesk.services.importing import guess as import_guess
from mmdesk.services.importing.from_dicom import is_dicom_place, look_at_dicom, table_of
from mmdesk.services.importing.guess import TableLook
from mmdesk.services.importing.image_questions import (
    ImageChoices,
    ImageQuestion,
    ImageQuestions,
    Unclear,
    refused,
)
from mmdesk.services.importing.images import ImageFinder
from mmdesk.services.importing.readable import ReadCheck
from mmdesk.services.importing.rows import CaseMaker, Told, joined_rows
from mmdesk.services.importing.survey import Places, Survey, places_of, survey
from mmdesk.services.project import Project, create_project
from mmdesk.storage.store import NewCase
from mmdesk.tabular.layout import Layout
from mmdesk.tabular.opening import open_table
from mmdesk.tabular.table import RowProblem, Table, TablePlace
from mmdesk.tabular.writers import write_table

__all__ = [
    "ImportReport",
    "Layout",
    "RowProblem",
    "TableLook",
    "check_table",
    "guess_schema",
    "import_table",
    "look_at",
    "new_project",
]

_TELL_EVERY = 200
_NAMED = 10
"""Cases that a warning names."""


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
        images: Image files whose first and last bytes were checked.
        images_decoded: How many of them were decoded.
        images_unreadable: Cells whose image cannot be read.
        images_words: The same in a sentence; empty for a check.
        questions: What only a person can decide about the images; an import refuses them.
        place: Where in its file the table was found.
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
    place: TablePlace = field(default_factory=TablePlace)


def look_at(
    path: Path,
    *,
    name: str = "",
    images: Path | None = None,
    layout: Layout | None = None,
    ctx: JobContext | None = None,
) -> TableLook:
    """Look at a table, a folder of DICOM files or a DICOMDIR, and guess its schema.

    Args:
        path: The table or the folder; a case of DICOM files is a study.
        name: The project's name; the table's when empty.
        images: A folder to look for a table's images in; its own and those below it when None.
        layout: Which sheet and row of a table's file are the table and its header, as a person chose.
        ctx: Told about progress, asked whether to stop.

    Raises:
        TableProblem: It is no table, nothing names the cases, or no image files match.
    """
    if is_dicom_place(path):
        return look_at_dicom(path, name=name, ctx=ctx)
    return import_guess.look_at(path, name=name, images=images, layout=layout, ctx=ctx)


@contextmanager
def _as_table(path: Path, schema: Schema | None, ctx: JobContext) -> Iterator[tuple[Path, list[str]]]:
    """Give the table itself, or one laid out from DICOM files, with what has to be known of it."""
    if not is_dicom_place(path):
        yield path, []
        return
    with table_of(path, by=schema.case if schema else "study", ctx=ctx) as (table, warnings):
        yield table, warnings


def guess_schema(table: Path, *, name: str = "") -> tuple[Schema, Mapping[str, str]]:
    """Guess a schema for a table, with the reason for each column.

    `look_at` tells examples and warnings too.

    Raises:
        TableProblem: It is no table, nothing names the cases, or no image files match.
    """
    look = look_at(table, name=name)
    return look.schema, look.because


def check_table(
    table: Path,
    schema: Schema,
    *,
    ctx: JobContext,
    day_first: bool | None = None,
    images: ImageChoices | None = None,
    layout: Layout | None = None,
) -> ImportReport:
    """Find out what an import of a table would say, without writing anything or reading images.

    Args:
        table: The table.
        schema: The schema to read it by.
        ctx: Told about progress, asked whether to stop.
        day_first: Whether the day stands before the month in dates; None to find out, and to
            leave dates missing whose order nothing in the table proves.
        images: What was decided about images that are not clear.
        layout: Which sheet and row are the table and its header, as a person chose.

    Raises:
        TableProblem: The table cannot be read by this schema.
        SchemaProblem: Options cannot be learnt from it.
    """
    with _as_table(table, schema, ctx) as (path, known):
        run = _Run(path, schema, ctx, day_first, images, layout)
        run.told.warnings += known
        finder = ImageFinder(path.parent)
        run.ask(finder)
        for _ in run.cases(finder, hashing=False):
            pass
        return run.report()


def new_project(
    folder: Path,
    table: Path,
    *,
    ctx: JobContext,
    schema: Schema | None = None,
    day_first: bool | None = None,
    copy_images: bool = False,
    images: ImageChoices | None = None,
    layout: Layout | None = None,
    reader: str = "",
) -> ImportReport:
    """Make a project from a table; stopped or not possible, it leaves nothing behind.

    Options that the schema does not give are learnt from the table and saved. When a
    bundled model fits the schema, it becomes the current version.

    Args:
        folder: Where the project goes; empty or not there.
        table: The table.
        ctx: Told about progress, asked whether to stop.
        schema: The schema; guessed when None.
        day_first: Whether the day stands before the month in dates; None to find out, and to
            leave dates missing whose order nothing in the table proves.
        copy_images: Copy the images into the project rather than refer to them.
        images: What was decided about images that are not clear.
        layout: Which sheet and row are the table and its header, as a person chose.
        reader: Who imports, for the journal.

    Raises:
        TableProblem: The table cannot be read by this schema, or images are not clear.
        SchemaProblem: Options cannot be learnt from it.
        Situation: The folder cannot be used.
    """
    guessed: list[str] = []
    if schema is None:
        look = look_at(table, name=folder.name.removesuffix(".mmdesk"), layout=layout)
        schema, guessed = look.schema, list(look.warnings)
    with _as_table(table, schema, ctx) as (path, known):
        run = _Run(path, schema, ctx, day_first, images, layout)
        told = run.told.warnings
        told += [words for words in dict.fromkeys([*guessed, *known]) if words not in told]
        return _made(folder, run, copy_images=copy_images, reader=reader)


def _made(folder: Path, run: _Run, *, copy_images: bool, reader: str) -> ImportReport:
    """Make the project's folder and fill it; stopped or not possible, leave nothing behind."""
    from mmdesk.services.models.prediction import adopt_bundled

    existed = folder.exists()
    used = existed and (not folder.is_dir() or any(folder.iterdir()))
    try:
        project = create_project(folder, run.surveyed.schema)
        try:
            report = _import(project, run, copy_images=copy_images, reader=reader)
            adopt_bundled(project)
        finally:
            project.close()
    except BaseException:
        if not used:
            _remove(folder, keep=existed)
        raise
    return report


def import_table(
    project: Project,
    table: Path,
    *,
    ctx: JobContext,
    copy_images: bool = False,
    day_first: bool | None = None,
    images: ImageChoices | None = None,
    layout: Layout | None = None,
    reader: str = "",
) -> ImportReport:
    """Bring a project up to date with a table: new cases are added, known ones renewed.

    Values that readers edited stay, labels of readers too. One transaction: stopped, it
    leaves the project as it was.

    Args:
        project: The project.
        table: A table with the columns of its schema; those of notes and targets may lack.
        ctx: Told about progress, asked whether to stop.
        copy_images: Copy the images into the project rather than refer to them.
        day_first: Whether the day stands before the month in dates; None to find out, and to
            leave dates missing whose order nothing in the table proves.
        images: What was decided about images that are not clear.
        layout: Which sheet and row are the table and its header, as a person chose.
        reader: Who imports, for the journal.

    Raises:
        TableProblem: The table cannot be read by the project's schema, or images are not clear.
        LookOnly: The project is open elsewhere.
    """
    with _as_table(table, project.schema, ctx) as (path, known):
        run = _Run(path, project.schema, ctx, day_first, images, layout)
        run.told.warnings += known
        return _renewed(project, run, copy_images=copy_images, reader=reader)


def _renewed(project: Project, run: _Run, *, copy_images: bool, reader: str) -> ImportReport:
    if run.surveyed.schema != run.schema:
        lacking = next(entry for entry in run.schema if run.surveyed.schema.field(entry.name) != entry)
        raise SchemaProblem(
            f"The field '{lacking.name}' has no options in project.toml.", do="Write options = [...] for it."
        )
    return _import(project, run, copy_images=copy_images, reader=reader)


class _Run:
    """One import: the table, surveyed, and what is found wrong with it."""

    def __init__(
        self,
        path: Path,
        schema: Schema,
        ctx: JobContext,
        day_first: bool | None,
        images: ImageChoices | None = None,
        layout: Layout | None = None,
    ) -> None:
        self._ctx = ctx
        self._told_at = 0.0
        self._choices = images or ImageChoices()
        self._unclear = Unclear()
        self._questions: tuple[ImageQuestion, ...] = ()
        self._finder: ImageFinder | None = None
        self._readable = ReadCheck()
        self.schema = schema = self._choices.applied(schema)
        self.table: Table = open_table(path, layout)
        self.places: Places = places_of(self.table, schema)
        self.surveyed: Survey = survey(
            self.table, schema, self.places, day_first, self._ticker("Reading the table", 0)
        )
        if not self.surveyed.names:
            raise TableProblem(
                f"No row of {path.name} names a case in column '{schema.case}'.",
                do="Choose another case column.",
            )
        self.told = Told(warnings=[*self.table.warnings, *self.surveyed.warnings])
        for entry in self.places.lacking:
            self.told.warnings.append(
                f"The table has no column for the {entry.role} '{entry.name}'; it stays as it is."
            )

    def ask(self, images: ImageFinder) -> tuple[ImageQuestion, ...]:
        """Return what only a person can decide about the images, and what they did not decide yet."""
        asking = ImageQuestions(self.schema, self.table, self.places, images.lookup)
        names = self.surveyed.names
        found = asking.ask(names, self._ticker("Looking for the images", names.total() + 1))
        if self._choices.same_file:
            asking.forget_twice()
            found = tuple(question for question in found if not question.twice)
        self._unclear = asking.unclear
        self._questions = () if self._choices.unclear_missing else found
        return self._questions

    def cases(
        self,
        images: ImageFinder,
        owners: Mapping[str, tuple[str, str]] | None = None,
        *,
        hashing: bool = True,
    ) -> Iterator[NewCase]:
        """Make the cases, in the order of the table; see `CaseMaker`."""
        found = self.surveyed
        readable = ReadCheck(len(found.names) * len(found.schema.images), sample=hashing)
        maker = CaseMaker(
            found.schema,
            self.table,
            self.places,
            found.style,
            images,
            self.told,
            hashing=hashing,
            owners=owners,
            unclear=self._unclear,
            readable=readable,
        )
        self._finder, self._readable = images, readable
        tick = self._ticker("Importing cases", found.names.total() + 1)
        for name, joined in joined_rows(self.table, self.places, self.surveyed.names, self.told, tick):
            yield maker.make(name, joined)

    def report(self, added: int = 0, updated: int = 0, kept: int = 0) -> ImportReport:
        """Return the report so far."""
        told = self.told
        if told.files_missing and not told.files_found:
            folders = " and ".join(dict.fromkeys(f"'{f.folder or '.'}'" for f in self.surveyed.schema.images))
            told.warnings.append(
                f"None of the image files is there. They were looked for in {folders} beside the table."
            )
        for (column, folder, by_name), count in told.by_tail.most_common():
            how = "their names alone. Check some of them." if by_name else "the rest of their paths."
            told.warnings.append(
                f"The folder '{folder}' that '{column}' names is not here: "
                f"{count:,} of its images were found by {how}"
            )
        if told.unreadable:
            more = f"; and {len(told.unreadable) - _NAMED:,} more" if len(told.unreadable) > _NAMED else ""
            told.warnings.append(f"Images that cannot be read: {'; '.join(told.unreadable[:_NAMED])}{more}.")
        for folder in self._finder.lookup.incomplete if self._finder else ():
            told.warnings.append(
                f"Only the first {MOST_FOLDERS:,} folders below {folder} were looked through for images."
            )
        return ImportReport(
            cases=len(self.surveyed.names),
            added=added,
            updated=updated,
            kept=kept,
            marked=told.cases_marked,
            refused=tuple(told.refused),
            files_missing=len(told.files_missing),
            warnings=tuple(dict.fromkeys(told.warnings)),
            problems=(*told.marked, *told.files_missing),
            either_order=self.surveyed.either_order,
            questions=self._questions,
            images=self._readable.seen,
            images_decoded=self._readable.decoded,
            images_unreadable=len(told.unreadable),
            images_words=self._readable.say(len(told.unreadable)),
            place=self.table.place,
        )

    def _ticker(self, words: str, total: int) -> Callable[[int], None]:
        def tick(row: int) -> None:
            self._ctx.check_cancelled()
            now = time.monotonic()
            if row % _TELL_EVERY == 0 or now - self._told_at > 0.25:
                self._told_at = now
                self._ctx.progress(Progress(row, total, words))

        return tick


def _compared(before: Sequence[Case], cases: Iterator[NewCase], run: _Run) -> Iterator[NewCase]:
    """Pass cases on; say at the end which known ones come with other pictures than before."""
    known = {case.name: case for case in before}
    other: list[str] = []
    for case in cases:
        earlier = known.get(case.name)
        for name, value in case.inputs.items():
            held = earlier.inputs.get(name) if earlier else None
            if isinstance(value, ImageRef) and isinstance(held, ImageRef) and value.sha256 != held.sha256:
                other.append(f"case {case.name}, {name}")
        yield case
    if other:
        more = f" and {len(other) - _NAMED:,} more" if len(other) > _NAMED else ""
        said = f"{len(other):,} images are not the ones" if len(other) > 1 else "1 image is not the one"
        run.told.warnings.append(
            f"{said} imported before: "
            f"{'; '.join(other[:_NAMED])}{more}. Labels given on the earlier ones stay: look at them again."
        )


def _import(project: Project, run: _Run, *, copy_images: bool, reader: str) -> ImportReport:
    from mmdesk.imaging.base.bound import images_of

    known = project.store.cases()
    finder = ImageFinder(run.table.path.parent, project.folder, copy=copy_images)
    if questions := run.ask(finder):
        raise refused(questions)
    owners = {
        digest: (case.group, case.name)
        for case in known
        for value in case.inputs.values()
        if (digest := getattr(value, "sha256", ""))
    }
    cases = _compared(known, run.cases(finder, owners), run)
    if run.places.lacking and known:
        cases = _filled(project, known, cases)
    try:
        done = project.store.add_cases(cases, reader, why=run.table.path.name)
    except BaseException:
        finder.forget_copies()
        raise
    images_of(project.folder).remember(finder.refs)
    report = run.report(len(done.added), len(done.updated), done.kept)
    return replace(report, report=_write_report(project.folder, report))


def _filled(project: Project, before: Sequence[Case], cases: Iterator[NewCase]) -> Iterator[NewCase]:
    """Give known cases the notes and reference labels that the table has no columns for."""
    known = {case.name: case for case in before}
    labels = project.store.labels()
    for case in cases:
        earlier = known.get(case.name)
        if earlier is None:
            yield case
            continue
        given = {
            target: label.value
            for target, stored in labels.get(earlier.id, {}).items()
            for label in stored
            if label.reader == REFERENCE
        }
        yield replace(case, notes={**earlier.notes, **case.notes}, labels={**given, **case.labels})


def _write_report(folder: Path, report: ImportReport) -> Path:
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
        f"{report.cases} cases in the table",
        f"{report.added} added",
        f"{report.updated} updated",
        f"{report.kept} values kept because a reader had edited them",
        f"{report.marked} cases marked",
        f"{len(report.refused)} rows refused",
        f"{report.files_missing} image files not found",
        *([report.images_words] if report.images_words else []),
    ):
        yield "summary", None, "", words
    for words in report.warnings:
        yield "warning", None, "", words
    for problem in report.refused:
        yield "refused", problem.row, problem.column, problem.reason
    for problem in report.problems:
        yield "marked", problem.row, problem.column, problem.reason


def _remove(folder: Path, *, keep: bool) -> None:
    """Remove a half-made project; a folder that was there before stays, empty."""
    shutil.rmtree(folder, ignore_errors=True)
    if keep:
        folder.mkdir(exist_ok=True)
