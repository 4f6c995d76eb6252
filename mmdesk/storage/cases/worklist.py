"""The worklist as SQL: which cases match a search, in which order, in which state."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, case, exists, false, func, not_, or_, select, true

from mmdesk.core.cases.case import REFERENCE, Status
from mmdesk.core.fields.kind import Storage
from mmdesk.core.fields.kinds import kind_of
from mmdesk.core.fields.schema import Field, Schema
from mmdesk.core.fields.search import find_option
from mmdesk.core.fields.search_tree import Node, Search, Term
from mmdesk.storage.cases.case_table import CaseTable
from mmdesk.storage.cases.seen import after_all, labelled_by
from mmdesk.storage.cases.when import changed_by
from mmdesk.storage.database import dialect
from mmdesk.storage.database.tables import assignments, labels, originals, predictions, reads

_RANK = {status.value: rank for rank, status in enumerate(Status)}


@dataclass(frozen=True, slots=True)
class State:
    """How far a reader is with a case.

    Attributes:
        status: What the worklist shows.
        complete: Every target has the reader's label.
        refer: Why the reader referred it, or None.
    """

    status: Status = Status.UNREAD
    complete: bool = False
    refer: str | None = None


class Worklist:
    """Queries on the cases as one reader sees them."""

    def __init__(self, schema: Schema, cases: CaseTable, reader: str, version: str) -> None:
        self._schema = schema
        self._cases = cases
        self._reader = reader
        self._version = version
        self._table = cases.table

    def ids(self, connection: Connection, search: Search, sort: str, *, descending: bool) -> list[int]:
        """Return the ids of the cases that match, in order."""
        query = self._joined(select(self._table.c.id))
        if search.tree is not None:
            query = query.where(self._meets(search.tree))
        orders = [(key.desc() if descending else key.asc()).nulls_last() for key in self._keys(sort)]
        last = self._table.c.id.desc() if descending and sort == "position" else self._table.c.id
        return list(connection.execute(query.order_by(*orders, last)).scalars())

    def states(self, connection: Connection, ids: Iterable[int]) -> dict[int, State]:
        """Return the reader's state of some cases."""
        columns = (self._table.c.id, self._status(), reads.c.complete, reads.c.refer)
        query = self._joined(select(*columns)).where(dialect.id_in(self._table.c.id, ids))
        return {
            number: State(Status(status), bool(complete), refer)
            for number, status, complete, refer in connection.execute(query)
        }

    def counts(self, connection: Connection) -> dict[str, int]:
        """Return how many cases there are, and for how many each state holds."""
        words = ("unread", "read", "corrected", "referred", "conflict", "problem")
        columns = [func.sum(case((self._is(word), 1), else_=0)).label(word) for word in words]
        query = self._joined(select(func.count().label("total"), *columns))
        return {key: int(value or 0) for key, value in connection.execute(query).mappings().one().items()}

    def is_done(self, connection: Connection) -> bool:
        """Tell whether the reader has read every case; a referral is no read."""
        left = self._joined(select(self._table.c.id)).where(~self._is("read")).limit(1)
        return connection.execute(left).first() is None

    def _joined(self, query: Any) -> Any:
        mine = and_(reads.c.case_id == self._table.c.id, reads.c.reader == self._reader)
        return query.select_from(self._table.outerjoin(reads, mine))

    # states

    def _is(self, word: str) -> ColumnElement[bool]:
        complete: ColumnElement[bool] = func.coalesce(reads.c.complete, 0) == 1
        referred = reads.c.refer.is_not(None)
        states = {
            "unread": and_(~complete, ~referred),
            "read": complete,
            "corrected": and_(complete, reads.c.corrected == 1),
            "conflict": and_(complete, reads.c.conflict == 1, after_all(self._table.c.id)),
            "referred": referred,
            "assigned": exists().where(assignments.c.case_id == self._table.c.id, assignments.c.reader == self._reader),
            "problem": self._table.c.problem != "",
            REFERENCE: exists().where(labels.c.case_id == self._table.c.id, labels.c.reader == REFERENCE),
            "obsolete": or_(false(), *self._obsolete()),
            "missing": or_(false(), *(entry.missing.is_not(None) for entry in self._inputs())),
        }
        return states[word]

    def _obsolete(self) -> list[ColumnElement[bool]]:
        """Return the conditions that the reader's label, or an input, is an option no longer listed."""
        found: list[ColumnElement[bool]] = []
        for field in self._schema.targets:
            if field.options:
                mine = (labels.c.case_id == self._table.c.id, labels.c.target == field.name)
                gone = dialect.not_among(labels.c.words, field.options, several=kind_of(field).several)
                found.append(exists().where(*mine, labels.c.reader == self._reader, gone))
        return found + [
            dialect.not_among(entry.value, entry.field.options, several=False)
            for entry in self._inputs()
            if entry.field.options
        ]

    def _inputs(self) -> list[Any]:
        return [entry for entry in self._cases.columns.values() if entry.field.role == "input"]

    def _status(self) -> ColumnElement[str]:
        order = ("referred", "conflict", "corrected", "read", "problem")
        return case(*((self._is(word), word) for word in order), else_="unread")

    # conditions

    def _meets(self, node: Node, *, turned: bool = False) -> ColumnElement[bool]:
        """Return a condition; under a "not" what is unknown counts as not met, so that it can be turned round."""
        turned = turned or node.negated
        if isinstance(node, Term):
            condition = self._condition(node)
            condition = _or_no(condition) if turned else condition
        else:
            parts = [self._meets(part, turned=turned) for part in node.parts]
            condition = or_(*parts) if node.either else and_(*parts)
        return not_(condition) if node.negated else condition

    def _condition(self, term: Term) -> ColumnElement[bool]:
        at = self._table.c
        plain: dict[str, Callable[[], ColumnElement[bool]]] = {
            "text": lambda: self._text(term.value, blind=term.blind),
            "is": lambda: self._is(term.value),
            "split": lambda: at.split == term.value,
            "case": lambda: dialect.contains(at.name, term.value),
            "group": lambda: at.grp == term.value,
            "probability": lambda: self._probability(term),
            "reader": lambda: labelled_by(term.value, self._reader, at.id, own_first=term.blind),
            "changed": lambda: changed_by(self._reader, at.id, term),
            "edited": lambda: exists().where(originals.c.case_id == at.id, originals.c.field == term.name),
        }
        return plain[term.kind]() if term.kind in plain else self._field(term)

    def _field(self, term: Term) -> ColumnElement[bool]:
        field = self._schema.field(term.name)
        if field.role == "target":
            return self._label(field, term)
        entry = self._cases.columns[field.name]
        if term.kind == "missing":
            return or_(entry.missing.is_not(None), entry.value.is_(None))
        return _or_no(_compare(entry.value, term, field))

    def _text(self, words: str, *, blind: bool) -> ColumnElement[bool]:
        """Look for words; in a note that the own read comes before only where the case is read."""
        columns = [self._table.c.name, self._table.c.grp]
        texts = [entry for entry in self._cases.columns.values() if kind_of(entry.field).found_by_word]
        columns += [entry.value for entry in texts if entry.field.show == "always"]
        found = [_or_no(dialect.contains(column, words)) for column in columns]
        later = [entry.value for entry in texts if entry.field.show == "after"]
        found += [
            and_(self._is("read") if blind else true(), _or_no(dialect.contains(column, words))) for column in later
        ]
        return or_(*found)

    def _label(self, field: Field, term: Term) -> ColumnElement[bool]:
        mine = (
            labels.c.case_id == self._table.c.id,
            labels.c.target == field.name,
            labels.c.reader == (term.reader or self._reader),
        )
        if term.kind == "missing":
            return exists().where(*mine, labels.c.missing.is_not(None))
        return exists().where(*mine, _compare(_cell(field), _ranked(term, field), field))

    def _probability(self, term: Term) -> ColumnElement[bool]:
        chance = self._answered(dialect.probability(predictions.c.targets, term.name, term.option))
        return _or_no(and_(true(), *_between(chance, term)))

    def _answered(self, value: ColumnElement[Any]) -> ColumnElement[Any]:
        """Return what the current version says of the case; nothing where it is stale."""
        answer = select(value).where(
            predictions.c.case_id == self._table.c.id,
            predictions.c.version == self._version,
            predictions.c.stale == 0,
        )
        return answer.scalar_subquery()

    # orders

    def _keys(self, sort: str) -> tuple[ColumnElement[Any], ...]:
        at, first = self._table.c, self._schema.targets[:1]
        own: dict[str, Callable[[], tuple[ColumnElement[Any], ...]]] = {
            "position": tuple,
            "case": lambda: dialect.natural(at.name),
            "status": self._ranks,
            "why": self._ranks,
            "split": lambda: (at.split,),
            "group": lambda: (at.grp,),
            "label": lambda: self._label_keys(first),
            REFERENCE: lambda: self._label_keys(first, REFERENCE),
            "model": lambda: self._answers(first),
        }
        if sort in self._cases.columns:
            return (self._cases.columns[sort].value,)
        if sort.startswith("p("):
            target, option = find_option(sort[2:-1], self._schema)
            return (self._answered(dialect.probability(predictions.c.targets, target.name, option)),)
        if sort in own:
            return own[sort]()
        return self._label_keys([field for field in self._schema.targets if field.name == sort])

    def _ranks(self) -> tuple[ColumnElement[Any], ...]:
        return (case(*((self._status() == word, rank) for word, rank in _RANK.items())),)

    def _label_keys(self, targets: Iterable[Field], reader: str = "") -> tuple[ColumnElement[Any], ...]:
        return tuple(
            select(_cell(field))
            .where(
                labels.c.case_id == self._table.c.id,
                labels.c.target == field.name,
                labels.c.reader == (reader or self._reader),
            )
            .scalar_subquery()
            for field in targets
        )

    def _answers(self, targets: Iterable[Field]) -> tuple[ColumnElement[Any], ...]:
        columns = ((dialect.answer(predictions.c.targets, field.name), field) for field in targets)
        return tuple(self._answered(_in_order(column, field)) for column, field in columns)


