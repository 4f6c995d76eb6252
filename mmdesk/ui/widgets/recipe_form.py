"""The form of a recipe: inputs with their encoders, fusion, targets, training, changed images."""

from __future__ import annotations

from typing import Any, Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QScrollArea, QVBoxLayout, QWidget

from mmdesk.core.errors import RecipeRefused
from mmdesk.core.recipe import Recipe
from mmdesk.core.recipe_options import AUGMENT, TARGET, TRAINING, fusion_options, loss_words
from mmdesk.core.recipe_parts import TargetRecipe
from mmdesk.core.schema import Field, Schema
from mmdesk.ui.widgets.encoder_card import EncoderCard, InputRow, input_row, signature_of
from mmdesk.ui.widgets.option_group import OptionGroup
from mmdesk.ui.widgets.option_row import OptionRow, Trouble
from mmdesk.ui.widgets.parts import button, label, row

WIDTH: Final = 470


class RecipeForm(QScrollArea):
    """All that can be said of a recipe, section by section.

    Signals:
        encoder_chosen: An input, and the encoder it is to have.
        changed: Part, place among the encoders or name of the target, option, new value.
        mended: A `RecipeRefused` whose one way to mend was asked for.
        examples_asked: Show what training sees of the images.
        left: Esc was pressed.
    """

    encoder_chosen = Signal(str, str)
    changed = Signal(str, object, str, object)
    mended = Signal(object)
    examples_asked = Signal()
    left = Signal()

    def __init__(self, recipe: Recipe, schema: Schema) -> None:
        super().__init__()
        self._schema = schema
        self.cards: list[EncoderCard] = []
        self.left_out: dict[str, InputRow] = {}
        self.targets: dict[str, OptionRow] = {}
        self._losses: dict[str, Any] = {}
        self.troubles = {part: Trouble() for part in ("", "encoder", "fusion", "training", "augment")}
        self._shown: Trouble | None = None
        self._column = QVBoxLayout()
        self._column.setContentsMargins(0, 0, 12, 8)
        self._column.setSpacing(8)
        self.inside = QWidget()
        self.inside.setLayout(self._column)
        self.setWidget(self.inside)
        self.setWidgetResizable(True)
        self.setFixedWidth(WIDTH)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._encoders = QVBoxLayout()
        self._encoders.setSpacing(8)
        self._column.addWidget(self.troubles[""])
        self._section("Inputs", "encoder")
        self._column.addLayout(self._encoders)
        self._fusion(recipe)
        self._targets(recipe)
        self.training = self._group("Training", "training", OptionGroup(TRAINING, recipe.training))
        self.augment = OptionGroup(AUGMENT, recipe.augment)
        if schema.images:
            self._group("Images changed at random", "augment", self.augment)
            self.examples = button("Show examples", self.examples_asked.emit)
            self._column.addLayout(row(self.examples, 0))
        else:
            self.augment.setParent(self)
            self.augment.hide()
        self._column.addStretch(1)
        self.show_recipe(recipe)

    def show_recipe(self, recipe: Recipe) -> None:
        """Show a recipe; what can stay is used again, and the focus stays where it was."""
        self._show_encoders(recipe)
        if list(self.fusion.rows) != [option.key for option in fusion_options(recipe.fusion)]:
            self._fusion_again(recipe)
        self.fusion.show_values(recipe.fusion)
        self.training.show_values(recipe.training)
        self.augment.show_values(recipe.augment)
        for target in self._schema.targets:
            self._losses[target.name].setText(loss_words(recipe, target))
            if line := self.targets.get(target.name):
                line.show_value(recipe.scale_of(target.name))

    def show_problem(self, recipe: Recipe, problem: RecipeRefused | None) -> None:
        """Say beside its place why the recipe cannot work; None takes the words away."""
        if self._shown is not None:
            self._shown.hide()
        self._shown = self._trouble_of(recipe, problem) if problem else None
        if self._shown is not None and problem is not None:
            self._shown.say(problem, lambda: self.mended.emit(problem))

    def focus_part(self, part: str, name: str = "") -> None:
        """Give the keyboard to what edits an input's encoder, the fusion or a target."""
        found: QWidget | None = None
        if part == "encoder":
            found = self.left_out.get(name) or next(
                (line for card in self.cards if (line := card.reveal(name)) is not None), None
            )
        elif part == "fusion":
            found = self.fusion.rows["merge"]
        elif part == "target":
            found = self.targets.get(name) or self.training.rows["epochs"]
        if found is not None:
            self.ensureWidgetVisible(found)
            found.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc gives the keyboard back to the drawing."""
        if event.key() == Qt.Key.Key_Escape:
            self.left.emit()
        else:
            super().keyPressEvent(event)

    # -- building -----------------------------------------------------------------------------

    def _section(self, words: str, part: str) -> None:
        self._column.addWidget(label(words, size="section"))
        self._column.addWidget(self.troubles[part])

    def _group(self, words: str, part: str, group: OptionGroup) -> OptionGroup:
        self._section(words, part)
        self._column.addWidget(group)
        group.changed.connect(lambda key, value: self.changed.emit(part, 0, key, value))
        return group

    def _fusion(self, recipe: Recipe) -> None:
        group = OptionGroup(fusion_options(recipe.fusion), recipe.fusion)
        self.fusion = self._group("Joined", "fusion", group)

    def _fusion_again(self, recipe: Recipe) -> None:
        """Make the fusion's rows again: only attention has heads."""
        focused = next((key for key, line in self.fusion.rows.items() if line.editor.hasFocus()), "")
        old = self.fusion
        self.fusion = OptionGroup(fusion_options(recipe.fusion), recipe.fusion)
        self.fusion.changed.connect(lambda key, value: self.changed.emit("fusion", 0, key, value))
        self._column.replaceWidget(old, self.fusion)
        old.hide()
        old.deleteLater()
        if focused in self.fusion.rows:
            self.fusion.rows[focused].setFocus()

    def _targets(self, recipe: Recipe) -> None:
        self._column.addWidget(label("Targets", size="section"))
        for target in self._schema.targets:
            loss = label(loss_words(recipe, target), kind="quiet", wrap=True)
            self._losses[target.name] = loss
            title = label(target.title, wrap=True)
            title.setFixedWidth(140)
            line = row(title, loss)
            line.setStretch(1, 1)
            self._column.addLayout(line)
            if target.kind == "number":
                self._column.addWidget(self._scale(recipe, target))

    def _scale(self, recipe: Recipe, target: Field) -> OptionRow:
        line = OptionRow(TARGET[0], recipe.scale_of(target.name))
        line.editor.setAccessibleName(f"{target.title}, learnt as")
        line.changed.connect(lambda key, value, n=target.name: self.changed.emit("target", n, key, value))
        self.targets[target.name] = line
        return line

    # -- showing ------------------------------------------------------------------------------

    def _show_encoders(self, recipe: Recipe) -> None:
        wanted = [signature_of(recipe, encoder, self._schema) for encoder in recipe.encoders]
        if wanted != [card.signature for card in self.cards] or self._left(recipe) != list(self.left_out):
            self._arrange(recipe, wanted)
        for card, encoder in zip(self.cards, recipe.encoders, strict=True):
            card.show_encoder(recipe, encoder)

    def _left(self, recipe: Recipe) -> list[str]:
        seen = {name for encoder in recipe.encoders for name in encoder.inputs}
        return [field.name for field in self._schema.inputs if field.name not in seen]

    def _arrange(self, recipe: Recipe, wanted: list[Any]) -> None:
        """Put the cards in the recipe's order; make those that are not there."""
        focused = self._focused_input()
        kept = {card.signature: card for card in self.cards}
        self.cards = []
        while (item := self._encoders.takeAt(0)) is not None:
            item.widget()
        for signature, encoder in zip(wanted, recipe.encoders, strict=True):
            card = kept.pop(signature, None) or self._card(recipe, recipe.encoders.index(encoder))
            self.cards.append(card)
            self._encoders.addWidget(card)
        for gone in [*kept.values(), *self.left_out.values()]:
            gone.hide()
            gone.deleteLater()
        self.left_out = {}
        for name in self._left(recipe):
            line = input_row(recipe, self._schema, name)
            line.chosen.connect(self.encoder_chosen)
            line.show_choice("")
            self.left_out[name] = line
            self._encoders.addWidget(line)
        if focused:
            self.focus_part("encoder", focused)

    def _card(self, recipe: Recipe, place: int) -> EncoderCard:
        card = EncoderCard(recipe, recipe.encoders[place], self._schema)
        card.chosen.connect(self.encoder_chosen)
        card.changed.connect(
            lambda key, value: self.changed.emit("encoder", self.cards.index(card), key, value)
        )
        return card

    def _focused_input(self) -> str:
        lines = [*self.left_out.items(), *(pair for card in self.cards for pair in card.inputs.items())]
        return next((name for name, line in lines if line.box.hasFocus()), "")

    def _trouble_of(self, recipe: Recipe, problem: RecipeRefused) -> Trouble:
        group: OptionGroup | None = None
        match problem.part:
            case "encoder" if problem.index < len(self.cards):
                group, otherwise = self.cards[problem.index].options, self.cards[problem.index].trouble
            case "target":
                line = self.targets.get(_name_of(recipe.targets, problem.index))
                return line.trouble if line else self.troubles[""]
            case "fusion" | "training" | "augment":
                group, otherwise = getattr(self, problem.part), self.troubles[problem.part]
            case _:
                otherwise = self.troubles[problem.part]
        found = group.reveal(problem.key) if group else None
        return found.trouble if found else otherwise


def _name_of(targets: tuple[TargetRecipe, ...], place: int) -> str:
    return targets[place].name if place < len(targets) else ""
