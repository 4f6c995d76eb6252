"""The command line: the same services as the window, from a terminal.

Exit codes: 0 done; 1 the person's situation, in words; 2 usage; 3 our bug, whose
traceback is in the log file.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any

import typer

from mmdesk.cli import (
    backup_commands,
    evaluation_commands,
    export_command,
    field_commands,
    import_commands,
    model_commands,
    packet_commands,
    project_commands,
    reader_commands,
    session_command,
)
from mmdesk.cli.disk import refused
from mmdesk.cli.terminal import note, write_json
from mmdesk.core.errors import Cancelled, Situation
from mmdesk.support import unfinished
from mmdesk.support.build import version
from mmdesk.support.logs import log_bug, log_file, log_refused
from mmdesk.words import QT_TR_NOOP, tr

DONE, SITUATION, USAGE, BUG = 0, 1, 2, 3
_INTERRUPTED = 130
"""What typer makes of Ctrl+C."""


@dataclass(frozen=True, slots=True)
class Doors:
    """What the command line may ask of the window, handed in so that it never imports it.

    Attributes:
        window: Opens the window with a project's folder, or the start page; returns the exit code.
        screenshots: Takes pictures of a project's pages, as a reader sees them, into a folder;
            returns their paths.
    """

    window: Callable[[str | None], int]
    screenshots: Callable[[str, Path, str], list[str]]


app = typer.Typer(
    name="mmdesk",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help=QT_TR_NOOP("Read cases of images and fields with a model that learns from your corrections. Research use."),
    epilog=QT_TR_NOOP("Without a command the window opens."),
)
project_commands.add_to(app)
import_commands.add_to(app)
field_commands.add_to(app)
model_commands.add_to(app)
evaluation_commands.add_to(app)
backup_commands.add_to(app)
export_command.add_to(app)
reader_commands.add_to(app)
session_command.add_to(app)
packet_commands.add_to(app)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(tr("mmdesk {version}", version=version()))
        raise typer.Exit


@app.callback()
def _program(
    _version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Say the version.")
    ] = False,
) -> None:
    """Take the options that stand before a command."""


def run(arguments: Sequence[str], doors: Doors) -> int:
    """Run a command.

    Args:
        arguments: The command and its words.
        doors: How to open the window.

    Returns:
        The exit code.
    """
    command = typer.main.get_command(app)
    first = arguments[0] if arguments and not arguments[0].startswith("-") else ""
    known = list(getattr(command, "commands", {}))
    if first and first not in known:
        alone = len(arguments) == 1 and Path(first).exists()
        return doors.window(first) if alone else _unknown(first, known, arguments)
    if first != "doctor":  # it names them
        for path in unfinished.remove_left():
            note(tr("Removed: {path}, left half written by mmdesk when it was killed.", path=path))
    try:
        code = command.main(list(arguments), prog_name="mmdesk", standalone_mode=False, obj=doors)
    except Situation as problem:
        return _situation(problem, arguments)
    except (Cancelled, typer.Abort):
        code = _INTERRUPTED
    except typer.TyperException as problem:
        return _misused(problem, arguments)
    except Exception as problem:  # noqa: BLE001  (the border: our bug goes to the log file)
        return _broke(problem, arguments)
    if code == _INTERRUPTED:
        return _failed(SITUATION, "Stopped.", {"what": "Stopped."}, arguments)
    return code if isinstance(code, int) else DONE


def _broke(problem: Exception, arguments: Sequence[str]) -> int:
    """Say what was raised, which the system may be the cause of; else it is our bug."""
    if situation := refused(problem, arguments):
        log_refused(problem)
        return _situation(situation, arguments)
    log_bug(problem)
    words = tr(
        "Something in mmdesk itself went wrong. What was stored is safe. The report is in {log_file}",
        log_file=log_file(),
    )
    return _failed(BUG, words, {"what": words, "log": str(log_file())}, arguments)


def _situation(problem: Situation, arguments: Sequence[str]) -> int:
    facts = {"what": problem.what, "safe": problem.safe, "do": problem.do, "details": problem.details}
    return _failed(SITUATION, problem.say(), facts, arguments)


def _unknown(word: str, known: Sequence[str], arguments: Sequence[str]) -> int:
    what = tr("mmdesk has no command '{word}'.", word=word)
    if not Path(word).exists():
        what = tr("mmdesk has no command '{word}', and no file or folder here has that name.", word=word)
    near = get_close_matches(word, known, 1)
    do = tr("Did you mean {near}? ", near=near[0]) if near else ""
    do += tr("See the commands with: mmdesk --help")
    return _failed(USAGE, tr("{what} Nothing was changed. {do}", what=what, do=do), {"what": what, "do": do}, arguments)


def _misused(problem: Any, arguments: Sequence[str]) -> int:
    context = getattr(problem, "ctx", None)
    usage = f"{context.get_usage()}\n" if context is not None else ""
    message = problem.format_message() if hasattr(problem, "format_message") else str(problem)
    return _failed(USAGE, usage + message, {"what": message}, arguments)


def _failed(code: int, words: str, facts: dict[str, str], arguments: Sequence[str]) -> int:
    sys.stderr.write(words + "\n")
    if "--json" in arguments:
        write_json({"problem": {"code": code, **facts}})
    return code
