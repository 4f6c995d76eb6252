"""One encoder in the form: its inputs, each with the encoder it has, and its few settings."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from mmdesk.core.fields.schema import Schema
from mmdesk.core.recipe.edit import choice_of, choices_of
from mmdesk.core.recipe.encoder import Encoder
from mmdesk.core.recipe.parts import Recipe
from mmdesk.ui.parts.parts import button, label, row
from mmdesk.ui.parts.scale import scaled
from mmdesk.ui.recipe.option_group import OptionGroup
from mmdesk.ui.recipe.option_row import WORDS_WIDTH, Trouble, WordBox, add_trouble
from mmdesk.words import tr

_KIND_WIDTH: Final = 60
FOLDED: Final = 4
"""More inputs than these are shown on request."""

Signature = tuple[str, tuple[str, ...], tuple[str, ...]]
"""What a card is made from: the encoder's kind, its inputs and its options."""


class InputRow(QWidget):
    """One input and a box to choose its encoder.

    Signals:
        chosen: The input, and a value of `core.recipe_edit.choices_of`.
    """

    chosen = Signal(str, str)

    def __init__(self, name: str, schema: Schema) -> None:
        super().__init__()
        self.name = name
        self._schema = schema
        self._field = next((field for field in schema.inputs if field.name == name), None)
        title, kind = (self._field.title, self._field.kind) if self._field else (name, tr("no such input"))
        self.box = WordBox()
        self.box.setAccessibleName(tr("Encoder of {title}", title=title))
        self._choices: list[tuple[str, str]] = []
        words = label(title, wrap=True)
        words.setMinimumWidth(scaled(self, WORDS_WIDTH))
        of_kind = label(kind, kind="quiet")
        of_kind.setMinimumWidth(scaled(self, _KIND_WIDTH))
        layout = row(words, self.box, of_kind)
        layout.setStretch(1, 1)
        self.setLayout(layout)
        self.setFocusProxy(self.box)
        self.box.activated.connect(self._on_activated)

    def show_choice(self, recipe: Recipe) -> None:
        """Show which encoder the input has, among those that it may have."""
        value = choice_of(recipe, self.name)
        nothing = [(value, tr("there is no such input"))]
        choices = choices_of(recipe, self._schema, self.name) if self._field else nothing
        with QSignalBlocker(self.box):
            if choices != self._choices:
                self._choices = choices
                self.box.clear()
                for own, said in choices:
                    self.box.addItem(said, own)
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

    def __init__(self, recipe: Recipe, encoder: Encoder, schema: Schema) -> None:
        super().__init__()
        self.setProperty("kind", "card")
        self.signature = signature_of(encoder)
        self.inputs: dict[str, InputRow] = {}
        self._recipe, self._schema = recipe, schema
        self._folded = encoder.inputs[1:] if len(encoder.inputs) > FOLDED else ()
        self._trouble: Trouble | None = None
        self._fold: QWidget | None = None
        self._lines = QVBoxLayout()
        self._lines.setSpacing(4)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 8, 12, 8)
        column.setSpacing(4)
        column.addLayout(self._lines)
        for name in encoder.inputs[: -len(self._folded) or None]:
            self._add(name)
        if self._folded:
            self._fold = button(tr("Show all {count} inputs", count=len(encoder.inputs)), self._unfold)
            column.addLayout(row(self._fold, 0))
        self.options = OptionGroup(encoder.shown_options(), encoder)
        self.options.changed.connect(self.changed)
        column.addWidget(self.options)

    @property
    def trouble(self) -> Trouble:
        """Where it is said why this encoder cannot be so; made when it is first needed."""
        if self._trouble is None:
            self._trouble = add_trouble(self)
        return self._trouble

    def show_encoder(self, recipe: Recipe, encoder: Encoder) -> None:
        """Show the values of an encoder with the same signature."""
        self._recipe = recipe
        for line in self.inputs.values():
            line.show_choice(recipe)
        self.options.show_values(encoder)

    def reveal(self, name: str) -> QWidget | None:
        """Return what edits an input's encoder, unfolded; None when it is not here."""
        if name in self._folded:
            self._unfold()
        return self.inputs.get(name)

    def _add(self, name: str) -> None:
        line = InputRow(name, self._schema)
        line.chosen.connect(self.chosen)
        line.show_choice(self._recipe)
        self.inputs[name] = line
        self._lines.addWidget(line)

    def _unfold(self) -> None:
        names, self._folded = self._folded, ()
        for name in names:
            self._add(name)
        if self._fold is not None:
            self._fold.hide()


def signature_of(encoder: Encoder) -> Signature:
    """Return what a card for an encoder is made from; with the same one a card can be used again."""
    return encoder.kind, encoder.inputs, tuple(option.key for option in encoder.shown_options())
