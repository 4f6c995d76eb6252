"""CSV and TSV, by the standard `csv` module: nothing is lost or garbled in silence."""

from __future__ import annotations

import codecs
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from mmdesk.core.errors import TableProblem
from mmdesk.tabular.layout import LOOKED_AT, Header, Layout, find_header, no_such_header
from mmdesk.tabular.records import read_records
from mmdesk.tabular.table import RowProblem, Table, TablePlace, TableRow, fit_row, tidy_columns
from mmdesk.words import tr

DELIMITERS = (",", ";", "\t", "|")
_SAMPLE_LINES = 200
_SAMPLE_SIZE = 1 << 20
"""Characters that the delimiter is found from."""
_SEPARATOR = re.compile(r'"?sep=(.)"?\s*', re.IGNORECASE)
_QUOTED = re.compile(r'(?:(?<=[,;\t|\r\n])|\A)"[^"]*(?:""[^"]*)*(?:"|\Z)')
_BEYOND = re.compile(rb"[\x80-\xff]")
_CYRILLIC = re.compile(rb"[\xa8\xb8\xc0-\xff]{3,}")
_CLEAN_ROWS = 50
_MANY = 2
"""Columns from which on a line within a quoted cell may pass for a row."""


def open_text(path: Path, layout: Layout | None = None) -> Table:
    """Open a CSV or TSV file; encoding, delimiter and header are found out and reported.

    Args:
        path: The file.
        layout: Where the table begins, as a person chose it.

    Raises:
        TableProblem: The file is empty, binary, or has no header.
    """
    encoding, warnings = find_encoding(path)
    declared = declared_delimiter(path, encoding)
    delimiter = declared or find_delimiter(path, encoding)
    skip = int(bool(declared))
    header = _header(path, encoding, delimiter, skip, layout.header if layout else 0)
    columns, renamed = tidy_columns(header.names, path)
    rows = _RowLike(path, encoding, delimiter, header.last, len(columns))

    def read() -> Iterator[TableRow | RowProblem]:
        for record in read_records(path, encoding, delimiter):
            number = record.row if isinstance(record, RowProblem) else record[0]
            if number <= header.last:
                continue
            row = record if isinstance(record, RowProblem) else _row(*record, len(columns), rows)
            if row is not None:
                yield row

    said = (*warnings, *header.warnings, *renamed)
    return Table(path, columns, said, read, delimiter, TablePlace(header.first))


def _header(path: Path, encoding: str, delimiter: str, skip: int, chosen: int) -> Header:
    """Return the header.

    Raises:
        TableProblem: There is none, or it cannot be read.
    """
    start: list[tuple[int, list[str]]] = []
    for record in read_records(path, encoding, delimiter, skip):
        if isinstance(record, RowProblem):
            if chosen in {0, record.row} and not start:
                raise TableProblem(
                    tr("The header of {name} cannot be read: {reason}.", name=path.name, reason=record.reason),
                    do=tr("Mend its first line."),
                )
            continue
        if any(cell.strip() for cell in record[1]):
            start.append(record)
        if len(start) >= LOOKED_AT and record[0] >= chosen:
            break
    if not start:
        raise TableProblem(tr("The table {name} is empty.", name=path.name), do=tr("Choose another file."))
    header = find_header(start, chosen)
    if header is None:
        raise no_such_header(path, chosen)
    return header


def _row(number: int, cells: list[str], width: int, rows: _RowLike) -> TableRow | RowProblem | None:
    """Return a row, refusing one whose stray quotes have swallowed others."""
    inside = [cell for cell in cells if "\n" in cell]
    if inside and len(cells) != width:
        return RowProblem(number, "", "a quoted cell goes on over several lines and the cells do not fit the header")
    if inside and any(rows.alike(line, cells) for cell in inside for line in cell.split("\n")[1:-1]):
        return RowProblem(number, "", "a quoted cell of it holds lines that look like rows")
    return fit_row(number, cells, width)


