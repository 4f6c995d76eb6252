"""A recipe: the typed description from which a model is built and trained."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, Final

from mmdesk.core.errors import RecipeRefused
from mmdesk.core.fields.kinds import KINDS
from mmdesk.core.fields.schema import Field, Schema
from mmdesk.core.fields.toml_lines import TomlLines
from mmdesk.core.recipe.check import check_recipe
from mmdesk.core.recipe.encoder import Encoder
from mmdesk.core.recipe.fusion import Fusion
from mmdesk.core.recipe.option import Option, options_of
from mmdesk.core.recipe.parts import RESERVED, Augment, Recipe, TargetRecipe, Training
from mmdesk.core.recipe.registry import ENCODERS, FUSIONS, new_encoder, new_fusion
from mmdesk.words import QT_TR_NOOP, tr

__all__ = [
    "RESERVED",
    "Augment",
    "Encoder",
    "Fusion",
    "Recipe",
    "TargetRecipe",
    "Training",
    "check_recipe",
    "default_recipe",
    "new_encoder",
    "new_fusion",
    "read_recipe",
    "write_recipe",
]

_TABLES: Final = ("encoder", "fusion", "target", "training", "augment")
_DO: Final = QT_TR_NOOP("Correct that line and start again.")


def default_recipe(schema: Schema) -> Recipe:
    """Return the recipe for a schema when nobody chose another one.

    All images of a kind share one backbone and one projection; a left and a right image are compared.
    """
    encoders = []
    for kind, images in _by_kind(schema.images).items():
        sides = {image.side for image in images}
        compare = len(images) == 2 and sides == {"left", "right"}
        names = tuple(image.name for image in images)
        encoders.append(_usual(kind, names, compare=compare))
    encoders += [_usual(record.kind, (record.name,)) for record in schema.record]
    return Recipe(tuple(encoders))


def _by_kind(images: Sequence[Field]) -> dict[str, list[Field]]:
    found: dict[str, list[Field]] = {}
    for image in images:
        found.setdefault(image.kind, []).append(image)
    return found


def _usual(field_kind: str, names: tuple[str, ...], **options: Any) -> Encoder:
    """Return the encoder that a kind of field begins with."""
    name, width = KINDS[field_kind].encoder
    return new_encoder(name, names, width=width, **options)


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

    tables: dict[str, Any] = {
        "encoder": [{"kind": one.kind, "inputs": list(one.inputs)} | _values(one) for one in recipe.encoders],
        "fusion": {"merge": recipe.fusion.merge} | _values(recipe.fusion),
        "training": asdict(recipe.training),
    }
    if recipe.targets:
        tables["target"] = [asdict(target) for target in recipe.targets]
    if recipe.augment != Augment():
        tables["augment"] = asdict(recipe.augment)
    return tomli_w.dumps(tables)


def _values(part: Encoder | Fusion) -> dict[str, Any]:
    return {option.key: getattr(part, option.key) for option in options_of(type(part))}


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
            raise RecipeRefused(
                tr("this is not TOML, {words}", words=words),
                tr(_DO),
                tr("{file}, line {line}", file=self._file, line=line),
            ) from None
        for key in raw:
            if key not in _TABLES:
                raise self._problem("", 0, key, tr("[{key}] is no part of a recipe", key=key))
        rows = self._rows(raw, "encoder")
        if not rows:
            raise self._problem("", 0, "", tr("it needs at least one [[encoder]]"))
        encoders = tuple(self._encoder(row, index) for index, row in enumerate(rows))
        self._no_input_twice(encoders)
        return Recipe(
            encoders,
            self._fusion(raw.get("fusion", {})),
            Training(**self._table(Training, raw.get("training", {}), "training")),
            tuple(self._target(row, index) for index, row in enumerate(self._rows(raw, "target"))),
            Augment(**self._table(Augment, raw.get("augment", {}), "augment")),
        )

    def _rows(self, raw: dict[str, Any], part: str) -> list[Any]:
        rows = raw.get(part, [])
        if not isinstance(rows, list):
            raise self._problem("", 0, part, tr("each {part} is a [[{part}]] of its own", part=part))
        return rows

    def _encoder(self, row: Any, index: int) -> Encoder:
        if not isinstance(row, dict) or row.get("kind") not in ENCODERS:
            kinds = tr("the kind of an [[encoder]] is one of {encoders}", encoders=", ".join(ENCODERS))
            raise self._problem("encoder", index, "kind", kinds)
        kind = row["kind"]
        inputs = row.get("inputs")
        if not isinstance(inputs, list) or not inputs or not all(isinstance(name, str) for name in inputs):
            raise self._problem("encoder", index, "inputs", tr('each [[encoder]] lists its "inputs"'))
        own = {key: value for key, value in row.items() if key not in ("kind", "inputs")}
        said = tr('a {kind} encoder has no option "%s"', kind=kind)
        values = self._options(options_of(ENCODERS[kind]), own, ("encoder", index), said)
        encoder = new_encoder(kind, tuple(inputs), **values)
        try:
            encoder.check()
        except RecipeRefused as problem:
            raise self._problem("encoder", index, problem.key, problem.reason, problem.do) from problem
        return encoder

    def _fusion(self, raw: Any) -> Fusion:
        """Read the fusion; an option of another one, which older files hold, is checked and let go."""
        if not isinstance(raw, dict):
            raise self._problem("", 0, "fusion", tr("[fusion] is a table"))
        merge = raw.get("merge", next(iter(FUSIONS)))
        if merge not in FUSIONS:
            raise self._problem("fusion", 0, "merge", tr('"merge" is one of {fusions}', fusions=", ".join(FUSIONS)))
        own = options_of(FUSIONS[merge])
        others = [one for made in FUSIONS.values() for one in options_of(made)]
        given = {key: value for key, value in raw.items() if key != "merge"}
        values = self._options((*others, *own), given, ("fusion", 0), tr('[fusion] has no option "%s"'))
        keys = {option.key for option in own}
        return new_fusion(merge, **{key: value for key, value in values.items() if key in keys})

    def _no_input_twice(self, encoders: Sequence[Encoder]) -> None:
        seen: set[str] = set()
        for index, encoder in enumerate(encoders):
            for name in encoder.inputs:
                if name in seen:
                    raise self._problem(
                        "encoder", index, "inputs", tr('the input "{name}" has two encoders', name=name)
                    )
                seen.add(name)

    def _target(self, row: Any, index: int) -> TargetRecipe:
        if not isinstance(row, dict) or "name" not in row:
            raise self._problem("target", index, "", tr('each [[target]] has a "name"'))
        if not isinstance(row["name"], str):
            raise self._problem("target", index, "name", tr('"name" is a text'))
        own = {key: value for key, value in row.items() if key != "name"}
        return TargetRecipe(row["name"], **self._table(TargetRecipe, own, "target", index))

    def _table(self, target: type, raw: Any, part: str, index: int = 0) -> dict[str, Any]:
        if not isinstance(raw, dict):
            raise self._problem("", 0, part, tr("[{part}] is a table", part=part))
        return self._options(options_of(target), raw, (part, index), tr('[{part}] has no option "%s"', part=part))

    def _options(
        self, options: Sequence[Option], raw: dict[str, Any], place: tuple[str, int], unknown: str
    ) -> dict[str, Any]:
        """Return the values of options, of their types."""
        by_key = {option.key: option for option in options}
        values: dict[str, Any] = {}
        for key, value in raw.items():
            if key not in by_key:
                raise self._problem(*place, key, unknown % key)
            if why := by_key[key].why_not(value):
                raise self._problem(*place, key, why)
            values[key] = by_key[key].kind(value)
        return values

    def _problem(self, part: str, index: int, key: str, reason: str, do: str = "") -> RecipeRefused:
        where = tr("{file}, line {line}", file=self._file, line=self._lines.line(part, index, key))
        return RecipeRefused(reason, do or tr(_DO), where, part=part, index=index, key=key)
