"""Where tables begin: titles, comments, `sep=`, headers of two rows, sheets, merged cells; and long cells."""

import contextlib
import io
import os
import subprocess
import sys
import zipfile
from datetime import datetime, time, timedelta
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mmdesk.core.errors import TableProblem
from mmdesk.tabular.layout import Layout
from mmdesk.tabular.opening import open_table
from mmdesk.tabular.table import RowProblem, Table, TableRow

DATA = [(f"c{n}", str(40 + n), str(n % 2)) for n in range(6)]


def made(folder: Path, lines: list[str], layout: Layout | None = None) -> Table:
    path = folder / "t.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return open_table(path, layout)


def cells(table: Table) -> list[tuple[str, ...]]:
    return [row.cells for row in table.rows() if isinstance(row, TableRow)]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize(
    "above",
    [
        [],
        ["Study list 2021 (confidential)"],
        ["Study list 2021", "", "Printed: 2021-03-04"],
        ["# exported by the registry", "# 2021-03-04"],
        ["Site:{d}Ulm"],
        ["Study{d}{d}", "{d}{d}"],
    ],
)
def test_what_stands_above_a_header_is_left_out_and_said(tmp_path: Path, above: list[str], delimiter: str) -> None:
    lines = [line.replace("{d}", delimiter) for line in above]
    table = made(tmp_path, [*lines, *(delimiter.join(row) for row in [("case", "age", "label"), *DATA])])
    assert table.columns == ("case", "age", "label")
    assert cells(table) == DATA
    assert table.place.header == len(above) + 1
    assert any("header" in words for words in table.warnings) == bool(above)


@pytest.mark.parametrize("first", ["sep=;", '"sep=;"', "SEP=;"])
def test_a_declared_delimiter_is_taken(tmp_path: Path, first: str) -> None:
    table = made(tmp_path, [first, "case;age,y;label", *(";".join(row) for row in DATA)])
    assert (table.columns, table.delimiter) == (("case", "age,y", "label"), ";")
    assert cells(table) == DATA


@pytest.mark.parametrize("header", ["case,age,label", ",age,label", "#case,age,label", "case,2019,2020", "case,,label"])
def test_an_ordinary_header_is_the_first_row(tmp_path: Path, header: str) -> None:
    table = made(tmp_path, [header, *(",".join(row) for row in DATA)])
    assert table.place.header == 1
    assert cells(table) == DATA


def test_a_header_with_few_names_is_no_title(tmp_path: Path) -> None:
    table = made(tmp_path, ["case,,,,label", *(f"c{n},{n},{n + 1},{n + 2},{n % 2}" for n in range(5))])
    assert table.place.header == 1
    assert len(cells(table)) == 5


def test_texts_alone_below_a_header_with_a_gap_do_not_become_part_of_it(tmp_path: Path) -> None:
    table = made(tmp_path, ["id,,sex", "a,x,F", "b,y,M", "d,x,M"])
    assert cells(table) == [("a", "x", "F"), ("b", "y", "M"), ("d", "x", "M")]


def test_a_header_of_two_rows_is_joined_and_said(tmp_path: Path) -> None:
    lines = [
        "case,left eye,,right eye,",
        ",pressure,drusen,pressure,drusen",
        "c1,14,yes,15,no",
        "c2,17,no,18,no",
    ]
    table = made(tmp_path, lines)
    assert table.columns == (
        "case",
        "left eye pressure",
        "left eye drusen",
        "right eye pressure",
        "right eye drusen",
    )
    assert len(cells(table)) == 2
    assert "one header" in table.warnings[0]


def test_a_first_row_of_values_is_said(tmp_path: Path) -> None:
    table = made(tmp_path, [",".join(row) for row in DATA])
    assert "looks like values" in " ".join(table.warnings)


def test_a_chosen_header_is_taken_and_an_empty_one_is_said(tmp_path: Path) -> None:
    lines = ["a,b,c", "", "case,age,label", "c1,40,1"]
    assert made(tmp_path, lines, Layout(header=3)).columns == ("case", "age", "label")
    assert made(tmp_path, lines, Layout(header=1)).columns == ("a", "b", "c")
    with pytest.raises(TableProblem, match="Row 2"):
        made(tmp_path, lines, Layout(header=2))


@pytest.mark.parametrize("above", [[], ["A title"]])
def test_decimal_commas_do_not_pass_for_delimiters_in_a_long_table(tmp_path: Path, above: list[str]) -> None:
    table = made(tmp_path, [*above, "case;a;b", *(f"c{n};{n},5;{n},25" for n in range(60))])
    assert (table.delimiter, table.columns) == (";", ("case", "a", "b"))


