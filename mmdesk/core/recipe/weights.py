"""How many weights the model of a recipe has, part by part, without building it.

The same sums as `modelling.build` makes layers; a test holds the two against each other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mmdesk.core.fields.kinds import kind_of
from mmdesk.core.fields.schema import Schema
from mmdesk.core.recipe.lite0 import lite0_weights
from mmdesk.core.recipe.parts import APPLICATIONS, CNN_CHANNELS, IMAGE_KINDS, EncoderRecipe, Recipe

CODES = 2
"""Codes that an embedding has beside those of what is known: missing and unknown."""

_GATES = {"gru": 3, "lstm": 4}


@dataclass(frozen=True, slots=True)
class Weights:
    """Weights of one part of a model, or of the whole.

    Attributes:
        total: All.
        trained: Those that training changes; the others are frozen.
    """

    total: int = 0
    trained: int = 0

    def __add__(self, other: Weights) -> Weights:
        return Weights(self.total + other.total, self.trained + other.trained)


@dataclass(frozen=True, slots=True)
class ModelWeights:
    """The weights of a model, part by part.

    Attributes:
        encoders: In the recipe's order; the frozen backbone that several share stands with
            the first of them.
        fusion: Merge and dense layers.
        targets: By target, the output layer.
    """

    encoders: tuple[Weights, ...]
    fusion: Weights
    targets: Mapping[str, Weights]

    @property
    def whole(self) -> Weights:
        """All parts together."""
        return sum([*self.encoders, self.fusion, *self.targets.values()], Weights())


def count_weights(recipe: Recipe, schema: Schema, words: Mapping[str, int]) -> ModelWeights:
    """Return how many weights the model of a recipe has.

    Args:
        recipe: One that `check_recipe` accepts.
        schema: The project's fields.
        words: By text input, how many words the training cases hold at least twice; the
            vocabulary's limit counts where an input is not in it.
    """
    encoders = []
    with_backbone = False
    for encoder in recipe.encoders:
        looks = _images(encoder)
        if encoder.kind == "backbone" and not encoder.blocks:
            looks = Weights() if with_backbone else looks
            with_backbone = True
        encoders.append(looks + _learnt(_vectors(encoder, schema, words)))
    merged, fused = _merge(recipe)
    dense = sum(
        _dense(recipe.fusion.width if number else fused, recipe.fusion.width)
        for number in range(recipe.fusion.layers)
    )
    outputs = {
        target.name: _learnt(_dense(recipe.fusion.width, kind_of(target).outputs(target)))
        for target in schema.targets
    }
    return ModelWeights(tuple(encoders), _learnt(merged + dense), outputs)


def _learnt(weights: int) -> Weights:
    return Weights(weights, weights)


def _dense(seen: int, width: int) -> int:
    return seen * width + width


def _images(encoder: EncoderRecipe) -> Weights:
    """Return the weights of the nested models that look at an encoder's images."""
    match encoder.kind:
        case "backbone" if encoder.blocks:
            branch = Weights(*lite0_weights(encoder.blocks))
            return Weights(branch.total * len(encoder.branches), branch.trained * len(encoder.branches))
        case "backbone":
            return Weights(lite0_weights()[0])
        case "application":
            return Weights(APPLICATIONS[encoder.architecture][2] + _dense(3, 3))
        case "cnn":
            seen = (3, *CNN_CHANNELS)
            one = sum(_dense(9 * a, b) for a, b in zip(seen, CNN_CHANNELS, strict=False))
            return _learnt(one * len(encoder.branches))
    return Weights()


def _vectors(encoder: EncoderRecipe, schema: Schema, words: Mapping[str, int]) -> int:
    """Return the weights in the head that make an encoder's vectors."""
    width = encoder.width
    if encoder.kind == "vector":
        return _dense(2 * len(encoder.inputs), width)
    if encoder.kind in IMAGE_KINDS:
        return _dense(encoder.embedding, width) * len(encoder.branches)
    fields = [schema.field(name) for name in encoder.inputs]
    match encoder.kind:
        case "embedding":
            return (max(len(field.options) for field in fields) + CODES) * width
        case "words":
            known = max(_known(name, encoder, words) for name in encoder.inputs)
            return (known + CODES) * width + _reader(encoder.reading, width, width)
        case "convolution" | "recurrent":
            way = encoder.cell if encoder.kind == "recurrent" else encoder.kind
            return _reader(way, max(1, *(len(field.channels) for field in fields)), width)
    return _dense(1, width)


def _known(name: str, encoder: EncoderRecipe, words: Mapping[str, int]) -> int:
    return min(words.get(name, encoder.vocabulary), encoder.vocabulary)


def _reader(way: str, seen: int, width: int) -> int:
    """Return the weights of what makes one vector of steps."""
    match way:
        case "mean":
            return 0
        case "convolution":
            return _dense(5 * seen, width) + _dense(5 * width, width) + _dense(2 * width, width)
    gates = _GATES[way]
    biases = 2 * width if way == "gru" else width
    return gates * (seen * width + width * width + biases)


def _merge(recipe: Recipe) -> tuple[int, int]:
    """Return the weights of the merge, and the width of what it gives to the first dense layer."""
    fusion = recipe.fusion
    tokens = [width for encoder in recipe.encoders for width in _tokens(encoder)]
    flags = sum(len(encoder.inputs) for encoder in recipe.encoders)
    if fusion.merge == "concatenate":
        return 0, sum(tokens) + flags
    weights = sum(_dense(token, fusion.width) for token in tokens)
    if fusion.merge == "gated":
        weights += len(tokens) * _dense(sum(tokens) + len(tokens), fusion.width)
    elif fusion.merge == "attention":
        weights += _attention(len(tokens), fusion.width)
    return weights, fusion.width + flags


def _tokens(encoder: EncoderRecipe) -> Sequence[int]:
    """Return the widths of an encoder's vectors on their way into the fusion."""
    if encoder.kind == "vector":
        return [encoder.width]
    return [encoder.width] * (len(encoder.inputs) + 2 * encoder.compare)


def _attention(tokens: int, width: int) -> int:
    kinds, norm = (tokens + 1) * width, 2 * width
    return kinds + norm + 4 * _dense(width, width)
