"""A recipe as boxes and lines: inputs left, encoders, fusion, targets right, weights in each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from mmdesk.core.fields.schema import Field, Schema
from mmdesk.core.recipe.options import KIND_WORDS, loss_words
from mmdesk.core.recipe.parts import BACKBONES, IMAGE_KINDS, EncoderRecipe, Recipe
from mmdesk.core.recipe.weights import ModelWeights, Weights, count_weights

COLUMNS: Final = ("Inputs", "Encoders", "Fusion", "Targets")
MOST: Final = 5
"""Inputs of one encoder that get a box each; more are drawn as one."""


@dataclass(frozen=True, slots=True)
class Box:
    """One box.

    Attributes:
        column: Place in `COLUMNS`.
        title: Its first line.
        lines: What else it says.
        part: The part of the recipe: `encoder`, `fusion` or `target`.
        name: The input or target that a person would edit to change it; empty for the fusion.
        seen: The model sees this input; else it is drawn apart, without a line.
    """

    column: int
    title: str
    lines: tuple[str, ...]
    part: str
    name: str = ""
    seen: bool = True

    @property
    def words(self) -> str:
        """The whole box in one sentence, for a screen reader."""
        return f"{COLUMNS[self.column]}: {', '.join((self.title, *self.lines))}."


@dataclass(frozen=True, slots=True)
class Picture:
    """A model as a drawing.

    Attributes:
        boxes: Column by column, from top to bottom.
        lines: From box to box, by their places in `boxes`.
        weights: Of all parts.
    """

    boxes: tuple[Box, ...]
    lines: tuple[tuple[int, int], ...]
    weights: ModelWeights


def draw(recipe: Recipe, schema: Schema, words: Mapping[str, int]) -> Picture:
    """Return the drawing of a recipe.

    Args:
        recipe: One that `check_recipe` accepts.
        schema: The project's fields.
        words: As in `count_weights`.
    """
    weights = count_weights(recipe, schema, words)
    inputs: list[Box] = []
    served: list[range] = []
    for encoder in recipe.encoders:
        boxes = _input_boxes([schema.field(name) for name in encoder.inputs])
        served.append(range(len(inputs), len(inputs) + len(boxes)))
        inputs += boxes
    taken = {name for encoder in recipe.encoders for name in encoder.inputs}
    left = [field for field in schema.inputs if field.name not in taken]
    inputs += [
        Box(0, field.title, (field.kind, "not seen"), "encoder", field.name, seen=False) for field in left
    ]
    encoders = [
        _encoder_box(encoder, own) for encoder, own in zip(recipe.encoders, weights.encoders, strict=True)
    ]
    targets = [
        Box(
            3,
            field.title,
            (_target_kind(field), loss_words(recipe, field), say_weights(weights.targets[field.name])),
            "target",
            field.name,
        )
        for field in schema.targets
    ]
    first = len(inputs)
    fusion = first + len(encoders)
    lines = [
        *((place, first + index) for index, places in enumerate(served) for place in places),
        *((first + index, fusion) for index in range(len(encoders))),
        *((fusion, fusion + 1 + index) for index in range(len(targets))),
    ]
    fused = _fusion_box(recipe, weights.fusion)
    return Picture((*inputs, *encoders, fused, *targets), tuple(lines), weights)


def say_weights(weights: Weights) -> str:
    """Return a number of weights in words, and how many of them are frozen.

    Example:
        >>> say_weights(Weights(3_400_000, 41_000))
        '3,400,000 weights, 41,000 trained'
    """
    if weights.trained == weights.total:
        return f"{weights.total:,} weights"
    trained = f"{weights.trained:,} trained" if weights.trained else "frozen"
    return f"{weights.total:,} weights, {trained}"


def say_whole(weights: ModelWeights) -> str:
    """Return how many weights the whole model has, how many are trained and how many frozen."""
    whole = weights.whole
    frozen = whole.total - whole.trained
    return f"{whole.total:,} weights in all: {whole.trained:,} trained, {frozen:,} frozen."


def _input_boxes(fields: Sequence[Field]) -> list[Box]:
    if len(fields) <= MOST:
        return [Box(0, field.title, (field.kind,), "encoder", field.name) for field in fields]
    kinds = " and ".join(dict.fromkeys(field.kind for field in fields))
    names = f"{fields[0].title} to {fields[-1].title}"
    return [Box(0, f"{len(fields)} inputs", (kinds, names), "encoder", fields[0].name)]


def _encoder_box(encoder: EncoderRecipe, weights: Weights) -> Box:
    lines = [f"width {encoder.width}"]
    match encoder.kind:
        case "backbone":
            if encoder.backbone != next(iter(BACKBONES)):
                lines.append(encoder.backbone)
            lines.append(f"last {encoder.blocks} blocks trained" if encoder.blocks else "frozen")
        case "application":
            lines.append(f"{encoder.architecture}, frozen, {encoder.size} pixels")
        case "cnn":
            lines.append(f"{encoder.size} pixels")
        case "words":
            lines.append(f"read by {encoder.reading}")
        case "recurrent":
            lines.append(encoder.cell.upper())
    if encoder.kind in IMAGE_KINDS and len(encoder.inputs) > 1:
        lines.append("same weights for all" if encoder.shared else "a branch each")
        if encoder.compare:
            lines.append("the two are compared")
    return Box(
        1,
        _begun(KIND_WORDS[encoder.kind]),
        (", ".join(lines), say_weights(weights)),
        "encoder",
        encoder.inputs[0],
    )


def _fusion_box(recipe: Recipe, weights: Weights) -> Box:
    fusion = recipe.fusion
    layers = f"{fusion.layers} dense {'layer' if fusion.layers == 1 else 'layers'} of {fusion.width}"
    lines = (layers, f"dropout {fusion.dropout:g}", say_weights(weights))
    return Box(2, _begun(fusion.merge), lines, "fusion")


def _begun(words: str) -> str:
    """Return words as they begin a line."""
    return words[:1].upper() + words[1:]


def _target_kind(field: Field) -> str:
    match field.kind:
        case "labels":
            return f"{len(field.options)} labels"
        case "choice" | "grade":
            return f"{field.kind} of {len(field.options)}"
    return field.kind
