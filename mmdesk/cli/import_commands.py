"""Commands that bring cases in: new, import."""

from __future__ import annotations

from dataclasses import asdict, replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mmdesk.cli.options import Json, ProjectPath, account, opened, text_of
from mmdesk.cli.terminal import Terminal, table
from mmdesk.core.errors import FieldProblem
from mmdesk.words import QT_TR_NOOP, tr

if TYPE_CHECKING:
    from rich.table import Table

    from mmdesk.services.importing.choices import TableChoices
    from mmdesk.services.importing.from_table import ImportReport, TableLook
    from mmdesk.services.importing.image_questions import ImageChoices

CopyImages = Annotated[
    bool, typer.Option("--copy-images", help=QT_TR_NOOP("Copy the images into the project; else they stay in place."))
]


class DateOrder(StrEnum):
    """What stands first in a date such as 01/02/2020."""

    DAY_FIRST = "day-first"
    MONTH_FIRST = "month-first"


class DecimalSign(StrEnum):
    """What stands before a fraction."""

    POINT = "point"
    COMMA = "comma"


Decimal = Annotated[
    DecimalSign | None,
    typer.Option("--decimal", help=QT_TR_NOOP("What stands before a fraction, as in 1.200; else as the table proves.")),
]


class SameIds(StrEnum):
    """Whether names that differ by leading zeros mean the same case."""

    SAME = "same"
    DIFFERENT = "different"


Ids = Annotated[
    SameIds | None,
    typer.Option(
        "--ids", help=QT_TR_NOOP("Whether names that differ from known ones by leading zeros or letter case are these.")
    ),
]
MoveSplits = Annotated[
    bool,
    typer.Option("--move-splits", help=QT_TR_NOOP("Cases whose group changed move to the split of the new group.")),
]
KeepSplits = Annotated[
    bool, typer.Option("--keep-splits", help=QT_TR_NOOP("Cases whose group changed stay in their split."))
]
Dates = Annotated[
    DateOrder | None,
    typer.Option(
        "--dates", help=QT_TR_NOOP("How dates such as 01/02/2020 are read; else as the table proves, or not at all.")
    ),
]
Folders = Annotated[
    list[str] | None,
    typer.Option(
        "--folder",
        metavar="COLUMN=FOLDER",
        help=QT_TR_NOOP("Where the images of a column are, from the table's folder; may be given for several columns."),
    ),
]
SameFile = Annotated[
    bool, typer.Option("--same-file", help=QT_TR_NOOP("One file may stand for two inputs of a case, or for two names."))
]
UnclearMissing = Annotated[
    bool, typer.Option("--unclear-missing", help=QT_TR_NOOP("Images whose name fits several files count as missing."))
]
Sheet = Annotated[
    str, typer.Option("--sheet", metavar="NAME", help=QT_TR_NOOP("The sheet of a workbook; found if left out."))
]
HeaderRow = Annotated[
    int,
    typer.Option(
        "--header", metavar="N", min=0, help=QT_TR_NOOP("The row with the columns' names; found if left out.")
    ),
]
TablePath = Annotated[
    Path,
    typer.Argument(metavar="TABLE", help=QT_TR_NOOP("A CSV, TSV, XLSX, Parquet or JSONL table.")),
]

Pattern = Annotated[
    str,
    typer.Option(
        "--pattern",
        metavar="P",
        help=QT_TR_NOOP("How the files of a folder are named, as {case}_{image=left|right}; found if left out."),
    ),
]


def add_to(app: typer.Typer) -> None:
    """Add these commands to the program."""
    app.command("new")(new)
    app.command("import")(import_cases)


def new(
    project: ProjectPath,
    source: Annotated[
        Path,
        typer.Option(
            "--from",
            metavar="TABLE",
            help="The table of cases, a folder of images or of DICOM files, a file of marks, or a packet.",
            show_default=False,
        ),
    ],
    schema: Annotated[
        Path | None,
        typer.Option("--schema", metavar="TOML", help="The schema; guessed from the table if left out."),
    ] = None,
    dates: Dates = None,
    *,
    write_schema: Annotated[
        Path | None,
        typer.Option(
            "--write-schema",
            metavar="TOML",
            help="Write the schema that was guessed to this file, to edit it; no project is made.",
        ),
    ] = None,
    pattern: Pattern = "",
    sheet: Sheet = "",
    header: HeaderRow = 0,
    decimal: Decimal = None,
    copy_images: CopyImages = False,
    folder: Folders = None,
    same_file: SameFile = False,
    unclear_missing: UnclearMissing = False,
    json: Json = False,
) -> None:
    """Make a project from a table and its images, or from a folder of images."""
    from mmdesk.core.fields.schema_toml import read_schema
    from mmdesk.services.importing.from_table import look_at, new_project

    terminal = Terminal(as_json=json)
    if schema and write_schema:
        raise typer.BadParameter(tr("--schema and --write-schema exclude each other."))
    if source.suffix == ".mmpacket":
        given = {
            "--schema": schema, "--dates": dates, "--write-schema": write_schema, "--pattern": pattern,
            "--sheet": sheet, "--header": header, "--decimal": decimal, "--copy-images": copy_images,
            "--folder": folder, "--same-file": same_file, "--unclear-missing": unclear_missing,
        }  # fmt: skip
        if unused := [name for name, value in given.items() if value]:
            raise typer.BadParameter(tr("A packet needs no {names}.", names=", ".join(unused)))
        from mmdesk.services.readers.packets import new_from_packet

        with terminal.working() as work:
            made = new_from_packet(project, source, ctx=work)
        count = made.store.count_cases()
        made.close()
        terminal.finish(
            {"project": str(project), "cases": count}, tr("Cases: {count:,}. {project}", count=count, project=project)
        )
        return
    images = _choices(folder, same_file, unclear_missing)
    wanted = read_schema(text_of(schema, "schema"), str(schema)) if schema else None
    choices = _table_choices(dates, sheet, header, decimal, pattern)
    with terminal.working() as work:
        name = project.name.removesuffix(".mmdesk")
        look = None if wanted else look_at(source, name=name, choices=choices, ctx=work)
        if look and write_schema:
            _finish_schema(terminal, look, write_schema)
            return
        report = new_project(
            project,
            source,
            schema=wanted,
            look=look,
            ctx=work,
            copy_images=copy_images,
            images=images,
            choices=choices,
            reader=account(),
        )
    _finish_import(terminal, project, report, look)


