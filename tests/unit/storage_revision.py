"""A revision that only the tests know: what the next version of the tables may look like."""

import os

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade():
    with op.batch_alter_table("reads") as table:
        table.add_column(sa.Column("shade", sa.Text))
    if os.environ.get("BREAK_REVISION"):
        raise RuntimeError("half way")