REPORT = '"Findings: small effusion.\nHeart, lungs, bones normal.\nImpression: none"'


def test_a_report_of_several_lines_is_no_swallowed_row(tmp_path: Path) -> None:
    table = made(tmp_path, ["case,age,report", *(f"c{n},4{n},{REPORT if n % 3 else 'normal'}" for n in range(9))])
    assert len(cells(table)) == 9
    assert cells(table)[1][2] == REPORT.strip('"')


def test_a_report_is_kept_where_every_row_has_one(tmp_path: Path) -> None:
    table = made(tmp_path, ["case,age,report", *(f"c{n},4{n},{REPORT}" for n in range(3))])
    assert len(cells(table)) == 3


def test_swallowed_rows_are_refused_in_a_table_of_words(tmp_path: Path) -> None:
    table = made(tmp_path, ["name,side,word", "Ada,left,x", 'Bo,"left,y', "Cy,right,z", 'Di,right",w', "Eve,left,x"])
    assert [row.row for row in table.rows() if isinstance(row, RowProblem)] == [3]


@pytest.mark.parametrize("breaks", [False, True])
def test_a_cell_of_megabytes_is_whole(tmp_path: Path, breaks: bool) -> None:
    piece = ("0.01;" * 15 + "\n") if breaks else "0.01;" * 15
    long = piece * 40_000
    table = made(tmp_path, ["case,age,ecg,label", f'c1,40,"{long}",1', "c2,41,x,0"])
    found = cells(table)
    assert found[0][2] == long
    assert found[1] == ("c2", "41", "x", "0")


def test_a_row_without_end_is_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    with path.open("w") as file:
        file.write("case,a\nc1,")
        for _ in range(20):
            file.write("x" * (1 << 20))
        file.write("\nc2,y\n")
    table = open_table(path)
    rows = list(table.rows())
    assert isinstance(rows[0], RowProblem)
    assert "too many for one row" in rows[0].reason
    assert cells(table) == [("c2", "y")]


