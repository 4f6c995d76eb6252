"""A recipe: the typed description from which a model is built and trained."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from mmdesk.core.errors import ModelProblem
from mmdesk.core.schema import Field, Schema

BACKBONES = {"efficientnet-lite0": (224, 1280)}
"""Image backbones by name: pixels of the square image, width of the embedding."""

ENCODER_KINDS: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "backbone": (("image",), ("backbone", "compare")),
    "dense": (("number", "flag", "date"), ()),
    "embedding": (("choice",), ()),
    "words": (("text",), ("length", "vocabulary")),
    "convolution": (("sequence",), ("length",)),
    "recurrent": (("sequence",), ("length",)),
}
"""By kind of encoder: the kinds of input it takes, the options it has beside `width`."""


@dataclass(frozen=True, slots=True)
class EncoderRecipe:
    """How one input, or several that share their weights, become vectors.

    Attributes:
        kind: `backbone` (pretrained and frozen, then a trained projection), `dense`,
            `embedding`, `words` (mean of word vectors), `convolution` or `recurrent`.
        inputs: Inputs that it serves with the same weights.
        width: Length of the vector for each input.
        backbone: Name of the pretrained backbone.
        compare: For exactly two images: the fusion also sees how they differ.
        length: Words or time steps kept at most.
        vocabulary: Words known at most.
    """

    kind: str
    inputs: tuple[str, ...]
    width: int = 32
    backbone: str = "efficientnet-lite0"
    compare: bool = False
    length: int = 64
    vocabulary: int = 2000


@dataclass(frozen=True, slots=True)
class Fusion:
    """How the vectors of all inputs become one.

    Attributes:
        width: Length of the fused vector.
        layers: Dense layers after the concatenation.
        dropout: Share dropped before each dense layer and before the outputs, 0 to below 1.
    """

    width: int = 128
    layers: int = 1
    dropout: float = 0.4


@dataclass(frozen=True, slots=True)
class Training:
    """How a head is trained.

    Attributes:
        epochs: Passes over the training cases at most.
        batch: Cases per step.
        rate: Step size of the optimiser.
        patience: Epochs without a better validation loss before it stops.
        weight_decay: Decay of all dense kernels per step, times the rate.
        smoothing: Share of label smoothing, 0 to below 0.5.
        drop_inputs: Chance that a present input is hidden from a training case, so that
            missing inputs are learnt.
        balance: Weigh rare classes up to ten times; probabilities then lean towards them.
        towards: Strength of the pull to the starting weights when fine-tuning.
        seed: Seed of all randomness.
        deterministic: Repeat to the last bit, at some cost of speed.
    """

    epochs: int = 40
    batch: int = 64
    rate: float = 0.001
    patience: int = 6
    weight_decay: float = 0.01
    smoothing: float = 0.0
    drop_inputs: float = 0.1
    balance: bool = False
    towards: float = 0.01
    seed: int = 1
    deterministic: bool = False


@dataclass(frozen=True, slots=True)
class Recipe:
    """From which a model is built and trained: encoders, fusion, training."""

    encoders: tuple[EncoderRecipe, ...]
    fusion: Fusion = field(default_factory=Fusion)
    training: Training = field(default_factory=Training)

    @property
    def images(self) -> tuple[str, ...]:
        """Image inputs, in the order of the recipe."""
        return tuple(n for e in self.encoders if e.kind == "backbone" for n in e.inputs)

    def encoder_of(self, name: str) -> EncoderRecipe:
        """Return the encoder of an input.

        Raises:
            KeyError: The recipe leaves that input out.
        """
        for encoder in self.encoders:
            if name in encoder.inputs:
                return encoder
        raise KeyError(name)


RESERVED = ("backbone", "head")
"""Names of a model's own parts, which no input may have."""

_RANGES: Mapping[str, tuple[float, float]] = {
    "width": (1, 4096),
    "layers": (1, 4),
    "dropout": (0, 0.95),
    "length": (1, 4096),
    "vocabulary": (1, 100_000),
    "epochs": (1, 10_000),
    "batch": (1, 4096),
    "rate": (1e-8, 1),
    "patience": (1, 10_000),
    "weight_decay": (0, 1),
    "smoothing": (0, 0.49),
    "drop_inputs": (0, 0.9),
    "towards": (0, 1000),
    "seed": (0, 2**31 - 1),
}


def default_recipe(schema: Schema) -> Recipe:
    """Return the recipe for a schema when nobody chose another one.

    All images share one backbone and one projection; a left and a right image are compared.
    """
    encoders = []
    if schema.images:
        sides = {image.side for image in schema.images}
        compare = len(schema.images) == 2 and sides == {"left", "right"}
        names = tuple(image.name for image in schema.images)
        encoders.append(EncoderRecipe("backbone", names, width=128, compare=compare))
    encoders += [_default_encoder(record) for record in schema.record]
    return Recipe(tuple(encoders))


