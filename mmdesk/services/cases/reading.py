"""Reading cases: the worklist, one case, its edits and labels, undo."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from mmdesk.core.cases.blinding import shown_case, shown_values
from mmdesk.core.cases.case import REFERENCE, Case, ImageRef, Label, Prediction, Previous, Status
from mmdesk.core.cases.marks import Mark
from mmdesk.core.cases.worklist import WorklistRow
from mmdesk.core.changes import Change
from mmdesk.core.errors import FieldProblem, Situation
from mmdesk.core.fields.kinds import kind_of
from mmdesk.core.fields.schema import Field
from mmdesk.core.fields.search import check_shown, find_option, parse_search
from mmdesk.core.fields.values import Missing, Reason, Value, is_present
from mmdesk.services.cases.drafts import answer_words, draft_told, drafts_of, is_draft
from mmdesk.services.cases.previous import previous_of
from mmdesk.services.project import Project
from mmdesk.storage.cases import assignments
from mmdesk.storage.store import Changed, Edit
from mmdesk.words import tr

_SORTS = ("position", "case", "status", "split", "group", "label", REFERENCE, "model", "why")


@dataclass(frozen=True, slots=True)
class WorklistQuery:
    """Which cases, in which order.

    Attributes:
        search: A search line, see `core.search`.
        sort: `position` (order of the table), `case`, `status`, `split`, `group`, `label`,
            `reference`, `model`, `why`, `p(OPTION)`, or a field's name. What is missing comes last.
        descending: The largest first.
    """

    search: str = ""
    sort: str = "position"
    descending: bool = False


@dataclass(frozen=True, slots=True)
class CaseView:
    """All that the reading page shows of one case.

    Attributes:
        case: The case, without notes that are not shown, or not yet.
        labels: The reader's own labels by target.
        others: Other readers' labels and the reference by target; empty while hidden.
        prediction: The current version's; None when there is none or while hidden.
        hidden: The model, other readers, the reference and some notes are hidden until the own
            label is stored.
        status: Its status for the reader.
        referred: Why the reader referred it; empty when not.
        complete: Every target has the reader's label.
        originals: What the table said, for fields that a reader has edited since.
        marks: Marks on the images as they are now, other readers' only when not hidden.
        previous: The reading before it, where that was asked for and there is one.
        draft: What the reader has answered and not stored, by target.
    """

    case: Case
    labels: Mapping[str, Label]
    others: Mapping[str, tuple[Label, ...]]
    prediction: Prediction | None
    hidden: bool
    status: Status
    referred: str
    complete: bool
    originals: Mapping[str, Value | ImageRef] = field(default_factory=dict)
    marks: tuple[Mark, ...] = ()
    previous: Previous | None = None
    draft: Mapping[str, Value] = field(default_factory=dict)

    @property
    def reference(self) -> Mapping[str, Value]:
        """The labels that came with the table by target; empty while hidden."""
        return {
            name: label.value for name, given in self.others.items() for label in given if label.reader == REFERENCE
        }


@dataclass(frozen=True, slots=True)
class Counts:
    """How far a reader is.

    Attributes:
        total: All cases.
        unread: Without the reader's labels and not referred.
        read: With the reader's label for every target, corrected ones included.
        corrected: Read, and other than the model says.
        referred: Referred by the reader.
        problem: With a problem that the import found.
    """

    total: int
    unread: int
    read: int
    corrected: int
    referred: int
    problem: int


def case_ids(project: Project, query: WorklistQuery, reader: str) -> list[int]:
    """Return the ids of the cases that match, in order.

    Raises:
        Situation: The search line or the order is not known, or would tell what the own read
            comes before while cases are left to read.
    """
    store = project.store
    blind = project.own_read_first and not store.is_done(reader)
    readers = known_readers(project) if "reader:" in query.search.casefold() else None
    search = parse_search(query.search, project.schema, blind=blind, readers=readers)
    _check_sort(project, query.sort, blind=blind)
    store.index_fields([*search.fields, query.sort])
    return store.case_ids(search, query.sort, reader, descending=query.descending)


def known_readers(project: Project) -> list[str]:
    """Return the names of those who labelled, or are to read, a case."""
    with project.store.reading() as connection:
        return assignments.readers(connection)


def _check_sort(project: Project, sort: str, *, blind: bool) -> None:
    for note in project.schema.notes:
        if note.name == sort:
            check_shown(note, sort, blind=blind)
    who = tr("the table") if sort == REFERENCE else tr("the model")
    if blind and (sort in (REFERENCE, "model") or sort.startswith("p(")):
        what = tr("This order would tell what {who} says.", who=who)
        raise Situation(what, tr("Your list is unchanged."), tr("Store your own labels first."))
    if sort.startswith("p("):
        find_option(sort[2:-1], project.schema)
    elif sort not in _SORTS and not any(field.name == sort for field in project.schema):
        known = ", ".join((*_SORTS, *(field.name for field in project.schema)))
        what = tr("The worklist cannot be ordered by '{sort}'.", sort=sort)
        raise Situation(what, tr("Your list is unchanged."), tr("Order it by one of {known}.", known=known))


def rows(project: Project, ids: Sequence[int], reader: str) -> list[WorklistRow]:
    """Return the worklist's rows of some cases, in the order of the ids."""
    store = project.store
    with store.reading():
        cases = store.cases(ids)
        states = store.states(ids, reader)
        labels = project.seen_labels(reader, ids)
        answers = store.predictions(store.current_version(), ids)
        drafted = drafts_of(project, reader, ids)
    made = []
    for whole in cases:
        state, answer = states[whole.id], answers.get(whole.id)
        hidden = project.own_read_first and not state.complete
        case = shown_case(whole, project.schema, hidden=hidden)
        given = labels.get(case.id, {})
        values = {name: label.value for name, label in _own(given, reader).items()}
        reference = {name: label.value for name, label in _own(given, REFERENCE).items()}
        made.append(
            WorklistRow(
                id=case.id,
                name=case.name,
                status=state.status,
                cells={entry.name: _cell(case.inputs[entry.name], entry) for entry in project.schema.inputs},
                label=_values(project, values),
                reference=_values(project, reference),
                model="" if hidden or answer is None else _answer(project, answer),
                why=_why(project, case, state.status, state.refer),
                draft=is_draft(drafted.get(case.id, {}), values),
                hidden=hidden,
            )
        )
    return made