def test_a_quoted_cell_of_megabytes_takes_no_gigabytes(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    with path.open("w") as file:
        file.write('case,a\nc1,"' + '""\n,' * 600_000 + '"\nc2,y\n')
    code = (
        "import resource, sys; from pathlib import Path; from mmdesk.tabular.opening import open_table\n"
        "resource.setrlimit(resource.RLIMIT_DATA, (400 << 20,) * 2)\n"
        f"print(sum(1 for _ in open_table(Path({str(path)!r})).rows()))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "2", done.stderr[-500:]


def test_a_million_columns_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(TableProblem, match="columns"):
        made(tmp_path, [",".join(f"c{n}" for n in range(1_000_000))])


def test_a_pipe_is_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.csv")
    with pytest.raises(TableProblem, match="pipe"):
        open_table(tmp_path / "pipe.csv")
    with pytest.raises(TableProblem, match="device"):
        open_table(Path("/dev/zero"))


def workbook(path: Path, sheets: dict[str, list[list[object]]], hidden: tuple[str, ...] = ()) -> Path:
    with xlsxwriter.Workbook(str(path)) as book:
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for number, row in enumerate(rows):
                sheet.write_row(number, 0, row)
        for name in hidden:
            book.get_worksheet_by_name(name).hide()
    return path


ROWS: list[list[object]] = [["case", "age", "label"], *([f"c{n}", 40 + n, n % 2] for n in range(8))]
COVER: list[list[object]] = [["Registry of the eye clinic"], [], ["Date", "2021-03-04"], ["Contact", "N. N."]]


def test_the_sheet_with_the_table_is_found_and_another_can_be_chosen(tmp_path: Path) -> None:
    path = workbook(tmp_path / "t.xlsx", {"Cover": COVER, "Old": ROWS, "Cases": ROWS}, hidden=("Old",))
    table = open_table(path)
    assert (table.place.sheet, table.place.sheets) == ("Cases", ("Cover", "Old", "Cases"))
    assert "'Old' (hidden)" in table.warnings[0]
    chosen = open_table(path, Layout(sheet="Old"))
    assert (chosen.place.sheet, chosen.columns) == ("Old", ("case", "age", "label"))
    assert "hidden" in chosen.warnings[0]
    with pytest.raises(TableProblem, match="no sheet 'Nothing'"):
        open_table(path, Layout(sheet="Nothing"))


def test_the_first_of_several_tables_is_read(tmp_path: Path) -> None:
    path = workbook(tmp_path / "t.xlsx", {"A": ROWS, "B": ROWS * 3})
    assert open_table(path).place.sheet == "A"


def test_a_title_above_a_sheets_header_is_left_out(tmp_path: Path) -> None:
    path = workbook(tmp_path / "t.xlsx", {"S": [["Study list"], [], *ROWS]})
    table = open_table(path)
    assert table.place.header == 3
    assert table.columns == ("case", "age", "label")
    assert open_table(path, Layout(header=1)).columns == ("Study list",)


def test_merged_cells_are_filled_down_each_time_the_table_is_read(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    for row in [["Patient", "Eye", "", "Age"], ["", "side", "drusen", ""]]:
        sheet.append(row)
    for n in range(4):
        sheet.append([f"P{n // 2}" if n % 2 == 0 else None, "LR"[n % 2], n, 60])
    for span in ("A1:A2", "B1:C1", "D1:D2", "A3:A4", "A5:A6"):
        sheet.merge_cells(span)
    book.save(tmp_path / "t.xlsx")
    table = open_table(tmp_path / "t.xlsx")
    assert table.columns == ("Patient", "Eye side", "Eye drusen", "Age")
    for _ in range(2):
        assert [row[0] for row in cells(table)] == ["P0", "P0", "P1", "P1"]
    assert any("'Patient' are filled down: 2 cells" in words for words in table.warnings)


def test_times_durations_errors_and_padded_numbers_keep_what_they_are(tmp_path: Path) -> None:
    path = tmp_path / "t.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["case", "at", "took", "seen", "bmi", "words"])
        sheet.write_number(1, 0, 7, book.add_format({"num_format": "0000"}))
        sheet.write_datetime(1, 1, time(14, 30), book.add_format({"num_format": "hh:mm"}))
        sheet.write_datetime(1, 2, timedelta(hours=38, minutes=5), book.add_format({"num_format": "[h]:mm"}))
        sheet.write_datetime(
            1,
            3,
            datetime(2021, 3, 4, 5, 6),  # noqa: DTZ001
            book.add_format({"num_format": "d.m.yy h:mm"}),
        )
        sheet.write_formula(1, 4, "=1/0", None, "#DIV/0!")
        sheet.write_string(1, 5, "2021-03-04 00:00:00")
    table = open_table(path)
    assert cells(table) == [("0007", "14:30:00", "38:05:00", "2021-03-04 05:06:00", "#DIV/0!", "2021-03-04 00:00:00")]


def test_hidden_rows_and_formulas_without_a_result_are_said(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    for row in [["case", "sum", "x"], ["a", "=1+1", 1], ["b", "=2+2", 2]]:
        sheet.append(row)
    sheet.row_dimensions[3].hidden = True
    book.save(tmp_path / "t.xlsx")
    said = " ".join(open_table(tmp_path / "t.xlsx").warnings)
    assert "2 formulas were never computed" in said
    assert "1 rows that are hidden" in said


def test_a_workbook_with_one_cell_far_away_takes_no_memory(tmp_path: Path) -> None:
    with xlsxwriter.Workbook(str(tmp_path / "t.xlsx")) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["case", "age"])
        sheet.write_row(1, 0, ["a", 1])
        sheet.write(40_000, 16_383, "here")
    table = open_table(tmp_path / "t.xlsx")
    assert table.columns == ("case", "age")
    assert [type(row) for row in table.rows()] == [TableRow, RowProblem]


@pytest.fixture(scope="module")
def stored_workbook(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A workbook whose parts are not compressed, so that a change of its bytes reaches the XML."""
    folder = tmp_path_factory.mktemp("book")
    path = workbook(folder / "t.xlsx", {"Cover": COVER, "Cases": ROWS})
    with (
        zipfile.ZipFile(path) as packed,
        zipfile.ZipFile(folder / "stored.xlsx", "w", zipfile.ZIP_STORED) as out,
    ):
        for name in packed.namelist():
            out.writestr(name, packed.read(name))
    return (folder / "stored.xlsx").read_bytes()


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_damaged_workbook_is_a_sentence_or_a_table(
    stored_workbook: bytes, tmp_path: Path, data: st.DataObject
) -> None:
    """Bytes are changed within the XML, and its check sums made to fit again."""
    path = tmp_path / "damaged.xlsx"
    with zipfile.ZipFile(io.BytesIO(stored_workbook)) as packed, zipfile.ZipFile(path, "w") as out:
        for name in packed.namelist():
            part = bytearray(packed.read(name))
            for _ in range(data.draw(st.integers(0, 2))):
                place = data.draw(st.integers(0, len(part) - 1))
                part[place : place + data.draw(st.integers(1, 30))] = data.draw(st.binary(max_size=6))
            out.writestr(name, bytes(part))
    with contextlib.suppress(TableProblem):
        assert all(isinstance(row, TableRow | RowProblem) for row in open_table(path).rows())
