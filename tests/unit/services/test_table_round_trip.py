"""Generated tables, imported and exported again: every value is what was written, however it was written.

`MMDESK_TABLES=10000` runs that many.
"""

from __future__ import annotations

import csv
import io
import itertools
import os
import shutil
import tempfile
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import xlsxwriter
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

from mmdesk.core.fields.schema_toml import read_schema
from mmdesk.core.fields.values import Missing
from mmdesk.core.job import SilentContext
from mmdesk.services.exporting.table import export_project
from mmdesk.services.importing.choices import Layout, TableChoices
from mmdesk.services.importing.from_table import import_table, new_project
from mmdesk.services.project import open_project
from mmdesk.tabular.opening import open_table
from mmdesk.tabular.table import TableRow

COUNT = int(os.environ.get("MMDESK_TABLES", "25"))
SCHEMA = """[project]
name = "round"
case = "case"
group = "patient"
[[input]]
name = "amount"
kind = "number"
[[input]]
name = "seen"
kind = "date"
[[input]]
name = "grade"
kind = "choice"
[[input]]
name = "smoker"
kind = "flag"
[[input]]
name = "ecg"
kind = "sequence"
channels = ["a", "b"]
[[target]]
name = "found"
kind = "labels"
options = ["mass", "effusion", "none of these"]
[[note]]
name = "report"
kind = "text"
"""
COLUMNS = ("case", "patient", "amount", "seen", "grade", "smoker", "ecg", "found", "report")
MONTHS = {
    language: names.split()
    for language, names in {
        "en": "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec",
        "de": "Januar Februar M\u00e4rz April Mai Juni Juli August September Oktober November Dezember",
        "fr": "janv. f\u00e9vr. mars avril mai juin juillet ao\u00fbt sept. oct. nov. d\u00e9c.",
        "es": "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
        "it": "gen feb mar apr mag giu lug ago set ott nov dic",
        "pt": "janeiro fevereiro mar\u00e7o abril maio junho julho agosto setembro outubro novembro dezembro",
    }.items()
}
YES_NO = (
    ("yes", "no"),
    ("1", "0"),
    ("ja", "nein"),
    ("oui", "non"),
    ("s\u00ed", "no"),
    ("sim", "n\u00e3o"),
    ("T", "F"),
)
GONE = ("", "NA", "k. A.", "n/a", "unbekannt", "?")
GRADES = ("mild", "None", "severe, with x", "NA", "Unknown")
WORDS = st.text(st.sampled_from("ab \u00e4\u00e9,;|\t\"'\n1."), max_size=40)
IDS = {
    "zeros": lambda n: f"{n:05}",
    "letters": lambda n: f"P-{n}",
    "long": lambda n: f"12345678901{n:02}",
    "umlaut": lambda n: f"M\u00fc {n}",
}


@dataclass
class Style:
    """How a table is written."""

    delimiter: str
    encoding: str
    decimal: str
    group: str
    date: str
    yes_no: tuple[str, str]
    ids: str
    above: list[str]
    quote_all: bool
    ends: str
    workbook: bool = False
    months: str = "en"
    lines: list[tuple[str, ...]] = field(default_factory=list)

    def number(self, value: int) -> str:
        """Write a number of hundredths."""
        sign, whole, rest = "-" if value < 0 else "", abs(value) // 100, abs(value) % 100
        grouped = f"{whole:,}".replace(",", self.group) if self.group and whole >= 1000 else str(whole)
        return f"{sign}{grouped}{self.decimal}{rest:02}"

    def day(self, value: date) -> str:
        """Write a date."""
        name = MONTHS[self.months][value.month - 1]
        return {
            "iso": value.isoformat(),
            "slash": f"{value:%Y/%m/%d}",
            "dots": f"{value:%d.%m.%Y}",
            "american": f"{value.month}/{value.day}/{value.year}",
            "compact": f"{value:%Y%m%d}",
            "named": f"{value.day}. {name} {value.year}",
            "dashed": f"{value.day:02}-{name.strip('.')}-{value.year}",
            "timed": f"{value.isoformat()} 10:30:00",
        }[self.date]

    def steps(self, steps: list[tuple[int, int] | None]) -> str:
        """Write steps, some missing."""
        written = ["nan nan" if step is None else " ".join(map(self.plain, step)) for step in steps]
        return "; ".join(written)

    def plain(self, value: int) -> str:
        """Write a number of tenths without groups."""
        return f"{'-' if value < 0 else ''}{abs(value) // 10}{self.decimal}{abs(value) % 10}"


