"""Commands about several readers: who reads what, how far they agree, who decides, what they are called."""

from __future__ import annotations

import math
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from mmdesk.cli.assignments import read_assignments
from mmdesk.cli.options import Json, ProjectPath, Reader, Why, opened, reader_or_account
from mmdesk.cli.terminal import Terminal, table
from mmdesk.core.errors import FieldProblem
from mmdesk.words import QT_TR_NOOP, tr

if TYPE_CHECKING:
    from mmdesk.core.agreement.report import Agreement, Figure

ReaderName = Annotated[
    str, typer.Argument(metavar="READER", help=QT_TR_NOOP("The name of a reader."), show_default=False)
]


class Others(StrEnum):
    """How long readers do not see one another."""

    OWN = "own"
    BOTH = "both"
    ADJUDICATION = "adjudication"


class Consensus(StrEnum):
    """Which label counts where readers differ."""

    LATEST = "latest"
    MAJORITY = "majority"
    AGREEMENT = "agreement"


def add_to(app: typer.Typer) -> None:
    """Add these commands to the program."""
    app.command("agreement")(agreement)
    app.command("assign")(assign)
    app.command("rules")(rules)
    app.command("disagreements")(disagreements)
    app.command("decide")(decide)
    app.command("rename-reader")(rename_reader)


def agreement(
    project: ProjectPath,
    reader: Annotated[
        str,
        typer.Option(
            "--reader",
            metavar="NAME",
            help=QT_TR_NOOP("For whom: only what this reader may see of others counts. All counts if left out."),
        ),
    ] = "",
    json: Json = False,
) -> None:
    """Say how far readers agree on each target, with 95 % intervals, pair by pair and over time."""
    from mmdesk.services.readers.agreement import as_facts, report_of

    terminal = Terminal(as_json=json)
    with opened(project, look=True) as source, terminal.working() as work:
        report = report_of(source, ctx=work, reader=reader.strip())
    cases = tr("1 case has") if report.cases == 1 else tr("{cases:,} cases have", cases=report.cases)
    words = [tr("{cases} labels of several readers.", cases=cases), report.say_hidden()]
    parts = [part for found in report.agreements for part in _said(found)]
    terminal.finish(as_facts(report), *(part for part in words if part), *parts)


def _said(found: Agreement) -> list[str | Table]:
    rows = [_row(figure, tr("all")) for figure in found.figures]
    rows += [_row(figure, f"{pair.one} / {pair.other}") for pair in found.pairs for figure in pair.figures]
    rows += [_row(figure, words) for words, figure in found.periods if len(found.periods) > 1]
    columns = (tr("who or when"), tr("figure"), tr("value"), tr("from"), tr("to"), tr("cases"))
    unjudged = found.question.unjudged
    said = tr("1 answer is that it cannot be judged.") if unjudged == 1 else ""
    if unjudged > 1:
        said = tr("{unjudged:,} answers are that it cannot be judged.", unjudged=unjudged)
    return [f"\n{found.question.title}", table(columns, rows), *([said] if said else [])]


def _row(figure: Figure, who: str) -> tuple[object, ...]:
    known = [None if math.isnan(value) else float(value) for value in (figure.value, figure.low, figure.high)]
    return who, figure.title, *known, figure.cases


def assign(
    project: ProjectPath,
    reader: ReaderName,
    *,
    share: Annotated[float, typer.Option("--share", metavar="X", help="How many of the cases: 0.2 for a fifth.")] = 1.0,
    seed: Annotated[int, typer.Option("--seed", metavar="N", help="The same seed draws the same cases.")] = 1,
    by_group: Annotated[bool, typer.Option("--by-group", help="Draw whole groups, such as patients.")] = False,
    second_of: Annotated[
        str,
        typer.Option(
            "--second-of",
            metavar="NAME",
            help="Draw among the cases that this reader reads; they are then assigned to both.",
        ),
    ] = "",
    take_back: Annotated[
        bool, typer.Option("--take-back", help="Take back what the reader has not read, instead.")
    ] = False,
    who: Reader = "",
    json: Json = False,
) -> None:
    """Assign all cases, or a share of them, to a reader; drawn by a seed, the same on every computer."""
    from mmdesk.services.readers import second_reading as plans

    name = reader_or_account(who)
    terminal = Terminal(as_json=json)
    with opened(project) as target:
        if take_back:
            count = plans.unassign(target, reader, name)[0]
            words = tr("Taken back from {reader}: {count:,}.", reader=reader, count=count)
        else:
            count = plans.assign(
                target, reader, share=share, seed=seed, by_group=by_group, read_by=second_of.strip(), who=name
            )[0]
            words = tr("Assigned to {reader}: {count:,} cases more.", reader=reader, count=count)
        facts = _plan_facts(plans.plan_of(target))
    terminal.finish({"reader": reader, "cases": count, **facts}, words)


