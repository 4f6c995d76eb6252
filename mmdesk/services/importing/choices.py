"""What a person decided about a table whose cells do not tell."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from mmdesk.tabular.layout import Layout

__all__ = ["Layout", "TableChoices"]


@dataclass(frozen=True, slots=True)
class TableChoices:
    """What a person decided about a table; each is found out, said, or asked where it is left open.

    Attributes:
        layout: Which sheet and row are the table and its header.
        day_first: Whether the day stands before the month in dates; None to find out, and to leave
            dates missing whose order nothing in the table proves.
        decimal: What stands before a fraction, `.` or `,`; empty to find out.
        same_ids: Whether a name that is a known case's but for leading zeros is that case; None to
            ask.
        splits: What happens to known cases whose group changed, so that their split would: `keep`
            them in it where their groups allow it, `move` them; empty to ask.
        pattern: How the names of a folder's image files are read; empty to find out.
    """

    layout: Layout = field(default_factory=Layout)
    day_first: bool | None = None
    decimal: str = ""
    same_ids: bool | None = None
    splits: Literal["", "keep", "move"] = ""
    pattern: str = ""
