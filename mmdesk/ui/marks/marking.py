"""What becomes of marks: drawn ones are stored, keys act on them, and they leave as files."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QFileDialog, QWidget

from mmdesk.core.cases import geometry
from mmdesk.core.cases.display import SIDE_BY_SIDE
from mmdesk.core.cases.marks import SHAPES, Mark
from mmdesk.core.changes import Change
from mmdesk.core.fields.schema import Schema
from mmdesk.core.job import JobContext
from mmdesk.ui.images.pane import Pane
from mmdesk.ui.kit.bridge import Bridge, Session
from mmdesk.ui.kit.keys import Keys
from mmdesk.ui.marks.mark_tools import MarkTools
from mmdesk.ui.marks.marks_layer import MarksLayer, ground_of
from mmdesk.ui.panes.panes import Panes
from mmdesk.words import QT_TR_NOOP, tr

if TYPE_CHECKING:
    from mmdesk.services.cases.reading import CaseView

TAP: Final = 0.25
"""Seconds: a press of the hiding key that is shorter hides for good, a longer one only peeks."""
REST_MS: Final = 500
"""Rest after steps by key (moving a mark, choosing its target) before they are stored as one."""
_OTHERS: Final = QT_TR_NOOP("This mark is another reader's. It stays as it is. Draw one of your own.")
_NOTE_NONE: Final = QT_TR_NOOP("No mark is chosen. Nothing was written. Click one, or press {key}.")
_NONE_CHOSEN: Final = QT_TR_NOOP("No mark is chosen. Nothing was removed. Click one, or press {key}.")


def choices(schema: Schema) -> tuple[tuple[str, str], ...]:
    """Return what a mark may speak of: nothing, then each target or each of its options."""
    found = [("", "")]
    for target in schema.targets:
        found += [(target.name, option) for option in target.options] or [(target.name, "")]
    return tuple(found)


class Marking(QObject):
    """The marks of the reading page; panes call its `tools`, the page tells it of cases.

    Attributes:
        layer: What is in sight.
        tools: What the mouse does.
    """

    def __init__(self, bridge: Bridge, keys: Keys, panes: Panes, parent: QWidget) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._keys = keys
        self._panes = panes
        self._parent = parent
        self._view: CaseView | None = None
        self._writing = 0
        self._pressed_at = 0.0
        self._waiting: Mark | None = None
        self._rest = QTimer(self, singleShot=True, interval=REST_MS)
        self._rest.timeout.connect(self.flush)
        self.layer = MarksLayer(self)
        self.tools = MarkTools(self.layer, self)
        self.tools.allowed = self._why_not
        self.tools.say_target = self._say_target
        self.tools.hint = lambda: tr(
            "{hint} next tool, {hint_2} ends", hint=keys.hint("mark_tool"), hint_2=keys.hint("leave")
        )
        self.tools.away = self._mixed
        panes.on_new_pane.append(self._take_pane)
        self.layer.changed.connect(self._repaint)
        self.tools.made.connect(self._on_made)
        self.tools.altered.connect(self._on_altered)
        self.tools.refused.connect(bridge.notices.tell)
        self._bind()

    # -- the page -----------------------------------------------------------------------------

    def show(self, view: CaseView) -> None:
        """Show a case's marks; while one of them is being stored, what is drawn stays."""
        another = self._view is None or self._view.case.id != view.case.id
        if another:
            self.flush()
            if self.tools.drop_draft():
                self._bridge.notices.tell(tr("The mark that was not finished is left out."))
        self._view = view
        if another or not self._writing:
            self.layer.show(view.marks, self._session().reader)

    def forget(self) -> None:
        """Show nothing, as when the project closes."""
        self._rest.stop()
        self._waiting = None
        self._view = None
        self._writing = 0
        self.tools.target = self.tools.option = ""
        self.tools.set_tool("")
        self.layer.show((), "")

    def leave(self) -> bool:
        """Leave what is half drawn, else the tool, else the chosen mark; tell whether there was one."""
        if self.tools.drop_draft():
            return True
        if self.tools.tool:
            self.tools.set_tool("")
            return True
        chosen = bool(self.layer.chosen)
        self.layer.choose("")
        return chosen

    def nudge(self, key: str) -> bool:
        """Move the chosen mark by a pixel of its image; tell whether one is chosen.

        Args:
            key: `Left`, `Right`, `Up` or `Down`.
        """
        mark = self.layer.chosen_mark
        if mark is None or not self.layer.is_own(mark) or self._why_not():
            return False
        by = {"Left": (-1.0, 0.0), "Right": (1.0, 0.0), "Up": (0.0, -1.0), "Down": (0.0, 1.0)}[key]
        corner = self.layer.corner
        if corner is None:
            self._soon(geometry.moved(mark, by, self._size(mark)))
        else:
            x, y = geometry.handles(mark)[corner]
            self._soon(geometry.with_handle(mark, corner, (x + by[0], y + by[1]), self._size(mark)))
        return True

    def flush(self) -> None:
        """Store what keys have changed and is not stored yet."""
        self._rest.stop()
        mark, self._waiting = self._waiting, None
        if mark is not None:
            self._store(tr("Storing the mark"), mark, new=False)

    def _take_pane(self, pane: Pane) -> None:
        pane.overlays.append(self.tools.paint)
        pane.covered = lambda: self._covers(pane)
        pane.tool = self.tools

    def _covers(self, pane: Pane) -> bool:
        ground = ground_of(pane)
        return ground is not None and self.layer.visible and bool(self.layer.on(ground))

    def _repaint(self) -> None:
        for pane in self._panes.panes:
            shown = [mark for mark in self.layer.marks if pane.content and mark.field == pane.content.field]
            words = [mark.words for mark in shown] if self.layer.visible else []
            described = tr("Marks: {words}", words=", ".join(words)) if words else ""
            if described != pane.accessibleDescription():
                pane.setAccessibleDescription(described)
            pane.refresh()

    def _mixed(self) -> str:
        if self._panes.compare.mode == SIDE_BY_SIDE:
            return ""
        key = self._keys.hint("compare")
        return tr(
            "Marks are drawn on images side by side. Nothing was drawn. {key} changes how they are compared.", key=key
        )

    # -- what is drawn ------------------------------------------------------------------------

    def _on_made(self, mark: Mark) -> None:
        from mmdesk.services.marks.edit import new_id

        mark = replace(mark, id=new_id(), reader=self._session().reader)
        self.layer.put(mark)
        self.layer.choose(mark.id)
        self._store(tr("Storing the mark"), mark, new=True)

    def _on_altered(self, mark: Mark) -> None:
        self.flush()
        self.layer.put(mark)
        self._store(tr("Storing the mark"), mark, new=False)

    def _soon(self, mark: Mark) -> None:
        if self._waiting is not None and self._waiting.id != mark.id:
            self.flush()
        self._waiting = mark
        self.layer.put(mark)
        self._rest.start()

    def _store(self, name: str, mark: Mark, *, new: bool) -> None:
        def work(session: Session) -> Change:
            from mmdesk.services.marks.edit import add_mark, change_mark

            return (add_mark if new else change_mark)(session.project, mark, mark.reader)[1]

        self._write(name, work)

    def _write(self, name: str, work: Callable[[Session], Change]) -> None:
        session = self._session()
        self._writing += 1

        def done(change: Change) -> None:
            self._writing = max(0, self._writing - 1)
            self._bridge.tell(change)

        def failed(problem: BaseException) -> None:
            self._writing = max(0, self._writing - 1)
            self._bridge.notices.raised(problem)
            if self._view is not None:
                self.layer.show(self._view.marks, session.reader)

        self._bridge.run(name, lambda _ctx: work(session), done, failed=failed, urgent=True)

    # -- keys ---------------------------------------------------------------------------------

    def remove(self) -> None:
        """Take back the last point of a drawing; else remove the chosen corner or the chosen mark."""
        if self.tools.undo_point():
            return
        mark = self.layer.chosen_mark
        if mark is None:
            self._bridge.notices.tell(tr(_NONE_CHOSEN).format(key=self._keys.hint("choose_mark")))
            return
        if not self.layer.is_own(mark):
            self._bridge.notices.tell(tr(_OTHERS))
            return
        corner = self.layer.corner
        less = None
        if corner is not None and SHAPES[mark.shape].most > SHAPES[mark.shape].fewest:
            less = geometry.without_point(mark, corner)
        self._waiting = None
        if less is not None:
            self.layer.choose(mark.id)
            self._on_altered(less)
            return
        self.layer.drop(mark.id)

        def work(session: Session) -> Change:
            from mmdesk.services.marks.edit import remove_mark

            return remove_mark(session.project, mark.id, session.reader)

        self._write(tr("Removing the mark"), work)

    def hide(self, pressed: bool) -> None:
        """Take a press (True) or a release (False) of the hiding key: a tap hides, a hold peeks."""
        if pressed:
            self._pressed_at = time.monotonic()
            self.layer.peek(True)
            return
        self.layer.peek(False)
        if time.monotonic() - self._pressed_at < TAP:
            self.layer.hide(not self.layer.hidden)

    def next_target(self) -> None:
        """Say what the chosen mark, or the next one drawn, speaks of."""
        known = choices(self._session().schema)
        mark = self.layer.chosen_mark
        own = mark if mark is not None and self.layer.is_own(mark) else None
        now = (own.target, own.option) if own else (self.tools.target, self.tools.option)
        place = known.index(now) + 1 if now in known else 0
        target, option = known[place % len(known)]
        self.tools.target, self.tools.option = target, option
        if own is not None:
            self._soon(replace(own, target=target, option=option))
        elif not self.tools.tool:
            words = self._say_target(target, option) if target else tr("no target")
            self._bridge.notices.tell(tr("New marks are for {words}.", words=words))
        self.layer.changed.emit()

    def write_note(self) -> None:
        """Write a note on the chosen mark, or change or empty the one it has."""
        from mmdesk.ui.marks.mark_note import ask_note

        self.flush()
        mark = self.layer.chosen_mark
        if mark is None:
            self._bridge.notices.tell(tr(_NOTE_NONE).format(key=self._keys.hint("choose_mark")))
            return
        if not self.layer.is_own(mark):
            self._bridge.notices.tell(tr(_OTHERS))
            return
        note = ask_note(self._parent, mark.words, mark.note)
        now = self.layer.chosen_mark
        if note is not None and now is not None and now.id == mark.id and now.note != note:
            self._on_altered(replace(now, note=note))

    def choose_next(self) -> None:
        """Choose the next own mark of the case."""
        self.flush()
        if self.layer.choose_next() is None:
            self._bridge.notices.tell(tr("You have no mark in this case."))

    # -- files --------------------------------------------------------------------------------

    def export_coco(self) -> None:
        """Choose a file and write the marks of all cases as COCO JSON."""
        path, _ = QFileDialog.getSaveFileName(self._parent, tr("Export marks"), "marks.json", tr("COCO JSON (*.json)"))
        if path:
            self._export(tr("Exporting marks"), Path(path), "coco")

    def export_sr(self) -> None:
        """Choose a folder and write the marks on DICOM images as structured reports."""
        path = QFileDialog.getExistingDirectory(self._parent, tr("Export marks as DICOM SR"))
        if path:
            self._export(tr("Exporting marks as DICOM SR"), Path(path), "sr")

    def export_gsps(self) -> None:
        """Choose a folder and write the marks on grey DICOM images as presentation states."""
        path = QFileDialog.getExistingDirectory(self._parent, tr("Export marks as DICOM presentation states"))
        if path:
            self._export(tr("Exporting marks as DICOM presentation states"), Path(path), "gsps")

    def _export(self, name: str, path: Path, form: str) -> None:
        self.flush()
        session = self._session()

        def work(ctx: JobContext) -> Any:
            from mmdesk.services.marks.export import export_coco, export_gsps, export_sr

            export = {"coco": export_coco, "sr": export_sr, "gsps": export_gsps}[form]
            return export(session.project, path, ctx=ctx, reader=session.reader)

        def done(report: Any) -> None:
            self._bridge.notices.tell(tr("{say} For research use only.", say=report.say()))

        self._bridge.run(name, work, done, lane="background", shown=True)

    # -- within -------------------------------------------------------------------------------

    def _bind(self) -> None:
        bind = self._keys.bind
        bind("mark_tool", self.tools.next_tool, self._why_not, page="reading")
        for shape in SHAPES:
            bind(f"mark_{shape}", lambda s=shape: self.tools.set_tool(s), self._why_not, page="reading")
        bind("mark_target", self.next_target, self._why_not, page="reading")
        bind("mark_note", self.write_note, self._why_not, page="reading")
        bind("remove_mark", self.remove, self._why_not, page="reading")
        bind("choose_mark", self.choose_next, self._no_case, page="reading")
        bind("hide_marks", self.hide, self._no_case, page="reading")
        bind("export_marks", self.export_coco, self._no_project)
        bind("export_marks_sr", self.export_sr, self._no_project)
        bind("export_marks_gsps", self.export_gsps, self._no_project)

    def _say_target(self, target: str, option: str) -> str:
        targets = self._session().schema.targets
        title = next((field.title for field in targets if field.name == target), target)
        if option:
            return f"{title}: {option}" if len(targets) > 1 else option
        return title

    def _size(self, mark: Mark) -> tuple[int, int]:
        """Return the size of a mark's image, so that it stays on it."""
        return self.tools.size_of(mark)

    def _session(self) -> Session:
        if self._bridge.session is None:
            raise RuntimeError("no project is open")
        return self._bridge.session

    def _no_project(self) -> str:
        return "" if self._bridge.session else tr("No project is open. Nothing was changed. Open one first.")

    def _no_case(self) -> str:
        return "" if self._view is not None else tr("No case is open. Choose one in the worklist.")

    def _why_not(self) -> str:
        return self._no_case() or self._session().look_only or self._mixed()
