"""Commands about models: train, finetune, predict, models."""

from __future__ import annotations

import time
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mmdesk.cli.adding import Word, add_model, write_mapping_of
from mmdesk.cli.options import Json, Model, ProjectPath, Reader, Why, opened, reader_or_account, text_of
from mmdesk.cli.reading_options import Told
from mmdesk.cli.terminal import Terminal, table
from mmdesk.core.errors import Situation
from mmdesk.core.versions.version import ON_TRIAL
from mmdesk.words import QT_TR_NOOP, tr

if TYPE_CHECKING:
    from mmdesk.services.project import Project

RecipePath = Annotated[
    Path | None,
    typer.Option("--recipe", metavar="TOML", help=QT_TR_NOOP("The recipe; the project's own if left out.")),
]


class Action(StrEnum):
    """What `mmdesk models` does."""

    LIST = "list"
    SHOW = "show"
    COMPARE = "compare"
    PROMOTE = "promote"
    ROLLBACK = "rollback"
    ADD = "add"
    EXPORT = "export"
    MAPPING = "mapping"


class Format(StrEnum):
    """The forms a model can be exported in."""

    KERAS = "keras"
    ONNX = "onnx"
    SAVEDMODEL = "savedmodel"
    LITERT = "litert"


def add_to(app: typer.Typer) -> None:
    """Add these commands to the program."""
    app.command("train")(train)
    app.command("finetune")(finetune)
    app.command("predict")(predict)
    app.command("models")(models)


def train(project: ProjectPath, recipe: RecipePath = None, reader: Reader = "", json: Json = False) -> None:
    """Train a new model version from a project's labels."""
    from mmdesk.core.recipe.recipe import read_recipe
    from mmdesk.services.models import training

    terminal = Terminal(as_json=json)
    wanted = read_recipe(text_of(recipe, "recipe"), str(recipe)) if recipe else None
    start = time.perf_counter()
    with opened(project) as target, terminal.working() as work:
        name = reader_or_account(reader)
        candidate = training.train(target, reader=name, ctx=work, recipe=wanted)
        _finish_candidate(terminal, target, candidate, time.perf_counter() - start)


def finetune(project: ProjectPath, reader: Reader = "", json: Json = False) -> None:
    """Fine-tune the current model on the readers' labels.

    The candidate waits until a person promotes it.
    """
    from mmdesk.services.models import training

    terminal = Terminal(as_json=json)
    start = time.perf_counter()
    with opened(project) as target, terminal.working() as work:
        candidate = training.finetune(target, reader=reader_or_account(reader), ctx=work)
        _finish_candidate(terminal, target, candidate, time.perf_counter() - start)


def predict(
    project: ProjectPath,
    model: Model = "",
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="FILE", help="Write one row a case: .csv, .parquet, .xlsx, .jsonl."),
    ] = None,
    json: Json = False,
) -> None:
    """Predict every case of a project."""
    from mmdesk.core.model.refused_cases import say_refused
    from mmdesk.services.cases.reading import WorklistQuery, case_ids
    from mmdesk.services.exporting.predictions import write_predictions
    from mmdesk.services.models.prediction import Predictor

    terminal = Terminal(as_json=json)
    start = time.perf_counter()
    with opened(project) as target, terminal.working() as work:
        predictor = Predictor(target, model)
        try:
            version = predictor.version
            ids = case_ids(target, WorklistQuery(), "")
            refused = predictor.refused_among(ids) if (count := predictor.predict_cases(ids, work)) else []
            read = predictor.read
        finally:
            predictor.close()
        seconds = time.perf_counter() - start
        if out:
            write_predictions(target, version, out)
    facts = {
        "project": str(project),
        "model": version,
        "cases": count - len(refused),
        "refused": [one.as_json() for one in refused],
        "seconds": round(seconds, 3),
        "inputs": read.as_json(),
        "out": str(out) if out else None,
    }
    written = [tr("Written: {out}", out=out)] if out else []
    words = tr(
        "{count} cases predicted by {version} in {seconds:.1f} s. {say}",
        count=count - len(refused),
        version=version,
        seconds=seconds,
        say=read.say(),
    ).strip()
    notes = [said] if (said := say_refused(refused)) else []
    terminal.finish(facts, words, *notes, *written)


