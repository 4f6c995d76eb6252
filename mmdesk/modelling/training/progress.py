"""What a training tells while it runs, and how it hears that it should end."""

from __future__ import annotations

import time
from typing import Any

import keras
import numpy as np

from mmdesk.core.errors import TrainingRefused
from mmdesk.core.job import Progress
from mmdesk.jobs.protocol import ChildContext
from mmdesk.words import tr


class TrainingProgress(keras.callbacks.Callback):  # type: ignore[misc]  # keras is untyped
    """Tells each epoch and obeys the lines `stop` and `cancel`.

    Stop ends the training at the next batch once an epoch is done, so that there is a best
    so far; cancel raises at the next batch and drops everything.

    Attributes:
        losses: Loss of each epoch on the training cases.
        validation: Loss of each epoch on the validation cases.
        stopped: The person asked to stop.

    Args:
        ctx: Told the events.
        epochs: Epochs at most.
        words: What is being done, for a person.
    """

    def __init__(self, ctx: ChildContext, epochs: int, words: str) -> None:
        super().__init__()
        self.losses: list[float] = []
        self.validation: list[float] = []
        self.stopped = False
        self._ctx, self._epochs, self._words = ctx, epochs, words
        self._began = time.monotonic()

    @property
    def best_epoch(self) -> int:
        """The epoch, from 1, with the lowest validation loss; 0 before the first has ended."""
        return int(np.argmin(self.validation)) + 1 if self.validation else 0

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        """Begin to take the time."""
        del logs
        self._began = time.monotonic()

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        """Look whether to go on."""
        del batch
        self._ctx.check_cancelled()
        if not np.isfinite((logs or {}).get("loss", 0.0)):
            raise TrainingRefused(
                tr("{words} stopped: the loss is no longer a number.", words=self._words),
                do=tr("Try again with a smaller rate."),
            )
        self._stop_if_asked()

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Tell the epoch."""
        logs = logs or {}
        self.losses.append(float(logs["loss"]))
        self.validation.append(float(logs.get("val_loss", logs["loss"])))
        done = epoch + 1
        left = (time.monotonic() - self._began) / done * (self._epochs - done)
        losses = {"loss": self.losses[-1], "validation_loss": self.validation[-1]}
        self._ctx.tell(
            "epoch",
            epoch=done,
            epochs=self._epochs,
            best_epoch=self.best_epoch,
            seconds_left=round(left, 1),
            **losses,
        )
        metrics = {**losses, "best_epoch": float(self.best_epoch), "seconds_left": left}
        self._ctx.progress(Progress(done, self._epochs, self._words, metrics))
        self._stop_if_asked()

    def _stop_if_asked(self) -> None:
        if self._ctx.stop_asked() and self.losses:
            self.stopped = True
            self.model.stop_training = True
