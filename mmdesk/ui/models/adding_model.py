"""What the window does to add a model made elsewhere: look at it, confirm its fields, add it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QFileDialog, QWidget

from mmdesk.core.changes import Change
from mmdesk.core.errors import Situation
from mmdesk.core.job import JobContext
from mmdesk.ui.kit.bridge import Bridge
from mmdesk.words import tr

if TYPE_CHECKING:
    from mmdesk.core.model.foreign import Foreign
    from mmdesk.core.model.probe import Probe


class AddingModel:
    """Takes a model file through the gate into the project, as a candidate.

    Args:
        parent: The page that asks.
        bridge: The way to the services.
        begun: Called when work begins.
        failed: Gets what was raised.
    """

    def __init__(
        self,
        parent: QWidget,
        bridge: Bridge,
        begun: Callable[[], object],
        failed: Callable[[BaseException], object],
    ) -> None:
        self._parent, self._bridge = parent, bridge
        self._begun, self._failed = begun, failed

    def choose(self) -> None:
        """Choose a file, then add the model."""
        name, _kind = QFileDialog.getOpenFileName(self._parent, tr("Add a model"), "", tr("Keras models (*.keras)"))
        if name:
            self.add(Path(name))

    def add(self, file: Path) -> None:
        """Have a model file looked at, ask which field is which, and add it as a candidate."""
        session = self._bridge.session
        if session is None or session.look_only:
            return
        project = session.project

        def work(ctx: JobContext) -> Foreign:
            from mmdesk.services.models.foreign_models import look_at

            return look_at(project, file, ctx)

        self._begun()
        self._bridge.run(
            tr("Looking at the model"),
            work,
            lambda foreign: self._confirm(file, foreign),
            lane="background",
            failed=self._failed,
            shown=True,
        )

    def _confirm(self, file: Path, foreign: Foreign) -> None:
        from mmdesk.ui.models.add_model import ask_match

        session = self._bridge.session
        if session is None:
            return
        project, reader = session.project, session.reader
        try:
            answer = ask_match(self._parent, foreign, project.schema)
        except Situation as problem:
            self._failed(problem)
            return
        if answer is None:
            return
        found, reading = answer

        def work(ctx: JobContext) -> tuple[str, Probe]:
            from mmdesk.core.model.probe import Probe
            from mmdesk.services.models import comparing
            from mmdesk.services.models.foreign_models import add

            made = add(project, file, foreign, found, reader=reader, ctx=ctx, reading=reading)
            return made, Probe.from_json(comparing.version(project, made).card.facts["probe"])

        self._bridge.run(tr("Adding the model"), work, self._added, lane="background", failed=self._failed, shown=True)

    def _added(self, made: tuple[str, Probe]) -> None:
        from mmdesk.ui.models.probe_dialog import ProbeDialog

        version, probe = made
        self._bridge.tell(
            Change(
                versions=True, words=tr("{version} is added as a candidate; its card says what it is.", version=version)
            )
        )
        ProbeDialog(self._parent, version, probe).open()
