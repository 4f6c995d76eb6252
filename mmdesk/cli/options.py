"""Arguments and options that several commands share."""

from __future__ import annotations

import getpass
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mmdesk.cli.terminal import note
from mmdesk.core.cases.case import NO_READERS
from mmdesk.core.errors import FieldProblem, Situation
from mmdesk.support.policy import policy
from mmdesk.words import QT_TR_NOOP, tr

if TYPE_CHECKING:
    from mmdesk.services.project import Project

ProjectPath = Annotated[
    Path, typer.Argument(metavar="PROJECT", help=QT_TR_NOOP("The project's folder."), show_default=False)
]
Json = Annotated[bool, typer.Option("--json", help=QT_TR_NOOP("Print one JSON object; progress goes to stderr."))]
Reader = Annotated[
    str,
    typer.Option(
        "--reader", metavar="NAME", help=QT_TR_NOOP("Who does it, for the journal; your account's name if left out.")
    ),
]
Why = Annotated[str, typer.Option("--why", metavar="TEXT", help=QT_TR_NOOP("Why, for the journal."))]
Model = Annotated[
    str,
    typer.Option(
        "--model",
        metavar="V",
        help=QT_TR_NOOP(
            "A bundled model, a version of the project, or a version's folder; the current one if left out."
        ),
    ),
]


def account() -> str:
    """Return the name of this computer's account, for the journal."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "unnamed"


def reader_or_account(reader: str) -> str:
    """Return the reader's name, or the account's where none was given."""
    return permitted_reader(reader.strip() or account())


def permitted_reader(name: str) -> str:
    """Return a reader's name.

    Raises:
        FieldProblem: This computer's administrator has listed who reads, and not this name.
    """
    readers = policy().readers
    if readers and name not in readers:
        raise FieldProblem(
            tr("'{name}' is not one of this computer's readers.", name=name),
            tr("Nothing was written."),
            tr("Give one of these with --reader: {readers}.", readers=", ".join(readers)),
        )
    return name


def named_reader(name: str) -> str:
    """Return the name of a person who reads, as it was given.

    Raises:
        FieldProblem: It cannot be a reader's name, or not on this computer.
    """
    trimmed = name.strip()
    if not trimmed or trimmed in NO_READERS:
        raise FieldProblem(
            tr("'{name}' cannot be a reader's name.", name=name),
            tr("Nothing was written."),
            tr("Give the name of the person who labels."),
        )
    return permitted_reader(trimmed)


def text_of(path: Path, what: str) -> str:
    """Return the text of a file that the command line names.

    Args:
        path: The file.
        what: What it holds, in a word, which is the option's name too.

    Raises:
        Situation: It cannot be read.
    """
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as reason:
        raise Situation(
            tr("The {what} {path} cannot be read.", what=what, path=path),
            do=tr("Check its name, or leave --{what} out.", what=what),
            details=str(reason),
        ) from reason


@contextmanager
def opened(folder: Path, *, look: bool = False) -> Iterator[Project]:
    """Open a project for the length of a command.

    Args:
        folder: The project's folder.
        look: Whether the command only looks, so that another window may hold the project.

    What the project warns of is said on stderr and in the outcome.
    """
    from mmdesk.services.project import BACKUP_EVERY, PATIENCE, open_project

    project = open_project(folder, look=look, wait=PATIENCE)
    for words in project.warnings:
        note(words)
    said = len(project.warnings)
    try:
        with project.explaining(typer.Exit, typer.Abort, typer.TyperException):
            yield project
    finally:
        project.close(backup_after=BACKUP_EVERY)
        for words in project.warnings[said:]:
            note(words)
