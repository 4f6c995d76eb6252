"""One encoder in the form: its inputs, each with the encoder it has, and its few settings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from mmdesk.core.recipe_edit import choice_of, choices_of
from mmdesk.core.recipe_options import encoder_options
from mmdesk.core.recipe_parts import EncoderRecipe, Recipe
from mmdesk.core.schema import Schema
from mmdesk.ui.widgets.option_group import OptionGroup
from mmdesk.ui.widgets.option_row import WORDS_WIDTH, Trouble, WordBox
from mmdesk.ui.widgets.parts import button, label, row

FOLDED: Final = 4
"""More inputs than these are shown on request."""

Signature = tuple[str, tuple[str, ...], tuple[str, ...], tuple[tuple[tuple[str, str], ...], ...]]
"""What a card is made from: the encoder's kind, inputs and options, and what each input may choose."""


class InputRow(QWidget):
    """One input and a box to choose its encoder.

    Signals:
        chosen: The input, and a value of `core.recipe_edit.choices_of`.
    """

    chosen = Signal(str, str)

    def __init__(self, name: str, title: str, kind: str, choices: Sequence[tuple[str, str]]) -> None:
        super().__init__()
        self.name = name
        self.box = WordBox()
        self.box.setAccessibleName(f"Encoder of {title}")
        for value, said in choices:
            self.box.addItem(said, value)
        words = label(title, wrap=True)
        words.setMinimumWidth(WORDS_WIDTH)
        layout = row(words, self.box, label(kind, kind="quiet"), 0)
        layout.setStretch(1, 1)
        self.setLayout(layout)
        self.setFocusProxy(self.box)
        self.box.activated.connect(self._on_activated)

    def show_choice(self, value: str) -> None:
        """Show which encoder the input has."""
        with QSignalBlocker(self.box):
            self.box.setCurrentIndex(self.box.findData(value))

    def _on_activated(self, place: int) -> None:
        self.chosen.emit(self.name, self.box.itemData(place))


class EncoderCard(QFrame):
    """An encoder's inputs and options.

    Signals:
        chosen: An input, and the encoder it is to have.
        changed: An option's key and its new value.
    """

    chosen = Signal(str, str)
    changed = Signal(str, object)

    def __init__(self, recipe: Recipe, encoder: EncoderRecipe, schema: Schema) -> None:
        super().__init__()
        self.setProperty("kind", "card")
        self.signature = signature_of(recipe, encoder, schema)
        self.inputs: dict[str, InputRow] = {}
        self._recipe, self._schema = recipe, schema
        self._folded = encoder.inputs[1:] if len(encoder.inputs) > FOLDED else ()
        self.trouble = Trouble()
        self._lines = QVBoxLayout()
        self._lines.setSpacing(4)
        for name in encoder.inputs[: -len(self._folded) or None]:
            self._add(name)
        self.fold = button(f"Show all {len(encoder.inputs)} inputs", self._unfold)
        self.fold.setVisible(bool(self._folded))
        self.options = OptionGroup(encoder_options(encoder), encoder)
        self.options.changed.connect(self.changed)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 8, 12, 8)
        column.setSpacing(4)
        column.addLayout(self._lines)
        column.addLayout(row(self.fold, 0))
        column.addWidget(self.trouble)
        column.addWidget(self.options)

    def show_encoder(self, recipe: Recipe, encoder: EncoderRecipe) -> None:
        """Show the values of an encoder with the same signature."""
        self._recipe = recipe
        for name, line in self.inputs.items():
            line.show_choice(choice_of(recipe, name))
        self.options.show_values(encoder)

    def reveal(self, name: str) -> QWidget | None:
        """Return what edits an input's encoder, unfolded; None when it is not here."""
        if name in self._folded:
            self._unfold()
        return self.inputs.get(name)

    def _add(self, name: str) -> None:
        line = input_row(self._recipe, self._schema, name)
        line.chosen.connect(self.chosen)
        line.show_choice(choice_of(self._recipe, name))
        self.inputs[name] = line
        self._lines.addWidget(line)

    def _unfold(self) -> None:
        names, self._folded = self._folded, ()
        for name in names:
            self._add(name)
        self.fold.hide()


def input_row(recipe: Recipe, schema: Schema, name: str) -> InputRow:
    """Return the row of an input; a name that the schema does not know has nothing to choose."""
    known = {field.name: field for field in schema.inputs}
    field = known.get(name)
    if field is None:
        return InputRow(name, name, "no such input", [(choice_of(recipe, name), "there is no such input")])
    return InputRow(name, field.title, field.kind, choices_of(recipe, schema, name))


def signature_of(recipe: Recipe, encoder: EncoderRecipe, schema: Schema) -> Signature:
    """Return what a card for an encoder is made from; with the same one a card can be used again."""
    known = {field.name for field in schema.inputs}
    choices = tuple(
        tuple(choices_of(recipe, schema, name)) if name in known else () for name in encoder.inputs
    )
    options = tuple(option.key for option in encoder_options(encoder))
    return encoder.kind, encoder.inputs, options, choices
