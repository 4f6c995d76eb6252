"""The one line under the targets: why nothing is shown, what the prediction lacks, a reason to refer."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QSizePolicy, QStackedLayout, QWidget

from mmdesk.core.cases.case import Prediction
from mmdesk.ui.kit.icons import pixmap
from mmdesk.ui.kit.theme import tokens
from mmdesk.ui.parts.parts import label, repolish
from mmdesk.ui.parts.scale import scaled
from mmdesk.words import tr

LINES = 3


class TargetsLine(QWidget):
    """Keeps its height whatever it says, so that revealing moves nothing.

    Attributes:
        reason_given: Why the case is referred.
        left: The reason was given or given up.
        mode: What is on, such as what-if, in words; empty for nothing.
        nothing: Words that stand there while there is no prediction.
    """

    reason_given = Signal(str)
    left = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.nothing = ""
        self.mode = ""
        self._warning = ""
        self._icon_name = ""
        self.icon = QLabel()
        self.icon.setFixedWidth(scaled(self, 20))
        self.words = label(size="caption", wrap=True)
        self.words.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.words.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Ignored)
        self.reason = _Reason(self)
        said = QWidget()
        row = QHBoxLayout(said)
        row.setContentsMargins(0, 2, 0, 0)
        row.setSpacing(4)
        row.addWidget(self.icon, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self.words, 1)
        asked = QWidget()
        asked_row = QHBoxLayout(asked)
        asked_row.setContentsMargins(0, 2, 0, 0)
        asked_row.addWidget(self.reason, 0, Qt.AlignmentFlag.AlignTop)
        self._stack = QStackedLayout(self)
        self._stack.addWidget(said)
        self._stack.addWidget(asked)
        self.setFixedHeight(LINES * (self.fontMetrics().lineSpacing() + 1) + 6)

    def tell(self, words: str) -> None:
        """Say something before all else; empty takes it away."""
        self._warning = words

    def show_state(
        self, *, hidden: bool, prediction: Prediction | None, titles: Mapping[str, str], look_only: str
    ) -> None:
        """Say what matters most now."""
        if self._warning:
            self._show("info", self._warning, danger=True)
        elif self.mode:
            self._show("flask-conical", self.mode)
        elif look_only:
            self._show("lock", look_only)
        elif hidden:
            self._show("lock", tr("Hidden until you store your label."))
        elif prediction is not None:
            self._show(*_about(prediction, titles))
        else:
            self._show("", self.nothing)

    def ask(self) -> None:
        """Ask for a reason; Enter gives it, Esc gives up."""
        self.reason.clear()
        self._stack.setCurrentIndex(1)
        self.reason.setFocus()

    def stop_asking(self) -> None:
        """Stop asking."""
        self._stack.setCurrentIndex(0)
        self.left.emit()

    def retheme(self) -> None:
        """Take the icon in the theme's colour."""
        name, self._icon_name = self._icon_name, ""
        self._set_icon(name)

    def _show(self, icon_name: str, words: str, *, danger: bool = False) -> None:
        if words != self.words.text():
            self.words.setText(words)
            self.words.setToolTip(words)
        kind = "danger" if danger else ""
        if (self.words.property("kind") or "") != kind:
            self.words.setProperty("kind", kind)
            repolish(self.words)
        self._set_icon(icon_name)

    def _set_icon(self, name: str) -> None:
        if name != self._icon_name:
            self._icon_name = name
            if name:
                self.icon.setPixmap(pixmap(name, tokens().text2, scaled(self, 14), self.devicePixelRatioF()))
            else:
                self.icon.clear()


class _Reason(QLineEdit):
    def __init__(self, line: TargetsLine) -> None:
        super().__init__(line)
        self._line = line
        self.setPlaceholderText(tr("Why? Enter refers, Esc does not"))
        self.setAccessibleName(tr("Reason to refer"))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter refers, Esc gives up."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._line.stop_asking()
            self._line.reason_given.emit(self.text().strip())
        elif event.key() == Qt.Key.Key_Escape:
            self._line.stop_asking()
        else:
            super().keyPressEvent(event)


def _about(prediction: Prediction, titles: Mapping[str, str]) -> tuple[str, str]:
    """Return icon and words on what a prediction lacks; else whose it is."""

    def named(names: tuple[str, ...]) -> str:
        return ", ".join(titles.get(name, name) for name in names)

    parts = []
    if prediction.stale:
        parts.append(tr("Of earlier values; computed again now."))
    if prediction.unlike:
        parts.append(
            tr(
                "Unlike the training cases: {inputs} looks different. Read it yourself.",
                inputs=named(prediction.unlike),
            )
        )
    if prediction.missing:
        one = len(prediction.missing) == 1
        parts.append(
            tr("{inputs} missing. Predicted without it.", inputs=named(prediction.missing))
            if one
            else tr("{inputs} missing. Predicted without them.", inputs=named(prediction.missing))
        )
    if parts:
        return "info", " ".join(parts)
    return "", tr("Prediction by {version}.", version=prediction.version)
