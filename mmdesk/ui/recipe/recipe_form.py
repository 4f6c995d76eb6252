"""The form of a recipe: inputs with their encoders, fusion, targets, training, changed images."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Final

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QScrollArea, QVBoxLayout, QWidget

from mmdesk.core.errors import RecipeRefused
from mmdesk.core.fields.kinds import kind_of
from mmdesk.core.fields.schema import Field, Schema
from mmdesk.core.recipe.option import Option
from mmdesk.core.recipe.options import AUGMENT, TARGET, TRAINING, fusion_options, loss_words, repair_words
from mmdesk.core.recipe.parts import TargetRecipe
from mmdesk.core.recipe.recipe import Recipe
from mmdesk.ui.parts.parts import button, label, row
from mmdesk.ui.parts.scale import scaled
from mmdesk.ui.recipe.encoder_card import EncoderCard, InputRow, Signature, signature_of
from mmdesk.ui.recipe.option_group import OptionGroup
from mmdesk.ui.recipe.option_row import WORDS_WIDTH, RecipeOptionRow, Trouble
from mmdesk.words import tr

WIDTH: Final = 470
"""Width of the form at 100 % text."""
WIDEST: Final = 640
_SPARE: Final = 8
"""Cards kept that are not shown."""


class RecipeForm(QScrollArea):
    """All that can be said of a recipe, section by section.

    Signals:
        encoder_chosen: An input, and the encoder it is to have.
        changed: Part, place among the encoders or name of the target, option, new value.
        mended: A `RecipeRefused` whose one way to mend was asked for.
        examples_asked: Show what training sees of the images.
        left: Esc was pressed.
        built: All of it is made.

    Attributes:
        cards: Encoder by encoder.
        left_out: By input that the model does not see.
        groups: Options of `fusion`, `training` and, where there are images, `augment`.
        targets: By target that is a number, how it is learnt.
    """

    encoder_chosen = Signal(str, str)
    changed = Signal(str, object, str, object)
    mended = Signal(object)
    examples_asked = Signal()
    left = Signal()
    built = Signal()

    def __init__(self, recipe: Recipe, schema: Schema) -> None:
        super().__init__()
        self._schema = schema
        self.cards: list[EncoderCard] = []
        self._spare: dict[Signature, EncoderCard] = {}
        self.left_out: dict[str, InputRow] = {}
        self.groups: dict[str, OptionGroup] = {}
        self.targets: dict[str, RecipeOptionRow] = {}
        self._losses: dict[str, Any] = {}
        self.troubles = {"": Trouble()}
        self._shown: Trouble | None = None
        self._column = QVBoxLayout()
        self._column.setContentsMargins(0, 0, 12, 8)
        self._column.setSpacing(8)
        self.inside = QWidget()
        self.inside.setLayout(self._column)
        self.setWidget(self.inside)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._encoders = QVBoxLayout()
        self._encoders.setSpacing(8)
        self._column.addWidget(self.troubles[""])
        self._section("Inputs", "encoder")
        self._column.addLayout(self._encoders)
        self._recipe = recipe
        self._turns: list[Callable[[], object]] = [
            *(partial(self._first_card, index) for index in range(len(recipe.encoders))),
            self._make_fusion,
            self._make_targets,
            partial(self._make_group, "Training", "training", TRAINING),
            *([partial(self._make_group, tr("Images changed at random"), "augment", AUGMENT)] if schema.images else []),
            self._finish,
        ]
        self._timer = QTimer(self, interval=0)
        self._timer.timeout.connect(self._turn)
        self._timer.start()

    @property
    def ready(self) -> bool:
        """Whether all of it is made; it is made in turns, so that the window never halts."""
        return not self._turns

    def show_recipe(self, recipe: Recipe) -> None:
        """Show a recipe; what can stay is used again, and the focus stays where it was."""
        if not self.ready:
            return
        self._show_encoders(recipe)
        if list(self.groups["fusion"].rows) != [option.key for option in fusion_options(recipe.fusion)]:
            self._fusion_again(recipe)
        for part, group in self.groups.items():
            group.show_values(getattr(recipe, part))
        for target in self._schema.targets:
            self._losses[target.name].setText(loss_words(recipe, target))
            if line := self.targets.get(target.name):
                line.show_value(recipe.scale_of(target.name))

    def show_problem(self, recipe: Recipe, problem: RecipeRefused | None) -> None:
        """Say beside its place why the recipe cannot work; None takes the words away."""
        if not self.ready:
            return
        if self._shown is not None:
            self._shown.hide()
        self._shown = self._trouble_of(recipe, problem) if problem else None
        if self._shown is not None and problem is not None:
            self._shown.say(problem, repair_words(recipe, problem), lambda: self.mended.emit(problem))

    def show_section(self, part: str) -> None:
        """Bring the options of a part into sight."""
        if group := self.groups.get(part):
            self.ensureWidgetVisible(group)

    def focus_part(self, part: str, name: str = "") -> None:
        """Give the keyboard to what edits an input's encoder, the fusion or a target."""
        found: QWidget | None = None
        if part == "encoder":
            found = self.left_out.get(name) or next(
                (line for card in self.cards if (line := card.reveal(name)) is not None), None
            )
        elif part == "fusion":
            found = self.groups["fusion"].rows["merge"]
        elif part == "target":
            found = self.targets.get(name) or self.groups["training"].rows["epochs"]
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

    def _turn(self) -> None:
        """Make one more part."""
        self._turns.pop(0)()
        if self.ready:
            self._timer.stop()
            self.built.emit()

    def _first_card(self, place: int) -> None:
        self.cards.append(self._card(self._recipe, place))
        self._encoders.addWidget(self.cards[-1])

    def _finish(self) -> None:
        if self._schema.images:
            self._column.addLayout(row(button(tr("Show examples"), self.examples_asked.emit), 0))
        self._column.addStretch(1)

    def _section(self, words: str, part: str) -> None:
        self.troubles[part] = Trouble()
        self._column.addWidget(label(words, size="section"))
        self._column.addWidget(self.troubles[part])

    def _make_group(self, words: str, part: str, options: Sequence[Option]) -> None:
        self._section(words, part)
        group = OptionGroup(options, getattr(self._recipe, part))
        group.changed.connect(lambda key, value: self.changed.emit(part, 0, key, value))
        self.groups[part] = group
        self._column.addWidget(group)

    def _make_fusion(self) -> None:
        self._make_group("Joined", "fusion", fusion_options(self._recipe.fusion))

    def _fusion_again(self, recipe: Recipe) -> None:
        """Make the fusion's rows again: only attention has heads."""
        old = self.groups["fusion"]
        focused = next((key for key, line in old.rows.items() if line.editor.hasFocus()), "")
        group = OptionGroup(fusion_options(recipe.fusion), recipe.fusion)
        group.changed.connect(lambda key, value: self.changed.emit("fusion", 0, key, value))
        self.groups["fusion"] = group
        self._column.replaceWidget(old, group)
        old.hide()
        old.deleteLater()
        if focused in group.rows:
            group.rows[focused].setFocus()

    def _make_targets(self) -> None:
        self._column.addWidget(label("Targets", size="section"))
        for target in self._schema.targets:
            loss = label(loss_words(self._recipe, target), kind="quiet", wrap=True)
            self._losses[target.name] = loss
            title = label(target.title, wrap=True)
            title.setFixedWidth(scaled(self, WORDS_WIDTH))
            line = row(title, loss)
            line.setStretch(1, 1)
            self._column.addLayout(line)
            if kind_of(target).is_amount:
                self._column.addWidget(self._scale(target))

    def _scale(self, target: Field) -> RecipeOptionRow:
        line = RecipeOptionRow(TARGET[0], self._recipe.scale_of(target.name))
        line.editor.setAccessibleName(tr("{title}, learnt as", title=target.title))
        line.changed.connect(lambda key, value, n=target.name: self.changed.emit("target", n, key, value))
        self.targets[target.name] = line
        return line

    # -- showing ------------------------------------------------------------------------------

    def _show_encoders(self, recipe: Recipe) -> None:
        wanted = [signature_of(encoder) for encoder in recipe.encoders]
        if wanted != [card.signature for card in self.cards] or self._left(recipe) != list(self.left_out):
            self._arrange(recipe, wanted)
        for card, encoder in zip(self.cards, recipe.encoders, strict=True):
            card.show_encoder(recipe, encoder)
        for line in self.left_out.values():
            line.show_choice(recipe)

    def _left(self, recipe: Recipe) -> list[str]:
        seen = {name for encoder in recipe.encoders for name in encoder.inputs}
        return [field.name for field in self._schema.inputs if field.name not in seen]

    def _arrange(self, recipe: Recipe, wanted: list[Any]) -> None:
        """Put the cards in the recipe's order; make those that are not there."""
        focused = self._focused_input()
        kept = self._spare | {card.signature: card for card in self.cards}
        self.cards = []
        while (item := self._encoders.takeAt(0)) is not None:
            item.widget()
        for signature, encoder in zip(wanted, recipe.encoders, strict=True):
            card = kept.pop(signature, None) or self._card(recipe, recipe.encoders.index(encoder))
            self.cards.append(card)
            self._encoders.addWidget(card)
            card.show()
        self._put_aside(kept)
        for line in self.left_out.values():
            line.hide()
            line.deleteLater()
        self.left_out = {}
        for name in self._left(recipe):
            line = InputRow(name, self._schema)
            line.chosen.connect(self.encoder_chosen)
            self.left_out[name] = line
            self._encoders.addWidget(line)
        if focused:
            self.focus_part("encoder", focused)

    def _put_aside(self, cards: dict[Signature, EncoderCard]) -> None:
        """Keep some cards that are not shown: undo brings most of them back."""
        self._spare = dict(list(cards.items())[-_SPARE:])
        for signature, card in cards.items():
            card.hide()
            if signature not in self._spare:
                card.deleteLater()

    def _card(self, recipe: Recipe, place: int) -> EncoderCard:
        card = EncoderCard(recipe, recipe.encoders[place], self._schema)
        card.chosen.connect(self.encoder_chosen)
        card.changed.connect(lambda key, value: self.changed.emit("encoder", self.cards.index(card), key, value))
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
                group, otherwise = self.groups.get(problem.part), self._section_trouble(problem.part)
            case _:
                otherwise = self._section_trouble(problem.part)
        found = group.reveal(problem.key) if group else None
        return found.trouble if found else otherwise

    def _section_trouble(self, part: str) -> Trouble:
        """Return where a section says its reason; the whole form's place for one that is not here."""
        return self.troubles.get(part, self.troubles[""])


def _name_of(targets: tuple[TargetRecipe, ...], place: int) -> str:
    return targets[place].name if place < len(targets) else ""
