"""Texts that a spreadsheet would run as formulas are quoted, in cells and in headers, in every form that one opens."""

import csv

import openpyxl
import pytest

from mmdesk.tabular.writers import write_table

STARTS = ["=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20"]


@pytest.mark.parametrize("start", STARTS)
@pytest.mark.parametrize("ending", [".csv", ".tsv", ".xlsx"])
def test_a_formula_is_quoted(tmp_path, start, ending):
    out, text = tmp_path / f"out{ending}", f"{start}1+1"
    write_table(out, {text: str, "number": float}, [[text, -3.5]])
    if ending == ".xlsx":
        rows = [list(row) for row in openpyxl.load_workbook(out).active.iter_rows(values_only=True)]
    else:
        with out.open(encoding="utf-8", newline="") as file:
            rows = list(csv.reader(file, delimiter="\t" if ending == ".tsv" else ","))
    assert [rows[0][0][0], rows[1][0][0]] == ["'", "'"]
    assert float(rows[1][1]) == -3.5
