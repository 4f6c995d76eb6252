"""A file with the scale of each number: .csv, .toml or .json with name, mean and std."""

from __future__ import annotations

import csv
import io
import json
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mmdesk.core.errors import Situation
from mmdesk.core.model.mapping import MOST_BYTES
from mmdesk.words import tr

_NAMES, _OFF, _BY = ("name", "feature", "column", "field"), ("mean", "min", "offset"), ("std", "scale", "sd")


def bytes_of(file: Path, what: str, most: int) -> bytes:
    """Return the bytes of a file from outside, no more than a number of them.

    Args:
        file: The file.
        what: What it is, for messages.
        most: How many bytes it may have.

    Raises:
        Situation: It cannot be read, or is longer.
    """
    try:
        if not file.is_file():
            raise FileNotFoundError(file)
        with file.open("rb") as opened:
            data = opened.read(most + 1)
    except OSError as why:
        raise Situation(
            tr("The {what} {file} cannot be read.", what=what, file=file), do=tr("Check its name."), details=str(why)
        ) from why
    if len(data) > most:
        raise Situation(
            tr("The {what} {file} is longer than {most:,} bytes.", what=what, file=file, most=most),
            do=tr("Choose another file."),
        )
    return data


def read_scales(file: Path) -> dict[str, list[float]]:
    """Return by name what is taken off a number and what it is divided by.

    A table has columns `name`, `mean` and `std` (or `min` and `max`, or `scale`); TOML and JSON hold
    `age = {mean = 50, std = 12}` or `age = [50, 12]`.

    Raises:
        Situation: The file cannot be read as that.
    """
    text = bytes_of(file, tr("file of scales"), MOST_BYTES)
    details = ""
    try:
        found = {str(name): _pair(entry) for name, entry in _entries(text.decode("utf-8-sig"), file.suffix.casefold())}
    except (ValueError, KeyError, TypeError, AttributeError, StopIteration, RecursionError, csv.Error) as why:
        found, details = {}, repr(why)[:500]
    if not found:
        raise Situation(
            tr("The file of scales {file} cannot be used.", file=file),
            do=tr("Write one line a number with its name, mean and std."),
            details=details,
        )
    return found


def _entries(text: str, suffix: str) -> list[tuple[str, Any]]:
    if suffix in (".json", ".toml"):
        return list((json.loads(text) if suffix == ".json" else tomllib.loads(text)).items())
    found: dict[str, Any] = {}
    for row in csv.DictReader(io.StringIO(text)):
        plain = {str(key).strip().casefold(): value for key, value in row.items()}
        name = _first(plain, _NAMES).strip()
        if name in found:
            raise ValueError(name)
        found[name] = plain
    return list(found.items())


def _first(entry: Mapping[str, Any], names: tuple[str, ...]) -> Any:
    return entry[next((name for name in names if name in entry), names[0])]


def _pair(entry: Any) -> list[float]:
    if isinstance(entry, list):
        low, by = entry
        return [float(low), float(by)]
    plain = {str(key).strip().casefold(): value for key, value in entry.items()}
    low = float(_first(plain, _OFF))
    return [low, float(plain["max"]) - low if "max" in plain else float(_first(plain, _BY))]
