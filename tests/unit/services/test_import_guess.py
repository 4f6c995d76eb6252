"""A first schema for tables nobody has described: made, known and real ones."""

from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from mmdesk.core.errors import TableProblem
from mmdesk.core.fields.schema_toml import read_schema
from mmdesk.core.fields.values import Missing, Reason
from mmdesk.core.job import SilentContext
from mmdesk.services.importing.from_table import check_table, look_at, new_project
from mmdesk.services.project import open_project, read_project_schema
from mmdesk.support.resources import resource


def picture(path: Path, shade: int) -> None:
    path.parent.mkdir(exist_ok=True)
    Image.new("L", (4, 4), shade).save(path)


@pytest.fixture
def eyes(tmp_path: Path) -> Path:
    """A folder with five pictures of three cases."""
    for number, name in enumerate(["1l.png", "1r.png", "2l.png", "2R.PNG", "3l.png"]):
        picture(tmp_path / "images" / name, number * 40)
    return tmp_path


def test_guessing_finds_images_sides_and_findings(eyes: Path) -> None:
    rows = "".join(f"{n},{n}l.png,{n}r.png,{60 + n},{'FM'[n % 2]},0,1,0\n" for n in range(1, 7))
    (eyes / "t.csv").write_text("ID,Left eye,Right eye,Patient Age,Patient Sex,A,B,C\n" + rows, encoding="utf-8")
    found = look_at(eyes / "t.csv", name="Mine")
    schema, because = found.schema, found.because
    assert (schema.name, schema.case, schema.group) == ("Mine", "ID", "ID")
    assert [(field.name, field.kind, field.side) for field in schema.inputs] == [
        ("left", "image", "left"),
        ("right", "image", "right"),
        ("age", "number", ""),
        ("sex", "choice", ""),
    ]
    assert schema.field("left").folder == "images"
    assert schema.field("findings").options == ("A", "B", "C")
    assert because["Left eye"] == "names match 3 of 6 files in images"
    assert set(because) == {"ID", "Left eye", "Right eye", "Patient Age", "Patient Sex", "A", "B", "C"}
    report = new_project(eyes / "q.mmdesk", eyes / "t.csv", ctx=SilentContext())
    assert (report.added, report.files_missing) == (6, 7)


def test_guessing_finds_images_by_name_without_ending(eyes: Path) -> None:
    (eyes / "t.csv").write_text("name,age\n1l,50\n1r,51\n2l,49\n", encoding="utf-8")
    look = look_at(eyes / "t.csv")
    assert (look.schema.case, look.schema.field("image").columns) == ("name", ("name",))
    report = new_project(eyes / "q.mmdesk", eyes / "t.csv", ctx=SilentContext())
    assert report.files_missing == 0


def test_numbers_that_name_the_cases_may_name_the_images_too(tmp_path: Path) -> None:
    for number in (1043, 1044):
        picture(tmp_path / "scans" / f"{number}.jpg", number % 200)
    (tmp_path / "t.csv").write_text("ID,age\n1043,50\n1044,51\n", encoding="utf-8")
    look = look_at(tmp_path / "t.csv")
    assert (look.schema.field("image").columns, look.schema.field("image").folder) == (("ID",), "scans")
    assert look.schema.field("age").kind == "number"


def test_a_second_column_of_the_same_files_is_not_used(eyes: Path) -> None:
    (eyes / "t.csv").write_text("ID,file,path\na,1l.png,raw/x/1l.png\nb,2l.png,raw\\x\\2l.png\n", encoding="utf-8")
    look = look_at(eyes / "t.csv")
    assert [field.columns for field in look.schema.images] == [("file",)]
    assert look.because["path"] == "the same files as another column; not used"


