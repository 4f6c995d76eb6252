"""Cases, labels, predictions, versions and settings come back as they were stored."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import event

from mmdesk.core.cases.case import REFERENCE
from mmdesk.core.errors import FieldProblem, LookOnly, NotAProject, SchemaProblem, Situation
from mmdesk.core.fields.schema import Field, Schema
from mmdesk.core.fields.schema_toml import write_schema
from mmdesk.core.fields.splits import split_of
from mmdesk.core.fields.values import Missing, Reason
from mmdesk.core.versions.card import Card
from mmdesk.core.versions.version import VersionRow
from mmdesk.services.cases.reading import open_case, set_input
from mmdesk.services.project import create_project, open_project
from mmdesk.storage.store import NewCase
from tests.unit.storage_projects import SCHEMA, add_model, answer, make_project, new_case


@pytest.fixture
def project(tmp_path):
    made = make_project(tmp_path)
    yield made
    made.close()


def test_every_kind_of_value_survives(project):
    for number in (1, 3, 4):
        case, told = project.store.case(number), new_case(number)
        assert dict(case.inputs) == dict(told.inputs)
        assert dict(case.notes) == dict(told.notes)
        assert (case.name, case.group, case.problem) == (told.name, told.group, told.problem)
        assert case.split == split_of(told.group)
    assert project.store.case(1).inputs["seen"] == date(2020, 1, 2)


def test_reference_labels_are_labels_of_the_reference(project):
    labels = project.store.labels([2, 1])
    assert [(label.value, label.reader) for label in labels[1]["findings"]] == [(("A",), REFERENCE)]
    assert labels[2]["findings"][0].value == ()
    assert labels[2]["grade"][0].value == 2


def test_cases_come_in_the_order_asked_for(project):
    assert [case.id for case in project.store.cases([5, 1, 99, 3])] == [5, 1, 3]
    test = project.store.cases(split="test")
    assert {case.id for case in test} == {c.id for c in project.store.cases() if c.split == "test"}
    assert project.store.case_id("c4") == 4
    assert project.store.case_id("nobody") is None
    with pytest.raises(KeyError):
        project.store.case(99)


def test_predictions_come_back_and_go(project):
    add_model(project, [1, 2])
    stored = project.store.predictions("v1")
    assert replace(stored[1], at="") == answer(1)
    assert stored[1].at
    project.store.drop_predictions("v1", [1])
    assert list(project.store.predictions("v1")) == [2]


def test_only_one_version_is_current(project):
    store = project.store
    store.add_version(VersionRow("v1", "one", "current", card=Card.from_json({"k": [1, 2]})))
    store.add_version(VersionRow("v2", "two", "candidate", parent="v1", folder="models/v2"))
    store.set_version_state("v2", "current", "Ann", "better")
    assert {row.id: row.state for row in store.versions()} == {"v1": "earlier", "v2": "current"}
    assert store.versions()[0].card == Card.from_json({"k": [1, 2]})
    assert store.current_version() == "v2"
    told = [(entry.field, entry.new, entry.why) for entry in store.journal(2)]
    assert ("v2", '"current"', "better") in told
    with pytest.raises(KeyError):
        store.set_version_state("v9", "current", "Ann", "")


def test_a_setting_is_stored_and_journalled(project):
    project.set_own_read_first(False, "Ann")
    assert project.store.setting("own_read_first") is False
    entry = project.store.journal(1)[0]
    assert (entry.reader, entry.action, entry.field, entry.old, entry.new) == (
        "Ann",
        "setting",
        "own_read_first",
        "true",
        "false",
    )


def test_a_second_import_updates_but_keeps_what_a_reader_edited(project):
    set_input(project, 1, "age", 63.0, "Ann")
    told = new_case(1)
    again = replace(told, inputs={**told.inputs, "age": 33.0, "sex": "F"}, labels={"findings": ("B",), "grade": 0})
    done = project.store.add_cases([again, new_case(2), new_case(7)])
    assert (done.added, done.updated, done.kept) == ((7,), (1,), 1)
    case = project.store.case(1)
    assert (case.inputs["age"], case.inputs["sex"]) == (63.0, "F")
    assert open_case(project, 1, "Ann").originals == {"age": 33.0}
    assert project.store.labels([1])[1]["findings"][0].value == ("B",)
    assert project.store.check_journal() == []


def test_a_case_told_twice_in_one_import_is_as_it_was_told_last(project):
    def old(number, age):
        told = new_case(number)
        return replace(told, inputs={**told.inputs, "age": age})

    done = project.store.add_cases([old(8, 40.0), old(1, 41.0), old(8, 50.0), old(1, 51.0)])
    assert (done.added, done.updated) == ((7,), (1, 7, 1))
    assert [project.store.case(number).inputs["age"] for number in (1, 7)] == [51.0, 50.0]
    assert project.store.check_journal() == []


def test_an_import_asks_the_database_for_known_cases_in_blocks(project):
    told = [new_case(number) for number in range(1, 301)]
    project.store.add_cases(told)
    asked = []
    event.listen(project.store._engine, "before_cursor_execute", lambda *said: asked.append(said[2]))
    done = project.store.add_cases([replace(one, problem="looked at again") for one in told])
    assert len(done.updated) == 300
    assert len([statement for statement in asked if "cases" in statement]) < 20
    assert project.store.check_journal() == []


def test_an_import_that_breaks_leaves_nothing(project):
    def rows():
        yield new_case(50)
        raise FieldProblem("Row 2 is odd.")

    with pytest.raises(FieldProblem):
        project.store.add_cases(rows())
    assert project.store.count_cases() == 6
    assert project.store.check_journal() == []


def test_a_new_field_in_the_schema_gets_its_columns(project, tmp_path):
    folder = project.folder
    more = Schema(
        "Pairs", "ID", "ID", (*SCHEMA.fields, Field("select", "note", "text", ("select",)))
    )  # a reserved word
    (folder / "project.toml").write_text(write_schema(more), encoding="utf-8")
    project.close()
    again = open_project(folder)
    assert again.store.case(1).notes["select"] == Missing(Reason.ABSENT)
    set_input(again, 1, "select", "from; drop table cases", "Ann")
    assert again.store.case(1).notes["select"] == "from; drop table cases"
    assert again.store.check_journal() == []
    again.close()


def test_a_changed_kind_is_refused(project):
    folder = project.folder
    fields = tuple(replace(f, kind="text", options=()) if f.name == "sex" else f for f in SCHEMA.fields)
    (folder / "project.toml").write_text(write_schema(replace(SCHEMA, fields=fields)), encoding="utf-8")
    project.close()
    with pytest.raises(SchemaProblem, match="'sex'"):
        open_project(folder)


def test_a_name_of_any_script_is_a_name(tmp_path):
    folder = tmp_path / "\u65e5\u672c %20 #? 'x' \u00fc.mmdesk"
    made = create_project(folder, SCHEMA)
    made.store.add_cases([NewCase("\u05d0 'q\" \U0001f600\n"), NewCase("b")])
    made.close()
    again = open_project(folder)
    assert again.store.case_id("\u05d0 'q\" \U0001f600\n") == 1
    assert again.store.case(1).inputs["left"] == Missing(Reason.ABSENT)
    again.close()


def test_reads_do_not_wait_for_a_write(project):
    seen = []
    with project.store.write() as writing:
        project.store.set_setting("colour", "red")
        thread = threading.Thread(target=lambda: seen.append(project.store.setting("colour")))
        thread.start()
        thread.join(5)
        assert seen == [None], "another thread sees the state before the transaction"
        assert project.store.setting("colour") == "red", "this thread sees its own"
        assert writing.entries
    assert project.store.setting("colour") == "red"


def test_writes_of_many_threads_come_one_after_another(project):
    def write(number):
        for turn in range(5):
            project.store.set_setting(f"k{number}", turn)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [project.store.setting(f"k{number}") for number in range(4)] == [4] * 4
    assert project.store.check_journal() == []


def test_what_breaks_inside_a_write_is_taken_back(project):
    def breaks():
        with project.store.write():
            project.store.set_setting("lost", 2)
            raise KeyError

    with project.store.write():
        project.store.set_setting("kept", 1)
        with pytest.raises(KeyError):
            breaks()
    assert (project.store.setting("kept"), project.store.setting("lost")) == (1, None)
    assert project.store.journal(1)[0].field == "kept"
    assert project.store.check_journal() == []


def test_a_folder_in_use_is_refused(tmp_path):
    (tmp_path / "p.mmdesk").mkdir()
    (tmp_path / "p.mmdesk" / "mine.txt").write_text("x", encoding="utf-8")
    with pytest.raises(Situation, match="something in"):
        create_project(tmp_path / "p.mmdesk", SCHEMA)
    assert [path.name for path in (tmp_path / "p.mmdesk").iterdir()] == ["mine.txt"]


def test_what_is_no_project_is_said(tmp_path):
    with pytest.raises(NotAProject, match="not there"):
        open_project(tmp_path / "gone")
    with pytest.raises(NotAProject, match="not a project"):
        open_project(tmp_path)


def test_the_ending_may_be_left_out(project):
    folder = project.folder
    project.close()
    again = open_project(folder.with_suffix(""))
    assert again.folder == folder
    again.close()


def test_looking_changes_nothing(project):
    folder = project.folder
    project.close()
    look = open_project(folder, look=True)
    assert look.store.count_cases() == 6
    with pytest.raises(LookOnly, match="nothing can change"):
        look.store.set_setting("a", 1)
    look.close()
