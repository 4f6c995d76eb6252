"""Tables become projects: rows joined, cells marked, nothing dropped, nothing half done."""

import time
from datetime import date
from pathlib import Path

import pytest
from PIL import Image

from mmdesk.core.cases.case import Case, ImageRef
from mmdesk.core.errors import Cancelled, SchemaProblem, Situation, TableProblem
from mmdesk.core.fields.schema import Field, Schema
from mmdesk.core.fields.schema_toml import read_schema
from mmdesk.core.fields.splits import split_of
from mmdesk.core.fields.values import Missing, Reason
from mmdesk.core.job import Progress, SilentContext
from mmdesk.services.cases.reading import set_input, store_labels
from mmdesk.services.importing.choices import TableChoices
from mmdesk.services.importing.from_table import (
    ImportReport,
    check_table,
    import_table,
    new_project,
)
from mmdesk.services.project import Project, open_project
from mmdesk.support.resources import resource

EYES = """[project]
name = "Eyes"
case = "ID"
group = "Patient"

[[input]]
name = "left"
kind = "image"
folder = "images"
side = "left"

[[input]]
name = "right"
kind = "image"
folder = "images"
side = "right"

[[input]]
name = "age"
kind = "number"
min = 2
max = 120

[[input]]
name = "sex"
kind = "choice"

[[input]]
name = "seen"
kind = "date"

[[target]]
name = "findings"
kind = "labels"
columns = ["Normal", "Cataract"]

[[note]]
name = "words"
kind = "text"
"""
HEAD = "ID,Patient,left,right,age,sex,seen,Normal ,Cataract,words\n"


def picture(path: Path, shade: int) -> None:
    path.parent.mkdir(exist_ok=True)
    Image.new("L", (4, 4), shade).save(path)


@pytest.fixture
def eyes(tmp_path: Path) -> Path:
    """A folder with five pictures and a table of three cases."""
    for number, name in enumerate(["1l.png", "1r.png", "2l.png", "2R.PNG", "3l.png"]):
        picture(tmp_path / "images" / name, number * 40)
    rows = [
        "1,a,1l.png,1r.png,60,F,2020-02-01,0,1,cataract",
        "2,b,2l.png,2r.png,50+,M,2020-02-02,1,0,",
        "1,a,1l.png,1r.png,60.0,F,2020-02-01,0,1,cataract",
        "3,b,3l.png,3r.png,1,F,,,,NA",
    ]
    (tmp_path / "t.csv").write_text(HEAD + "\n".join(rows) + "\n", encoding="utf-8")
    return tmp_path


def made(
    folder: Path, schema: str = EYES, ctx: SilentContext | None = None, **more: object
) -> tuple[ImportReport, Project]:
    report = new_project(
        folder / "p.mmdesk", folder / "t.csv", schema=read_schema(schema), ctx=ctx or SilentContext(), **more
    )
    return report, open_project(folder / "p.mmdesk")


def small(*fields: str) -> str:
    """Return a schema of fields given as "role name kind"."""
    tables = ['[[{}]]\nname = "{}"\nkind = "{}"\n'.format(*words.split()) for words in fields]
    return '[project]\nname = "small"\ncase = "ID"\n' + "".join(tables)


def cases_of(project: Project) -> dict[str, Case]:
    return {case.name: case for case in project.store.cases()}


def test_rows_become_cases(eyes: Path) -> None:
    report, project = made(eyes)
    cases = cases_of(project)
    assert (report.cases, report.added, report.updated, report.refused) == (3, 3, 0, ())
    first = cases["1"]
    assert (first.group, first.split) == ("a", split_of("a"))
    assert first.inputs["age"] == 60.0
    assert first.inputs["seen"] == date(2020, 2, 1)
    assert first.notes["words"] == "cataract"
    assert first.problem == ""
    left = first.inputs["left"]
    assert isinstance(left, ImageRef)
    assert left.path == "../images/1l.png"
    assert left.size == (eyes / "images" / "1l.png").stat().st_size
    labels = project.store.labels([first.id])[first.id]["findings"]
    assert [(label.value, label.reader) for label in labels] == [(("Cataract",), "reference")]
    project.close()


