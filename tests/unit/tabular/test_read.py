"""Tables in: encodings, delimiters, quotes, ragged rows, and every format."""

import csv
import json
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mmdesk.core.errors import TableProblem
from mmdesk.tabular.opening import open_table
from mmdesk.tabular.table import RowProblem, Table, TableRow


def made(folder: Path, data: str | bytes, name: str = "t.csv") -> Table:
    path = folder / name
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return open_table(path)


def cells(table: Table) -> list[tuple[str, ...]]:
    return [row.cells for row in table.rows() if isinstance(row, TableRow)]


def problems(table: Table) -> list[RowProblem]:
    return [row for row in table.rows() if isinstance(row, RowProblem)]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le"])
def test_encodings_are_found(tmp_path: Path, encoding: str) -> None:
    table = made(tmp_path, "ID ,Größe\nä,1\n日本,2\n".encode(encoding))
    assert table.columns == ("ID", "Größe")
    assert cells(table) == [("ä", "1"), ("日本", "2")]


def test_windows_1252_is_read_and_said(tmp_path: Path) -> None:
    table = made(tmp_path, b"ID,t\n1,38\xb0 low 90\x92s\n")
    assert cells(table) == [("1", "38° low 90\u2019s")]
    assert "Windows-1252" in table.warnings[0]


def test_windows_1251_is_read_and_said(tmp_path: Path) -> None:
    table = made(tmp_path, "ID,пол,диабет\n1,муж,да\n2,жен,нет\n".encode("cp1251"))
    assert table.columns == ("ID", "пол", "диабет")
    assert cells(table) == [("1", "муж", "да"), ("2", "жен", "нет")]
    assert "Windows-1251" in table.warnings[0]


@pytest.mark.parametrize("text", ["Größe,Prüfung,schön", "côté,œil,âgé", "não,maçã,João", "niño,año,corazón"])
def test_windows_1252_of_many_languages_stays_so(tmp_path: Path, text: str) -> None:
    assert made(tmp_path, f"{text}\n1,2,3\n".encode("cp1252")).columns == tuple(text.split(","))


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimiter_is_found(tmp_path: Path, delimiter: str) -> None:
    lines = [("ID", "age", "words"), ("1", "1.5", "plain"), ("2", "2", "more")]
    table = made(tmp_path, "\n".join(delimiter.join(line) for line in lines))
    assert table.delimiter == delimiter
    assert cells(table) == lines[1:]


def test_decimal_commas_do_not_pass_for_delimiters(tmp_path: Path) -> None:
    table = made(tmp_path, "ID;a;b\n1;1,5;2,5\n2;3,5;4,5\n")
    assert table.delimiter == ";"
    assert cells(table)[0] == ("1", "1,5", "2,5")


def test_full_width_commas_stay_text(tmp_path: Path) -> None:
    table = made(tmp_path, "ID,words\n1,cataract\uff0cdrusen\n")
    assert cells(table) == [("1", "cataract\uff0cdrusen")]


def test_quotes_newlines_and_line_ends(tmp_path: Path) -> None:
    table = made(tmp_path, 'ID,t\r\n1,"a, ""b""\r\nc"\r\n2,x\r\n')
    assert cells(table) == [("1", 'a, "b"\r\nc'), ("2", "x")]
    assert [row.number for row in table.rows() if isinstance(row, TableRow)] == [2, 3]


def test_an_open_quote_costs_only_its_own_row(tmp_path: Path) -> None:
    table = made(tmp_path, 'ID,t\n1,a\n2,"never closed\n3,c\n4,d\n')
    assert cells(table) == [("1", "a"), ("3", "c"), ("4", "d")]
    assert problems(table) == [RowProblem(3, "", "a quote is opened and never closed")]


def test_two_stray_quotes_do_not_swallow_rows_in_silence(tmp_path: Path) -> None:
    table = made(tmp_path, 'ID,t,u\n1,"a,x\n2,b,y\n3,c",z\n4,d,w\n')
    assert problems(table) == [RowProblem(2, "", "a quoted cell of it holds lines that look like rows")]
    assert cells(table) == [("4", "d", "w")]


def test_text_after_a_closing_quote_is_refused(tmp_path: Path) -> None:
    table = made(tmp_path, 'ID,t\n1,"a"b\n2,c\n')
    assert problems(table)[0].row == 2
    assert cells(table) == [("2", "c")]


def test_ragged_rows(tmp_path: Path) -> None:
    table = made(tmp_path, "ID,a,b\n1,2\n2,3,4,5\n3,4,5,,\n\n4,5,6\n")
    rows = list(table.rows())
    assert rows[0] == TableRow(2, ("1", "2", ""), short=2)
    assert rows[1] == RowProblem(3, "", "it has 4 cells where the header has 3")
    assert rows[2] == TableRow(4, ("3", "4", "5"))
    assert rows[3] == TableRow(6, ("4", "5", "6"))


def test_a_quoted_record_of_several_lines_that_does_not_fit_is_refused(tmp_path: Path) -> None:
    table = made(tmp_path, 'ID,a,b\n1,"x\ny"\n2,3,4\n')
    assert problems(table)[0].row == 2
    assert cells(table) == [("2", "3", "4")]


def test_duplicate_and_empty_names_are_told_apart(tmp_path: Path) -> None:
    table = made(tmp_path, "ID, a ,a,\n1,2,3,4\n")
    assert table.columns == ("ID", "a", "a (2)", "column 4")
    assert len(table.warnings) == 2


