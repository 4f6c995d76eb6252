"""What a pane is to show, and how it is named there."""

from __future__ import annotations

from dataclasses import dataclass

from mmdesk.ui.images.decoded_image import Source
from mmdesk.words import tr


@dataclass(frozen=True, slots=True)
class Content:
    """What a pane is to show.

    Attributes:
        case_id: The case's id.
        case: Its name.
        field: The image input's name.
        title: Its title.
        side: `left`, `right` or empty.
        source: The picture's file, or None when the image is missing.
        missing: Why it is missing, in words.
        changed: What is to be said across the picture of its file; empty for nothing.
        other: The file surely is not the one that was imported.
        previous: It is of an earlier reading, and why it is earlier, in words; empty for the
            case that is read.
    """

    case_id: int
    case: str
    field: str
    title: str
    side: str = ""
    source: Source | None = None
    missing: str = ""
    previous: str = ""
    changed: str = ""
    other: bool = False

    def plates(self) -> list[tuple[str, bool]]:
        """Return case, title and side, each with whether it is bold."""
        texts = [(self.case, False), (self.title, True)]
        return [*texts, (self.side[0].upper(), True)] if self.side else texts

    def say(self, reason: str) -> str:
        """Return it in words, for those who do not see it.

        Args:
            reason: Why there is no picture; empty where there is one.
        """
        earlier = tr("previous, {previous}", previous=self.previous) if self.previous else ""
        said = [earlier, tr("Case {case}", case=self.case), self.title, self.side, reason]
        return ", ".join(part for part in said if part)