def import_cases(
    project: ProjectPath,
    source: TablePath,
    dates: Dates = None,
    *,
    pattern: Pattern = "",
    sheet: Sheet = "",
    header: HeaderRow = 0,
    decimal: Decimal = None,
    ids: Ids = None,
    move_splits: MoveSplits = False,
    keep_splits: KeepSplits = False,
    copy_images: CopyImages = False,
    folder: Folders = None,
    same_file: SameFile = False,
    unclear_missing: UnclearMissing = False,
    json: Json = False,
) -> None:
    """Add a table's cases to a project; what readers said stays."""
    from mmdesk.services.importing.from_table import import_table

    if move_splits and keep_splits:
        raise typer.BadParameter(tr("--move-splits and --keep-splits exclude each other."))
    terminal = Terminal(as_json=json)
    images = _choices(folder, same_file, unclear_missing)
    with opened(project) as target, terminal.working() as work:
        report = import_table(
            target,
            source,
            ctx=work,
            copy_images=copy_images,
            images=images,
            choices=replace(
                _table_choices(dates, sheet, header, decimal, pattern),
                same_ids=None if ids is None else ids is SameIds.SAME,
                splits="move" if move_splits else "keep" if keep_splits else "",
            ),
            reader=account(),
        )
    _finish_import(terminal, project, report)


def _finish_schema(terminal: Terminal, look: TableLook, path: Path) -> None:
    """Write the schema that was guessed to a file, and say what it was guessed from."""
    from mmdesk.services.importing.written_schema import write_guess

    write_guess(look, path)
    facts = {"schema": str(path), "rows": look.rows, "columns": look.columns(), "warnings": look.warnings}
    terminal.finish(
        {**facts, "pattern": look.pattern, "fit": look.fit},
        *_guesses(look),
        *look.warnings,
        tr("Written: {out}", out=path),
        tr(
            "No project was made. Edit the schema, then make one with --schema {out}{pattern}.",
            out=path,
            pattern=f" --pattern '{look.pattern}'" if look.pattern else "",
        ),
    )


def _guesses(look: TableLook | None) -> list[str | Table]:
    """Return what was guessed of each column as a table, and of the files' names."""
    if look is None:
        return []
    columns = [(line.column, line.use, line.because, ", ".join(line.examples)) for line in look.lines()]
    return [
        table((tr("column"), tr("used as"), tr("because"), tr("examples")), columns),
        *([tr("Pattern: {pattern}; {fit}.", pattern=look.pattern, fit=look.fit)] if look.pattern else []),
    ]


def _finish_import(terminal: Terminal, project: Path, report: ImportReport, look: TableLook | None = None) -> None:
    facts = {"project": str(project), **asdict(report)}
    refused = [
        tr("Row {row}, {column}: {reason}", row=row.row, column=row.column, reason=row.reason) for row in report.refused
    ]
    words = tr(
        "{cases} cases: {added} added, {updated} updated, {marked} marked, "
        "{files_missing} files missing, {count} rows refused.",
        cases=report.cases,
        added=report.added,
        updated=report.updated,
        marked=report.marked,
        files_missing=report.files_missing,
        count=len(report.refused),
    )
    written = [tr("Report: {report}", report=report.report)] if report.report else []
    read = [report.images_words] if report.images_words else []
    hints = []
    if report.either_decimal:
        hints.append(
            tr(
                "--decimal point or --decimal comma says how '{either_decimal}' is to be read.",
                either_decimal=report.either_decimal,
            )
        )
    if report.either_order:
        hints.append(
            tr("--dates day-first or --dates month-first reads '{either_order}'.", either_order=report.either_order)
        )
    terminal.finish(facts, words, *_guesses(look), *read, *report.warnings, *hints, *refused, *written)


def _choices(folders: list[str] | None, same_file: bool, unclear_missing: bool) -> ImageChoices:
    from mmdesk.services.importing.image_questions import ImageChoices

    chosen = {}
    for given in folders or ():
        column, equals, folder = given.rpartition("=")
        if not equals or not column or not folder:
            raise FieldProblem(
                tr("'{given}' names no column and folder.", given=given),
                tr("Nothing was written."),
                tr("Write --folder COLUMN=FOLDER."),
            )
        chosen[column] = folder
    return ImageChoices(chosen, same_file, unclear_missing)


def _table_choices(
    dates: DateOrder | None,
    sheet: str,
    header: int,
    decimal: DecimalSign | None,
    pattern: str,
) -> TableChoices:
    from mmdesk.services.importing.choices import Layout, TableChoices

    day_first = None if dates is None else dates is DateOrder.DAY_FIRST
    sign = {None: "", DecimalSign.POINT: ".", DecimalSign.COMMA: ","}[decimal]
    return TableChoices(Layout(sheet, header), day_first, sign, pattern=pattern)
