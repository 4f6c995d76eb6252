"""The model versions as a list."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, Qt

from mmdesk.core.versions.version import VersionRow
from mmdesk.ui.kit import icons, theme

Index = QModelIndex | QPersistentModelIndex
_ICONS: Final = {
    "candidate": "flask-conical",
    "current": "circle-check",
    "earlier": "history",
    "bundled": "boxes",
    "discarded": "trash-2",
}
_OTHER: Final = "boxes"
"""Icon of a state that only a later program knows."""


class VersionsModel(QAbstractListModel):
    """Candidate first, then the current version, then the earlier ones."""

    def __init__(self) -> None:
        super().__init__()
        self.versions: list[VersionRow] = []

    def set_versions(self, versions: Sequence[VersionRow]) -> None:
        """Show these versions."""
        order = ("candidate", "current", "earlier", "bundled", "discarded")
        newest_first = list(reversed(versions))
        self.beginResetModel()
        places = {state: index for index, state in enumerate(order)}
        self.versions = sorted(newest_first, key=lambda version: places.get(version.state, len(order)))
        self.endResetModel()

    def place_of(self, version: str) -> int:
        """Return the row of a version, or -1."""
        return next((n for n, row in enumerate(self.versions) if row.id == version), -1)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        """Return the number of versions."""
        return 0 if parent.isValid() else len(self.versions)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return a version's name and state, with an icon for the state."""
        if not index.isValid() or index.row() >= len(self.versions):
            return None
        version = self.versions[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            name = version.id if version.name in ("", version.id) else f"{version.id}  {version.name}"
            return f"{name}   {version.state}"
        if role == Qt.ItemDataRole.DecorationRole:
            return icons.icon(_ICONS.get(version.state, _OTHER), theme.tokens().text2, 16)
        return None