def test_file_names_that_match_nothing_are_said(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("ID,file\n1,a.jpg\n2,b.jpg\n", encoding="utf-8")
    with pytest.raises(TableProblem) as problem:
        look_at(tmp_path / "t.csv")
    words = "No column matches image files in this folder. Your table is untouched."
    assert problem.value.say() == f"{words} Choose the column or another folder."
    picture(tmp_path / "elsewhere" / "a.jpg", 5)
    picture(tmp_path / "elsewhere" / "b.jpg", 6)
    beside = tmp_path / "tables"
    beside.mkdir()
    (tmp_path / "t.csv").rename(beside / "t.csv")
    look = look_at(beside / "t.csv", images=tmp_path / "elsewhere")
    assert look.schema.field("file").folder == "../elsewhere"


def test_a_known_table_gets_its_schema_and_the_folder_of_its_images(tmp_path: Path) -> None:
    schema = read_schema(resource("schemas", "odir.toml").read_text(encoding="utf-8"))
    columns = ["ID", *(column for entry in schema for column in entry.columns)]
    row = ["7", "7_left.jpg", "7_right.jpg", "60", "Male", *"10000000", "a", "b"]
    (tmp_path / "t.csv").write_text(",".join(columns) + "\n" + ",".join(row) + "\n", encoding="utf-8")
    with pytest.raises(TableProblem, match="No column matches image files"):
        look_at(tmp_path / "t.csv")
    report = new_project(tmp_path / "p.mmdesk", tmp_path / "t.csv", schema=schema, ctx=SilentContext())
    assert any("None of the image files is there" in words for words in report.warnings)
    picture(tmp_path / "pictures" / "7_left.jpg", 5)
    look = look_at(tmp_path / "t.csv", name="Mine")
    assert look.schema.name == "Mine"
    assert look.schema.field("left").folder == "pictures"
    assert look.schema.field("findings").options == schema.field("findings").options
    assert look.because["Left-Fundus"].endswith("names match 1 of 1 files")


def test_the_untidy_chest_table(shared: Path, tmp_path: Path) -> None:
    table = shared / "data" / "figure1-covid" / "metadata.csv"
    look = look_at(table)
    assert look.schema.field("image").columns == ("patientid",)
    assert look.schema.field("age").kind == "number"
    assert look.schema.field("finding").role == "target"
    assert any("Windows-1252" in words for words in look.warnings)
    assert any("one person" in words for words in look.warnings)
    report = new_project(tmp_path / "c.mmdesk", table, ctx=SilentContext())
    assert (report.added, report.files_missing) == (55, 0)
    project = open_project(tmp_path / "c.mmdesk")
    assumed = [case for case in project.store.cases() if "'50+' is read as 50" in case.problem]
    assert {case.inputs["age"] for case in assumed} == {50.0}
    project.close()


def sided(folder: Path, sides: tuple[str, ...] = ("left", "right"), count: int = 3) -> None:
    for place, side in enumerate(sides):
        for number in range(1, count + 1):
            path = folder / "images" / side / f"{number:03}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            picture(path, 60 * place + number)


@pytest.mark.parametrize("names", ["{side}/{n:03}.png", "C:\\data\\{side}\\{n:03}.PNG", "{n:03}.png", "{n:03}"])
@pytest.mark.parametrize("cases", ["{n:03}", "P{n}"])
def test_folders_with_equal_names_for_left_and_right(tmp_path: Path, names: str, cases: str) -> None:
    sided(tmp_path)
    rows = "".join(
        f"{cases.format(n=n)},{names.format(n=n, side='left')},"
        f"{'NA' if n == 3 else names.format(n=n, side='right')},{30 + n}\n"
        for n in (1, 2, 3)
    )
    (tmp_path / "t.csv").write_text("id,left_image,right_image,age\n" + rows, encoding="utf-8")
    new_project(tmp_path / "p.mmdesk", tmp_path / "t.csv", ctx=SilentContext())
    project = open_project(tmp_path / "p.mmdesk")
    found = [
        {name: getattr(case.inputs[name], "path", case.inputs[name]) for name in ("left", "right")}
        for case in project.store.cases()
    ]
    assert found == [
        {"left": "../images/left/001.png", "right": "../images/right/001.png"},
        {"left": "../images/left/002.png", "right": "../images/right/002.png"},
        {"left": "../images/left/003.png", "right": Missing(Reason.TOKEN, "NA")},
    ]
    assert [field.columns for field in project.schema.images] == [("left_image",), ("right_image",)]
    project.close()


def test_images_of_a_site_come_from_its_own_folder(tmp_path: Path) -> None:
    sided(tmp_path, ("siteA", "siteB"), 5)
    (tmp_path / "images" / "siteB" / "004.png").unlink()
    rows = "".join(f"B{n},D:\\export\\siteB\\{n:03}.png,{n * 7}\n" for n in range(1, 6))
    (tmp_path / "t.csv").write_text("case,file,age\n" + rows, encoding="utf-8")
    report = new_project(tmp_path / "p.mmdesk", tmp_path / "t.csv", ctx=SilentContext())
    project = open_project(tmp_path / "p.mmdesk")
    found = {case.name: case.inputs["file"] for case in project.store.cases()}
    project.close()
    assert found.pop("B4") == Missing(Reason.NO_FILE, "D:\\export\\siteB\\004.png")
    assert [getattr(ref, "path", "") for ref in found.values()] == [f"../images/siteB/{n:03}.png" for n in (1, 2, 3, 5)]
    assert report.files_missing == 1
    assert "images/siteA/004.png has its name but lies in another folder" in report.problems[0].reason
    assert any("The folder 'D:/export' that 'file' names is not here" in said for said in report.warnings)


def noted(folder: Path, rows: int = 40) -> Path:
    """Write a table whose remark names the diagnosis; the room says nothing of it."""
    lines = ["ID,Age,Remark,Room,Diagnosis"]
    for row in range(rows):
        sick = row % 2
        remark = f"seen by {row % 7}, {'opaque lens' if sick else 'clear media'} {row}"
        lines.append(f'c{row},{30 + row},"{remark}","room {row % 5} of {row}",{"cataract" if sick else "none"}')
    table = folder / "noted.csv"
    table.write_text("\n".join(lines), encoding="utf-8")
    return table


def test_a_note_that_tells_the_answer_is_proposed_for_after_the_own_read(tmp_path: Path) -> None:
    look = look_at(noted(tmp_path))
    assert {field.columns[0]: field.show for field in look.schema.notes} == {
        "Remark": "after",
        "Room": "always",
    }
    why = look.because["Remark"]
    assert "shown after the own read, for '" in why
    assert "in it goes with Diagnosis" in why
    assert any("The note 'Remark' is shown after the reader's own read" in words for words in look.warnings)
    assert "own read" not in look.because["Room"]


def test_a_note_that_is_named_like_the_answer_is_proposed_in_a_small_table_too(tmp_path: Path) -> None:
    table = tmp_path / "few.csv"
    table.write_text("ID,Age,Diagnostic code,Diagnosis\na,30,H1,x\nb,31,H2,y\nc,32,H3,x\nd,33,H4,y\n", "utf-8")
    look = look_at(table)
    assert [field.show for field in look.schema.notes] == ["after"]
    assert "its name says that it may hold the answer" in look.because["Diagnostic code"]


def test_a_schema_that_shows_such_a_note_is_kept_and_the_check_says_so(tmp_path: Path) -> None:
    table = noted(tmp_path)
    schema = look_at(table).schema
    shown = replace(schema, fields=tuple(replace(field, show="always") for field in schema))
    report = check_table(table, shown, ctx=SilentContext())
    doubt = next(words for words in report.warnings if "tells the answer" in words)
    assert doubt.startswith("The note 'Remark' tells the answer: '")
    assert "Room" not in "".join(words for words in report.warnings if "tells the answer" in words)
    made = new_project(tmp_path / "p.mmdesk", table, schema=shown, ctx=SilentContext())
    assert doubt in made.warnings
    assert read_project_schema(tmp_path / "p.mmdesk").field("remark").show == "always"
    assert not any("tells the answer" in words for words in check_table(table, schema, ctx=SilentContext()).warnings)
