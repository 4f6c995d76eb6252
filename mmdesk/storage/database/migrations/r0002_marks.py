"""Marks that readers draw on images."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from mmdesk.storage.database.dialect import TABLE_OPTIONS

revision = "0002"
down_revision = "0001"

_TEXTS = ("field", "image", "target", "option", "reader", "shape", "points", "note", "at")


def upgrade() -> None:
    """Create the table of marks."""
    texts = {name: sa.Column(name, sa.Text, nullable=False) for name in _TEXTS}
    op.create_table(
        "marks",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("case_id", sa.Integer, nullable=False),
        texts["field"],
        texts["image"],
        sa.Column("frame", sa.Integer, nullable=False),
        *(texts[name] for name in _TEXTS[2:]),
        **TABLE_OPTIONS,
    )
    op.create_index("marks_by_case", "marks", ["case_id"])
