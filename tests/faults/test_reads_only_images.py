"""Catalogue row 12: only ordinary files that decode as images, in folders that were named, are read and copied."""

from __future__ import annotations

import csv
import os
import sys
from pathlib import Path

import pytest
from PIL import Image

from mmdesk.core.errors import TableProblem
from mmdesk.core.fields.schema import Field, Schema
from mmdesk.core.fields.values import Missing, Reason
from mmdesk.core.job import SilentContext
from mmdesk.services.images import lookup
from mmdesk.services.images.lookup import Lookup
from mmdesk.services.importing.from_table import new_project
from mmdesk.services.importing.image_questions import ImageChoices
from mmdesk.services.project import open_project

SCHEMA = Schema("Eyes", "ID", "ID", (Field("left", "input", "image", ("L",)), Field("sick", "target", "flag", ("S",))))


def make(folder: Path, *names: str, images: ImageChoices | None = None):
    """Make a project that copies the images of a table, and return its first inputs."""
    table = folder / "table.csv"
    with table.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([["ID", "L", "S"], *([f"c{n}", name, "yes"] for n, name in enumerate(names))])
    made = folder / "eyes.mmdesk"
    new_project(made, table, schema=SCHEMA, ctx=SilentContext(), copy_images=True, images=images)
    project = open_project(made)
    values = [case.inputs["left"] for case in project.store.cases()]
    project.close()
    copies = [path for path in (made / "images").glob("*") if not path.name.startswith(".")]
    return values, copies


def picture(path: Path) -> Path:
    Image.effect_noise((30, 30), 40).save(path)
    return path


@pytest.fixture
def beside(tmp_path):
    folder = tmp_path / "table"
    folder.mkdir()
    return folder


def test_a_file_that_is_no_image_is_not_copied(beside):
    (beside / "words.png").write_text("root:x:0:0:root:/root:/bin/bash\n")
    (beside / "link.png").symlink_to("/etc/passwd")
    values, copies = make(beside, "words.png", "link.png")
    assert copies == []
    assert [value.reason for value in values] == [Reason.UNREADABLE] * 2


@pytest.mark.parametrize("name", ["/etc/passwd", "../secret.png", "..\\secret.png", "file:///etc/passwd"])
def test_a_file_outside_is_not_opened_until_its_folder_was_named(beside, name):
    picture(beside.parent / "secret.png")
    with pytest.raises(TableProblem) as told:
        make(beside, name)
    assert "outside of the folders that you named" in told.value.what
    assert "--folder 'L=" in told.value.do
    values, copies = make(beside, name, images=ImageChoices(unclear_missing=True))
    assert copies == []
    assert isinstance(values[0], Missing)


def test_a_named_folder_is_read(beside):
    away = beside.parent / "away"
    away.mkdir()
    picture(away / "one.png")
    values, copies = make(beside, str(away / "one.png"), images=ImageChoices({"left": str(away)}))
    assert len(copies) == 1
    assert values[0].path == f"images/{copies[0].name}"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs pipes")
def test_pipes_and_devices_are_never_opened(beside):
    os.mkfifo(beside / "pipe.png")
    (beside / "zeros.png").symlink_to("/dev/zero")
    (beside / "round.png").symlink_to(beside / "round.png")
    values, copies = make(beside, "pipe.png", "zeros.png", "round.png", picture(beside / "good.png").name)
    assert [isinstance(value, Missing) for value in values] == [True, True, True, False]
    assert len(copies) == 1


UNC = [
    "\\\\server\\share\\x.png",
    "//server/share/x.png",
    "file://server/share/x.png",
    "\\\\?\\UNC\\server\\share\\x.png",
]


@pytest.mark.parametrize("name", UNC)
def test_names_of_other_computers_are_never_looked_up(beside, name, monkeypatch):
    asked: list[str] = []
    real = lookup._is_file
    monkeypatch.setattr(lookup, "_is_file", lambda path: (asked.append(str(path)), real(path))[1])
    assert Lookup(beside).find("", name).path is None
    assert asked == []
    picture(beside / "x.png")
    found = Lookup(beside).find("", name)
    assert found.path == beside / "x.png", "the name alone still finds what lies beside the table"


def test_a_copy_that_was_cut_is_made_again(beside):
    picture(beside / "one.png")
    _values, (copy,) = make(beside, "one.png")
    whole = copy.read_bytes()
    copy.write_bytes(whole[:50])
    project = open_project(beside / "eyes.mmdesk")
    from mmdesk.services.importing.from_table import import_table

    table = beside / "more.csv"
    table.write_text("ID,L,S\nc9,one.png,no\n")
    import_table(project, table, ctx=SilentContext(), copy_images=True)
    project.close()
    assert copy.read_bytes() == whole


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no rights of this kind")
@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
def test_what_is_made_is_for_this_account_alone(beside, umask, tmp_path):
    """Projects, the files beside the database and exports, whatever the umask."""
    from mmdesk.services.exporting.table import export_project

    before = os.umask(umask)
    try:
        picture(beside / "one.png")
        make(beside, "one.png")
        project = open_project(beside / "eyes.mmdesk")
        project.store.set_setting("x", 1)
        export_project(project, tmp_path / "out.xlsx", ctx=SilentContext())
        export_project(project, tmp_path / "out.csv", ctx=SilentContext())
        made = [tmp_path / "out.xlsx", tmp_path / "out.csv", project.folder, *project.folder.rglob("*")]
        assert {path.name for path in made} >= {"project.db-wal", "project.db-shm", "journal.jsonl", "journal-head.log"}
        open_to_others = [
            f"{path.name} {path.stat().st_mode & 0o777:o}" for path in made if path.stat().st_mode & 0o077
        ]
        project.close()
        assert open_to_others == []
    finally:
        os.umask(before)
