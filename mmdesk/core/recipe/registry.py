"""All encoders and fusions by name: those in `encoders` and `fusions`, found by being there."""

from __future__ import annotations

import importlib
import pkgutil
from typing import Any, Final

from mmdesk.core.fields.kinds import KINDS
from mmdesk.core.recipe import encoders, fusions
from mmdesk.core.recipe.encoder import Encoder
from mmdesk.core.recipe.fusion import Fusion
from mmdesk.core.recipe.option import options_of

ENCODERS: Final[dict[str, type[Encoder]]] = {}
"""Encoders by kind, by rank."""

FUSIONS: Final[dict[str, type[Fusion]]] = {}
"""Fusions by the name of their merge, by rank."""


def register_encoder(made: type[Encoder]) -> type[Encoder]:
    """Let recipes use an encoder. Those in `core/recipe/encoders` are registered by themselves."""
    _put(ENCODERS, made.kind, made)
    return made


def register_fusion(made: type[Fusion]) -> type[Fusion]:
    """Let recipes use a fusion. Those in `core/recipe/fusions` are registered by themselves."""
    _put(FUSIONS, made.merge, made)
    return made


def kinds_for(field_kind: str) -> tuple[str, ...]:
    """Return the kinds of encoder that take an input of some kind, first what is to be offered first."""
    form = KINDS[field_kind].form
    return tuple(kind for kind, made in ENCODERS.items() if form in made.takes)


def new_encoder(kind: str, inputs: tuple[str, ...], **options: Any) -> Encoder:
    """Return an encoder.

    Args:
        kind: One of `ENCODERS`.
        inputs: Inputs that it serves.
        **options: Those of its kind.
    """
    return ENCODERS[kind](inputs, **options)


def new_fusion(merge: str = "concatenate", **options: Any) -> Fusion:
    """Return a fusion.

    Args:
        merge: One of `FUSIONS`.
        **options: Those that it has.
    """
    return FUSIONS[merge](**options)


def as_kind(encoder: Encoder, kind: str) -> Encoder:
    """Return an encoder of another kind that keeps the options which that kind has."""
    return new_encoder(kind, encoder.inputs, **_kept(encoder, ENCODERS[kind]))


def as_merge(fusion: Fusion, merge: str) -> Fusion:
    """Return another fusion that keeps the options which it has."""
    return new_fusion(merge, **_kept(fusion, FUSIONS[merge]))


def _kept(part: object, other: type) -> dict[str, Any]:
    kept = {}
    for option in options_of(other):
        value = getattr(part, option.key, None)
        if value is not None and not option.why_not(value):
            kept[option.key] = value
        elif option.first is not None:
            kept[option.key] = option.first
    return kept


def _put(table: dict[str, Any], name: str, made: Any) -> None:
    """Enter a class where its rank says."""
    table[name] = made
    for key in sorted(table, key=lambda one: table[one].rank):
        table[key] = table.pop(key)


def _find() -> None:
    for package, base, register in (
        (encoders, Encoder, register_encoder),
        (fusions, Fusion, register_fusion),
    ):
        for found in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
            module = importlib.import_module(found.name)
            for made in vars(module).values():
                own = isinstance(made, type) and made.__module__ == module.__name__
                if own and issubclass(made, base):
                    register(made)


_find()
