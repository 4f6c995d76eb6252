"""Which split a case belongs to: fixed for ever by its group alone."""

from __future__ import annotations

import re
import unicodedata
from hashlib import sha256

from mmdesk.words import tr

TRAIN, VALIDATION, TEST = "train", "validation", "test"
SPLITS = (TRAIN, VALIDATION, TEST)
_WHOLE = re.compile(r"^([+-]?\d+)\.0+$")


def split_of(group: object) -> str:
    """Return the split of a group, the same in every project and for every bundled model.

    The first 8 hex digits of SHA-256 over "mmdesk split 1", a line feed and the group's
    text (trimmed, NFC, whole numbers without ".0"), modulo 100: 0-14 is test, 15-24 is
    validation, the rest is train.

    Args:
        group: The group's value as read from the table.

    Example:
        >>> split_of(" 1043.0 ") == split_of("1043")
        True
    """
    text = unicodedata.normalize("NFC", str(group).strip())
    if whole := _WHOLE.match(text):
        text = whole.group(1)
    place = int(sha256(tr("mmdesk split 1\n{text_}", text_=text).encode()).hexdigest()[:8], 16) % 100
    if place < 15:
        return TEST
    return VALIDATION if place < 25 else TRAIN