def _own(labels: Mapping[str, list[Label]], reader: str) -> dict[str, Label]:
    return {name: label for name, given in labels.items() for label in given if label.reader == reader}


def _cell(value: Value | ImageRef, entry: Field) -> str:
    if isinstance(value, Missing):
        return value.say()
    if isinstance(value, ImageRef):
        return "ok"
    return kind_of(entry).show(value, entry)


def _values(project: Project, values: Mapping[str, Value]) -> str:
    several = len(project.schema.targets) > 1
    shown = []
    for target in project.schema.targets:
        value = values.get(target.name)
        if value is not None:
            words = value.say() if isinstance(value, Missing) else kind_of(target).show(value, target)
            shown.append(f"{target.title} {words}" if several else words)
    return ", ".join(shown)


def _answer(project: Project, answer: Prediction) -> str:
    words = _values(project, {name: said.value for name, said in answer.targets.items()})
    return tr("{words} (to be computed again)", words=words) if answer.stale else words


def _why(project: Project, case: Case, status: Status, refer: str | None) -> str:
    match status:
        case Status.REFERRED:
            return tr("referred: {refer}", refer=refer) if refer else tr("referred to a person")
        case Status.CONFLICT:
            return tr("readers differ")
        case Status.CORRECTED:
            return tr("label and model differ")
        case Status.PROBLEM:
            return case.problem
    gone = [
        entry.title
        for entry in project.schema.inputs
        if isinstance(missing := case.inputs[entry.name], Missing) and missing.reason != Reason.ABSENT
    ]
    return f"{', '.join(gone)} missing" if gone else ""


def open_case(project: Project, case_id: int, reader: str, *, previous: bool = False) -> CaseView:
    """Return all that the reading page shows of one case.

    Args:
        project: The project.
        case_id: Which.
        reader: For whom.
        previous: Look for the case of the same group before it too.

    Raises:
        KeyError: There is no case of that id.
    """
    store = project.store
    with store.reading():
        whole = store.case(case_id)
        state = store.states([case_id], reader)[case_id]
        labels = project.seen_labels(reader, [case_id]).get(case_id, {})
        answer = store.predictions(store.current_version(), [case_id]).get(case_id)
        originals = store.originals(case_id)
        drawn = project.seen_marks(reader, [case_id]).get(case_id, [])
        drafted = drafts_of(project, reader, [case_id]).get(case_id, {})
    hidden = project.own_read_first and not state.complete
    case = shown_case(whole, project.schema, hidden=hidden)
    before = previous_of(project, case) if previous else None
    if before is not None:
        earlier = shown_case(before.case, project.schema, hidden=project.own_read_first)
        before = replace(before, case=earlier)
    others = {name: tuple(label for label in given if label.reader != reader) for name, given in labels.items()}
    return CaseView(
        case=case,
        labels=_own(labels, reader),
        others={name: given for name, given in others.items() if given},
        prediction=None if hidden else answer,
        hidden=hidden,
        status=state.status,
        referred=state.refer or ("referred" if state.refer is not None else ""),
        complete=state.complete,
        originals=shown_values(originals, project.schema, hidden=hidden),
        marks=lying_marks(case, drawn),
        previous=before,
        draft=drafted,
    )


