"""The one key dispatcher: an event filter that asks first what has the focus."""

from __future__ import annotations

import time
import weakref
from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QCoreApplication, QEvent, QKeyCombination, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QKeySequenceEdit,
    QLineEdit,
    QPlainTextEdit,
    QTextEdit,
    QWidget,
)
from shiboken6 import isValid

from mmdesk.ui.kit.actions import ACTIONS, BY_NAME, EVERYWHERE, Action
from mmdesk.ui.kit.held_keys import HeldKeys, key_of
from mmdesk.ui.kit.key_layouts import is_latin, place_of, portable, texts
from mmdesk.ui.kit.notices import Notices
from mmdesk.ui.kit.preferences import Preferences
from mmdesk.words import tr

GUARD_MS: Final = 300
"""A label key earlier than this after a case's first paint is refused."""

Handler = Callable[..., object]
Enabled = Callable[[], str]

_ARROWS = {Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Down}
_ENTER = {Qt.Key.Key_Return, Qt.Key.Key_Enter}
_PRESSING = {Qt.Key.Key_Space, Qt.Key.Key_Select, *_ENTER}
RELEASE_MS: Final = 30
"""Rest after which a release is taken for real where letting go does something."""


class Keys(QObject):
    """Turns key presses into bound actions, by what has the focus and which page is shown.

    Signals:
        typing_changed: Whether a caret is in a field now (label keys are off then).
        changed: The reader chose other keys, or handlers were bound.
        layout_changed: The keyboard layout has Latin letters now, or has none.

    Attributes:
        page: Name of the page shown; its single keys are on.
        guard_ms: Milliseconds after the first paint during which label keys are refused.
        painted_case: Id of the case that is painted, or None while one is coming.
        latin: The layout of the last letter has Latin letters; else keys act by place.
        placed: The system says where a key lies, as far as is known.
        place: What a US keyboard has where the last key was pressed.
    """

    typing_changed = Signal(bool)
    changed = Signal()
    layout_changed = Signal()

    def __init__(self, preferences: Preferences, notices: Notices, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.page = "start"
        self.guard_ms = GUARD_MS
        self.painted_case: int | None = None
        self._painted_at = 0.0
        self._preferences = preferences
        self._notices = notices
        self._bound: dict[tuple[str, str], tuple[Handler, Enabled]] = {}
        self.latin = True
        self.placed = True
        self.place = ""
        self._repeats = HeldKeys()
        self._held: dict[int, Handler] = {}
        self._letting_go: dict[int, QTimer] = {}
        self._capture: Callable[[str], object] | None = None
        self._typing = False
        self._table: dict[str, list[Action]] = {}
        self._fill()
        preferences.changed.connect(self._on_preference)
        app = QApplication.instance()
        if isinstance(app, QApplication):
            app.focusChanged.connect(_while_alive(self))

    def watch(self, window: QWidget) -> None:
        """Listen to the keys of a top-level window (main window, image window)."""
        window.winId()
        if handle := window.windowHandle():
            handle.installEventFilter(self)

    def bind(self, name: str, handler: Handler, enabled: Enabled | None = None, page: str = "") -> None:
        """Say what an action does.

        Args:
            name: Name of a declared action.
            handler: Called without arguments; with the digit (int) of a `digit` action,
                with True and False on press and release of a `hold` action.
            enabled: Returns why it cannot be done now, in words, or an empty text.
            page: Only while that page is shown; everywhere when empty.

        Raises:
            KeyError: No such action is declared.
        """
        self._bound[(BY_NAME[name].name, page)] = (handler, enabled or _always)
        self.changed.emit()

    def keys_of(self, name: str) -> tuple[str, ...]:
        """Return an action's keys, the reader's own where chosen."""
        chosen = self._preferences.key_choices.get(name)
        return tuple(chosen) if chosen is not None else BY_NAME[name].keys

    def hint(self, name: str) -> str:
        """Return the first key of an action as this system writes it; empty when it has none."""
        keys = self.keys_of(name)
        return QKeySequence(keys[0]).toString(QKeySequence.SequenceFormat.NativeText) if keys else ""

    def why_not(self, name: str) -> str | None:
        """Return why an action cannot be done now; empty when it can, None when nothing is bound."""
        bound = self._find(name)
        return None if bound is None else bound[1]()

    def trigger(self, name: str, *facts: object) -> bool:
        """Do an action (from a menu, the palette or a button); a disabled one says why.

        Returns:
            Whether it was done.
        """
        bound = self._find(name)
        if bound is None:
            return False
        handler, enabled = bound
        if words := enabled():
            self._notices.tell(words)
            return False
        if BY_NAME[name].hold and not facts:
            handler(True)
            facts = (False,)
        handler(*facts)
        return True

    def capture(self, handler: Callable[[str], object]) -> None:
        """Give the next key's text to a handler instead (an empty text for Esc)."""
        self._capture = handler

    def case_opening(self) -> None:
        """A case is coming: label keys are off until it is painted."""
        self.painted_case = None

    def case_painted(self, case_id: int) -> None:
        """A case stands on the screen from now on; told again for the same case, nothing starts anew."""
        if self.painted_case != case_id:
            self.painted_case = case_id
            self._painted_at = time.monotonic()

    @property
    def typing(self) -> bool:
        """Whether a caret, a selection box or a cell editor has the keyboard."""
        return _is_typing(QApplication.focusWidget())

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Take the key presses that are actions; all others go on to the widget."""
        kind = event.type()
        if kind == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            return self._pressed(event)
        if kind == QEvent.Type.KeyRelease and isinstance(event, QKeyEvent):
            return self._released(event)
        if kind == QEvent.Type.FocusOut:
            self._forget_held()
        return super().eventFilter(watched, event)

    def _pressed(self, event: QKeyEvent) -> bool:
        repeat = self._repeats.press(event)
        self._see_layout(event)
        if self._capture is not None and event.key() not in _ONLY_MODIFIER:
            if not repeat:
                handler, self._capture = self._capture, None
                handler("" if event.key() == Qt.Key.Key_Escape else event.text())
            return True
        for text in texts(event, latin=self.latin):
            for action in self._table.get(text, ()):
                if self._applies(action, event) and (bound := self._find(action.name)):
                    self._act(action, bound, event, text, repeat=repeat)
                    return True
        if repeat and event.key() in _PRESSING:
            return isinstance(QApplication.focusWidget(), QAbstractButton)
        self._say_unknown(event)
        return False

    def _released(self, event: QKeyEvent) -> bool:
        self._repeats.release(event)
        key = key_of(event)
        if event.isAutoRepeat() or key not in self._held:
            return False
        if event.timestamp():
            rest = QTimer(self, singleShot=True, interval=RELEASE_MS)
            rest.timeout.connect(lambda: self._let_go(key))
            self._letting_go[key] = rest
            rest.start()
        else:
            self._let_go(key)
        return True

    def _let_go(self, key: int) -> None:
        if rest := self._letting_go.pop(key, None):
            rest.stop()
            rest.deleteLater()
        if handler := self._held.pop(key, None):
            handler(False)

    def _hold_on(self, key: int) -> None:
        if rest := self._letting_go.pop(key, None):
            rest.stop()
            rest.deleteLater()

    def _forget_held(self) -> None:
        """The keyboard goes elsewhere, and what is let go there is not seen here."""
        self._repeats.forget()
        for key in list(self._held):
            self._let_go(key)

    def _see_layout(self, event: QKeyEvent) -> None:
        self.place = place_of(event)
        latin = is_latin(event.text())
        if latin is None or (latin and self.latin):
            return
        known = (self.latin, self.placed)
        self.latin, self.placed = latin, latin or bool(self.place)
        if known != (self.latin, self.placed):
            self.layout_changed.emit()

    def _say_unknown(self, event: QKeyEvent) -> None:
        lost = not self.placed and is_latin(event.text()) is False
        if lost and self.page == "reading" and not self.typing:
            self._notices.tell(
                tr(
                    "The program cannot tell which key this is on your keyboard layout. Nothing was done. "
                    "Switch to a Latin layout, or use the mouse."
                )
            )

    def _applies(self, action: Action, event: QKeyEvent) -> bool:
        if action.native:
            return False
        focus = QApplication.focusWidget()
        if _is_typing(focus):
            return action.scope == EVERYWHERE and not _writes(event) and not _field_wants(action, focus)
        if action.scope == EVERYWHERE:
            return not _writes(event) or bool(self._preferences.get("reading_keys"))
        if event.key() in _ARROWS and isinstance(focus, (QAbstractItemView, QAbstractSlider, QComboBox)):
            return False
        if event.key() in _ENTER and isinstance(focus, QAbstractItemView) and action.scope == "reading":
            return False
        return action.scope == self.page and (action.scope != "reading" or self._preferences.get("reading_keys"))

    def _act(
        self,
        action: Action,
        bound: tuple[Handler, Enabled],
        event: QKeyEvent,
        text: str,
        *,
        repeat: bool,
    ) -> None:
        if repeat:
            self._hold_on(key_of(event))
        if repeat and not action.repeat:
            return
        if action.guarded and not self._may_label():
            self._notices.tell(
                tr("The case has only just appeared. Nothing was labelled. Look, then press the key again.")
            )
            return
        handler, enabled = bound
        if words := enabled():
            self._notices.tell(words)
        elif action.hold:
            self._held[key_of(event)] = handler
            handler(True)
        elif action.digit:
            handler(int(text))
        elif action.name == "pan":
            handler(text)
        else:
            handler()

    def _may_label(self) -> bool:
        if self.page != "reading":
            return False
        if self.painted_case is None:
            return False
        return (time.monotonic() - self._painted_at) * 1000 >= self.guard_ms

    def _find(self, name: str) -> tuple[Handler, Enabled] | None:
        return self._bound.get((name, self.page)) or self._bound.get((name, ""))

    def _fill(self) -> None:
        self._table = {}
        for action in ACTIONS:
            for key in self.keys_of(action.name):
                self._table.setdefault(portable(key), []).append(action)

    def _on_preference(self, name: str) -> None:
        if name == "keys":
            self._fill()
            self.changed.emit()

    def focus_moved(self, _old: QWidget | None, new: QWidget | None) -> None:
        """Tell when a caret comes into a field, or leaves it."""
        typing = _is_typing(new)
        if typing != self._typing:
            self._typing = typing
            self.typing_changed.emit(typing)


def _while_alive(keys: Keys) -> Callable[[QWidget | None, QWidget | None], None]:
    """Return what the application tells a change of focus to: nobody once the dispatcher is gone.

    The application outlives it; a window that is torn down moves the focus a last time.
    """
    alive = weakref.ref(keys)

    def told(old: QWidget | None, new: QWidget | None) -> None:
        found = alive()
        if found is not None and isValid(found):
            found.focus_moved(old, new)

    return told


_ONLY_MODIFIER = {
    Qt.Key.Key_Shift,
    Qt.Key.Key_Control,
    Qt.Key.Key_Alt,
    Qt.Key.Key_Meta,
    Qt.Key.Key_AltGr,
    Qt.Key.Key_CapsLock,
}


def _always() -> str:
    return ""


def _is_typing(focus: QWidget | None) -> bool:
    if QApplication.activePopupWidget() is not None:
        return True
    if isinstance(focus, (QLineEdit, QTextEdit, QPlainTextEdit)):
        return not focus.isReadOnly()
    if isinstance(focus, (QAbstractSpinBox, QKeySequenceEdit)):
        return True
    if isinstance(focus, QComboBox) and focus.isEditable():
        return True
    return focus is not None and bool(focus.property("typing"))


def _writes(event: QKeyEvent) -> bool:
    """Tell whether a key writes a sign where a caret is; in a field it is the field's."""
    held = event.modifiers() & (Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier)
    return not held and bool(event.text()) and event.text().isprintable()


def _field_wants(action: Action, focus: QWidget | None) -> bool:
    """Tell whether a field in use keeps an action's key: Esc, and undo of its own typing."""
    if action.name == "leave":
        return True
    if isinstance(focus, QAbstractSpinBox):
        focus = focus.findChild(QLineEdit)
    if action.name == "undo":
        if isinstance(focus, QLineEdit):
            return focus.isUndoAvailable()
        if isinstance(focus, (QTextEdit, QPlainTextEdit)):
            return focus.document().isUndoAvailable()
    if action.name == "redo":
        if isinstance(focus, QLineEdit):
            return focus.isRedoAvailable()
        if isinstance(focus, (QTextEdit, QPlainTextEdit)):
            return focus.document().isRedoAvailable()
    return False


def send_keys(window: QWidget, *keys: str) -> None:
    """Press and release keys as a person would, through the window (for tests and demos).

    Args:
        window: A shown top-level window.
        keys: Keys in portable text, such as "2", "Enter", "Ctrl+Z".
    """
    handle = window.windowHandle()
    for key in keys:
        combination = QKeyCombination.fromCombined(QKeySequence(key)[0].toCombined())  # type: ignore[index]
        text = key if len(key) == 1 and not key.isalpha() else key.lower() if len(key) == 1 else ""
        for kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
            event = QKeyEvent(kind, combination.key(), combination.keyboardModifiers(), text)
            QCoreApplication.sendEvent(handle, event)
