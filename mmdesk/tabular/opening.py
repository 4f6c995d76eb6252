"""One door to every format of table."""

from __future__ import annotations

import stat
from contextlib import suppress
from pathlib import Path

from mmdesk.core.errors import TableProblem
from mmdesk.tabular import read_jsonl, read_parquet, read_text, read_xlsx
from mmdesk.tabular.layout import Layout
from mmdesk.tabular.table import Table
from mmdesk.words import tr


def open_table(path: Path, layout: Layout | None = None) -> Table:
    """Open a CSV, TSV, XLSX, Parquet or JSON-lines table; its content decides, not its name.

    Args:
        path: The file.
        layout: Which sheet and row of it are the table and its header, as a person chose; found
            out where None.

    Raises:
        TableProblem: The file is not there, empty, or no table that mmdesk reads.
    """
    _refuse_devices(path)
    try:
        with path.open("rb") as file:
            start = file.read(4096)
    except OSError as problem:
        raise TableProblem(
            tr("The table {name} cannot be opened.", name=path.name),
            do=tr("Check that it is there and not locked."),
            details=str(problem),
        ) from None
    if start.startswith(b"PK\x03\x04"):
        return read_xlsx.open_xlsx(path, layout)
    if start.startswith(b"PAR1"):
        return read_parquet.open_parquet(path)
    if start.startswith(b"\xd0\xcf\x11\xe0"):
        raise TableProblem(
            tr("{name} is an old Excel file.", name=path.name), do=tr("Save it as .xlsx or CSV and import that.")
        )
    if path.suffix.lower() in {".jsonl", ".ndjson"} or start.lstrip(b"\xef\xbb\xbf \r\n").startswith(b"{"):
        return read_jsonl.open_jsonl(path)
    return read_text.open_text(path, layout)


def _refuse_devices(path: Path) -> None:
    """Refuse what is no file before it is opened: opening a pipe waits for its other end.

    Raises:
        TableProblem: It is a pipe, a socket or a device.
    """
    with suppress(OSError):
        mode = path.stat().st_mode
        if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
            raise TableProblem(
                tr("{name} is a pipe or a device and no file.", name=path.name),
                do=tr("Write the table to a file and import that."),
            )
