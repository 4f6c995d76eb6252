"""Commands about a project and its cases: open, demo, doctor, new, import, label."""

from __future__ import annotations

from dataclasses import asdict, replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mmdesk.cli.assignments import read_assignments
from mmdesk.cli.options import Json, ProjectPath, Why, account, named_reader, opened, text_of
from mmdesk.cli.terminal import Terminal, table
from mmdesk.core.errors import FieldProblem
from mmdesk.words import QT_TR_NOOP, tr

if TYPE_CHECKING:
    from mmdesk.services.importing.choices import TableChoices
    from mmdesk.services.importing.from_table import ImportReport
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
    Path, typer.Argument(metavar="TABLE", help=QT_TR_NOOP("A CSV, TSV, XLSX, Parquet or JSONL table."))
]


def add_to(app: typer.Typer) -> None:
    """Add these commands to the program."""
    app.command("open")(open_window)
    app.command("demo")(demo)
    app.command("doctor")(doctor)
    app.command("new")(new)
    app.command("import")(import_cases)
    app.command("label")(label)


def open_window(context: typer.Context, project: ProjectPath, json: Json = False) -> None:
    """Open a project in the window."""
    code = context.obj.window(str(project))
    Terminal(as_json=json).finish({"project": str(project), "code": code})
    raise typer.Exit(code)


def demo(
    context: typer.Context,
    folder: Annotated[
        Path | None,
        typer.Option("--dir", metavar="D", help="Where the demo goes; the user's data folder if left out."),
    ] = None,
    headless: Annotated[
        bool,
        typer.Option("--headless", help="Do the whole job without a window; leave a report and pictures."),
    ] = False,
    json: Json = False,
) -> None:
    """Open the demo in the window, or do the whole job without one.

    Its cases are made up and their truth is known.
    """
    from mmdesk.services.demo.demo import READER, make_demo, run_demo
    from mmdesk.support.paths import data_dir, demo_dir

    terminal = Terminal(as_json=json)
    place = folder or (data_dir() / "demo-headless" if headless else demo_dir())
    place.mkdir(parents=True, exist_ok=True)
    with terminal.working() as work:
        if headless:
            facts = run_demo(place, ctx=work, say=terminal.say)
        else:
            facts = {"project": str(make_demo(place, ctx=work))}
    if not headless:
        facts["code"] = context.obj.window(facts["project"])
        terminal.finish(facts)
        raise typer.Exit(facts["code"])
    facts["screenshots"] = context.obj.screenshots(facts["project"], place / "screenshots", READER)
    pictures = tr("Pictures: {place} ({count})", place=place / "screenshots", count=len(facts["screenshots"]))
    terminal.finish(
        facts, tr("Project: {facts}", facts=facts["project"]), tr("Report: {facts}", facts=facts["report"]), pictures
    )


def new(
    project: ProjectPath,
    source: Annotated[
        Path, typer.Option("--from", metavar="TABLE", help="The table of cases, or a packet.", show_default=False)
    ],
    schema: Annotated[
        Path | None,
        typer.Option("--schema", metavar="TOML", help="The schema; guessed from the table if left out."),
    ] = None,
    dates: Dates = None,
    *,
    sheet: Sheet = "",
    header: HeaderRow = 0,
    decimal: Decimal = None,
    copy_images: CopyImages = False,
    folder: Folders = None,
    same_file: SameFile = False,
    unclear_missing: UnclearMissing = False,
    json: Json = False,
) -> None:
    """Make a project from a table and its images."""
    from mmdesk.core.fields.schema_toml import read_schema
    from mmdesk.services.importing.from_table import new_project

    terminal = Terminal(as_json=json)
    if source.suffix == ".mmpacket":
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
    with terminal.working() as work:
        report = new_project(
            project,
            source,
            schema=wanted,
            ctx=work,
            copy_images=copy_images,
            images=images,
            choices=_table_choices(dates, sheet, header, decimal),
            reader=account(),
        )
    _finish_import(terminal, project, report)


