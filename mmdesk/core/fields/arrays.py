"""Values to arrays, for kinds of field; imported late, because numpy takes its time."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mmdesk.core.errors import ModelProblem
from mmdesk.core.fields import scales
from mmdesk.core.fields.states import InputState, Limits, TargetPrediction, TargetState
from mmdesk.words import tr

PAD, UNKNOWN, FIRST = 0, 1, 2
"""Codes of choices and words: missing or padding, not seen in training, the first known one."""

KNOTS = 65
"""Quantiles kept of a number."""

_WORD = re.compile(r"\w+(?:['\u2019]\w+)*")


def words_of(text: str) -> list[str]:
    """Return the lower-case words of a text.

    Example:
        >>> words_of("Dr. O'Neil: no pain, 3 days")
        ['dr', "o'neil", 'no', 'pain', '3', 'days']
    """
    return _WORD.findall(unicodedata.normalize("NFC", text).lower())


def learn_numbers(kind: str, numbers: Sequence[float], limits: Limits) -> InputState:
    """Return the scaling of an input with one number a case."""
    rows = np.asarray(numbers, np.float64)
    rule = scales.suitable(rows) if limits.suitable else scales.PLAIN
    low = float(rows.min()) if rule == scales.LOG else 0.0
    middle, spread = scales.centre(scales.transformed(rows, rule, low), rule)
    knots = _knots(rows[:, None]) if limits.quantiles else ()
    return InputState(kind, (middle,), (spread,), knots=knots, rule=rule, low=low)


def number_array(state: InputState, numbers: Sequence[float | None]) -> NDArray[np.float32]:
    """Return scaled numbers, (n, 1); zero where None stands."""
    array = np.zeros((len(numbers), 1), np.float32)
    for row, number in enumerate(numbers):
        if number is not None:
            array[row] = _scaled(state, np.array([number], np.float64))
    return array


def learn_steps(kind: str, values: Sequence[Sequence[Sequence[float]]], channels: int, limits: Limits) -> InputState:
    """Return the scaling and length of an input of time steps."""
    steps = [_steps(value, channels) for value in values]
    longest = max((len(step) for step in steps), default=1)
    rows = np.concatenate(steps) if steps else np.zeros((0, channels))
    rows = rows[~np.isnan(rows).any(1)]
    return InputState(kind, *_scaling(rows), length=max(1, min(limits.length, longest)))


def step_arrays(
    state: InputState, values: Sequence[Sequence[Sequence[float]] | None]
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Return the last (or first) steps, (n, length, channels), and which are there, (n, length).

    Where the state has no length each case keeps its own; both are then `ragged`.
    """
    channels = len(state.offset)
    found = [_padded(state, np.zeros((0, channels)) if value is None else _steps(value, channels)) for value in values]
    if state.length:
        steps = np.zeros((len(values), state.length, channels), np.float32)
        mask = np.zeros((len(values), state.length), bool)
        for row, (some, there) in enumerate(found):
            steps[row], mask[row] = some, there
        return steps, mask
    return ragged([some for some, _ in found]), ragged([there for _, there in found])


def _padded(state: InputState, value: NDArray[np.float64]) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    length = state.length or max(1, len(value))
    kept = value[:length] if state.first else value[-length:]
    kept = _scaled(state, kept)
    there = np.asarray(np.isfinite(kept).all(axis=1))
    steps = np.full((length, value.shape[1]), state.fill, np.float32)
    mask = np.zeros(length, bool)
    start = length - len(kept) if state.before else 0
    steps[start : start + len(kept)] = np.where(there[:, None], kept, state.fill)
    mask[start : start + len(kept)] = there
    return steps, mask


def ragged(rows: Sequence[NDArray[Any]]) -> NDArray[Any]:
    """Return arrays of n cases as one: stacked where all have one shape, else n arrays of their own shapes."""
    if len({row.shape for row in rows}) == 1:
        return np.stack(rows)
    array = np.empty(len(rows), object)
    for at, row in enumerate(rows):
        array[at] = row
    return array


def is_ragged(array: NDArray[Any]) -> bool:
    """Tell whether the cases of an array have shapes of their own."""
    return array.dtype == object


def vocabulary(texts: Iterable[str], size: int) -> tuple[str, ...]:
    """Return the words that occur more than once, the most frequent first, at most `size`."""
    counts = Counter(word for text in texts for word in words_of(text))
    often = sorted((word for word in counts if counts[word] > 1), key=lambda word: (-counts[word], word))
    return tuple(often[:size])


