"""What a workbook would take in memory, found out before any library unpacks it."""

from __future__ import annotations

import zipfile
from pathlib import Path

from mmdesk.core.errors import TableProblem
from mmdesk.words import tr

_MOST_BYTES = 2 << 30
"""Unpacked size above which a workbook is refused."""
_MOST_IN_MEMORY = 256 << 20
"""Unpacked size of the texts that all sheets share, which have to be in memory."""
_MOST_TREE = 16 << 20
"""Unpacked size of a part that becomes a tree in memory, such as the styles."""
_MOST_SHRUNK, _SMALL = 150, 64 << 20
"""How many times smaller than its content a workbook may be; a small one may be smaller still."""
_LONGEST_TEXT = 4 << 20
"""Bytes between two marks of XML; a cell of a spreadsheet program holds 32,767 characters."""
_LONGEST_ROW = 64 << 20
"""Bytes of a row of a sheet, which is in memory as a whole."""
_MOST_TEXTS = 4_000_000
_BLOCK = 1 << 20
_SHEETS, _TEXTS = "xl/worksheets/", "xl/sharedstrings.xml"
_TREES = ("xl/styles.xml", "xl/workbook.xml", "[content_types].xml", "docprops/core.xml", "docprops/custom.xml")


def refuse_large(path: Path) -> None:
    """Refuse a workbook whose parts would not fit, before any is unpacked as a whole.

    Raises:
        TableProblem: It is too large.
        BadZipFile, OSError, ValueError, NotImplementedError: It is no workbook.
    """
    with zipfile.ZipFile(path) as packed:
        parts = packed.infolist()
        whole = sum(part.file_size for part in parts)
        if whole > max(_SMALL, _MOST_SHRUNK * path.stat().st_size):
            raise TableProblem(
                tr(
                    "{name} unpacks to {whole:,} MB, far more than a workbook of its size holds.",
                    name=path.name,
                    whole=whole >> 20,
                ),
                do=tr("Check where it comes from. Save it as CSV and import that."),
            )
        if whole > _MOST_BYTES or any(part.file_size > _most(part.filename.lower()) for part in parts):
            raise _too_large(path)
        for part in parts:
            if part.filename.lower().startswith(_SHEETS) and part.file_size > _LONGEST_TEXT:
                fits = _fits(packed, part, b"<row", longest=_LONGEST_ROW)
            elif part.filename.lower() == _TEXTS and part.file_size > _LONGEST_TEXT:
                fits = _fits(packed, part, b"<si", most=_MOST_TEXTS)
            else:
                continue
            if not fits:
                raise _too_large(path)


def _most(name: str) -> int:
    if name.startswith(_SHEETS):
        return _MOST_BYTES
    return _MOST_TREE if name in _TREES or name.endswith(".rels") else _MOST_IN_MEMORY


def _fits(packed: zipfile.ZipFile, part: zipfile.ZipInfo, begin: bytes, *, longest: int = 0, most: int = 0) -> bool:
    """Read a part in blocks and tell whether no text and no row is too long, nor too many of them there.

    Args:
        packed: The workbook.
        part: The part.
        begin: What a row begins with.
        longest: Bytes that a row may have; 0 for any.
        most: How many rows there may be, with ten marks of XML each; 0 for any.
    """
    since_mark = since_row = count = marks = 0
    tail = b""
    with packed.open(part) as file:
        while block := file.read(_BLOCK):
            marks += block.count(b"<")
            last = block.rfind(b"<")
            since_mark = since_mark + len(block) if last < 0 else len(block) - last
            joined = tail + block
            found = joined.count(begin)
            count += found
            since_row = len(joined) - joined.rfind(begin) if found else since_row + len(block)
            tail = joined[-len(begin) + 1 :]
            if since_mark > _LONGEST_TEXT or 0 < longest < since_row or 0 < most < max(count, marks // 10):
                return False
    return True


def _too_large(path: Path) -> TableProblem:
    return TableProblem(tr("{name} is too large to open.", name=path.name), do=tr("Save it as CSV and import that."))
