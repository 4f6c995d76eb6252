"""Backups: thinned by the rule, sound, put back with a journal that tells of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmdesk.core.errors import NotAProject, Situation
from mmdesk.core.fields.schema_toml import write_schema
from mmdesk.services import backups
from mmdesk.services import project as projects
from mmdesk.services.cases.reading import open_case, set_input, store_labels
from mmdesk.services.project import open_project
from mmdesk.storage.backups import rotation
from mmdesk.storage.database import backup as copies
from mmdesk.storage.database import dialect
from tests.unit.storage_projects import BOTH, SCHEMA, make_project, new_case

NOW = datetime(2026, 6, 15, 12, tzinfo=UTC)


@pytest.fixture
def project(tmp_path):
    made = make_project(tmp_path)
    yield made
    made.close()


def live_a_year():
    """Back up every six hours for a year, thinning each time."""
    kept: set[datetime] = set()
    now = NOW - timedelta(days=365)
    while now <= NOW:
        kept = rotation.to_keep({*kept, now}, now)
        now += timedelta(hours=6)
    return sorted(kept, reverse=True)


def test_a_year_of_backups_is_thinned():
    kept = live_a_year()
    ages = [NOW - at for at in kept]
    assert sum(age <= timedelta(days=2) for age in ages) == 9
    days = {at.date() for at in kept if timedelta(days=2) < NOW - at <= timedelta(days=14)}
    assert len(days) >= rotation.DAILY - 1
    weeks = {at.isocalendar()[:2] for at in kept if NOW - at <= timedelta(days=7 * 11)}
    assert len(weeks) >= rotation.WEEKLY
    months = {(at.year, at.month) for at in kept}
    assert len(months) >= rotation.MONTHLY
    assert len(kept) <= 9 + rotation.DAILY + rotation.WEEKLY + rotation.MONTHLY


def test_thinning_again_takes_nothing_more():
    kept = set(live_a_year())
    assert rotation.to_keep(kept, NOW) == kept


@settings(max_examples=60, deadline=None)
@given(st.sets(st.integers(-3, 500), max_size=60))
def test_the_newest_and_the_recent_always_stay(days):
    times = {NOW - timedelta(days=number) for number in days}
    kept = rotation.to_keep(times, NOW)
    assert kept <= times
    assert {at for at in times if NOW - at <= timedelta(days=2)} <= kept
    if times:
        assert max(times) in kept


def test_a_backup_is_a_sound_copy(project):
    store_labels(project, 1, BOTH, "Ann")
    path = rotation.back_up(project.store, NOW)
    assert path.name == "2026-06-15T120000-000000Z.db"
    assert copies.problems_of(path) == []
    again = rotation.back_up(project.store, NOW)
    assert [row.path for row in backups.backups_of(project.folder)] == [again, path]
    assert [row.at for row in backups.backups_of(project.folder)][1] == NOW


def test_old_backups_go(project):
    for age in (0, 1, 40, 41, 42):
        at = NOW - timedelta(days=age)
        copies.make(project.store, at)
    gone = rotation.thin(project.folder, NOW)
    assert len(backups.backups_of(project.folder)) == 5 - len(gone) >= 4


def test_a_backup_is_due_half_an_hour_after_a_change(project):
    assert rotation.is_due(project.store), "there is none yet"
    now = datetime.now(UTC)
    rotation.back_up(project.store, now)
    later = now + timedelta(minutes=31)
    assert rotation.back_up_if_due(project.store, later) is None, "nothing changed"
    store_labels(project, 1, BOTH, "Ann")
    soon = datetime.now(UTC) + timedelta(minutes=1)
    assert rotation.back_up_if_due(project.store, soon) is None
    assert backups.back_up_if_due(project) is None
    assert rotation.back_up_if_due(project.store, later + timedelta(minutes=1)) is not None


def test_a_change_brings_a_backup_with_it_when_one_is_due(project, monkeypatch):
    monkeypatch.setattr(projects, "_SOON", 0.0)
    store_labels(project, 1, BOTH, "Ann")
    project._due.join()
    assert len(backups.backups_of(project.folder)) == 1
    store_labels(project, 2, BOTH, "Ann")
    assert project._due.interval > 29 * 60, "the newest is new"
    assert timedelta(minutes=30) == rotation.EVERY


def test_closing_makes_a_backup_if_something_changed(project):
    store_labels(project, 1, BOTH, "Ann")
    project.close()
    assert len(backups.backups_of(project.folder)) == 1
    open_project(project.folder).close()
    assert len(backups.backups_of(project.folder)) == 1, "nothing changed"


def test_a_command_makes_one_when_the_newest_is_half_an_hour_old(project):
    store_labels(project, 1, BOTH, "Ann")
    project.close(backup_after=rotation.EVERY)
    assert len(backups.backups_of(project.folder)) == 1, "there was none"
    again = open_project(project.folder)
    store_labels(again, 2, BOTH, "Ann")
    again.close(backup_after=rotation.EVERY)
    assert len(backups.backups_of(project.folder)) == 1
    (only,) = backups.backups_of(project.folder)
    old = copies.fresh_name(project.folder, datetime.now(UTC) - timedelta(minutes=31))
    only.path.rename(old)
    again = open_project(project.folder)
    store_labels(again, 3, BOTH, "Ann")
    again.close(backup_after=rotation.EVERY)
    assert len(backups.backups_of(project.folder)) == 2


def test_a_backup_of_the_future_or_cut_short_stops_no_other(project):
    now = datetime.now(UTC)
    ahead = rotation.back_up(project.store, now + timedelta(days=900))
    store_labels(project, 1, BOTH, "Ann")
    assert rotation.is_due(project.store)
    good = rotation.back_up(project.store)
    assert rotation.time_left(project.folder) != timedelta(0)
    good.write_bytes(good.read_bytes()[:-100])
    assert rotation.is_due(project.store)
    project.close()
    again = open_project(project.folder)
    assert [words for words in again.warnings if ahead.name in words and "clock" in words]
    again.close()
    assert ahead.exists()


def test_an_import_into_cases_makes_a_backup_first(project):
    assert backups.backups_of(project.folder) == []
    project.store.add_cases([new_case(9)])
    (made,) = backups.backups_of(project.folder)
    project.close()
    backups.restore(project.folder, made.path)
    again = open_project(project.folder)
    assert again.store.case_id("c9") is None
    again.close()


def test_restore_puts_back_values_schema_and_journal(project):
    folder = project.folder
    store_labels(project, 1, BOTH, "Ann")
    path = backups.back_up(project)
    store_labels(project, 2, BOTH, "Ann")
    (folder / "project.toml").write_text(write_schema(SCHEMA.renamed("Other")), encoding="utf-8")
    project.close()
    backups.restore(folder, path)
    again = open_project(folder)
    assert again.schema.name == "Pairs"
    assert open_case(again, 1, "Ann").complete
    assert not open_case(again, 2, "Ann").complete
    assert again.store.check_journal() == []
    assert again.warnings == () or not any("journal" in words for words in again.warnings)
    assert again.store.journal(1)[0].action == "restore"
    store_labels(again, 3, BOTH, "Ann")
    assert again.store.check_journal() == []
    (aside,) = (folder / "backups").glob("replaced-*")
    assert {path.name for path in aside.iterdir()} >= {"project.db", "project.toml"}
    again.close()


def test_looking_tells_what_each_backup_holds_and_what_was_done_since(project):
    backups.back_up(project)
    store_labels(project, 1, BOTH, "Ann")
    backups.back_up(project)
    store_labels(project, 2, BOTH, "Ben")
    set_input(project, 2, "age", 44.0, "Ben")
    project.store.add_cases([new_case(9)], "Ann", "more.csv")
    looks = backups.look_at_backups(project.folder)
    assert (looks.cases, looks.labels) == (7, 4)
    assert [(look.cases, look.labels) for look in looks.looks] == [(6, 4), (6, 2), (6, 0)]
    assert [look.lost for look in looks.looks] == [
        "1 import by Ann",
        "1 import by Ann; 1 edited field and 2 labels by Ben",
        "1 import and 2 labels by Ann; 1 edited field and 2 labels by Ben",
    ]


def test_what_was_done_before_a_restore_is_lost_by_no_backup_made_then(project):
    folder = project.folder
    backups.back_up(project)
    store_labels(project, 1, BOTH, "Ann")
    project.close()
    backups.restore(folder, backups.backups_of(folder)[-1].path)
    again = open_project(folder)
    store_labels(again, 2, BOTH, "Ben")
    kept, _at_close, first = backups.look_at_backups(folder).looks
    assert (kept.labels, first.labels) == (2, 0)
    assert kept.lost == first.lost == "1 other change; 2 labels by Ben"
    again.close()
    backups.restore(folder, kept.backup.path)
    back = open_project(folder)
    assert open_case(back, 1, "Ann").complete
    assert back.store.check_journal() == []
    back.close()


def test_backups_are_told_of_even_where_the_project_or_one_of_them_cannot_be_read(project):
    good = backups.back_up(project)
    bad = backups.back_up(project)
    project.close()
    bad.write_bytes(b"no database" * 1000)
    (project.folder / "project.db").write_bytes(b"no database" * 1000)
    looks = backups.look_at_backups(project.folder)
    assert looks.cases is None
    assert looks.labels is None
    assert [look.problem for look in looks.looks] == ["This backup cannot be read.", ""]
    assert looks.looks[1].cases == 6
    backups.restore(project.folder, good)
    open_project(project.folder).close()
    assert list((project.folder / "backups").glob("replaced-*/project.db"))


def test_a_restore_that_breaks_leaves_the_old_state(project, monkeypatch):
    folder = project.folder
    path = backups.back_up(project)
    store_labels(project, 2, BOTH, "Ann")
    left_open = dialect.driver.connect(str(folder / "project.db"))  # keeps the log from being emptied
    left_open.execute("SELECT * FROM cases").fetchone()
    project.close()
    left_open.close()

    def breaks(self, target):
        raise OSError("gone")

    monkeypatch.setattr(type(folder), "replace", breaks)
    with pytest.raises(OSError, match="gone"):
        backups.restore(folder, path)
    monkeypatch.undo()
    again = open_project(folder)
    assert open_case(again, 2, "Ann").complete
    assert again.store.check_journal() == []
    again.close()


def test_an_open_project_is_not_restored(project):
    path = backups.back_up(project)
    with pytest.raises(Situation, match="open in another window"):
        backups.restore(project.folder, path)


def test_an_unsound_backup_is_not_restored(project):
    path = backups.back_up(project)
    project.close()
    path.write_bytes(path.read_bytes()[:5000])
    before = (project.folder / "project.db").read_bytes()
    with pytest.raises(Situation, match="is not sound"):
        backups.restore(project.folder, path)
    with pytest.raises(NotAProject, match="is not there"):
        backups.restore(project.folder, path.with_name("gone.db"))
    assert (project.folder / "project.db").read_bytes() == before


def test_a_copy_that_is_not_sound_does_not_count(project, monkeypatch):
    monkeypatch.setattr(dialect, "full_check", lambda *_: ["row 3 is odd"])
    with pytest.raises(Situation, match="not sound"):
        backups.back_up(project)
    assert [path.name for path in (project.folder / "backups").iterdir()] == ["journal.jsonl"]
    monkeypatch.undo()


def test_of_a_day_a_week_and_a_month_the_newest_stays_and_nothing_else():
    now = datetime(2026, 6, 30, 12, tzinfo=UTC)
    recent = {now - timedelta(hours=hours) for hours in (1, 20, 47)}
    days = {now - timedelta(days=days, hours=1) for days in range(3, 3 + rotation.DAILY)}
    earlier_in_the_day = {at - timedelta(hours=5) for at in days if at != min(days)}
    oldest_day = min(days)
    week = oldest_day - timedelta(days=oldest_day.weekday() + 1)
    weeks = {week - timedelta(weeks=number) for number in range(rotation.WEEKLY)}
    earlier_in_the_week = {at - timedelta(days=1) for at in weeks}
    times = recent | days | earlier_in_the_day | weeks | earlier_in_the_week
    assert rotation.to_keep(times, now) - weeks - earlier_in_the_week == recent | days
    assert weeks <= rotation.to_keep(times, now)
