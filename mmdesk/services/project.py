"""A project: a folder with its schema and its database, made, opened and closed."""

from __future__ import annotations

import json
import logging
import shutil
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from mmdesk.core.cases.marks import Mark
from mmdesk.core.cases.truth import CONSENSUS, Truth, truths_of
from mmdesk.core.changes import Change
from mmdesk.core.disk import disk_words, is_full
from mmdesk.core.errors import Cancelled, MmdeskError, NotAProject, Situation
from mmdesk.core.fields.schema import Schema
from mmdesk.core.fields.schema_toml import read_schema, write_schema
from mmdesk.core.job import JobContext, SilentContext
from mmdesk.services import schema_record
from mmdesk.storage import damage, opening
from mmdesk.storage.backups import rotation
from mmdesk.storage.backups.restore import finish_cut
from mmdesk.storage.cases import seen
from mmdesk.storage.cases.answers import Labels
from mmdesk.storage.database import lock
from mmdesk.storage.leftovers import remove_leftovers
from mmdesk.storage.store import Store
from mmdesk.support.files import make_private, sync_folder, write_whole
from mmdesk.support.paths import UNFINISHED, is_unfinished
from mmdesk.support.policy import policy
from mmdesk.words import tr

SCHEMA_FILE = "project.toml"
SUFFIX = ".mmdesk"
BACKUP_EVERY = rotation.EVERY
PATIENCE = lock.PATIENCE
"""Seconds that a command waits for another one that writes."""
_SOON = 2.0
"""Seconds after which a change brings a backup with it that is due."""
_FOLDERS = ("models/parts", "cache", "backups")
_MADE = (
    "project.*",
    "journal-head.log",
    "import-report-*.csv",
    "recipe.toml",
    ".*.part*",
    "images",
    *_FOLDERS,
    "models",
)
"""What a project is made of, removed where it was not finished."""
_OWN_READ_FIRST = "own_read_first"


