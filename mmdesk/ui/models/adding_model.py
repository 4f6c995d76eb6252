"""What the window does to add a model made elsewhere: look at it, confirm its fields, add it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QFileDialog, QWidget

from mmdesk.core.changes import Change
from mmdesk.core.errors import RunsCode, Situation
from mmdesk.core.job import JobContext
from mmdesk.ui.kit.bridge import Bridge
from mmdesk.words import tr

if TYPE_CHECKING:
    from mmdesk.core.model.foreign import Foreign
    from mmdesk.core.model.probe import Probe
    from mmdesk.core.model.proof import Proof
    from mmdesk.services.models.trusting import Compiled, MakersCode
    from mmdesk.ui.models.add_model import AddModel
    from mmdesk.ui.models.trust_dialog import TrustDialog


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
            failed=lambda why: self._ask_trust(file, why) if isinstance(why, RunsCode) else self._failed(why),
            shown=True,
        )

    def _ask_trust(self, file: Path, problem: RunsCode) -> None:
        """Show the code of a model that runs some, and let it run once by the person's word."""
        from mmdesk.services.models.trusting import say_guards, why_forbidden
        from mmdesk.ui.models.trust_dialog import TrustDialog

        if forbidden := why_forbidden():
            self._failed(RunsCode(problem.what, f"{problem.safe} {forbidden}", problem.do, problem.details))
            return
        dialog = TrustDialog(self._parent, file.name, problem, say_guards())
        dialog.on_choose = lambda: self._choose_code(dialog)
        if dialog.exec():
            self._run_code(file, dialog.code, dialog.reason)

    def _choose_code(self, dialog: TrustDialog) -> None:
        name, _kind = QFileDialog.getOpenFileName(dialog, tr("Choose its code"), "", tr("Python files (*.py)"))
        if not name:
            return

        def work(_ctx: JobContext) -> MakersCode:
            from mmdesk.services.models.trusting import read_code

            return read_code(Path(name))

        self._bridge.run(
            tr("Reading the code"),
            work,
            dialog.show_code,
            lane="background",
            failed=lambda why: dialog.say(why.say() if isinstance(why, Situation) else str(why)),
        )

    def _run_code(self, file: Path, code: MakersCode | None, why: str) -> None:
        session = self._bridge.session
        if session is None:
            return
        project, reader = session.project, session.reader

        def work(ctx: JobContext) -> tuple[Compiled, Foreign]:
            from mmdesk.services.models.foreign_models import look_at
            from mmdesk.services.models.trusting import run_code

            compiled = run_code(project, file, code, why, reader=reader, ctx=ctx)
            try:
                return compiled, look_at(project, compiled.file, ctx)
            except BaseException:
                compiled.drop()
                raise

        self._bridge.run(
            tr("Running the model's code"),
            work,
            lambda made: self._confirm(made[0].file, made[1], made[0]),
            lane="background",
            failed=self._failed,
            shown=True,
        )

    def _drop(self, compiled: Compiled | None) -> None:
        if compiled is not None:
            self._bridge.run(tr("Removing what was not added"), lambda _ctx: compiled.drop(), lane="background")

    def _confirm(self, file: Path, foreign: Foreign, compiled: Compiled | None = None) -> None:
        from mmdesk.ui.models.add_model import dialog_for

        session = self._bridge.session
        if session is None:
            return
        project, reader = session.project, session.reader
        key = (foreign.sha256, project.folder)
        try:
            dialog = self._kept.get(key) or dialog_for(self._parent, foreign, project.schema)
        except Situation as problem:
            self._drop(compiled)
            self._failed(problem)
            return
        self._kept = {key: dialog}
        dialog.on_try = lambda: self._prove(dialog, file)
        if not dialog.exec() or not (answer := dialog.answer):
            self._drop(compiled)
            return
        self._kept = {}
        found, reading = answer

        def work(ctx: JobContext) -> tuple[str, Probe]:
            from mmdesk.services.models.foreign_models import add

            try:
                made = add(project, file, foreign, found, reader=reader, ctx=ctx, reading=reading, compiled=compiled)
            finally:
                if compiled is not None:
                    compiled.drop()
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
