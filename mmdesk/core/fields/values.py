"""What a field may hold: a value, a reason why it is missing, or nothing yet."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from mmdesk.words import QT_TR_NOOP

REFERENCE = "reference"
"""The reader name of labels that came with the table, and their word in the search line."""
ADJUDICATED = "adjudicated"
"""The reader name of labels by which a third person decided where readers differed."""
NO_READERS = (REFERENCE, ADJUDICATED)
"""Names in the table of labels that are nobody's own read, so no reader may have them."""


class Reason(StrEnum):
    """Why a value is missing."""

    ABSENT = "absent"
    """The table has no such cell or an empty one."""
    TOKEN = "token"
    """The table says so with a word such as NA."""
    NO_FILE = "no-file"
    """The table names a file that is not there."""
    UNREADABLE = "unreadable"
    """The file is there but cannot be decoded, or the cell cannot be understood."""
    READER = "reader"
    """A reader marked it missing."""
    OUT_OF_RANGE = "out-of-range"
    """A value outside the field's range: held, masked until a person confirms it."""
    NO_OPTION = "no-option"
    """An option that the schema does not list any more: held as it is stored."""


@dataclass(frozen=True, slots=True)
class Missing:
    """A value that is not there.

    Attributes:
        reason: Why.
        held: The text as it stood in the table, where there was one ("50+", "x.jpg").
    """

    reason: Reason
    held: str = ""

    def say(self) -> str:
        """Return the reason in words for a person."""
        words = _WORDS[self.reason]
        return f"{words}: {self.held}" if self.held else words


_WORDS = {
    Reason.ABSENT: "missing",
    Reason.TOKEN: QT_TR_NOOP("missing, marked in the table"),
    Reason.NO_FILE: QT_TR_NOOP("file not found"),
    Reason.UNREADABLE: QT_TR_NOOP("cannot be read"),
    Reason.READER: QT_TR_NOOP("marked missing by a reader"),
    Reason.OUT_OF_RANGE: QT_TR_NOOP("out of range, not used until confirmed"),
    Reason.NO_OPTION: QT_TR_NOOP("no longer an option"),
}

Sequence = tuple[tuple[float, ...], ...]
"""Time steps, each a tuple of channel values."""

Plain = float | int | bool | str | date | Sequence | tuple[str, ...]
"""A present value; which type depends on the field's kind (see `core.kinds`)."""

Value = Plain | Missing | None
"""A field's content. `None` is a target that nobody has read yet (*unread*)."""


def is_present(value: Value) -> bool:
    """Tell whether there is a value that the model and the reader may use."""
    return value is not None and not isinstance(value, Missing)
