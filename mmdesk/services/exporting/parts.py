"""The groups of columns that an export is made of."""

from __future__ import annotations

from enum import StrEnum

from mmdesk.words import QT_TR_NOOP


class Part(StrEnum):
    """Columns that belong together; chosen or left out as one."""

    RECORD = "record"
    LABELS = "labels"
    READERS = "readers"
    READS = "reads"
    COMMENTS = "comments"
    REFERRAL = "referral"
    STATUS = "status"
    SPLIT = "split"
    PREDICTIONS = "predictions"
    MISSING = "missing"


WORDS = {
    Part.RECORD: QT_TR_NOOP("Record: inputs and notes as the table and edits have them"),
    Part.LABELS: QT_TR_NOOP("Labels that count, with their reader and time"),
    Part.READERS: QT_TR_NOOP("Labels of each reader, with their time"),
    Part.READS: QT_TR_NOOP("What each reader said before and after seeing the model"),
    Part.COMMENTS: QT_TR_NOOP("Comments: the reasons that readers gave for a label"),
    Part.REFERRAL: QT_TR_NOOP("Referrals and their reasons"),
    Part.STATUS: QT_TR_NOOP("Status of the case for each reader"),
    Part.SPLIT: QT_TR_NOOP("Group and split"),
    Part.PREDICTIONS: QT_TR_NOOP("Predictions, with the model's name in each column"),
    Part.MISSING: QT_TR_NOOP("What is missing, with the reason"),
}
"""What a person chooses."""

USUAL = (Part.LABELS, Part.READERS, Part.PREDICTIONS, Part.MISSING)
"""What is written where nothing is chosen."""
