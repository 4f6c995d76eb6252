"""Tables out: every format reads back, and no text becomes a formula."""

import csv
from pathlib import Path

import pytest

from mmdesk.core.errors import TableProblem
from mmdesk.tabular.opening import open_table
from mmdesk.tabular.table import TableRow
from mmdesk.tabular.writers import RESEARCH, defused, write_table

COLUMNS = {"case": str, "p(a)": float, "n": int, "ok": bool}
ROWS = [("=cmd|' /C calc'!A0", 0.25, 3, True), ("-1+2", None, None, None), ('日本\n,"x"', 1.0, 0, False)]


def read_back(path: Path) -> list[tuple[str, ...]]:
    return [row.cells for row in open_table(path).rows() if isinstance(row, TableRow)]


@pytest.mark.parametrize("ending", ["csv", "tsv", "xlsx", "parquet", "jsonl"])
def test_every_format_reads_back(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"out.{ending}"
    assert write_table(path, COLUMNS, ROWS) == 3
    assert open_table(path).columns == tuple(COLUMNS)
    back = read_back(path)
    lead = "'" if ending in {"csv", "tsv", "xlsx"} else ""
    assert [row[0] for row in back] == [f"{lead}=cmd|' /C calc'!A0", f"{lead}-1+2", '日本\n,"x"']
    assert [row[1:] for row in back] == [("0.25", "3", "true"), ("", "", ""), ("1", "0", "false")]
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\t", "\r"])
def test_formula_starts_are_defused(sign: str) -> None:
    assert defused(f"{sign}x") == f"'{sign}x"


def test_numbers_and_the_empty_mark_are_left_alone() -> None:
    assert [defused(cell) for cell in (-3.5, "-", "", None, True, "a=b")] == [
        -3.5,
        "-",
        "",
        None,
        True,
        "a=b",
    ]


def test_csv_is_utf8_and_ends_lines_as_the_standard_says(tmp_path: Path) -> None:
    write_table(tmp_path / "o.csv", {"case": str}, [("ä",)])
    assert (tmp_path / "o.csv").read_bytes() == "case\r\nä\r\n".encode()
    with (tmp_path / "o.csv").open(newline="", encoding="utf-8") as file:
        assert list(csv.reader(file)) == [["case"], ["ä"]]


def test_workbook_and_parquet_say_research_use(tmp_path: Path) -> None:
    import zipfile

    import polars

    write_table(tmp_path / "o.xlsx", COLUMNS, ROWS)
    with zipfile.ZipFile(tmp_path / "o.xlsx") as book:
        assert RESEARCH in book.read("docProps/core.xml").decode()
    write_table(tmp_path / "o.parquet", COLUMNS, ROWS)
    assert polars.read_parquet_metadata(tmp_path / "o.parquet")["mmdesk"] == RESEARCH


def test_an_unknown_ending_and_a_missing_folder_are_said(tmp_path: Path) -> None:
    with pytest.raises(TableProblem, match=r"\.doc"):
        write_table(tmp_path / "o.doc", COLUMNS, ROWS)
    with pytest.raises(TableProblem):
        write_table(tmp_path / "none" / "o.csv", COLUMNS, ROWS)


def test_a_row_that_does_not_fit_leaves_the_earlier_file(tmp_path: Path) -> None:
    path = tmp_path / "o.xlsx"
    path.write_bytes(b"earlier")
    with pytest.raises(TableProblem, match="Row 2"):
        write_table(path, {"case": str}, [("x" * 40_000,)])
    assert path.read_bytes() == b"earlier"
    assert list(tmp_path.iterdir()) == [path]
