"""A recipe as boxes and lines: inputs left, encoders, fusion, targets right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from mmdesk.core.fields.kinds import kind_of
from mmdesk.core.fields.schema import Field, Schema
from mmdesk.core.recipe.encoder import Encoder
from mmdesk.core.recipe.fusion import Fusion
from mmdesk.core.recipe.options import loss_words
from mmdesk.core.recipe.parts import Recipe
from mmdesk.words import tr

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
    """

    boxes: tuple[Box, ...]
    lines: tuple[tuple[int, int], ...]


def draw(recipe: Recipe, schema: Schema) -> Picture:
    """Return the drawing of a recipe.

    Args:
        recipe: One that `check_recipe` accepts.
        schema: The project's fields.
    """
    inputs: list[Box] = []
    served: list[range] = []
    for encoder in recipe.encoders:
        boxes = _input_boxes([schema.field(name) for name in encoder.inputs])
        served.append(range(len(inputs), len(inputs) + len(boxes)))
        inputs += boxes
    taken = {name for encoder in recipe.encoders for name in encoder.inputs}
    left = [field for field in schema.inputs if field.name not in taken]
    inputs += [Box(0, field.title, (field.kind, tr("not seen")), "encoder", field.name, seen=False) for field in left]
    encoders = [_encoder_box(encoder) for encoder in recipe.encoders]
    targets = [
        Box(3, field.title, (kind_of(field).brief(field), loss_words(recipe, field)), "target", field.name)
        for field in schema.targets
    ]
    first = len(inputs)
    fusion = first + len(encoders)
    lines = [
        *((place, first + index) for index, places in enumerate(served) for place in places),
        *((first + index, fusion) for index in range(len(encoders))),
        *((fusion, fusion + 1 + index) for index in range(len(targets))),
    ]
    return Picture((*inputs, *encoders, _fusion_box(recipe.fusion), *targets), tuple(lines))


def _input_boxes(fields: Sequence[Field]) -> list[Box]:
    if len(fields) <= MOST:
        return [Box(0, field.title, (field.kind,), "encoder", field.name) for field in fields]
    kinds = " and ".join(dict.fromkeys(field.kind for field in fields))
    names = tr("{title} to {title_2}", title=fields[0].title, title_2=fields[-1].title)
    return [Box(0, f"{len(fields)} inputs", (kinds, names), "encoder", fields[0].name)]


def _encoder_box(encoder: Encoder) -> Box:
    return Box(1, _begun(encoder.title), (", ".join(encoder.lines()),), "encoder", encoder.inputs[0])


def _fusion_box(fusion: Fusion) -> Box:
    layers = tr(
        "{layers} dense {value} of {width}",
        layers=fusion.layers,
        value="layer" if fusion.layers == 1 else "layers",
        width=fusion.width,
    )
    return Box(2, _begun(fusion.merge), (layers, tr("dropout {dropout:g}", dropout=fusion.dropout)), "fusion")


def _begun(words: str) -> str:
    """Return words as they begin a line."""
    return words[:1].upper() + words[1:]