def _or_no(condition: ColumnElement[Any]) -> ColumnElement[bool]:
    """Return the condition, not met where a value is missing, so that it can be turned round."""
    return func.coalesce(condition, false())


def _cell(field: Field) -> ColumnElement[Any]:
    text = kind_of(field).storage is Storage.TEXT
    return _in_order(labels.c.words if text else labels.c.number, field)


def _is_ranked(field: Field) -> bool:
    return kind_of(field).orders and bool(field.options)


def _in_order(column: ColumnElement[Any], field: Field) -> ColumnElement[Any]:
    """Return the place of an option where options are ordered, else what is stored."""
    if not _is_ranked(field):
        return column
    return case({option: index for index, option in enumerate(field.options)}, value=column)


def _ranked(term: Term, field: Field) -> Term:
    """Return a condition whose options are places, as in `_in_order`."""
    if not _is_ranked(field):
        return term
    low, high, value = (
        None if option is None else field.options.index(option) for option in (term.low, term.high, term.value)
    )
    return replace(term, low=low, high=high, value=value)


def _compare(column: ColumnElement[Any], term: Term, field: Field) -> ColumnElement[bool]:
    match term.kind:
        case "between":
            return and_(column.is_not(None), *_between(column, term))
        case "contains" if kind_of(field).several:
            whole: ColumnElement[str] = "|" + column + "|"
            return whole.contains(f"|{term.value}|", autoescape=True)
        case "contains":
            return dialect.contains(column, term.value)
    equal: ColumnElement[bool] = column == term.value
    return equal


def _between(column: ColumnElement[Any], term: Term) -> list[ColumnElement[bool]]:
    ends = []
    if term.low is not None:
        ends.append(column > term.low if term.strict else column >= term.low)
    if term.high is not None:
        ends.append(column < term.high if term.strict else column <= term.high)
    return ends or [column.is_not(None)]