def _default_encoder(record: Field) -> EncoderRecipe:
    match record.kind:
        case "choice":
            return EncoderRecipe("embedding", (record.name,), width=8)
        case "text":
            return EncoderRecipe("words", (record.name,), width=32)
        case "sequence":
            return EncoderRecipe("convolution", (record.name,), width=32)
    return EncoderRecipe("dense", (record.name,), width=16)


def read_recipe(text: str, file: str = "recipe.toml") -> Recipe:
    """Read the text of a `recipe.toml`.

    Args:
        text: Its content.
        file: Its name, for messages.

    Raises:
        ModelProblem: A key or value cannot be used; the message names file and key.
    """
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as reason:
        raise _problem(file, str(reason)) from reason
    for key in raw:
        if key not in {"encoder", "fusion", "training"}:
            raise _problem(file, f"[{key}] is no part of a recipe")
    rows = raw.get("encoder", [])
    if not isinstance(rows, list) or not rows:
        raise _problem(file, "it needs at least one [[encoder]]")
    encoders = tuple(_read_encoder(row, file) for row in rows)
    names = [name for encoder in encoders for name in encoder.inputs]
    for name in names:
        if names.count(name) > 1:
            raise _problem(file, f'the input "{name}" has two encoders')
    return Recipe(
        encoders,
        Fusion(**_read_table(Fusion, raw.get("fusion", {}), "[fusion]", file)),
        Training(**_read_table(Training, raw.get("training", {}), "[training]", file)),
    )


def write_recipe(recipe: Recipe) -> str:
    """Return the text of a `recipe.toml`; `read_recipe` gives the same recipe back."""
    import tomli_w

    encoders = []
    for encoder in recipe.encoders:
        keys = ("kind", "inputs", "width", *ENCODER_KINDS[encoder.kind][1])
        row = {key: getattr(encoder, key) for key in keys}
        encoders.append(row | {"inputs": list(encoder.inputs)})
    return tomli_w.dumps(
        {"encoder": encoders, "fusion": asdict(recipe.fusion), "training": asdict(recipe.training)}
    )


def check_recipe(recipe: Recipe, schema: Schema) -> None:
    """See that a recipe fits the inputs of a schema.

    Raises:
        ModelProblem: An input is not in the schema or of a kind the encoder does not take.
    """
    kinds = {record.name: record.kind for record in schema.inputs}
    for encoder in recipe.encoders:
        for name in encoder.inputs:
            if name in RESERVED:
                raise _problem("recipe", f'an input may not be called "{name}", a part of the model is')
            if name not in kinds:
                raise _problem("recipe", f'the project has no input "{name}"')
            if kinds[name] not in ENCODER_KINDS[encoder.kind][0]:
                raise _problem("recipe", f'{encoder.kind} does not take the {kinds[name]} input "{name}"')


def _read_encoder(row: Any, file: str) -> EncoderRecipe:
    if not isinstance(row, dict) or row.get("kind") not in ENCODER_KINDS:
        raise _problem(file, f"the kind of an [[encoder]] is one of {', '.join(ENCODER_KINDS)}")
    kind = row["kind"]
    allowed = {"kind", "inputs", "width", *ENCODER_KINDS[kind][1]}
    for key in row:
        if key not in allowed:
            raise _problem(file, f'a {kind} encoder has no option "{key}"')
    inputs = row.get("inputs")
    if not isinstance(inputs, list) or not inputs or not all(isinstance(name, str) for name in inputs):
        raise _problem(file, 'each [[encoder]] lists its "inputs"')
    values = _read_table(EncoderRecipe, row, "[[encoder]]", file) | {"inputs": tuple(inputs)}
    encoder = EncoderRecipe(**values)
    if kind == "backbone" and encoder.backbone not in BACKBONES:
        raise _problem(file, f"the backbone is one of {', '.join(BACKBONES)}")
    if encoder.compare and len(inputs) != 2:
        raise _problem(file, '"compare" needs exactly two inputs')
    return encoder


def _read_table(target: type, raw: Any, where: str, file: str) -> dict[str, Any]:
    if not isinstance(raw, dict):
        raise _problem(file, f"{where} is a table")
    types = {item.name: str(item.type) for item in fields(target)}
    values: dict[str, Any] = {}
    for key, value in raw.items():
        if key not in types:
            raise _problem(file, f'{where} has no option "{key}"')
        values[key] = _read_value(types[key], key, value, f"{where} of {file}")
    return values


def _read_value(kind: str, key: str, value: Any, where: str) -> Any:
    if kind == "float" and isinstance(value, int) and not isinstance(value, bool):
        value = float(value)
    if kind in {"int", "float", "bool", "str"} and type(value).__name__ != kind:
        words = {"int": "a whole number", "float": "a number", "bool": "true or false", "str": "a text"}
        raise _problem(where, f'"{key}" is {words[kind]}')
    if key in _RANGES:
        low, high = _RANGES[key]
        if not low <= value <= high:
            raise _problem(where, f'"{key}" is between {low:g} and {high:g}')
    return value


def _problem(where: str, what: str) -> ModelProblem:
    return ModelProblem(
        f"The recipe cannot be used: {what} ({where}).",
        safe="The current model and all labels are safe.",
        do="Correct that line and start again.",
    )
