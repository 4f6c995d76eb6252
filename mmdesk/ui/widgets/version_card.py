"""A model version's card: what it was made from and how well it did, as its maker wrote it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QTextBrowser

from mmdesk.core.version import VersionRow
from mmdesk.support.clock import local_day, local_time

LINE: Final = 90
"""Letters of a line at most."""


class VersionCard(QTextBrowser):
    """Shows a card; long hashes and lists are shortened."""

    def __init__(self) -> None:
        super().__init__()
        self.setOpenLinks(False)
        self.setLineWrapMode(QTextBrowser.LineWrapMode.FixedPixelWidth)
        self.setAccessibleName("Card of the model version")

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep lines short enough to read, however wide the window is."""
        letters = self.fontMetrics().averageCharWidth() * LINE
        self.setLineWrapColumnOrWidth(min(self.viewport().width(), letters))
        super().resizeEvent(event)

    def show_version(self, version: VersionRow | None) -> None:
        """Show a version's card, or nothing."""
        self.setMarkdown(card_text(version) if version else "")


def card_text(version: VersionRow) -> str:
    """Return a version's card as Markdown."""
    lines = [f"### {version.name or version.id}", "", f"{version.id}, {version.state}. Research use only."]
    if version.parent:
        lines.append(f"Made from {version.parent}.")
    if version.created:
        lines.append(f"Made {local_day(version.created)} {local_time(version.created)}.")
    return "\n".join([*lines, "", *_lines(version.card, 0)])


def _lines(card: Mapping[str, Any], depth: int) -> list[str]:
    lines = []
    for key, value in card.items():
        name = str(key).replace("_", " ")
        lead = "  " * depth + "- "
        if isinstance(value, Mapping):
            if value and depth < 3:
                lines += [f"{lead}**{name}**", *_lines(value, depth + 1)]
        elif text := _text(value):
            lines.append(f"{lead}{name}: {text}")
    return lines


def _text(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, (list, tuple)):
        plain = [_text(item) for item in value if isinstance(item, (str, int, float))]
        more = f" and {len(plain) - 8} more" if len(plain) > 8 else ""
        return ", ".join(plain[:8]) + more
    text = "" if value is None else str(value)
    return f"{text[:12]}…" if len(text) == 64 and " " not in text else text