def lying_marks(case: Case, drawn: Iterable[Mark]) -> tuple[Mark, ...]:
    """Return the marks that lie on the case's images of now, of its marks on whichever files."""
    files = {name: value.sha256 for name, value in case.inputs.items() if isinstance(value, ImageRef)}
    return tuple(mark for mark in drawn if files.get(mark.field) == mark.image)


def counts(project: Project, reader: str) -> Counts:
    """Return how far a reader is."""
    found = project.store.counts(reader)
    return Counts(**{name: found[name] for name in Counts.__dataclass_fields__})


# ---------------------------------------------------------------------------------------
# edits


def store_labels(
    project: Project,
    case_id: int,
    values: Mapping[str, Value],
    reader: str,
    why: str = "",
    version: str = "",
    *,
    display: str = "",
) -> Change:
    """Store a reader's labels of a case: all of them or none.

    Args:
        project: The project.
        case_id: The case.
        values: By target; `Missing` when the reader cannot judge it, None for unread.
        reader: Who.
        why: The reason for changing a stored label.
        version: The model version whose answer was shown beside, or empty.
        display: How the images were displayed, as JSON, or empty.

    Raises:
        FieldProblem: A name is no target, or a value does not fit; nothing is stored.
        LookOnly: The project cannot be changed here.
        DiskFull: It did not fit; nothing of it is stored.
    """
    _check_reader(reader)
    edits = []
    for name, value in values.items():
        target = _field_of(project, name, ("target",))
        if is_present(value):
            kind_of(target).check(value, target)
        edits.append(Edit("label", case_id, name, value))
    _check_case(project, case_id)
    changed = project.store.change(reader, edits, why, version, display)
    return change_of(project, "Stored", changed)


def set_input(
    project: Project, case_id: int, field: str, value: Value | ImageRef, reader: str, why: str = ""
) -> Change:
    """Store an edited input or note; what the table said is kept, predictions become stale.

    Raises:
        FieldProblem: There is no such input, or the value does not fit; the earlier one stays.
    """
    return set_inputs(project, [case_id], field, value, reader, why)


def set_inputs(
    project: Project, ids: Iterable[int], field: str, value: Value | ImageRef, reader: str, why: str = ""
) -> Change:
    """Store the same value for several cases, as one change that one undo takes back."""
    _check_reader(reader)
    entry = _field_of(project, field, ("input", "note"))
    cases = list(ids)
    _check_cases(project, cases)
    if value is None:
        value = Missing(Reason.READER)
    if not isinstance(value, Missing):
        if kind_of(entry).is_image != isinstance(value, ImageRef):
            raise FieldProblem(
                tr("{title} takes {say}.", title=entry.title, say=kind_of(entry).say(entry)),
                do=tr("Choose a file for it."),
            )
        if not isinstance(value, ImageRef):
            kind_of(entry).check(value, entry)
    edits = [Edit("input", case_id, field, value) for case_id in cases]
    changed = project.store.change(reader, edits, why)
    return change_of(project, "Stored", changed)


def confirm_value(project: Project, case_id: int, field: str, reader: str) -> Change:
    """Store that a value outside its field's range is right; from then on the model sees it.

    Raises:
        FieldProblem: The field holds no such value.
    """
    _check_reader(reader)
    entry = _field_of(project, field, ("input", "note"))
    case = project.store.case(case_id)
    value = {**case.notes, **case.inputs}[field]
    if not isinstance(value, Missing) or value.reason != Reason.OUT_OF_RANGE:
        raise FieldProblem(tr("{title} holds no value to confirm.", title=entry.title), do=tr("Type a value for it."))
    unbounded = replace(entry, min=None, max=None)
    held = kind_of(unbounded).parse(value.held, unbounded)
    changed = project.store.change(reader, [Edit("input", case_id, field, held)], tr("out of range, confirmed"))
    return change_of(project, "Confirmed", changed)


