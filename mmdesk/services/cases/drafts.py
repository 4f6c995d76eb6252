"""Answers that a reader has given and not stored yet: kept, and taken back in their turn."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from mmdesk.core.cases.case import ImageRef
from mmdesk.core.changes import Change, DraftAnswer
from mmdesk.core.errors import Situation
from mmdesk.core.fields.kinds import kind_of
from mmdesk.core.fields.schema import Field
from mmdesk.core.fields.values import Missing, Value, is_present
from mmdesk.services.project import Project
from mmdesk.storage.cases import drafts
from mmdesk.words import tr


def keep_draft(project: Project, case_id: int, answers: Mapping[str, Value], reader: str, *, on: bool = False) -> None:
    """Keep answers that are not stored: they are back when the reader opens the case again.

    They are no labels: no export, count or training sees them, and no other reader.

    Args:
        project: The project.
        case_id: The case.
        answers: What changed since it was last kept, by target; None takes an answer away.
        reader: Who.
        on: The answer goes on from the reader's last one and takes its place.

    Raises:
        LookOnly: The project cannot be changed here.
        DiskFull: It did not fit.
    """
    if not reader.strip():
        raise Situation(tr("No reader is chosen."), tr("The draft is not kept."), tr("Choose who reads, at the top."))
    for name, value in answers.items():
        if is_present(value):
            target = project.schema.field(name)
            kind_of(target).check(value, target)
    with project.store.write() as writing:
        if on:
            drafts.drop_last(writing.connection, reader, case_id, answers)
        drafts.keep(writing.connection, project.schema, reader, case_id, answers, writing.at)


def drafts_of(project: Project, reader: str, ids: Iterable[int] | None = None) -> drafts.Drafts:
    """Return a reader's answers that are not stored, by case and target; of some cases or of all."""
    with project.store.reading() as connection:
        return drafts.read(connection, project.schema, reader, ids)


def is_draft(drafted: Mapping[str, Value], stored: Mapping[str, Value]) -> bool:
    """Tell whether a case has an answer that differs from what is stored."""
    return any(stored.get(name) != value for name, value in drafted.items())


def draft_told(project: Project, verb: str, step: drafts.Step) -> Change:
    """Return what a draft answer that was taken back, or given again, is told to every view as."""
    words = answer_words(project.schema.field(step.target), step.answer)
    case = project.store.case(step.case).name
    told = DraftAnswer(step.case, step.target, step.value, step.drafted)
    return Change(
        frozenset({step.case}),
        draft=told,
        words=tr("{verb}: {words}, a draft in case {case}.", verb=verb, words=words, case=case),
    )


def answer_words(field: Field, value: Value | ImageRef) -> str:
    """Return a field's title and a value of it in words."""
    if value is None:
        return f"{field.title} unread"
    if isinstance(value, Missing):
        return f"{field.title} {value.say()}"
    if isinstance(value, ImageRef):
        return f"{field.title} {value.path.rsplit('/', 1)[-1]}"
    return f"{field.title} {kind_of(field).show(value, field)}"
