"""Use case: a table becomes a project, or brings one up to date; nothing is dropped in silence.

A folder of images, of DICOM files or a DICOMDIR stands for a table wherever one is given; see `sources`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from mmdesk.core.cases.case import REFERENCE, Case
from mmdesk.core.errors import SchemaProblem
from mmdesk.core.fields.schema import Schema
from mmdesk.core.job import JobContext
from mmdesk.services.importing.choices import TableChoices
from mmdesk.services.importing.differences import Known, compared
from mmdesk.services.importing.guess import TableLook
from mmdesk.services.importing.image_questions import (
    ImageChoices,
    refused,
)
from mmdesk.services.importing.images import ImageFinder
from mmdesk.services.importing.report import ImportReport, write_report
from mmdesk.services.importing.run import ImportRun
from mmdesk.services.importing.sources.from_annotations import store_marks
from mmdesk.services.importing.sources.source import as_table, look_at
from mmdesk.services.importing.telling_notes import doubts_of
from mmdesk.services.new_project import filling
from mmdesk.services.project import Project
from mmdesk.storage.store import NewCase
from mmdesk.tabular.table import RowProblem, TablePlace
from mmdesk.words import tr

__all__ = [
    "ImportReport",
    "RowProblem",
    "TableChoices",
    "TableLook",
    "TablePlace",
    "check_table",
    "import_table",
    "look_at",
    "new_project",
]


def check_table(
    table: Path,
    schema: Schema,
    *,
    ctx: JobContext,
    project: Project | None = None,
    images: ImageChoices | None = None,
    choices: TableChoices | None = None,
) -> ImportReport:
    """Find out what an import of a table would say, without writing anything or reading images.

    Args:
        table: The table.
        schema: The schema to read it by.
        ctx: Told about progress, asked whether to stop.
        project: The project that it is to be imported into; None for a new one.
        images: What was decided about images that are not clear.
        choices: What was decided about the table.

    Raises:
        TableProblem: The table cannot be read by this schema.
        SchemaProblem: Options cannot be learnt from it.
    """
    with as_table(table, schema, choices, ctx) as laid:
        run = ImportRun(laid.table, schema, ctx, choices or TableChoices(), images or ImageChoices(), laid.questions)
        run.named, run.marks = laid.named, laid.marks
        run.log.warnings += [*laid.warnings, *doubts_of(run.table, schema, ctx)]
        there = Known(project.store.cases(), run) if project is not None else None
        finder = ImageFinder(laid.table.parent, named=run.named)
        run.ask(finder)
        for _ in run.cases(finder, hashing=False, identity=there.identity if there else None):
            pass
        report = run.report()
        return report if laid.table == table else replace(report, place=TablePlace())


def new_project(
    folder: Path,
    table: Path,
    *,
    ctx: JobContext,
    schema: Schema | None = None,
    look: TableLook | None = None,
    copy_images: bool = False,
    images: ImageChoices | None = None,
    choices: TableChoices | None = None,
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
        look: A look at the table that was taken already, to guess it by.
        copy_images: Copy the images into the project rather than refer to them.
        images: What was decided about images that are not clear.
        choices: What was decided about the table.
        reader: Who imports, for the journal.

    Raises:
        TableProblem: The table cannot be read by this schema, or images are not clear.
        SchemaProblem: Options cannot be learnt from it.
        Situation: The folder cannot be used.
    """
    guessed: list[str] = []
    columns: tuple[str, ...] = ()
    given = schema is not None
    if schema is None:
        look = look or look_at(table, name=folder.name.removesuffix(".mmdesk"), choices=choices)
        schema, guessed, columns = look.schema, list(look.warnings), look.columns()
    with as_table(table, schema, choices, ctx) as laid:
        run = ImportRun(laid.table, schema, ctx, choices or TableChoices(), images or ImageChoices(), laid.questions)
        run.named, run.marks = laid.named, laid.marks
        told = run.log.warnings
        doubts = doubts_of(run.table, schema, ctx) if given else []
        told += [words for words in dict.fromkeys([*guessed, *laid.warnings, *doubts]) if words not in told]
        run.columns = columns
        return _made(folder, run, copy_images=copy_images, reader=reader)


def _made(folder: Path, run: ImportRun, *, copy_images: bool, reader: str) -> ImportReport:
    """Make the project of what was read."""
    from mmdesk.services.models.prediction import adopt_bundled

    with filling(folder, run.surveyed.schema) as project:
        report = _import(project, run, copy_images=copy_images, reader=reader)
        adopt_bundled(project)
    return report


def import_table(
    project: Project,
    table: Path,
    *,
    ctx: JobContext,
    copy_images: bool = False,
    images: ImageChoices | None = None,
    choices: TableChoices | None = None,
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
        images: What was decided about images that are not clear.
        choices: What was decided about the table.
        reader: Who imports, for the journal.

    Raises:
        TableProblem: The table cannot be read by the project's schema, or images are not clear.
        LookOnly: The project is open elsewhere.
    """
    with as_table(table, project.schema, choices, ctx) as laid:
        run = ImportRun(
            laid.table,
            project.schema,
            ctx,
            choices or TableChoices(),
            images or ImageChoices(),
            laid.questions,
        )
        run.named, run.marks = laid.named, laid.marks
        run.log.warnings += laid.warnings
        return _renewed(project, run, copy_images=copy_images, reader=reader)


def _renewed(project: Project, run: ImportRun, *, copy_images: bool, reader: str) -> ImportReport:
    if run.surveyed.schema != run.schema:
        lacking = next(entry for entry in run.schema if run.surveyed.schema.field(entry.name) != entry)
        raise SchemaProblem(
            tr("The field '{name}' has no options in project.toml.", name=lacking.name),
            do=tr("Write options = [...] for it."),
        )
    return _import(project, run, copy_images=copy_images, reader=reader)


def _import(project: Project, run: ImportRun, *, copy_images: bool, reader: str) -> ImportReport:
    from mmdesk.imaging.base.bound import images_of

    known = project.store.cases()
    finder = ImageFinder(run.table.path.parent, project.folder, copy=copy_images, named=run.named)
    there = Known(known, run)
    there.refuse_unclear()
    if questions := run.ask(finder):
        raise refused(questions)
    owners = {
        digest: (there.splits.group(case.name), case.name)
        for case in known
        for value in case.inputs.values()
        if (digest := getattr(value, "sha256", ""))
    }
    cases = compared(known, run.cases(finder, owners, identity=there.identity), run)
    if run.places.lacking and known:
        cases = _filled(project, known, cases)
    try:
        done = project.store.add_cases(cases, reader, why=run.table.path.name)
    except BaseException:
        finder.forget_copies()
        raise
    finder.keep_copies()
    store_marks(project, run.marks)
    project.changed(at_once=True)
    images_of(project.folder).remember(finder.refs)
    report = run.report(len(done.added), len(done.updated), done.kept)
    return replace(report, report=write_report(project.folder, report))


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
