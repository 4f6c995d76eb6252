"""From field values to arrays: the one preparation that window and child share.

Its state is learnt on the training split alone and stored as `preparation.json`.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from hashlib import sha256
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from mmdesk.core.cases.case import Case
from mmdesk.core.errors import ModelProblem
from mmdesk.core.fields.schema import Field, Schema
from mmdesk.core.fields.values import Missing, Value, is_present
from mmdesk.core.recipe.recipe import EncoderRecipe, Recipe, default_recipe

PAD, UNKNOWN, FIRST = 0, 1, 2
"""Codes of choices and words: missing or padding, not seen in training, the first known one."""

KNOTS = 65
"""Quantiles kept of a number."""

_WORD = re.compile(r"\w+(?:['\u2019]\w+)*")


@dataclass(frozen=True, slots=True)
class InputState:
    """What was learnt of one input on the training split.

    Attributes:
        kind: The field's kind.
        offset: Per channel, taken off before scaling.
        scale: Per channel, positive, divided by after the offset.
        known: Options of a choice or words of a text, in the order of their codes.
        length: Words or time steps kept.
        knots: Quantiles of a number from the smallest to the largest, rising; empty when it
            is standardised.
    """

    kind: str
    offset: tuple[float, ...] = ()
    scale: tuple[float, ...] = ()
    known: tuple[str, ...] = ()
    length: int = 0
    knots: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class TargetState:
    """What is needed to train towards one target and to read its output.

    Attributes:
        kind: The field's kind.
        options: Its options, in the order of the outputs.
        offset: Mean of a number on the training split, in the field's unit.
        scale: Standard deviation of a number there, positive.
        interval: Half width of the 90 % interval of a number in the field's unit, from
            validation residuals; None while not known.
        log: The number is positive and learnt by its natural logarithm: offset, scale and
            interval are those of the logarithm.
    """

    kind: str
    options: tuple[str, ...] = ()
    offset: float = 0.0
    scale: float = 1.0
    interval: float | None = None
    log: bool = False


@dataclass(frozen=True, slots=True)
class Preparation:
    """The state of the preparation: by input and by target."""

    inputs: Mapping[str, InputState] = field(default_factory=dict)
    targets: Mapping[str, TargetState] = field(default_factory=dict)

    def to_json(self) -> str:
        """Return the text of a `preparation.json`."""
        return json.dumps(
            {
                "inputs": {name: asdict(state) for name, state in self.inputs.items()},
                "targets": {name: asdict(state) for name, state in self.targets.items()},
            },
            indent=1,
            ensure_ascii=False,
        )

    @classmethod
    def from_json(cls, text: str) -> Preparation:
        """Read the text of a `preparation.json`.

        Raises:
            ModelProblem: The text is no preparation.
        """
        try:
            raw = json.loads(text)
            inputs = {name: InputState(**_tuples(state)) for name, state in raw["inputs"].items()}
            targets = {name: TargetState(**_tuples(state)) for name, state in raw["targets"].items()}
        except (KeyError, TypeError, ValueError, AttributeError) as reason:
            raise ModelProblem(
                "The preparation of this model version cannot be read.",
                do="Choose another model version.",
                details=repr(reason),
            ) from reason
        return cls(inputs, targets)


def learn_preparation(
    schema: Schema,
    cases: Sequence[Case],
    labels: Sequence[Mapping[str, Value]],
    recipe: Recipe | None = None,
) -> Preparation:
    """Learn scaling and vocabularies.

    Args:
        schema: The fields.
        cases: Cases of the training split, and of no other.
        labels: Value of each target, case by case.
        recipe: Which inputs the model sees, how long texts and sequences may be; the
            default recipe when not given.

    Raises:
        ModelProblem: A number that the recipe learns by its logarithm is zero or below.
    """
    recipe = recipe or default_recipe(schema)
    inputs = {}
    for encoder in recipe.encoders:
        for name in encoder.inputs:
            values = [value for case in cases if is_present(value := _plain(case.inputs.get(name)))]
            inputs[name] = _learn_input(schema.field(name), values, encoder)
    targets = {
        target.name: _learn_target(
            target, [row.get(target.name) for row in labels], log=recipe.scale_of(target.name) == "log"
        )
        for target in schema.targets
    }
    return Preparation(inputs, targets)


def prepare(
    preparation: Preparation,
    schema: Schema,
    cases: Sequence[Case],
    images_present: Mapping[str, NDArray[np.bool_]],
) -> dict[str, NDArray[Any]]:
    """Return the head's inputs for some cases, all but the embeddings.

    Args:
        preparation: What was learnt on the training split.
        schema: The project's fields. An input of the model that the schema does not have,
            or has as another kind, is missing in every case.
        cases: n cases.
        images_present: For each image input, (n,) true where its embedding is there.

    Returns:
        By the names of the model's inputs: `NAME` (number, flag, date: float32 (n, 1)
        standardised; choice int32 (n, 1); text int32 (n, length); sequence float32
        (n, time, channels)), `NAME__present` float32 (n, 1), `NAME__mask` bool (n, time).
        What is missing is zero.
    """
    kinds = {record.name: record.kind for record in schema.inputs}
    arrays: dict[str, NDArray[Any]] = {}
    for name, state in preparation.inputs.items():
        if state.kind == "image":
            present = np.asarray(images_present.get(name, np.zeros(len(cases), bool)), np.float32)
        else:
            fits = kinds.get(name) == state.kind
            values = [_plain(case.inputs.get(name)) if fits else None for case in cases]
            arrays |= _prepare_input(name, state, values)
            present = np.array([is_present(value) for value in values], np.float32)
        arrays[f"{name}__present"] = present.reshape(len(cases), 1)
    return arrays


def prepare_targets(
    schema: Schema, labels: Sequence[Mapping[str, Value]]
) -> tuple[dict[str, NDArray[np.float32]], dict[str, NDArray[np.float32]]]:
    """Return what to train towards.

    Args:
        schema: The fields.
        labels: Value of each target for n cases.

    Returns:
        By target name, the values (flag and number (n, 1), number in the field's unit;
        choice and labels (n, k) of 0 and 1; grade (n, k - 1), 1 where it is above each
        step), and weights (n,): 1 where labelled, 0 where unread or missing.
    """
    wanted: dict[str, NDArray[np.float32]] = {}
    weights: dict[str, NDArray[np.float32]] = {}
    for target in schema.targets:
        wanted[target.name] = np.zeros((len(labels), target.outputs), np.float32)
        weights[target.name] = np.zeros(len(labels), np.float32)
        for row, values in enumerate(labels):
            value = values.get(target.name)
            if is_present(value):
                wanted[target.name][row] = _wanted(target, value)
                weights[target.name][row] = 1
    return wanted, weights


def inputs_hash(arrays: Mapping[str, NDArray[Any]], row: int) -> str:
    """Return the hex digest of one case's prepared arrays, whatever their batch.

    Args:
        arrays: Prepared inputs by name, embeddings too if they are to count.
        row: Which case of the batch.
    """
    digest = sha256()
    for name in sorted(arrays):
        values = np.ascontiguousarray(arrays[name][row])
        digest.update(f"{name} {values.dtype.str} {values.shape}\n".encode())
        digest.update(values.tobytes())
    return digest.hexdigest()


def words_of(text: str) -> list[str]:
    """Return the lower-case words of a text.

    Example:
        >>> words_of("Dr. O'Neil: no pain, 3 days")
        ['dr', "o'neil", 'no', 'pain', '3', 'days']
    """
    return _WORD.findall(unicodedata.normalize("NFC", text).lower())


def _plain(value: object) -> Value:
    return None if isinstance(value, Missing) else cast("Value", value)


def _tuples(state: Mapping[str, Any]) -> dict[str, Any]:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in state.items()}


def _learn_input(record: Field, values: Sequence[Value], encoder: EncoderRecipe) -> InputState:
    match record.kind:
        case "image":
            return InputState("image")
        case "choice":
            return InputState("choice", known=record.options)
        case "text":
            known = _vocabulary(map(str, values), encoder.vocabulary)
            return InputState("text", known=known, length=encoder.length)
    channels = max(1, len(record.channels)) if record.kind == "sequence" else 1
    steps = [_numbers(record.kind, value, channels) for value in values]
    longest = max((len(step) for step in steps), default=1)
    rows = np.concatenate(steps) if steps else np.zeros((0, channels))
    return InputState(
        record.kind,
        offset=tuple(float(x) for x in (rows.mean(0) if len(rows) else np.zeros(channels))),
        scale=tuple(_spread(rows[:, channel]) for channel in range(channels)),
        length=max(1, min(encoder.length, longest)) if record.kind == "sequence" else 0,
        knots=_knots(rows) if encoder.scaling == "quantile" else (),
    )


def _knots(rows: NDArray[np.float64]) -> tuple[float, ...]:
    return tuple(float(x) for x in np.quantile(rows[:, 0], np.linspace(0, 1, KNOTS))) if len(rows) else ()


def _learn_target(target: Field, values: Sequence[Value], *, log: bool) -> TargetState:
    if target.kind != "number":
        return TargetState(target.kind, target.options or (target.name,))
    numbers = np.array([float(cast("float", value)) for value in values if is_present(value)])
    if log:
        if len(numbers) and numbers.min() <= 0:
            raise ModelProblem(
                f"{target.title} cannot be learnt by its logarithm: some labels are zero or below.",
                do='Set its scale to "linear" in the recipe, or correct those labels.',
            )
        numbers = np.log(numbers)
    offset = float(numbers.mean()) if len(numbers) else 0.0
    return TargetState("number", offset=offset, scale=_spread(numbers), log=log)


def _spread(numbers: NDArray[np.floating[Any]]) -> float:
    spread = float(numbers.std()) if len(numbers) else 0.0
    return spread if spread > 1e-12 else 1.0


def _vocabulary(texts: Iterable[str], size: int) -> tuple[str, ...]:
    counts = Counter(word for text in texts for word in words_of(text))
    often = sorted((word for word in counts if counts[word] > 1), key=lambda word: (-counts[word], word))
    return tuple(often[:size])


def _numbers(kind: str, value: Value, channels: int) -> NDArray[np.float64]:
    """Return a value as rows of channels; one row but for sequences."""
    match kind, value:
        case "sequence", _:
            rows = np.asarray(value, np.float64)
            return rows.reshape(len(rows), -1)[:, :channels] if rows.size else np.zeros((0, channels))
        case "date", date():
            return np.array([[value.toordinal()]], np.float64)
    return np.array([[float(cast("float", value))]], np.float64)


def _prepare_input(name: str, state: InputState, values: Sequence[Value]) -> dict[str, NDArray[Any]]:
    if state.kind in {"choice", "text"}:
        return {name: _codes(state, values)}
    if state.kind != "sequence":
        numbers = np.zeros((len(values), 1), np.float32)
        for row, value in enumerate(values):
            if is_present(value):
                numbers[row] = _scaled(state, _numbers(state.kind, value, 1)[0])
        return {name: numbers}
    steps = np.zeros((len(values), state.length, len(state.offset)), np.float32)
    mask = np.zeros((len(values), state.length), bool)
    for row, value in enumerate(values):
        if is_present(value):
            last = _scaled(state, _numbers("sequence", value, len(state.offset)))[-state.length :]
            steps[row, : len(last)] = last
            mask[row, : len(last)] = True
    return {name: steps, f"{name}__mask": mask}


def _scaled(state: InputState, numbers: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return numbers with mean 0 and deviation 1 over the training cases, evenly spread with knots."""
    if not state.knots:
        return np.asarray((numbers - np.array(state.offset)) / np.array(state.scale))
    share = np.interp(numbers, state.knots, np.linspace(0, 1, len(state.knots)))
    return np.asarray((share - 0.5) * np.sqrt(12))


def _codes(state: InputState, values: Sequence[Value]) -> NDArray[np.int32]:
    codes = {known: code for code, known in enumerate(state.known, FIRST)}
    width = state.length if state.kind == "text" else 1
    array = np.full((len(values), width), PAD, np.int32)
    for row, value in enumerate(values):
        if is_present(value):
            texts = words_of(str(value))[:width] if state.kind == "text" else [str(value)]
            array[row, : len(texts)] = [codes.get(text, UNKNOWN) for text in texts]
    return array


def _wanted(target: Field, value: Value) -> NDArray[np.float32]:
    match target.kind:
        case "choice":
            return np.array([option == value for option in target.options], np.float32)
        case "labels":
            chosen = cast("tuple[str, ...]", value)
            return np.array([option in chosen for option in target.options], np.float32)
        case "grade":
            return (np.arange(target.outputs) < int(cast("int", value))).astype(np.float32)
    return np.array([float(cast("float", value))], np.float32)
