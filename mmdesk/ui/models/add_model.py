"""Which field is which, and what a model made elsewhere expects of them: the person says or confirms it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QFrame, QScrollArea, QVBoxLayout, QWidget

from mmdesk.core.errors import ModelProblem, Situation
from mmdesk.core.fields.kind import Form
from mmdesk.core.fields.kinds import kind_of
from mmdesk.core.fields.schema import Schema
from mmdesk.core.model.foreign import (
    End,
    Foreign,
    Match,
    fields_for,
    match,
    say_open,
    why_no_target,
)
from mmdesk.core.model.proof import Proof
from mmdesk.core.model.reading import Reading
from mmdesk.core.model.suggested import suggested
from mmdesk.ui.models.end_card import EndCard
from mmdesk.ui.models.proof_view import ProofView
from mmdesk.ui.parts.parts import button, label, row
from mmdesk.words import QT_TR_NOOP, tr

NOT_USED = QT_TR_NOOP("not used")


class AddModel(QDialog):
    """One card for each input and output of the model.

    Args:
        parent: Window that asks.
        foreign: The model.
        schema: The project's fields.
        found: What names and shapes say.
    """

    def __init__(self, parent: QWidget, foreign: Foreign, schema: Schema, found: Match) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Add a model"))
        self.resize(1180, 660)
        self.foreign, self._schema = foreign, schema
        self.on_try: Callable[[], object] = lambda: None
        self.proof = ProofView(self._take)
        self._better: Reading | None = None
        self.cards: dict[str, EndCard] = {}
        inside = QWidget()
        cards = QVBoxLayout(inside)
        for end in foreign.inputs:
            some = [", ".join(names) for names in fields_for(end, schema, set())]
            typed = takes_numbers(end, schema)
            self._card(cards, end, some, ", ".join(found.inputs.get(end.name, ())), typed=typed)
        for end in foreign.outputs:
            some = [one.name for one in schema.targets if not why_no_target(end, one)]
            self._card(cards, end, [*some, tr(NOT_USED)], found.outputs.get(end.name, tr(NOT_USED)), typed=False)
        cards.addStretch(1)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(inside)
        self.words = label(kind="quiet", wrap=True)
        self.trying = button(tr("Try it"), self._try)
        self.ok = button(tr("Add as a candidate"), self.accept, primary=True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 16, 16, 16)
        layout.setSpacing(12)
        said = tr(
            "{file} passed the gate. Which field is which, and what does the model expect of it? "
            "It waits as a candidate afterwards.",
            file=foreign.file,
        )
        layout.addWidget(label(said, wrap=True))
        layout.addLayout(row(area, self.proof, space=12), 1)
        layout.addWidget(self.words)
        layout.addLayout(row(self.trying, 0, button("Cancel", self.reject), self.ok))
        self._check()

    @property
    def found(self) -> Match | None:
        """The match as it stands; None while it is not complete."""
        said = {name: card.names for name, card in self.cards.items() if card.names and card.names != [tr(NOT_USED)]}
        targets = [said[end.name][0] for end in self.foreign.outputs if end.name in said]
        if len(set(targets)) != len(targets):
            self.words.setText(tr("Two outputs cannot be the same target."))
            return None
        if unsaid := [end for end in self.foreign.inputs if end.name not in said]:
            self.words.setText(tr("Say which fields {say} takes.", say=unsaid[0].say()))
            return None
        try:
            found = match(self.foreign, self._schema, said)
        except Situation as why:
            self.words.setText(why.say())
            return None
        kept = {name: target for name, target in found.outputs.items() if name in said}
        found = Match(found.inputs, kept, (), found.fitting)
        self.words.setText("" if found.complete else tr("Choose a target for at least one output."))
        return found if found.complete else None

    @property
    def reading(self) -> Reading | None:
        """What is said of each input and output; None where an answer cannot be used, which is said."""
        found = self.found
        if found is None:
            return None
        usual, _reasons = suggested(self.foreign, found, self._schema)
        answers = [one for name, card in self.cards.items() if usual.of(name) for one in card.said()]
        try:
            return usual.said(answers).checked(self.foreign, found, self._schema)
        except Situation as why:
            self.words.setText(why.say())
            return None

    def _card(self, cards: QVBoxLayout, end: End, options: list[str], chosen: str, *, typed: bool) -> None:
        card = EndCard(end, options, chosen, typed=typed, changed=self._check)
        self.cards[end.name] = card
        cards.addWidget(card)

    def _check(self) -> None:
        if len(self.cards) < len(self.foreign.inputs) + len(self.foreign.outputs):
            return
        found = self.found
        if found is not None:
            usual, reasons = suggested(self.foreign, found, self._schema)
            for name, card in self.cards.items():
                card.ask(usual.of(name), {key: why for (end, key), why in reasons.items() if end == name})
        ready = found is not None and self.reading is not None
        self.ok.setEnabled(ready)
        self.trying.setEnabled(ready)

    @property
    def answer(self) -> tuple[Match, Reading] | None:
        """The match and what is said of inputs and outputs; None while something is open."""
        found, reading = self.found, self.reading
        return (found, reading) if found is not None and reading is not None else None

    def show_proof(self, proof: Proof, tried: tuple[Match, Reading]) -> None:
        """Show what came of trying it, unless the answers have changed since.

        Args:
            proof: What was found.
            tried: What it was found for.
        """
        if self.answer != tried:
            self.proof.say(tr("Something was changed since it was tried. Try it again."))
            return
        self._better = Reading.from_json(proof.probe.reading) if proof.probe.reading is not None else None
        self.proof.show_proof(proof)

    def _try(self) -> None:
        self.on_try()

    def _take(self) -> None:
        """Put what fits the labels better into the lines."""
        if self._better is None:
            return
        for name, card in self.cards.items():
            reading = self._better.of(name)
            for key in card.answers if reading is not None else ():
                card.answer(key, getattr(reading, key))
        self.proof.say(tr("The lines now say what fits the labels better. Try it again to see it."))


def takes_numbers(end: End, schema: Schema) -> bool:
    """Tell whether an input takes some of a project's numbers at once, so that they can be typed."""
    width = end.shape[0] if len(end.shape) == 1 else 1
    numbers = sum(kind_of(one).form is Form.SCALAR for one in schema.inputs)
    return width is not None and 1 < width <= numbers


def dialog_for(parent: QWidget, foreign: Foreign, schema: Schema) -> AddModel:
    """Return the dialog that asks how a model fits the project.

    Args:
        parent: Window that asks.
        foreign: The model.
        schema: The project's fields.

    Raises:
        ModelProblem: No choice of fields would fit.
    """
    found = match(foreign, schema)
    unfit = [end for end in foreign.inputs if end.name in found.fitting and not found.fitting[end.name]]
    if not found.outputs or any(not takes_numbers(end, schema) for end in unfit):
        raise ModelProblem(
            tr("This model does not fit the project's fields."),
            tr("Nothing was changed."),
            f"{say_open(found, foreign)}.",
        )
    return AddModel(parent, foreign, schema, found)
