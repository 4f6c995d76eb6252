"""Marks of a case: drawn, changed, removed; each a change that undo takes back."""

from __future__ import annotations

import secrets
from dataclasses import replace

from mmdesk.core.cases.case import Case, ImageRef
from mmdesk.core.cases.marks import Mark, check_mark, rounded
from mmdesk.core.changes import Change
from mmdesk.core.errors import FieldProblem, Situation
from mmdesk.services.cases.reading import change_of
from mmdesk.services.project import Project
from mmdesk.storage.cases.marks import key_of
from mmdesk.storage.store import Edit
from mmdesk.words import tr


def add_mark(project: Project, mark: Mark, reader: str) -> tuple[Mark, Change]:
    """Store a new mark in a reader's name.

    Args:
        project: The project.
        mark: Its `id`, `image`, `reader` and `at` are set here; an id that is given is kept.
        reader: Who drew it.

    Returns:
        The mark as it is stored, and what changed.

    Raises:
        FieldProblem: The mark does not fit the case; nothing is stored.
        LookOnly: The project cannot be changed here.
        KeyError: There is no case of that id.
    """
    mark = replace(mark, id=mark.id or new_id(), reader=reader)
    if project.store.mark(mark.id) is not None:
        raise FieldProblem(tr("This mark is stored already."), tr("It stays."), tr("Change it instead."))
    return _store(project, mark, reader)


def change_mark(project: Project, mark: Mark, reader: str) -> tuple[Mark, Change]:
    """Store a mark of this reader in place of the one of the same id.

    Raises:
        FieldProblem: There is none, it is another reader's, or it does not fit the case.
        LookOnly: The project cannot be changed here.
    """
    found = _own(project, mark.id, reader)
    if (found.case, found.field) != (mark.case, mark.field):
        raise FieldProblem(tr("A mark stays on its image."), tr("It was not moved."), tr("Draw another one there."))
    return _store(project, replace(mark, reader=reader), reader)


def remove_mark(project: Project, name: str, reader: str) -> Change:
    """Remove a mark of this reader.

    Args:
        project: The project.
        name: The mark's id.
        reader: Who.

    Raises:
        FieldProblem: There is none, or it is another reader's.
        LookOnly: The project cannot be changed here.
    """
    found = _own(project, name, reader)
    changed = project.store.change(reader, [Edit("mark", found.case, key_of(found), None)])
    return change_of(project, "Stored", changed)


def new_id() -> str:
    """Return a name for a mark that no other one has, here or elsewhere."""
    return secrets.token_hex(8)


def _own(project: Project, name: str, reader: str) -> Mark:
    found = project.store.mark(name)
    if found is None:
        raise FieldProblem(tr("This mark is not there any more."), tr("Nothing was stored."), tr("Draw it again."))
    if found.reader != reader:
        raise FieldProblem(tr("This mark is another reader's."), tr("It stays as it is."), tr("Draw one of your own."))
    return found


def _store(project: Project, mark: Mark, reader: str) -> tuple[Mark, Change]:
    if not reader.strip():
        raise Situation(tr("No reader is chosen."), tr("Nothing was stored."), tr("Choose who reads, at the top."))
    mark = replace(mark, points=rounded(mark.points))
    check_mark(mark)
    _check_target(project, mark)
    mark = replace(mark, image=_file_of(project, project.store.case(mark.case), mark))
    changed = project.store.change(reader, [Edit("mark", mark.case, key_of(mark), mark)])
    return replace(mark, at=changed.at or mark.at), change_of(project, "Stored", changed)


def _file_of(project: Project, case: Case, mark: Mark) -> str:
    if not any(field.name == mark.field for field in project.schema.images):
        known = ", ".join(field.name for field in project.schema.images)
        raise FieldProblem(
            tr("This project has no image '{field}'.", field=mark.field),
            tr("Nothing was stored."),
            tr("It has {known}.", known=known),
        )
    value = case.inputs[mark.field]
    if not isinstance(value, ImageRef):
        raise FieldProblem(
            tr("Case {name} has no image there.", name=case.name), tr("Nothing was stored."), tr("Draw on another one.")
        )
    return value.sha256


def _check_target(project: Project, mark: Mark) -> None:
    if not mark.target and not mark.option:
        return
    for target in project.schema.targets:
        if target.name == mark.target:
            if mark.option and mark.option not in target.options:
                raise FieldProblem(
                    tr("{title} has no option '{option}'.", title=target.title, option=mark.option),
                    tr("Nothing was stored."),
                    tr("It has {options}.", options=", ".join(target.options) or "none"),
                )
            return
    known = ", ".join(target.name for target in project.schema.targets)
    raise FieldProblem(
        tr("This project has no target '{target}'.", target=mark.target),
        tr("Nothing was stored."),
        tr("It has {known}.", known=known),
    )
