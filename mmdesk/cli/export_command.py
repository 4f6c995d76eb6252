"""The command that lets cases leave a project: as a table, as marks, or for reader-study software."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mmdesk.cli.options import Json, ProjectPath, named_reader, opened
from mmdesk.cli.terminal import Terminal
from mmdesk.core.errors import FieldProblem
from mmdesk.core.fields.search import STATES
from mmdesk.core.fields.splits import SPLITS
from mmdesk.services.exporting.parts import USUAL, Part
from mmdesk.words import QT_TR_NOOP, tr

if TYPE_CHECKING:
    from mmdesk.services.exporting.choices import Choices


def add_to(app: typer.Typer) -> None:
    """Add this command to the program."""
    app.command("export")(export)


class MarksForm(StrEnum):
    """The forms marks can be exported in."""

    COCO = "coco"
    SR = "sr"
    GSPS = "gsps"


def export(
    project: ProjectPath,
    out: Annotated[
        Path, typer.Argument(metavar="OUT", help=QT_TR_NOOP("The file: .csv, .tsv, .parquet, .xlsx or .jsonl."))
    ],
    *,
    search: Annotated[
        str, typer.Option("--search", metavar="LINE", help=QT_TR_NOOP("Only the cases that this search line finds."))
    ] = "",
    split: Annotated[
        str, typer.Option("--split", metavar="SPLIT", help=QT_TR_NOOP("Only this split: train, validation or test."))
    ] = "",
    status: Annotated[
        str,
        typer.Option("--status", metavar="STATE", help=QT_TR_NOOP("Only cases of this state, such as `read`.")),
    ] = "",
    labels_of: Annotated[
        list[str] | None,
        typer.Option(
            "--labels-of", metavar="NAME", help=QT_TR_NOOP("Whose labels, `reference` for the table's; else all.")
        ),
    ] = None,
    columns: Annotated[
        str,
        typer.Option(
            "--columns",
            metavar="LIST",
            help=QT_TR_NOOP(
                "Which columns, apart by commas; `all` for all. labels,readers,predictions,missing if left out."
            ),
        ),
    ] = "",
    model: Annotated[
        list[str] | None,
        typer.Option("--model", metavar="V", help=QT_TR_NOOP("Whose predictions; the current version's if left out.")),
    ] = None,
    mrmc: Annotated[
        str,
        typer.Option(
            "--mrmc",
            metavar="POSITIVE",
            help=QT_TR_NOOP(
                "Reader, case, modality and score instead, for reader-study software: a flag's name, NAME=OPTION or "
                "'NAME>=LEVEL'; OUT may then end with .imrmc."
            ),
        ),
    ] = "",
    marks: Annotated[
        MarksForm | None,
        typer.Option(
            "--marks",
            metavar="FORM",
            help=QT_TR_NOOP(
                "Marks instead: `coco`, a JSON file; `sr` or `gsps`, a folder of DICOM structured reports "
                "or presentation states."
            ),
        ),
    ] = None,
    reader: Annotated[
        str,
        typer.Option(
            "--reader",
            metavar="NAME",
            help=QT_TR_NOOP(
                "For whom: where the own read comes first, cases that this reader has not read come without "
                "predictions, the reference and others' labels and marks. All is written if left out."
            ),
        ),
    ] = "",
    json: Json = False,
) -> None:
    """Write one row a case to a table, or the marks that readers drew.

    With the label that counts under each target's name, readers, times, predictions and what was missing.
    """
    terminal = Terminal(as_json=json)
    reader = named_reader(reader) if reader else ""
    chosen = _choices(search, split, status, labels_of, columns, model)
    if marks is not None:
        if mrmc or chosen.parts != USUAL or chosen.line or chosen.whose or chosen.models:
            raise FieldProblem(
                tr("--marks takes no choice of cases, labels or columns."),
                tr("Nothing is written."),
                tr("Leave the other options out."),
            )
        _export_marks(terminal, project, out, marks, reader)
    elif mrmc:
        if columns:
            raise FieldProblem(
                tr("--mrmc has its own four columns."), tr("Nothing is written."), tr("Leave --columns out.")
            )
        _export_mrmc(terminal, project, out, mrmc, chosen, reader)
    else:
        _export_table(terminal, project, out, chosen, reader)


def _choices(
    search: str, split: str, status: str, whose: list[str] | None, columns: str, models: list[str] | None
) -> Choices:
    from mmdesk.services.exporting.choices import Choices

    return Choices(
        search,
        _one_of(split, SPLITS, "--split"),
        _one_of(status, STATES, "--status"),
        tuple(whose or ()),
        _parts(columns),
        tuple(models or ()),
    )


def _one_of(word: str, known: tuple[str, ...], option: str) -> str:
    if word and word not in known:
        raise FieldProblem(
            tr("{option} does not take '{word}'.", option=option, word=word),
            tr("Nothing is written."),
            tr("Give one of {known}.", known=", ".join(known)),
        )
    return word


def _parts(line: str) -> tuple[Part, ...]:
    if not line.strip():
        return USUAL
    if line.strip() == "all":
        return tuple(Part)
    known = tuple(part.value for part in Part)
    return tuple(Part(_one_of(word.strip(), known, "--columns")) for word in line.split(","))


def _export_table(terminal: Terminal, project: Path, out: Path, choices: Choices, reader: str) -> None:
    from mmdesk.services.exporting.table import export_project

    with opened(project, look=True) as source, terminal.working() as work:
        done = export_project(source, out, ctx=work, reader=reader, choices=choices)
    facts = {
        "project": str(project),
        "out": str(out),
        "cases": done.rows,
        "hidden": done.hidden,
        "apart": done.apart,
        "left_out": list(done.never),
    }
    terminal.finish(facts, tr("Written: {out}", out=out), *([done.say()] if done.say() else []))


def _export_mrmc(terminal: Terminal, project: Path, out: Path, positive: str, choices: Choices, reader: str) -> None:
    from mmdesk.services.exporting.mrmc import export_mrmc

    with opened(project, look=True) as source, terminal.working() as work:
        done = export_mrmc(source, out, positive, ctx=work, reader=reader, choices=choices)
    facts = {
        "project": str(project),
        "out": str(out),
        "readers": list(done.readers),
        "modalities": list(done.modalities),
        "negative": done.negative,
        "positive": done.positive,
        "scores": done.scores,
        "left_out": list(done.left_out),
    }
    terminal.finish(facts, done.say(), tr("Written: {out}", out=out), *done.left_out)


def _export_marks(terminal: Terminal, project: Path, out: Path, form: MarksForm, reader: str) -> None:
    from mmdesk.services.marks.export import export_coco, export_gsps, export_sr

    forms = {MarksForm.COCO: export_coco, MarksForm.SR: export_sr, MarksForm.GSPS: export_gsps}
    export = forms[form]
    with opened(project, look=True) as source, terminal.working() as work:
        report = export(source, out, ctx=work, reader=reader)
    facts = {
        "project": str(project),
        "out": str(out),
        "marks": report.marks,
        "images": report.images,
        "files": [str(path) for path in report.files],
        "left_out": report.left_out,
    }
    terminal.finish(facts, report.say(), tr("Written: {out}", out=out), *report.left_out)