class Project:
    """An open project; may be used from any thread.

    Attributes:
        folder: Its folder.
        schema: Its fields.
        store: Its database.
        warnings: What to warn a person of, each in three sentences.
        saved_at: UTC time of the last change that was stored before it was opened; empty for none.
    """

    def __init__(self, folder: Path, schema: Schema, opened: opening.Opened) -> None:
        self.folder = folder
        self.schema = schema
        self.warnings = tuple(opened.warnings)
        self.reader = ""
        last = opened.store.journal(2)
        self.saved_at = next((entry.at for entry in last if entry.action != "reader"), "")
        self._opened = opened
        self._due: threading.Timer | None = None
        self._at_once = False
        self._backed_up = 0
        self._stopping = SilentContext()
        self._guard = threading.RLock()
        self._sound = False
        said = opened.store.setting(_OWN_READ_FIRST)
        self._ruled = policy().own_read_first
        self._own_read_first = (True if said is None else bool(said)) if self._ruled is None else self._ruled

    @property
    def store(self) -> Store:
        """What the database holds."""
        return self._opened.store

    @property
    def look_only(self) -> str:
        """Why nothing can be changed here, in words; empty when it can."""
        return self.store.look_only

    @property
    def own_read_first(self) -> bool:
        """Whether the model's answer is withheld until the reader's own label is stored."""
        return self._own_read_first

    def read_cases(self, ids: Iterable[int], reader: str) -> list[int]:
        """Return which cases a reader may know all about, in the order given.

        Where the own read does not come first these are all of them.
        """
        wanted = list(ids)
        if not self.own_read_first:
            return wanted
        states = self.store.states(wanted, reader)
        return [case for case in wanted if case in states and states[case].complete]

    def seen_labels(self, reader: str, ids: Iterable[int] | None = None) -> Labels:
        """Return the labels by case and target that a reader may see, by the project's rules."""
        with self.store.reading() as connection:
            return seen.read_labels(connection, self.schema, seen.Eyes(reader, self.own_read_first), ids)

    def seen_marks(self, reader: str, ids: Iterable[int] | None = None) -> dict[int, list[Mark]]:
        """Return the marks by case that a reader may see, by the project's rules."""
        with self.store.reading() as connection:
            return seen.read_marks(connection, seen.Eyes(reader, self.own_read_first), ids)

    def truths(self) -> dict[int, Truth]:
        """Return what counts as the truth of each case, by the project's consensus rule."""
        return truths_of(self.store.labels(), self.store.setting(CONSENSUS))

    def set_own_read_first(self, wanted: bool, reader: str) -> Change:
        """Set the rule for everyone on this project; journalled.

        Raises:
            Situation: This computer's policy decides it.
        """
        if self._ruled is not None:
            raise Situation(
                tr("When the model's answer appears is decided by this computer's administrator."),
                do=tr("Ask them to change the policy."),
            )
        self.store.set_setting(_OWN_READ_FIRST, wanted, reader)
        self._own_read_first = wanted
        return Change(predictions=True, saved_at=self.store.last_stored)

    def set_reader(self, reader: str) -> None:
        """Tell who reads now: another reader's undo ends, other windows are told the name."""
        self.reader = reader
        self._opened.lock.tell(reader)
        if not self.look_only:
            self.store.begin_reader(reader)

    def path_of(self, relative: str) -> Path:
        """Return where a file lies that the project names relative to its folder."""
        return self.folder / relative

    @property
    def held_elsewhere(self) -> bool:
        """Whether nothing can be changed here because another window or command writes to it."""
        return bool(self._opened.lock.holder) and not self._opened.lock.held

    @property
    def backup_wanted(self) -> bool:
        """Whether something was stored in this session since its last backup."""
        return not self.look_only and self.store.recorder.changes != self._backed_up

    def changed(self, *, at_once: bool = False) -> None:
        """Have a backup made in the background, as soon as the newest is half an hour old.

        Services call it after each stored change.

        Args:
            at_once: Do not wait for that: the journal alone could not bring this change back.
        """
        self._at_once = self._at_once or at_once
        if self.look_only or (self._due is not None and not at_once):
            return
        with self._guard:
            if self._due is not None:
                self._due.cancel()
            left = 0.0 if at_once else rotation.time_left(self.folder).total_seconds()
            self._due = threading.Timer(max(_SOON, left), self._back_up_if_due)
            self._due.name, self._due.daemon = "backup", True
            self._due.start()

    def back_up(self, ctx: JobContext | None = None) -> Path:
        """Make a backup now and thin the old ones.

        Raises:
            DiskFull: It did not fit; nothing is left of it.
            Situation: The copy is not sound.
            Cancelled: Nothing is left of it.
        """
        changes = self.store.recorder.changes
        path = rotation.back_up(self.store, ctx=ctx)
        self._backed_up, self._at_once = changes, False
        return path

    def _back_up_if_due(self) -> None:
        try:
            if self._at_once or rotation.is_due(self.store):
                self.back_up(self._stopping)
        except Cancelled:
            return
        except Situation as problem:
            self.warnings = (*self.warnings, problem.say())
        finally:
            with self._guard:
                self._due = None

    def _stop_backing_up(self) -> None:
        with self._guard:
            timer = self._due
        if timer is not None:
            timer.cancel()
            self._stopping.cancelled = True
            timer.join()

    @contextmanager
    def explaining(self, *but: type[Exception]) -> Iterator[None]:
        """Have what is raised within said as the project's damage, where that is behind it.

        A project that was found sound once is not looked at again: then it is our bug.

        Args:
            but: What is no failure and passes.
        """
        try:
            yield
        except Exception as problem:
            if not self._sound and not isinstance(problem, (MmdeskError, *but)):
                if words := damage.behind(problem, self.folder, self.schema):
                    raise words from problem
                self._sound = True
            raise

    def close(self, *, backup: bool = True, backup_after: timedelta = timedelta(0)) -> None:
        """Close the database and let another window write.

        What changed is backed up first; where that cannot be done `warnings` says so.

        Args:
            backup: Whether that is done.
            backup_after: Only if the newest backup is that old, unless the journal alone could not
                bring a change back.
        """
        self._stop_backing_up()
        try:
            newest = rotation.EVERY - rotation.time_left(self.folder)
            if backup and self.backup_wanted and (self._at_once or newest >= backup_after):
                self.back_up()
        except Situation as problem:
            self.warnings = (*self.warnings, problem.say())
        except OSError as problem:  # its folder is gone; what could be stored is stored
            logging.getLogger(__name__).info(tr("No backup was made at the end: %s"), problem)
        finally:
            self._opened.close()


def create_project(folder: Path, schema: Schema, *, unfinished: bool = False) -> Project:
    """Make a new, empty project and open it.

    Args:
        folder: Where; made when it is not there. It must be empty or absent, or hold what a killed
            attempt to make a project left.
        schema: Its fields.
        unfinished: It counts as a project only once `finish_project` was called.

    Raises:
        Situation: The folder is in use or lies where no project may.
        DiskFull: It did not fit.
    """
    folder = Path(folder).absolute()
    _clear_unfinished(folder)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        what = tr("There is something in {name} already.", name=folder.name)
        raise Situation(what, do=tr("Choose another name, or an empty folder."))
    text = write_schema(schema)
    try:
        make_private(folder)
        write_whole(folder / UNFINISHED, "")
        for name in _FOLDERS:
            make_private(folder / name)
        write_whole(folder / SCHEMA_FILE, text)
    except OSError as problem:
        if is_full(problem) and (full := disk_words(problem, subject=folder.name)):
            raise full from problem
        what = tr("The folder {name} cannot be made.", name=folder.name)
        raise Situation(what, do=tr("Choose a folder where you may write."), details=str(problem)) from problem
    opened = opening.create(folder, schema)
    with opened.store.write() as writing:
        schema_record.remember(opened.store, text)
        opened.store.set_setting(_OWN_READ_FIRST, True)
        made = {"action": "project", "new": json.dumps(schema.name, ensure_ascii=False)}
        writing.note("", [made])
    if not unfinished:
        finish_project(folder)
    return Project(folder, schema, opened)