def code_array(known: Sequence[str], width: int, texts: Sequence[Sequence[str]]) -> NDArray[np.int32]:
    """Return the codes of each case's texts, (n, width), padded with `PAD`."""
    codes = {text: code for code, text in enumerate(known, FIRST)}
    array = np.full((len(texts), width), PAD, np.int32)
    for row, some in enumerate(texts):
        kept = some[:width]
        array[row, : len(kept)] = [codes.get(text, UNKNOWN) for text in kept]
    return array


def learn_amount(kind: str, amounts: Sequence[float], title: str, *, log: bool | None) -> TargetState:
    """Return the scaling of a target that is an amount.

    Args:
        kind: Name of the field's kind.
        amounts: Those of the training split.
        title: The field's, for messages.
        log: Learnt by the logarithm or as it is; None chooses what suits the amounts.

    Raises:
        ModelProblem: It is to be learnt by its logarithm, and some amounts have none.
    """
    numbers = np.array(amounts, np.float64)
    rule = scales.LOG if log else scales.PLAIN
    if log is None:
        rule = scales.suitable(numbers, rules=(scales.LOG, scales.ROBUST))
    if rule == scales.LOG:
        if len(numbers) and numbers.min() <= 0:
            raise ModelProblem(
                tr("{title} cannot be learnt by its logarithm: some labels are zero or below.", title=title),
                do=tr('Set its scale to "linear" in the recipe, or correct those labels.'),
            )
        numbers = np.log(numbers)
    middle, spread = scales.centre(numbers, rule)
    return TargetState(kind, offset=middle, scale=spread, log=rule == scales.LOG, rule=rule)


def read_amount(estimate: float, state: TargetState) -> TargetPrediction:
    """Return an estimate with its interval, where that is known."""
    if state.interval is None:
        return TargetPrediction(estimate)
    if state.log:
        factor = float(np.exp(state.interval))
        return TargetPrediction(estimate, low=estimate / factor, high=estimate * factor)
    return TargetPrediction(estimate, low=estimate - state.interval, high=estimate + state.interval)


def grade_probabilities(above: NDArray[Any]) -> NDArray[np.float64]:
    """Return the probability of each grade from those of being above each step.

    The outputs are made monotone first (each step no more probable than the one below).

    Args:
        above: (n, k - 1), P(grade > j).

    Returns:
        (n, k), each row adding up to 1.
    """
    falling = np.minimum.accumulate(np.clip(np.asarray(above, np.float64), 0, 1), axis=1)
    rows = len(falling)
    return -np.diff(np.hstack([np.ones((rows, 1)), falling, np.zeros((rows, 1))]), axis=1)


def by_option(state: TargetState, row: NDArray[Any]) -> dict[str, float]:
    """Return the probabilities of a row by option."""
    return {option: float(p) for option, p in zip(state.options, row, strict=True)}


def _scaling(rows: NDArray[np.float64]) -> tuple[tuple[float, ...], tuple[float, ...]]:
    channels = range(rows.shape[1])
    means = rows.mean(0) if len(rows) else np.zeros(len(channels))
    return tuple(float(mean) for mean in means), tuple(_spread(rows[:, channel]) for channel in channels)


def _spread(numbers: NDArray[np.floating[Any]]) -> float:
    spread = float(numbers.std()) if len(numbers) else 0.0
    return spread if spread > 1e-12 else 1.0


def _knots(rows: NDArray[np.float64]) -> tuple[float, ...]:
    return tuple(float(x) for x in np.quantile(rows[:, 0], np.linspace(0, 1, KNOTS))) if len(rows) else ()


def _steps(value: Sequence[Sequence[float]], channels: int) -> NDArray[np.float64]:
    rows = np.asarray(value, np.float64)
    return rows.reshape(len(rows), -1)[:, :channels] if rows.size else np.zeros((0, channels))


def _scaled(state: InputState, numbers: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return numbers with mean 0 and deviation 1 over the training cases, evenly spread with knots."""
    if not state.knots:
        seen = scales.transformed(numbers, state.rule, state.low)
        scaled = (seen - np.array(state.offset)) / np.array(state.scale)
        return np.asarray(np.clip(scaled, -scales.FAR, scales.FAR) if state.rule == scales.ROBUST else scaled)
    share = np.interp(numbers, state.knots, np.linspace(0, 1, len(state.knots)))
    return np.asarray((share - 0.5) * np.sqrt(12))
