"""Changes of a schema that leave stored values readable: titles, units, ranges, orders, fields added or retired."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from mmdesk.core.errors import FieldProblem
from mmdesk.core.fields.guess import field_name
from mmdesk.core.fields.kinds import KINDS, kind_of, usual_missing
from mmdesk.core.fields.schema import ROLES, Field, Schema
from mmdesk.words import tr

KEYS = ("title", "unit", "min", "max", "help", "options", "missing")
"""What of a field can be changed."""


def with_changes(schema: Schema, name: str, wanted: Mapping[str, str]) -> Schema:
    """Return the schema with one field changed.

    Args:
        schema: The schema.
        name: The field's name.
        wanted: New texts by key, one of `KEYS`; options and words that mean missing apart by `|`, an
            empty text for none.

    Raises:
        FieldProblem: There is no such field or key, a text is no number, or an option would be lost.
    """
    field = found_in(schema, name)
    changed = replace(field, **{_key(key): _value(field, key, text) for key, text in wanted.items()})
    return replace(schema, fields=tuple(changed if entry.name == name else entry for entry in schema))


def with_field(schema: Schema, role: str, title: str, kind: str, options: tuple[str, ...] = ()) -> Schema:
    """Return the schema with a target or a note more, which no case has a value for yet.

    Raises:
        FieldProblem: Its role, kind or options cannot be.
    """
    if role not in ("target", "note"):
        raise _refused(
            tr("A target or a note can be added, not '{role}'.", role=role), tr("Import a table for inputs.")
        )
    if kind not in KINDS or role not in KINDS[kind].roles:
        fitting = ", ".join(known for known in KINDS if role in KINDS[known].roles)
        raise _refused(
            tr("A {role} cannot be of kind '{kind}'.", role=role, kind=kind), tr("Use {fitting}.", fitting=fitting)
        )
    if KINDS[kind].has_options and len(options) < 2:
        raise _refused(tr("A {kind} needs two options or more.", kind=kind), tr("Write options=A|B."))
    if any(title.casefold() in (field.name.casefold(), field.title.casefold()) for field in schema):
        raise _refused(tr("There is a field '{title}' already.", title=title), tr("Choose another name."))
    name = field_name(title, {field.name for field in schema})
    columns = options if KINDS[kind].several else (title,)
    field = Field(name, role, kind, columns, title, options=options, missing=usual_missing(kind))
    field = replace(field, missing=tuple(token for token in field.missing if token not in options))
    fields = sorted((*schema, field), key=lambda entry: ROLES.index(entry.role))
    return replace(schema, fields=tuple(fields))


def without_field(schema: Schema, name: str) -> Schema:
    """Return the schema without a target or a note, whose values stay in the database.

    Raises:
        FieldProblem: There is no such field, or it is an input.
    """
    field = found_in(schema, name)
    if field.role == "input":
        raise _refused(
            tr("{title} is an input and cannot be retired: models were made with it.", title=field.title),
            tr("Make a new project without that column."),
        )
    return replace(schema, fields=tuple(entry for entry in schema if entry.name != name))


def found_in(schema: Schema, name: str) -> Field:
    """Return the field of that name.

    Raises:
        FieldProblem: There is none.
    """
    try:
        return schema.field(name)
    except KeyError:
        known = ", ".join(field.name for field in schema)
        raise _refused(tr("There is no field '{name}'.", name=name), tr("Use one of {known}.", known=known)) from None


def _key(key: str) -> str:
    return "label" if key == "title" else key


def _value(field: Field, key: str, text: str) -> Any:
    if key in ("min", "max"):
        try:
            return float(text) if text.strip() else None
        except ValueError:
            raise _refused(tr("'{text_}' is no number.", text_=text), tr("Write 1.5, not 1,5.")) from None
    if key in ("options", "missing"):
        parts = tuple(dict.fromkeys(part.strip() for part in text.split("|") if part.strip()))
        return _options(field, parts) if key == "options" else ("", *parts)
    if key not in KEYS:
        raise _refused(
            tr("'{key}' of a field cannot be changed.", key=key), tr("Use one of {keys}.", keys=", ".join(KEYS))
        )
    return text.strip()


def _options(field: Field, options: tuple[str, ...]) -> tuple[str, ...]:
    """Check that no option is lost: what is stored with it would count no more."""
    if not kind_of(field).has_options:
        raise _refused(tr("{title} has no options.", title=field.title), tr("Leave options out."))
    if lost := [option for option in field.options if option not in options]:
        raise _refused(
            tr("Without {lost} what is stored with it would not count.", lost=", ".join(lost)),
            tr("List all options of {title}, with new ones and in the order wanted.", title=field.title),
        )
    if kind_of(field).several and len(field.columns) > 1 and options[: len(field.options)] != field.options:
        raise _refused(
            tr("{title} comes from one column for each option, in this order.", title=field.title),
            tr("Add new options behind the others."),
        )
    return options


def _refused(what: str, do: str) -> FieldProblem:
    return FieldProblem(what, tr("Nothing was written."), do)
