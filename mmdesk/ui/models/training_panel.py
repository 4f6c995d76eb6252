"""A running training: live curve, best epoch, time left, Stop and Cancel."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QProgressBar, QVBoxLayout, QWidget

from mmdesk.core.job import Progress
from mmdesk.ui.models.curve import Curve
from mmdesk.ui.parts.jobs_bar import time_left
from mmdesk.ui.parts.parts import button, label, row
from mmdesk.words import tr


class TrainingPanel(QWidget):
    """Stop keeps the best so far; Cancel makes no candidate."""

    def __init__(self, stop: Callable[[], object], cancel: Callable[[], object]) -> None:
        super().__init__()
        self.curve = Curve()
        self.words = label()
        self.bar = QProgressBar()
        self.bar.setFixedWidth(160)
        self.stop = button(tr("Stop, keep the best so far"), stop)
        self.cancel = button("Cancel", cancel)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self.curve)
        layout.addLayout(row(self.words, 0, self.bar, self.stop, self.cancel))

    def begin(self) -> None:
        """Show an empty curve."""
        self.curve.clear()
        self.words.setText(tr("Getting ready"))
        self.bar.setRange(0, 0)
        self.stop.setEnabled(True)
        self.cancel.setEnabled(True)
        self.show()

    def tell(self, progress: Progress, seconds: float | None) -> None:
        """Show a progress; one with losses adds an epoch to the curve."""
        metrics = progress.metrics
        self.bar.setRange(0, progress.total)
        self.bar.setValue(progress.done)
        parts = [progress.words]
        if "loss" in metrics:
            best = int(metrics.get("best_epoch", 0))
            validation = metrics.get("validation_loss", metrics["loss"])
            self.curve.add(metrics["loss"], validation, epochs=progress.total, best=best)
            parts += [
                tr("epoch {done}/{total}", done=progress.done, total=progress.total),
                tr("best {best}", best=best),
            ]
        elif progress.total:
            parts.append(tr("{done:,} of {total:,}", done=progress.done, total=progress.total))
        if left := time_left(metrics.get("seconds_left", seconds)):
            parts.append(left)
        self.words.setText("   ".join(parts))

    def ending(self, words: str) -> None:
        """Say that it was asked to end."""
        self.words.setText(words)
        self.stop.setEnabled(False)
        self.cancel.setEnabled(False)
