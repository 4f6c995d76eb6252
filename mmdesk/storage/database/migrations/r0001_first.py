"""The first tables.

Later revisions spell out their columns; this one is what `tables` was when the first
project was made.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from mmdesk.storage.database.dialect import TABLE_OPTIONS, protect_journal

revision = "0001"
down_revision = None


def _text(name: str, *, null: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=null)


def _number(name: str, *, null: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.Integer, nullable=null)


def _table(name: str, *parts: sa.Column[int] | sa.Column[str] | sa.Column[float] | sa.Constraint) -> None:
    op.create_table(name, *parts, **TABLE_OPTIONS)


def upgrade() -> None:
    """Create the tables."""
    op.create_table("alembic_version", sa.Column("version_num", sa.String(32), primary_key=True))
    _table(
        "fields",
        sa.Column("id", sa.Integer, primary_key=True),
        _text("name"),
        _text("role"),
        _text("kind"),
        sa.UniqueConstraint("name"),
    )
    _table("settings", sa.Column("key", sa.Text, primary_key=True), _text("value"))
    _table(
        "originals",
        _number("case_id"),
        _text("field"),
        _text("value"),
        sa.PrimaryKeyConstraint("case_id", "field"),
    )
    _readers_tables()
    _models_tables()
    _journal_tables()


def _readers_tables() -> None:
    _table(
        "labels",
        _number("case_id"),
        _text("target"),
        _text("reader"),
        sa.Column("number", sa.REAL),
        _text("words", null=True),
        _text("missing", null=True),
        _text("version"),
        _text("at"),
        sa.PrimaryKeyConstraint("case_id", "target", "reader"),
    )
    op.create_index("labels_by_reader", "labels", ["reader", "target", "case_id"])
    _table(
        "reads",
        _number("case_id"),
        _text("reader"),
        _number("complete"),
        _number("corrected"),
        _number("conflict"),
        _text("version"),
        _text("refer", null=True),
        _text("at"),
        sa.PrimaryKeyConstraint("reader", "case_id"),
    )
    op.create_index("reads_by_case", "reads", ["case_id"])


def _models_tables() -> None:
    _table(
        "predictions",
        _text("version"),
        _number("case_id"),
        _text("targets"),
        _text("missing"),
        _text("unlike"),
        _text("inputs_hash"),
        _text("at"),
        _number("stale"),
        sa.PrimaryKeyConstraint("version", "case_id"),
    )
    op.create_index("predictions_by_case", "predictions", ["case_id"])
    _table(
        "versions",
        sa.Column("id", sa.Text, primary_key=True),
        _text("name"),
        _text("state"),
        _text("parent"),
        _text("created"),
        _text("folder"),
        _text("card"),
    )


def _journal_tables() -> None:
    _table(
        "changes",
        sa.Column("id", sa.Integer, primary_key=True),
        _text("reader"),
        _text("action"),
        _text("at"),
        _text("state"),
    )
    op.create_index("changes_by_state", "changes", ["state", "reader", "id"])
    _table(
        "journal",
        sa.Column("seq", sa.Integer, primary_key=True),
        _text("at"),
        _text("reader"),
        _text("action"),
        _number("case_id", null=True),
        _text("field"),
        _text("old", null=True),
        _text("new", null=True),
        _text("why"),
        _text("version"),
        sa.Column("change", sa.Integer, sa.ForeignKey("changes.id")),
        _number("undoes", null=True),
        _text("previous"),
        _text("hash"),
    )
    op.create_index("journal_by_case", "journal", ["case_id", "seq"])
    op.create_index("journal_by_change", "journal", ["change"])
    protect_journal(op.get_bind(), "journal")
