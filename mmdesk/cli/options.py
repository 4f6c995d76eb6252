"""Arguments and options that several commands share."""

from __future__ import annotations

import getpass
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from mmdesk.services.project import Project

ProjectPath = Annotated[
    Path, typer.Argument(metavar="PROJECT", help="The project's folder.", show_default=False)
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object; progress goes to stderr.")]
Reader = Annotated[
    str,
    typer.Option(
        "--reader", metavar="NAME", help="Who does it, for the journal; your account's name if left out."
    ),
]
Why = Annotated[str, typer.Option("--why", metavar="TEXT", help="Why, for the journal.")]
Model = Annotated[
    str,
    typer.Option(
        "--model",
        metavar="V",
        help="A bundled model, a version of the project, or a version's folder; the current one if left out.",
    ),
]


def reader_or_account(reader: str) -> str:
    """Return the reader's name, or the account's where none was given."""
    if reader.strip():
        return reader.strip()
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "unnamed"


@contextmanager
def opened(folder: Path, *, look: bool = False) -> Iterator[Project]:
    """Open a project for the length of a command.

    Args:
        folder: The project's folder.
        look: Whether the command only looks, so that another window may hold the project.
    """
    from mmdesk.services.project import open_project

    project = open_project(folder, look=look)
    try:
        yield project
    finally:
        project.close()
