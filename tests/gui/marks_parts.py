"""A person's mouse on a pane, and what is stored of its marks."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication

from mmdesk.ui.marks.marks_layer import ground_of

SIZE = 400
"""Pixels of each side of the images."""


class Hand:
    """A person's mouse on one pane, told in pixels of the image."""

    def __init__(self, desk, place=0):
        self.desk = desk
        self.pane = desk.page.panes.panes[place]
        desk.wait(lambda: ground_of(self.pane) is not None)

    def _send(self, kind, at, button=Qt.MouseButton.LeftButton, held=Qt.MouseButton.NoButton):
        place = QPointF(*ground_of(self.pane).on_pane(at))
        event = QMouseEvent(kind, place, self.pane.mapToGlobal(place), button, held, Qt.KeyboardModifier.NoModifier)
        QApplication.sendEvent(self.pane, event)

    def move(self, at, held=Qt.MouseButton.NoButton):
        self._send(QEvent.Type.MouseMove, at, Qt.MouseButton.NoButton, held)

    def click(self, *places, button=Qt.MouseButton.LeftButton):
        for at in places:
            self.move(at)
            self._send(QEvent.Type.MouseButtonPress, at, button, button)
            self._send(QEvent.Type.MouseButtonRelease, at, button)

    def click_twice(self, at):
        self.click(at)
        self._send(QEvent.Type.MouseButtonDblClick, at, held=Qt.MouseButton.LeftButton)
        self._send(QEvent.Type.MouseButtonRelease, at)

    def drag(self, *way):
        self.move(way[0])
        self._send(QEvent.Type.MouseButtonPress, way[0], held=Qt.MouseButton.LeftButton)
        for at in way[1:]:
            self.move(at, Qt.MouseButton.LeftButton)
        self._send(QEvent.Type.MouseButtonRelease, way[-1])


def stored(desk, place=0):
    return desk.bridge.session.project.store.marks([desk.ids[place]]).get(desk.ids[place], [])


def settle(desk, count, place=0):
    desk.wait(lambda: len(stored(desk, place)) == count)
    desk.wait(lambda: not desk.page.marking._writing)
    desk.wait(lambda: len(desk.page.view.marks) == count)


def near(points):
    return [pytest.approx(point, abs=0.6) for point in points]
