"""The command that says how good a model version is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mmdesk.cli.options import Json, ProjectPath, opened
from mmdesk.cli.terminal import Terminal, table
from mmdesk.words import QT_TR_NOOP, tr

if TYPE_CHECKING:
    from mmdesk.core.judge.report import Findings


class Split(StrEnum):
    """The splits that a model can be evaluated on."""

    TRAIN = "train"
    VALIDATION = "validation"
    TEST = "test"
    ALL = "all"


def add_to(app: typer.Typer) -> None:
    """Add this command to the program."""
    app.command("evaluate")(evaluate)


def evaluate(
    project: ProjectPath,
    *,
    version: Annotated[
        str,
        typer.Option(
            "--version",
            "--model",
            metavar="V",
            help=QT_TR_NOOP(
                "A bundled model, a version of the project, or a version's folder; the current one if left out."
            ),
        ),
    ] = "",
    split: Annotated[Split, typer.Option("--split", help="Which cases.")] = Split.TEST,
    reference: Annotated[
        str,
        typer.Option(
            "--reference",
            metavar="R",
            help=QT_TR_NOOP("Whose labels count: consensus (the project's rule), table, or reader:NAME."),
        ),
    ] = "consensus",
    beside: Annotated[
        str, typer.Option("--beside", metavar="V", help=QT_TR_NOOP("Another version to hold it against."))
    ] = "",
    reader: Annotated[
        str,
        typer.Option(
            "--reader",
            metavar="NAME",
            help=QT_TR_NOOP("For whom: only cases and labels that this reader may see count. All count if left out."),
        ),
    ] = "",
    json: Json = False,
) -> None:
    """Say how well a model does on labelled cases, beside what less than a model reaches."""
    from mmdesk.services.models import evaluating
    from mmdesk.services.models.prediction import resolve_version

    terminal = Terminal(as_json=json)
    wanted = "" if reference == "consensus" else reference
    with opened(project) as target, terminal.working() as work:
        name = resolve_version(target, version)[0]
        other = resolve_version(target, beside)[0] if beside else ""
        found = evaluating.evaluate(
            target, name, split.value, work, reference=wanted, beside=other, reader=reader.strip()
        )
    facts = {"project": str(project), "model": name, **found, "reference": reference}
    words = tr("{name} on {cases:,} cases of the split {split}.", name=name, cases=found["cases"], split=split.value)
    columns = (tr("target"), tr("figure"), tr("value"), tr("from"), tr("to"), tr("cases"))
    rows = table(columns, [row for findings in found["targets"] for row in _rows(findings)])
    terminal.finish(facts, words, rows, *_doubts(found["targets"]), *found["notes"])


def _rows(findings: Findings) -> Iterator[tuple[object, ...]]:
    for one in findings["figures"]:
        yield findings["title"], one["title"], one["value"], one["low"], one["high"], findings["n"]
    for one in findings["baselines"]:
        name = tr("{name} reaches", name=one["name"])
        yield findings["title"], name, one["value"], one["low"], one["high"], findings["n"]
    for one in findings.get("beside", {}).get("figures", ()):
        apart, name = one["difference"], tr("difference of {figure}", figure=one["title"])
        yield findings["title"], name, apart["value"], apart["low"], apart["high"], findings["n"]


def _doubts(targets: list[Mapping[str, Any]]) -> Iterator[str]:
    from mmdesk.core.judge.report import say_not_beaten

    for findings in targets:
        if words := findings["why_not"] or say_not_beaten(findings):
            yield words
