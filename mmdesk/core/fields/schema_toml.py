"""`project.toml`: the schema as a person reads and edits it.

Every problem names the file, the line and the key.
"""

from __future__ import annotations

import difflib
import math
import tomllib
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from mmdesk.core.errors import SchemaProblem
from mmdesk.core.fields.field import SHOWN
from mmdesk.core.fields.kinds import KINDS, kind_of, kinds_for, usual_missing
from mmdesk.core.fields.schema import DEFAULT_MISSING, ROLES, Field, Schema
from mmdesk.core.fields.toml_lines import TomlLines
from mmdesk.words import tr

PROJECT_KEYS = ("name", "case", "group")
SIDES = ("left", "right")
RESERVED = ("case", "is", "split")
RESERVED_TARGETS = ("missing", "model", "model_note")
_COMMON = ("name", "kind", "column", "label", "missing", "help")


def read_schema(text: str, file: str = "project.toml") -> Schema:
    """Read and check the text of a `project.toml`.

    A `choice` or `grade` may come without options; they are learnt from the table when the
    project is made. `missing` adds tokens to the usual ones; a token that is also an option
    is read as the option.

    Args:
        text: The whole file.
        file: Its name, for messages.

    Raises:
        SchemaProblem: Something in it cannot be used; says file, line and key.
    """
    reader = _Reader(text, file)
    data = reader.parse()
    reader.known(data, ("project", *ROLES), "", 0)
    project = data.get("project")
    if not isinstance(project, dict):
        raise reader.problem(
            "", 0, "project", tr("the table [project] is not there"), tr("Add [project] with name and case.")
        )
    reader.known(project, PROJECT_KEYS, "project", 0)
    name = reader.text(project, "name", "project", 0, needed=True)
    case = reader.text(project, "case", "project", 0, needed=True)
    group = reader.text(project, "group", "project", 0) or case
    fields = tuple(field for role in ROLES for field in reader.fields(data.get(role, []), role))
    reader.whole(fields)
    return Schema(name, case, group, fields)


def write_schema(schema: Schema) -> str:
    """Return the schema as the text of a `project.toml`, which reads back to an equal schema.

    Raises:
        SchemaProblem: The schema would not be readable again.
    """
    import tomli_w

    data: dict[str, Any] = {"project": {"name": schema.name, "case": schema.case, "group": schema.group or schema.case}}
    for role in ROLES:
        if entries := [_entry(field) for field in schema if field.role == role]:
            data[role] = entries
    text = tomli_w.dumps(data)
    read_schema(text)
    return text


def _entry(field: Field) -> dict[str, Any]:
    entry: dict[str, Any] = {"name": field.name, "kind": field.kind}
    if kind_of(field).several and field.columns != (field.name,):
        entry["columns"] = list(field.columns)
    else:
        entry["column"] = field.columns[0] if field.columns else field.name
    for key in ("label", "unit", "folder", "side", "depth", "fit", "window", "help"):
        if value := getattr(field, key):
            entry[key] = value
    for key in ("min", "max"):
        if (number := getattr(field, key)) is not None:
            entry[key] = int(number) if float(number).is_integer() else number
    if field.show != "always":
        entry["show"] = field.show
    if field.options and not (kind_of(field).several and field.options == field.columns):
        entry["options"] = list(field.options)
    if field.channels:
        entry["channels"] = list(field.channels)
    if extra := [token for token in field.missing if token not in DEFAULT_MISSING]:
        entry["missing"] = extra
    return entry


