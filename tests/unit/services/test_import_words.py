"""What an import says: words taken as missing, classes, codes, ages, errors, and what each column is for."""

from datetime import date
from pathlib import Path

import pytest

from mmdesk.core.cases.case import Case
from mmdesk.core.errors import TableProblem
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


@pytest.mark.parametrize("word", ["(null)", "\\N", "weiß nicht", "não sabe"])
def test_words_for_nothing_beside_yes_and_no_are_missing(tmp_path: Path, word: str) -> None:
    rows = [f"c{n},{n + 0.5},{['ja', 'nein', word][n % 3]}" for n in range(9)]
    report, cases = made(tmp_path, "case,crp,raucher", rows)
    assert cases["c2"].inputs["raucher"] == Missing(Reason.TOKEN, word)
    assert report.words == {f"raucher: {word}": 3}


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


@pytest.mark.parametrize("error", ["#DIV/0!", "#REF!", "#N/A", "#¡VALOR!", "#NOM?", "#ЗНАЧ!", "#N/D"])
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


@pytest.mark.parametrize("written", ["{:02d}.2021", "2021.{:02d}", "2021{:02d}", "2021-W{:02d}"])
def test_months_and_weeks_are_no_numbers(tmp_path: Path, written: str) -> None:
    rows = [f"c{n},{written.format(n + 1)},{n + 0.5}" for n in range(12)]
    report, cases = made(tmp_path, "case,seen,x", rows)
    assert cases["c2"].notes["seen"] == written.format(3)
    assert any("a date needs a day" in line for line in report.columns)


def test_day_numbers_of_a_spreadsheet_are_said(tmp_path: Path) -> None:
    report, _ = made(tmp_path, "case,exam_date,x", [f"c{n},{44197 + n},{n + 0.5}" for n in range(12)])
    assert any("44197 is 2021-01-01" in words for words in report.warnings)


@pytest.mark.parametrize("unknown", ["9", "99", "-99", "888"])
def test_codes_with_one_for_unknown_are_classes(tmp_path: Path, unknown: str) -> None:
    rows = [f"c{n},{n + 0.5},{[0, 1, unknown][n % 3]}" for n in range(24)]
    report, _ = made(tmp_path, "case,x,outcome", rows)
    assert any(line.startswith("'outcome': choice target") for line in report.columns)
    assert any("'outcome' holds codes" in words for words in report.warnings)


def test_numbers_that_stand_for_missing_are_said(tmp_path: Path) -> None:
    rows = [f"c{n},{-999 if n % 5 == 0 else 60 + n},{n + 0.5}" for n in range(20)]
    report, _ = made(tmp_path, "case,weight,x", rows)
    assert any('missing = ["-999"]' in words for words in report.warnings)
    ordinary, _ = made(_sub(tmp_path), "case,pulse,x", [f"c{n},{70 + n},{n + 0.5}" for n in range(30)])
    assert not any("missing =" in words for words in ordinary.warnings)


def _sub(folder: Path) -> Path:
    (folder / "sub").mkdir()
    return folder / "sub"


def test_combinations_taken_for_classes_are_said(tmp_path: Path) -> None:
    lists = ['"AMD, DR"', "AMD", "DR"]
    report, cases = made(tmp_path, "case,x,drusen", [f"c{n},{n + 0.5},{lists[n % 3]}" for n in range(12)])
    assert cases["c0"].inputs["drusen"] == "AMD, DR"
    assert any("AMD|DR" in words for words in report.warnings)


def test_plus_and_minus_are_two_classes(tmp_path: Path) -> None:
    rows = [f"c{n},{n + 0.5},{['+', '-', '++'][n % 3]},{'+-'[n % 2]}" for n in range(12)]
    _, cases = made(tmp_path, "case,x,urine,blood", rows)
    assert [cases[f"c{n}"].inputs["urine"] for n in range(3)] == ["+", "-", "++"]
    assert [cases[f"c{n}"].inputs["blood"] for n in range(2)] == ["+", "-"]


def test_marks_beside_empty_cells_are_said(tmp_path: Path) -> None:
    report, _ = made(tmp_path, "case,x,fever", [f"c{n},{n + 0.5},{'x' if n % 2 else ''}" for n in range(12)])
    assert any("'fever' holds only x, in 6 of 12 rows" in words for words in report.warnings)


def test_sums_and_repeated_headers_are_no_cases(tmp_path: Path) -> None:
    rows = [f"c{n},{n + 0.5},{'AB'[n % 2]}" for n in range(12)]
    below = ["case,x,label", "Mittelwert,6.0,", "Summe:,72,"]
    report, cases = made(tmp_path, "case,x,label", [*rows, *below])
    assert len(cases) == 12
    assert [row.row for row in report.refused] == [14, 15, 16]
    assert any(line.startswith("'label': choice target; 2 values: A and B") for line in report.columns)


