"""What a sheet tells beside its cells: merged cells, hidden rows, formulas that were never computed."""

from __future__ import annotations

import posixpath
import re
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO
from xml.etree import ElementTree

from mmdesk.words import tr

_MERGE = re.compile(rb'<(?:\w+:)?mergeCell\s[^>]*?ref="([A-Z]{1,3})(\d{1,7}):([A-Z]{1,3})(\d{1,7})"')
_UNCOMPUTED = re.compile(rb"(?:</(?:\w+:)?f>|<(?:\w+:)?f(?:\s[^>]*)?/>)(?:<v\s*/>|<v></v>)?</(?:\w+:)?c>")
_HIDDEN_ROW = re.compile(rb'<(?:\w+:)?row\s[^>]*?hidden="(?:1|true)"')
_ZEROS = re.compile(rb'formatCode="0{2,}"')
_BLOCK = 1 << 20
_OVERLAP = 200
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_MOST = 200_000
"""Merged ranges of a sheet that are looked at."""


@dataclass(slots=True)
class Merged:
    """The merged cells of one sheet.

    Attributes:
        ranges: First row, last row (counted from 1), first and last column (counted from 0).
        uncomputed: Formulas whose cells hold no result.
        hidden: Rows that a spreadsheet program does not show.
        padded: Numbers may be shown with leading zeros.
    """

    ranges: list[tuple[int, int, int, int]] = field(default_factory=list)
    _from: dict[int, list[tuple[int, int]]] = field(default_factory=dict)
    _down: Counter[int] = field(default_factory=Counter)
    _across: int = 0
    uncomputed: int = 0
    hidden: int = 0
    padded: bool = True

    def above(self, row: int) -> list[tuple[int, int, int]]:
        """Return row, first and last column of the merged cells that begin above a row."""
        return [(top, left, right) for top, _, left, right in self.ranges if top < row]

    def starting(self, row: int) -> None:
        """Take the ranges that begin at a row or below it as parts of the data."""
        for top, bottom, left, right in self.ranges:
            if top < row:
                continue
            if bottom > top:
                self._from.setdefault(top, []).append((left, bottom))
                self._down[left] += bottom - top
            self._across += right > left

    def filler(self) -> Callable[[int, list[str]], list[str]]:
        """Return what fills the empty cells of each row in turn from the merged cell they are part of."""
        standing: dict[int, tuple[int, str]] = {}

        def filled(number: int, cells: list[str]) -> list[str]:
            for column, bottom in self._from.get(number, ()):
                standing[column] = (bottom, cells[column] if column < len(cells) else "")
            for column, (bottom, text) in list(standing.items()):
                if number > bottom:
                    del standing[column]
                elif text:
                    cells = [*cells, *[""] * (column + 1 - len(cells))]
                    cells[column] = cells[column] or text
            return cells

        return filled

    def warnings(self, columns: Sequence[str]) -> list[str]:
        """Say which columns were filled down, and what else a person may not expect of the sheet."""
        said = [
            tr(
                "Merged cells of '{columns}' are filled down: {count} cells get the text above them.",
                columns=columns[column],
                count=count,
            )
            for column, count in sorted(self._down.items())
            if column < len(columns)
        ]
        if self._across:
            said.append(
                tr(
                    "{across} merged cells go over several columns; their text counts for the first.",
                    across=self._across,
                )
            )
        if self.uncomputed:
            said.append(
                tr(
                    "{uncomputed} formulas were never computed, so their cells are empty. "
                    "Open the workbook in a spreadsheet program and save it.",
                    uncomputed=self.uncomputed,
                )
            )
        if self.hidden:
            said.append(tr("{hidden} rows that are hidden in the sheet are read as well.", hidden=self.hidden))
        return said


def merged_in(path: Path, sheet: str) -> Merged:
    """Find the merged cells of a sheet, which stand behind its rows in the file."""
    merged = Merged()
    with zipfile.ZipFile(path) as packed:
        with suppress(KeyError):
            merged.padded = bool(_ZEROS.search(packed.read("xl/styles.xml")))
        part = _part_of(packed, sheet)
        if not part:
            return merged
        with packed.open(part) as file:
            for found in _found(file):
                if found.re is _UNCOMPUTED:
                    merged.uncomputed += 1
                elif found.re is _HIDDEN_ROW:
                    merged.hidden += 1
                elif len(merged.ranges) < _MOST:
                    left, top, right, bottom = found.groups()
                    merged.ranges.append((int(top), int(bottom), _column(left), _column(right)))
    return merged


def _found(file: IO[bytes]) -> Iterator[re.Match[bytes]]:
    """Yield what is looked for in a sheet's XML, which is read in blocks."""
    kept = b""
    ends = dict.fromkeys((_MERGE, _UNCOMPUTED, _HIDDEN_ROW), 0)
    while block := file.read(_BLOCK):
        text = kept + block
        for pattern in ends:
            for found in pattern.finditer(text, ends[pattern]):
                ends[pattern] = found.end()
                yield found
        kept = text[-_OVERLAP:]
        cut = len(text) - len(kept)
        ends = {pattern: max(end - cut, 0) for pattern, end in ends.items()}


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number - 1


def _part_of(packed: zipfile.ZipFile, sheet: str) -> str:
    """Return the name of a sheet's part; empty where the workbook does not tell."""
    try:
        book = ElementTree.fromstring(packed.read("xl/workbook.xml"))  # noqa: S314  (openpyxl has read it)
        links = ElementTree.fromstring(packed.read("xl/_rels/workbook.xml.rels"))  # noqa: S314
    except (KeyError, ElementTree.ParseError):
        return ""
    targets = {link.get("Id"): link.get("Target", "") for link in links}
    for entry in book.iter():
        if entry.tag.endswith("}sheet") and entry.get("name") == sheet:
            target = targets.get(entry.get(_RELATION), "")
            part = target.lstrip("/") if target.startswith("/") else posixpath.join("xl", target)
            return part if part in packed.namelist() else ""
    return ""
