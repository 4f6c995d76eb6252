"""Commands about a project and its cases: open, demo, doctor, label."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from mmdesk.cli.assignments import read_assignments
from mmdesk.cli.options import Json, ProjectPath, Why, named_reader, opened
from mmdesk.cli.terminal import Terminal, table
from mmdesk.core.errors import FieldProblem
from mmdesk.words import tr


def add_to(app: typer.Typer) -> None:
    """Add these commands to the program."""
    app.command("open")(open_window)
    app.command("demo")(demo)
    app.command("doctor")(doctor)
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
