"""Use case: the fields of a project are changed; said before, journalled, and taken back in one step."""

from __future__ import annotations

import json
from dataclasses import dataclass

from mmdesk.core.errors import Situation
from mmdesk.core.fields.schema import Schema
from mmdesk.core.fields.schema_changes import changes_of
from mmdesk.core.fields.schema_toml import read_schema, write_schema
from mmdesk.services import schema_record
from mmdesk.services.project import SCHEMA_FILE, Project
from mmdesk.storage.database import journal
from mmdesk.support.files import write_whole
from mmdesk.words import tr

ACTION = "fields"
_UNDO = "undo"


@dataclass(frozen=True, slots=True)
class FieldChange:
    """A change of the fields that can be made.

    Attributes:
        before: The fields as they are.
        after: The fields as they would be.
        text: What `project.toml` would hold.
        values: What it means for stored values, in sentences.
        models: What it means for each model version, in sentences.
    """

    before: Schema
    after: Schema
    text: str
    values: tuple[str, ...]
    models: tuple[str, ...]

    def say(self) -> list[str]:
        """Return what it means, in sentences."""
        return [*self.values, *(self.models or [tr("The model versions that fitted before still fit.")])]


def plan(project: Project, after: Schema) -> FieldChange:
    """Find out what a change of the fields means, without making it.

    Raises:
        SchemaProblem: The fields cannot be like that.
        Situation: They are as they were.
    """
    return _planned(project, after, write_schema(after))


def make(project: Project, change: FieldChange, reader: str, why: str = "") -> None:
    """Make a change of the fields; the project has to be opened anew to work by it.

    Raises:
        LookOnly: The project cannot be changed here.
        Situation: `project.toml` is not what it was, or cannot be written.
    """
    path = project.folder / SCHEMA_FILE
    text = path.read_text(encoding="utf-8-sig")
    if read_schema(text) != change.before:
        raise Situation(
            tr("project.toml was edited meanwhile."), tr("Nothing was written."), tr("Open the project again.")
        )
    told = {"action": ACTION, "old": _json(text), "new": _json(change.text)}
    project.store.check_writable()
    try:
        with project.store.write() as writing:
            writing.note(reader, [told], why=why or " ".join(change.values))
            schema_record.remember(project.store, change.text)
            write_whole(path, change.text)
    except OSError as problem:
        raise Situation(
            tr("project.toml cannot be written."),
            tr("The fields are as they were."),
            tr("See whether the project's folder can be written."),
            details=str(problem),
        ) from problem
    except BaseException:
        if path.read_text(encoding="utf-8-sig") != text:
            write_whole(path, text)
        raise
    project.changed(at_once=True)


def last_change(project: Project) -> FieldChange | None:
    """Return what would take back the last change of the fields; None where there is none.

    Raises:
        Situation: `project.toml` was edited by hand since.
    """
    with project.store.reading() as connection:
        entries = journal.of_action(connection, ACTION)
    made: list[journal.Entry] = []
    for entry in entries:
        if entry.why == _UNDO:
            made.pop()
        else:
            made.append(entry)
    if not made:
        return None
    if read_schema(json.loads(made[-1].new or '""')) != project.schema:
        raise Situation(
            tr("project.toml was edited by hand since its fields were changed here."),
            tr("Nothing was written."),
            tr("Change the fields back one by one."),
        )
    text = json.loads(made[-1].old or '""')
    return _planned(project, read_schema(text), text)


def take_back(project: Project, reader: str) -> FieldChange | None:
    """Take back the last change of the fields; None where there is none."""
    change = last_change(project)
    if change is not None:
        make(project, change, reader, _UNDO)
    return change


def _planned(project: Project, after: Schema, text: str) -> FieldChange:
    before = project.schema
    if after == before:
        raise Situation(tr("The fields are like that already."), tr("Nothing was written."))
    known = set(schema_record.models_unfit(project.store, before, project.folder))
    models = [words for words in schema_record.models_unfit(project.store, after, project.folder) if words not in known]
    values = changes_of(before, after) or [tr("Stored values are not touched.")]
    return FieldChange(before, after, text, tuple(values), tuple(models))


def _json(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
