"""A project is a folder that can be made, moved, opened and closed."""

from __future__ import annotations

import shutil

import pytest

from mmdesk.core.errors import NotAProject, SchemaProblem, Situation
from mmdesk.services.cases.reading import store_labels
from mmdesk.services.project import create_project, open_project, read_project_schema
from tests.unit.storage_projects import BOTH, SCHEMA, make_project


@pytest.fixture
def project(tmp_path):
    made = make_project(tmp_path)
    yield made
    made.close()


def test_the_folder_has_its_parts(project):
    assert {path.name for path in project.folder.iterdir()} >= {
        "project.toml",
        "project.db",
        "models",
        "cache",
        "backups",
    }
    assert (project.folder / "models" / "parts").is_dir()
    assert read_project_schema(project.folder) == SCHEMA
    assert project.own_read_first
    assert project.path_of("models/v1") == project.folder / "models" / "v1"


def test_a_closed_project_can_be_moved(project, tmp_path):
    store_labels(project, 1, BOTH, "Ann")
    project.close()
    assert not list(project.folder.glob("*-wal")), "all is in the one file"
    moved = tmp_path / "elsewhere"
    shutil.move(project.folder, moved)
    again = open_project(moved / "project.toml")
    assert again.store.labels([1])[1]["grade"][-1].reader == "Ann"
    assert again.warnings == ()
    again.close()


def test_a_schema_that_cannot_be_used_is_said(project):
    path = project.folder / "project.toml"
    project.close()
    path.write_text("[project]\nname = 3\n", encoding="utf-8")
    with pytest.raises(SchemaProblem, match=r"project\.toml, line 2"):
        open_project(project.folder)
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(NotAProject, match="cannot be read"):
        open_project(project.folder)


def test_a_schema_edited_by_hand_is_kept_for_backups(project):
    folder = project.folder
    project.close()
    path = folder / "project.toml"
    path.write_text(path.read_text(encoding="utf-8").replace("Left eye", "Left fundus"), encoding="utf-8")
    again = open_project(folder)
    assert again.schema.field("left").label == "Left fundus"
    assert "Left fundus" in again.store.setting("schema")
    again.close()


def test_own_read_first_is_remembered(project):
    change = project.set_own_read_first(False, "Ann")
    assert change.saved_at
    project.close()
    again = open_project(project.folder)
    assert not again.own_read_first
    again.close()


def test_a_place_that_cannot_be_written_is_said(tmp_path):
    (tmp_path / "file").write_text("x", encoding="utf-8")
    with pytest.raises(Situation, match="cannot be made"):
        create_project(tmp_path / "file" / "p.mmdesk", SCHEMA)
    with pytest.raises(Situation, match="something in"):
        create_project(tmp_path / "file", SCHEMA)


def test_a_project_without_its_database_is_said(project):
    project.close()
    (project.folder / "project.db").unlink()
    with pytest.raises(NotAProject, match="no project database"):
        open_project(project.folder)
