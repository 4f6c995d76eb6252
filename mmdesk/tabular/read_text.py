"""CSV and TSV, by the standard `csv` module: nothing is lost or garbled in silence."""

from __future__ import annotations

import codecs
import csv
import itertools
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from mmdesk.core.errors import TableProblem
from mmdesk.tabular.table import Row, RowProblem, Table, fit_row, tidy_columns

DELIMITERS = (",", ";", "\t", "|")
LONGEST_CELL = 16 * 1024 * 1024
"""Characters; a longer line is refused."""
_LONGEST_QUOTE = 500
"""Lines that one quoted cell may span before its quote counts as never closed."""
_SAMPLE = 200


def open_text(path: Path) -> Table:
    """Open a CSV or TSV file; encoding and delimiter are found out and reported.

    Raises:
        TableProblem: The file is empty, binary, or has no header.
    """
    encoding, warnings = find_encoding(path)
    delimiter = find_delimiter(path, encoding)
    header = next(_records(path, encoding, delimiter), None)
    if header is None:
        raise TableProblem(f"The table {path.name} is empty.", do="Choose another file.")
    if isinstance(header, RowProblem):
        raise TableProblem(
            f"The header of {path.name} cannot be read: {header.reason}.", do="Mend its first line."
        )
    columns, renamed = tidy_columns(header[1], path)

    def read() -> Iterator[Row | RowProblem]:
        for record in itertools.islice(_records(path, encoding, delimiter), 1, None):
            row = record if isinstance(record, RowProblem) else _row(*record, len(columns), delimiter)
            if row is not None:
                yield row

    return Table(path, columns, (*warnings, *renamed), read, delimiter)


def _row(number: int, cells: list[str], width: int, delimiter: str) -> Row | RowProblem | None:
    """Return a row, refusing one whose stray quotes have swallowed others."""
    inside = [line for cell in cells if "\n" in cell for line in cell.splitlines()]
    if inside and len(cells) != width:
        return RowProblem(
            number, "", "a quoted cell goes on over several lines and the cells do not fit the header"
        )
    if width > 2 and any(line.count(delimiter) == width - 1 for line in inside):
        return RowProblem(number, "", "a quoted cell of it holds lines that look like rows")
    return fit_row(number, cells, width)


def find_encoding(path: Path) -> tuple[str, list[str]]:
    """Return a file's encoding, and a warning where it had to be guessed.

    A byte order mark decides; else UTF-8 when every byte fits; else Windows-1252, whose
    five unused bytes are read as a replacement sign.

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
        return "utf-16-le", [f"{path.name} is read as UTF-16 without a byte order mark."]
    if start[::2].count(0) > len(start) / 4:
        return "utf-16-be", [f"{path.name} is read as UTF-16 without a byte order mark."]
    if start.count(0) > len(start) / 20:
        raise TableProblem(
            f"{path.name} is not a table of text.", do="Choose a CSV, XLSX, Parquet or JSONL file."
        )
    decoder = codecs.getincrementaldecoder("utf-8")()
    with path.open("rb") as file:
        try:
            while block := file.read(1 << 20):
                decoder.decode(block)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError as problem:
            sign = bytes([problem.object[problem.start]]).decode("cp1252", "replace")
            return "cp1252", [
                f"{path.name} is not UTF-8; it is read as Windows-1252 (a byte reads as '{sign}')."
            ]
    return "utf-8", []


def find_delimiter(path: Path, encoding: str) -> str:
    """Return what stands between cells: the sign that splits most lines into equally many cells."""
    with path.open(encoding=encoding, errors="replace", newline="") as file:
        lines = [line for line in itertools.islice(file, _SAMPLE) if line.strip()]
    best = (0.0, 0)
    found = "\t" if path.suffix.lower() in {".tsv", ".tab"} else ","
    for delimiter in DELIMITERS:
        widths = [len(row) for row in csv.reader(lines, delimiter=delimiter) if row]
        if not widths or widths[0] < 2:
            continue
        agreeing = Counter(widths)[widths[0]] / len(widths)
        score = (round(agreeing, 1), widths[0])
        if score > best:
            best, found = score, delimiter
    return found


def _records(path: Path, encoding: str, delimiter: str) -> Iterator[tuple[int, list[str]] | RowProblem]:
    """Yield (row number, cells), and a problem for each line whose quotes do not close."""
    csv.field_size_limit(LONGEST_CELL)
    with path.open(encoding=encoding, errors="replace", newline="") as file:
        lines = _Lines(file)
        for number, line in enumerate(lines, 1):
            if len(line) > LONGEST_CELL:
                yield RowProblem(number, "", "it is too long to be a row")
            elif '"' not in line:
                yield number, line.rstrip("\r\n").replace("\0", "").split(delimiter)
            else:
                yield _quoted(number, line, lines, delimiter)


def _quoted(number: int, line: str, lines: _Lines, delimiter: str) -> tuple[int, list[str]] | RowProblem:
    """Read a record with quotes, which may go on over the next lines."""
    taken = [line]
    while True:
        reader = csv.reader(taken, delimiter=delimiter, strict=True)
        try:
            cells = next(reader)
        except csv.Error as problem:
            if "unexpected end" not in str(problem):
                lines.give_back(taken[1:])
                return RowProblem(number, "", "a quote stands inside a quoted cell")
        else:
            lines.give_back(taken[reader.line_num :])
            return number, [cell.replace("\0", "") for cell in cells]
        more = list(itertools.islice(lines, len(taken)))
        taken += more
        if not more or len(taken) > _LONGEST_QUOTE:
            lines.give_back(taken[1:])
            return RowProblem(number, "", "a quote is opened and never closed")


class _Lines:
    """The lines of a file, some of which can be given back."""

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines = lines
        self._waiting: list[str] = []

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        return self._waiting.pop() if self._waiting else next(self._lines)

    def give_back(self, lines: list[str]) -> None:
        """Make these the next lines."""
        self._waiting.extend(reversed(lines))