def test_what_cannot_be_used_is_kept_and_marked(eyes: Path) -> None:
    report, project = made(eyes)
    cases = cases_of(project)
    assert cases["2"].inputs["age"] == Missing(Reason.UNREADABLE, "50+")
    assert cases["2"].problem == "age: '50+' is not a number from 2 to 120"
    assert cases["3"].inputs["age"] == Missing(Reason.OUT_OF_RANGE, "1")
    assert cases["3"].inputs["right"] == Missing(Reason.NO_FILE, "3r.png")
    assert cases["3"].inputs["seen"] == Missing(Reason.ABSENT)
    assert cases["3"].notes["words"] == Missing(Reason.TOKEN, "NA")
    assert cases["3"].id not in project.store.labels()
    assert (report.marked, report.files_missing) == (2, 1)
    assert {(problem.row, problem.column) for problem in report.problems} == {
        (3, "age"),
        (5, "age"),
        (5, "right"),
    }
    project.close()


def test_file_names_match_whatever_their_letter_case(eyes: Path) -> None:
    _, project = made(eyes)
    right = cases_of(project)["2"].inputs["right"]
    assert isinstance(right, ImageRef)
    assert right.path == "../images/2R.PNG"
    project.close()


def test_options_are_learnt_and_saved(eyes: Path) -> None:
    _, project = made(eyes)
    assert project.schema.field("sex").options == ("F", "M")
    assert cases_of(project)["2"].inputs["sex"] == "M"
    project.close()


def test_rows_that_differ_are_marked_not_chosen_from(eyes: Path) -> None:
    rows = "1,a,1l.png,1r.png,60,F,,0,1,\n1,z,1l.png,2l.png,61,F,,1,1,\n2,a,,,5,M,,1,0,\n"
    (eyes / "t.csv").write_text(HEAD + rows, encoding="utf-8")
    report, project = made(eyes)
    case = cases_of(project)["1"]
    assert case.inputs["age"] == Missing(Reason.UNREADABLE, "60 | 61")
    assert case.inputs["right"] == Missing(Reason.UNREADABLE, "1r.png | 2l.png")
    assert "age: its rows differ: 60 | 61" in case.problem
    assert case.id not in project.store.labels()
    assert any("Case 1 joins rows of different groups: a, z" in words for words in report.warnings)
    project.close()


def test_a_blank_beside_a_value_is_no_difference(eyes: Path) -> None:
    rows = "1,a,1l.png,,60,F,,0,1,\n1,a,,1r.png,,F,,0,1,\n2,b,,,5,M,,1,0,\n"
    (eyes / "t.csv").write_text(HEAD + rows, encoding="utf-8")
    report, project = made(eyes)
    case = cases_of(project)["1"]
    assert case.inputs["age"] == 60.0
    assert [type(case.inputs[name]) for name in ("left", "right")] == [ImageRef, ImageRef]
    assert report.marked == 0
    project.close()


def test_a_row_without_a_case_is_refused_with_row_and_column(eyes: Path) -> None:
    with (eyes / "t.csv").open("a", encoding="utf-8") as file:
        file.write(",b,,,7,F,,0,0,\n9,b,,,7,F,,0,0,x,y,z\n")
    report, project = made(eyes)
    assert [(problem.row, problem.column) for problem in report.refused] == [(6, "ID"), (7, "")]
    assert len(cases_of(project)) == 3
    project.close()


def test_the_same_picture_twice_is_warned_of(eyes: Path) -> None:
    picture(eyes / "images" / "3r.png", 0)  # as 1l.png, of another group
    picture(eyes / "images" / "2R.PNG", 80)  # as 2l.png
    report, project = made(eyes)
    cases = cases_of(project)
    assert "left and right are the same picture" in cases["2"].problem
    assert "right is also a picture of case 1, of another group" in cases["3"].problem
    assert sum("picture" in words for words in report.warnings) == 2
    project.close()


def test_an_empty_image_file_is_marked(eyes: Path) -> None:
    (eyes / "images" / "1l.png").write_bytes(b"")
    _, project = made(eyes)
    assert cases_of(project)["1"].inputs["left"] == Missing(Reason.UNREADABLE, "1l.png")
    project.close()


