"""The journal only grows, and whatever is changed behind its back is found and named."""

from __future__ import annotations

import pytest

from mmdesk.services.cases.reading import set_input, store_labels, undo
from mmdesk.services.project import open_project
from mmdesk.storage.database import dialect
from mmdesk.storage.database.journal import HEAD_FILE, hash_of
from tests.unit.storage_projects import BOTH, make_project


@pytest.fixture
def project(tmp_path):
    made = make_project(tmp_path)
    store_labels(made, 1, BOTH, "Ann")
    store_labels(made, 2, BOTH, "Ann", why="looks it")
    set_input(made, 2, "age", 55.0, "Ann", why="typing mistake")
    undo(made, "Ann")
    yield made
    made.close()


def tamper(project, *statements):
    """Run statements as somebody who edits the file, and return what the check finds."""
    folder = project.folder
    project.close()
    raw = dialect.driver.connect(str(folder / "project.db"))
    for statement in statements:
        raw.execute(statement)
    raw.commit()
    raw.close()
    again = open_project(folder)
    found = again.store.check_journal()
    again.close()
    return found, again.warnings


DROP = ("DROP TRIGGER journal_no_update", "DROP TRIGGER journal_no_delete")


def test_an_entry_says_who_when_what_and_why(project):
    entry = project.store.journal(2)[1]
    assert (entry.reader, entry.action, entry.case, entry.field) == ("Ann", "input", 2, "age")
    assert (entry.old, entry.new, entry.why) == ('{"value": 22.0}', '{"value": 55.0}', "typing mistake")
    assert entry.at.endswith("+00:00")
    assert project.store.journal(1)[0].previous == entry.hash


def test_an_untouched_journal_is_whole(project):
    assert project.store.check_journal() == []


@pytest.mark.parametrize("statement", ["UPDATE journal SET reader = 'Ben'", "DELETE FROM journal WHERE seq = 3"])
def test_the_database_refuses_to_change_an_entry(project, statement):
    raw = dialect.driver.connect(str(project.folder / "project.db"))
    with pytest.raises(dialect.driver.IntegrityError, match="only grows"):
        raw.execute(statement)
    raw.close()
    assert project.store.check_journal() == []


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("UPDATE journal SET reader = 'Ben' WHERE seq = 6", "entry 6 was changed"),
        ("UPDATE journal SET at = '2020' WHERE seq = 6", "entry 6 was changed"),
        ("DELETE FROM journal WHERE seq = 6", "entries 6 to 6 are not there"),
        ("DELETE FROM journal WHERE seq >= 7", "written once and is not there"),
        ("UPDATE journal SET seq = seq + 1 WHERE seq = (SELECT max(seq) FROM journal)", "are not there"),
    ],
)
def test_tampering_with_the_journal_is_found(project, statement, words):
    found, _ = tamper(project, *DROP, statement)
    assert any(words in problem for problem in found), found


def test_an_entry_that_does_not_follow_the_one_before_is_found(project):
    """Somebody rewrites an entry and all hashes after it, so that each entry is whole by itself."""
    folder = project.folder
    project.close()
    raw = dialect.driver.connect(str(folder / "project.db"))
    raw.row_factory = dialect.driver.Row
    for statement in DROP:
        raw.execute(statement)
    before = "0" * 64
    for row in raw.execute("SELECT * FROM journal WHERE seq >= 6 ORDER BY seq").fetchall():
        digest = hash_of(before, row)
        raw.execute("UPDATE journal SET previous = ?, hash = ? WHERE seq = ?", (before, digest, row["seq"]))
        before = digest
    raw.commit()
    raw.close()
    (folder / HEAD_FILE).unlink()
    again = open_project(folder)
    found = again.store.check_journal()
    again.close()
    assert any("entry 6 does not follow the one before it" in problem for problem in found), found
    assert not any("was changed after it was written" in problem for problem in found)


def test_a_cut_tail_is_seen_when_the_project_is_opened(project):
    _, warnings = tamper(project, *DROP, "DELETE FROM journal WHERE seq > 5")
    assert any("journal" in words for words in warnings)


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        (
            "UPDATE labels SET words = 'B' WHERE case_id = 1 AND reader = 'Ann'",
            "label findings of Ann for case c1",
        ),
        (
            "DELETE FROM labels WHERE case_id = 1 AND reader = 'Ann' AND target = 'grade'",
            "label grade of Ann",
        ),
        ("UPDATE labels SET reader = 'Ben' WHERE case_id = 1 AND reader = 'Ann'", "label findings of Ben"),
        (
            "UPDATE labels SET words = 'B' WHERE case_id = 1 AND reader = 'reference'",
            "Case c1 holds other values",
        ),
        ("UPDATE cases SET grp = 'g9' WHERE id = 3", "Case c3 holds other values"),
        ("UPDATE cases SET f3 = 77 WHERE id = 2", "value age of case c2"),
        ("DELETE FROM cases WHERE id = 4", "are not those that were imported"),
        ("UPDATE cases SET problem = 'x' WHERE id = 3", "What is wrong with case c3"),
        (
            "UPDATE labels SET at = '2020' WHERE case_id = 1 AND reader = 'Ann'",
            "time or the model version of the label",
        ),
        ("UPDATE labels SET version = 'v9' WHERE case_id = 1 AND reader = 'Ann'", "version of the label"),
        ("UPDATE labels SET at = '2020' WHERE reader = 'reference'", "label findings of reference for case c1"),
        ("UPDATE settings SET value = 'false' WHERE key = 'own_read_first'", "setting own_read_first"),
        ("DELETE FROM settings WHERE key = 'own_read_first'", "setting own_read_first"),
        ("UPDATE reads SET complete = 0 WHERE case_id = 1", "How far Ann is with case c1"),
        ("UPDATE changes SET state = 'closed'", "What Ann can undo"),
        ("UPDATE fields SET role = 'note' WHERE name = 'age'", "entry of the field age"),
        ("UPDATE originals SET value = '{\"value\": 9.0}'", "table said of age of case c2"),
        ("DROP TRIGGER journal_no_update", "protection of the journal"),
    ],
)
def test_a_value_changed_in_the_file_is_found(project, statement, words):
    found, _ = tamper(project, statement)
    assert any(words in problem for problem in found), found
