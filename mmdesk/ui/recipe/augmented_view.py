"""What training sees of one image: as it is, and eight times changed at random."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import QRectF, QSignalBlocker, QSize, Qt, QTimer
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QGridLayout, QSizePolicy, QVBoxLayout, QWidget

from mmdesk.core.cases.case import Case
from mmdesk.core.errors import Situation
from mmdesk.core.fields.kinds import kind_of
from mmdesk.core.fields.schema import Schema
from mmdesk.core.job import JobContext
from mmdesk.core.recipe.recipe import Recipe
from mmdesk.ui.kit import theme
from mmdesk.ui.kit.bridge import Bridge
from mmdesk.ui.parts.parts import button, label, row
from mmdesk.ui.recipe.option_row import WordBox
from mmdesk.words import QT_TR_NOOP, tr

if TYPE_CHECKING:
    from mmdesk.jobs.runner import Job
    from mmdesk.services.recipe.augmented import Example, Examples

_ACROSS: Final = 3
_REST_MS: Final = 200
"""Rest after an edit before the pictures are made again."""

_SLOW_MS: Final = 500
"""From then on it is said that pictures are being made, and can be cancelled."""

_STILL: Final = QT_TR_NOOP("This recipe changes nothing at random. Set a change at the left, such as Turn by degrees.")


class Tile(QWidget):
    """One picture with what was changed below it."""

    def __init__(self) -> None:
        super().__init__()
        self.picture: QImage | None = None
        self.words = label(kind="quiet", size="caption", wrap=True)
        self.words.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self.setMinimumSize(120, 120)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addStretch(1)
        layout.addWidget(self.words)

    def show_example(self, example: Example, otherwise: str) -> None:
        """Show a picture; `otherwise` is said of one in which nothing was changed."""
        pixels = example.pixels
        height, width, _ = pixels.shape
        self.picture = QImage(pixels.tobytes(), width, height, 3 * width, QImage.Format.Format_RGB888).copy()
        self.words.setText(example.words or otherwise)
        self.setAccessibleName(example.words or otherwise)
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the picture as large as it fits on the grey that cases are read on."""
        if self.picture is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        room = QRectF(0, 0, self.width(), self.height() - self.words.height() - 4)
        painter.fillRect(room, QColor(theme.SURROUNDS["dark"]))
        side = min(room.width(), room.height())
        place = QRectF(room.center().x() - side / 2, room.center().y() - side / 2, side, side)
        painter.drawImage(place, self.picture)
        painter.end()


class AugmentedView(QWidget):
    """Nine pictures of one case's image; another case and other draws at a press."""

    def __init__(self, bridge: Bridge, schema: Schema) -> None:
        super().__init__()
        self._bridge = bridge
        self._recipe: Recipe | None = None
        self._cases: Sequence[Case] | None = None
        self._job: Job[Any] | None = None
        self.place = 0
        self.step = 0
        self.images = WordBox()
        self.images.setAccessibleName("Image")
        for image in schema.images:
            if not kind_of(image).is_stack:
                self.images.addItem(image.title, image.name)
        self.images.activated.connect(lambda _place: self.refresh())
        self.words = label(kind="quiet", wrap=True)
        self.problem = label(kind="danger", wrap=True)
        self.problem.hide()
        self.other_case = button(tr("Next case"), self.next_case)
        self.other_draws = button(tr("Other draws"), self.next_draws)
        self.setFocusProxy(self.other_draws)
        self.tiles = [Tile() for _ in range(_ACROSS * _ACROSS)]
        self._rest = QTimer(self, singleShot=True, interval=_REST_MS)
        self._rest.timeout.connect(self.refresh)
        self._slow = QTimer(self, singleShot=True, interval=_SLOW_MS)
        self._slow.timeout.connect(self._say_slow)
        self.stop = button("Cancel", self._stop)
        self.stop.hide()
        grid = QGridLayout()
        grid.setSpacing(8)
        for number, tile in enumerate(self.tiles):
            grid.addWidget(tile, number // _ACROSS, number % _ACROSS)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addLayout(row(self.images, self.other_case, self.other_draws, 0, self.stop))
        layout.addWidget(self.words)
        layout.addWidget(self.problem)
        layout.addLayout(grid, 1)

    def sizeHint(self) -> QSize:
        """Prefer a square."""
        return QSize(600, 600)

    def show_recipe(self, recipe: Recipe) -> None:
        """Show what a recipe does, once edits have rested for a moment."""
        self._recipe = recipe
        with QSignalBlocker(self.images):
            self._offer(recipe)
        if self.isVisible():
            self._rest.start()

    def forget_cases(self) -> None:
        """Read the cases again when they are needed next: labels changed."""
        self._cases = None

    def next_case(self) -> None:
        """Show the image of the next training case."""
        self.place += 1
        self.refresh()

    def next_draws(self) -> None:
        """Show what another seed would draw."""
        self.step += 1
        self.refresh()

    def refresh(self) -> None:
        """Have the pictures made; those that were asked for before are no longer wanted."""
        session, recipe, name = self._bridge.session, self._recipe, self.images.currentData()
        if session is None or recipe is None or name is None:
            return
        if self._job is not None:
            self._job.cancel()
        self._rest.stop()
        project, place, seed, cases = (
            session.project,
            self.place,
            recipe.training.seed + self.step,
            self._cases,
        )

        def work(ctx: JobContext) -> tuple[Sequence[Case], Examples]:
            from mmdesk.services.recipe.augmented import augmented_examples, example_cases

            known = example_cases(project) if cases is None else cases
            return known, augmented_examples(project, known, recipe, name, ctx, place=place, seed=seed)

        self._job = self._bridge.run(
            tr("Changing images as in training"),
            work,
            self._show,
            lane="decode",
            failed=self._failed,
        )
        self._slow.start()

    def _say_slow(self) -> None:
        self.words.setText(tr("Making the pictures."))
        self.stop.show()

    def _stop(self) -> None:
        if self._job is not None:
            self._job.cancel()
        self._quick()
        self.words.setText(tr("Stopped. The pictures are the ones from before."))

    def _quick(self) -> None:
        self._slow.stop()
        self.stop.hide()

    def _offer(self, recipe: Recipe) -> None:
        """Offer the images that the model sees."""
        chosen = self.images.currentData()
        session = self._bridge.session
        if session is None:
            return
        self.images.clear()
        for image in session.schema.images:
            if image.name in recipe.images and not kind_of(image).is_stack:
                self.images.addItem(image.title, image.name)
        self.images.setCurrentIndex(max(0, self.images.findData(chosen)))

    def _show(self, found: tuple[Sequence[Case], Examples]) -> None:
        self._quick()
        self._cases, examples = found
        self.problem.hide()
        self.place = examples.place
        assert self._recipe is not None  # noqa: S101 - it was asked for with one
        seed = self._recipe.training.seed + self.step
        active = self._recipe.augment.active
        words = tr(
            "Case {case}, {place:,} of {cases:,}; seed {seed}.",
            case=examples.case,
            place=examples.place + 1,
            cases=examples.cases,
            seed=seed,
        )
        self.words.setText(words if active else f"{words} {tr(_STILL)}")
        self.tiles[0].show_example(examples.plain, tr("as it is"))
        for tile, example in zip(self.tiles[1:], examples.changed, strict=True):
            tile.show_example(example, tr("not changed"))

    def _failed(self, problem: BaseException) -> None:
        self._quick()
        if isinstance(problem, Situation):
            self.problem.setText(problem.say())
            self.problem.show()
        else:
            self._bridge.notices.raised(problem)
