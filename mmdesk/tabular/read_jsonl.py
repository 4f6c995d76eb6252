"""JSON lines: one object a line, its keys the columns."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mmdesk.core.errors import TableProblem
from mmdesk.tabular.read_text import find_encoding
from mmdesk.tabular.records import LONGEST_ROW
from mmdesk.tabular.table import MOST_COLUMNS, RowProblem, Table, TableRow, tidy_columns
from mmdesk.words import tr


def open_jsonl(path: Path) -> Table:
    """Open a file with one JSON object a line; columns stand in the order of first use.

    Raises:
        TableProblem: No line is an object.
    """
    encoding, warnings = find_encoding(path)
    keys: dict[str, None] = {}
    for record in _objects(path, encoding):
        if not isinstance(record, RowProblem):
            keys.update(dict.fromkeys(record[1]))
        if len(keys) > MOST_COLUMNS:
            break
    if not keys:
        raise TableProblem(tr("{name} holds no JSON objects.", name=path.name), do=tr("Write one object a line."))
    columns, renamed = tidy_columns(list(keys), path)

    def read() -> Iterator[TableRow | RowProblem]:
        for record in _objects(path, encoding):
            if isinstance(record, RowProblem):
                yield record
            else:
                yield TableRow(record[0], tuple(as_text(record[1].get(key)) for key in keys))

    return Table(path, columns, (*warnings, *renamed), read)


def as_text(value: Any) -> str:
    """Return a JSON value as a cell's text: nothing for null, JSON for lists and objects."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return json.dumps(value, ensure_ascii=False)


def _objects(path: Path, encoding: str) -> Iterator[tuple[int, dict[str, Any]] | RowProblem]:
    with path.open(encoding=encoding, errors="replace") as file:
        for number, line in enumerate(iter(lambda: file.readline(LONGEST_ROW), ""), 1):
            if len(line) == LONGEST_ROW:
                yield RowProblem(number, "", tr("it is too long to be a row; the rest of the file is left out"))
                return
            if not line.strip():
                continue
            try:
                value = json.loads(line)
            except (ValueError, RecursionError):
                yield RowProblem(number, "", tr("it is not JSON"))
                continue
            if isinstance(value, dict):
                yield number, value
            else:
                yield RowProblem(number, "", tr("it is JSON, but no object with keys"))
