"""Three cases as a model made elsewhere sees them, and how it fits the labels, before it is taken."""

from __future__ import annotations

import base64
from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QFrame, QLabel, QScrollArea, QVBoxLayout, QWidget

from mmdesk.core.model.proof import Proof, SeenCase
from mmdesk.ui.parts.parts import button, label, row
from mmdesk.words import tr


class ProofView(QScrollArea):
    """Shows the proof of a model.

    Args:
        take: Called when the person takes what fits the labels better.
    """

    def __init__(self, take: Callable[[], object]) -> None:
        super().__init__()
        self._take = take
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.said: list[str] = []
        self.better = button(tr("Take what fits better"), take)
        self.say(
            tr(
                "Try it to see three cases as the model will see them, with its answers, and how it fits the "
                "labels. Nothing is added by that."
            )
        )

    def wait(self) -> None:
        """Say that it is being tried."""
        self.say(tr("The model is being tried. You can go on meanwhile."))

    def say(self, words: str) -> None:
        """Show words alone."""
        self._fill([label(words, kind="quiet", wrap=True)], [words])

    def show_proof(self, proof: Proof) -> None:
        """Show what came of trying it."""
        parts: list[QWidget] = []
        said: list[str] = []
        probe = proof.probe
        parts.append(label(probe.say(), wrap=True))
        said.append(probe.say())
        if probe.reading is not None:
            self.better = button(tr("Take what fits better"), self._take)
            self.better.setToolTip(probe.instead)
            parts.append(self.better)
        for words, *figures in probe.table() if probe.rows else []:
            said.append(f"{words}: {', '.join(figures)}")
            parts.append(label(said[-1], kind="quiet", size="caption", wrap=True))
        for case in proof.cases:
            parts.append(_case(case))
            said.append(case.say())
        self._fill(parts, said)

    def _fill(self, parts: list[QWidget], said: list[str]) -> None:
        self.said = said
        inside = QWidget()
        layout = QVBoxLayout(inside)
        layout.setContentsMargins(8, 0, 8, 0)
        for part in parts:
            layout.addWidget(part)
        layout.addStretch(1)
        self.setWidget(inside)


def _case(case: SeenCase) -> QWidget:
    card = QFrame()
    card.setProperty("kind", "card")
    layout = QVBoxLayout(card)
    answers = ", ".join(f"{name}: {words}" for name, words in case.answers.items()) or case.why
    labels = ", ".join(f"{name}: {words}" for name, words in case.labels.items())
    layout.addWidget(label(case.name, size="section"))
    pictures = [one for one in case.inputs if one.picture]
    if pictures:
        layout.addLayout(row(*(_picture(one.picture, one.end) for one in pictures), 0))
    for one in case.inputs:
        layout.addWidget(label(f"{one.end}: {one.words}", kind="quiet", size="caption", wrap=True))
    layout.addWidget(label(tr("The model: {answers}", answers=answers), wrap=True))
    if labels:
        layout.addWidget(label(tr("Labelled: {labels}", labels=labels), kind="quiet", wrap=True))
    return card


def _picture(data: str, name: str) -> QLabel:
    shown = QLabel()
    picture = QPixmap()
    picture.loadFromData(base64.b64decode(data), "PNG")
    small = picture.height() < 64
    shown.setPixmap(picture.scaledToHeight(96, Qt.TransformationMode.FastTransformation) if small else picture)
    shown.setAccessibleName(tr("{name} as the model sees it", name=name))
    return shown
