"""The targets, pinned below the record: label left, prediction right, one filled button."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFocusEvent, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from mmdesk.core.cases.case import Prediction
from mmdesk.core.fields.schema import Schema
from mmdesk.core.fields.values import Value
from mmdesk.ui.kit.icons import pixmap
from mmdesk.ui.kit.key_layouts import is_latin
from mmdesk.ui.kit.theme import tokens
from mmdesk.ui.parts.once_button import OnceButton
from mmdesk.ui.parts.parts import label, repolish
from mmdesk.ui.parts.scale import scaled
from mmdesk.ui.targets.draft import KEPT, NOT_KEPT, Draft, Outcome
from mmdesk.ui.targets.model_cell import ModelCell
from mmdesk.ui.targets.target_group import TargetGroup
from mmdesk.ui.targets.target_rows import YOU_ROOM, AnswerRow, NumberRow
from mmdesk.ui.targets.targets_line import TargetsLine
from mmdesk.words import QT_TR_NOOP, tr

MOST_HEIGHT = 0.55
"""Largest share of the window's height that the rows take before they scroll within themselves."""
LEAST_RECORD = 90
"""Height that the case's name and a first field of its record keep at 100 % text."""
CROWDED = 13
"""With more rows than this, targets that are not active fold to one line."""
_KEPT_MEANS = QT_TR_NOOP("Your answers are kept on disk and come back with this case. They count once they are stored.")
_LOOK = QT_TR_NOOP("Answers are not kept here")
_NOT_KEPT_MEANS = QT_TR_NOOP(
    "Your answers are on the screen only. Store them, or see the notice for what is in the way."
)