def models(
    project: ProjectPath,
    action: Annotated[Action, typer.Argument(help="What to do.")] = Action.LIST,
    name: Annotated[
        str, typer.Argument(metavar="V", help="A version; for `add`, a .keras or .onnx file.", show_default=False)
    ] = "",
    *,
    says: Annotated[
        list[str] | None,
        typer.Option(
            "--map",
            metavar="END=FIELD",
            help="For `add`: which field a model's input or output is; several numbers as A,B,C or x1..x9.",
        ),
    ] = None,
    pixels: Annotated[
        str | None,
        typer.Option(
            "--pixels",
            metavar="RANGE",
            help="For `add`: bytes (0 to 255), unit (0 to 1), signed (-1 to 1), imagenet or caffe.",
        ),
    ] = None,
    orders: Annotated[
        list[str] | None,
        typer.Option("--order", metavar="TARGET=A|B|C", help="For `add`: classes in the order of the model's outputs."),
    ] = None,
    offset: Annotated[
        str | None, typer.Option("--offset", metavar="N", help="For `add`: code of a choice's first option.")
    ] = None,
    numbers: Annotated[
        str | None,
        typer.Option("--numbers", metavar="FORM", help="For `add`: numbers are raw, standardised or minmax."),
    ] = None,
    padding: Annotated[
        str | None,
        typer.Option("--padding", metavar="SIDE", help="For `add`: short sequences are filled after or before."),
    ] = None,
    reads: Annotated[
        list[str] | None,
        typer.Option(
            "--read",
            metavar="END.QUESTION=ANSWER",
            help="For `add`: one answer for one input or output, such as left.pixels=unit or dense.link=logit.",
        ),
    ] = None,
    scales: Annotated[
        list[str] | None,
        typer.Option(
            "--scales",
            metavar="END=FILE",
            help="For `add`: name, mean and std of an input's numbers, from a .csv, .toml or .json file.",
        ),
    ] = None,
    mapping: Annotated[
        Path | None,
        typer.Option("--mapping", metavar="TOML", help="For `add`: a mapping.toml that says all of this."),
    ] = None,
    try_only: Annotated[
        bool, typer.Option("--try", help="For `add`: show what the model would do, and add nothing.")
    ] = False,
    words: Annotated[
        list[str] | None,
        typer.Option("--words", metavar="INPUT=FILE", help="For `add`: word list of a text, a word a line or JSON."),
    ] = None,
    code: Annotated[
        Path | None,
        typer.Option("--code", metavar="PY", help="For `add`: file with the layers that the model's maker wrote."),
    ] = None,
    trust: Annotated[
        str | None,
        typer.Option("--trust", metavar="TEXT", help="For `add`: who made the model's code, and why it may run once."),
    ] = None,
    form: Annotated[Format | None, typer.Option("--format", help="For `export`: the form.")] = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="P", help="For `export` and `mapping`: the file or folder.")
    ] = None,
    anyway: Annotated[
        bool,
        typer.Option(
            "--anyway",
            help="For `promote`: although its comparison is out of date, missing or without figures.",
        ),
    ] = False,
    reader: Reader = "",
    why: Why = "",
    json: Json = False,
) -> None:
    """List model versions; show, compare, promote, roll back, export; add one made elsewhere, write its mapping."""
    terminal = Terminal(as_json=json)
    match action:
        case Action.LIST:
            _list(terminal, project)
        case Action.SHOW:
            _show(terminal, project, _needed(name, action))
        case Action.COMPARE:
            _compare(terminal, project, _needed(name, action), reader_or_account(reader))
        case Action.PROMOTE:
            _promote(terminal, project, _needed(name, action), reader_or_account(reader), why, anyway=anyway)
        case Action.ROLLBACK:
            _rollback(terminal, project, reader_or_account(reader), why)
        case Action.ADD:
            short = {"pixels": pixels, "offset": offset, "scale": numbers, "padding": padding}
            typed = {key: text for key, text in short.items() if text is not None}
            told = Told(says or (), typed, orders or (), reads or (), scales or (), mapping, words or ())
            file = Path(_needed(name, action))
            add_model(
                terminal, project, file, told, reader_or_account(reader), try_only=try_only, word=Word(code, trust)
            )
        case Action.MAPPING:
            write_mapping_of(terminal, project, _needed(name, action), out)
        case Action.EXPORT:
            if form is None or out is None:
                raise typer.BadParameter(tr("export needs --format and --out."))
            _export(terminal, project, _needed(name, action), form, out)


def _list(terminal: Terminal, project: Path) -> None:
    from mmdesk.core.versions.learnt import say_learnt
    from mmdesk.core.versions.standing import standing_of
    from mmdesk.services.models.comparing import versions

    with opened(project, look=True) as target:
        rows, current = versions(target), target.store.current_version()
    doubts = {
        row.id: standing_of(row, current).doubt
        if row.state in ON_TRIAL
        else say_learnt(row.id, row.card.learnt_from_test)
        for row in rows
    }
    facts = [
        {
            "id": row.id,
            "name": row.name,
            "state": row.state,
            "parent": row.parent,
            "created": row.created,
            "doubt": doubts[row.id],
        }
        for row in rows
    ]
    cells = [(row.id, row.state, row.parent, row.created, row.name) for row in rows]
    terminal.finish(
        {"project": str(project), "models": facts},
        table(("id", "state", "from", "made", "name"), cells),
        *filter(None, doubts.values()),
    )


