"""A digest of its own cells for each row, so that a change behind the program's back is seen."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from mmdesk.storage.database import seals

revision = "0005"
down_revision = "0004"

_SEALED = {
    "fields": ("name", "role", "kind"),
    "settings": ("key", "value"),
    "originals": ("case_id", "field", "value"),
    "labels": ("case_id", "target", "reader", "number", "words", "missing", "version", "at"),
    "reads": ("case_id", "reader", "complete", "corrected", "conflict", "version", "refer", "at"),
    "predictions": ("version", "case_id", "targets", "missing", "unlike", "inputs_hash", "at", "stale"),
    "versions": ("id", "name", "state", "parent", "created", "folder", "card"),
    "marks": (
        "id",
        "case_id",
        "field",
        "image",
        "frame",
        "target",
        "option",
        "reader",
        "shape",
        "points",
        "note",
        "at",
    ),
    "drafts": ("reader", "case_id", "target", "value", "after", "undone", "at"),
    "changes": ("reader", "action", "at", "state"),
    "cases": ("id", "problem", "digest"),
}


def upgrade() -> None:
    """Add the column of seals and seal what is there."""
    connection = op.get_bind()
    there = set(sa.inspect(connection).get_table_names())
    for table in (name for name in _SEALED if name in there):  # `cases` comes with the schema's fields
        op.add_column(table, sa.Column("seal", sa.Text, nullable=False, server_default=""))
        seals.renew(connection, table, _SEALED[table])
