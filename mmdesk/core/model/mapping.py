"""`mapping.toml`: which fields a model made elsewhere takes and how, as a person keeps and shares it.

It comes from outside, so it is data alone: bounded, strict, and refused with the key that is wrong.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from mmdesk.core.errors import Situation
from mmdesk.core.model.foreign import Match
from mmdesk.core.model.questions import QUESTIONS
from mmdesk.core.model.reading import Reading
from mmdesk.core.model.readings import plain
from mmdesk.words import tr

MAPPING = "mapping.toml"
FORMAT = 1
MOST_BYTES = 2_000_000
_MOST_ENDS = 1000
_MOST_FIELDS = 10_000


@dataclass(frozen=True, slots=True)
class Mapped:
    """What a `mapping.toml` says.

    Attributes:
        fields: By input its fields, or by output its one target, as `core.model.foreign.match` takes them.
        answers: End, question and answer, as `Reading.said` takes them.
    """

    fields: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    answers: tuple[tuple[str, str, Any], ...] = ()


def read_mapping(data: bytes, file: str = MAPPING) -> Mapped:
    """Read and check a mapping; whether it fits a model is seen by `match` and `Reading.checked`.

    Args:
        data: The whole file.
        file: Its name, for messages.

    Raises:
        Situation: It is too long, no TOML, or says something that mmdesk does not know.
    """
    raw = _parsed(data, file)
    fields: dict[str, tuple[str, ...]] = {}
    answers: list[tuple[str, str, Any]] = []
    for part, key in (("inputs", "fields"), ("outputs", "target")):
        for end, table in _tables(raw, part, file).items():
            if end in fields:
                raise _refused(file, tr("{end} is an input and an output", end=_name(end)))
            fields[end] = _fields(table.get(key), f"{part}.{_name(end)}.{key}", file)
            answers += _answers(end, {name: one for name, one in table.items() if name != key}, part, file)
    return Mapped(fields, tuple(answers))


def _tables(raw: Mapping[str, Any], part: str, file: str) -> dict[str, dict[str, Any]]:
    tables = raw.get(part, {})
    if not isinstance(tables, dict) or len(tables) > _MOST_ENDS:
        raise _refused(file, tr("{part} is not a table for each", part=part))
    for end, table in tables.items():
        if not isinstance(table, dict):
            raise _refused(file, tr("{part}.{end} is no table", part=part, end=_name(end)))
    return tables


def _parsed(data: bytes, file: str) -> dict[str, Any]:
    if len(data) > MOST_BYTES:
        raise _refused(file, tr("it is longer than {most:,} bytes", most=MOST_BYTES))
    try:
        raw = tomllib.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError) as why:
        words = str(why) if isinstance(why, tomllib.TOMLDecodeError) else tr("it cannot be read as text")
        raise _refused(file, tr("it is no TOML ({words})", words=words[:200])) from None
    for key in raw:
        if key not in ("format", "inputs", "outputs"):
            raise _refused(file, tr("there is no {key} here", key=_name(key)))
    if raw.get("format") != FORMAT or isinstance(raw.get("format"), bool):
        raise _refused(file, tr("its format is not {format}", format=FORMAT))
    return raw


def write_mapping(found: Match, reading: Reading) -> str:
    """Return the text of a `mapping.toml` that `read_mapping` reads again."""
    import tomli_w

    inputs = {
        end: {"fields": list(names), **(plain(reading.inputs[end], whole=True) if end in reading.inputs else {})}
        for end, names in found.inputs.items()
    }
    outputs = {
        end: {"target": target, **plain(reading.outputs[end], whole=True)} for end, target in found.outputs.items()
    }
    return tomli_w.dumps({"format": FORMAT, "inputs": inputs, "outputs": outputs})


def _fields(value: Any, place: str, file: str) -> tuple[str, ...]:
    some = [value] if isinstance(value, str) else value
    if not isinstance(some, list) or not some or not all(isinstance(one, str) and one.strip() for one in some):
        raise _refused(file, tr("{place} names no field", place=place))
    if len(some) > _MOST_FIELDS or any(len(one) > 200 for one in some):
        raise _refused(file, tr("{place} is longer than mmdesk takes", place=place))
    return tuple(one.strip() for one in some)


def _answers(end: str, table: Mapping[str, Any], part: str, file: str) -> list[tuple[str, str, Any]]:
    forms = ["output"] if part == "outputs" else [form for form in QUESTIONS if form != "output"]
    found = []
    for key, value in table.items():
        asked = [one for form in forms for one in QUESTIONS[form] if one.key == key]
        if not asked:
            raise _refused(file, tr("nothing called {key} is asked of {end}", key=_name(key), end=_name(end)))
        try:
            found.append((end, key, asked[0].parse(value)))
        except ValueError as why:
            raise _refused(file, tr("{part}.{end}.{key}: {why}", part=part, end=_name(end), key=key, why=why)) from None
    return found


def _name(text: str) -> str:
    printed = "".join(sign if sign.isprintable() else "?" for sign in text[:60])
    return printed + ("..." if len(text) > 60 else "")


def _refused(file: str, why: str) -> Situation:
    return Situation(
        tr("The mapping {file} cannot be used: {why}.", file=file, why=why),
        do=tr("Correct it, or write one with: mmdesk models PROJECT mapping VERSION --out FILE."),
    )
