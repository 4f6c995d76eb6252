"""The status bar: saved time, typing chip, notices, jobs."""

from __future__ import annotations

from functools import partial
from typing import Final

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QGuiApplication, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from mmdesk.support.clock import local_moment, local_time
from mmdesk.ui.kit.bridge import Bridge
from mmdesk.ui.kit.keys import Keys
from mmdesk.ui.kit.notices import Notice
from mmdesk.ui.parts.jobs_bar import JobsBar
from mmdesk.ui.parts.parts import IconButton, button, label, repolish
from mmdesk.words import tr

NOTICE_MS: Final = 6000
_LISTED: Final = 20


class StatusBar(QWidget):
    """What is saved, whether label keys are on, what happened, what runs."""

    def __init__(self, bridge: Bridge, keys: Keys) -> None:
        super().__init__()
        self.setObjectName("status_bar")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFixedHeight(26)
        self._bridge = bridge
        self._keys = keys
        self._last: Notice | None = None
        self.saved = label(size="caption")
        self.typing = label(size="caption")
        self.model = label(size="caption")
        self.notice = label(size="caption")
        self.notice.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.jobs = JobsBar(bridge)
        self.bell = IconButton("bell", "Notices", self.show_notices, 14)
        self.bell.setMinimumSize(22, 22)
        self._hide = QTimer(self, singleShot=True, interval=NOTICE_MS)
        self._hide.timeout.connect(self._clear_notice)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(8, 0, 8, 0)
        layout.setSpacing(12)
        layout.addWidget(self.saved)
        layout.addWidget(self.typing)
        layout.addWidget(self.model)
        layout.addWidget(self.notice, 1)
        layout.addWidget(self.jobs)
        layout.addWidget(self.bell)
        bridge.notices.noticed.connect(self._on_notice)
        for told in (
            bridge.changed,
            bridge.project_opened,
            bridge.project_closed,
            bridge.predictions.model_changed,
            bridge.warmed,
            keys.typing_changed,
            keys.layout_changed,
            bridge.preferences.changed,
        ):
            told.connect(self.refresh)
        self.refresh()

    def refresh(self, *_told: object) -> None:
        """Say again what is saved and whether label keys are on."""
        session = self._bridge.session
        at = self._bridge.saved_at
        saved = tr("Saved {time}", time=local_moment(at)) if at else tr("Nothing to save yet")
        self.saved.setText(saved if session else "")
        ready = self._bridge.warm and session is not None
        missing = self._bridge.predictions.model_words
        self.model.setText((tr("No model") if missing else tr("Model ready")) if ready else "")
        self.model.setToolTip(missing)
        if self._keys.typing:
            words = tr("Typing: label keys off")
        elif not self._bridge.preferences.get("reading_keys"):
            words = tr("Label keys switched off")
        elif self._keys.latin:
            words = tr("Label keys on")
        else:
            words = (
                tr("Label keys on, by their place")
                if self._keys.placed
                else tr("Label keys need a Latin keyboard layout")
            )
        self.typing.setText(words if session and self._keys.page == "reading" else "")

    def show_notices(self) -> None:
        """List the last notices above the bell."""
        panel = NoticeList(self._bridge.notices.kept[-_LISTED:], self)
        panel.adjustSize()
        corner = self.bell.mapToGlobal(self.bell.rect().topRight())
        panel.move(corner.x() - panel.width(), corner.y() - panel.height() - 4)
        panel.show()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Shorten a long notice to the room there is."""
        super().resizeEvent(event)
        self._write_notice()

    def _on_notice(self, notice: Notice) -> None:
        self._last = notice
        self.notice.setProperty("kind", "danger" if notice.kind != "info" else "")
        repolish(self.notice)
        self._write_notice()
        if notice.kind == "info":
            self._hide.start()
        else:
            self._hide.stop()

    def _write_notice(self) -> None:
        if self._last is not None:
            metrics = self.notice.fontMetrics()
            words = self._last.words
            self.notice.setText(metrics.elidedText(words, Qt.TextElideMode.ElideRight, self.notice.width()))
            self.notice.setToolTip(words)

    def _clear_notice(self) -> None:
        self._last = None
        self.notice.clear()
        self.notice.setToolTip("")


class NoticeList(QFrame):
    """The notices of this run, newest first; a problem's details can be copied."""

    def __init__(self, notices: list[Notice], parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setProperty("kind", "card")
        self.setFixedWidth(460)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 8, 12, 8)
        layout.addWidget(label("Notices", size="section"))
        for notice in reversed(notices):
            kind = "danger" if notice.kind != "info" else ""
            layout.addWidget(label(f"{local_time(notice.at)}  {notice.words}", kind=kind, wrap=True))
            if notice.details:
                layout.addWidget(button(tr("Copy details"), partial(_copy, notice)))
        if not notices:
            layout.addWidget(label(tr("Nothing yet."), kind="quiet"))


def _copy(notice: Notice) -> None:
    QGuiApplication.clipboard().setText(f"{notice.words}\n\n{notice.details}")
