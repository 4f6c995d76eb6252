"""The images without chrome on the other monitor; keys work there too."""

from __future__ import annotations

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QCloseEvent, QGuiApplication, QScreen
from PySide6.QtWidgets import QHBoxLayout, QWidget

from mmdesk.ui.kit.keys import Keys
from mmdesk.ui.kit.notices import Notices
from mmdesk.ui.panes.panes import Panes
from mmdesk.ui.parts.side_by_side import SideBySide
from mmdesk.words import QT_TR_NOOP, tr

ALONE = QT_TR_NOOP("There is only one monitor. The images stay here. Connect another, then press the key again.")


class ImageWindow(QWidget):
    """Holds the panes and nothing else."""

    def __init__(self, panes: Panes, back: ImagesElsewhere) -> None:
        super().__init__(None, Qt.WindowType.Window | Qt.WindowType.FramelessWindowHint)
        self._back = back
        self.setWindowTitle(tr("mmdesk images"))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(panes)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Give the images back before the window goes."""
        self._back.bring_back()
        super().closeEvent(event)


class ImagesElsewhere(QObject):
    """Sends the panes to another monitor and brings them back, with case and zoom as they are."""

    def __init__(self, panes: Panes, sides: SideBySide, keys: Keys, notices: Notices) -> None:
        super().__init__(sides)
        self._panes = panes
        self._sides = sides
        self._keys = keys
        self._notices = notices
        self._window: ImageWindow | None = None
        self._screen: QScreen | None = None
        QGuiApplication.instance().screenRemoved.connect(self._on_screen_removed)  # type: ignore[union-attr]

    @property
    def window(self) -> ImageWindow | None:
        """The window on the other monitor, when there is one."""
        return self._window

    def toggle(self) -> None:
        """Send the images to the other monitor, or bring them back."""
        if self._window is not None:
            self.bring_back()
            return
        other = self._other()
        if other is None:
            self._notices.tell(tr(ALONE))
        else:
            self._send(other)

    def bring_back(self) -> None:
        """Put the images beside the record again."""
        window, self._window = self._window, None
        if window is not None:
            self._sides.place()
            self._panes.show()
            window.hide()
            window.deleteLater()

    def _other(self) -> QScreen | None:
        here = self._sides.screen()
        return next((screen for screen in QGuiApplication.screens() if screen is not here), None)

    def _send(self, screen: QScreen) -> None:
        self._screen = screen
        self._sides.lend()
        self._window = ImageWindow(self._panes, self)
        self._window.setPalette(self._sides.palette())
        self._window.setGeometry(screen.geometry())
        self._panes.show()
        self._window.showFullScreen()
        self._keys.watch(self._window)

    def _on_screen_removed(self, screen: QScreen) -> None:
        if screen is self._screen:
            self.bring_back()
