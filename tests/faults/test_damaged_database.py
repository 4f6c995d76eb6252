"""Catalogue rows 6, 23 and 29: a damaged database made again, clocks that jump, restores as a drill."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from typer.testing import CliRunner

from mmdesk.cli import app as program
from mmdesk.core.errors import Situation
from mmdesk.services import backups
from mmdesk.services.cases.reading import open_case, refer, set_input, store_labels, undo
from mmdesk.services.project import open_project
from mmdesk.storage.database import mirror
from tests.unit.storage_projects import BOTH, make_project

NONE = {"findings": (), "grade": 0}


@pytest.fixture
def folder(tmp_path):
    """A project with a backup, and changes since that only the mirror has."""
    project = make_project(tmp_path)
    store_labels(project, 1, BOTH, "Ann")
    project.close()
    project = open_project(project.folder)
    store_labels(project, 2, BOTH, "Ann")
    store_labels(project, 2, NONE, "Ben")
    store_labels(project, 3, BOTH, "Ann")
    undo(project, "Ann")
    set_input(project, 4, "age", 44.0, "Ben", "a typing error")
    refer(project, 5, "Ben", "not sure")
    project.store.set_setting("odd", [1, "ü"], "Ben")
    project.close(backup_after=timedelta(days=1))
    assert len(backups.backups_of(project.folder)) == 1
    return project.folder


def damage(folder) -> None:
    path = folder / "project.db"
    path.write_bytes(path.read_bytes()[:9000] + bytes(20_000))


def facts(folder):
    project = open_project(folder)
    try:
        assert project.store.check_database() == []
        assert project.store.check_journal() == []
        assert [words for words in project.warnings if "journal" in words] == []
        labels = {
            (case, target, label.reader): (label.value, label.at)
            for case, given in project.store.labels().items()
            for target, listed in given.items()
            for label in listed
        }
        cases = [open_case(project, number, "Ben") for number in range(1, 7)]
        shown = [(view.case.inputs, view.case.notes, view.complete) for view in cases]
        told = [entry for entry in project.store.journal(500) if entry.action not in ("restore",)]
        states = project.store.states(range(1, 7), "Ben")
        return labels, (shown, states), project.store.setting("odd"), told
    finally:
        project.close(backup_after=timedelta(days=1))


def test_no_acknowledged_change_is_lost(folder):
    """Row 6 and 29: the newest good backup and the mirror bring all of it back, journal and all."""
    before = facts(folder)
    damage(folder)
    with pytest.raises(Situation, match="damaged"):
        open_project(folder)
    done = backups.recover(folder)
    assert done.replayed >= 9
    assert not done.left_out
    assert facts(folder) == before
    (aside,) = (folder / "backups").glob("replaced-*")
    assert (aside / "project.db").stat().st_size == 29_000


def test_a_recovered_project_goes_on(folder):
    damage(folder)
    backups.recover(folder)
    project = open_project(folder)
    store_labels(project, 6, BOTH, "Ann")
    project.close(backup_after=timedelta(days=1))
    before = facts(folder)
    damage(folder)
    backups.recover(folder)
    assert facts(folder) == before


def test_a_damaged_newest_backup_is_passed_over(folder):
    before = facts(folder)
    project = open_project(folder)
    bad = backups.back_up(project)
    project.close()
    bad.write_bytes(bad.read_bytes()[:9000] + bytes(9000))
    damage(folder)
    done = backups.recover(folder)
    assert done.backup != bad
    assert facts(folder) == before


def test_a_restore_does_not_come_undone_by_the_mirror(folder):
    first = backups.backups_of(folder)[-1].path
    backups.restore(folder, first)
    project = open_project(folder)
    store_labels(project, 6, BOTH, "Ann")
    project.close(backup_after=timedelta(days=1))
    before = facts(folder)
    assert not any(reader == "Ben" for _, _, reader in before[0])
    damage(folder)
    backups.recover(folder)
    assert facts(folder) == before


def test_what_a_kill_left_unmirrored_is_mirrored_when_it_is_opened(folder):
    whole = (folder / mirror.FILE).read_bytes()
    lines = whole.splitlines(keepends=True)
    (folder / mirror.FILE).write_bytes(b"".join(lines[:-3]) + lines[-3][:40])
    open_project(folder).close()
    assert mirror.damaged_lines(folder) == 1
    before = facts(folder)
    damage(folder)
    backups.recover(folder)
    assert facts(folder) == before


def test_a_project_without_a_mirror_gets_one(folder):
    (folder / mirror.FILE).unlink()
    project = open_project(folder)
    head = project.store.journal_head()
    project.close()
    assert len(mirror.view(folder)) == head.seq


def test_a_changed_line_is_not_done_again(folder):
    """What follows it is left out, rather than stored on a word that nobody gave."""
    path = folder / mirror.FILE
    lines = path.read_bytes().splitlines(keepends=True)
    lines[-2] = lines[-2].replace(b"Ben", b"Eve")
    path.write_bytes(b"".join(lines))
    damage(folder)
    backups.recover(folder)
    assert "Eve" not in str(facts(folder))


def test_from_the_command_line(folder):
    run = CliRunner()
    listed = json.loads(run.invoke(program.app, ["restore", str(folder), "--json"]).stdout)
    (only,) = listed["backups"]
    assert only["labels"] == 2
    assert "by Ben" in only["lost"]
    made = run.invoke(program.app, ["backup", str(folder), "--json"])
    assert json.loads(made.stdout)["backup"].endswith("Z.db")
    assert len(backups.backups_of(folder)) == 2
    damage(folder)
    assert "--recover" in run.invoke(program.app, ["restore", str(folder)]).stdout
    done = json.loads(run.invoke(program.app, ["restore", str(folder), "--recover", "--json"]).stdout)
    assert done["left_out"] == {}
    back = run.invoke(program.app, ["restore", str(folder), "--backup", only["name"]])
    assert only["name"] in back.stdout
    labels, *_ = facts(folder)
    assert {reader for _, _, reader in labels} == {"Ann", "reference"}


@pytest.mark.parametrize(("hours", "words"), [(-3, "earlier time"), (3, "forward by 10,8")])
def test_a_clock_that_jumps_stands_in_the_journal(folder, monkeypatch, hours, words):
    """Row 23: the order of entries is kept, and the journal says that the clock was set."""
    project = open_project(folder)
    store_labels(project, 1, NONE, "Ann")
    shift = timedelta(hours=hours)
    monkeypatch.setattr(
        "mmdesk.storage.store.utc_now", lambda: (datetime.now(UTC) + shift).isoformat(timespec="microseconds")
    )
    monkeypatch.setattr(
        "mmdesk.support.clock._ahead", lambda real=project.store.recorder._clock._ahead: real + shift.total_seconds()
    )
    store_labels(project, 1, BOTH, "Ann")
    told = [entry for entry in project.store.journal(10) if entry.action == "clock"]
    assert len(told) == 1
    assert words in told[0].why
    store_labels(project, 1, NONE, "Ann")
    assert len([entry for entry in project.store.journal(20) if entry.action == "clock"]) == 1
    assert project.store.check_journal() == []
    project.close()
