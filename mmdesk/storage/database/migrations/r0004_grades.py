"""Grades by the names of their options instead of their places, so that another order changes none."""

from __future__ import annotations

import json
import tomllib
from typing import Any

import sqlalchemy as sa
from alembic import op

from mmdesk.words import tr

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Write labels, drafts and predictions of grades anew; the journal stays, with what its places mean."""
    connection = op.get_bind()
    grades = _grades(connection)
    for target, options in grades.items():
        _labels(connection, target, options)
        _drafts(connection, target, options)
        _predictions(connection, target, options)
    if grades:
        row = {"key": "grades_by_place", "value": json.dumps(grades, ensure_ascii=False)}
        connection.execute(sa.text("INSERT INTO settings (key, value) VALUES (:key, :value)"), row)


def _grades(connection: sa.Connection) -> dict[str, list[str]]:
    """Return the options of each grade, as the schema had them when labels were last stored."""
    kept = connection.execute(sa.text("SELECT value FROM settings WHERE key = 'schema'")).scalar()
    schema: dict[str, Any] = tomllib.loads(json.loads(kept).lstrip("\ufeff")) if kept else {}
    return {
        target["name"]: target["options"]
        for target in schema.get("target", [])
        if target.get("kind") == "grade" and target.get("options")
    }


def _labels(connection: sa.Connection, target: str, options: list[str]) -> None:
    statement = sa.text("UPDATE labels SET words = :option, number = NULL WHERE target = :target AND number = :place")
    for index, option in enumerate(options):
        connection.execute(statement, {"target": target, "place": index, "option": option})
    rest = "UPDATE labels SET words = CAST(CAST(number AS INTEGER) AS TEXT), number = NULL"
    connection.execute(
        sa.text(tr("{rest} WHERE target = :target AND number IS NOT NULL", rest=rest)), {"target": target}
    )


def _drafts(connection: sa.Connection, target: str, options: list[str]) -> None:
    found = connection.execute(sa.text("SELECT id, value FROM drafts WHERE target = :target"), {"target": target})
    for number, text in found.all():
        cells = json.loads(text) if text else {}
        place = cells.get("value")
        if isinstance(place, int) and 0 <= place < len(options):
            row = {"id": number, "value": json.dumps({"value": options[place]}, ensure_ascii=False)}
            connection.execute(sa.text("UPDATE drafts SET value = :value WHERE id = :id"), row)


def _predictions(connection: sa.Connection, target: str, options: list[str]) -> None:
    path = f'$."{target}"."v"'
    statement = sa.text(
        "UPDATE predictions SET targets = json_set(targets, :path, :option) WHERE json_extract(targets, :path) = :place"
    )
    for index, option in enumerate(options):
        connection.execute(statement, {"path": path, "place": index, "option": option})
