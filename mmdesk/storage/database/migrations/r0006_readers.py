"""Who is to read which case, and the answers that packets brought back."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from mmdesk.storage.database.dialect import TABLE_OPTIONS

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Create the two tables."""
    op.create_table(
        "assignments",
        sa.Column("case_id", sa.Integer, nullable=False),
        sa.Column("reader", sa.Text, nullable=False),
        sa.Column("at", sa.Text, nullable=False),
        sa.Column("seal", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("case_id", "reader"),
        **TABLE_OPTIONS,
    )
    op.create_index("assignments_by_reader", "assignments", ["reader", "case_id"])
    texts = [sa.Column(name, sa.Text, nullable=False) for name in ("target", "reader", "value", "at", "packet", "seal")]
    op.create_table(
        "returned",
        sa.Column("case_id", sa.Integer, nullable=False),
        *texts,
        sa.PrimaryKeyConstraint("case_id", "target", "reader", "value", "at", "packet"),
        **TABLE_OPTIONS,
    )