def test_a_partly_blank_set_of_labels_is_unread_and_marked(eyes: Path) -> None:
    (eyes / "t.csv").write_text(HEAD + "1,a,,,5,F,,1,,\n2,a,,,5,M,,0,0,\n3,a,,,5,M,,1,2,\n", encoding="utf-8")
    report, project = made(eyes)
    cases, labels = cases_of(project), project.store.labels()
    assert cases["1"].id not in labels
    assert labels[cases["2"].id]["findings"][0].value == ()
    assert "Cataract: '2' is not yes or no" in cases["3"].problem
    assert report.marked == 2
    project.close()


def test_whole_numbers_among_options_match_with_and_without_a_fraction(tmp_path: Path) -> None:
    schema = small("input age number", "target stage grade")
    (tmp_path / "t.csv").write_text("ID,age,stage\n1.0,5,2.0\n2,5,3\n3,5,\n", encoding="utf-8")
    _, project = made(tmp_path, schema)
    assert project.schema.field("stage").options == ("2", "3")
    labels = project.store.labels()
    cases = cases_of(project)
    assert [labels[cases[name].id]["stage"][0].value for name in "12"] == [0, 1]
    (tmp_path / "u.csv").write_text("ID,age,stage\n4,5,1\n", encoding="utf-8")
    report = import_table(project, tmp_path / "u.csv", ctx=SilentContext())
    assert report.marked == 1
    assert cases_of(project)["4"].id not in project.store.labels()
    project.close()


def test_grades_without_an_order_are_refused(tmp_path: Path) -> None:
    schema = small("input age number", "target stage grade")
    (tmp_path / "t.csv").write_text("ID,age,stage\n1,5,low\n2,5,high\n", encoding="utf-8")
    with pytest.raises(SchemaProblem, match="no order"):
        made(tmp_path, schema)
    assert not (tmp_path / "p.mmdesk").exists()


def test_decimal_commas_and_spoken_dates(tmp_path: Path) -> None:
    schema = small("input a number", "input d date")
    (tmp_path / "t.csv").write_text("ID;a;d\n1;1,5;01.02.2020\n2;1,250;31.12.2020\n", encoding="utf-8")
    report, project = made(tmp_path, schema)
    cases = cases_of(project)
    assert [cases[name].inputs["a"] for name in "12"] == [1.5, 1.25]
    assert cases["1"].inputs["d"] == date(2020, 2, 1)
    assert any("decimal comma" in words for words in report.warnings)
    assert any("day before month" in words for words in report.warnings)
    project.close()


def test_dates_whose_order_nothing_proves_stay_missing_until_it_is_chosen(tmp_path: Path) -> None:
    schema = small("input d date")
    (tmp_path / "t.csv").write_text("ID,d\n1,01/02/2020\n", encoding="utf-8")
    report, project = made(tmp_path, schema)
    assert cases_of(project)["1"].inputs["d"] == Missing(Reason.UNREADABLE, "01/02/2020")
    assert any("choose the order" in words for words in report.warnings)
    assert report.either_order == "01/02/2020"
    import_table(project, tmp_path / "t.csv", ctx=SilentContext(), choices=TableChoices(day_first=True))
    assert cases_of(project)["1"].inputs["d"] == date(2020, 2, 1)
    project.close()


@pytest.mark.parametrize(("day_first", "read"), [(True, date(2020, 2, 1)), (False, date(2020, 1, 2))])
def test_an_order_of_dates_that_is_chosen_leaves_decimal_commas_found(tmp_path: Path, day_first, read) -> None:
    rows = "ID;a;d\n1;1,5;01.02.2020\n2;2,5;03.04.2020\n"
    (tmp_path / "t.csv").write_text(rows, encoding="utf-8")
    report, project = made(tmp_path, small("input a number", "input d date"), choices=TableChoices(day_first=day_first))
    assert cases_of(project)["1"].inputs == {"a": 1.5, "d": read}
    assert report.either_order == "01.02.2020"
    project.close()


def test_a_missing_column_is_named_with_the_nearest_one(eyes: Path) -> None:
    with pytest.raises(TableProblem, match=r"no column 'agee'.*Did you mean 'age'"):
        made(eyes, EYES.replace('name = "age"', 'name = "age"\ncolumn = "agee"'))
    assert not (eyes / "p.mmdesk").exists()


