"""Where the keys of a TOML text stand: `tomllib` tells no lines, so they are looked up."""

from __future__ import annotations

import re
import tomllib

_HEADER = re.compile(r"^\s*\[{1,2}\s*[\"']?([\w-]+)[\"']?\s*\]{1,2}\s*(?:#.*)?$")
_KEY = re.compile(r"^\s*[\"']?([\w-]+)[\"']?\s*=")
_AT_LINE = re.compile(r"\s*\(at (?:line (\d+), column \d+|end of document)\)$")


class TomlLines:
    """The lines of a text's tables and keys.

    Args:
        text: The whole file.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self._index: dict[tuple[str, int, str], int] = {}
        counts: dict[str, int] = {}
        table, place = "", 0
        for number, line in enumerate(text.splitlines(), 1):
            if header := _HEADER.match(line):
                table = header.group(1)
                place = counts.get(table, 0)
                counts[table] = place + 1
                self._index.setdefault((table, place, ""), number)
                self._index.setdefault(("", 0, table), number)
            elif key := _KEY.match(line):
                self._index.setdefault((table, place, key.group(1)), number)

    def line(self, table: str, place: int = 0, key: str = "") -> int:
        """Return the line of a key, else that of its table, else the first.

        Args:
            table: Name of the table; empty for the text's top level.
            place: How many tables of that name come before.
            key: The key; empty for the table itself.
        """
        return self._index.get((table, place, key)) or self._index.get((table, place, "")) or 1

    def undecodable(self, error: tomllib.TOMLDecodeError) -> tuple[int, str]:
        """Return the line where a text stops being TOML, and why in words."""
        words = str(error)
        found = _AT_LINE.search(words)
        line = int(found.group(1)) if found and found.group(1) else self._text.count("\n") + 1
        return line, _AT_LINE.sub("", words)
