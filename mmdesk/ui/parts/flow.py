"""A layout that breaks its widgets into lines, so that none is cut where the text is large."""

from __future__ import annotations

from PySide6.QtCore import QMargins, QPoint, QRect, QSize, Qt
from PySide6.QtWidgets import QLayout, QLayoutItem, QWidget


class Flow(QLayout):
    """Puts widgets side by side in the layout's direction, as many lines as they need.

    Each has the size it asks for; hidden ones take no room.

    Args:
        parent: The widget that is laid out.
        margins: Room at the left and right, above and below.
        space: Room between two widgets, and between two lines.
    """

    def __init__(self, parent: QWidget, margins: tuple[int, int], space: int) -> None:
        super().__init__(parent)
        self._items: list[QLayoutItem] = []
        across, down = margins
        self.setContentsMargins(QMargins(across, down, across, down))
        self.setSpacing(space)

    def addItem(self, item: QLayoutItem) -> None:
        """Take an item, as `addWidget` gives it."""
        self._items.append(item)

    def count(self) -> int:
        """Return how many items there are."""
        return len(self._items)

    def itemAt(self, index: int) -> QLayoutItem | None:
        """Return an item, or None where there is none."""
        return self._items[index] if 0 <= index < len(self._items) else None

    def takeAt(self, index: int) -> QLayoutItem | None:
        """Give an item away, or None where there is none."""
        return self._items.pop(index) if 0 <= index < len(self._items) else None

    def expandingDirections(self) -> Qt.Orientation:
        """Ask for no more room than the widgets need."""
        return Qt.Orientation(0)

    def hasHeightForWidth(self) -> bool:
        """Tell that a narrower layout is higher."""
        return True

    def heightForWidth(self, width: int) -> int:
        """Return the height of all lines at a width."""
        return self._arrange(QRect(0, 0, width, 0), move=False)

    def sizeHint(self) -> QSize:
        """Ask for one line."""
        return self._with_margins(
            QSize(
                sum(item.sizeHint().width() + self.spacing() for item in self._shown()) - self.spacing(),
                max((item.sizeHint().height() for item in self._shown()), default=0),
            )
        )

    def minimumSize(self) -> QSize:
        """Need at least the width of the widest widget."""
        width = max((item.sizeHint().width() for item in self._shown()), default=0)
        height = max((item.sizeHint().height() for item in self._shown()), default=0)
        return self._with_margins(QSize(width, height))

    def setGeometry(self, rect: QRect) -> None:
        """Put every widget in its place."""
        super().setGeometry(rect)
        self._arrange(rect, move=True)

    def _with_margins(self, size: QSize) -> QSize:
        return size.grownBy(self.contentsMargins())

    def _shown(self) -> list[QLayoutItem]:
        return [item for item in self._items if not item.isEmpty()]

    def _lines(self, width: int) -> list[list[QLayoutItem]]:
        lines: list[list[QLayoutItem]] = [[]]
        taken = 0
        for item in self._shown():
            wide = item.sizeHint().width()
            if lines[-1] and taken + wide > width:
                lines.append([])
                taken = 0
            lines[-1].append(item)
            taken += wide + self.spacing()
        return lines

    def _arrange(self, rect: QRect, *, move: bool) -> int:
        """Return the height that all lines take; move the widgets where asked."""
        inside = rect.marginsRemoved(self.contentsMargins())
        parent = self.parentWidget()
        direction = parent.layoutDirection() if parent is not None else Qt.LayoutDirection.LeftToRight
        top = inside.top()
        for line in self._lines(inside.width()):
            high = max((item.sizeHint().height() for item in line), default=0)
            left = inside.left()
            for item in line:
                size = item.sizeHint()
                place = QRect(QPoint(left, top + (high - size.height()) // 2), size)
                if move:
                    item.setGeometry(_mirrored(direction, inside, place))
                left += size.width() + self.spacing()
            top += high + self.spacing()
        margins = self.contentsMargins()
        return top - self.spacing() - rect.top() + margins.bottom()


def _mirrored(direction: Qt.LayoutDirection, inside: QRect, place: QRect) -> QRect:
    if direction == Qt.LayoutDirection.LeftToRight:
        return place
    return QRect(QPoint(inside.left() + inside.right() - place.right(), place.top()), place.size())
