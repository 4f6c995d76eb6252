"""The words of `mmdesk label`: FIELD=VALUE, FIELD= for unread, FIELD=@missing."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from mmdesk.core.errors import FieldProblem
from mmdesk.core.fields.kinds import kind_of
from mmdesk.core.fields.schema import Field, Schema
from mmdesk.core.fields.values import Missing, Reason, Value
from mmdesk.words import QT_TR_NOOP, tr

MISSING = "@missing"
_SAFE = QT_TR_NOOP("Nothing was written.")


def read_assignments(words: Iterable[str], schema: Schema) -> dict[str, Value]:
    """Read what a reader says of a case.

    Args:
        words: Each `FIELD=VALUE`: options apart by `|`, ISO dates, numbers with a point.
        schema: The project's schema.

    Returns:
        The value of each named target or input; None takes a label back (unread).

    Raises:
        FieldProblem: A word names no such field or no such value; all words are read first.

    Example:
        >>> flag = Field("referable", "target", "flag")
        >>> read_assignments(["referable=yes"], Schema("Demo", "case", "", (flag,)))
        {'referable': True}
    """
    values: dict[str, Value] = {}
    for word in words:
        name, equals, text = word.partition("=")
        field = _field(name.strip(), equals, schema)
        if field.name in values:
            raise FieldProblem(tr("'{name}' is given twice.", name=field.name), tr(_SAFE), tr("Give each field once."))
        values[field.name] = _value(text.strip(), field)
    return values


def _field(name: str, equals: str, schema: Schema) -> Field:
    if not equals:
        raise FieldProblem(tr("'{name}' gives no value.", name=name), tr(_SAFE), tr("Write FIELD=VALUE."))
    takes = {field.name: field for field in (*schema.targets, *schema.inputs)}
    if name in takes:
        return takes[name]
    if any(note.name == name for note in schema.notes):
        raise FieldProblem(
            tr("'{name}' is a note, and notes stay as they were imported.", name=name),
            tr(_SAFE),
            tr("Choose one of {listed}.", listed=_listed(takes)),
        )
    close = get_close_matches(name, takes, n=1)
    do = tr("Did you mean {close}?", close=close[0]) if close else tr("Choose one of {listed}.", listed=_listed(takes))
    raise FieldProblem(tr("This project has no field '{name}'.", name=name), tr(_SAFE), do)


def _value(text: str, field: Field) -> Value:
    if text == MISSING:
        return Missing(Reason.READER)
    if not text:
        if field.role == "target":
            return None
        raise FieldProblem(
            tr("{title} is an input, and only a target can be unread.", title=field.title),
            tr(_SAFE),
            tr("Give a value, or write {name}={missing}.", name=field.name, missing=MISSING),
        )
    if kind_of(field).is_image:
        raise FieldProblem(
            tr("{title} is an image, which a command can only mark missing.", title=field.title),
            tr(_SAFE),
            tr("Write {name}={missing}, or import the image with a table.", name=field.name, missing=MISSING),
        )
    try:
        value: Value = kind_of(field).parse(text, field)
    except FieldProblem as problem:
        raise FieldProblem(problem.what, tr(_SAFE), problem.do, problem.details) from problem
    return value


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names)
