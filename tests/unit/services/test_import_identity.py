"""Names across imports: zeros that were lost, ids that were shortened, columns and cases that come and go."""

from pathlib import Path

import openpyxl
import pytest

from mmdesk.core.errors import TableProblem
from mmdesk.core.fields.schema_toml import read_schema
from mmdesk.core.job import SilentContext
from mmdesk.services.importing.choices import TableChoices
from mmdesk.services.importing.from_table import ImportReport, check_table, import_table, look_at, new_project
from mmdesk.services.importing.identity import alike
from mmdesk.services.project import Project, open_project

SCHEMA = """[project]
name = "small"
case = "case"
group = "patient"
[[input]]
name = "age"
kind = "number"
[[target]]
name = "label"
kind = "flag"
"""
HEAD = "case,patient,age,label\n"
ROWS = "".join(f"{n:03},P{n // 2:02},{40 + n},{n % 2}\n" for n in range(8))


def written(folder: Path, text: str, name: str = "t.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture
def project(tmp_path: Path) -> Project:
    new_project(tmp_path / "p.mmdesk", written(tmp_path, HEAD + ROWS), schema=read_schema(SCHEMA), ctx=SilentContext())
    return open_project(tmp_path / "p.mmdesk")


def again(project: Project, table: Path, same_ids: bool | None = None) -> ImportReport:
    return import_table(project, table, ctx=SilentContext(), choices=TableChoices(same_ids=same_ids))


def test_names_alike_are_paired_only_where_one_is_meant() -> None:
    assert alike(["1", "2", "c07", "9"], ["001", "2", "C7", "09", "009"]) == {"1": "001", "c07": "C7"}
    assert alike(["1", "001"], ["001"]) == {}
    assert alike(["10"], ["1", "100"]) == {}


def test_lost_zeros_are_a_question(project: Project, tmp_path: Path) -> None:
    lost = HEAD + "".join(f"{n},P{n // 2},{40 + n},{n % 2}\n" for n in range(8))
    table = written(tmp_path, lost, "lost.csv")
    before = {case.name: (case.group, case.split) for case in project.store.cases()}
    with pytest.raises(TableProblem, match=r"'0' and '000'.*--ids same"):
        again(project, table)
    assert [
        question.column for question in check_table(table, project.schema, ctx=SilentContext(), project=project).names
    ] == ["case", "patient"]
    report = again(project, table, same_ids=True)
    assert (report.added, report.left) == (0, ())
    assert {case.name: (case.group, case.split) for case in project.store.cases()} == before
    report = again(project, table, same_ids=False)
    assert report.added == 8
    assert len(report.left) == 8


def test_lost_zeros_of_groups_alone_are_a_question(project: Project, tmp_path: Path) -> None:
    lost = HEAD + "".join(f"{n:03},P{n // 2},{40 + n},{n % 2}\n" for n in range(8))
    with pytest.raises(TableProblem, match="'patient'"):
        again(project, written(tmp_path, lost, "lost.csv"))


def test_new_columns_and_cases_that_are_gone_are_listed(project: Project, tmp_path: Path) -> None:
    lines = (HEAD + ROWS).splitlines()
    table = written(tmp_path, "\n".join(f"{line},crp" for line in lines[:6]) + "\n", "more.csv")
    report = again(project, table)
    assert report.unused == ("crp",)
    assert report.left == ("005", "006", "007")
    said = " ".join(report.warnings)
    assert "not used: 'crp'" in said
    assert "3 cases of the project are not in this table and stay as before: 005, 006, 007." in said
    assert check_table(table, project.schema, ctx=SilentContext(), project=project).left == report.left


def test_names_that_differ_by_zeros_within_one_table_are_said(tmp_path: Path) -> None:
    table = written(tmp_path, HEAD + ROWS + "1,P9,50,1\n")
    assert any(
        "'001' and '1'" in words for words in check_table(table, read_schema(SCHEMA), ctx=SilentContext()).warnings
    )


def test_shortened_ids_are_named_and_make_no_cases(tmp_path: Path) -> None:
    table = written(tmp_path, HEAD + ROWS + "1.23457E+12,P9,50,1\n1.23457E+12,P8,51,1\n")
    report = check_table(table, read_schema(SCHEMA), ctx=SilentContext())
    assert report.cases == 8
    assert [problem.reason for problem in report.refused] == [
        "the id '1.23457E+12' was shortened by a spreadsheet program"
    ] * 2
    with pytest.raises(TableProblem, match="shortened"):
        check_table(written(tmp_path, HEAD + "1.2E+12,P9,50,1\n", "w.csv"), read_schema(SCHEMA), ctx=SilentContext())


def test_long_numbers_of_a_workbook_are_ids_with_all_their_digits(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for row in [["case", "patient", "age", "label"], [1234567890123, "P1", 50, 1]]:
        book.active.append(row)
    book.save(tmp_path / "t.xlsx")
    new_project(tmp_path / "p.mmdesk", tmp_path / "t.xlsx", schema=read_schema(SCHEMA), ctx=SilentContext())
    assert [case.name for case in open_project(tmp_path / "p.mmdesk").store.cases()] == ["1234567890123"]


def test_cases_without_a_group_are_said(tmp_path: Path) -> None:
    table = written(tmp_path, HEAD + "1,P1,50,1\n2,,50,1\n3,P2,50,0\n4,,50,0\n")
    said = " ".join(check_table(table, read_schema(SCHEMA), ctx=SilentContext()).warnings)
    assert "Cases without text in 'patient': 2, such as 2" in said


def test_another_column_is_not_taken_for_ids_that_were_shortened(tmp_path: Path) -> None:
    rows = "".join(f"1.23457E+12,{40 + n / 7:.3f},{n % 2}\n" for n in range(9))
    table = written(tmp_path, "patient_id,age,label\n" + rows)
    with pytest.raises(TableProblem, match="'patient_id' were shortened"):
        look_at(table)
    named = "".join(f"img{n},1.23457E+12,{40 + n / 7:.3f},{n % 2}\n" for n in range(9))
    look = look_at(written(tmp_path, "image_id,patient_id,age,label\n" + named, "n.csv"))
    assert look.schema.case == "image_id"
    assert "'patient_id' were shortened" in " ".join(look.warnings)