@pytest.mark.parametrize("moment", ["Reading the table", "Importing cases"])
def test_cancelled_leaves_nothing(eyes: Path, moment: str) -> None:
    def stop(progress: Progress) -> None:
        ctx.cancelled = ctx.cancelled or progress.words == moment

    ctx = SilentContext(stop)
    rows = "".join(f"{n},g,1l.png,1r.png,60,F,,0,1,\n" for n in range(900))
    (eyes / "t.csv").write_text(HEAD + rows + "x,g,,,5,M,,1,0,\n", encoding="utf-8")
    with pytest.raises(Cancelled):
        made(eyes, ctx=ctx)
    assert not (eyes / "p.mmdesk").exists()


def test_a_folder_in_use_is_left_alone(eyes: Path) -> None:
    (eyes / "p.mmdesk").mkdir()
    (eyes / "p.mmdesk" / "mine.txt").write_text("mine")
    with pytest.raises(Situation):
        made(eyes)
    assert (eyes / "p.mmdesk" / "mine.txt").read_text() == "mine"


def test_progress_is_told_and_reaches_the_rows(eyes: Path) -> None:
    told: list[Progress] = []
    rows = "".join(f"{n},g,,,60,{'FM'[n % 2]},,0,1,\n" for n in range(1000))
    (eyes / "t.csv").write_text(HEAD + rows, encoding="utf-8")
    _, project = made(eyes, ctx=SilentContext(told.append))
    importing = [progress for progress in told if progress.words == "Importing cases"]
    assert len(importing) >= 5
    assert importing[-1].done == 1000
    assert importing[-1].total == 1001
    project.close()


def test_copied_images_lie_in_the_project_by_content(eyes: Path) -> None:
    _, project = made(eyes, copy_images=True)
    left = cases_of(project)["1"].inputs["left"]
    assert isinstance(left, ImageRef)
    assert left.path == f"images/{left.sha256}.png"
    assert (project.folder / left.path).read_bytes() == (eyes / "images" / "1l.png").read_bytes()
    project.close()


def test_importing_again_changes_nothing_and_a_changed_table_only_what_changed(eyes: Path) -> None:
    _, project = made(eyes)
    again = import_table(project, eyes / "t.csv", ctx=SilentContext())
    assert (again.added, again.updated) == (0, 0)
    text = (eyes / "t.csv").read_text(encoding="utf-8").replace("50+", "50")
    (eyes / "t.csv").write_text(text + "4,c,,,33,M,,1,0,new\n", encoding="utf-8")
    changed = import_table(project, eyes / "t.csv", ctx=SilentContext())
    assert (changed.added, changed.updated) == (1, 1)
    assert cases_of(project)["2"].inputs["age"] == 50.0
    assert cases_of(project)["2"].problem == ""
    project.close()


def test_importing_again_never_destroys_what_readers_did(eyes: Path) -> None:
    _, project = made(eyes)
    case = cases_of(project)["2"].id
    set_input(project, case, "age", 51.0, "Ann")
    store_labels(project, case, {"findings": ("Cataract",)}, "Ann")
    text = (
        (eyes / "t.csv")
        .read_text(encoding="utf-8")
        .replace("50+", "52")
        .replace("M,2020-02-02,1,0", "M,2020-02-02,1,1")
    )
    (eyes / "t.csv").write_text(text, encoding="utf-8")
    report = import_table(project, eyes / "t.csv", ctx=SilentContext())
    assert (report.updated, report.kept) == (1, 1)
    assert cases_of(project)["2"].inputs["age"] == 51.0
    labels = {label.reader: label.value for label in project.store.labels()[case]["findings"]}
    assert labels == {"Ann": ("Cataract",), "reference": ("Normal", "Cataract")}
    project.close()


def test_a_table_without_targets_keeps_the_reference_labels(eyes: Path) -> None:
    _, project = made(eyes)
    (eyes / "u.csv").write_text(
        "ID,Patient,left,right,age,sex,seen\n1,a,1l.png,1r.png,61,F,2020-02-01\n", encoding="utf-8"
    )
    report = import_table(project, eyes / "u.csv", ctx=SilentContext())
    case = cases_of(project)["1"]
    assert (report.updated, case.inputs["age"], case.notes["words"]) == (1, 61.0, "cataract")
    assert project.store.labels()[case.id]["findings"][0].value == ("Cataract",)
    assert any("findings" in words for words in report.warnings)
    project.close()


