"""The store: everything that a project keeps in its database.

Reads may come from any thread, each on a connection of its own; writes are serialised by
a lock. A change is one transaction that writes the journal and the current value together.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from itertools import chain, islice
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, bindparam, exc, func, select

from mmdesk.core.cases.case import Case, ImageRef, Prediction
from mmdesk.core.cases.marks import Mark
from mmdesk.core.errors import LookOnly
from mmdesk.core.fields.schema import Schema
from mmdesk.core.fields.search_tree import Search
from mmdesk.core.fields.values import Value
from mmdesk.core.versions.version import VersionRow
from mmdesk.storage import records
from mmdesk.storage.cases import answers, drafts, edits, marks
from mmdesk.storage.cases import reader_status as reads
from mmdesk.storage.cases.answers import Labels
from mmdesk.storage.cases.case_table import CaseTable
from mmdesk.storage.cases.edits import Edit, Editor
from mmdesk.storage.cases.imports import Added, Importer, NewCase
from mmdesk.storage.cases.obsolete import Obsolete, obsolete
from mmdesk.storage.cases.worklist import State, Worklist
from mmdesk.storage.cases.writing import Changed, Writing
from mmdesk.storage.database import dialect, journal, seals
from mmdesk.storage.database.backup import DATABASE, damaged, make
from mmdesk.storage.database.cells import from_text
from mmdesk.storage.database.journal import Entry, Head
from mmdesk.storage.database.presence import Presence
from mmdesk.storage.database.recorder import Recorder
from mmdesk.storage.database.tables import originals
from mmdesk.storage.integrity.checks import check_all, check_files
from mmdesk.storage.integrity.journalled import FILES, files_of
from mmdesk.support.clock import local_time, utc_now
from mmdesk.words import QT_TR_NOOP, tr

__all__ = ["Added", "Changed", "Edit", "Entry", "NewCase", "Store", "Writing"]

_AT_ONCE = 50_000
_UNCHANGED = QT_TR_NOOP("Nothing was changed.")


class Store:
    """A project's database.

    Attributes:
        folder: The project's folder.
        schema: Its fields.
        cases_table: Where the case table keeps them.
        look_only: Why nothing can be written, in words; empty when it can.
        last_stored: UTC time of the last stored change of this session; empty for none.
        recorder: Journals what is stored.
    """

    def __init__(self, folder: Path, schema: Schema, engine: Engine, cases: CaseTable, look_only: str = "") -> None:
        self.folder = folder
        self.schema = schema
        self.cases_table = cases
        self.look_only = look_only
        self.last_stored = ""
        self._engine = engine
        self._presence = Presence(folder / DATABASE)
        dialect.on_closed(engine, self._presence.forget_log)
        self.recorder = Recorder(folder)
        self._lock = threading.RLock()
        self._writing: Writing | None = None
        self._indexed: set[str] = set()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Give a connection that sees one moment of the database.

        A thread that is writing sees what it has written so far.
        """
        if self._writing is not None and self._lock.acquire(blocking=False):
            try:
                if self._writing is not None:
                    yield self._writing.connection
                    return
            finally:
                self._lock.release()
        with self._in_words(tr(_UNCHANGED)), self._engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def write(self) -> Iterator[Writing]:
        """Give one transaction: stored whole at the end, or not at all.

        Within another `write` of the same thread it is part of that one; what breaks inside
        is taken back even if the outer one goes on.

        Raises:
            LookOnly: The project is open elsewhere or cannot be written.
            DiskFull: It did not fit; nothing of it is stored.
            Situation: The database is not in the project's folder any more; nothing is stored.
        """
        self.check_writable()
        with self._lock:
            if self._writing is not None:
                with self._within(self._writing):
                    yield self._writing
                return
            with self._in_words(self._stored_so_far()), self._transaction() as writing:
                yield writing

    @staticmethod
    @contextmanager
    def _within(writing: Writing) -> Iterator[None]:
        kept = len(writing.entries)
        try:
            with writing.connection.begin_nested():
                yield
        except BaseException:
            del writing.entries[kept:]
            raise

    def check_writable(self) -> None:
        """Refuse to begin what cannot be stored.

        Raises:
            LookOnly: Nothing can be written, in the sentences of `look_only`.
            Situation: The database is not in the project's folder any more.
        """
        if self.look_only:
            what, _, do = self.look_only.partition(f" {LookOnly.default_safe} ")
            raise LookOnly(what, do=do)
        self._presence.check()

    @contextmanager
    def _transaction(self) -> Iterator[Writing]:
        rows: list[dict[str, Any]] = []
        with dialect.writing_connection(self._engine) as connection, connection.begin():
            writing = self._writing = Writing(connection, utc_now())
            try:
                yield writing
                rows = self.recorder.append(connection, writing)
                self._presence.check()
            finally:
                self._writing = None
        self._presence.check()  # it may have gone while it was written
        self.last_stored = writing.at
        if rows and not self.recorder.mirror(rows):
            self.catch_up()

    def catch_up(self) -> None:
        """Bring the journal's mirror beside the backups up to date, as after a crash or a full disk."""
        with suppress(OSError), self.reading() as connection:
            self.recorder.catch_up(connection)

    @contextmanager
    def _in_words(self, safe: str) -> Iterator[None]:
        try:
            yield
        except (exc.DBAPIError, OSError) as problem:
            if isinstance(problem, exc.DBAPIError) and dialect.is_damage(problem):
                raise damaged(self.folder, str(problem.orig)) from problem
            if words := dialect.in_words(problem, safe, self.folder):
                raise words from problem
            raise

    def _stored_so_far(self) -> str:
        if self.last_stored:
            return tr(
                "Everything up to {local_time} is stored; this change is not.", local_time=local_time(self.last_stored)
            )
        return tr("Everything before is stored; this change is not.")

    def close(self) -> None:
        """Bring the write-ahead log into the database and let go of the file."""
        if not self.look_only:
            with suppress(dialect.DriverError, exc.DBAPIError, OSError):
                dialect.empty_wal(self._engine)
        self._engine.dispose()

    def copy_into(self, target: Path, watch: dialect.Watch | None = None) -> None:
        """Write a consistent copy of the database to an empty file, while it is in use."""
        with self._in_words(tr(_UNCHANGED)):
            dialect.copy_into(self._engine, target, watch)

    # cases

    def add_cases(self, rows: Iterable[NewCase], reader: str = "", why: str = "") -> Added:
        """Add cases in one transaction; one whose name is there is brought up to date.

        A value that a reader has edited stays; only what the table said of it is renewed.
        Undo ends here.

        Args:
            rows: The cases, read once.
            reader: Who imports, for the journal.
            why: Words for the journal, such as the table's name.
        """
        self.check_writable()
        known = iter(rows)
        rows = chain(list(islice(known, _AT_ONCE)), known)  # most tables are read before anyone waits
        if self.count_cases():
            make(self, datetime.now(UTC))
        with self.write() as writing:
            importer = Importer(writing.connection, self.schema, self.cases_table, writing.at)
            done = importer.add(rows)
            writing.note(reader, importer.journal, why=why)
            edits.close_all(writing.connection)
            if done.updated:
                reads.refresh(writing.connection, self.schema, done.updated, writing.at)
            if len(done.added) > 1000:
                dialect.analyse(writing.connection)
        return done

    def cases(self, ids: Iterable[int] | None = None, split: str | None = None) -> list[Case]:
        """Return cases: in the order of `ids`, or all (of a split) in the order of the table."""
        table = self.cases_table.table
        query = select(table).order_by(table.c.id)
        wanted = None if ids is None else list(ids)
        if wanted is not None:
            query = query.where(dialect.id_in(table.c.id, wanted))
        if split is not None:
            query = query.where(table.c.split == split)
        with self.reading() as connection:
            found = self.cases_table.read(connection.execute(query).all())
        if wanted is None:
            return found
        by_id = {case.id: case for case in found}
        return [by_id[number] for number in wanted if number in by_id]

    def case(self, number: int) -> Case:
        """Return one case.

        Raises:
            KeyError: There is no case of that id.
        """
        found = self.cases([number])
        if not found:
            raise KeyError(number)
        return found[0]

    def case_id(self, name: str) -> int | None:
        """Return the id of the case of that name, or None."""
        table = self.cases_table.table
        with self.reading() as connection:
            return connection.execute(select(table.c.id).where(table.c.name == name)).scalar()

    def ids_by_prefix(self, letters: str, limit: int, among: list[int] | None = None) -> list[int]:
        """Return ids of cases, of some or of all, whose name begins with letters in any letter case."""
        at = self.cases_table.table.c
        query = select(at.id).where(dialect.begins_with(at.name, letters)).limit(limit)
        if among is not None:
            query = query.where(dialect.id_in(at.id, among))
        with self.reading() as connection:
            return list(connection.execute(query).scalars())

    def missing_cases(self, ids: Iterable[int]) -> list[int]:
        """Return which ids no case has."""
        at, wanted = self.cases_table.table.c, list(ids)
        with self.reading() as connection:
            found = set(connection.execute(select(at.id).where(dialect.id_in(at.id, wanted))).scalars())
        return [number for number in wanted if number not in found]

    def count_cases(self) -> int:
        """Return how many cases there are."""
        with self.reading() as connection:
            return int(connection.execute(select(func.count()).select_from(self.cases_table.table)).scalar_one())

    def originals(self, case: int) -> dict[str, Value | ImageRef]:
        """Return what the table said for the fields of a case that a reader has edited since."""
        query = select(originals.c.field, originals.c.value).where(originals.c.case_id == case)
        with self.reading() as connection:
            rows = connection.execute(query).all()
        known = self.cases_table.columns
        return {row.field: from_text(row.value or None, known[row.field].field) for row in rows if row.field in known}

    # the worklist

    def case_ids(self, search: Search, sort: str, reader: str, *, descending: bool = False) -> list[int]:
        """Return the ids of the cases that match a search, in order, as a reader sees them."""
        with self.reading() as connection:
            return self._worklist(connection, reader).ids(connection, search, sort, descending=descending)

    def states(self, ids: Sequence[int], reader: str) -> dict[int, State]:
        """Return a reader's state of some cases."""
        with self.reading() as connection:
            return self._worklist(connection, reader).states(connection, ids)

    def counts(self, reader: str) -> dict[str, int]:
        """Return how many cases there are (`total`), and for how many each state holds."""
        with self.reading() as connection:
            return self._worklist(connection, reader).counts(connection)

    def is_done(self, reader: str) -> bool:
        """Tell whether a reader has read every case."""
        with self.reading() as connection:
            return self._worklist(connection, reader).is_done(connection)

    def index_fields(self, names: Iterable[str]) -> None:
        """Make sorting and filtering on inputs, notes and `group` quick, the first time it is asked for."""
        known = {"group": self.cases_table.table.c.grp.name}
        known |= {name: entry.value.name for name, entry in self.cases_table.columns.items()}
        fresh = [name for name in names if name in known and name not in self._indexed]
        if fresh and not self.look_only:
            with self.write() as writing:
                for name in fresh:
                    dialect.index_column(writing.connection, "cases", known[name])
            self._indexed.update(fresh)

    def _worklist(self, connection: Connection, reader: str) -> Worklist:
        return Worklist(self.schema, self.cases_table, reader, reads.current_version(connection))

    def obsolete(self) -> list[Obsolete]:
        """Return what is stored with options that the schema does not list any more."""
        with self.reading() as connection:
            return list(obsolete(connection, self.schema, self.cases_table))

    # edits

    def change(
        self, reader: str, wanted: Iterable[Edit], why: str = "", version: str = "", display: str = ""
    ) -> Changed:
        """Store edits as one change that one undo takes back; a label ends the reader's draft of it.

        Args:
            reader: Who.
            wanted: The values to set.
            why: The reason that the reader gave.
            version: The model version whose answer stood beside, or empty.
            display: How the images were displayed, as JSON, or empty; journalled beside.
        """
        with self.write() as writing:
            editor = Editor(writing.connection, self.schema, self.cases_table, reader, writing.at, version)
            done = editor.apply_all(list(wanted))
            drafts.drop_stored(writing.connection, reader, done)
            made = [(edit, row) for edit in done if (row := editor.row(edit))["old"] != row["new"]]
            if made:
                drafts.forget_undone(writing.connection, reader)
                change = edits.open_change(writing.connection, reader, made[0][0].action, writing.at)
                writing.note(reader, [row for _, row in made], why=why, version=version, change=change)
                if display:
                    shown = {"action": "display", "case_id": made[0][0].case, "new": display}
                    writing.note(reader, [shown])
            return self._changed(writing, [edit for edit, _ in made])

    def set_problems(self, problems: Mapping[int, str]) -> None:
        """Set what is wrong with cases, in words, as far as it was found since the import."""
        table = self.cases_table.table
        with self.write() as writing:
            writing.connection.execute(
                seals.change(table, table.c.id == bindparam("this"), problem=bindparam("words")),
                [{"this": case, "words": words} for case, words in problems.items()],
            )

    def undo(self, reader: str, *, redo: bool = False) -> Changed | None:
        """Take back the reader's last change, or with `redo` the last undo; None for nothing.

        A draft answer is a change too, and comes in its turn.
        """
        with self.write() as writing:
            change = edits.next_change(writing.connection, reader, redo=redo)
            if step := drafts.take_back(writing.connection, self.schema, reader, change, redo=redo):
                return Changed(draft=step)
            if change is None:
                return None
            editor = Editor(writing.connection, self.schema, self.cases_table, reader, writing.at)
            made, rows = edits.take_back(editor, change, redo=redo)
            writing.note(reader, rows)
            return self._changed(writing, made)

    def _changed(self, writing: Writing, made: Sequence[Edit]) -> Changed:
        if answered := {edit.case for edit in made if edit.action == "label"}:
            reads.refresh(writing.connection, self.schema, sorted(answered), writing.at)
        return Changed(writing.at if made else "", tuple(made))

    def begin_reader(self, reader: str) -> None:
        """Tell that another reader works now: the undo of the one before ends."""
        with self.write() as writing:
            if edits.close_others(writing.connection, reader):
                writing.note(reader, [{"action": "reader", "new": json.dumps(reader, ensure_ascii=False)}])

    # labels, marks and predictions

    def labels(self, ids: Iterable[int] | None = None) -> Labels:
        """Return all labels by case and target, oldest first."""
        with self.reading() as connection:
            return answers.read_labels(connection, self.schema, ids)

    def marks(self, ids: Iterable[int] | None = None) -> dict[int, list[Mark]]:
        """Return all readers' marks by case, the latest changed last."""
        with self.reading() as connection:
            return marks.read_marks(connection, ids)

    def mark(self, name: str) -> Mark | None:
        """Return the mark of that name, or None."""
        with self.reading() as connection:
            return marks.find_mark(connection, name)

    def save_predictions(self, rows: Sequence[Prediction]) -> None:
        """Store predictions in place of earlier ones of the same case and version."""
        with self.write() as writing:
            stored = answers.save_predictions(writing.connection, self.schema, rows, writing.at)
            if waiting := reads.waiting_for_answer(writing.connection, stored):
                reads.refresh(writing.connection, self.schema, waiting, writing.at)

    def predictions(self, version: str, ids: Iterable[int] | None = None) -> dict[int, Prediction]:
        """Return a version's predictions by case."""
        with self.reading() as connection:
            return answers.read_predictions(connection, self.schema, version, ids)

    def drop_predictions(self, version: str, ids: Iterable[int] | None = None) -> None:
        """Take away a version's predictions, of some cases or of all."""
        with self.write() as writing:
            answers.drop_predictions(writing.connection, version, ids)

    # versions and settings

    def versions(self) -> list[VersionRow]:
        """Return all model versions, oldest first."""
        with self.reading() as connection:
            return records.read_versions(connection)

    def current_version(self) -> str:
        """Return the id of the current model version, or an empty text."""
        with self.reading() as connection:
            return reads.current_version(connection)

    def add_version(self, row: VersionRow, who: str = "", why: str = "") -> None:
        """Store a model version; a current one takes the place of the one before."""
        with self.write() as writing:
            records.add_version(writing.connection, row, writing.at)
            told = [{"action": "version", "field": row.id, "new": json.dumps(str(row.state))}]
            if row.folder and (files := files_of(self.folder / row.folder)):
                told.append({"action": FILES, "field": row.id, "new": json.dumps(files, ensure_ascii=False)})
            writing.note(who, told, why=why, version=row.id)
            if row.state == "current":
                self._set_state(writing, row.id, "current", who, why)

    def set_version_state(self, version: str, state: str, who: str, why: str) -> None:
        """Set a version's state; the one that was current becomes an earlier one.

        Raises:
            KeyError: There is no such version.
        """
        with self.write() as writing:
            self._set_state(writing, version, state, who, why)

    @staticmethod
    def _set_state(writing: Writing, version: str, state: str, who: str, why: str) -> None:
        for key, old, new in records.set_state(writing.connection, version, str(state)):
            row = {"action": "version", "field": key, "old": json.dumps(old), "new": json.dumps(new)}
            writing.note(who, [row], why=why, version=version)

    def setting(self, key: str) -> Any:
        """Return a setting of the project, or None."""
        with self.reading() as connection:
            return records.read_setting(connection, key)

    def set_setting(self, key: str, value: Any, who: str = "") -> None:
        """Store a setting of the project, journalled; the value is anything that JSON takes."""
        with self.write() as writing:
            old = records.read_setting(writing.connection, key)
            records.write_setting(writing.connection, key, value)
            told = {"old": json.dumps(old, ensure_ascii=False), "new": json.dumps(value, ensure_ascii=False)}
            writing.note(who, [{"action": "setting", "field": key, **told}])

    # the journal

    def journal(self, limit: int, case: int | None = None) -> list[Entry]:
        """Return the newest entries, newest first; of one case where given."""
        with self.reading() as connection:
            return journal.entries(connection, limit, case)

    def journal_head(self) -> Head:
        """Return the journal's head, for reports and backups."""
        with self.reading() as connection:
            return journal.head_of(connection)

    def was_restored(self) -> bool:
        """Tell whether a backup was ever put in place."""
        with self.reading() as connection:
            return journal.has(connection, "restore")

    def check_journal(self) -> list[str]:
        """Return what is not as mmdesk wrote it, in words: rows, journal, and files of models."""
        with self.reading() as connection:
            found = check_all(connection, self.folder, self.schema, self.cases_table)
            return found + check_files(connection, self.folder)

    def check_database(self) -> list[str]:
        """Return what the database finds wrong with its file, in its own words."""
        with self.reading() as connection:
            return dialect.check_file(connection)
