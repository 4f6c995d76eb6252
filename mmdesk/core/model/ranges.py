"""Ranges of fields, such as x1..x100, written out."""

from __future__ import annotations

import re
from collections.abc import Sequence

from mmdesk.core.errors import Situation
from mmdesk.core.fields.schema import Schema
from mmdesk.words import tr

_NUMBERED = re.compile(r"(.*?)(\d+)")
_MOST = 10_000
"""Fields that a range takes in at most."""


def expand(names: Sequence[str], schema: Schema) -> tuple[str, ...]:
    """Return field names with each range, such as x1..x100, written out.

    A range counts the numbers at the names' ends; where the names do not end in numbers, it is all
    inputs of the schema from the one to the other.

    Raises:
        Situation: An end of a range, or one in between, is no input.
    """
    known = [one.name for one in schema.inputs]
    found: list[str] = []
    for name in names:
        first, dots, last = (part.strip() for part in name.partition(".."))
        if not dots or name in known:
            found.append(name)
            continue
        some = _counted(first, last)
        if not some and first in known and last in known:
            some = known[known.index(first) : known.index(last) + 1]
        if absent := [one for one in some if one not in known]:
            raise Situation(
                tr("The project has no input called {absent}, which {name} takes in.", absent=absent[0], name=name)
            )
        if not some:
            raise Situation(
                tr("{name} is no range of inputs.", name=name),
                do=tr("Name the first and the last input, such as x1..x100."),
            )
        found += some
    return tuple(found)


def _counted(first: str, last: str) -> list[str]:
    one, other = _NUMBERED.fullmatch(first), _NUMBERED.fullmatch(last)
    if not (one and other) or one[1] != other[1]:
        return []
    if len(one[2]) > 9 or len(other[2]) > 9 or int(other[2]) - int(one[2]) >= _MOST:
        return []
    width = len(one[2]) if one[2].startswith("0") else 0
    return [f"{one[1]}{number:0{width}d}" for number in range(int(one[2]), int(other[2]) + 1)]
