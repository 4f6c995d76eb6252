"""What an import says: words taken as missing, classes, codes, ages, errors, and what each column is for."""

from pathlib import Path

import pytest

from mmdesk.core.cases.case import Case
from mmdesk.core.fields.values import Missing, Reason
from mmdesk.core.job import SilentContext
from mmdesk.services.importing.from_table import ImportReport, new_project
from mmdesk.services.project import open_project


def made(folder: Path, head: str, rows: list[str]) -> tuple[ImportReport, dict[str, Case]]:
    (folder / "t.csv").write_text("\n".join([head, *rows]) + "\n", encoding="utf-8")
    report = new_project(folder / "p.mmdesk", folder / "t.csv", ctx=SilentContext())
    project = open_project(folder / "p.mmdesk")
    try:
        return report, {case.name: case for case in project.store.cases()}
    finally:
        project.close()


def test_words_taken_as_missing_are_listed(tmp_path: Path) -> None:
    rows = [f"c{n},{'k. A.' if n % 3 == 0 else n + 0.5},{'unbekannt' if n == 1 else 'ja'}" for n in range(9)]
    report, cases = made(tmp_path, "case,crp,raucher", rows)
    assert report.words == {"crp: k. A.": 3, "raucher: unbekannt": 1}
    assert "Words taken as missing: 'k. A.' in 'crp' (3), 'unbekannt' in 'raucher' (1)." in report.warnings
    assert cases["c0"].inputs["crp"] == Missing(Reason.TOKEN, "k. A.")


def test_classes_called_none_are_kept_and_said(tmp_path: Path) -> None:
    rows = [f"c{n},{n + 0.5},{['Mild', 'None', 'Severe'][n % 3]}" for n in range(12)]
    report, cases = made(tmp_path, "case,size,severity", rows)
    assert cases["c1"].inputs["severity"] == "None"
    assert any(words.startswith("'None' is a class of 'severity'") for words in report.warnings)


def test_codes_to_be_predicted_are_grades_or_classes(tmp_path: Path) -> None:
    report, _ = made(tmp_path, "case,x,label", [f"c{n},{n + 0.5},{n % 4}" for n in range(24)])
    assert any("'label' holds codes, 0, 1, 2 and 3: taken for grades" in words for words in report.warnings)
    assert any(line.startswith("'label': grade target") for line in report.columns)


def test_signed_codes_to_be_predicted_are_classes(tmp_path: Path) -> None:
    report, _ = made(tmp_path, "case,x,label", [f"c{n},{n + 0.5},{n % 3 - 1}" for n in range(24)])
    assert any(line.startswith("'label': choice target") for line in report.columns)


def test_ages_that_were_assumed_are_marked(tmp_path: Path) -> None:
    ages = ["50+", "early 40s", "018Y", "6 months", "63"]
    report, cases = made(tmp_path, "case,age,x", [f"c{n},{ages[n % 5]},{n + 0.5}" for n in range(10)])
    assert [cases[f"c{n}"].inputs["age"] for n in range(5)] == [50, 42, 18, 0.5, 63]
    assert "'50+' is read as 50, the number alone" in cases["c0"].problem
    assert not cases["c2"].problem
    assert report.marked == 4


@pytest.mark.parametrize("error", ["#DIV/0!", "#REF!", "#N/A"])
def test_errors_of_a_spreadsheet_are_marked_with_the_reason(tmp_path: Path, error: str) -> None:
    rows = [f"c{n},{error if n == 2 else n + 0.5},{n % 2}" for n in range(9)]
    report, cases = made(tmp_path, "case,bmi,label", rows)
    assert cases["c2"].inputs["bmi"] == Missing(Reason.UNREADABLE, error)
    assert report.problems[0].row == 4
    assert "could not compute it" in report.problems[0].reason


def test_a_sequence_with_a_gap_is_kept_and_marked(tmp_path: Path) -> None:
    rows = [f'c{n},"1 2; nan 4; {n} 6",{n + 0.5}' for n in range(9)]
    report, cases = made(tmp_path, "case,ecg,x", rows)
    steps = cases["c3"].inputs["ecg"]
    assert isinstance(steps, tuple)
    assert steps[2] == (3.0, 6.0)
    assert "1 of its 3 steps are missing" in cases["c3"].problem
    assert report.marked == 9


def test_every_column_is_listed_with_its_reason(tmp_path: Path) -> None:
    report, _ = made(tmp_path, "case,age,empty,label", [f"c{n},{n + 30},,{n % 2}" for n in range(9)])
    assert [line.split(":")[0] for line in report.columns] == ["'case'", "'age'", "'empty'", "'label'"]
    assert report.unused == ("empty",)
