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
    from mmdesk.core.model.proof import Proof
    from mmdesk.ui.models.add_model import AddModel


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
        self._kept: dict[tuple[str, Path], AddModel] = {}

    def choose(self) -> None:
        """Choose a file, then add the model."""
        name, _kind = QFileDialog.getOpenFileName(
            self._parent, tr("Add a model"), "", tr("Keras and ONNX models (*.keras *.onnx)")
        )
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
        from mmdesk.ui.models.add_model import dialog_for

        session = self._bridge.session
        if session is None:
            return
        project, reader = session.project, session.reader
        key = (foreign.sha256, project.folder)
        try:
            dialog = self._kept.get(key) or dialog_for(self._parent, foreign, project.schema)
        except Situation as problem:
            self._failed(problem)
            return
        self._kept = {key: dialog}
        dialog.on_try = lambda: self._prove(dialog, file)
        if not dialog.exec() or not (answer := dialog.answer):
            return
        self._kept = {}
        found, reading = answer

        def work(ctx: JobContext) -> tuple[str, Probe]:
            from mmdesk.services.models.foreign_models import add

            made = add(project, file, foreign, found, reader=reader, ctx=ctx, reading=reading)
            return made.version, made.proof.probe

        self._bridge.run(tr("Adding the model"), work, self._added, lane="background", failed=self._failed, shown=True)

    def _prove(self, dialog: AddModel, file: Path) -> None:
        session, answer = self._bridge.session, dialog.answer
        if session is None or answer is None:
            return
        project, reader, foreign = session.project, session.reader, dialog.foreign
        found, reading = answer

        def work(ctx: JobContext) -> Proof:
            from mmdesk.services.models.foreign_models import prove

            return prove(project, file, foreign, found, reader=reader, ctx=ctx, reading=reading)

        dialog.proof.wait()
        self._bridge.run(
            tr("Trying the model"),
            work,
            lambda proof: dialog.show_proof(proof, answer),
            lane="background",
            failed=lambda why: dialog.proof.say(why.say() if isinstance(why, Situation) else str(why)),
            shown=True,
        )

    def _added(self, made: tuple[str, Probe]) -> None:
        from mmdesk.ui.models.probe_dialog import ProbeDialog

        version, probe = made
        self._bridge.tell(
            Change(
                versions=True, words=tr("{version} is added as a candidate; its card says what it is.", version=version)
            )
        )
        ProbeDialog(self._parent, version, probe).open()