def _show(terminal: Terminal, project: Path, name: str) -> None:
    from mmdesk.core.versions.card_words import card_text
    from mmdesk.core.versions.standing import standing_of
    from mmdesk.services.models.comparing import versions
    from mmdesk.services.models.prediction import read_card, resolve_version

    with opened(project, look=True) as target:
        version, folder, _parts = resolve_version(target, name)
        row = next((row for row in versions(target) if row.id == version), None)
        current = target.store.current_version()
    doubt = standing_of(row, current).doubt if row and row.state in ON_TRIAL else ""
    card = row.card if row else read_card(folder)
    facts: dict[str, Any] = {"id": version, "folder": str(folder), "state": row.state if row else ""}
    said = (
        f"{version}, {row.state}. {doubt}".strip()
        if row
        else tr("{version}, not a version of this project.", version=version)
    )
    terminal.finish({**facts, "doubt": doubt, "card": card.to_json()}, card_text(card, said))


def _compare(terminal: Terminal, project: Path, name: str, reader: str) -> None:
    from mmdesk.services.models.comparing import compare_again

    with opened(project) as target, terminal.working() as work:
        made = compare_again(target, name, reader, work)
    terminal.finish(
        {"candidate": name, "current": made.current, "comparison": made.as_json()},
        tr("{name} is compared with {current}.", name=name, current=made.current),
        made.words,
        *made.notes,
    )


def _promote(terminal: Terminal, project: Path, name: str, reader: str, why: str, *, anyway: bool) -> None:
    from mmdesk.services.models import versions as results
    from mmdesk.services.models.comparing import standing

    if anyway and not why.strip():
        raise typer.BadParameter(tr("--anyway needs --why: the reason goes into the journal."))
    with opened(project) as target:
        reason = why or tr("Promoted from the command line.")
        stand = standing(target, name)
        doubt = stand.doubt
        if doubt and not anyway:
            compare = (
                tr("Compare them: mmdesk models {project} compare {name}. Or add", project=project, name=name)
                if stand.again
                else "Add"
            )
            do = tr("{compare} --anyway and --why; both go into the journal.", compare=compare)
            raise Situation(
                tr("{name} is not promoted. {doubt}", name=name, doubt=doubt), tr("Nothing was changed."), do
            )
        change = results.promote(target, name, reader, reason, anyway=anyway)
    terminal.finish(
        {"current": name, "reader": reader, "why": reason, "doubt": doubt},
        change.words or tr("{name} is current.", name=name),
        *([tr("Promoted anyway. {doubt}", doubt=doubt)] if doubt else []),
    )


def _rollback(terminal: Terminal, project: Path, reader: str, why: str) -> None:
    from mmdesk.services.models import versions as results

    with opened(project) as target:
        change = results.rollback(target, reader, why)
        current = target.store.current_version()
    terminal.finish(
        {"current": current, "reader": reader, "why": why},
        change.words or tr("{current} is current again.", current=current),
    )


def _export(terminal: Terminal, project: Path, name: str, form: Format, out: Path) -> None:
    from mmdesk.services.models.export import export_model

    with opened(project, look=True) as target, terminal.working() as work:
        written = export_model(target, name, form.value, out, work)
    facts = {
        "model": name,
        "format": form.value,
        "out": str(written.out),
        "runtime": written.runtime,
        "cases": written.cases,
        "largest_difference": written.largest_difference,
    }
    terminal.finish(facts, tr("Written: {out}", out=written.out), written.say())


def _finish_candidate(terminal: Terminal, project: Project, candidate: str, seconds: float) -> None:
    from mmdesk.core.versions.card import SUSPICIOUS
    from mmdesk.services.models.comparing import standing, version

    comparison = standing(project, candidate).comparison
    card = version(project, candidate).card
    facts = {
        "candidate": candidate,
        "seconds": round(seconds, 1),
        "inputs": card.facts.get("inputs", {}),
        SUSPICIOUS: card.facts.get(SUSPICIOUS, []),
        "comparison": comparison.as_json(),
    }
    promote = tr(
        "To use it: mmdesk models {folder} promote {candidate} --why TEXT", folder=project.folder, candidate=candidate
    )
    made = tr("{candidate} was made in {seconds:.0f} s and waits.", candidate=candidate, seconds=seconds)
    notes = dict.fromkeys((*comparison.notes, *card.notes))
    terminal.finish(facts, made, comparison.words, *notes, promote)


def _needed(name: str, action: Action) -> str:
    if not name:
        raise typer.BadParameter(tr("{value} needs the name of a version.", value=action.value))
    return name
