"""Answers that readers have given and not stored yet."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from mmdesk.storage.database.dialect import TABLE_OPTIONS

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Create the table of drafts."""
    op.create_table(
        "drafts",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("reader", sa.Text, nullable=False),
        sa.Column("case_id", sa.Integer, nullable=False),
        sa.Column("target", sa.Text, nullable=False),
        sa.Column("value", sa.Text),
        sa.Column("after", sa.Integer, nullable=False),
        sa.Column("undone", sa.Integer, nullable=False),
        sa.Column("at", sa.Text, nullable=False),
        **TABLE_OPTIONS,
    )
    op.create_index("drafts_by_reader", "drafts", ["reader", "case_id"])
