"""What each column of a table is used as, and the schema that follows from it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from mmdesk.core.fields.guess import field_name
from mmdesk.core.fields.kinds import KINDS, kind_of, kinds_for, usual_missing
from mmdesk.core.fields.schema import ROLES, Field, Schema
from mmdesk.words import QT_TR_NOOP, tr

CASE, GROUP, BOTH, UNUSED = "case", "group", QT_TR_NOOP("case, group"), QT_TR_NOOP("not used")
LATER = {"always": "", "after": QT_TR_NOOP(", after the own read"), "never": QT_TR_NOOP(", never shown")}
"""What stands after the use of a note that is not always shown."""


def uses() -> tuple[str, ...]:
    """Return what a column may be used as, in words."""
    fields = [f"{kind} {role}" for role in ROLES if role != "note" for kind in kinds_for(role)]
    notes = [f"{kind} note{when}" for kind in kinds_for("note") for when in LATER.values()]
    return (UNUSED, CASE, GROUP, BOTH, *fields, *notes)


def use_of(schema: Schema, column: str) -> str:
    """Return what a schema uses a column as; a name column that is also a field counts as the name."""
    name = column.strip()
    if name == schema.case.strip():
        return BOTH if name == (schema.group or schema.case).strip() else CASE
    if name == schema.group.strip():
        return GROUP
    for field in schema:
        if any(name == other.strip() for other in field.columns):
            return f"{field.kind} {field.role}{LATER[field.show]}"
    return UNUSED


def with_use(schema: Schema, column: str, use: str) -> Schema:
    """Return the schema with one column used as something else.

    The columns of all `labels target`s make one target together. A column that named the
    cases keeps doing so until another one is chosen.
    """
    if use == use_of(schema, column):
        return schema
    if use in (CASE, GROUP, BOTH):
        case = column if use in (CASE, BOTH) else schema.case
        group = column if use in (GROUP, BOTH) else schema.group
        return replace(schema, case=case, group=group)
    fields = [kept for field in schema if (kept := _without(field, column)) is not None]
    if use != UNUSED:
        plain, comma, when = use.partition(", ")
        kind, role = plain.split()
        show = next(show for show, words in LATER.items() if words == f"{comma}{when}")
        fields = _with_field(fields, column, kind, role, show)
        old = next((field for field in schema if field.columns == (column,) and field.kind == kind), None)
        if old is not None and fields[-1].columns == (column,):
            fields[-1] = replace(
                fields[-1],
                unit=old.unit,
                options=old.options,
                channels=old.channels,
                missing=old.missing,
            )
    order = {"input": 0, "target": 1, "note": 2}
    return replace(schema, fields=tuple(sorted(fields, key=lambda field: order[field.role])))


def lacks(schema: Schema) -> str:
    """Return what a schema still lacks before it can be imported, in words; empty when nothing."""
    if not schema.case:
        return tr("Choose the column that names the case.")
    if not schema.inputs:
        return tr("Choose at least one input: an image, or a field the model may see.")
    if not schema.targets:
        return tr("Choose at least one target, or add one below: what a reader is to decide.")
    return ""


def with_missing(schema: Schema, name: str, option: str) -> Schema:
    """Return the schema with a word of one field counted as missing, and no class of it any more."""
    fields = [
        replace(
            field,
            missing=tuple(dict.fromkeys((*field.missing, option))),
            options=tuple(other for other in field.options if other != option),
        )
        if field.name == name
        else field
        for field in schema
    ]
    return replace(schema, fields=tuple(fields))


def without_new_targets(schema: Schema, columns: Iterable[str]) -> Schema:
    """Return the schema without the targets that no column of the table stands for."""
    known = {column.strip() for column in columns}
    kept = (field for field in schema if field.role != "target" or known & {c.strip() for c in field.columns})
    return replace(schema, fields=tuple(kept))


def plan_of(schema: Schema) -> list[str]:
    """Return what the columns become, a line for each use."""
    notes = {show: [note for note in schema.notes if note.show == show] for show in LATER}
    kinds = (
        ("Images", schema.images),
        ("Record", schema.record),
        ("Targets", schema.targets),
        (tr("Notes, shown to you and never to the model"), notes["always"]),
        (tr("Notes, shown after the reader's own read and never to the model"), notes["after"]),
        (tr("Notes, never shown"), notes["never"]),
    )
    return [f"{words}: {', '.join(entry.title for entry in held)}." for words, held in kinds if held]


def _without(field: Field, column: str) -> Field | None:
    rest = tuple(other for other in field.columns if other.strip() != column.strip())
    if rest == field.columns:
        return field
    if not rest:
        return None
    options = () if kind_of(field).several else field.options
    return replace(field, columns=rest, options=options)


def _with_field(fields: list[Field], column: str, kind: str, role: str, show: str) -> list[Field]:
    if KINDS[kind].several:
        for index, field in enumerate(fields):
            if field.role == role and field.kind == kind:
                joined = replace(field, columns=(*field.columns, column), options=())
                return [*fields[:index], joined, *fields[index + 1 :]]
        return [*fields, Field("findings", role, kind, (column,), label="Findings")]
    name = field_name(column, {field.name for field in fields})
    missing = usual_missing(kind)
    return [*fields, Field(name, role, kind, (column,), label=column.strip(), show=show, missing=missing)]
