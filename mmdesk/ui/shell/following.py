"""A window that only looks, because another one writes: it follows, and takes over when that closes."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer

from mmdesk.core.job import JobContext
from mmdesk.ui.kit.bridge import Bridge, Session
from mmdesk.words import tr

if TYPE_CHECKING:
    from mmdesk.services.following import Followed, Follower


class Following(QObject):
    """Looks every two seconds at a project that another window writes to.

    Args:
        bridge: The window's bridge.
        take_over: Opens the project again, now to write, where the reader is.
        parent: The window.
    """

    def __init__(self, bridge: Bridge, take_over: Callable[[str], object], parent: QObject) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._take_over = take_over
        self._follower: Follower | None = None
        self._looking = False
        self._taking = ""
        self.timer = QTimer(self)
        self.timer.setInterval(2000)
        self.timer.timeout.connect(self._look)
        bridge.project_opened.connect(self._on_opened)
        bridge.project_closed.connect(self.timer.stop)

    def _on_opened(self, session: Session) -> None:
        self._follower, self._looking = None, False
        taken = self._taking == str(session.project.folder)
        self._taking = ""
        if session.project.held_elsewhere:
            self.timer.start()
            return
        self.timer.stop()
        if taken and not session.look_only:
            name = session.schema.name
            self._bridge.notices.tell(tr("The other window closed {name}. You can edit it here now.", name=name))

    def _look(self) -> None:
        session = self._bridge.session
        if session is None or self._looking:
            return
        self._looking = True

        def work(_ctx: JobContext) -> Followed:
            from mmdesk.services.following import Follower

            if self._follower is None:
                self._follower = Follower(session.project)
            return self._follower.look()

        def failed(_problem: BaseException) -> None:
            self._looking = False  # such as a disk that is gone for a moment; the next look tells

        self._bridge.run(tr("Following the other window"), work, self._found, failed=failed)

    def _found(self, found: Followed) -> None:
        self._looking = False
        session = self._bridge.session
        if session is None:
            return
        if found.change is not None:
            self._bridge.changed.emit(found.change)
        if found.free:
            self.timer.stop()
            self._taking = str(session.project.folder)
            self._take_over(self._taking)
