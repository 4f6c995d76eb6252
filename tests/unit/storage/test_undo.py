"""Undo and redo go back and forth across cases and restarts, as a plain model says."""

from __future__ import annotations

import shutil
import tempfile
from datetime import date
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from mmdesk.core.cases.marks import Mark
from mmdesk.core.fields.values import Missing, Reason
from mmdesk.services.cases.reading import (
    open_case,
    redo,
    refer,
    set_input,
    set_inputs,
    store_labels,
    undo,
    unrefer,
)
from mmdesk.services.marks.edit import add_mark, change_mark, remove_mark
from mmdesk.services.project import open_project
from mmdesk.storage.store import Edit
from tests.unit.storage_projects import BOTH, make_project

READERS = ("Ann", "Ben")


class Readings(RuleBasedStateMachine):
    """Two readers edit, undo and redo; the program is closed and opened between."""

    @initialize()
    def start(self):
        self.home = Path(tempfile.mkdtemp())
        self.project = make_project(self.home, 3)
        self.values: dict = {}
        self.done: dict = {reader: [] for reader in READERS}
        self.undone: dict = {reader: [] for reader in READERS}

    def _edit(self, reader, changes):
        """Follow an edit in the model: `changes` maps a key to its new value."""
        real = {key: new for key, new in changes.items() if self.values.get(key) != new}
        if not real:
            return
        step = {key: (self.values.get(key), new) for key, new in real.items()}
        self.values.update(real)
        for other in READERS:
            if other != reader:
                self.done[other].clear()
            self.undone[other].clear()
        self.done[reader].append(step)

    @rule(
        reader=st.sampled_from(READERS),
        case=st.integers(1, 3),
        findings=st.sampled_from([(), ("A",), ("A", "A C"), None, Missing(Reason.READER)]),
        grade=st.sampled_from([0, 2, None]),
    )
    def label(self, reader, case, findings, grade):
        store_labels(self.project, case, {"findings": findings, "grade": grade}, reader)
        self._edit(reader, {("findings", case, reader): findings, ("grade", case, reader): grade})

    @rule(
        reader=st.sampled_from(READERS),
        cases=st.sets(st.integers(1, 3), min_size=1),
        age=st.sampled_from([1.5, 40.0, Missing(Reason.READER)]),
    )
    def edit(self, reader, cases, age):
        for case in cases:
            self.values.setdefault(("age", case), self.project.store.case(case).inputs["age"])
        set_inputs(self.project, cases, "age", age, reader)
        self._edit(reader, {("age", case): age for case in cases})

    @rule(reader=st.sampled_from(READERS), case=st.integers(1, 3), on=st.booleans())
    def send_on(self, reader, case, on):
        if on:
            refer(self.project, case, reader, "odd")
        else:
            unrefer(self.project, case, reader)
        self._edit(reader, {("refer", case, reader): "odd" if on else None})

    @rule(
        reader=st.sampled_from(READERS),
        case=st.integers(1, 3),
        at=st.sampled_from([None, (1.0, 2.0), (3.5, 4.25)]),
    )
    def draw(self, reader, case, at):
        name = f"{reader}{case}"
        there = self.values.get(("mark", case, reader)) is not None
        if at is None and there:
            remove_mark(self.project, name, reader)
        elif at is not None:
            mark = Mark(case, "left", "point", (at,), id=name)
            (change_mark if there else add_mark)(self.project, mark, reader)
        self._edit(reader, {("mark", case, reader): at})

    @rule(reader=st.sampled_from(READERS))
    def back(self, reader):
        told = undo(self.project, reader)
        assert (told is None) == (not self.done[reader])
        if told:
            step = self.done[reader].pop()
            self.undone[reader].append(step)
            self.values.update({key: old for key, (old, _) in step.items()})
            assert told.words.startswith("Undone: ")

    @rule(reader=st.sampled_from(READERS))
    def again(self, reader):
        told = redo(self.project, reader)
        assert (told is None) == (not self.undone[reader])
        if told:
            step = self.undone[reader].pop()
            self.done[reader].append(step)
            self.values.update({key: new for key, (_, new) in step.items()})

    @rule()
    def restart(self):
        folder = self.project.folder
        self.project.close()
        self.project = open_project(folder)

    @invariant()
    def same(self):
        if not hasattr(self, "values"):
            return
        for key, value in self.values.items():
            if key[0] == "age":
                assert self.project.store.case(key[1]).inputs["age"] == value
                continue
            if key[0] == "mark":
                drawn = self.project.store.mark(f"{key[2]}{key[1]}")
                assert (drawn.points[0] if drawn else None) == value
                continue
            view = open_case(self.project, key[1], key[2])
            if key[0] == "refer":
                assert view.referred == (value or "")
            else:
                assert (view.labels[key[0]].value if key[0] in view.labels else None) == value

    def teardown(self):
        if hasattr(self, "project"):
            assert self.project.store.check_journal() == []
            self.project.close()
            shutil.rmtree(self.home)


TestReadings = Readings.TestCase
TestReadings.settings = settings(max_examples=5, stateful_step_count=15, deadline=None)


@pytest.fixture
def project(tmp_path):
    made = make_project(tmp_path)
    yield made
    made.close()


def test_undo_says_what_it_took_back(project):
    store_labels(project, 4, BOTH, "Ann")
    assert undo(project, "Ann").words == "Undone: Findings A, Grade mild, in case c4."
    assert redo(project, "Ann").words == "Redone: Findings A, Grade mild, in case c4."


def test_another_reader_ends_undo(project):
    store_labels(project, 1, BOTH, "Ann")
    project.set_reader("Ben")
    assert undo(project, "Ben") is None
    assert undo(project, "Ann") is None
    assert open_case(project, 1, "Ann").complete


def test_many_cases_are_one_undo(project):
    before = [case.inputs["sex"] for case in project.store.cases()]
    set_inputs(project, range(1, 7), "sex", "F", "Ann")
    assert undo(project, "Ann").words == "Undone: sex F, in 3 cases."
    assert [case.inputs["sex"] for case in project.store.cases()] == before


def test_undo_of_an_import_is_refused(project):
    set_input(project, 1, "age", 44.0, "Ann")
    project.store.add_cases([])
    assert undo(project, "Ann") is None
    assert project.store.case(1).inputs["age"] == 44.0


def test_undo_appends_to_the_journal(project):
    store_labels(project, 1, {"grade": 2}, "Ann", why="sure")
    undo(project, "Ann")
    back, made = project.store.journal(2)
    assert (made.old, made.new, made.why, made.undoes) == (None, '{"value": "severe"}', "sure", None)
    assert (back.old, back.new, back.why, back.undoes) == ('{"value": "severe"}', None, "undo", made.change)


def test_an_edit_carries_values_before_and_after_also_when_it_is_taken_back(tmp_path):
    project = make_project(tmp_path, 2)
    store = project.store
    wanted = [
        Edit("input", 1, "age", 44.0),
        Edit("input", 1, "seen", date(2021, 5, 6)),
        Edit("refer", 1, "", "why"),
    ]
    before = store.case(1).inputs
    made = store.change("Ann", wanted).edits
    assert [(edit.new, edit.old) for edit in made] == [
        (44.0, before["age"]),
        (date(2021, 5, 6), before["seen"]),
        ("why", None),
    ]
    assert store.undo("Ann").edits == made
    assert store.case(1).inputs == before
    assert store.undo("Ann", redo=True).edits == made
    assert store.change("Ann", [Edit("input", 1, "age", 44.0)]).edits == ()
    assert store.check_journal() == []
    project.close()