def import_cases(
    project: ProjectPath,
    source: TablePath,
    dates: Dates = None,
    *,
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
                _table_choices(dates, sheet, header, decimal, ids),
                splits="move" if move_splits else "keep" if keep_splits else "",
            ),
            reader=account(),
        )
    _finish_import(terminal, project, report)


def label(
    project: ProjectPath,
    case: Annotated[str, typer.Argument(metavar="CASE", help="The case's name.")],
    values: Annotated[
        list[str],
        typer.Argument(
            metavar="FIELD=VALUE...",
            help="A|B for several labels, FIELD= for unread, FIELD=@missing, ISO dates, 1.5 not 1,5.",
        ),
    ],
    reader: Annotated[str, typer.Option("--reader", metavar="NAME", help="Who labels.", show_default=False)],
    why: Why = "",
    json: Json = False,
) -> None:
    """Store what a reader says of one case, all of it or nothing."""
    from mmdesk.core.fields.kinds import kind_of
    from mmdesk.core.fields.values import Missing
    from mmdesk.services.cases import reading as cases

    name = named_reader(reader)
    terminal = Terminal(as_json=json)
    with opened(project) as target:
        given = read_assignments(values, target.schema)
        case_id = target.store.case_id(case)
        if case_id is None:
            raise FieldProblem(
                tr("This project has no case '{case}'.", case=case), tr("Nothing was written."), tr("Check its name.")
            )
        targets = {field.name for field in target.schema.targets}
        with target.store.write():
            for field, value in given.items():
                if field not in targets:
                    cases.set_input(target, case_id, field, value, name, why)
            labels = {field: value for field, value in given.items() if field in targets}
            if labels:
                cases.store_labels(target, case_id, labels, name, why)
        shown: dict[str, Any] = {}
        for field, value in given.items():
            declared = target.schema.field(field)
            said = value.say() if isinstance(value, Missing) else kind_of(declared).show(value, declared)
            shown[field] = None if value is None else said
    words = ", ".join(f"{field}: {value or 'unread'}" for field, value in shown.items())
    terminal.finish(
        {"case": case, "reader": name, "stored": shown}, tr("Stored for {case}: {words}.", case=case, words=words)
    )


def doctor(
    project: Annotated[
        Path | None, typer.Argument(metavar="PROJECT", help="A project to check.", show_default=False)
    ] = None,
    json: Json = False,
) -> None:
    """Check this computer, and a project.

    Of a project: the database, the journal, the models and every image.
    """
    from mmdesk.services import doctor as checks

    terminal = Terminal(as_json=json)
    facts: dict[str, Any] = {"computer": checks.computer(), "problems": []}
    if project is not None:
        facts["project"] = str(project)
        with opened(project, look=True) as examined, terminal.working() as work:
            facts["problems"] = list(checks.examine(examined, work))
    facts["ok"] = not facts["problems"]
    rows = [(name, value) for name, value in facts["computer"].items()]
    verdict = tr("No problem found.") if facts["ok"] else tr("{count} problems found.", count=len(facts["problems"]))
    terminal.finish(facts, table(("what", "found"), rows), *facts["problems"], verdict)
    if not facts["ok"]:
        raise typer.Exit(1)


def _finish_import(terminal: Terminal, project: Path, report: ImportReport) -> None:
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
    terminal.finish(facts, words, *report.columns, *read, *report.warnings, *hints, *refused, *written)


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
    ids: SameIds | None = None,
) -> TableChoices:
    from mmdesk.services.importing.choices import Layout, TableChoices

    day_first = None if dates is None else dates is DateOrder.DAY_FIRST
    same_ids = None if ids is None else ids is SameIds.SAME
    sign = {None: "", DecimalSign.POINT: ".", DecimalSign.COMMA: ","}[decimal]
    return TableChoices(Layout(sheet, header), day_first, sign, same_ids)