def test_cases_with_nothing_but_a_name_are_said(tmp_path: Path) -> None:
    rows = [*(f"c{n},{n + 0.5},{'AB'[n % 2]}" for n in range(12)), "n=12,,"]
    report, _ = made(tmp_path, "case,x,label", rows)
    assert any("'n=12' in row 14" in words for words in report.warnings)


def test_a_group_with_empty_cells_still_keeps_cases_together(tmp_path: Path) -> None:
    rows = [f"c{n},{'' if n == 5 else f'P{n // 2}'},{n + 0.5}" for n in range(12)]
    report, cases = made(tmp_path, "case,patient_id,x", rows)
    assert cases["c2"].group == cases["c3"].group == "P1"
    assert report.without_group == 1


def test_a_group_named_once_above_empty_cells_is_said(tmp_path: Path) -> None:
    rows = [f"c{n},{'' if n % 3 else f'P{n}'},{n + 0.5}" for n in range(12)]
    report, _ = made(tmp_path, "case,patient_id,x", rows)
    assert any("'patient_id' is empty in 8 of 12 rows" in words for words in report.warnings)


def test_rows_that_cannot_be_used_are_named(tmp_path: Path) -> None:
    with pytest.raises(TableProblem, match="4 cells where the header has 3"):
        made(tmp_path, "case,x,label", [f"c{n},{n},5,A" for n in range(5)])


def test_signs_that_nobody_sees_make_no_class(tmp_path: Path) -> None:
    words = ["m", "m\u200b", "\ufefff", "f"]
    rows = [f"c{n},{n + 0.5},{words[n % 4]}" for n in range(16)]
    _, cases = made(tmp_path, "case,x,sex", rows)
    assert [cases[f"c{n}"].inputs["sex"] for n in range(4)] == ["m", "m", "f", "f"]


@pytest.mark.parametrize("code", ["1234567890123456{:04d}", "01{:03d}"])
def test_digits_that_a_number_would_lose_stay_text(tmp_path: Path, code: str) -> None:
    _, cases = made(tmp_path, "case,code,x", [f"c{n},{code.format(n)},{n + 0.5}" for n in range(12)])
    assert cases["c7"].notes["code"] == code.format(7)


def test_ages_with_leading_zeros_are_numbers(tmp_path: Path) -> None:
    _, cases = made(tmp_path, "case,age,x", [f"c{n},{40 + n:04d},{n + 0.5}" for n in range(12)])
    assert cases["c7"].inputs["age"] == 47


def test_a_bare_number_among_percentages_is_said(tmp_path: Path) -> None:
    rows = [f"c{n},{f'{40 + n} %' if n else '0.45'},{n + 0.5}" for n in range(20)]
    report, _ = made(tmp_path, "case,ef,x", rows)
    assert any("'0.45' beside percentages" in words for words in report.warnings)


@pytest.mark.parametrize("column", ["Befund", "Beurteilung", "laudo", "Диагноз"])
def test_what_may_hold_the_answer_is_kept_from_the_model_in_other_languages(tmp_path: Path, column: str) -> None:
    report, _ = made(tmp_path, f"case,x,{column}", [f"c{n},{n + 0.5},{'AB'[n % 2]}" for n in range(12)])
    assert any(line.startswith(f"'{column}': choice note") for line in report.columns)


@pytest.mark.parametrize(
    "written",
    [
        "3 maart 2021",
        "3 marca 2021",
        "3 marts 2021",
        "3 \u043c\u0430\u0440\u0442\u0430 2021 \u0433.",
        "3\u00b0 marzo 2021",
    ],
)
def test_months_of_more_languages_are_read(tmp_path: Path, written: str) -> None:
    _, cases = made(tmp_path, "case,seen,x", [f"c{n},{written},{n + 0.5}" for n in range(9)] + ["c9,2021-04-01,1.5"])
    assert cases["c0"].inputs["seen"] == date(2021, 3, 3)


def test_a_second_table_below_is_refused(tmp_path: Path) -> None:
    rows = [f"P{n},{40 + n},{'AB'[n % 2]}" for n in range(12)]
    second = ["ID,Dosis,Arm", *(f"P{n},{5 + n},X" for n in range(12))]
    with pytest.raises(TableProblem, match=r"Row 14 of t\.csv looks like the header of a second table"):
        made(tmp_path, "ID,Alter,label", [*rows, *second])
