"""Which field is which: the person confirms how a model made elsewhere fits the project."""

from __future__ import annotations

from PySide6.QtWidgets import QComboBox, QDialog, QFormLayout, QVBoxLayout, QWidget

from mmdesk.core.errors import ModelProblem
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
from mmdesk.core.model.reading import Reading
from mmdesk.ui.models.reading_form import ReadingForm
from mmdesk.ui.parts.parts import button, label, row
from mmdesk.words import QT_TR_NOOP, tr

NOT_USED = QT_TR_NOOP("not used")


class AddModel(QDialog):
    """One line for each input and output of the model, with the fields that fit it.

    Args:
        parent: Window that asks.
        foreign: The model.
        schema: The project's fields.
        found: What names and shapes say; every input has a field.
    """

    def __init__(self, parent: QWidget, foreign: Foreign, schema: Schema, found: Match) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Add a model"))
        self.setMinimumWidth(520)
        self._foreign, self._schema = foreign, schema
        self.choices: dict[str, QComboBox] = {}
        form = QFormLayout()
        for end in foreign.inputs:
            options = [", ".join(some) for some in fields_for(end, schema, set())]
            self._line(form, end, options, ", ".join(found.inputs[end.name]))
        for end in foreign.outputs:
            options = [one.name for one in schema.targets if not why_no_target(end, one)]
            self._line(form, end, [*options, tr(NOT_USED)], found.outputs.get(end.name, tr(NOT_USED)))
        self.reading = ReadingForm(form, schema)
        for line in self.reading.orders.values():
            line.textChanged.connect(self._check)
        self.words = label(kind="quiet", wrap=True)
        self.ok = button(tr("Add as a candidate"), self.accept, primary=True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 16, 16, 16)
        layout.setSpacing(12)
        said = tr(
            "{file} passed the gate. Which field is which? It waits as a candidate afterwards.", file=foreign.file
        )
        layout.addWidget(label(said, wrap=True))
        layout.addLayout(form)
        layout.addWidget(self.words)
        layout.addLayout(row(0, button("Cancel", self.reject), self.ok))
        self._check()

    @property
    def found(self) -> Match | None:
        """The match as it stands; None while it is not complete."""
        said = {
            name: [part.strip() for part in box.currentText().split(",")]
            for name, box in self.choices.items()
            if box.currentText() != NOT_USED
        }
        if problem := self.reading.problem:
            self.words.setText(problem)
            return None
        targets = [said[end.name][0] for end in self._foreign.outputs if end.name in said]
        if len(set(targets)) != len(targets):
            self.words.setText(tr("Two outputs cannot be the same target."))
            return None
        try:
            found = match(self._foreign, self._schema, said)
        except ModelProblem as why:
            self.words.setText(why.say())
            return None
        kept = {name: target for name, target in found.outputs.items() if name in said}
        found = Match(found.inputs, kept, (), found.fitting)
        self.words.setText("" if found.complete else tr("Choose a target for at least one output."))
        return found if found.complete else None

    def _line(self, form: QFormLayout, end: End, options: list[str], chosen: str) -> None:
        if not options:
            form.addRow(label(end.say()), label(chosen))
            return
        box = QComboBox()
        box.addItems(options)
        box.setCurrentText(chosen)
        box.setAccessibleName(end.name)
        box.currentTextChanged.connect(self._check)
        self.choices[end.name] = box
        form.addRow(label(end.say()), box)

    def _check(self, _text: str = "") -> None:
        self.ok.setEnabled(self.found is not None)


def ask_match(parent: QWidget, foreign: Foreign, schema: Schema) -> tuple[Match, Reading] | None:
    """Ask how a model fits the project.

    Args:
        parent: Window that asks.
        foreign: The model.
        schema: The project's fields.

    Returns:
        The match and how the model reads its inputs; None when the person stepped back.

    Raises:
        ModelProblem: No choice of fields would fit.
    """
    found = match(foreign, schema)
    if not found.complete:
        raise ModelProblem(
            tr("This model does not fit the project's fields."),
            tr("Nothing was changed."),
            f"{say_open(found, foreign)}.",
        )
    dialog = AddModel(parent, foreign, schema, found)
    if dialog.exec() and (chosen := dialog.found):
        return chosen, dialog.reading.chosen
    return None
