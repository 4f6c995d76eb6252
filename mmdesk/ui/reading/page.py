"""The reading page: a case's images, record and targets, and one keyboard for all of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from mmdesk.core.cases.listing import Listing
from mmdesk.core.changes import Change
from mmdesk.core.fields.values import Missing, Reason, Value
from mmdesk.ui.images.pictures import Pictures
from mmdesk.ui.kit.bridge import Bridge, Session
from mmdesk.ui.kit.keys import Handler, Keys
from mmdesk.ui.kit.undo import redo, undo
from mmdesk.ui.marks.marking import Marking
from mmdesk.ui.panes.case_images import contents, earlier, sources
from mmdesk.ui.panes.image_window import ImagesElsewhere
from mmdesk.ui.panes.panes import Panes
from mmdesk.ui.panes.toolbar import ImageBar
from mmdesk.ui.panes.viewing import Viewing
from mmdesk.ui.parts.side_by_side import SideBySide
from mmdesk.ui.printing.printing import Printing
from mmdesk.ui.reading.case_loader import CaseLoader
from mmdesk.ui.reading.dock import Dock
from mmdesk.ui.reading.drafts import Drafts
from mmdesk.ui.reading.earlier import Earlier
from mmdesk.ui.reading.image_files import ImageFiles
from mmdesk.ui.reading.inputs import store_confirmed, store_input
from mmdesk.ui.reading.labelling import Labelling
from mmdesk.ui.reading.paint_watch import PaintWatch
from mmdesk.ui.reading.predictor_calls import PredictorCalls
from mmdesk.ui.reading.unread import find_unread
from mmdesk.ui.reading.what_if import WORDS, WhatIf
from mmdesk.words import tr

if TYPE_CHECKING:
    from mmdesk.core.fields.schema import Schema
    from mmdesk.services.cases.reading import CaseView


AHEAD = (1, 2, -1)
"""Neighbours that are made ready, nearest first."""


class ReadingPage(QWidget):
    """Shows one case at a time and takes the reader's answers to it.

    Attributes:
        case_painted: Images, record and targets of the case with this id are on the screen.
        case_opened: The case with this id is asked for or shown from now on.
    """

    case_painted = Signal(int)
    case_opened = Signal(int)

    def __init__(self, bridge: Bridge, keys: Keys, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.bridge = bridge
        self.keys = keys
        self.view: CaseView | None = None
        self._ids = Listing()
        self._wanted = 0
        self._schema: Schema | None = None
        self._loader = CaseLoader(bridge)
        self.pictures = Pictures(bridge.run, parent=self)
        self.panes = Panes(self.pictures)
        self.dock = Dock(keys.hint)
        self._predictions = PredictorCalls(bridge, self._current, self.dock.targets.say_nothing)
        self.drafts = Drafts(bridge, self.dock.targets.show_draft, self)
        self.labelling = Labelling(bridge, keys, self.dock.targets, self.drafts, self)
        self.files = ImageFiles(bridge, self._current, self._show_files, self)
        self._what_if = WhatIf(bridge, lambda view: self._fill(view, again=True))
        self._sides = SideBySide(self.panes, self.dock, bridge.preferences)
        self.elsewhere = ImagesElsewhere(self.panes, self._sides, keys, bridge.notices)
        self.marking = Marking(bridge, keys, self.panes, self)
        self._watch = PaintWatch(self.panes, self.dock, self._current)
        self.viewing = Viewing(bridge, keys, self.panes, self._no_case)
        self._earlier = Earlier(bridge, keys, self._loader, self._current, self._on_view, self)
        Printing(bridge, keys, self.panes, self._current)
        self.panes.add_bar(ImageBar(keys, self.panes, self.viewing))
        self.setFocusProxy(self.dock.targets)
        self._lay_out()
        self._connect()
        self._bind()
        if bridge.session is not None:
            self._on_opened(bridge.session)

    # -- cases --------------------------------------------------------------------------------

    @property
    def wanted(self) -> int:
        """Id of the case that was asked for last; it may not be on the screen yet."""
        return self._wanted

    @property
    def case_id(self) -> int:
        """Id of the case on the screen; 0 when there is none."""
        return self.view.case.id if self.view else 0

    def set_ids(self, ids: Sequence[int]) -> None:
        """Take the worklist's order; the case on the screen stays."""
        self._ids = ids if isinstance(ids, Listing) else Listing(ids)

    def open_case(self, case_id: int) -> None:
        """Show a case; the one on the screen stays until this one is there."""
        self._leave_fields()
        self._wanted = case_id
        self._watch.asked()
        self.case_opened.emit(case_id)
        if case_id != self.case_id:
            self.keys.case_opening()
            self.pictures.forget_problems()
        ready = self._loader.get(case_id)
        if ready is not None:
            self._show(ready)
        else:
            self.dock.waits(True)
            self._loader.ask(case_id, self._on_view, self._on_no_view)

    def next(self) -> None:
        """Show the next case of the worklist."""
        self._go(1)

    def previous(self) -> None:
        """Show the case before."""
        self._go(-1)

    def _go(self, step: int) -> None:
        if not self._ids:
            return
        place = self._ids.place_of(self._wanted)
        if place < 0:
            self.open_case(self._ids[0])
        elif 0 <= place + step < len(self._ids):
            self.open_case(self._ids[place + step])
        else:
            end = "last" if step > 0 else "first"
            self.bridge.notices.tell(tr("This is the {end} case of the list.", end=end))

    def _go_unread(self, step: int) -> None:
        start = self._wanted

        def found(target: int | None) -> None:
            if target is None:
                self.bridge.notices.tell(
                    tr("Nothing left to read in this list. Show all cases, or choose another view.")
                )
            elif self._wanted == start:
                self.open_case(target)

        find_unread(self.bridge, self._ids, start, step, found)

    def _on_view(self, view: CaseView) -> None:
        if view.case.id == self._wanted:
            self._show(view)

    def _on_no_view(self, problem: BaseException) -> None:
        self.dock.waits(False)
        self._wanted = self.case_id
        if self.view is not None:
            self._watch.wait()
        self.bridge.notices.raised(problem)

    def _show(self, view: CaseView) -> None:
        first = self.view is None
        again = self.view is not None and self.view.case.id == view.case.id
        if self._what_if.on and again:
            self.view = view
            return
        if not again:
            self._leave_fields()
            self._end_what_if()
        self.view = view
        self.dock.waits(False)
        self._fill(view, again=again)
        if again or first:
            self._predictions.see(view)
        if not again:
            self._watch.wait()
            self.dock.targets.setFocus()

    def _fill(self, view: CaseView, *, again: bool) -> None:
        case = view.case
        self.dock.header.show_case(case.id, case.name, view.status.value, case.problem, view.referred)
        self.dock.form.show_case(case, again=again, hidden=view.hidden)
        self._show_targets(view, told=again)
        self.marking.show(view)
        before = list(self.panes.panes)
        self._show_images(view)
        if self.panes.panes != before:
            self._order_tabs()
        self.files.see(view)

    def _show_images(self, view: CaseView) -> None:
        session = self._session()
        self.panes.show_contents(contents(view, session, self.files), earlier(view, session, self.files))

    def _show_files(self) -> None:
        if self.view is not None and self.bridge.session is not None:
            self._show_images(self.view)

    def _show_targets(self, view: CaseView, *, told: bool) -> None:
        session = self._session()
        draft = self.drafts.of(view, session.schema.targets)
        self.labelling.see(view)
        if not told and draft.targets:
            open_places = [i for i, t in enumerate(draft.targets) if draft.value(t.name) is None]
            draft.active = open_places[0] if open_places else 0
        self.dock.targets.show_case(
            draft,
            view.prediction,
            reference=view.reference,
            hidden=view.hidden,
            referred=bool(view.referred),
            look_only=session.look_only,
        )

    # -- painted and ahead --------------------------------------------------------------------

    def _on_painted(self, case_id: int) -> None:
        if case_id == self._wanted and self.view is not None:
            self.keys.case_painted(case_id)
            self.case_painted.emit(case_id)
            self._predictions.see(self.view)
            self._look_ahead()

    def _look_ahead(self) -> None:
        place = self._ids.place_of(self.case_id)
        if place < 0:
            return
        around = [place + step for step in AHEAD]
        ids = [self._ids[at] for at in around if 0 <= at < len(self._ids)]
        self._loader.look_ahead(ids, self._on_ahead)

    def _on_ahead(self, views: list[CaseView]) -> None:
        if self.bridge.session is not None:
            self.panes.prefetch([sources(view, self.bridge.session) for view in views])

    # -- what the person does -----------------------------------------------------------------

    def mark_missing(self) -> None:
        """Mark missing what has the keyboard: a record field, an unreadable image, else the target."""
        row = self.dock.form.focused_row()
        if row is not None:
            row.toggle_missing()
        elif self._what_if.on and self._in_panes():
            self._what_if.leave_out(self.panes.active_field())
        elif self._what_if.on:
            self.bridge.notices.tell(tr("Press Tab to an image or a field first, then leave it out."))
        elif (field := self.panes.unreadable_field()) and self._in_panes():
            self._mark_image(field)
        elif self.dock.targets.groups:
            self.dock.targets.cannot_judge()

    def _mark_image(self, field: str) -> None:
        self._on_edited(field, Missing(Reason.READER))
        self.dock.targets.setFocus()

    def _on_edited(self, field: str, value: Value) -> None:
        if self.view is None:
            return
        if self._what_if.on:
            self._what_if.edit(field, value)
            return
        if self.view.prediction is not None:
            stale = replace(self.view.prediction, stale=True)
            self.view = replace(self.view, prediction=stale)
            self._show_targets(self.view, told=True)
        self._predictions.forget(self.case_id)
        undone = partial(self.dock.form.show_stored, self.case_id, field, value)
        store_input(self.bridge, self.case_id, field, value, undone)

    def _on_confirmed(self, field: str) -> None:
        if not self._why_not():
            store_confirmed(self.bridge, self.case_id, field)

    def what_if(self) -> None:
        """Begin to try changes of the inputs, or end it and show the case as it is."""
        if self._what_if.on:
            self._end_what_if()
        elif self.view is not None and self.view.hidden:
            self.bridge.notices.tell(tr("Hidden until you store your label."))
        elif self.view is not None and self._predictions.has_model:
            self._leave_fields()
            self._what_if.begin(self.view)
            self.dock.targets.say_mode(WORDS.format(key=self.keys.hint("what_if")))
        else:
            self.bridge.notices.tell(tr("No model fits these fields yet. Label about 50 cases, then train one here."))

    def _end_what_if(self) -> None:
        if self._what_if.end() is not None and self.view is not None:
            self.dock.targets.say_mode("")
            self._fill(self.view, again=True)

    def _predict_again(self) -> None:
        if self.view is not None:
            self._predictions.again(self.case_id)

    def _step(self, step: str) -> None:
        """Undo or redo, and open the case it happened in."""
        if step == "undo" and self.marking.tools.undo_point():
            return
        self.marking.flush()
        if step == "undo":
            undo(self.bridge, self.keys, self._on_stepped)
        else:
            redo(self.bridge, self._on_stepped)

    def _on_stepped(self, change: Change) -> None:
        elsewhere = [case_id for case_id in change.cases if case_id != self.case_id]
        if len(change.cases) == 1 and elsewhere:
            self.open_case(elsewhere[0])

    def _pan(self, key: str) -> None:
        if self.marking.nudge(key):
            return
        right, down = {"Left": (-1, 0), "Right": (1, 0), "Up": (0, -1), "Down": (0, 1)}[key]
        self.panes.pan(right, down)

    def _focus(self) -> QWidget:
        return self.window().focusWidget() or self

    def _in_panes(self) -> bool:
        focus = self.panes.window().focusWidget()
        return focus is not None and self.panes.isAncestorOf(focus)

    def _order_tabs(self) -> None:
        """Let Tab walk panes left to right, record, targets, Store."""
        here = self.panes.window() is self.window()
        stops = [*(self.panes.panes if here else ()), *self.dock.tab_stops()]
        for one, other in pairwise(stops):
            QWidget.setTabOrder(one, other)

    def _store(self) -> None:
        if not self.marking.tools.finish():
            self.labelling.store()

    def _store_next(self) -> None:
        self._leave_fields()
        self.labelling.store_next()

    def finish(self) -> None:
        """Take what stands in a field, because the window closes."""
        self._leave_fields()

    def _leave_fields(self) -> None:
        """Store what stands in a field of the case on the screen, by taking the focus out of it."""
        if self.dock.isAncestorOf(self._focus()):
            self.dock.targets.setFocus()

    # -- what happened ------------------------------------------------------------------------

    def _current(self) -> CaseView | None:
        return self.view

    def _session(self) -> Session:
        if self.bridge.session is None:
            raise RuntimeError("no project is open")
        return self.bridge.session

    def take_schema(self, schema: Schema) -> None:
        """Make the record and the targets for a project's fields; its first case then comes sooner."""
        if schema != self._schema:
            self._schema = schema
            self.dock.set_schema(schema)

    def _on_opened(self, session: Session) -> None:
        self._forget()
        self.take_schema(session.schema)
        self.dock.form.set_look_only(bool(session.look_only))
        self.dock.form.hint(self.keys.hint("missing"))
        self._predictions.look_for_model()

    def _forget(self) -> None:
        self.elsewhere.bring_back()
        self._what_if.end()
        self.dock.targets.say_mode("")
        self.view = None
        self._wanted = 0
        self.drafts.forget()
        self.set_ids([])
        self._loader.forget()
        self.files.forget()
        self._predictions.clear()
        self.pictures.clear()
        self.panes.forget()
        self.marking.forget()

    def _on_changed(self, change: Change) -> None:
        if self.bridge.session is None:
            return
        whole = change.versions or change.worklist or (change.predictions and not change.cases)
        self._loader.forget(None if whole else change.cases)
        if change.versions:
            self._predictions.look_for_model()
        if change.draft:
            self.drafts.take_back(change.draft)
            self.dock.targets.refresh()
        if self.case_id and self._wanted == self.case_id and (whole or self.case_id in change.cases):
            self._loader.ask(self.case_id, self._on_view)

    def _on_reader(self, _name: str) -> None:
        self.drafts.forget()
        self._loader.forget()
        if shown := self.case_id:
            self._end_what_if()
            self.view = None  # what stands there is the reader's before: no key acts on it
            self.keys.case_opening()
            self._loader.ask(shown, self._on_view)

    def _on_preference(self, name: str) -> None:
        if name == "dock_side":
            self._sides.place()
        elif name == "keys":
            self.dock.form.hint(self.keys.hint("missing"))
            self.dock.targets.refresh()

    def changeEvent(self, event: QEvent) -> None:
        """Take a new theme's colours."""
        if event.type() == QEvent.Type.PaletteChange and self.bridge.session is not None:
            self.dock.form.retheme()
            self.dock.targets.retheme()
        super().changeEvent(event)

    # -- put together -------------------------------------------------------------------------

    def _lay_out(self) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self._sides)

    def _connect(self) -> None:
        self._watch.painted.connect(self._on_painted)
        self.panes.mark_missing.connect(self._mark_image)
        self.panes.file_chosen.connect(self.files.decide)
        self.dock.form.edited.connect(self._on_edited)
        self.dock.form.confirmed.connect(self._on_confirmed)
        self.dock.targets.store.connect(self.labelling.store)
        self.dock.targets.take.connect(self.labelling.take)
        self.dock.targets.refer.connect(self.labelling.refer)
        self.dock.targets.answered.connect(self.labelling.on_answered)
        self.dock.targets.passing.connect(lambda on: self.drafts.keep(self.case_id, on=on))
        self.drafts.kept.connect(lambda case_id: self._loader.forget([case_id]))
        self.bridge.changed.connect(self._on_changed)
        self.bridge.not_stored.connect(lambda: self._on_changed(Change(frozenset({self.case_id}))))
        self.bridge.project_opened.connect(self._on_opened)
        self.bridge.project_closed.connect(self._forget)
        self.bridge.reader_changed.connect(self._on_reader)
        self.bridge.preferences.changed.connect(self._on_preference)

    def _bind(self) -> None:
        targets, labels = self.dock.targets, self.labelling
        guarded: dict[str, Handler] = {
            "answer": targets.answer,
            "store": self._store,
            "store_next": self._store_next,
            "take_one": lambda: labels.take(True),
            "take_all": lambda: labels.take(False),
            "refer": labels.refer,
            "refer_why": targets.ask_reason,
            "label_letter": labels.by_letter,
        }
        free: dict[str, Handler] = {
            "what_if": self.what_if,
            "images_other_monitor": self.elsewhere.toggle,
            "undo": lambda: self._step("undo"),
            "redo": lambda: self._step("redo"),
            "edit_field": self.dock.form.begin,
            "predict_again": self._predict_again,
            "target_next": lambda: targets.step(1),
            "target_back": lambda: targets.step(-1),
            "case_next": self.next,
            "case_back": self.previous,
            "unread_next": lambda: self._go_unread(1),
            "unread_back": lambda: self._go_unread(-1),
            "pan": self._pan,
        }
        for name, handler in guarded.items():
            self.keys.bind(name, handler, self._why_not, page="reading")
        self.keys.bind("missing", self.mark_missing, self._cannot_edit, page="reading")
        for name, handler in free.items():
            self.keys.bind(name, handler, self._no_case, page="reading")

    def _no_case(self) -> str:
        return "" if self.view is not None else tr("No case is open. Choose one in the worklist.")

    def _cannot_edit(self) -> str:
        return self._no_case() or ("" if self._what_if.on else self._session().look_only)

    def _why_not(self) -> str:
        return self._cannot_edit() or (WORDS.format(key=self.keys.hint("what_if")) if self._what_if.on else "")
