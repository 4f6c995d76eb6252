"""What the journal tells of besides values: referrals, settings, models and their files."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, RowMapping, func, select

from mmdesk.storage.database.names import names_of
from mmdesk.storage.database.tables import journal, labels, reads, settings, versions
from mmdesk.support.files import sha256_of
from mmdesk.words import tr

FILES = "files"
"""Action of the journal that tells the digests of the files of a model version."""


def last(connection: Connection, action: str, *keys: str) -> list[RowMapping]:
    """Return the newest entries of an action, one for each combination of some columns."""
    grouped = [journal.c[name] for name in keys]
    newest = select(func.max(journal.c.seq)).where(journal.c.action == action).group_by(*grouped)
    return list(connection.execute(select(journal).where(journal.c.seq.in_(newest))).mappings())


def files_of(folder: Path) -> dict[str, str]:
    """Return the digest of each file of a model version, by its path in the version's folder."""
    found = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): sha256_of(path) for path in found}


def check_label_facts(connection: Connection, names: Mapping[int, str]) -> Iterator[str]:
    """Say which labels have another time, or another model version beside them, than in the journal."""
    told = {
        (row["case_id"], row["field"], row["reader"]): (row["at"], row["version"])
        for row in last(connection, "label", "case_id", "field", "reader")
    }
    at = labels.c
    query = select(at.case_id, at.target, at.reader, at.at, at.version)
    for case, target, reader, *facts in connection.execute(query):
        if told.get((case, target, reader), tuple(facts)) != tuple(facts):
            yield tr(
                "The time or the model version of the label {target} of {reader} for case {case} "
                "is not the one in the journal.",
                target=target,
                reader=reader,
                case=names.get(case, case),
            )


def check_referrals(connection: Connection, names: Mapping[int, str]) -> Iterator[str]:
    """Say which referrals are not those of the journal."""
    told = {
        (case, reader): new
        for (case, _, reader), new in names_of(connection)
        .newest(last(connection, "refer", "case_id", "reader"))
        .items()
        if new is not None
    }
    query = select(reads.c.case_id, reads.c.reader, reads.c.refer).where(reads.c.refer.is_not(None))
    stored = {(row.case_id, row.reader): row.refer for row in connection.execute(query)}
    for key in sorted(stored.keys() | told.keys()):
        if stored.get(key) != told.get(key):
            yield tr(
                "The referral of case {case} by {reader} is not the one in the journal.",
                case=names.get(key[0], key[0]),
                reader=key[1],
            )


def check_settings(connection: Connection) -> Iterator[str]:
    """Say which settings of the project are not those of the journal."""
    stored = {row.key: row.value for row in connection.execute(select(settings.c.key, settings.c.value))}
    for row in last(connection, "setting", "field"):
        if stored.get(row["field"]) != row["new"]:
            yield tr("The setting {key} is not the one in the journal.", key=row["field"])


def check_versions(connection: Connection) -> Iterator[str]:
    """Say which models stand otherwise than the journal tells."""
    query = select(versions.c.id, versions.c.state)
    stored = {row.id: row for row in connection.execute(query)}
    for row in last(connection, "version", "field"):
        found = stored.get(row["field"])
        if found is None:
            yield tr("Model {id} is in the journal and not in the database.", id=row["field"])
        elif found.state != json.loads(row["new"]):
            yield tr("The state of model {id} is not the one in the journal.", id=row["field"])


def check_files(connection: Connection, folder: Path) -> Iterator[str]:
    """Say which files of models were changed, or are not there any more."""
    query = select(versions.c.id, versions.c.folder).where(versions.c.folder != "")
    stored = {row.id: row.folder for row in connection.execute(query)}
    for row in last(connection, FILES, "field"):
        if row["field"] in stored:
            yield from _files(row["field"], folder / stored[row["field"]], json.loads(row["new"]))


def _files(version: str, folder: Path, told: Mapping[str, Any]) -> Iterator[str]:
    for name, digest in told.items():
        path = folder / name
        if not path.is_file():
            yield tr("Model {id}: its file {name} is not there.", id=version, name=name)
        elif sha256_of(path) != digest:
            yield tr("Model {id}: its file {name} is not as it was made.", id=version, name=name)
