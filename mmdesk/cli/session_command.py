"""The command that says what a reader did and what is left."""

from __future__ import annotations

from dataclasses import asdict
from html import escape
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING, Annotated

import typer

from mmdesk.cli.options import Json, ProjectPath, Reader, opened, reader_or_account
from mmdesk.cli.terminal import Terminal
from mmdesk.support.resources import resource
from mmdesk.words import QT_TR_NOOP, tr

if TYPE_CHECKING:
    from mmdesk.services.readers.session import Report


def add_to(app: typer.Typer) -> None:
    """Add this command to the program."""
    app.command("session")(session)


def session(
    project: ProjectPath,
    *,
    reader: Reader = "",
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="FILE", help=QT_TR_NOOP("Write it as a page too, .html."), show_default=False),
    ] = None,
    json: Json = False,
) -> None:
    """Say what a reader did: cases, time for each, changes, agreement with the model, and what is left.

    Times longer than five minutes with nothing stored are idle. Agreement counts on read cases alone.
    """
    from mmdesk.core.errors import Situation
    from mmdesk.services.readers.session import report_session
    from mmdesk.support.files import write_whole

    terminal = Terminal(as_json=json)
    if out is not None and out.suffix.lower() not in (".html", ".htm"):
        raise Situation(tr("A session is written as a page: .html."), do=tr("Give another name with --out."))
    with opened(project, look=True) as source:
        report = report_session(source, reader_or_account(reader))
        name = source.schema.name
    lines = say_report(report)
    if out is not None:
        try:
            write_whole(out, page_of(name, lines))
        except OSError as problem:
            raise Situation(
                tr("{name} cannot be written.", name=out.name), do=tr("Choose another place."), details=str(problem)
            ) from problem
    facts = {**asdict(report), "left": report.left, "out": str(out) if out else ""}
    written = [tr("Written: {out}", out=out)] if out else []
    terminal.finish(facts, *lines, *written)


def say_report(report: Report) -> list[str]:
    """Return a report in words, one sentence a line."""
    lines = [
        tr("Reader: {reader}", reader=report.reader),
        tr(
            "Read: {read:,} of {total:,}; left: {left:,}.",
            read=report.read,
            total=report.total,
            left=report.left,
        ),
        tr("Stored answers changed afterwards: {changed:,}.", changed=report.changed),
    ]
    if report.seconds is not None and report.left_seconds is not None:
        pace = tr("Time for a case: {seconds:.0f} s (median of {timed:,}, idle times left out).",
                  seconds=report.seconds, timed=report.timed)  # fmt: skip
        lines += [pace, tr("The rest takes about {minutes:,.0f} min at that pace.", minutes=report.left_seconds / 60)]
    else:
        lines.append(tr("The time for a case is not known yet: no two were stored within five minutes."))
    for one in report.agreement:
        for (same, count), when in ((one.before, tr("before seeing it")), (one.after, tr("after seeing it"))):
            if count:
                said = tr("{same:,} of {count:,} answers as the model, {when}.", same=same, count=count, when=when)
                lines.append(f"{one.target}: {said}")
    lines += [
        tr(
            "From {began} to {ended} UTC: cases labelled {cases:,}, changes stored {changes:,}.",
            began=one.began[:16].replace("T", " "),
            ended=one.ended[:16].replace("T", " "),
            cases=one.cases,
            changes=one.changes,
        )
        for one in report.sessions
    ]
    return lines


def page_of(name: str, lines: list[str]) -> str:
    """Return a page with a report's lines."""
    title = escape(tr("Reading: {name}", name=name))
    items = "\n".join(f"<p>{escape(line)}</p>" for line in (*lines, tr("For research use only.")))
    form = Template(resource("session.html").read_text(encoding="utf-8"))
    return form.substitute(title=title, lines=items)
