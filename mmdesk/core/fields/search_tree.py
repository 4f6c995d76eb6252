"""A search as a tree: conditions, joined by and, or and not; printed as a line that means the same."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from mmdesk.core.errors import Situation
from mmdesk.core.fields.kinds import kind_of
from mmdesk.core.fields.schema import Schema
from mmdesk.core.fields.values import REFERENCE
from mmdesk.words import QT_TR_NOOP

JOINING = ("and", "or", "not")
"""Words that join conditions; in quotes they are words to look for."""

_SAFE = QT_TR_NOOP("Your list is unchanged.")
_PLAIN = re.compile(r'[^\s"()<>\[\]:-][^\s"()<>\[\]:]*')


class SearchProblem(Situation):
    """A search line that is not understood.

    Attributes:
        word: The part of the line that it is about, as it was typed.
        start: Where in the line that part begins; -1 when that is not known.
    """

    default_safe = _SAFE

    def __init__(self, what: str, do: str, word: str, start: int = -1) -> None:
        super().__init__(what, do=do)
        self.word = word
        self.start = start


@dataclass(frozen=True, slots=True)
class Term:
    """One condition of a search.

    Attributes:
        kind: `text`, `is`, `split`, `case`, `group`, `reader`; for a field `equal`, `contains`,
            `between`, `missing` or `edited`; for the reader's own changes `changed`; for a model's
            probability `probability`.
        name: The field's name; for `probability` the target's.
        value: What is looked for: a text, a state, or the field's value as it is stored.
        low: Smallest value of `between`, `changed` and `probability`, stored form; None for any.
        high: Largest value, likewise.
        option: For `probability`, whose probability.
        strict: The ends themselves do not count (`>` and `<`).
        negated: The condition is turned round.
        reader: For a target, whose label it is about; the asking reader's own when empty.
        blind: Of what the own read comes before, look only into cases that the reader has read.
    """

    kind: str
    name: str = ""
    value: Any = None
    low: Any = None
    high: Any = None
    option: str = ""
    strict: bool = False
    negated: bool = False
    reader: str = ""
    blind: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """Conditions joined to one.

    Attributes:
        parts: The conditions, two at least.
        either: One of them is enough; else all must be met.
        negated: The whole is turned round.
    """

    parts: tuple[Node, ...]
    either: bool = False
    negated: bool = False


Node = Term | Group


@dataclass(frozen=True, slots=True)
class Search:
    """What a case must meet.

    Attributes:
        tree: The condition; every case meets None.
    """

    tree: Node | None = None

    @property
    def terms(self) -> tuple[Term, ...]:
        """The single conditions, as they stand in the line."""
        return tuple(_leaves(self.tree))

    @property
    def fields(self) -> tuple[str, ...]:
        """Names of the fields that it filters on."""
        kinds = ("equal", "between", "missing")
        return tuple(dict.fromkeys(term.name for term in self.terms if term.kind in kinds))


def every(*terms: Term) -> Search:
    """Return the search for cases that meet all of some conditions."""
    return Search(join(terms))


def join(parts: tuple[Node, ...], *, either: bool = False) -> Node | None:
    """Return conditions as one; a single one stays as it is."""
    return Group(parts, either) if len(parts) > 1 else (parts[0] if parts else None)


def turned(node: Node) -> Node:
    """Return the opposite of a condition."""
    return replace(node, negated=not node.negated)


def _leaves(node: Node | None) -> Iterator[Term]:
    if isinstance(node, Term):
        yield node
    elif node is not None:
        for part in node.parts:
            yield from _leaves(part)


def print_search(search: Search, schema: Schema) -> str:
    """Return a line that `parse_search` reads as the same tree.

    Args:
        search: The search.
        schema: The fields that it is about.
    """
    return "" if search.tree is None else _node(search.tree, schema, inner=False)


def _node(node: Node, schema: Schema, *, inner: bool) -> str:
    if isinstance(node, Term):
        return ("-" if node.negated else "") + _term(node, schema)
    line = (" or " if node.either else " ").join(_node(part, schema, inner=True) for part in node.parts)
    brackets = f"({line})" if inner or node.negated else line
    return "not " + brackets if node.negated else brackets


def _term(term: Term, schema: Schema) -> str:
    match term.kind:
        case "text":
            return _quoted(term.value)
        case "probability":
            return f'p("{_doubled(f"{term.name}.{term.option}")}"):{_ends(term, str)}'
        case "changed":
            return f"changed:{_ends(term, str)}"
        case "edited":
            return f"changed:{term.name}"
        case "is" | "split" | "case" | "group" | "reader":
            return f"{term.kind}:{_quoted(term.value)}"
    return _of_field(term, schema)


def _of_field(term: Term, schema: Schema) -> str:
    field = schema.field(term.name)
    name = f"{REFERENCE}.{term.name}" if term.reader == REFERENCE else term.name

    def words(stored: Any) -> str:
        if isinstance(stored, str) or kind_of(field).is_amount:
            return str(stored)
        return str(kind_of(field).show(kind_of(field).from_store(stored, field), field))

    match term.kind:
        case "missing":
            return f"{name}:missing"
        case "between":
            return f"{name}:{_ends(term, words)}"
    return f"{name}:{_quoted(words(term.value))}"


def _ends(term: Term, words: Any) -> str:
    low, high = ("" if end is None else words(end) for end in (term.low, term.high))
    if term.strict:
        return f'">{low}"' if term.high is None else f'"<{high}"'
    return f"[{low};{high}]"


def _quoted(words: str) -> str:
    plain = _PLAIN.fullmatch(words) and words.casefold() not in JOINING
    return words if plain else f'"{_doubled(words)}"'


def _doubled(words: str) -> str:
    return words.replace('"', '""')
