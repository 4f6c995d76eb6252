"""What a person decided about a table whose cells do not tell."""

from __future__ import annotations

from dataclasses import dataclass, field

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
    """

    layout: Layout = field(default_factory=Layout)
    day_first: bool | None = None
    decimal: str = ""
    same_ids: bool | None = None
