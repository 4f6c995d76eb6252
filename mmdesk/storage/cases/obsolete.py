"""Stored options that the schema does not list any more: kept, counted and listed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from mmdesk.core.fields.kinds import kind_of
from mmdesk.core.fields.schema import Field, Schema
from mmdesk.storage.cases.case_table import CaseTable
from mmdesk.storage.database import dialect
from mmdesk.storage.database.tables import labels
from mmdesk.words import tr

_NAMED = 20


@dataclass(frozen=True, slots=True)
class Obsolete:
    """What is stored of a field with options that it does not have any more.

    Attributes:
        field: The field.
        options: What is stored, as it is stored.
        number: How many cases have it.
        cases: Names of the first of them.
    """

    field: Field
    options: tuple[str, ...]
    number: int
    cases: tuple[str, ...]

    def say(self) -> str:
        """Say it in a sentence, with the first cases."""
        more = ", …" if self.number > len(self.cases) else ""
        cases = "1 case" if self.number == 1 else f"{self.number:,} cases"
        return tr(
            "{title} of {cases} is not an option of project.toml any more: "
            "{options} (case {cases_2}{more}). It is kept as it was stored "
            "and does not count. Label these cases again, or put the option back.",
            title=self.field.title,
            cases=cases,
            options=", ".join(self.options),
            cases_2=", ".join(self.cases),
            more=more,
        )


def obsolete(connection: Connection, schema: Schema, cases: CaseTable) -> Iterator[Obsolete]:
    """Find what is stored with options that the schema does not list, field by field."""
    at = cases.table.c
    for field in schema:
        if not field.options or not kind_of(field).has_options:
            continue
        several = kind_of(field).several
        if field.role == "target":
            gone = dialect.not_among(labels.c.words, field.options, several=several)
            query = select(labels.c.words, at.id, at.name).where(
                labels.c.case_id == at.id, labels.c.target == field.name, gone
            )
        else:
            value = cases.columns[field.name].value
            gone = dialect.not_among(value, field.options, several=several)
            query = select(value, at.id, at.name).where(gone)
        held = query.subquery()
        words, number, name = held.c
        options = connection.execute(select(words).distinct().order_by(words)).scalars().all()
        if options:
            count = connection.execute(select(func.count(number.distinct()))).scalar_one()
            first = select(name).group_by(number, name).order_by(number).limit(_NAMED)
            yield Obsolete(field, tuple(options), count, tuple(connection.execute(first).scalars()))