def test_column_matches_trimmed(tmp_path: Path) -> None:
    table = made(tmp_path, "ID,Normal ,Two  Words\n1,0,1\n")
    assert table.column(" Normal") == 1
    assert table.column("normal") == 1
    assert table.column("Two Words") == 2
    with pytest.raises(KeyError):
        table.column("other")


def test_nul_and_a_very_long_cell(tmp_path: Path) -> None:
    long = "x" * 3_000_000
    table = made(tmp_path, f'ID,t\n1,a\0b\n2,"{long}"\n')
    assert cells(table) == [("1", "ab"), ("2", long)]


@pytest.mark.parametrize("data", [b"", b"\n\n", b"\xd0\xcf\x11\xe0old", bytes(range(5)) * 100 + b"\0" * 200])
def test_what_is_no_table_is_said(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(TableProblem) as problem:
        made(tmp_path, data)
    assert problem.value.do


def test_no_such_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(TableProblem):
        open_table(tmp_path / "none.csv")


def test_json_lines(tmp_path: Path) -> None:
    lines = [{"ID": 7, "s": [[1, 2], [3, 4.5]]}, {"ID": "8", "flag": True, "n": None, "x": 2.0}]
    table = made(tmp_path, "\n".join(map(json.dumps, lines)) + "\nnot json\n[1]\n", "t.jsonl")
    assert table.columns == ("ID", "s", "flag", "n", "x")
    assert cells(table) == [("7", "[[1, 2], [3, 4.5]]", "", "", ""), ("8", "", "true", "", "2")]
    assert [problem.row for problem in problems(table)] == [3, 4]


def test_parquet(tmp_path: Path) -> None:
    import datetime

    import polars

    frame = polars.DataFrame(
        {
            "ID": [1, 2],
            "age": [1.5, None],
            "ok": [True, False],
            "day": [datetime.date(2020, 2, 1), None],
            "s": [[[1.0, 2.0]], [[3.0, 4.0]]],
        }
    )
    frame.write_parquet(tmp_path / "t.parquet")
    table = open_table(tmp_path / "t.parquet")
    assert cells(table) == [
        ("1", "1.5", "true", "2020-02-01", "[[1.0, 2.0]]"),
        ("2", "", "false", "", "[[3.0, 4.0]]"),
    ]
    assert [row.number for row in table.rows()] == [2, 3]  # type: ignore[union-attr]


def test_workbook(tmp_path: Path) -> None:
    import datetime

    import xlsxwriter

    with xlsxwriter.Workbook(str(tmp_path / "t.xlsx")) as book:
        sheet = book.add_worksheet("first")
        book.add_worksheet("second")
        sheet.write_row(0, 0, ["ID ", "age", "day", "ok"])
        sheet.write_string(1, 0, "007")
        sheet.write_number(1, 1, 63)
        sheet.write_datetime(1, 2, datetime.date(2020, 2, 1), book.add_format({"num_format": "yyyy-mm-dd"}))
        sheet.write_boolean(1, 3, True)
        sheet.write_row(3, 0, ["8", 1.5])
    (tmp_path / "t.xlsx").rename(tmp_path / "misnamed.csv")
    table = open_table(tmp_path / "misnamed.csv")
    assert table.columns == ("ID", "age", "day", "ok")
    rows = [row for row in table.rows() if isinstance(row, TableRow)]
    assert [row.cells for row in rows] == [("007", "63", "2020-02-01", "true"), ("8", "1.5", "", "")]
    assert [row.number for row in rows] == [2, 4]
    assert "2 sheets" in table.warnings[0]


def test_a_damaged_workbook_is_said(tmp_path: Path) -> None:
    with pytest.raises(TableProblem):
        made(tmp_path, b"PK\x03\x04 and nothing more", "t.xlsx")


NO_WIDTH = "\u200b\u200c\u200d\u2060\ufeff\u00ad\u200e\u200f"
"""Left out at the ends of a cell: nobody sees them."""
PLAIN_TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=12)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(st.lists(PLAIN_TEXT, min_size=3, max_size=3), min_size=1, max_size=6),
    delimiter=st.sampled_from(",;\t|"),
)
def test_what_csv_writes_is_read_or_reported_row_by_row(tmp_path: Path, rows: list[list[str]], delimiter: str) -> None:
    path = tmp_path / "t.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, delimiter=delimiter).writerows([["ID", "first one", "second one"], *rows])
    table = open_table(path)
    if table.columns != ("ID", "first one", "second one"):
        return  # cells full of another delimiter: another reading fits as well
    wanted = {number: tuple(row) for number, row in enumerate(rows, 2) if any(cell.strip() for cell in row)}
    found = list(table.rows())
    assert sorted(row.number if isinstance(row, TableRow) else row.row for row in found) == list(wanted)
    for row in found:
        if isinstance(row, TableRow):
            assert row.cells == tuple(cell.strip(NO_WIDTH) for cell in wanted[row.number])


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from([b"", b"PK\x03\x04", b"PAR1", b'{"a": 1}\n', b"\xff\xfe", b'a,b\n"']),
    st.binary(max_size=300),
    st.sampled_from(["t.csv", "t.tsv", "t.jsonl"]),
)
def test_no_bytes_are_our_bug(tmp_path: Path, start: bytes, data: bytes, name: str) -> None:
    try:
        table = made(tmp_path, start + data, name)
    except TableProblem:
        return
    for row in table.rows():
        assert isinstance(row, RowProblem) or len(row.cells) == len(table.columns)


def test_a_workbook_that_unpacks_to_far_too_much_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "t.xlsx", "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/worksheets/sheet1.xml", b"<row/>" * (80 << 20 >> 2))
    with pytest.raises(TableProblem, match="unpacks to"):
        open_table(tmp_path / "t.xlsx")
