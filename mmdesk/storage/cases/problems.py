"""What an import found wrong with a case, less what readers have mended since.

The words of the import are one part for each fault, apart by `; `, each with its column before it.
They are kept as an original of the case under the field name "", so that undo brings them back.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from sqlalchemy import Connection, RowMapping, select

from mmdesk.core.fields.kinds import kind_of
from mmdesk.core.fields.schema import Field
from mmdesk.storage.cases.case_table import CaseTable
from mmdesk.storage.database import dialect, seals
from mmdesk.storage.database.cells import Cells, cells_to_text
from mmdesk.storage.database.tables import originals

PROBLEM = ""
"""The field name under which the words of the import are kept."""


def refresh(connection: Connection, cases: CaseTable, ids: Iterable[int]) -> None:
    """Say of cases whose fields a reader edited what is still wrong with them."""
    table = cases.table
    numbers = list(ids)
    first_words: dict[int, dict[str, str]] = {}
    query = select(originals).where(dialect.id_in(originals.c.case_id, numbers))
    for row in connection.execute(query):
        first_words.setdefault(row.case_id, {})[row.field] = row.value
    query = select(table).where(dialect.id_in(table.c.id, [case for case in numbers if case in first_words]))
    for case in connection.execute(query).mappings().all():
        first = first_words[case["id"]].get(PROBLEM, case["problem"])
        if not first:
            continue
        kept = {"case_id": case["id"], "field": PROBLEM, "value": first}
        connection.execute(dialect.insert_new(originals).values(**kept))
        left = remaining(first, _mended(cases, case, first_words[case["id"]]))
        if left != case["problem"]:
            connection.execute(seals.change(table, table.c.id == case["id"], problem=left))


def first_problems(connection: Connection, ids: Iterable[int]) -> dict[int, str]:
    """Return what the last import said of cases, where edits may have changed the words since."""
    where = (originals.c.field == PROBLEM, dialect.id_in(originals.c.case_id, ids))
    return {row.case_id: row.value for row in connection.execute(select(originals).where(*where))}


def renew(connection: Connection, cases: CaseTable, first_words: Mapping[int, str]) -> None:
    """Take what another import says of cases, by id; what readers mended stays mended."""
    for case, words in first_words.items():
        where = (originals.c.case_id == case, originals.c.field == PROBLEM)
        connection.execute(seals.change(originals, *where, value=words))
    refresh(connection, cases, first_words)


def remaining(words: str, mended: Iterable[Field]) -> str:
    """Return the parts of an import's words that are not about mended fields.

    Example:
        >>> age = Field("age", "input", "number", ("Age",))
        >>> remaining("Age: '150' is not between 0 and 120; L: the file 'l.png' is empty", [age])
        "L: the file 'l.png' is empty"
    """
    fields = list(mended)
    return "; ".join(part for part in words.split("; ") if not any(_is_about(part, f) for f in fields))


def _mended(cases: CaseTable, case: RowMapping, first_words: Mapping[str, str]) -> list[Field]:
    """Return the fields whose value is another than the table's."""
    found = []
    for name, first in first_words.items():
        if entry := cases.columns.get(name):
            cells = Cells(*(case[column.name] for column in entry.all))
            if (cells_to_text(cells) or "") != first:
                found.append(entry.field)
    return found


def _is_about(part: str, field: Field) -> bool:
    if any(part.startswith(f"{column}: ") for column in field.columns):
        return True
    names = "|".join(re.escape(name) for name in (field.title, field.name))
    return kind_of(field).is_image and re.search(rf"(?<!\w)({names})(?!\w)", part) is not None
