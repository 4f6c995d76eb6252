"""What all work on versions has in common: one at a time, in the model process, whole or not at all."""

from __future__ import annotations

import re
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mmdesk.core.errors import TrainingRefused
from mmdesk.jobs.child import Child
from mmdesk.services.models.prediction import resolve_version
from mmdesk.services.project import Project
from mmdesk.words import tr

_VERSION = re.compile(r"v(\d+)")
_training: set[Path] = set()
_lock = threading.Lock()


def place_of(project: Project, version: str) -> dict[str, str]:
    """Return where a version lies, as a job says it.

    Args:
        project: An open project.
        version: As `resolve_version` takes it; the current one when empty.

    Raises:
        ModelProblem: There is no such version, or its files are gone.
    """
    found, folder, parts = resolve_version(project, version)
    return {"id": found, "folder": str(folder), "parts": str(parts)}


def next_id(project: Project) -> str:
    """Return the id that the project's next version gets."""
    names = [row.id for row in project.store.versions()]
    names += [folder.name for folder in (project.folder / "models").glob("v*")]
    taken = [int(found[1]) for name in names if (found := _VERSION.fullmatch(name))]
    return f"v{max(taken, default=0) + 1}"


@contextmanager
def only_one(folder: Path) -> Iterator[None]:
    """Let one training of a project run at a time."""
    with _lock:
        if folder in _training:
            raise TrainingRefused(
                tr("A training of this project is already running."), do=tr("Wait until it is done, or stop it.")
            )
        _training.add(folder)
    try:
        yield
    finally:
        with _lock:
            _training.discard(folder)


@contextmanager
def own_or_given(child: Child | None) -> Iterator[Child]:
    """Give the model process; end it afterwards when it is our own."""
    if child is not None:
        yield child
        return
    own = Child()
    try:
        yield own
    finally:
        own.close()


def sweep(folder: Path) -> None:
    """Take away what ended work left half written in the place of a version."""
    for leftover in [folder, *folder.parent.glob(f".{folder.name}-*")]:
        shutil.rmtree(leftover, ignore_errors=True)
