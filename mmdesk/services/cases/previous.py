"""Which case of the same group was before a case: its previous reading."""

from __future__ import annotations

from mmdesk.core.cases.case import Case, ImageRef, Previous
from mmdesk.core.fields.kinds import kind_of
from mmdesk.core.fields.schema import Field
from mmdesk.core.fields.search_tree import Search, Term, every
from mmdesk.core.fields.values import Missing, Value
from mmdesk.services.project import Project
from mmdesk.words import tr


def previous_of(project: Project, case: Case) -> Previous | None:
    """Return the case of the same group that comes next before a case; None when there is none.

    Dates decide where the project has a date field: the first one that puts a case of the group
    before this one. A case without a date then has nothing before it. Where there is no date
    field that is always shown, the order of the table decides.
    """
    dates = [
        field
        for field in project.schema
        if kind_of(field).is_date and field.role != "target" and field.show == "always"
    ]
    if not dates:
        return _above(project, case)
    return next((found for field in dates if (found := _earlier(project, case, field))), None)


def _above(project: Project, case: Case) -> Previous | None:
    store = project.store
    store.index_fields(["group"])
    before = [number for number in store.case_ids(_group(case), "position", "") if number < case.id]
    return Previous(store.case(before[-1]), tr("earlier in the table")) if before else None


def _earlier(project: Project, case: Case, field: Field) -> Previous | None:
    value = _value(case, field)
    if value is None or isinstance(value, Missing):
        return None
    store = project.store
    store.index_fields(["group", field.name])
    before = Term("between", field.name, high=kind_of(field).to_store(value, field), strict=True)
    found = store.case_ids(every(*_group(case).terms, before), field.name, "", descending=True)
    if not found:
        return None
    earlier = store.case(found[0])
    return Previous(earlier, f"{field.title} {kind_of(field).show(_value(earlier, field), field)}")


def _value(case: Case, field: Field) -> Value:
    held = case.inputs.get(field.name, case.notes.get(field.name))
    return None if isinstance(held, ImageRef) else held


def _group(case: Case) -> Search:
    return every(Term("group", value=case.group))
