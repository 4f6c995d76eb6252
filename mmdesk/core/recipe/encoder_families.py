"""What encoders of one sort of input have in common: the options that prepare it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from mmdesk.core.fields.kind import Form
from mmdesk.core.fields.kinds import kind_of
from mmdesk.core.fields.schema import Field
from mmdesk.core.fields.states import Limits
from mmdesk.core.recipe.encoder import Encoder, same_of_all
from mmdesk.core.recipe.option import option
from mmdesk.words import QT_TR_NOOP, tr


@dataclass(frozen=True)
class ValueEncoder(Encoder):
    """Takes one scaled number each, such as that of a flag or a date."""

    scaling: str = option(
        "automatic",
        "Scaling",
        QT_TR_NOOP(
            "automatic: the logarithm or square root of a skewed number, median and quartiles with outliers, "
            "as the training cases show; standardise: mean 0, deviation 1; quantile: even over the training cases."
        ),
        allowed=("automatic", "standardise", "quantile"),
    )

    takes: ClassVar[tuple[Form, ...]] = (Form.SCALAR,)

    @property
    def limits(self) -> Limits:
        """Scaled as its option says."""
        return Limits(quantiles=self.scaling == "quantile", suitable=self.scaling == "automatic")

    def check_fields(self, fields: Sequence[Field]) -> None:
        """Two values have no quantiles."""
        for field in fields:
            if self.scaling == "quantile" and kind_of(field).two_valued:
                raise self.refused(
                    tr(
                        'quantiles of the {kind} "{name}" say nothing: it has two values',
                        kind=field.kind,
                        name=field.name,
                    ),
                    tr('Set scaling to "automatic" there.'),
                    key="scaling",
                    repair={"scaling": "automatic"},
                )


@dataclass(frozen=True)
class TextEncoder(Encoder):
    """Takes texts, as the codes of their words."""

    length: int = option(64, "Longest", QT_TR_NOOP("Words that are kept, at most."), low=1, high=4096, step=8)
    vocabulary: int = option(
        2000,
        QT_TR_NOOP("Words known"),
        QT_TR_NOOP("The most frequent words of the training cases, at most."),
        low=1,
        high=100_000,
        step=100,
    )

    takes: ClassVar[tuple[Form, ...]] = (Form.WORDS,)

    @property
    def limits(self) -> Limits:
        """As long, and with as many words, as its options say."""
        return Limits(length=self.length, vocabulary=self.vocabulary)


@dataclass(frozen=True)
class SequenceEncoder(Encoder):
    """Takes sequences of time steps."""

    length: int = option(64, "Longest", QT_TR_NOOP("Time steps that are kept, at most."), low=1, high=4096, step=8)

    takes: ClassVar[tuple[Form, ...]] = (Form.STEPS,)

    @property
    def limits(self) -> Limits:
        """As long as its option says."""
        return Limits(length=self.length)

    def check_fields(self, fields: Sequence[Field]) -> None:
        """The same weights need the same number of channels."""
        if not same_of_all([max(1, len(field.channels)) for field in fields]):
            raise self.refused(
                "sequences with different numbers of channels cannot share their weights",
                tr("Give each of them an [[encoder]] of its own."),
                key="inputs",
            )


def mean_over_time(keras: Any, x: Any, mask: Any) -> Any:
    """Return the mean (n, channels) of the steps (n, time, channels) that are there."""
    ops = keras.ops
    there = ops.expand_dims(mask, -1)
    count = ops.sum(ops.cast(there, "float32"), axis=1)
    return ops.sum(ops.where(there, x, 0.0), axis=1) / ops.maximum(count, 1.0)


def convolved_over_time(keras: Any, prefix: str, width: int) -> Any:
    """Return two convolutions over time: from steps and their mask to a vector (n, width)."""
    layers, ops = keras.layers, keras.ops
    first = layers.Conv1D(width, 5, padding="same", activation="relu", name=f"{prefix}_first")
    second = layers.Conv1D(width, 5, padding="same", activation="relu", name=f"{prefix}_second")
    dense = layers.Dense(width, "relu", name=f"{prefix}_dense")

    def read(x: Any, mask: Any) -> Any:
        there = ops.expand_dims(mask, -1)
        x = ops.where(there, x, 0.0)
        x = ops.where(there, first(x), 0.0)
        x = ops.where(there, second(x), 0.0)
        return dense(ops.concatenate([mean_over_time(keras, x, mask), ops.max(x, axis=1)], axis=-1))

    return read


def recurrent_over_time(keras: Any, cell: str, prefix: str, width: int) -> Any:
    """Return a `gru` or `lstm`: from steps and their mask to a vector (n, width)."""
    make = keras.layers.LSTM if cell == "lstm" else keras.layers.GRU
    recurrent = make(width, name=f"{prefix}_recurrent")
    return lambda x, mask: recurrent(x, mask=mask)