def finish_project(folder: Path) -> None:
    """Let a project that was made `unfinished` count as one."""
    (folder / UNFINISHED).unlink(missing_ok=True)
    sync_folder(folder)


def _clear_unfinished(folder: Path) -> None:
    """Remove what a killed attempt to make a project left, unless it is going on right now."""
    if not (folder / UNFINISHED).is_file():
        return
    held = lock.WriterLock(folder)
    if not held.acquire():
        raise Situation(lock.words_of(held.holder), do=tr("Wait until that project is made, or choose another name."))
    held.release()
    for path in (path for pattern in _MADE for path in folder.glob(pattern)):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    (folder / UNFINISHED).unlink()


def _say_removed(gone: list[Path]) -> None:
    if gone:
        logging.getLogger(__name__).info(tr("Left by work that was killed, and removed: %s"), ", ".join(map(str, gone)))


def open_project(folder: Path, *, look: bool = False, wait: float = 0.0) -> Project:
    """Open a project.

    A project that is open elsewhere, or lies where nothing can be written, is opened to
    look: `look_only` says why, and what would change it raises `LookOnly`.

    Args:
        folder: Its folder, or its `project.toml` or `project.db`.
        look: Only look, without asking for the right to write.
        wait: Seconds to wait for whoever has the right to write.

    Raises:
        NotAProject: There is no project.
        ProjectTooNew: A newer mmdesk made it; it is untouched.
        SchemaProblem: Its `project.toml` cannot be used.
        Situation: Its database is damaged; the words name the newest backup.
    """
    folder = folder_of(folder)
    if is_unfinished(folder):
        what = tr("The project {name} was not finished when it was made.", name=folder.name)
        raise NotAProject(what, tr("Its table is untouched."), tr("Make it again under the same name."))
    finish_cut(folder, SCHEMA_FILE)
    schema = read_project_schema(folder)
    try:
        return _open(folder, schema, look=look, wait=wait)
    except MmdeskError:
        raise
    except Exception as problem:
        if words := damage.behind(problem, folder, schema):
            raise words from problem
        raise


def _open(folder: Path, schema: Schema, *, look: bool, wait: float) -> Project:
    opened = opening.open_existing(folder, schema, look=look, wait=wait)
    try:
        text = (folder / SCHEMA_FILE).read_text(encoding="utf-8")
        opened.warnings += schema_record.compare(opened.store, schema, folder, text)
        if not opened.store.look_only:
            _say_removed(remove_leftovers(opened.store))
            schema_record.remember(opened.store, text)
        return Project(folder, schema, opened)
    except BaseException:
        opened.close()
        raise


def folder_of(path: Path) -> Path:
    """Return the folder of the project that a path names; the ending may be left out.

    Raises:
        NotAProject: There is no project.
    """
    path = Path(path).absolute()
    if path.name in (SCHEMA_FILE, "project.db"):
        path = path.parent
    for folder in (path, path.with_name(path.name + SUFFIX)):
        if (folder / SCHEMA_FILE).is_file():
            return folder
    if not path.exists():
        what = tr("The folder {name} is not there.", name=path.name)
        raise NotAProject(what, tr("Nothing is deleted."), tr("Find it, or make a new project."))
    what = tr("{name} is not a project of mmdesk.", name=path.name)
    raise NotAProject(what, do=tr("Choose a folder with a project.toml, or make a new project."))


def read_project_schema(folder: Path) -> Schema:
    """Return the schema that a project's `project.toml` holds.

    Raises:
        SchemaProblem: It cannot be used.
        NotAProject: It cannot be read.
    """
    path = folder / SCHEMA_FILE
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as problem:
        what = tr("{schema_file} in {name} cannot be read.", schema_file=SCHEMA_FILE, name=folder.name)
        raise NotAProject(what, tr("It is untouched."), tr("Save it as UTF-8 text."), str(problem)) from problem
    return read_schema(text, SCHEMA_FILE)
