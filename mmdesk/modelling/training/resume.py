"""Keep a training's state after each epoch, so that an interrupted one goes on where it was."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np

from mmdesk.support.files import whole


class Resumable(keras.callbacks.Callback):  # type: ignore[misc]  # keras is untyped
    """Writes weights, optimiser, chance and what other callbacks remember after each epoch; reads them back.

    Args:
        file: Where the state is kept, `.npz`; removed when the training ends by itself.
        trainer: The compiled model.
        others: The training's callbacks; early stopping with its best weights and the schedule
            belong to the state. They must come before this callback.
        mark: Hex digest of what is trained on; a state of something else is not used.

    Attributes:
        first: The epoch to begin with: 0, or that after the last one kept.
    """

    def __init__(
        self,
        file: Path,
        trainer: keras.Model,
        others: Sequence[keras.callbacks.Callback] = (),
        mark: str = "",
    ) -> None:
        super().__init__()
        self.first = 0
        self._file, self._trainer, self._mark = file, trainer, mark
        self._stop = next((one for one in others if isinstance(one, keras.callbacks.EarlyStopping)), None)
        self._plateau = next((one for one in others if isinstance(one, keras.callbacks.ReduceLROnPlateau)), None)
        trainer.optimizer.build(trainer.trainable_variables)
        self._state = self._read()
        if self._state is not None:
            self.first = int(self._state["epoch"]) + 1
            for place, variable in enumerate(self._variables()):
                variable.assign(self._state[f"variable{place}"])

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        """Give the other callbacks their memory back, after they have cleared it."""
        del logs
        if self._state is None:
            return
        if self._plateau is not None:
            self._plateau.best = float(self._state["plateau_best"])
            self._plateau.wait = int(self._state["plateau_wait"])
        if self._stop is None:
            return
        self._stop.best = float(self._state["best"])
        self._stop.wait = int(self._state["wait"])
        self._stop.best_epoch = int(self._state["best_epoch"])
        count = int(self._state["best_count"])
        self._stop.best_weights = [self._state[f"best{place}"] for place in range(count)] or None

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Write the state, whole or not at all."""
        del logs
        state = {f"variable{place}": np.array(v) for place, v in enumerate(self._variables())}
        state |= {"epoch": np.array(epoch), "mark": np.array(self._mark)}
        if self._stop is not None:
            best = self._stop.best_weights or []
            worst = np.inf if self._stop.best is None else self._stop.best
            state |= {"best": np.array(worst), "wait": np.array(self._stop.wait)}
            state |= {"best_epoch": np.array(self._stop.best_epoch), "best_count": np.array(len(best))}
            state |= {f"best{place}": np.array(values) for place, values in enumerate(best)}
        if self._plateau is not None:
            worst = np.inf if self._plateau.best is None else self._plateau.best
            state |= {"plateau_best": np.array(worst)}
            state |= {"plateau_wait": np.array(self._plateau.wait)}
        with whole(self._file) as partial, partial.open("wb") as out:
            np.savez(out, allow_pickle=False, **state)

    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:
        """Remove the state: the training has ended by itself."""
        del logs
        self._file.unlink(missing_ok=True)

    def _variables(self) -> list[Any]:
        return [*self._trainer.variables, *self._trainer.optimizer.variables]

    def _read(self) -> dict[str, Any] | None:
        if not self._file.exists():
            return None
        with np.load(self._file, allow_pickle=False) as kept:
            state = dict(kept)
        shapes = [tuple(variable.shape) for variable in self._variables()]
        fits = all(
            f"variable{place}" in state and state[f"variable{place}"].shape == shape
            for place, shape in enumerate(shapes)
        )
        return state if fits and str(state.get("mark")) == self._mark else None
