"""Dataclasses of texts and numbers, read from JSON and refused where a value is of another type."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any, Final, TypeVar

T = TypeVar("T")


class Unreadable(ValueError):
    """What was read has not the shape that it should have."""


_TYPES: Final[Mapping[str, tuple[type, ...]]] = {
    "str": (str,),
    "int": (int,),
    "float": (int, float),
    "int | None": (int, type(None)),
    "float | None": (int, float, type(None)),
}


def read_flat(kind: type[T], raw: object, **more: Any) -> T:
    """Return a dataclass whose texts and numbers come from a JSON object.

    Keys that the dataclass does not know are passed over, so that a later program's data can be
    read; those that it has a default for may be missing.

    Args:
        kind: The dataclass; its module postpones the evaluation of annotations.
        raw: What was read.
        more: Values of the other fields.

    Raises:
        Unreadable: It is no object, a key is missing, or a value is of another type.
    """
    if not isinstance(raw, Mapping):
        raise Unreadable(f"{kind.__name__} is no object")
    found: dict[str, Any] = {}
    for field in fields(kind):  # type: ignore[arg-type]
        types = _TYPES.get(str(field.type))
        if types is None or field.name not in raw:
            continue
        value = raw[field.name]
        if not isinstance(value, types) or isinstance(value, bool):
            raise Unreadable(f"{field.name} of {kind.__name__} is {value!r:.80}")
        found[field.name] = value
    try:
        return kind(**found, **more)
    except TypeError as why:
        raise Unreadable(str(why)) from why
