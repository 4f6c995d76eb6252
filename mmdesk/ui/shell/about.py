"""About mmdesk: what it is, what it is for, which build this is, whose work is in it."""

from __future__ import annotations

from typing import Final

from PySide6.QtGui import QFontDatabase, QIcon, QTextDocument
from PySide6.QtWidgets import QDialog, QLineEdit, QPlainTextEdit, QSizePolicy, QVBoxLayout, QWidget

from mmdesk.support import build
from mmdesk.support.policy import Policy, policy
from mmdesk.support.resources import resource
from mmdesk.ui.parts.parts import button, label, row
from mmdesk.words import QT_TR_NOOP, tr

_PURPOSE: Final = QT_TR_NOOP(
    "Read cases of images and fields side by side, with a model that learns from your corrections. "
    "It makes no claim of diagnostic display quality."
)
_LICENCES: Final = QT_TR_NOOP(
    "Apache License 2.0. Icons by Lucide (ISC). Qt by The Qt Company (LGPL 3). EfficientNet-Lite0 weights (Apache 2.0)."
)
_FLAVOURS: Final = {
    build.FULL: "everything",
    build.READER: QT_TR_NOOP("everything but training, which needs the full mmdesk"),
    build.CHECKOUT: QT_TR_NOOP("run from its source"),
}
_WHERE: Final = QT_TR_NOOP("mmdesk never looks for newer versions itself. They come from where you got this one.")


class About(QDialog):
    """Version, commit, build date, purpose, licences, and where newer versions are found."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("About mmdesk"))
        self.setMinimumWidth(520)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 24, 24, 16)
        layout.setSpacing(12)
        drawing = label()
        drawing.setPixmap(QIcon(str(resource("themes", "mmdesk.svg"))).pixmap(40, 40))
        chip = label(tr("Research use only"), kind="chip")
        chip.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        layout.addLayout(row(drawing, label("mmdesk", size="page"), 0, chip, space=12))
        for words in (
            build_words(),
            tr(_PURPOSE),
            tr("Works offline. Nothing leaves this computer."),
            update_words(policy()),
            tr(_LICENCES),
        ):
            if words:
                layout.addWidget(label(words, wrap=True))
        layout.addLayout(
            row(button(tr("Show all licences"), self._licences), 0, button("Close", self.accept, primary=True))
        )

    def _licences(self) -> None:
        Licences(self).open()


class Licences(QDialog):
    """The parts of this build with their licences, whole, with a line to search in them."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle("Licences")
        self.resize(860, 640)
        self.text = QPlainTextEdit(licence_words())
        self.text.setReadOnly(True)
        self.text.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self.text.setAccessibleName("Licences")
        self.line = QLineEdit(placeholderText=tr("Find a part or a word, Enter for the next"))
        self.line.setAccessibleName("Find")
        self.line.returnPressed.connect(self._find)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 16, 16, 16)
        layout.setSpacing(12)
        layout.addWidget(self.line)
        layout.addWidget(self.text, 1)
        layout.addLayout(row(0, button("Close", self.accept, primary=True)))

    def _find(self) -> None:
        """Go to the next place, and from the last one to the first."""
        if not self.text.find(self.line.text()):
            start = self.text.textCursor()
            start.setPosition(0)
            self.text.setTextCursor(start)
            self.text.find(self.line.text(), QTextDocument.FindFlag(0))


def build_words() -> str:
    """Return which build this is, in words."""
    parts = [tr("Version {version}", version=build.version())]
    if build.commit():
        parts.append(tr("made from {commit}", commit=build.commit()))
    if build.build_date():
        parts.append(tr("of {build_date}", build_date=build.build_date()))
    return f"{' '.join(parts)}: {_FLAVOURS.get(build.flavour(), build.flavour())}."


def update_words(decided: Policy) -> str:
    """Return where newer versions are found; empty where the administrator says nothing of it."""
    return (decided.update_place or tr(_WHERE)) if decided.update_notice else ""


def licence_words() -> str:
    """Return the licences of all parts; in a checkout, where they are found."""
    try:
        return resource("third_party", "licences.txt").read_text(encoding="utf-8")
    except FileNotFoundError:
        own = tr(
            "An installed mmdesk lists every part with its licence here. This one runs from its source: "
            "the parts are the packages of its environment, and each carries its own licence.\n\n"
        )
        return own + resource("icons", "LICENSE").read_text(encoding="utf-8")
