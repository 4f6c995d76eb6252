"""The command that lists a project's fields and changes them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from mmdesk.cli.options import Json, ProjectPath, Reader, opened, reader_or_account
from mmdesk.cli.terminal import Terminal, table
from mmdesk.core.errors import FieldProblem
from mmdesk.words import QT_TR_NOOP, tr

if TYPE_CHECKING:
    from mmdesk.core.fields.schema import Field, Schema

USAGE = QT_TR_NOOP("set FIELD KEY=VALUE..., add ROLE NAME kind=KIND options=A|B, retire FIELD, undo")


def add_to(app: typer.Typer) -> None:
    """Add this command to the program."""
    app.command("fields")(fields)


def fields(
    project: ProjectPath,
    words: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[CHANGE]...",
            help=QT_TR_NOOP(
                "set FIELD KEY=VALUE..., add ROLE NAME kind=KIND options=A|B, retire FIELD, or undo; "
                "KEY is title, unit, min, max, help, options (all of them, in order) or missing."
            ),
        ),
    ] = None,
    yes: Annotated[
        bool, typer.Option("--yes", help=QT_TR_NOOP("Make the change; without it only what it means is said."))
    ] = False,
    reader: Reader = "",
    json: Json = False,
) -> None:
    """List a project's fields, or change them: what it means is said before, one undo takes it back."""
    from mmdesk.services import field_changes

    terminal = Terminal(as_json=json)
    with opened(project, look=not (words and yes)) as target:
        if not words:
            listed = [_facts(field) for field in target.schema]
            rows = [[str(value) for value in facts.values()] for facts in listed]
            columns = ("name", "role", "kind", "title", "unit", "range", "options")
            terminal.finish({"project": str(project), "fields": listed}, table(columns, rows))
            return
        back = words == ["undo"]
        change = (
            field_changes.last_change(target) if back else field_changes.plan(target, _wanted(target.schema, words))
        )
        if change is None:
            raise FieldProblem(tr("No change of the fields can be taken back."), tr("Nothing was written."))
        if yes:
            who = reader_or_account(reader)
            if back:
                field_changes.take_back(target, who)
            else:
                field_changes.make(target, change, who)
    done = (
        tr("Changed. 'mmdesk fields PROJECT undo' takes it back.") if yes else tr("Nothing was written; --yes does it.")
    )
    facts = {"project": str(project), "done": yes, "values": change.values, "models": change.models}
    terminal.finish(facts, *change.say(), done)


def _wanted(schema: Schema, words: list[str]) -> Schema:
    from mmdesk.core.fields import schema_edits

    match words:
        case ["set", name, *pairs] if pairs:
            return schema_edits.with_changes(schema, name, _pairs(pairs))
        case ["add", role, title, *pairs]:
            given = _pairs(pairs)
            options = tuple(part.strip() for part in given.pop("options", "").split("|") if part.strip())
            made = schema_edits.with_field(schema, role, title, given.pop("kind", ""), options)
            name = next(field.name for field in made if all(field.name != known.name for known in schema))
            return schema_edits.with_changes(made, name, given) if given else made
        case ["retire", name]:
            return schema_edits.without_field(schema, name)
    raise FieldProblem(
        tr("'{words}' is no change of fields.", words=" ".join(words)),
        tr("Nothing was written."),
        tr("Write one of: {usage}.", usage=tr(USAGE)),
    )


def _pairs(words: list[str]) -> dict[str, str]:
    pairs = {}
    for word in words:
        key, equals, text = word.partition("=")
        if not equals:
            raise FieldProblem(
                tr("'{word}' has no '='.", word=word), tr("Nothing was written."), tr("Write KEY=VALUE, as unit=mm.")
            )
        pairs[key.strip()] = text
    return pairs


def _facts(field: Field) -> dict[str, str]:
    low, high = ("" if end is None else f"{end:g}" for end in (field.min, field.max))
    return {
        "name": field.name,
        "role": field.role,
        "kind": field.kind,
        "title": field.title,
        "unit": field.unit,
        "range": tr("{low} to {high}", low=low, high=high) if low or high else "",
        "options": ", ".join(field.options),
    }