class TargetsPanel(QWidget):
    """Shows a draft and a prediction; what the person wants comes out as signals.

    Attributes:
        store: Store the label, or keep it and go on.
        take: Take the model's answer; True for the active target only.
        refer: Refer to a person, with a reason that may be empty.
        answered: The draft changed.
        passing: A number is being typed; True when the draft has its earlier keys already.
        painted: It was painted.
    """

    painted = Signal()
    store = Signal()
    take = Signal(bool)
    refer = Signal(str)
    answered = Signal()
    passing = Signal(bool)

    def __init__(self, hint: Callable[[str], str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.groups: list[TargetGroup] = []
        self.draft = Draft(())
        self._schema: Schema | None = None
        self._prediction: Prediction | None = None
        self._reference: Mapping[str, Value] = {}
        self._hidden = True
        self._look_only = ""
        self._referred = False
        self._hint = hint
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setProperty("kind", "panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAccessibleName("Targets")
        self.line = TargetsLine()
        self.line.reason_given.connect(self.refer)
        self.line.left.connect(self.setFocus)
        self.draft_icon = QLabel()
        self.draft_icon.setFixedSize(scaled(self, 16), scaled(self, 16))
        self.draft_words = label(size="caption")
        self.draft_words.setAccessibleName("Draft")
        self.primary = OnceButton()
        self.primary.setProperty("kind", "primary")
        self.primary.clicked.connect(lambda _checked=False: self.store.emit())
        self.take_one = OnceButton()
        self.take_one.clicked.connect(lambda _checked=False: self.take.emit(len(self.draft.targets) > 1))
        policy = self.take_one.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self.take_one.setSizePolicy(policy)
        self.refer_button = OnceButton()
        self.refer_button.clicked.connect(lambda _checked=False: self.refer.emit(""))
        self._lay_out()

    def _lay_out(self) -> None:
        heads = QHBoxLayout()
        heads.setContentsMargins(0, 0, 0, 0)
        self._model_head = label("Model", size="caption")
        heads.addWidget(label("Targets", size="section"))
        heads.addStretch(1)
        heads.addWidget(label("You", size="caption"))
        heads.addSpacing(scaled(self, YOU_ROOM) // 2 - self.fontMetrics().horizontalAdvance("You") // 2)
        heads.addWidget(self._model_head)
        self._scroll = QScrollArea(widgetResizable=True)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        draft_row = QHBoxLayout()
        draft_row.setContentsMargins(0, 0, 0, 0)
        draft_row.setSpacing(4)
        draft_row.addWidget(self.draft_icon)
        draft_row.addWidget(self.draft_words, 1)
        buttons = QGridLayout()
        buttons.setSpacing(4)
        buttons.addWidget(self.primary, 0, 0, 1, 2)
        buttons.addWidget(self.take_one, 1, 0)
        buttons.addWidget(self.refer_button, 1, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 4, 8, 8)
        column.setSpacing(4)
        column.addLayout(heads)
        column.addWidget(self._scroll, 1)
        column.addWidget(self.line)
        column.addLayout(draft_row)
        column.addLayout(buttons)

    # -- what is shown ------------------------------------------------------------------------

    def set_schema(self, schema: Schema) -> None:
        """Build the rows of another project."""
        if schema == self._schema:
            return
        self._schema = schema
        self.draft = Draft(schema.targets)
        body = QWidget()
        body.setProperty("kind", "panel")
        body.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        column = QVBoxLayout(body)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        self.groups = [TargetGroup(field) for field in schema.targets]
        for index, group in enumerate(self.groups):
            group.chosen.connect(lambda value, at=index: self._on_chosen(at, value))
            group.pressed.connect(lambda at=index: self.activate(at))
            if isinstance(group.control, NumberRow):
                group.control.typed.connect(lambda value, at=index: self._on_number(at, value))
                group.control.passing.connect(lambda value, on, at=index: self._on_passing(at, value, on))
                group.control.entered.connect(self._on_number_entered)
                group.control.left.connect(self.setFocus)
                group.control.problem.connect(self.tell)
            column.addWidget(group)
        column.addStretch(1)
        self._give_names_room(body)
        self._scroll.setWidget(body)
        self.refresh()

    def _give_names_room(self, body: QWidget) -> None:
        """Make the model's column narrow where an answer's name is long; it stays so for all cases."""
        long = any(option.is_long() for option in body.findChildren(AnswerRow))
        head = ModelCell(self)
        head.hide()
        for cell in (head, *body.findChildren(ModelCell)):
            cell.compact = long
        self._model_head.setFixedWidth(head.column())
        head.deleteLater()

    def show_case(
        self,
        draft: Draft,
        prediction: Prediction | None,
        *,
        reference: Mapping[str, Value],
        hidden: bool,
        referred: bool,
        look_only: str,
    ) -> None:
        """Show a case's answers.

        Args:
            draft: The reader's answers, stored and not.
            prediction: The current model's, or None while there is none or it is hidden.
            reference: The labels that came with the table, by target.
            hidden: Own read first, and the own label is not stored yet.
            referred: The case is referred to a person.
            look_only: Why nothing can change, in words.
        """
        self.draft = draft
        self._hidden = hidden
        self._prediction = None if hidden else prediction
        self._reference = {} if hidden else reference
        self._referred = referred
        self._look_only = look_only
        self.line.tell("")
        self.refresh()

    @property
    def can_store(self) -> bool:
        """Whether labels may be stored now: neither looking only nor trying out."""
        return not self._look_only and not self.line.mode

    @property
    def prediction(self) -> Prediction | None:
        """The prediction that is on the screen; None while hidden."""
        return self._prediction

    def refresh(self) -> None:
        """Paint draft and prediction again; no row moves."""
        prediction = self._prediction
        stale = bool(prediction and prediction.stale)
        self._mark_active()
        for group in self.groups:
            name = group.field.name
            answer = prediction.targets.get(name) if prediction else None
            reference = self._reference.get(name)
            group.show_answer(self.draft.value(name), answer, stale=stale, reference=reference)
            group.setEnabled(not self._look_only)
        self._show_line()
        self.show_draft()
        self._show_buttons()
        self.update()

    def show_draft(self) -> None:
        """Say whether answers are not stored yet, and whether they are kept."""
        words = self.draft.state()
        if self._look_only:
            words = f"{words}. {tr(_LOOK)}" if words else tr(_LOOK)
        if words != self.draft_words.text():
            kept = words == KEPT
            self.draft_words.setText(words)
            told = {"": "", KEPT: tr(_KEPT_MEANS), NOT_KEPT: tr(_NOT_KEPT_MEANS)}
            self.draft_words.setToolTip(told.get(words, self._look_only))
            self.draft_words.setProperty("kind", "" if kept else "danger")
            repolish(self.draft_words)
            self._show_draft_icon()

    def _show_draft_icon(self) -> None:
        words = self.draft_words.text()
        if words:
            name, colour = ("pencil", tokens().text) if words == KEPT else ("octagon-alert", tokens().problem)
            self.draft_icon.setPixmap(pixmap(name, colour, scaled(self, 14), self.devicePixelRatioF()))
        else:
            self.draft_icon.clear()

    def tell(self, words: str) -> None:
        """Say something about this case's answers in the panel's line; empty takes it away."""
        self.line.tell(words)
        self._show_line()

    def tab_stops(self) -> list[QWidget]:
        """Return what Tab stops at below the panel itself: answers, then the buttons."""
        inside = [stop for group in self.groups for stop in stops_within(group)]
        return [*inside, self.primary, self.take_one, self.refer_button]

    def say_mode(self, words: str) -> None:
        """Say that a mode is on, beside everything else; empty ends it."""
        self.line.mode = words
        for button in (self.primary, self.take_one, self.refer_button):
            button.setEnabled(self.can_store)
        self._show_line()

    def say_nothing(self, words: str) -> None:
        """Say these words while there is no prediction."""
        self.line.nothing = words
        self._show_line()

    def retheme(self) -> None:
        """Take the theme's colours."""
        self.line.retheme()
        self._show_draft_icon()
        self.refresh()

    def _mark_active(self) -> None:
        crowded = sum(group.lines for group in self.groups) > CROWDED and len(self.groups) > 1
        for index, group in enumerate(self.groups):
            active = index == self.draft.active
            group.set_active(active, folded=crowded and not active, focused=self.hasFocus())
        self._fit_rows()

    def _fit_rows(self) -> None:
        """Give the rows the height they ask for, up to a share of the window's."""
        height = self._rows_height()
        most = round(self.window().height() * MOST_HEIGHT)
        if (dock := self.parentWidget()) is not None and dock.height() > scaled(self, LEAST_RECORD):
            others = self.minimumSizeHint().height() - self._scroll.minimumHeight()
            most = min(most, dock.height() - others - scaled(self, LEAST_RECORD))
        room = min(height, max(90, most))
        if (room, height) != (self._scroll.minimumHeight(), self._scroll.maximumHeight()):
            self._scroll.setMinimumHeight(room)
            self._scroll.setMaximumHeight(height)

    def _rows_height(self) -> int:
        body = self._scroll.widget()
        layout = body.layout() if body is not None else None
        if layout is None:
            return 0
        layout.activate()
        return int(layout.sizeHint().height())

    def _show_line(self) -> None:
        self.line.show_state(
            hidden=self._hidden,
            prediction=self._prediction,
            titles={field.name: field.title for field in self._schema.inputs} if self._schema else {},
            look_only=self._look_only,
        )

    def _show_buttons(self) -> None:
        words = tr("Store label")
        if not self.draft.dirty and not self.draft.unanswered and self.groups:
            words = tr("Keep mine, next") if self._prediction else tr("Next case")
        elif self._referred and self.draft.unanswered:
            words = tr("Store answers, next") if self.draft.dirty else tr("Next case")
        elif not self._hidden:
            words = tr("Store label, next")
        _label(self.primary, words, self._hint("store"))
        _label(self.take_one, tr("Take the model's"), self._hint("take_one"))
        _label(self.refer_button, "Referred" if self._referred else "Refer", self._hint("refer"))
        said = tr("Take the referral back") if self._referred else tr("Refer to a person")
        self.refer_button.setToolTip(
            tr(
                "{said} ({hint}); with a reason ({hint_2})",
                said=said,
                hint=self._hint("refer"),
                hint_2=self._hint("refer_why"),
            )
        )
        self.refer_button.setAccessibleName(said)
        self.take_one.setVisible(self._prediction is not None)
        for button in (self.primary, self.take_one, self.refer_button):
            button.setEnabled(self.can_store)

    # -- what the person does -----------------------------------------------------------------

    def answer(self, digit: int) -> None:
        """Answer the active target by a digit and go to the next unanswered one."""
        outcome = self.draft.answer(digit)
        if outcome is Outcome.TYPE:
            control = self.groups[self.draft.active].control
            if isinstance(control, NumberRow):
                control.begin(digit)
            return
        if outcome is Outcome.NOTHING:
            self.tell(tr("{digit} is no answer to {title}.", digit=digit, title=self.draft.target.title))
            return
        self._after(outcome)

    def choose(self, place: int) -> None:
        """Choose the active target's option at a place."""
        self._after(self.draft.choose(self.draft.target, place))

    def cannot_judge(self) -> None:
        """Say that the active target cannot be judged, or take that back."""
        self.draft.cannot_judge()
        self._after(Outcome.ANSWERED)

    def activate(self, place: int) -> None:
        """Let digits answer another target."""
        self.draft.active = place
        self.setFocus()
        self.refresh()
        self._in_sight()

    def step(self, by: int) -> None:
        """Let digits answer the next target, round the end."""
        if self.groups:
            self.draft.move(by)
            self.activate(self.draft.active)

    def label_letter(self, letter: str, place: str = "") -> None:
        """Choose the active target's only answer that begins with a letter.

        Args:
            letter: What the key produces.
            place: What a US keyboard has there, for a layout whose letters begin no answer.
        """
        if not letter.strip() or not self.groups:
            return
        options = self.draft.target.options
        places = _beginning(options, letter)
        if not places and place and is_latin(letter) is False:
            places = _beginning(options, place)
        if len(places) == 1:
            self.choose(places[0])
        elif places:
            self.tell(
                tr(
                    "Several answers begin with {letter}: {places}.",
                    letter=letter,
                    places=", ".join(options[i] for i in places),
                )
            )
        else:
            self.tell(tr("No answer begins with {letter}.", letter=letter))

    def ask_reason(self) -> None:
        """Ask in the panel's line why the case is referred."""
        self.line.ask()

    def _after(self, outcome: Outcome) -> None:
        self.line.tell("")
        if outcome is Outcome.ANSWERED:
            self.draft.move_on()
        self.setFocus()
        self.refresh()
        self._in_sight()
        self.answered.emit()

    def _in_sight(self) -> None:
        if self.groups:
            self._scroll.ensureWidgetVisible(self.groups[self.draft.active], 0, 8)

    def _on_chosen(self, place: int, value: int) -> None:
        self.draft.active = place
        self._after(self.draft.choose(self.draft.target, value))

    def _on_number(self, place: int, value: Value) -> None:
        self.draft.active = place
        self.draft.set(self.draft.target.name, value)
        self.refresh()
        self.answered.emit()

    def _on_passing(self, place: int, value: Value, on: bool) -> None:
        self.draft.set(self.draft.targets[place].name, value)
        self.show_draft()
        self.passing.emit(on)

    def _on_number_entered(self) -> None:
        """Enter in the last number stores; in an earlier one it goes on."""
        if self.draft.unanswered:
            self.draft.move_on()
            self.refresh()
            self._in_sight()
        elif self.draft.dirty:
            self.store.emit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit the rows once texts have their final size."""
        super().resizeEvent(event)
        self._fit_rows()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint, then say so."""
        super().paintEvent(event)
        self.painted.emit()

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show the ring round the active target."""
        super().focusInEvent(event)
        self._mark_active()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Take the ring away."""
        super().focusOutEvent(event)
        self._mark_active()


def _beginning(options: Sequence[str], letter: str) -> list[int]:
    return [i for i, option in enumerate(options) if option.casefold().startswith(letter.casefold())]


def stops_within(widget: QWidget) -> list[QWidget]:
    """Return what Tab stops at within a widget, in the order in which it was built."""
    tab, window = Qt.FocusPolicy.TabFocus, widget.window()
    inside = widget.findChildren(QWidget)
    return [w for w in inside if w.focusPolicy() & tab and not w.focusProxy() and w.window() is window]


def _label(button: QPushButton, words: str, key: str) -> None:
    text = f"{words}   {key}" if key else words
    if text != button.text():
        button.setText(text)
