"""The top bar: project, reader, mode, palette, cases left."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QMenu, QPushButton, QSizePolicy, QToolButton, QWidget

from mmdesk.ui.kit import icons, theme
from mmdesk.ui.kit.bridge import Bridge
from mmdesk.ui.kit.keys import Keys
from mmdesk.ui.parts.parts import label
from mmdesk.words import tr


class TopBar(QWidget):
    """What is open, who reads, and whether the model's answer is hidden.

    Signals:
        reader_asked: The reader's name was pressed.
        recent_asked: Folder of the recent project that was chosen.
    """

    reader_asked = Signal()
    recent_asked = Signal(str)

    def __init__(self, bridge: Bridge, keys: Keys) -> None:
        super().__init__()
        self.setObjectName("top_bar")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFixedHeight(40)
        self._bridge = bridge
        self.project = QToolButton()
        self.project.setProperty("kind", "button")
        self.project.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.project.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
        self._menu = QMenu(self.project)
        self._menu.aboutToShow.connect(self._fill_menu)
        self.project.setMenu(self._menu)
        self.reader = QPushButton()
        self.reader.setToolTip(tr("The reader; press to change"))
        self.reader.clicked.connect(lambda _c=False: self.reader_asked.emit())
        self.mode = label(kind="chip")
        self.mode.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.palette_field = QPushButton(tr("Find or run…   {hint}", hint=keys.hint("palette")))
        self.palette_field.setMinimumWidth(220)
        self.palette_field.clicked.connect(lambda _c=False: keys.trigger("palette"))
        self.left = label(kind="quiet")
        layout = QHBoxLayout(self)
        layout.setContentsMargins(8, 2, 12, 2)
        layout.setSpacing(8)
        for item in (self.project, self.reader, self.mode):
            layout.addWidget(item)
        layout.addStretch(1)
        layout.addWidget(self.palette_field)
        layout.addStretch(1)
        layout.addWidget(self.left)
        self.refresh()

    def refresh(self, *_told: object) -> None:
        """Say again what is open and who reads."""
        session = self._bridge.session
        self.project.setText(session.schema.name if session else tr("No project"))
        self.reader.setText(str(self._bridge.preferences.get("reader")))
        self.reader.setIcon(icons.icon("user", theme.tokens().text2, 14))
        self.mode.setVisible(session is not None)
        if session:
            hidden = session.project.own_read_first
            self.mode.setText(tr("OWN READ FIRST") if hidden else tr("MODEL SHOWN"))
            self.mode.setToolTip(
                tr("The model's answer appears after your own label is stored.")
                if hidden
                else tr("The model's answer is shown at once.")
            )
        else:
            self.left.setText("")

    def set_left(self, unread: int) -> None:
        """Say how many cases are left to read."""
        self.left.setText(f"{unread:,} left" if unread else tr("all read"))

    def changeEvent(self, event: QEvent) -> None:
        """Take the colours of a new theme."""
        if event.type() == QEvent.Type.PaletteChange and hasattr(self, "left"):
            self.reader.setIcon(icons.icon("user", theme.tokens().text2, 14))
        super().changeEvent(event)

    def _fill_menu(self) -> None:
        self._menu.clear()
        for entry in self._bridge.preferences.recent:
            folder = entry["folder"]
            action = self._menu.addAction(str(entry.get("name") or folder))
            action.triggered.connect(lambda _c=False, f=folder: self.recent_asked.emit(f))
        if not self._menu.actions():
            self._menu.addAction(tr("No recent projects")).setEnabled(False)