class _Reader:
    """Reads one file and knows where its keys stand."""

    def __init__(self, text: str, file: str) -> None:
        self._text = text
        self._file = file
        self._lines = TomlLines(text)

    def parse(self) -> dict[str, Any]:
        try:
            return tomllib.loads(self._text)
        except tomllib.TOMLDecodeError as error:
            line, words = self._lines.undecodable(error)
            raise SchemaProblem(
                tr("{file}, line {line}: this is not TOML ({words}).", file=self._file, line=line, words=words),
                do=tr("Mend that line and try again."),
            ) from None

    def problem(self, role: str, place: int, key: str, what: str, do: str) -> SchemaProblem:
        line = self._lines.line(role, place, key)
        return SchemaProblem(
            tr("{file}, line {line}, key {key}: {what}.", file=self._file, line=line, key=key, what=what), do=do
        )

    def known(self, table: Mapping[str, Any], keys: Sequence[str], role: str, place: int) -> None:
        for key in table:
            if key not in keys:
                near = difflib.get_close_matches(key, keys, 1)
                do = (
                    tr("Did you mean {near}?", near=near[0])
                    if near
                    else tr("The keys here are {keys}.", keys=", ".join(keys))
                )
                raise self.problem(role, place, key, tr("mmdesk does not know '{key}' here", key=key), do)

    def text(self, table: Mapping[str, Any], key: str, role: str, place: int, *, needed: bool = False) -> str:
        value = table.get(key, "")
        if not isinstance(value, str):
            raise self.problem(
                role,
                place,
                key,
                tr("{value!r} is not text", value=value),
                tr('Write it in quotes, {key} = "...".', key=key),
            )
        value = unicodedata.normalize("NFC", value.strip())
        if needed and not value:
            raise self.problem(role, place, key, tr("it is needed and not there"), tr('Write {key} = "...".', key=key))
        return value

    def texts(self, table: Mapping[str, Any], key: str, role: str, place: int) -> tuple[str, ...]:
        values = table.get(key, [])
        plain = (str, int, float)
        if not isinstance(values, list) or not all(isinstance(v, plain) and not isinstance(v, bool) for v in values):
            raise self.problem(
                role, place, key, tr("it is not a list of texts"), tr('Write {key} = ["...", "..."].', key=key)
            )
        texts = tuple(unicodedata.normalize("NFC", str(value).strip()) for value in values)
        if twice := _twice(texts):
            raise self.problem(role, place, key, tr("'{twice}' stands in it twice", twice=twice), tr("Keep it once."))
        return texts

    def number(self, table: Mapping[str, Any], key: str, role: str, place: int) -> float | None:
        value = table.get(key)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
            raise self.problem(
                role,
                place,
                key,
                tr("{value!r} is not a number", value=value),
                tr("Write {key} = 0 or another number.", key=key),
            )
        return float(value)

    def whole_number(self, table: Mapping[str, Any], key: str, role: str, place: int) -> int:
        value = self.number(table, key, role, place)
        if value is not None and (value < 1 or not value.is_integer()):
            raise self.problem(
                role,
                place,
                key,
                tr("{value:g} is not a whole number above 0", value=value),
                tr("Write {key} = 1 or more.", key=key),
            )
        return int(value or 0)

    def fields(self, tables: Any, role: str) -> Iterable[Field]:
        if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
            raise self.problem(
                "",
                0,
                role,
                tr("each {role} is a table of its own", role=role),
                tr("Write [[{role}]] above its keys.", role=role),
            )
        return [self._field(table, role, index) for index, table in enumerate(tables)]

    def _field(self, table: Mapping[str, Any], role: str, place: int) -> Field:
        name = self._name(table, role, place)
        kind = self._kind(table, role, place)
        columns = self._columns(table, role, place, kind) or (name,)
        options = self.texts(table, "options", role, place)
        if KINDS[kind].several and not options and "columns" in table:
            options = columns
        added = self.texts(table, "missing", role, place)
        tokens = dict.fromkeys((*usual_missing(kind, options), *added))
        field = Field(
            name=name,
            role=role,
            kind=kind,
            columns=columns,
            label=self.text(table, "label", role, place),
            unit=self.text(table, "unit", role, place),
            min=self.number(table, "min", role, place),
            max=self.number(table, "max", role, place),
            options=options,
            folder=self.text(table, "folder", role, place).replace("\\", "/").rstrip("/"),
            missing=tuple(token for token in tokens if token not in options),
            side=self.text(table, "side", role, place),
            channels=self.texts(table, "channels", role, place),
            depth=self.whole_number(table, "depth", role, place),
            fit=self.text(table, "fit", role, place),
            window=self.text(table, "window", role, place),
            help=self.text(table, "help", role, place),
            show=self.text(table, "show", role, place) or "always",
        )
        self._rules(field, place)
        return field

    def _name(self, table: Mapping[str, Any], role: str, place: int) -> str:
        name = self.text(table, "name", role, place, needed=True)
        if not name.isidentifier() or name.startswith("_") or "__" in name:
            do = tr("Use letters, digits and single underscores, and begin with a letter.")
            raise self.problem(role, place, "name", tr("'{name}' cannot be a field's name", name=name), do)
        if name in RESERVED or (role == "target" and name in RESERVED_TARGETS):
            do = tr("Choose another name; the label is what readers see.")
            raise self.problem(role, place, "name", tr("'{name}' is a word of mmdesk's own", name=name), do)
        return name

    def _kind(self, table: Mapping[str, Any], role: str, place: int) -> str:
        kind = self.text(table, "kind", role, place, needed=True)
        if kind not in kinds_for(role):
            words = tr("'{kind}' is not a kind of {role}", kind=kind, role=role)
            raise self.problem(
                role, place, "kind", words, tr("Use one of {kinds_for}.", kinds_for=", ".join(kinds_for(role)))
            )
        if "show" in table and role != "note":
            raise self.problem(role, place, "show", tr("only a note has it"), tr("Take the line out."))
        fitting = (*_COMMON, *KINDS[kind].keys, *(("show",) if role == "note" else ()))
        for key in table:
            if key not in fitting and any(key in other.keys for other in KINDS.values()):
                words = tr("a field of kind {kind} has no {key}", kind=kind, key=key)
                raise self.problem(role, place, key, words, tr("Take the line out, or choose another kind."))
        self.known(table, fitting, role, place)
        return kind

    def _columns(self, table: Mapping[str, Any], role: str, place: int, kind: str) -> tuple[str, ...]:
        if KINDS[kind].several and "columns" in table:
            if "column" in table:
                raise self.problem(role, place, "column", tr("columns stands here too"), tr("Keep one of the two."))
            columns = self.texts(table, "columns", role, place)
            if not columns or not all(columns):
                raise self.problem(
                    role, place, "columns", tr("it names no column"), tr('Write columns = ["...", "..."].')
                )
            return columns
        column = self.text(table, "column", role, place)
        return (column,) if column else ()

    def _rules(self, field: Field, place: int) -> None:
        low, high = field.min, field.max
        if low is not None and high is not None and low >= high:
            raise self.problem(
                field.role,
                place,
                "max",
                tr("{high:g} is not above min, {low:g}", high=high, low=low),
                tr("Make max the larger."),
            )
        if field.side and field.side not in SIDES:
            raise self.problem(
                field.role, place, "side", tr("'{side}' is not a side", side=field.side), tr("Use left or right.")
            )
        if fault := kind_of(field).faults(field):
            raise self.problem(field.role, place, *fault)
        if field.show not in SHOWN:
            raise self.problem(
                field.role,
                place,
                "show",
                tr("'{show}' is not a time", show=field.show),
                tr("Use one of {shown}.", shown=", ".join(SHOWN)),
            )
        if not all(field.options) or not all(field.channels):
            key = "options" if kind_of(field).has_options else "channels"
            raise self.problem(field.role, place, key, tr("one of its texts is empty"), tr("Take it out."))
        if kind_of(field).has_options:
            self._option_rules(field, place)

    def _option_rules(self, field: Field, place: int) -> None:
        several = kind_of(field).several
        if field.options and not several and len(field.options) < 2:
            raise self.problem(field.role, place, "options", tr("there is only one"), tr("Give two or more."))
        if several and any("|" in option for option in field.options):
            raise self.problem(
                field.role, place, "options", tr("the sign | separates labels"), tr("Leave it out of the names.")
            )
        if several and len(field.columns) > 1 and len(field.columns) != len(field.options):
            words = tr(
                "{count} options stand for {count_2} columns", count=len(field.options), count_2=len(field.columns)
            )
            raise self.problem(field.role, place, "options", words, tr("Give one option for each column."))

    def whole(self, fields: Sequence[Field]) -> None:
        """Check what concerns the fields together."""
        places = dict.fromkeys(ROLES, 0)
        names: set[str] = set()
        targeted: set[str] = {column for field in fields if field.role == "target" for column in field.columns}
        for field in fields:
            place = places[field.role]
            places[field.role] += 1
            if field.name in names:
                raise self.problem(
                    field.role,
                    place,
                    "name",
                    tr("'{name}' is taken", name=field.name),
                    tr("Give each field its own name."),
                )
            names.add(field.name)
            if field.role == "input" and (shared := targeted.intersection(field.columns)):
                words = tr("column '{shared}' is a target too, so the model would see its answer", shared=min(shared))
                raise self.problem(field.role, place, "column", words, tr("Make it one or the other."))
        if not any(field.role == "input" for field in fields):
            raise self.problem(
                "", 0, "input", tr("there is no input"), tr("Add an [[input]] with name, kind and column.")
            )


def with_options(schema: Schema, options: Mapping[str, tuple[str, ...]]) -> Schema:
    """Return the schema with options that were learnt from a table.

    Args:
        schema: The schema as written.
        options: Options by field name; fields not named stay as they are.
    """
    fields = []
    for field in schema:
        learnt = options.get(field.name, field.options)
        tokens = dict.fromkeys((*DEFAULT_MISSING, *field.missing)) if learnt else field.missing
        missing = tuple(token for token in tokens if token not in learnt)
        fields.append(replace(field, options=learnt, missing=missing))
    return replace(schema, fields=tuple(fields))


def _twice(texts: Iterable[str]) -> str:
    seen: set[str] = set()
    for text in texts:
        if text in seen:
            return text
        seen.add(text)
    return ""
