"""The worklist's first page, kept when a project is closed and shown at the next start.

The window is painted with it before the database's libraries are loaded. It lies in the
project's `cache/` and holds only while nothing that it was made from has changed: the database
file, `project.toml`, the reader, the rule about the own read, the program. The list is read
from the database directly after it is painted all the same.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import asdict
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from mmdesk import __version__
from mmdesk.core.cases.case import Status
from mmdesk.core.cases.worklist import FirstPage, WorklistRow, columns_of
from mmdesk.core.errors import Situation
from mmdesk.support.files import write_whole
from mmdesk.support.policy import policy
from mmdesk.words import tr

if TYPE_CHECKING:
    from mmdesk.core.fields.schema import Schema
    from mmdesk.services.project import Project

FILE: Final = "cache/first-page.json"
ROWS: Final = 100
"""Rows that are kept: more than the tallest screen shows."""
_MADE_FROM: Final = ("project.db", "project.toml")


def kept_page(folder: Path, reader: str) -> FirstPage | None:
    """Return the first page as the last window left it; None when it may be out of date.

    Args:
        folder: The project's folder.
        reader: Who reads now.
    """
    try:
        kept = json.loads((folder / FILE).read_text(encoding="utf-8"))
        if kept["made_from"] != _made_from(folder, reader):
            return None
        return FirstPage(
            name=str(kept["name"]),
            columns=[(str(name), str(heading)) for name, heading in kept["columns"]],
            ids=_each(kept["ids"]),
            rows=[WorklistRow(**{**row, "status": Status(row["status"])}) for row in kept["rows"]],
            unread=_each(kept["unread"]),
            parts=[str(part) for part in kept["parts"]],
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None


def kept_schema(folder: Path) -> Schema | None:
    """Return the fields of a project that is not open yet, from `project.toml` alone.

    Args:
        folder: The project's folder.

    Returns:
        None where they cannot be used; opening the project then says why.
    """
    from mmdesk.core.fields.schema_toml import read_schema

    try:
        return read_schema((folder / "project.toml").read_text(encoding="utf-8-sig"), "project.toml")
    except (OSError, ValueError, Situation):
        return None


def load_parts(page: FirstPage) -> None:
    """Load the compiled parts of the model in use, before the project is open.

    A part that cannot be used is left to the first prediction, which says why.
    """
    from mmdesk.core.errors import ModelProblem
    from mmdesk.inference.session import make_ready

    for part in page.parts:
        with suppress(ModelProblem):
            make_ready(Path(part))


def close_project(project: Project, reader: str, *, backup: bool = True) -> None:
    """Close a project and keep the first page of its worklist for the next start.

    Args:
        project: The open project; in one that is only looked at nothing is kept.
        reader: Who read last.
        backup: Back up what changed.
    """
    folder = project.folder
    page = None
    try:
        if not project.look_only and kept_page(folder, reader) is None:
            page = _read(project, reader)
    except Exception:  # closing goes on whatever is wrong with the list
        logging.getLogger(__name__).info(tr("The first page cannot be read"), exc_info=True)
    project.close(backup=backup)
    if page is not None:
        _keep(folder, reader, page)


def _read(project: Project, reader: str) -> FirstPage:
    from mmdesk.services.cases.reading import WorklistQuery, case_ids, rows
    from mmdesk.services.models.prediction import parts_in_use

    ids = case_ids(project, WorklistQuery(), reader)
    return FirstPage(
        name=project.schema.name,
        columns=columns_of(project.schema),
        ids=ids,
        rows=rows(project, ids[:ROWS], reader),
        unread=case_ids(project, WorklistQuery("is:unread"), reader),
        parts=[str(part) for part in parts_in_use(project)],
    )


def _keep(folder: Path, reader: str, page: FirstPage) -> None:
    """Write the page; a full or read-only disk costs only a slower start."""
    try:
        kept = {
            "made_from": _made_from(folder, reader),
            "name": page.name,
            "columns": page.columns,
            "ids": list(_runs(page.ids)),
            "rows": [asdict(row) for row in page.rows],
            "unread": list(_runs(page.unread)),
            "parts": list(page.parts),
        }
        (folder / FILE).parent.mkdir(exist_ok=True)
        write_whole(folder / FILE, json.dumps(kept, ensure_ascii=False))
    except OSError as problem:
        logging.getLogger(__name__).info(tr("The first page cannot be kept: %s"), problem)


def _made_from(folder: Path, reader: str) -> dict[str, Any]:
    """Return what the page follows from; as JSON gives it back.

    Raises:
        OSError: The project is not there.
        ValueError: The database has changes in its write-ahead log, so its file does not tell.
    """
    log = folder / "project.db-wal"
    if log.exists() and log.stat().st_size:
        raise ValueError("changes wait in the write-ahead log")
    files = {name: (folder / name).stat() for name in _MADE_FROM}
    stamps = {name: [facts.st_mtime_ns, facts.st_size] for name, facts in files.items()}
    return {"program": __version__, "reader": reader, "rule": policy().own_read_first, **stamps}


def _runs(ids: Sequence[int]) -> Iterable[list[int]]:
    """Return ids as runs of consecutive ones: the first and the last of each."""
    starts = [index + 1 for index, (one, other) in enumerate(pairwise(ids)) if other != one + 1]
    for start, end in pairwise([0, *starts, len(ids)] if ids else []):
        yield [ids[start], ids[end - 1]]


def _each(runs: Iterable[Sequence[int]]) -> list[int]:
    return [number for first, last in runs for number in range(first, last + 1)]
