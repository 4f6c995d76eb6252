"""Images that only a person can decide about: asked before anything is written."""

from pathlib import Path

import pytest
from PIL import Image

from mmdesk.core.cases.case import ImageRef
from mmdesk.core.errors import SchemaProblem, TableProblem
from mmdesk.core.fields.schema_toml import read_schema
from mmdesk.core.fields.values import Missing, Reason
from mmdesk.core.job import SilentContext
from mmdesk.services.importing.from_table import check_table, import_table, look_at, new_project
from mmdesk.services.importing.image_questions import ImageChoices
from mmdesk.services.project import open_project

PAIR = """[project]
name = "Pair"
case = "case"

[[input]]
name = "one"
kind = "image"
folder = "images"

[[input]]
name = "two"
kind = "image"
folder = "images"
"""


def files(folder: Path, *names: str) -> None:
    for shade, name in enumerate(names):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("L", (4, 4), 20 + shade).save(path)


def inputs(folder: Path, name: str) -> list[object]:
    project = open_project(folder)
    held = [case.inputs[name] for case in project.store.cases()]
    project.close()
    return [value.path if isinstance(value, ImageRef) else value for value in held]


def test_names_that_fit_two_folders_are_refused_until_one_is_chosen(tmp_path: Path) -> None:
    files(tmp_path, *(f"images/site{site}/00{n}.png" for site in "AB" for n in (1, 2)))
    table = tmp_path / "t.csv"
    table.write_text("case,file,age\na,001.png,4\nb,002.png,5\n", encoding="utf-8")
    with pytest.raises(TableProblem) as problem:
        new_project(tmp_path / "p.mmdesk", table, ctx=SilentContext())
    assert "2 images of 'file' fit several files" in problem.value.what
    assert "row 2, '001.png' may be images/siteA/001.png or images/siteB/001.png" in problem.value.what
    assert "--folder 'file=images/siteB'" in problem.value.do
    assert not (tmp_path / "p.mmdesk").exists()
    report = check_table(table, look_at(table).schema, ctx=SilentContext())
    assert [question.folders for question in report.questions] == [("images/siteA", "images/siteB")]
    chosen = ImageChoices({"file": "images/siteB"})
    new_project(tmp_path / "p.mmdesk", table, ctx=SilentContext(), images=chosen)
    assert inputs(tmp_path / "p.mmdesk", "file") == ["../images/siteB/001.png", "../images/siteB/002.png"]
    new_project(tmp_path / "q.mmdesk", table, ctx=SilentContext(), images=ImageChoices(unclear_missing=True))
    assert inputs(tmp_path / "q.mmdesk", "file") == [
        Missing(Reason.NO_FILE, "001.png"),
        Missing(Reason.NO_FILE, "002.png"),
    ]


def test_importing_again_asks_as_well_and_leaves_the_project_alone(tmp_path: Path) -> None:
    files(tmp_path, "images/a/1.png", "images/b/2.png")
    table = tmp_path / "t.csv"
    table.write_text("case,file,age\nx,1.png,4\ny,2.png,5\n", encoding="utf-8")
    new_project(tmp_path / "p.mmdesk", table, ctx=SilentContext())
    files(tmp_path, "images/b/1.png")
    project = open_project(tmp_path / "p.mmdesk")
    before = project.store.cases()
    with pytest.raises(TableProblem, match="1 image of 'file' fits several files"):
        import_table(project, table, ctx=SilentContext())
    assert project.store.cases() == before
    project.close()


def test_one_file_for_two_inputs_of_a_case_is_asked_about(tmp_path: Path) -> None:
    files(tmp_path, "images/1.png", "images/2.png", "images/3.png")
    table = tmp_path / "t.csv"
    table.write_text("case,one,two\na,1.png,2.png\nb,3.png,x/3.png\n", encoding="utf-8")
    schema = read_schema(PAIR)
    with pytest.raises(TableProblem) as problem:
        new_project(tmp_path / "p.mmdesk", table, schema=schema, ctx=SilentContext())
    assert "row 3, 'x/3.png' is the file of 'one' too" in problem.value.what
    assert "--same-file" in problem.value.do
    new_project(tmp_path / "p.mmdesk", table, schema=schema, ctx=SilentContext(), images=ImageChoices(same_file=True))
    assert inputs(tmp_path / "p.mmdesk", "two") == ["../images/2.png", "../images/3.png"]
    new_project(
        tmp_path / "q.mmdesk",
        table,
        schema=schema,
        ctx=SilentContext(),
        images=ImageChoices(unclear_missing=True),
    )
    assert inputs(tmp_path / "q.mmdesk", "one") == ["../images/1.png", Missing(Reason.NO_FILE, "3.png")]
    assert inputs(tmp_path / "q.mmdesk", "two") == ["../images/2.png", Missing(Reason.NO_FILE, "x/3.png")]


def test_rows_of_one_case_that_name_one_file_for_two_inputs_are_asked_about(tmp_path: Path) -> None:
    files(tmp_path, "images/1.png")
    table = tmp_path / "t.csv"
    table.write_text("case,one,two\na,1.png,\na,,1.png\n", encoding="utf-8")
    with pytest.raises(TableProblem, match="is the file of 'one' too"):
        new_project(tmp_path / "p.mmdesk", table, schema=read_schema(PAIR), ctx=SilentContext())


def test_names_of_two_folders_that_come_to_one_file_are_asked_about(tmp_path: Path) -> None:
    files(tmp_path, "images/1.png", "images/2.png")
    table = tmp_path / "t.csv"
    table.write_text("case,file\na,D:\\A\\1.png\nb,D:\\B\\1.png\nc,D:\\A\\2.png\n", encoding="utf-8")
    with pytest.raises(TableProblem) as problem:
        new_project(tmp_path / "p.mmdesk", table, ctx=SilentContext())
    assert "row 3, 'D:\\B\\1.png' is the file that 'D:\\A\\1.png' in row 2 is" in problem.value.what
    new_project(tmp_path / "p.mmdesk", table, ctx=SilentContext(), images=ImageChoices(unclear_missing=True))
    assert inputs(tmp_path / "p.mmdesk", "file") == [
        Missing(Reason.NO_FILE, "D:\\A\\1.png"),
        Missing(Reason.NO_FILE, "D:\\B\\1.png"),
        "../images/2.png",
    ]


def test_a_folder_for_what_is_no_image_is_refused() -> None:
    with pytest.raises(SchemaProblem, match="No image is called 'three'"):
        ImageChoices({"three": "x"}).applied(read_schema(PAIR))
    chosen = ImageChoices({"two": "x"}).applied(read_schema(PAIR))
    assert [entry.folder for entry in chosen.images] == ["images", "x"]
