"""A recipe: the typed description from which a model is built and trained."""

from __future__ import annotations

import tomllib
from dataclasses import asdict, fields
from typing import Any

from mmdesk.core.errors import ModelProblem
from mmdesk.core.recipe_check import check_encoder, check_recipe, refused
from mmdesk.core.recipe_parts import (
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
from mmdesk.core.schema import Field, Schema

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
        if key not in {"encoder", "fusion", "target", "training", "augment"}:
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
        _read_targets(raw.get("target", []), file),
        Augment(**_read_table(Augment, raw.get("augment", {}), "[augment]", file)),
    )


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
    try:
        check_encoder(encoder)
    except ModelProblem as problem:
        raise _problem(file, problem.what.split(": ", 1)[-1].rsplit(" (", 1)[0], problem.do) from problem
    return encoder


def _read_targets(rows: Any, file: str) -> tuple[TargetRecipe, ...]:
    if not isinstance(rows, list) or not all(isinstance(row, dict) and "name" in row for row in rows):
        raise _problem(file, 'each [[target]] has a "name"')
    return tuple(TargetRecipe(**_read_table(TargetRecipe, row, "[[target]]", file)) for row in rows)


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
    if key in WORDS_ALLOWED and value not in WORDS_ALLOWED[key]:
        raise _problem(where, f'"{key}" is one of {", ".join(WORDS_ALLOWED[key])}')
    if key in RANGES:
        low, high = RANGES[key]
        if not low <= value <= high:
            raise _problem(where, f'"{key}" is between {low:g} and {high:g}')
    return value


def _problem(where: str, what: str, do: str = "Correct that line and start again.") -> ModelProblem:
    return refused(what, do, where)