def test_cancelling_an_import_into_a_project_leaves_it_as_it_was(eyes: Path) -> None:
    _, project = made(eyes)
    before = cases_of(project)
    rows = "".join(f"n{n},g,1l.png,,60,F,,0,1,\n" for n in range(600))
    (eyes / "t.csv").write_text(HEAD + rows, encoding="utf-8")

    def stop(progress: Progress) -> None:
        ctx.cancelled = progress.words == "Importing cases" and progress.done >= 400

    ctx = SilentContext(stop)
    with pytest.raises(Cancelled):
        import_table(project, eyes / "t.csv", ctx=ctx, copy_images=True)
    assert cases_of(project) == before
    assert not list((project.folder / "images").iterdir())
    project.close()


def test_the_report_is_written_into_the_project(eyes: Path) -> None:
    report, project = made(eyes)
    assert report.report is not None
    assert report.report.parent == project.folder
    text = report.report.read_text(encoding="utf-8")
    assert "3 cases in the table" in text
    assert "marked,3,age,'50+' is not a number from 2 to 120" in text.replace("''", "'")
    project.close()


def test_a_check_says_the_same_and_writes_nothing(eyes: Path) -> None:
    found = check_table(eyes / "t.csv", read_schema(EYES), ctx=SilentContext())
    assert sorted(path.name for path in eyes.iterdir()) == ["images", "t.csv"]
    report, project = made(eyes)
    assert (found.cases, found.marked, found.files_missing) == (
        report.cases,
        report.marked,
        report.files_missing,
    )
    assert found.problems == report.problems
    project.close()


def test_ten_thousand_rows_without_images_take_seconds(tmp_path: Path) -> None:
    schema = small(*(f"input a{n} number" for n in range(8)))
    rows = "".join(f"c{n},{','.join(str(n * k % 97) for k in range(8))}\n" for n in range(10_000))
    (tmp_path / "t.csv").write_text("ID," + ",".join(f"a{n}" for n in range(8)) + "\n" + rows, encoding="utf-8")
    start = time.process_time()
    report, project = made(tmp_path, schema)
    seconds = time.process_time() - start
    assert report.added == 10_000
    assert seconds < 10
    project.close()


def test_the_real_fundus_table(shared: Path, tmp_path: Path) -> None:
    table = shared / "data" / "odir" / "full_df.csv"
    schema = read_schema(resource("schemas", "odir.toml").read_text(encoding="utf-8"))
    start = time.perf_counter()
    report = new_project(tmp_path / "odir.mmdesk", table, schema=schema, ctx=SilentContext())
    seconds = time.perf_counter() - start
    print(f"ODIR: {report.cases} cases, {report.files_missing} files missing, {seconds:.1f} s")
    project = open_project(tmp_path / "odir.mmdesk")
    cases = project.store.cases()
    assert (report.cases, report.added, len(cases)) == (2708, 2708, 2708)
    assert report.files_missing == 260
    masked = [case for case in cases if isinstance(case.inputs["age"], Missing)]
    assert len(masked) == report.marked == 13
    assert {case.inputs["age"] for case in masked} == {Missing(Reason.OUT_OF_RANGE, "1")}
    assert not report.refused
    assert len(project.store.labels()) == 2708
    project.close()


def test_a_cells_own_semicolons_do_not_cut_the_words_about_it(tmp_path: Path) -> None:
    table = tmp_path / "cut.csv"
    table.write_text('ID,Age,Grade\na,40,1\nb,41,"wild; text"\nc,42,0\n', encoding="utf-8")
    schema = Schema(
        "Cut",
        "ID",
        "ID",
        (Field("age", "input", "number", ("Age",)), Field("grade", "target", "flag", ("Grade",))),
    )
    new_project(tmp_path / "p.mmdesk", table, schema=schema, ctx=SilentContext())
    project = open_project(tmp_path / "p.mmdesk")
    try:
        (problem,) = [case.problem for case in project.store.cases() if case.problem]
        assert problem.startswith("Grade: 'wild, text' is not")
        assert "; " not in problem
    finally:
        project.close()