class _RowLike:
    """Tells whether a line within a quoted cell looks like a row of the table.

    A report of several lines may have as many commas as the table; but only a swallowed row has a
    number where the table has numbers and a name like the other names.
    """

    def __init__(self, path: Path, encoding: str, delimiter: str, last: int, width: int) -> None:
        self._records = (path, encoding, delimiter)
        self._last = last
        self._width = width
        self._delimiter = delimiter
        self._shapes: list[set[str]] | None = None

    def alike(self, line: str, cells: Sequence[str]) -> bool:
        """Tell whether a line may be a row; `cells` are those of the row that it stands in."""
        if self._width <= _MANY or line.count(self._delimiter) != self._width - 1:
            return False
        if self._shapes is None:
            self._shapes = self._learnt()
        known = self._shapes
        if not any(known):
            known = [set() if "\n" in cell else {_shape(cell)} for cell in cells]
        parts = line.rstrip("\r").split(self._delimiter)
        return all(not shapes or _shape(part) in shapes for part, shapes in zip(parts, known, strict=True))

    def _learnt(self) -> list[set[str]]:
        shapes: list[set[str]] = [set() for _ in range(self._width)]
        clean = 0
        for record in read_records(*self._records):
            if isinstance(record, RowProblem) or record[0] <= self._last:
                continue
            if len(record[1]) == self._width and not any("\n" in cell for cell in record[1]):
                clean += 1
                for known, cell in zip(shapes, record[1], strict=True):
                    known.add(_shape(cell))
            if clean == _CLEAN_ROWS:
                break
        return shapes


def _shape(cell: str) -> str:
    """Return what a cell is made of: digits, letters, both, and whether a blank stands before it."""
    blank = " " if cell[:1].isspace() else ""
    digits = any(sign.isdigit() for sign in cell)
    letters = any(sign.isalpha() for sign in cell)
    return f"{blank}{'9' if digits else ''}{'a' if letters else ''}"


def find_encoding(path: Path) -> tuple[str, list[str]]:
    """Return a file's encoding, and a warning where it had to be guessed.

    A byte order mark decides; else UTF-8 when every byte fits; else Windows-1251 for Cyrillic and
    Windows-1252 for the rest, whose unused bytes are read as a replacement sign.

    Raises:
        TableProblem: The bytes are no text.
    """
    with path.open("rb") as file:
        start = file.read(4096)
    if start.startswith(codecs.BOM_UTF8):
        return "utf-8-sig", []
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16", []
    if start[1::2].count(0) > len(start) / 4:
        return "utf-16-le", [tr("{name} is read as UTF-16 without a byte order mark.", name=path.name)]
    if start[::2].count(0) > len(start) / 4:
        return "utf-16-be", [tr("{name} is read as UTF-16 without a byte order mark.", name=path.name)]
    if start.count(0) > len(start) / 20:
        raise TableProblem(
            tr("{name} is not a table of text.", name=path.name), do=tr("Choose a CSV, XLSX, Parquet or JSONL file.")
        )
    decoder = codecs.getincrementaldecoder("utf-8")()
    with path.open("rb") as file:
        try:
            while block := file.read(1 << 20):
                decoder.decode(block)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError as problem:
            code = _code_page(problem.object)
            sign = bytes([problem.object[problem.start]]).decode(code, "replace")
            return code, [
                tr(
                    "{name} is not UTF-8; it is read as Windows-{code} (a byte reads as '{sign}').",
                    name=path.name,
                    code=code[2:],
                    sign=sign,
                )
            ]
    return "utf-8", []


def _code_page(sample: bytes) -> str:
    """Return Windows-1251 where most letters beyond ASCII stand in words of them, as Cyrillic ones do."""
    beyond = len(_BEYOND.findall(sample))
    within = sum(map(len, _CYRILLIC.findall(sample)))
    return "cp1251" if within * 2 > beyond else "cp1252"


def declared_delimiter(path: Path, encoding: str) -> str:
    """Return the delimiter that a first line such as `sep=;` declares; empty where none does."""
    with path.open(encoding=encoding, errors="replace") as file:
        found = _SEPARATOR.fullmatch(file.readline(20))
    return found[1] if found and found[1] != "\n" else ""


def find_delimiter(path: Path, encoding: str) -> str:
    """Return what stands between cells: the sign that splits most lines into equally many cells."""
    with path.open(encoding=encoding, errors="replace", newline="") as file:
        whole = file.read(_SAMPLE_SIZE)
    lines = [line for line in _QUOTED.sub("x", whole).splitlines() if line.strip()]
    lines = lines[: min(_SAMPLE_LINES, max(len(lines) - (len(whole) == _SAMPLE_SIZE), 1))]
    best = (0.0, 0, 0)
    found = "\t" if path.suffix.lower() in {".tsv", ".tab"} else ","
    for delimiter in DELIMITERS:
        widths = [line.count(delimiter) + 1 for line in lines]
        usual, count = max(Counter(widths).items(), key=lambda width: (width[1], width[0]), default=(0, 0))
        if usual < 2 <= max(widths[:1], default=0):
            usual, count = widths[0], Counter(widths)[widths[0]]
        if usual >= 2:
            # The header has the usual width, so the fewer lines stand above the first such line the better.
            score = (round(count / len(widths), 1), -widths.index(usual), usual)
            if score > best:
                best, found = score, delimiter
    return found
