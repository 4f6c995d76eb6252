"""Opening: one writer, damaged and newer files untouched, read-only places, full disks."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import event, inspect

from mmdesk.core.errors import DiskFull, LookOnly, NotAProject, ProjectTooNew, Situation
from mmdesk.services import backups
from mmdesk.services.cases.reading import open_case, store_labels
from mmdesk.services.project import create_project, open_project
from mmdesk.storage import opening
from mmdesk.storage.database import backup, dialect, lock, migrate, tables
from mmdesk.storage.database import location as places
from tests.unit.storage_projects import BOTH, SCHEMA, make_project

ROOT = Path(__file__).resolve().parents[3]


def stamped(connection):
    return connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar_one()


@pytest.fixture
def project(tmp_path):
    made = make_project(tmp_path)
    yield made
    made.close()


def test_a_second_window_only_looks(project):
    project.set_reader("Ann")
    second = open_project(project.folder)
    assert second.look_only == (
        "Ann has this project open in another window. You can look, nothing can change. Close that window to edit."
    )
    store_labels(project, 1, BOTH, "Ann")
    assert open_case(second, 1, "Ann").complete, "it sees what the first one stores"
    with pytest.raises(LookOnly) as told:
        store_labels(second, 1, BOTH, "Ben")
    assert told.value.say() == second.look_only
    second.close()
    folder = project.folder
    project.close()
    third = open_project(folder)
    assert third.look_only == ""
    third.close()


def test_another_process_that_died_leaves_no_lock(project):
    folder = project.folder
    project.close()
    code = (
        "import sys, os\nfrom pathlib import Path\nfrom mmdesk.services.project import open_project\n"
        "open_project(Path(sys.argv[1])).set_reader('Ben'); print('open', flush=True); sys.stdin.read()"
    )
    child = subprocess.Popen(
        [sys.executable, "-c", code, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert child.stdout.readline().strip() == b"open"
    look = open_project(folder)
    assert "Ben has this project open" in look.look_only
    look.close()
    child.kill()
    child.communicate()
    again = open_project(folder)
    assert again.look_only == ""
    again.close()


def test_the_words_name_another_computer():
    words = lock.words_of({"reader": "Ben", "host": "far-away"})
    assert words == "Ben has this project open on the computer far-away."


@pytest.mark.parametrize("damage", ["garbage", "empty", "middle", "cut"])
def test_a_damaged_database_stays_untouched_and_names_its_backup(project, damage):
    copy = backups.back_up(project)
    folder = project.folder
    project.close()
    path = folder / "project.db"
    data = path.read_bytes()
    broken = {
        "garbage": b"<html>no database</html>" * 1000,
        "empty": b"",
        "middle": data[:100] + b"\xff" * (len(data) - 100),
        "cut": data[: len(data) // 3],
    }[damage]
    path.write_bytes(broken)
    with pytest.raises(Situation) as told:
        open_project(folder)
    assert told.value.what == "The database of this project is damaged."
    assert copy.name in told.value.do
    assert path.read_bytes() == broken
    backups.restore(folder, copy)
    again = open_project(folder)
    assert again.store.count_cases() == 6
    again.close()


def test_a_newer_project_is_refused_and_untouched(project):
    folder = project.folder
    project.close()
    raw = dialect.driver.connect(str(folder / "project.db"))
    raw.execute(f"PRAGMA user_version={tables.SCHEMA_VERSION + 1}")
    raw.close()
    before = (folder / "project.db").read_bytes()
    for look in (False, True):
        with pytest.raises(ProjectTooNew, match=r"newer mmdesk. It is untouched."):
            open_project(folder, look=look)
    assert (folder / "project.db").read_bytes() == before


def test_another_programs_database_is_refused(project):
    folder = project.folder
    project.close()
    raw = dialect.driver.connect(str(folder / "project.db"))
    raw.execute("PRAGMA application_id=7")
    raw.close()
    with pytest.raises(NotAProject, match="not made by mmdesk"):
        open_project(folder)


def test_the_revisions_make_the_same_tables(tmp_path):
    shapes = []
    for name in ("made", "migrated"):
        engine = dialect.open_engine(tmp_path / f"{name}.db", "rwc")
        with dialect.writing_connection(engine) as connection, connection.begin():
            if name == "made":
                migrate.make_tables(connection)
            else:
                migrate.migrate(connection, 0)
        with engine.connect() as connection, connection.begin():
            found = inspect(connection)
            shape = {}
            for table in sorted(found.get_table_names()):
                columns = [(c["name"], str(c["type"]), c["nullable"]) for c in found.get_columns(table)]
                keys = found.get_pk_constraint(table)["constrained_columns"]
                indexes = sorted((i["name"], tuple(i["column_names"])) for i in found.get_indexes(table))
                shape[table] = (columns, keys, indexes)
            triggers = connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type='trigger'")
            shapes.append((shape, sorted(triggers.scalars()), stamped(connection)))
            assert dialect.schema_version(connection) == tables.SCHEMA_VERSION == len(migrate.REVISIONS)
        engine.dispose()
    assert shapes[0] == shapes[1]


def test_an_older_project_migrates_after_a_backup(project, monkeypatch):
    folder = project.folder
    project.close()
    monkeypatch.setattr(tables, "SCHEMA_VERSION", tables.SCHEMA_VERSION + 1)
    monkeypatch.setattr(migrate, "REVISIONS", (*migrate.REVISIONS, "tests.unit.storage_revision"))
    again = open_project(folder)
    assert again.store.count_cases() == 6
    assert again.store.check_journal() == []
    with again.store.reading() as connection:
        assert dialect.schema_version(connection) == len(migrate.REVISIONS)
        assert stamped(connection) == "0007"
        assert "shade" in {column["name"] for column in inspect(connection).get_columns("reads")}
    assert len(backup.backups_of(folder)) == 2, "at the close, and before the migration"
    again.close()


def test_a_migration_that_breaks_leaves_the_old_version(project, monkeypatch):
    folder = project.folder
    project.close()
    monkeypatch.setattr(tables, "SCHEMA_VERSION", tables.SCHEMA_VERSION + 1)
    monkeypatch.setattr(migrate, "REVISIONS", (*migrate.REVISIONS, "tests.unit.storage_revision"))
    monkeypatch.setenv("BREAK_REVISION", "1")
    with pytest.raises(RuntimeError, match="half way"):
        open_project(folder)
    monkeypatch.undo()
    again = open_project(folder)
    with again.store.reading() as connection:
        assert "shade" not in {column["name"] for column in inspect(connection).get_columns("reads")}
    assert again.store.count_cases() == 6
    again.close()


def test_opening_imports_no_migration_library(project):
    folder = project.folder
    project.close()
    code = (
        "import sys\nfrom pathlib import Path\nfrom mmdesk.services.project import open_project\n"
        "from mmdesk.services.cases import reading as cases\n"
        "project = open_project(Path(sys.argv[1]))\n"
        "ids = cases.case_ids(project, cases.WorklistQuery(), 'Ann')\n"
        "cases.rows(project, ids, 'Ann'); cases.open_case(project, ids[0], 'Ann'); project.close()\n"
        "late = {'alembic', 'numpy', 'PIL', 'onnxruntime', 'polars', 'typer', 'pyqtgraph', 'pydantic'}\n"
        "print(sorted(late & sys.modules.keys()))"
    )
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", code, str(folder)], capture_output=True, text=True, check=True, env=env
    )
    assert done.stdout.strip() == "[]"


def test_an_old_sqlite_is_refused(monkeypatch):
    monkeypatch.setattr(dialect, "OLDEST", (99, 0, 0))
    with pytest.raises(Situation, match="can damage a project"):
        dialect.check_driver()


@pytest.fixture
def mount():
    """Mount something for a test, or skip it visibly."""
    mounted = []

    def do(*words):
        done = subprocess.run(["mount", *words], capture_output=True, text=True, check=False)
        if done.returncode:
            pytest.skip(f"cannot mount here: {done.stderr.strip()}")
        if words[-1] not in mounted:
            mounted.append(words[-1])

    yield do
    for point in mounted:
        subprocess.run(["umount", "-l", point], check=True)


def _label_for_ever(project):
    for turn in range(5000):
        store_labels(project, 1, {"findings": ("A",) if turn % 2 else ("B",)}, "Ann", why="x" * 500)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="mounting needs root")
def test_a_full_disk_loses_nothing_that_was_stored(tmp_path, mount):
    place = tmp_path / "small"
    place.mkdir()
    mount("-t", "tmpfs", "-o", "size=2m", "tmpfs", str(place))
    project = make_project(place, 3)
    with pytest.raises(DiskFull) as told:
        _label_for_ever(project)
    assert told.value.what == "The disk is full."
    assert "Everything up to " in told.value.safe
    stored = project.store.labels([1])[1]["findings"]
    assert project.store.check_journal() == []
    assert stored[-1].reader == "Ann"
    with pytest.raises(DiskFull):
        backups.back_up(project)
    assert backups.backups_of(project.folder) == []
    assert [path.name for path in (project.folder / "backups").iterdir()] == ["journal.jsonl"]
    project.close()
    again = open_project(project.folder)
    assert again.store.labels([1])[1]["findings"] == stored
    assert any("500 MB" in words for words in again.warnings)
    again.close()


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="mounting needs root")
def test_read_only_media_can_be_looked_at(tmp_path, mount):
    project = make_project(tmp_path)
    project.close()
    view = tmp_path / "disc"
    view.mkdir()
    mount("--bind", str(tmp_path / "pairs.mmdesk"), str(view))
    mount("-o", "remount,ro,bind", str(view))
    look = open_project(view)
    assert "cannot" not in look.look_only
    assert "where nothing can be written" in look.look_only
    assert look.store.count_cases() == 6
    with pytest.raises(LookOnly):
        store_labels(look, 1, BOTH, "Ann")
    look.close()


@pytest.mark.parametrize("verb", ["INSERT", "UPDATE", "DELETE", "COMMIT"])
def test_whichever_statement_breaks_nothing_is_half_stored(project, verb):
    """Let the n-th statement of a change break, for every n until none is left."""
    engine = project.store._engine
    count, wanted = [0], [0]

    def breaks(connection, cursor, statement, parameters, context, many):
        if statement.startswith(verb):
            count[0] += 1
            if count[0] == wanted[0]:
                raise dialect.driver.OperationalError("disk I/O error")

    def breaks_commit(connection):
        if connection.get_execution_options().get("mmdesk_write"):
            breaks(None, None, "COMMIT", None, None, False)

    if verb == "COMMIT":
        event.listen(engine, "commit", breaks_commit)
    else:
        event.listen(engine, "before_cursor_execute", breaks)
    before = open_case(project, 1, "Ann").labels
    for turn in range(1, 50):
        count[0], wanted[0] = 0, turn
        try:
            store_labels(project, 1, BOTH, "Ann")
        except (Situation, dialect.DriverError):
            wanted[0] = 0
            assert open_case(project, 1, "Ann").labels == before
            assert project.store.check_journal() == []
        else:
            break
    assert turn < 49
    assert open_case(project, 1, "Ann").complete
    assert project.store.check_journal() == []


def test_a_busy_database_is_said(project, monkeypatch):
    monkeypatch.setattr(dialect, "_PRAGMAS", ("PRAGMA busy_timeout=50",))
    project.store._engine.dispose()
    other = dialect.driver.connect(str(project.folder / "project.db"), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(Situation, match="keeps this project's database busy"):
        store_labels(project, 1, BOTH, "Ann")
    other.execute("ROLLBACK")
    other.close()
    assert store_labels(project, 1, BOTH, "Ann").cases == {1}


def test_what_a_crash_left_is_swept(project):
    folder = project.folder
    project.close()
    left = [folder / "backups" / ".2020-01-01T000000Z.db.12.part", folder / ".project.db.part"]
    for path in left:
        path.write_bytes(b"half")
    open_project(folder).close()
    assert not any(path.exists() for path in left)


@pytest.mark.parametrize(
    ("path", "service"),
    [
        ("/home/x/OneDrive - Clinic/a.mmdesk", "OneDrive"),
        ("/home/x/Dropbox/a.mmdesk", "Dropbox"),
        ("/home/x/Dropbox (Lab)/a.mmdesk", "Dropbox"),
        ("/Users/x/Library/Mobile Documents/com~apple~CloudDocs/a", "iCloud"),
        ("/home/x/Documents/a.mmdesk", ""),
        ("/home/x/dropboxes/a", ""),
    ],
)
def test_folders_that_are_synchronised_are_known(path, service):
    assert places.synced_by(Path(path)) == service


def test_a_synchronised_folder_is_warned_of(tmp_path):
    (tmp_path / "Dropbox").mkdir()
    made = make_project(tmp_path / "Dropbox")
    assert any("Dropbox synchronises this folder" in words for words in made.warnings)
    made.close()


@pytest.mark.skipif(sys.platform != "linux", reason="reads Linux's list of mounts")
def test_a_network_share_is_known_and_refused(tmp_path, monkeypatch):
    mounts = tmp_path / "mounts"
    share = tmp_path / "my share"
    share.mkdir()
    escaped = str(share).replace(" ", "\\040")
    mounts.write_text(f"/dev/sda / ext4 rw 0 0\nserver:/x {escaped} nfs4 rw 0 0\n", encoding="utf-8")
    assert places.on_network(share / "p", mounts)
    assert not places.on_network(tmp_path, mounts)
    local = make_project(tmp_path)
    local.close()
    shutil.copytree(local.folder, share / "p.mmdesk")
    monkeypatch.setattr(opening.places, "on_network", lambda folder: places_on(folder, mounts))
    with pytest.raises(Situation, match="network share"):
        create_project(share / "new.mmdesk", SCHEMA)
    look = open_project(share / "p.mmdesk")
    assert "network share" in look.look_only
    assert look.store.count_cases() == 6
    look.close()


places_on = places.on_network


def test_looking_brings_an_older_project_up_to_date_where_it_can_be_written(tmp_path):
    folder = tmp_path / "old.mmdesk"
    shutil.copytree(Path(__file__).parents[2] / "old_projects" / "v1.mmdesk", folder)
    project = open_project(folder, look=True)
    try:
        assert project.look_only
        assert project.store.count_cases() > 0
    finally:
        project.close()
    assert list((folder / "backups").iterdir())
