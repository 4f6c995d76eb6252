"""The fixed tables of a project; the case table is made from the schema (`case_table`)."""

from __future__ import annotations

from sqlalchemy import REAL, Column, ForeignKey, Index, Integer, MetaData, PrimaryKeyConstraint, Table, Text

from mmdesk.storage.database import seals
from mmdesk.storage.database.dialect import TABLE_OPTIONS

SCHEMA_VERSION = 6
"""Version of the fixed tables; one file in `migrations` for each."""

metadata = MetaData()

fields = Table(
    "fields",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("role", Text, nullable=False),
    Column("kind", Text, nullable=False),
    seals.column(),
    **TABLE_OPTIONS,
)

settings = Table(
    "settings",
    metadata,
    Column("key", Text, primary_key=True),
    Column("value", Text, nullable=False),
    seals.column(),
    **TABLE_OPTIONS,
)

originals = Table(
    "originals",
    metadata,
    Column("case_id", Integer, nullable=False),
    Column("field", Text, nullable=False),
    Column("value", Text, nullable=False),
    seals.column(),
    PrimaryKeyConstraint("case_id", "field"),
    **TABLE_OPTIONS,
)
"""What the table said, for inputs and notes that a reader has edited since."""

labels = Table(
    "labels",
    metadata,
    Column("case_id", Integer, nullable=False),
    Column("target", Text, nullable=False),
    Column("reader", Text, nullable=False),
    Column("number", REAL),
    Column("words", Text),
    Column("missing", Text),
    Column("version", Text, nullable=False),
    Column("at", Text, nullable=False),
    seals.column(),
    PrimaryKeyConstraint("case_id", "target", "reader"),
    Index("labels_by_reader", "reader", "target", "case_id"),
    **TABLE_OPTIONS,
)

reads = Table(
    "reads",
    metadata,
    Column("case_id", Integer, nullable=False),
    Column("reader", Text, nullable=False),
    Column("complete", Integer, nullable=False),
    Column("corrected", Integer, nullable=False),
    Column("conflict", Integer, nullable=False),
    Column("version", Text, nullable=False),
    Column("refer", Text),
    Column("at", Text, nullable=False),
    seals.column(),
    PrimaryKeyConstraint("reader", "case_id"),
    Index("reads_by_case", "case_id"),
    **TABLE_OPTIONS,
)
"""How far a reader is with a case; follows from labels, predictions and referrals."""

predictions = Table(
    "predictions",
    metadata,
    Column("version", Text, nullable=False),
    Column("case_id", Integer, nullable=False),
    Column("targets", Text, nullable=False),
    Column("missing", Text, nullable=False),
    Column("unlike", Text, nullable=False),
    Column("inputs_hash", Text, nullable=False),
    Column("at", Text, nullable=False),
    Column("stale", Integer, nullable=False),
    seals.column(),
    PrimaryKeyConstraint("version", "case_id"),
    Index("predictions_by_case", "case_id"),
    **TABLE_OPTIONS,
)

versions = Table(
    "versions",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("parent", Text, nullable=False),
    Column("created", Text, nullable=False),
    Column("folder", Text, nullable=False),
    Column("card", Text, nullable=False),
    seals.column(),
    **TABLE_OPTIONS,
)

marks = Table(
    "marks",
    metadata,
    Column("id", Text, primary_key=True),
    Column("case_id", Integer, nullable=False),
    Column("field", Text, nullable=False),
    Column("image", Text, nullable=False),
    Column("frame", Integer, nullable=False),
    Column("target", Text, nullable=False),
    Column("option", Text, nullable=False),
    Column("reader", Text, nullable=False),
    Column("shape", Text, nullable=False),
    Column("points", Text, nullable=False),
    Column("note", Text, nullable=False),
    Column("at", Text, nullable=False),
    seals.column(),
    Index("marks_by_case", "case_id"),
    **TABLE_OPTIONS,
)
"""What readers drew on images, see `core.marks`."""

drafts = Table(
    "drafts",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("reader", Text, nullable=False),
    Column("case_id", Integer, nullable=False),
    Column("target", Text, nullable=False),
    Column("value", Text),
    Column("after", Integer, nullable=False),
    Column("undone", Integer, nullable=False),
    Column("at", Text, nullable=False),
    seals.column(),
    Index("drafts_by_reader", "reader", "case_id"),
    **TABLE_OPTIONS,
)
"""Answers not stored yet, see `storage.drafts`; `after` is the newest change before the answer."""

assignments = Table(
    "assignments",
    metadata,
    Column("case_id", Integer, nullable=False),
    Column("reader", Text, nullable=False),
    Column("at", Text, nullable=False),
    seals.column(),
    PrimaryKeyConstraint("case_id", "reader"),
    Index("assignments_by_reader", "reader", "case_id"),
    **TABLE_OPTIONS,
)
"""Who is to read which case; without a row anybody may."""

returned = Table(
    "returned",
    metadata,
    Column("case_id", Integer, nullable=False),
    Column("target", Text, nullable=False),
    Column("reader", Text, nullable=False),
    Column("value", Text, nullable=False),
    Column("at", Text, nullable=False),
    Column("packet", Text, nullable=False),
    seals.column(),
    PrimaryKeyConstraint("case_id", "target", "reader", "value", "at", "packet"),
    **TABLE_OPTIONS,
)
"""Every answer that a packet brought back, also those that another one came after; it only grows."""

changes = Table(
    "changes",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("reader", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("at", Text, nullable=False),
    Column("state", Text, nullable=False),
    seals.column(),
    Index("changes_by_state", "state", "reader", "id"),
    **TABLE_OPTIONS,
)
"""What can be undone (`done`), redone (`undone`), or neither any more (`closed`)."""

journal = Table(
    "journal",
    metadata,
    Column("seq", Integer, primary_key=True),
    Column("at", Text, nullable=False),
    Column("reader", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("case_id", Integer),
    Column("field", Text, nullable=False),
    Column("old", Text),
    Column("new", Text),
    Column("why", Text, nullable=False),
    Column("version", Text, nullable=False),
    Column("change", Integer, ForeignKey("changes.id")),
    Column("undoes", Integer),
    Column("previous", Text, nullable=False),
    Column("hash", Text, nullable=False),
    Index("journal_by_case", "case_id", "seq"),
    Index("journal_by_change", "change"),
    **TABLE_OPTIONS,
)
