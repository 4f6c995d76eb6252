"""Cases stay in their split across imports; a blank group is said; nothing moves unasked."""

from __future__ import annotations

from pathlib import Path

import pytest

from mmdesk.core.cases.case import Case
from mmdesk.core.errors import TableProblem
from mmdesk.core.fields.schema_toml import read_schema
from mmdesk.core.fields.splits import TEST, TRAIN, VALIDATION, split_of
from mmdesk.core.job import SilentContext
from mmdesk.services.importing.choices import TableChoices
from mmdesk.services.importing.from_table import check_table, import_table, new_project
from mmdesk.services.importing.group_splits import GroupSplits
from mmdesk.services.project import open_project
from tests.unit.services.test_import_identity import SCHEMA

HEAD = "case,patient,age,label\n"


def group_in(split, start=""):
    return next(name for n in range(1000) if split_of(name := f"{start}g{n}") == split)


def known(name, group, split):
    return Case(name, name, group, split, {})


def table(folder: Path, groups, name="t.csv"):
    path = folder / name
    rows = [f"c{n},{group},{40 + n},{n % 2}\n" for n, group in enumerate(groups)]
    path.write_text(HEAD + "".join(rows), encoding="utf-8")
    return path


@pytest.fixture
def project(tmp_path):
    groups = [f"P{n // 2}" for n in range(40)]
    new_project(tmp_path / "p.mmdesk", table(tmp_path, groups), schema=read_schema(SCHEMA), ctx=SilentContext())
    project = open_project(tmp_path / "p.mmdesk")
    yield project
    project.close()


def stored(project):
    return {case.name: (case.group, case.split) for case in project.store.cases()}


def test_a_group_that_stays_keeps_its_stored_split_for_new_cases_too():
    train = group_in(TRAIN)
    found = GroupSplits([known("a", train, TEST)], {"a": train, "b": train})
    assert found.moves == ()
    assert found.identity("b") == ("b", train, TEST)
    assert GroupSplits([], {"b": train}).identity("b").split == TRAIN


def test_keeping_never_makes_a_learnt_case_a_test_case():
    new = group_in(TEST, "new")
    cases = [known("a", "x", TRAIN), known("b", "y", TEST), known("c", "z", VALIDATION)]
    told = dict.fromkeys("abc", new)
    moved = GroupSplits(cases, told)
    assert [(move.case, move.before, move.after) for move in moved.moves] == [
        ("a", TRAIN, TEST),
        ("c", VALIDATION, TEST),
    ]
    kept = GroupSplits(cases, told, keep=True)
    assert [(move.case, move.before, move.after) for move in kept.moves] == [
        ("b", TEST, TRAIN),
        ("c", VALIDATION, TRAIN),
    ]
    assert kept.regrouped == 3


def test_a_changed_group_moves_no_case_unasked(project, tmp_path):
    renamed = table(tmp_path, [f"HOSP-P{n // 2}" for n in range(40)], "b.csv")
    before = stored(project)
    wanted = {name for name, (group, split) in before.items() if split_of(f"HOSP-{group}") != split}
    assert wanted
    checked = check_table(renamed, project.schema, ctx=SilentContext(), project=project)
    assert {move.case for move in checked.moves} == wanted
    with pytest.raises(TableProblem, match=rf"{len(wanted)} cases would move.*--move-splits"):
        import_table(project, renamed, ctx=SilentContext())
    assert stored(project) == before
    report = import_table(project, renamed, ctx=SilentContext(), choices=TableChoices(splits="keep"))
    assert report.moves == ()
    assert any("40 cases are in another group" in words for words in report.warnings)
    assert stored(project) == {name: (f"HOSP-{group}", split) for name, (group, split) in before.items()}
    assert project.store.check_journal() == []
    more = table(tmp_path, [f"HOSP-P{n // 2}" for n in range(41)], "c.csv")
    assert import_table(project, more, ctx=SilentContext()).moves == ()
    after = stored(project)
    assert after.pop("c40")[1] == split_of("HOSP-P20")
    assert {name: split for name, (_, split) in after.items()} == {n: s for n, (_, s) in before.items()}


def test_cases_move_when_told_to_and_each_is_in_the_report(project, tmp_path):
    renamed = table(tmp_path, [f"HOSP-P{n // 2}" for n in range(40)], "b.csv")
    report = import_table(project, renamed, ctx=SilentContext(), choices=TableChoices(splits="move"))
    assert report.moves
    assert any("were moved" in words for words in report.warnings)
    assert report.report.read_text(encoding="utf-8-sig").count("\nmoved,") == len(report.moves)
    assert all(split == split_of(group) for group, split in stored(project).values())


def test_a_blank_group_is_counted_and_a_known_case_keeps_the_one_it_had(project, tmp_path):
    before = stored(project)
    blank = table(tmp_path, ["" if n in (3, 40) else f"P{n // 2}" for n in range(41)], "b.csv")
    report = import_table(project, blank, ctx=SilentContext())
    assert (report.without_group, report.kept_group) == (1, 1)
    assert any("Cases without text in 'patient': 1, such as c40. Each" in w for w in report.warnings)
    assert any("stay in the group they were in: 1, such as c3" in w for w in report.warnings)
    after = stored(project)
    assert after.pop("c40") == ("c40", split_of("c40"))
    assert after == before
