"""One door to every format of table."""

from __future__ import annotations

from pathlib import Path

from mmdesk.core.errors import TableProblem
from mmdesk.tabular import read_binary, read_jsonl, read_text
from mmdesk.tabular.table import Table


def open_table(path: Path) -> Table:
    """Open a CSV, TSV, XLSX, Parquet or JSON-lines table; its content decides, not its name.

    Raises:
        TableProblem: The file is not there, empty, or no table that mmdesk reads.
    """
    try:
        with path.open("rb") as file:
            start = file.read(4096)
    except OSError as problem:
        raise TableProblem(
            f"The table {path.name} cannot be opened.",
            do="Check that it is there and not locked.",
            details=str(problem),
        ) from None
    if start.startswith(b"PK\x03\x04"):
        return read_binary.open_xlsx(path)
    if start.startswith(b"PAR1"):
        return read_binary.open_parquet(path)
    if start.startswith(b"\xd0\xcf\x11\xe0"):
        raise TableProblem(
            f"{path.name} is an old Excel file.", do="Save it as .xlsx or CSV and import that."
        )
    if path.suffix.lower() in {".jsonl", ".ndjson"} or start.lstrip(b"\xef\xbb\xbf \r\n").startswith(b"{"):
        return read_jsonl.open_jsonl(path)
    return read_text.open_text(path)