def refer(project: Project, case_id: int, reader: str, reason: str = "") -> Change:
    """Store that the reader asks for another person to read a case."""
    return refer_cases(project, [case_id], reader, reason)


def refer_cases(project: Project, ids: Sequence[int], reader: str, reason: str = "") -> Change:
    """Store that the reader asks for another person to read cases, as one change."""
    _check_reader(reader)
    _check_cases(project, ids)
    changed = project.store.change(reader, [Edit("refer", case_id, "", reason) for case_id in ids], reason)
    return change_of(project, "Stored", changed)


def unrefer(project: Project, case_id: int, reader: str) -> Change:
    """Take a referral back."""
    _check_reader(reader)
    _check_case(project, case_id)
    changed = project.store.change(reader, [Edit("refer", case_id, "", None)])
    return change_of(project, "Stored", changed)


def undo(project: Project, reader: str) -> Change | None:
    """Take back the reader's last change or draft answer, in whichever case; None when there is none."""
    return _stepped(project, "Undone", project.store.undo(reader))


def redo(project: Project, reader: str) -> Change | None:
    """Do again what was undone last; None when there is nothing."""
    return _stepped(project, "Redone", project.store.undo(reader, redo=True))


def _stepped(project: Project, verb: str, changed: Changed | None) -> Change | None:
    if changed is None:
        return None
    if changed.draft:
        return draft_told(project, verb, changed.draft)
    return change_of(project, verb, changed)


def _check_reader(reader: str) -> None:
    if not reader.strip():
        raise Situation(tr("No reader is chosen."), tr("Nothing was stored."), tr("Choose who reads, at the top."))


def _check_case(project: Project, case_id: int) -> None:
    _check_cases(project, [case_id])


def _check_cases(project: Project, ids: Iterable[int]) -> None:
    if gone := project.store.missing_cases(ids):
        raise KeyError(gone[0])


def _field_of(project: Project, name: str, roles: tuple[str, ...]) -> Field:
    for entry in project.schema:
        if entry.name == name and entry.role in roles:
            return entry
    known = ", ".join(entry.name for entry in project.schema if entry.role in roles)
    role = "target" if roles == ("target",) else "input"
    raise FieldProblem(
        tr("This project has no {role} '{name}'.", role=role, name=name),
        tr("Nothing was stored."),
        tr("It has {known}.", known=known),
    )


def change_of(project: Project, verb: str, changed: Changed) -> Change:
    """Return what every view gets to know of a stored change; a backup may follow it.

    Args:
        project: The project.
        verb: What was done, such as `Stored` or `Undone`.
        changed: What the store says of it.
    """
    made = changed.edits
    stale = any(project.schema.field(name).role == "input" for name in changed.inputs)
    fields = frozenset(edit.field for edit in made if edit.field and edit.action != "mark")
    marks = any(edit.action == "mark" for edit in made)
    words = _words(project, verb, made) if made else ""
    project.changed()
    at = changed.at or project.store.last_stored
    return Change(changed.cases, fields, stale, marks=marks, saved_at=at, words=words)


def _words(project: Project, verb: str, made: Sequence[Edit]) -> str:
    values = list(dict.fromkeys(_value(project, edit) for edit in made))
    touched = {edit.case for edit in made}
    if len(touched) == 1:
        where = tr("in case {name}", name=project.store.case(touched.pop()).name)
    else:
        where = tr("in {count} cases", count=len(touched))
    return f"{verb}: {', '.join(values)}, {where}."


def _mark_words(project: Project, edit: Edit) -> str:
    mark, name = edit.new or edit.old, edit.field.rpartition(":")[0]
    shape = mark.words if isinstance(mark, Mark) else "mark"
    title = next((field.title for field in project.schema.images if field.name == name), name)
    if edit.old is None or edit.new is None:
        return tr("{shape} on {title}{value}", shape=shape, title=title, value=" removed" if edit.new is None else "")
    return tr("{shape} on {title} changed", shape=shape, title=title)


def _value(project: Project, edit: Edit) -> str:
    if edit.action == "refer":
        return tr("referred to a person") if edit.new is not None else tr("referral taken back")
    if isinstance(edit.new or edit.old, Mark):
        return _mark_words(project, edit)
    return answer_words(project.schema.field(edit.field), edit.new)  # type: ignore[arg-type]