@st.composite
def tables(draw: st.DrawFn) -> tuple[Style, list[dict[str, Any]]]:
    """Return a way of writing and the rows to be written."""
    decimal = draw(st.sampled_from(".,"))
    delimiter = draw(st.sampled_from(";\t|" if decimal == "," else ",;\t|"))
    groups = ["", " ", "\u00a0", "." if decimal == "," else ","]
    style = Style(
        delimiter,
        draw(st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp1252"])),
        decimal,
        draw(st.sampled_from(groups)),
        draw(st.sampled_from(["iso", "slash", "dots", "american", "compact", "named", "dashed", "timed"])),
        draw(st.sampled_from(YES_NO)),
        draw(st.sampled_from(sorted(IDS))),
        draw(st.sampled_from([[], ["Study list 2021"], ["# exported", "# 2021-03-04"], ["sep="], ["A title", ""]])),
        draw(st.booleans()),
        draw(st.sampled_from(["\n", "\r\n"])),
        draw(st.booleans()),
        draw(st.sampled_from(sorted(MONTHS))),
    )
    style.above = [line + delimiter if line == "sep=" else line for line in style.above]
    count = draw(st.integers(4, 9))
    day = st.dates(date(1931, 1, 1), date(2029, 12, 31))
    step = st.none() | st.tuples(st.integers(-99, 99), st.integers(-99, 99))
    rows = []
    for number in range(count):
        missing = draw(st.sampled_from(GONE)) if draw(st.integers(0, 4)) == 0 else None
        rows.append(
            {
                "case": IDS[style.ids](number),
                "patient": IDS[style.ids](number // 2),
                "amount": draw(st.integers(-3_000_000, 3_000_000)),
                "seen": date(2020, 2, 25) if number == 0 else draw(day),
                "grade": GRADES[number % len(GRADES)],
                "smoker": draw(st.booleans()),
                "ecg": [(1, 2), *draw(st.lists(step, max_size=4))],
                "found": draw(st.sets(st.sampled_from(["mass", "effusion"]))),
                "report": draw(WORDS),
                "gone": missing,
            }
        )
    return style, rows


def cells_of(style: Style, row: dict[str, Any]) -> list[str]:
    """Return a row as it is written."""
    gone = row["gone"]
    found = sorted(row["found"])
    return [
        row["case"],
        row["patient"],
        style.number(row["amount"]) if gone is None else gone,
        style.day(row["seen"]) if gone is None else gone,
        row["grade"],
        style.yes_no[0 if row["smoker"] else 1],
        style.steps(row["ecg"]),
        "|".join(found) if found else "-",
        row["report"],
    ]


def written(folder: Path, style: Style, rows: list[dict[str, Any]]) -> Path:
    """Write the table as its style says."""
    lines = [list(COLUMNS), *(cells_of(style, row) for row in rows)]
    if style.workbook:
        path = folder / "t.xlsx"
        with xlsxwriter.Workbook(str(path), {"strings_to_urls": False}) as book:
            sheet = book.add_worksheet()
            titles = [[line] for line in style.above if not line.startswith("sep=")]
            for number, cells in enumerate([*titles, *lines]):
                for place, cell in enumerate(cells):
                    sheet.write_string(number, place, cell)
        return path
    out = io.StringIO()
    for line in style.above:
        out.write(line + style.ends)
    quoting = csv.QUOTE_ALL if style.quote_all else csv.QUOTE_MINIMAL
    csv.writer(out, delimiter=style.delimiter, lineterminator=style.ends, quoting=quoting).writerows(lines)
    path = folder / "t.csv"
    path.write_bytes(out.getvalue().encode(style.encoding))
    return path


def check_case(case: Any, row: dict[str, Any]) -> None:
    """Hold a case of the project against the row that it was made from."""
    assert case.group == row["patient"]
    if row["gone"] is None:
        assert case.inputs["amount"] == row["amount"] / 100
        assert case.inputs["seen"] == row["seen"]
    else:
        assert isinstance(case.inputs["amount"], Missing)
        assert isinstance(case.inputs["seen"], Missing)
    assert case.inputs["grade"] == row["grade"]
    assert case.inputs["smoker"] == row["smoker"]
    steps = [None if cells[0] != cells[0] else cells for cells in case.inputs["ecg"]]
    assert steps == [None if step is None else tuple(cell / 10 for cell in step) for step in row["ecg"]]
    report = row["report"].strip()
    if report not in GONE and report not in {"?"}:
        assert case.notes["report"].replace("\r\n", "\n") == report


@settings(
    max_examples=COUNT,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(tables(), st.sampled_from([".csv", ".xlsx", ".jsonl", ".parquet"]))
def test_what_is_written_is_imported_and_exported(made: tuple[Style, list[dict[str, Any]]], ending: str) -> None:
    style, rows = made
    note(repr(style))
    folder = Path(tempfile.mkdtemp())
    try:
        table = written(folder, style, rows)
        choices = TableChoices(Layout(), {"dots": True, "american": False}.get(style.date), style.decimal)
        report = new_project(
            folder / "p.mmdesk", table, schema=read_schema(SCHEMA), ctx=SilentContext(), choices=choices
        )
        note("\n".join(report.warnings))
        assert not report.refused
        assert report.added == len(rows)
        project = open_project(folder / "p.mmdesk")
        try:
            cases = {case.name: case for case in project.store.cases()}
            for row in rows:
                check_case(cases[row["case"]], row)
            export_project(project, folder / f"out{ending}", ctx=SilentContext())
            again = import_table(project, table, ctx=SilentContext(), choices=choices)
            assert (again.added, again.updated, again.left) == (0, 0, ())
        finally:
            project.close()
        out = open_table(folder / f"out{ending}")
        exported = {
            cells.cells[out.column("case")].removeprefix("'"): cells.cells[out.column("label(found@reference)")]
            for cells in out.rows()
            if isinstance(cells, TableRow)
        }
        for row in rows:
            said = {part for part in exported[row["case"]].split("|") if part != "-"}
            assert said == row["found"]
    finally:
        shutil.rmtree(folder)


def test_every_way_of_writing_is_among_the_examples() -> None:
    """Each month of each language is read; a sample would leave some out."""
    from mmdesk.core.fields.dates import read_written

    for names, month in itertools.product(MONTHS.values(), range(1, 13)):
        for text in (f"7. {names[month - 1]} 2021", f"07-{names[month - 1].strip('.')}-2021"):
            read = read_written(text)
            assert read is not None, text
            assert read.day(None) == date(2021, month, 7)
