"""What `project.toml` says now, held against what labels and models were made under.

The database keeps the text of the schema as it was when the project was last open for writing.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from mmdesk.core.errors import Situation
from mmdesk.core.fields.schema import Schema
from mmdesk.core.fields.schema_changes import changes_of
from mmdesk.core.fields.schema_toml import read_schema
from mmdesk.storage.store import Store
from mmdesk.words import tr

RECORD = "schema"
_UNFIT = "schema_unfit"
"""The setting that says that something stored does not fit the schema, so that opening looks for it."""


def remember(store: Store, text: str) -> None:
    """Keep the text of the schema in the database, for backups and to be compared."""
    if store.setting(RECORD) != text:
        store.set_setting(RECORD, text)


def compare(store: Store, schema: Schema, folder: Path, text: str) -> list[str]:
    """Return what to say at opening of a schema that was edited since, in sentences.

    What is stored with options that are gone, and models that do not fit, are said at each opening.

    Args:
        store: The open database; where it can be written, it takes the schema's text.
        schema: What `project.toml` says now.
        folder: The project's folder.
        text: The text of `project.toml`.
    """
    record = store.setting(RECORD)
    edited = record is not None and record != text
    if not edited and not store.setting(_UNFIT):
        return []
    said = list(_edited(str(record), schema)) if edited else []
    unfit = [*stored_unfit(store), *models_unfit(store, schema, folder)]
    if not store.look_only and bool(store.setting(_UNFIT)) != bool(unfit):
        store.set_setting(_UNFIT, bool(unfit))
    return [*said, *unfit]


def _edited(record: str, schema: Schema) -> Iterator[str]:
    try:
        before = read_schema(record.lstrip("\ufeff"), "project.toml")
    except Situation:
        return
    changes = changes_of(before, schema)
    if changes:
        yield tr("project.toml was edited since this project was last open. {changes}", changes=" ".join(changes))


def stored_unfit(store: Store) -> list[str]:
    """Return what is stored with options that the schema does not list any more, in sentences."""
    return [found.say() for found in store.obsolete()]


def models_unfit(store: Store, schema: Schema, folder: Path) -> Iterator[str]:
    """Say of each model version that is kept what of the schema is not as it was made for."""
    from mmdesk.core.model.fit import misfits
    from mmdesk.core.model.prepare import Preparation
    from mmdesk.core.versions.version import VersionState

    for row in store.versions():
        file = folder / row.folder / "preparation.json"
        if row.state == VersionState.DISCARDED or not row.folder or not file.is_file():
            continue
        try:
            found = misfits(schema, Preparation.from_json(file.read_text(encoding="utf-8")))
        except (Situation, OSError, ValueError):
            continue  # the doctor and the first prediction say that it cannot be read
        if found:
            yield tr(
                "Model {id} was made for other fields: {found}. "
                "Such answers are not given. Train a model for the fields of now, or put them back.",
                id=row.id,
                found="; ".join(found),
            )