def rules(
    project: ProjectPath,
    *,
    others_until: Annotated[
        Others | None,
        typer.Option(
            "--others-until",
            help="How long readers do not see one another: until the own read is stored, until all to whom the "
            "case is assigned have read it, or until a third person has decided.",
        ),
    ] = None,
    consensus: Annotated[
        Consensus | None, typer.Option("--consensus", help="Which label counts where readers differ.")
    ] = None,
    adjudicator: Annotated[
        str | None,
        typer.Option("--adjudicator", metavar="NAME", help="Who decides where readers differ; '' for nobody."),
    ] = None,
    who: Reader = "",
    json: Json = False,
) -> None:
    """Say by which rules several read a project, and set them."""
    from mmdesk.services.readers import second_reading as plans

    setting = any(value is not None for value in (others_until, consensus, adjudicator))
    terminal = Terminal(as_json=json)
    with opened(project, look=not setting) as target:
        if setting:
            plans.set_rules(
                target,
                until=plans.Until(others_until) if others_until else None,
                rule=plans.Rule(consensus) if consensus else None,
                adjudicator=adjudicator,
                who=reader_or_account(who),
            )
        plan = plans.plan_of(target)
    shares = table((tr("reader"), tr("assigned"), tr("read")), [(s.reader, s.assigned, s.read) for s in plan.shares])
    terminal.finish(
        _plan_facts(plan),
        tr("Readers do not see one another until: {until}.", until=plan.until),
        tr("Where they differ, what counts is: {rule}.", rule=plan.rule),
        tr("Who decides: {adjudicator}.", adjudicator=plan.adjudicator or tr("nobody yet")),
        *([shares] if plan.shares else []),
    )


def _plan_facts(plan: object) -> dict[str, object]:
    from mmdesk.services.readers.second_reading import Plan

    assert isinstance(plan, Plan)  # noqa: S101 - the type is imported late
    return {
        "others_until": str(plan.until),
        "consensus": str(plan.rule),
        "adjudicator": plan.adjudicator,
        "readers": list(plan.readers),
        "assigned": {share.reader: {"cases": share.assigned, "read": share.read} for share in plan.shares},
    }


def disagreements(project: ProjectPath, who: Reader = "", json: Json = False) -> None:
    """List, for the person who decides, where readers differ; not who said what."""
    from mmdesk.services.readers.adjudication import disagreements as left_of
    from mmdesk.services.readers.adjudication import said_of

    terminal = Terminal(as_json=json)
    with opened(project, look=True) as source:
        left = left_of(source, reader_or_account(who))
        said = [said_of(source.schema, item) for item in left]
    rows = [(item.name, item.target, " | ".join(words)) for item, words in zip(left, said, strict=True)]
    facts = [
        {"case": item.name, "target": item.target, "answers": words, "votes": list(item.votes)}
        for item, words in zip(left, said, strict=True)
    ]
    count = tr("1 is left to decide.") if len(left) == 1 else tr("{count:,} are left to decide.", count=len(left))
    terminal.finish(
        {"disagreements": facts}, *([table((tr("case"), tr("target"), tr("said")), rows)] if rows else []), count
    )


def decide(
    project: ProjectPath,
    case: Annotated[str, typer.Argument(metavar="CASE", help="The case's name.")],
    value: Annotated[str, typer.Argument(metavar="TARGET=VALUE", help="What counts; TARGET= takes a decision back.")],
    who: Reader = "",
    why: Why = "",
    json: Json = False,
) -> None:
    """Decide what counts where readers differ, as a third person."""
    from mmdesk.services.readers.adjudication import adjudicate

    terminal = Terminal(as_json=json)
    name = reader_or_account(who)
    with opened(project) as target:
        case_id = target.store.case_id(case)
        if case_id is None:
            raise FieldProblem(
                tr("This project has no case '{case}'.", case=case), tr("Nothing was written."), tr("Check its name.")
            )
        ((field, decided),) = read_assignments([value], target.schema).items()
        change = adjudicate(target, case_id, field, decided, name, why)
    terminal.finish({"case": case, "target": field, "adjudicator": name, "stored": value}, change.words)


def rename_reader(
    project: ProjectPath,
    old: Annotated[str, typer.Argument(metavar="OLD", help="The name that ends.", show_default=False)],
    new: Annotated[str, typer.Argument(metavar="NEW", help="The name that goes on.", show_default=False)],
    *,
    merge: Annotated[bool, typer.Option("--merge", help="Both names are known here and are one person.")] = False,
    later: Annotated[
        bool, typer.Option("--later", help="Where both labelled differently, the later label stays.")
    ] = False,
    who: Reader = "",
    json: Json = False,
) -> None:
    """Give a reader another name, or make two names one; the journal keeps both."""
    from mmdesk.services.readers.names import rename_reader as rename

    terminal = Terminal(as_json=json)
    with opened(project) as target:
        done, _ = rename(target, old, new, who=reader_or_account(who), merge=merge, later=later)
    facts = {"old": done.old, "new": done.new, "merged": done.merged, "later_stays": [list(c) for c in done.clashes]}
    stays = [tr("The later label stays: {case}, {target}", case=case, target=target) for case, target in done.clashes]
    terminal.finish(facts, tr("{old} is {new} now; the journal keeps both.", old=done.old, new=done.new), *stays)
