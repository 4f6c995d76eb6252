"""The recipe page: say from which parts the model is built, see it drawn, train it."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QEvent, QRectF, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QApplication, QHBoxLayout, QScrollArea, QStackedWidget, QVBoxLayout, QWidget

from mmdesk.core.errors import RecipeRefused
from mmdesk.core.fields.kinds import kind_of
from mmdesk.core.job import JobContext
from mmdesk.core.judge.leaks import Leak
from mmdesk.core.recipe.drawing import Box, draw
from mmdesk.core.recipe.edit import choices_of, choose_encoder, with_target, with_values
from mmdesk.core.recipe.options import find_option
from mmdesk.core.recipe.recipe import Recipe
from mmdesk.ui.kit.bridge import Bridge
from mmdesk.ui.kit.keys import Keys
from mmdesk.ui.parts.parts import button, label, row
from mmdesk.ui.parts.scale import scaled
from mmdesk.ui.recipe.augmented_view import AugmentedView
from mmdesk.ui.recipe.editing import RecipeEditor
from mmdesk.ui.recipe.recipe_drawing import RecipeDrawing
from mmdesk.ui.recipe.recipe_form import WIDEST, WIDTH, RecipeForm
from mmdesk.words import tr


class RecipePage(QWidget):
    """Left the form, right the drawing or what training sees of the images.

    Signals:
        train_asked: The recipe by which a model is to be trained.
    """

    train_asked = Signal(object)

    def __init__(self, bridge: Bridge, keys: Keys) -> None:
        super().__init__()
        self._bridge, self._keys = bridge, keys
        self.editor = RecipeEditor(bridge, self)
        self.form: RecipeForm | None = None
        self.examples: AugmentedView | None = None
        self._leaks: tuple[Leak, ...] = ()
        self._build()
        self.setFocusProxy(self.drawing)
        self._bind()
        self.editor.opened.connect(self._on_opened)
        self.editor.changed.connect(self._on_changed)
        bridge.changed.connect(self._on_stored)
        self.editor.read()

    def train(self) -> None:
        """Ask for a training by the recipe of this moment."""
        if not self.why_not_train():
            self.editor.store()
            self.train_asked.emit(self.editor.recipe)

    def why_not_train(self) -> str:
        """Return why no model can be trained by this recipe now; empty when one can."""
        if why := self._why_fixed():
            return why
        return self.editor.problem.say() if self.editor.problem else ""

    def show_examples(self, shown: bool = True) -> None:
        """Show what training sees of the images, or the drawing."""
        if self.examples is not None:
            focus = QApplication.focusWidget()
            within = focus is not None and self.views.isAncestorOf(focus)
            self.views.setCurrentIndex(1 if shown else 0)
            if within:
                (self.examples if shown else self.drawing).setFocus()
            self.turn.setText(self._hinted(tr("Show the drawing") if shown else tr("Show examples"), "recipe_examples"))
            if shown:
                self.examples.refresh()
                if self.form is not None:
                    self.form.show_section("augment")

    def changeEvent(self, event: QEvent) -> None:
        """Read the file again when the reader comes back to the window."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.ActivationChange and self.isVisible() and self.isActiveWindow():
            self.editor.read()

    def showEvent(self, event: QShowEvent) -> None:
        """Read the file again: it may have been changed by hand."""
        super().showEvent(event)
        self.editor.read()
        self._look_for_leaks()

    # -- building -----------------------------------------------------------------------------

    def _build(self) -> None:
        self.file_words = label(kind="danger", wrap=True)
        self.file_words.hide()
        self.stored = label(kind="quiet")
        self.undo = button("Undo", self.editor.undo, hint=self._keys.hint("undo"))
        self.redo = button("Redo", self.editor.redo)
        self.default = button(tr("Put back the default"), self.editor.put_back)
        self.go = button(tr("Train a candidate"), self.train, primary=True, hint=self._keys.hint("train_recipe"))
        self.left = QVBoxLayout()
        self.left.setContentsMargins(0, 0, 0, 0)
        self.left.setSpacing(8)
        self.left.addWidget(label("Recipe", size="section"))
        self.left.addWidget(self.stored)
        self.left.addWidget(self.file_words)
        self.left.addStretch(1)
        self.left.addLayout(row(self.undo, self.redo, self.default, 0))
        side = QWidget()
        side.setFixedWidth(min(scaled(self, WIDTH), WIDEST))
        side.setLayout(self.left)
        self.drawing = RecipeDrawing()
        self.drawing.chosen.connect(self._on_box)
        self.why = label(kind="danger", wrap=True)
        self.why.hide()
        self.leaks = label(kind="danger", wrap=True)
        self.leaks.hide()
        self.drawing.walked.connect(self._on_walked)
        self.area = QScrollArea()
        self.area.setWidget(self.drawing)
        self.area.setWidgetResizable(True)
        self.views = QStackedWidget()
        self.views.addWidget(self.area)
        self.turn = button(tr("Show examples"), self._turn, hint=self._keys.hint("recipe_examples"))
        right = QVBoxLayout()
        right.setSpacing(8)
        right.addLayout(row(0, self.turn))
        right.addWidget(self.why)
        right.addWidget(self.leaks)
        right.addWidget(self.views, 1)
        right.addLayout(row(0, self.go))
        layout = QHBoxLayout(self)
        layout.setContentsMargins(12, 12, 12, 12)
        layout.setSpacing(16)
        layout.addWidget(side)
        layout.addLayout(right, 1)

    def _bind(self) -> None:
        keys, fixed = self._keys, self._why_fixed
        for name, handler, enabled in (
            ("undo", self.editor.undo, fixed),
            ("redo", self.editor.redo, fixed),
            ("recipe_default", self.editor.put_back, fixed),
            ("train_recipe", self.train, self.why_not_train),
            ("recipe_examples", self._turn, self._why_no_examples),
            ("examples_draws", self._next_draws, self._why_no_examples),
            ("examples_case", self._next_case, self._why_no_examples),
        ):
            keys.bind(name, handler, enabled, page="recipe")

    def _on_opened(self) -> None:
        """Make the form of a project's fields."""
        session = self._bridge.session
        if session is None:
            return
        if self.form is not None:
            self.left.removeWidget(self.form)
            self.form.deleteLater()
        if self.examples is not None:
            self.views.removeWidget(self.examples)
            self.examples.deleteLater()
        self._leaks = ()
        self.form = RecipeForm(self.editor.recipe, session.schema)
        self.form.encoder_chosen.connect(self._on_encoder)
        self.form.changed.connect(self._on_option)
        self.form.mended.connect(self._on_mended)
        self.form.examples_asked.connect(self.show_examples)
        self.form.left.connect(self.drawing.setFocus)
        self.form.built.connect(self._on_changed)
        self.form.inside.setEnabled(not session.look_only)
        self.left.insertWidget(3, self.form, 1)
        self.left.setStretch(4, 0)
        single = any(not kind_of(image).is_stack for image in session.schema.images)
        self.examples = AugmentedView(self._bridge, session.schema) if single else None
        if self.examples is not None:
            self.views.addWidget(self.examples)
        self.turn.setVisible(self.examples is not None)
        self._on_changed()

    # -- showing ------------------------------------------------------------------------------

    def _on_changed(self) -> None:
        """Show the recipe of this moment; the drawing stays with the last one that works."""
        session, editor = self._bridge.session, self.editor
        if session is None or self.form is None or not editor.is_open:
            return
        self.form.show_recipe(editor.recipe)
        self.form.show_problem(editor.recipe, editor.problem)
        self.drawing.show_picture(draw(editor.good, session.schema))
        self.drawing.set_faded(editor.problem is not None)
        self.why.setVisible(editor.problem is not None)
        if editor.problem is not None:
            self.why.setText(
                tr(
                    "This recipe cannot work; the reason stands beside its place. "
                    "The drawing shows the last one that works, and that one stays stored."
                )
            )
        if self.examples is not None and (editor.problem is None or editor.problem.part == "augment"):
            self.examples.show_recipe(editor.recipe)
        self._show_leaks(self._leaks)
        self._arrange()

    def _look_for_leaks(self) -> None:
        """Find the inputs that give a target away, by the labels of this moment."""
        session = self._bridge.session
        if session is None:
            return
        project = session.project

        def work(_ctx: JobContext) -> tuple[Leak, ...]:
            from mmdesk.services.models.training import suspicious_inputs

            return suspicious_inputs(project)

        self._bridge.run(tr("Looking at the inputs"), work, self._show_leaks)

    def _show_leaks(self, found: tuple[Leak, ...]) -> None:
        """Say which of the recipe's inputs give a target away."""
        self._leaks = found
        if self.editor.is_open:
            seen = {name for encoder in self.editor.recipe.encoders for name in encoder.inputs}
            words = [leak.words for leak in found if leak.input in seen]
            self.leaks.setText("\n".join(words))
            self.leaks.setVisible(bool(words))

    def _arrange(self) -> None:
        editor, fixed = self.editor, bool(self._why_fixed())
        behind, ahead = editor.steps
        self.undo.setEnabled(behind > 0 and not fixed)
        self.redo.setEnabled(ahead > 0 and not fixed)
        self.default.setEnabled(not editor.is_default and not fixed)
        self.go.setEnabled(not self.why_not_train())
        self.go.setToolTip(self.why_not_train())
        made = tr("The default: made from the project's fields.") if editor.is_default else tr("Stored as recipe.toml.")
        self.stored.setText(self._why_fixed() or made)
        self.file_words.setVisible(bool(editor.file_problem))
        self.file_words.setText(
            tr(
                "{file_problem} The file stays as it is; "
                "once something is changed here, it is kept under another name.",
                file_problem=editor.file_problem,
            )
        )

    # -- acting -------------------------------------------------------------------------------

    def _on_encoder(self, name: str, choice: str) -> None:
        session = self._bridge.session
        if session is not None:
            words = dict(choices_of(self.editor.recipe, session.schema, name))[choice]
            changed = choose_encoder(self.editor.recipe, name, choice)
            self.editor.edit(changed, f"{session.schema.field(name).title}, {words}")

    def _on_option(self, part: str, place: int | str, key: str, value: object) -> None:
        self.editor.edit(self._with(part, place, key, value), self._what(part, place, key))

    def _with(self, part: str, place: int | str, key: str, value: object) -> Recipe:
        if isinstance(place, str):
            return with_target(self.editor.recipe, place, str(value))
        option = find_option(self.editor.recipe, part, place, key)
        if option is not None and option.suffix:
            value = self._from_project(str(value))
        return with_values(self.editor.recipe, part, place, {key: value})

    def _from_project(self, file: str) -> str:
        """Return a file's path from the project's folder on, where it lies in it."""
        session = self._bridge.session
        path = Path(file)
        if session is None or not path.is_relative_to(session.project.folder):
            return file
        return path.relative_to(session.project.folder).as_posix()

    def _what(self, part: str, place: int | str, key: str) -> str:
        session = self._bridge.session
        titles = {field.name: field.title for field in session.schema} if session else {}
        if isinstance(place, str):
            return tr("{get}, how it is learnt", get=titles.get(place, place))
        option = find_option(self.editor.recipe, part, place, key)
        words = option.words if option else key
        if part != "encoder":
            return words
        first = self.editor.recipe.encoders[place].inputs[0]
        return f"{titles.get(first, first)}, {words}"

    def _on_mended(self, problem: RecipeRefused) -> None:
        changed = with_values(self.editor.recipe, problem.part, problem.index, dict(problem.repair))
        self.editor.edit(changed, tr("what was mended"))

    def _on_walked(self, place: QRectF) -> None:
        """Bring the box that was walked to into sight, with what stands above it."""
        middle = place.center().toPoint()
        self.area.ensureVisible(middle.x(), middle.y(), round(place.width() / 2) + 8, round(place.height() / 2) + 40)

    def _on_box(self, box: Box) -> None:
        if self.form is not None:
            self.form.focus_part(box.part, box.name)

    def _on_stored(self, change: object) -> None:
        if self.examples is not None:
            self.examples.forget_cases()

    def _turn(self) -> None:
        self.show_examples(self.views.currentIndex() == 0)

    def _next_draws(self) -> None:
        if self.examples is not None:
            self.show_examples()
            self.examples.next_draws()

    def _next_case(self) -> None:
        if self.examples is not None:
            self.show_examples()
            self.examples.next_case()

    def _why_fixed(self) -> str:
        session = self._bridge.session
        return session.look_only if session else tr("No project is open. Nothing was changed. Open one first.")

    def _why_no_examples(self) -> str:
        if self.examples is not None:
            return ""
        return tr("This project has no images. Nothing was changed. The drawing shows the model.")

    def _hinted(self, words: str, action: str) -> str:
        hint = self._keys.hint(action)
        return f"{words}   {hint}" if hint else words
