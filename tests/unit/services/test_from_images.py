"""A folder of images becomes a project by the names of its files, and says what it left out."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PIL import Image

from mmdesk.cli.app import run
from mmdesk.core.cases.case import REFERENCE, ImageRef
from mmdesk.core.errors import FieldProblem, TableProblem
from mmdesk.core.fields.schema_toml import read_schema
from mmdesk.core.fields.values import Missing
from mmdesk.core.job import SilentContext
from mmdesk.services.importing.choices import TableChoices
from mmdesk.services.importing.from_table import check_table, import_table, look_at, new_project
from mmdesk.services.importing.sources.file_pattern import FilePattern
from mmdesk.services.importing.sources.guess_pattern import guess_pattern
from mmdesk.services.project import open_project
from tests.unit.cli.test_app import doors

SIDES = ("left", "right")
NAMES = {
    "{case}_{image=L|R}": [f"{i:03}_{side}" for i in range(6) for side in "LR"],
    "{case}-{image=OD|OS}": [f"p{i}-{side}" for i in range(6) for side in ("OS", "OD")],
    "{image=L|R}_{case}": [f"{side}_{i}" for i in range(6) for side in "LR"],
    "{case}{image=L|R}": [f"{i:03}{side}" for i in range(6) for side in "LR"],
    "{case}_{image=pre|post}": [f"pat_{i}_{when}" for i in range(6) for when in ("post", "pre")],
    "{case}_{image=L|R}_*": [f"{i:03}_{side}_2020010{i}" for i in range(6) for side in "LR"],
    "{case}_{image=L_CC|L_MLO|R_CC|R_MLO}": [f"{i}_{s}_{v}" for i in range(6) for s in "LR" for v in ("CC", "MLO")],
    "{case}_{image=a|b}": [f"s{i}_{one}" for i in range(6) for one in "ab"],
    "{image=left|right}/{case}": [f"{side}/{i}" for i in range(6) for side in SIDES],
    "{case}/{image=left|right}": [f"c{i}/{side}" for i in range(6) for side in SIDES],
    "{case}/{case}_{image=T1|T2|FLAIR}": [f"c{i}/c{i}_{one}" for i in range(6) for one in ("FLAIR", "T1", "T2")],
    "{class}/{case}": [f"{name}/{i}" for i in range(6) for name in ("ill", "normal")],
    "{class}/{case}_{image=L|R}": [f"{name}/{name}{i}_{s}" for i in range(6) for name in ("ill", "well") for s in "LR"],
    "{split}/{class}/{case}": [f"{t}/{k}/{t}{k}{i}" for i in range(6) for k in "ab" for t in ("train", "test")],
    "{group}/{case}": [f"p{i}/p{i}x{i * 7 + j}" for i in range(60) for j in range(2)],
    "images/{case}": [f"images/img_{i}" for i in range(30)],
    "{case}": [f"cat_{i}" for i in range(9)] + [f"dog_{i}" for i in range(9)],
}


@pytest.mark.parametrize("pattern", NAMES)
def test_patterns_are_found_and_fit_every_file(pattern):
    found = guess_pattern(NAMES[pattern])
    assert found == pattern
    assert all(FilePattern.read(found).match(name) for name in NAMES[pattern])


def test_patterns_are_read():
    pattern = FilePattern.read("{site}/{case}_{image=left|right}*")
    assert pattern.match("A/7_LEFT (1)") == {"site": "A", "case": "7", "image": "left"}
    assert pattern.match("A/7_up") is None
    assert FilePattern.read("{case}/{case}_{image=L|R}").match("a/b_L") is None
    for wrong in ("{image=L|R}", "{case", "{ca se}", "", "case}"):
        with pytest.raises(FieldProblem):
            FilePattern.read(wrong)


def put(folder: Path, *names: str) -> Path:
    for number, name in enumerate(names):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (8, 8), (number, len(name), 3)).save(path)
    return folder


def test_a_folder_of_pairs_becomes_a_project(tmp_path):
    folder = put(tmp_path / "eyes", "1_L.png", "1_R.png", "2_L.png", "2_R.png", "3_L.png", "3_L.bmp", "logo.png")
    (folder / "notes.md").write_text("x")
    look = look_at(folder)
    assert (look.pattern, look.fit) == ("{case}_{image=L|R}", "6 of 7 image files match")
    assert [(field.name, field.kind, field.side) for field in look.schema] == [
        ("left", "image", "left"),
        ("right", "image", "right"),
    ]
    checked = check_table(folder, look.schema, ctx=SilentContext())
    assert checked.cases == 3
    assert not (tmp_path / "p").exists()
    report = new_project(tmp_path / "p", folder, ctx=SilentContext())
    said = " ".join(report.warnings)
    assert "left out: 1 of 7: logo.png" in said
    assert ".md (1)" in said
    assert "without the image 'R': 1 of 3, such as 3" in said
    assert "3: 3_L.bmp, 3_L.png" in said
    with_files = open_project(tmp_path / "p")
    cases = {case.name: case for case in with_files.store.cases()}
    assert isinstance(cases["2"].inputs["right"], ImageRef)
    assert isinstance(cases["3"].inputs["left"], Missing)
    put(folder, "4_L.png", "4_R.png")
    again = import_table(with_files, folder, ctx=SilentContext())
    assert (again.added, again.updated) == (1, 0)
    with_files.close()


def test_folders_of_classes_become_a_target_that_no_name_betrays(tmp_path):
    folder = put(tmp_path, *(f"{name}/{i}.png" for name in ("ill", "normal") for i in range(4)))
    look = look_at(folder)
    (target,) = look.schema.targets
    assert (target.kind, target.options) == ("choice", ("ill", "normal"))
    new_project(tmp_path / "p.mmdesk", folder, ctx=SilentContext())
    project = open_project(tmp_path / "p.mmdesk")
    cases, labels = project.store.cases(), project.store.labels()
    assert len(cases) == 8
    assert not any("ill" in case.name or "normal" in case.name for case in cases)
    assert sorted(label.value for case in cases for label in labels[case.id]["class"] if label.reader == REFERENCE) == [
        *["ill"] * 4,
        *["normal"] * 4,
    ]
    project.close()
    named = put(tmp_path / "named", *(f"{name}/{name}{i}.png" for name in ("cat", "dog") for i in range(4)))
    assert any("hold their class" in words for words in look_at(named).warnings)


def test_a_pattern_that_is_given_counts(tmp_path):
    folder = put(tmp_path / "f", *(f"{site}/{i}_{side}.png" for site in "AB" for i in range(3) for side in SIDES))
    choices = TableChoices(pattern="{group}/{case}_{image=left|right}")
    look = look_at(folder, choices=choices)
    assert look.schema.group == "group"
    report = new_project(tmp_path / "p", folder, ctx=SilentContext(), choices=choices)
    assert report.cases == 6
    with pytest.raises(TableProblem) as caught:
        look_at(folder, choices=TableChoices(pattern="{case}_{image=OD|OS}"))
    assert "12 image files" in caught.value.what
    with pytest.raises(TableProblem):
        look_at(put(tmp_path / "empty", "x/a.png").parent / "empty" / "nothing", choices=choices)


def test_masks_are_not_taken_for_images(tmp_path):
    look = look_at(put(tmp_path, *(f"{kind}/{i}.png" for kind in ("images", "masks") for i in range(3))))
    assert [field.columns for field in look.schema.images] == [("images",)]
    assert "not used" in look.because["masks"]


def test_the_command_line_prints_its_guesses_and_writes_them(tmp_path, capsys):
    folder = put(tmp_path / "eyes", *(f"{i}_{side}.png" for i in range(3) for side in "LR"))
    schema, project = tmp_path / "s.toml", tmp_path / "p"
    assert run(["new", str(project), "--from", str(folder), "--write-schema", str(schema)], doors()) == 0
    assert not project.exists()
    said = capsys.readouterr().out
    assert "{case}_{image=L|R}; 6 of 6 image files match" in said
    assert "used as" in said
    text = schema.read_text(encoding="utf-8")
    assert read_schema(text).images[0].columns == ("L",)
    schema.write_text(text.replace('label = "L"', 'label = "Left eye"'), encoding="utf-8")
    assert run(["new", str(project), "--from", str(folder), "--schema", str(schema), "--json"], doors()) == 0
    assert json.loads(capsys.readouterr().out)["cases"] == 3
    opened = open_project(project)
    assert opened.schema.images[0].title == "Left eye"
    opened.close()
