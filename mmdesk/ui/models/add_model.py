"""Which field is which, and what a model made elsewhere expects of them: the person says or confirms it."""

from __future__ import annotations

from PySide6.QtWidgets import QDialog, QScrollArea, QVBoxLayout, QWidget

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
from mmdesk.core.model.reading import Reading, usual_reading
from mmdesk.ui.models.end_card import EndCard
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
        self.resize(720, 600)
        self._foreign, self._schema = foreign, schema
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
        area.setWidget(inside)
        self.words = label(kind="quiet", wrap=True)
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
        layout.addWidget(area, 1)
        layout.addWidget(self.words)
        layout.addLayout(row(0, button("Cancel", self.reject), self.ok))
        self._check()

    @property
    def found(self) -> Match | None:
        """The match as it stands; None while it is not complete."""
        said = {name: card.names for name, card in self.cards.items() if card.names and card.names != [tr(NOT_USED)]}
        targets = [said[end.name][0] for end in self._foreign.outputs if end.name in said]
        if len(set(targets)) != len(targets):
            self.words.setText(tr("Two outputs cannot be the same target."))
            return None
        if unsaid := [end for end in self._foreign.inputs if end.name not in said]:
            self.words.setText(tr("Say which fields {say} takes.", say=unsaid[0].say()))
            return None
        try:
            found = match(self._foreign, self._schema, said)
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
        usual = usual_reading(self._foreign, found, self._schema)
        answers = [one for name, card in self.cards.items() if usual.of(name) for one in card.said()]
        try:
            return usual.said(answers).checked(self._foreign, found, self._schema)
        except Situation as why:
            self.words.setText(why.say())
            return None

    def _card(self, cards: QVBoxLayout, end: End, options: list[str], chosen: str, *, typed: bool) -> None:
        card = EndCard(end, options, chosen, typed=typed, changed=self._check)
        self.cards[end.name] = card
        cards.addWidget(card)

    def _check(self) -> None:
        if len(self.cards) < len(self._foreign.inputs) + len(self._foreign.outputs):
            return
        found = self.found
        if found is not None:
            usual = usual_reading(self._foreign, found, self._schema)
            for name, card in self.cards.items():
                card.ask(usual.of(name), {})
        self.ok.setEnabled(found is not None and self.reading is not None)


def takes_numbers(end: End, schema: Schema) -> bool:
    """Tell whether an input takes some of a project's numbers at once, so that they can be typed."""
    width = end.shape[0] if len(end.shape) == 1 else 1
    numbers = sum(kind_of(one).form is Form.SCALAR for one in schema.inputs)
    return width is not None and 1 < width <= numbers


def ask_match(parent: QWidget, foreign: Foreign, schema: Schema) -> tuple[Match, Reading] | None:
    """Ask how a model fits the project.

    Args:
        parent: Window that asks.
        foreign: The model.
        schema: The project's fields.

    Returns:
        The match and what is said of inputs and outputs; None when the person stepped back.

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
    dialog = AddModel(parent, foreign, schema, found)
    if dialog.exec() and (chosen := dialog.found) and (reading := dialog.reading):
        return chosen, reading
    return None
