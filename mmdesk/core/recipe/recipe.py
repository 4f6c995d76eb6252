"""A recipe: the typed description from which a model is built and trained."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import asdict, fields
from typing import Any, Final

from mmdesk.core.errors import RecipeRefused
from mmdesk.core.fields.schema import Field, Schema
from mmdesk.core.fields.toml_lines import TomlLines
from mmdesk.core.recipe.check import check_encoder, check_recipe
from mmdesk.core.recipe.parts import (
    BACKBONES,
    ENCODER_KINDS,
    IMAGE_KINDS,
    RANGES,
    RESERVED,
    WORDS_ALLOWED,
    Augment,
    EncoderRecipe,
    Fusion,
    Recipe,
    TargetRecipe,
    Training,
)

__all__ = [
    "BACKBONES",
    "ENCODER_KINDS",
    "IMAGE_KINDS",
    "RESERVED",
    "Augment",
    "EncoderRecipe",
    "Fusion",
    "Recipe",
    "TargetRecipe",
    "Training",
    "check_recipe",
    "default_recipe",
    "read_recipe",
    "write_recipe",
]

_TABLES: Final = ("encoder", "fusion", "target", "training", "augment")
_TYPES: Final = {"int": "a whole number", "float": "a number", "bool": "true or false", "str": "a text"}
_DO: Final = "Correct that line and start again."


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
        RecipeRefused: A key or value cannot be used; the message names file, line and key.
    """
    return _Reader(text, file).recipe()


def write_recipe(recipe: Recipe) -> str:
    """Return the text of a `recipe.toml`; `read_recipe` gives the same recipe back."""
    import tomli_w

    encoders = []
    for encoder in recipe.encoders:
        keys = ("kind", "inputs", "width", *ENCODER_KINDS[encoder.kind][1])
        row = {key: getattr(encoder, key) for key in keys}
        encoders.append(row | {"inputs": list(encoder.inputs)})
    tables: dict[str, Any] = {
        "encoder": encoders,
        "fusion": asdict(recipe.fusion),
        "training": asdict(recipe.training),
    }
    if recipe.targets:
        tables["target"] = [asdict(target) for target in recipe.targets]
    if recipe.augment != Augment():
        tables["augment"] = asdict(recipe.augment)
    return tomli_w.dumps(tables)


class _Reader:
    """Reads one file and knows where its keys stand."""

    def __init__(self, text: str, file: str) -> None:
        self._text, self._file = text, file
        self._lines = TomlLines(text)

    def recipe(self) -> Recipe:
        try:
            raw = tomllib.loads(self._text)
        except tomllib.TOMLDecodeError as error:
            line, words = self._lines.undecodable(error)
            raise RecipeRefused(f"this is not TOML, {words}", _DO, f"{self._file}, line {line}") from None
        for key in raw:
            if key not in _TABLES:
                raise self._problem("", 0, key, f"[{key}] is no part of a recipe")
        rows = self._rows(raw, "encoder")
        if not rows:
            raise self._problem("", 0, "", "it needs at least one [[encoder]]")
        encoders = tuple(self._encoder(row, index) for index, row in enumerate(rows))
        self._no_input_twice(encoders)
        return Recipe(
            encoders,
            Fusion(**self._table(Fusion, raw.get("fusion", {}), "fusion")),
            Training(**self._table(Training, raw.get("training", {}), "training")),
            tuple(self._target(row, index) for index, row in enumerate(self._rows(raw, "target"))),
            Augment(**self._table(Augment, raw.get("augment", {}), "augment")),
        )

    def _rows(self, raw: dict[str, Any], part: str) -> list[Any]:
        rows = raw.get(part, [])
        if not isinstance(rows, list):
            raise self._problem("", 0, part, f"each {part} is a [[{part}]] of its own")
        return rows

    def _encoder(self, row: Any, index: int) -> EncoderRecipe:
        if not isinstance(row, dict) or row.get("kind") not in ENCODER_KINDS:
            kinds = f"the kind of an [[encoder]] is one of {', '.join(ENCODER_KINDS)}"
            raise self._problem("encoder", index, "kind", kinds)
        kind = row["kind"]
        allowed = {"kind", "inputs", "width", *ENCODER_KINDS[kind][1]}
        for key in row:
            if key not in allowed:
                raise self._problem("encoder", index, key, f'a {kind} encoder has no option "{key}"')
        inputs = row.get("inputs")
        if not isinstance(inputs, list) or not inputs or not all(isinstance(name, str) for name in inputs):
            raise self._problem("encoder", index, "inputs", 'each [[encoder]] lists its "inputs"')
        values = self._table(EncoderRecipe, row, "encoder", index) | {"inputs": tuple(inputs)}
        encoder = EncoderRecipe(**values)
        try:
            check_encoder(encoder)
        except RecipeRefused as problem:
            raise self._problem("encoder", index, problem.key, problem.reason, problem.do) from problem
        return encoder

    def _no_input_twice(self, encoders: Sequence[EncoderRecipe]) -> None:
        seen: set[str] = set()
        for index, encoder in enumerate(encoders):
            for name in encoder.inputs:
                if name in seen:
                    raise self._problem("encoder", index, "inputs", f'the input "{name}" has two encoders')
                seen.add(name)

    def _target(self, row: Any, index: int) -> TargetRecipe:
        if not isinstance(row, dict) or "name" not in row:
            raise self._problem("target", index, "", 'each [[target]] has a "name"')
        return TargetRecipe(**self._table(TargetRecipe, row, "target", index))

    def _table(self, target: type, raw: Any, part: str, index: int = 0) -> dict[str, Any]:
        if not isinstance(raw, dict):
            raise self._problem("", 0, part, f"[{part}] is a table")
        types = {item.name: str(item.type) for item in fields(target)}
        values: dict[str, Any] = {}
        for key, value in raw.items():
            if key not in types:
                raise self._problem(part, index, key, f'[{part}] has no option "{key}"')
            values[key] = self._value(types[key], key, value, (part, index))
        return values

    def _value(self, kind: str, key: str, value: Any, place: tuple[str, int]) -> Any:
        if kind == "float" and isinstance(value, int) and not isinstance(value, bool):
            value = float(value)
        if kind in _TYPES and type(value).__name__ != kind:
            raise self._problem(*place, key, f'"{key}" is {_TYPES[kind]}')
        if key in WORDS_ALLOWED and value not in WORDS_ALLOWED[key]:
            raise self._problem(*place, key, f'"{key}" is one of {", ".join(WORDS_ALLOWED[key])}')
        if key in RANGES:
            low, high = RANGES[key]
            if not low <= value <= high:
                raise self._problem(*place, key, f'"{key}" is between {low:g} and {high:g}')
        return value

    def _problem(self, part: str, index: int, key: str, reason: str, do: str = "") -> RecipeRefused:
        where = f"{self._file}, line {self._lines.line(part, index, key)}"
        return RecipeRefused(reason, do or _DO, where, part=part, index=index, key=key)
