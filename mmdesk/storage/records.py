"""Model versions and settings as rows."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import Connection, select

from mmdesk.core.versions.card import Card
from mmdesk.core.versions.version import VersionRow
from mmdesk.storage.database import dialect, seals
from mmdesk.storage.database.tables import settings, versions


def read_versions(connection: Connection) -> list[VersionRow]:
    """Return all model versions, oldest first."""
    query = select(versions).order_by(versions.c.created, versions.c.id)
    return [
        VersionRow(row.id, row.name, row.state, row.parent, row.created, row.folder, Card.from_text(row.card))
        for row in connection.execute(query)
    ]


def add_version(connection: Connection, row: VersionRow, at: str) -> None:
    """Store a version."""
    cells = {
        "id": row.id,
        "name": row.name,
        "state": str(row.state),
        "parent": row.parent,
        "created": row.created or at,
        "folder": row.folder,
        "card": row.card.to_text(),
    }
    connection.execute(versions.insert().values(cells))


def set_state(connection: Connection, version: str, state: str) -> list[tuple[str, str, str]]:
    """Set a version's state; the one that was current becomes an earlier one.

    Returns:
        Id, old and new state of each version that changed.

    Raises:
        KeyError: There is no such version.
    """
    states = {row.id: row.state for row in connection.execute(select(versions.c.id, versions.c.state))}
    wanted = {version: state}
    if state == "current":
        wanted |= {other: "earlier" for other, was in states.items() if was == "current" and other != version}
    changed = [(key, states[key], new) for key, new in wanted.items() if states[key] != new]
    for key, _, new in changed:
        connection.execute(seals.change(versions, versions.c.id == key, state=new))
    return changed


def read_setting(connection: Connection, key: str) -> Any:
    """Return a setting's value, or None."""
    text = connection.execute(select(settings.c.value).where(settings.c.key == key)).scalar()
    return None if text is None else json.loads(text)


def write_setting(connection: Connection, key: str, value: Any) -> None:
    """Store a setting."""
    row = {"key": key, "value": json.dumps(value, ensure_ascii=False)}
    connection.execute(dialect.upsert(settings, ("key",)), [row])
