"""Use case: a third person decides where readers differ, and is not told who said what."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256

from mmdesk.core.cases.case import NO_READERS, Label
from mmdesk.core.cases.disagreement import labels_differ
from mmdesk.core.cases.truth import answer_key
from mmdesk.core.changes import Change
from mmdesk.core.errors import FieldProblem, Situation
from mmdesk.core.fields.kinds import kind_of
from mmdesk.core.fields.schema import Schema
from mmdesk.core.fields.values import Value, is_present
from mmdesk.services.cases.reading import change_of
from mmdesk.services.project import Project
from mmdesk.services.readers.second_reading import plan_of
from mmdesk.storage.cases import assignments
from mmdesk.storage.store import Edit
from mmdesk.words import tr


@dataclass(frozen=True, slots=True)
class Disagreement:
    """A target on which the readers of a case differ.

    Attributes:
        case: The case's id.
        name: The case's name.
        target: The target's name.
        answers: What was said, each answer once, in an order that tells nothing of who said it.
        votes: How many readers gave each answer.
    """

    case: int
    name: str
    target: str
    answers: tuple[Value, ...]
    votes: tuple[int, ...]


def disagreements(project: Project, person: str) -> list[Disagreement]:
    """Return what is left to decide, in the order of the table.

    Cases that somebody still has to read are not among them, nor what is decided already.

    Raises:
        Situation: The person is not the one who decides.
    """
    _check_person(project, person)
    store = project.store
    with store.reading() as connection:
        cases = assignments.compared(connection, store.cases_table)
        done = assignments.decided(connection)
        labels = store.labels(list(cases))
    found = []
    for case, (name, _) in cases.items():
        for target in project.schema.targets:
            given = _judged(labels.get(case, {}).get(target.name, []))
            differ = any(labels_differ(target, given[0].value, label.value) for label in given[1:])
            if differ and (case, target.name) not in done:
                found.append(_hidden(case, name, target.name, given))
    return found


def _judged(given: list[Label]) -> list[Label]:
    return [label for label in given if label.reader not in NO_READERS and is_present(label.value)]


def _hidden(case: int, name: str, target: str, given: list[Label]) -> Disagreement:
    votes: dict[object, list[Label]] = {}
    for label in given:
        votes.setdefault(answer_key(label.value), []).append(label)

    def shuffled(same: list[Label]) -> str:
        said = same[0].value
        words = sorted(map(str, said)) if isinstance(said, tuple) else said
        return sha256(f"{name}\n{target}\n{words}".encode("utf-8", "surrogatepass")).hexdigest()

    each = sorted(votes.values(), key=shuffled)
    return Disagreement(case, name, target, tuple(same[0].value for same in each), tuple(len(same) for same in each))


def said_of(schema: Schema, left: Disagreement) -> list[str]:
    """Return the answers in words, each with how many gave it where that is more than one."""
    target = schema.field(left.target)
    words = [kind_of(target).show(value, target) for value in left.answers if is_present(value)]
    return [
        tr("{answer} ({votes} times)", answer=answer, votes=votes) if votes > 1 else answer
        for answer, votes in zip(words, left.votes, strict=True)
    ]


def adjudicate(project: Project, case: int, target: str, value: Value, person: str, why: str = "") -> Change:
    """Store what counts where readers differ; it can be undone like any other change.

    Args:
        project: The project.
        case: The case's id.
        target: The target's name.
        value: What counts, one of the answers or another one; None takes a decision back.
        person: Who decides.
        why: The reason, for the journal.

    Raises:
        Situation: The person is not the one who decides, or has read the case.
        FieldProblem: The value does not fit.
    """
    _check_person(project, person)
    field = next((field for field in project.schema.targets if field.name == target), None)
    if field is None:
        raise FieldProblem(
            tr("This project has no target '{target}'.", target=target),
            tr("Nothing was stored."),
            tr("It has {known}.", known=", ".join(field.name for field in project.schema.targets)),
        )
    if is_present(value):
        kind_of(field).check(value, field)
    with project.store.reading() as connection:
        read = case in assignments.read_by(connection, person)
    if read:
        raise Situation(
            tr("You have read this case yourself, so a third person decides."),
            tr("Nothing was stored."),
            tr("Name another adjudicator, who has not read it."),
        )
    changed = project.store.change(person, [Edit("adjudicate", case, target, value)], why)
    return change_of(project, tr("Decided"), changed)


def _check_person(project: Project, person: str) -> None:
    adjudicator = plan_of(project).adjudicator
    if adjudicator and person == adjudicator:
        return
    if adjudicator:
        raise Situation(
            tr("{adjudicator} decides where readers differ, not {person}.", adjudicator=adjudicator, person=person),
            do=tr("Change the reader, or name another adjudicator."),
        )
    raise Situation(
        tr("Nobody is named who decides where readers differ."),
        do=tr("Name an adjudicator who is to read no case: a third person."),
    )
