"""What is said to be stored lies in the file that is there."""

from __future__ import annotations

import shutil

import pytest

from mmdesk.core.cases.marks import Mark
from mmdesk.core.errors import Situation
from mmdesk.services.cases.drafts import drafts_of, keep_draft
from mmdesk.services.cases.reading import refer, set_input, store_labels
from mmdesk.services.marks.edit import add_mark
from mmdesk.services.project import open_project
from tests.unit.storage_projects import BOTH, make_project, new_case


@pytest.fixture
def project(tmp_path):
    made = make_project(tmp_path)
    yield made
    made.close()


def delete_folder(folder):
    shutil.rmtree(folder)


def delete_database(folder):
    (folder / "project.db").unlink()


def delete_log(folder):
    (folder / "project.db-wal").unlink()


def move_folder(folder):
    folder.rename(folder.with_name("moved.mmdesk"))


def replace_database(folder):
    copy = folder / "copy.db"
    shutil.copyfile(folder / "project.db", copy)
    copy.replace(folder / "project.db")


def replace_folder(folder):
    folder.rename(folder.with_name("moved.mmdesk"))
    shutil.copytree(folder.with_name("moved.mmdesk"), folder)


GONE = [delete_folder, delete_database, delete_log, move_folder, replace_database, replace_folder]
WRITES = {
    "label": lambda project: store_labels(project, 1, BOTH, "Ann"),
    "field": lambda project: set_input(project, 1, "age", 55.0, "Ann"),
    "refer": lambda project: refer(project, 1, "Ann"),
    "mark": lambda project: add_mark(project, Mark(1, "left", "point", ((1, 1),)), "Ann"),
    "draft": lambda project: keep_draft(project, 1, BOTH, "Ann"),
    "rule": lambda project: project.set_own_read_first(False, "Ann"),
    "import": lambda project: project.store.add_cases([new_case(9)]),
}


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
@pytest.mark.parametrize("gone", GONE)
def test_nothing_is_stored_into_a_file_that_is_gone(project, gone, write):
    set_input(project, 2, "age", 44.0, "Ann")
    stored = project.store.last_stored
    gone(project.folder)
    with pytest.raises(Situation) as told:
        write(project)
    assert "This change is not stored." in told.value.say()
    assert project.store.last_stored == stored


@pytest.mark.parametrize("gone", GONE)
def test_a_file_that_goes_while_it_is_written_is_said(project, gone):
    with pytest.raises(Situation), project.store.write():
        gone(project.folder)


def test_a_folder_that_is_put_back_takes_writes_again(project):
    moved = project.folder.with_name("moved.mmdesk")
    project.folder.rename(moved)
    with pytest.raises(Situation):
        store_labels(project, 1, BOTH, "Ann")
    moved.rename(project.folder)
    store_labels(project, 1, BOTH, "Ann")
    project.close()
    again = open_project(project.folder)
    assert again.store.labels([1])[1]["grade"][-1].reader == "Ann"
    assert drafts_of(again, "Ann") == {}
    again.close()
