"""The search line: words, `field:value`, `is:status`, joined by and, or, not and brackets.

    cataract age:[40,60] (sex:F or -is:read) split:test p(Glaucoma)>0.5 reference:Cataract

    line   = either
    either = all { "or" all }
    all    = one { ["and"] one }
    one    = { "not" | "-" } ( "(" either ")" | term )
    term   = word | name ":" value | name (">" | "<" | ">=" | "<=") value

A word alone is looked for in the case's name, group and texts. Quotes keep blanks, brackets and the
joining words together: `note:"left eye"`; a quote within them is written twice. `reference:VALUE` asks for a
label that came with the table; with several targets `reference.TARGET:VALUE`. `reader:NAME` finds cases
with a label of somebody, where one may see it; `changed:DATE` what the reader changed then, `changed:FIELD`
what differs from the table.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from mmdesk.core.errors import FieldProblem
from mmdesk.core.fields.kinds import kind_of
from mmdesk.core.fields.kinds_number import OutOfRange, read_number
from mmdesk.core.fields.schema import Field, Schema
from mmdesk.core.fields.search_tree import JOINING, Node, Search, SearchProblem, Term, join, turned
from mmdesk.core.fields.splits import SPLITS
from mmdesk.core.fields.values import REFERENCE
from mmdesk.words import tr

STATES = (
    "unread",
    "read",
    "corrected",
    "referred",
    "conflict",
    "assigned",
    "problem",
    "missing",
    "obsolete",
    REFERENCE,
)
OWN_WORDS = ("is", "split", "case", "group", REFERENCE, "reader", "changed")
MISSING = ("missing", "@missing")
DEEPEST = 40
"""Brackets within brackets that are followed."""

_QUOTED = r'"(?:[^"]|"")*"?'
_CHANCE = rf"p\((?:{_QUOTED}|[^()\"]|\([^()]*\))*\)"
_WORD = r'(?:[^\s:"\[\]<>()]|(?<=[^\s:"\[\]<>()])\([^\s:"()]*\))+'
_NAME = rf"(?:({_CHANCE}|{_WORD})(?::|(?=[<>]=?[^\s<>])))?"
_BARE = r'(?:[^\s"()]|(?<=[^\s"()])\([^\s"()]*\))+'
_TOKEN = re.compile(rf"(-)?(?:(\()|{_NAME}({_QUOTED}|\[[^\]]*\]?|{_BARE}|(?<=:)))|(\))")


def parse_search(text: str, schema: Schema, *, blind: bool = False, readers: Sequence[str] | None = None) -> Search:
    """Read a search line.

    Args:
        text: The line as typed; a term whose value is still to come is passed over, and so is a bracket
            that is still to be closed.
        schema: The project's fields.
        blind: The reader must not learn what the own read comes before: the model's answers, the
            reference, and notes that are shown after it are refused, and words alone are not
            looked for in such notes of unread cases.
        readers: Names that `reader:` takes; any when None.

    Raises:
        Situation: A word is not known or a value does not fit; says which (W8).

    Example:
        >>> parse_search("is:unread split:test", Schema("Demo", "ID", "ID", ())).terms[1].value
        'test'
    """
    return Search(_Line(text, schema, blind, readers).tree())


@dataclass(frozen=True, slots=True)
class _Token:
    """A piece of the line: `(`, `)`, a joining word or a term; `minus` turns it round."""

    sign: str
    minus: bool
    name: str
    raw: str
    start: int
    text: str


def _tokens(text: str) -> list[_Token]:
    made = []
    for found in _TOKEN.finditer(text):
        minus, opening, name, raw, closing = (found[group] or "" for group in range(1, 6))
        sign = opening or closing
        if not sign and not name and not minus and raw.casefold() in JOINING:
            sign = raw.casefold()
        made.append(_Token(sign, bool(minus), name, raw, found.start(), found[0]))
    return made


class _Line:
    """Goes through the pieces of a line once, from left to right."""

    def __init__(self, text: str, schema: Schema, blind: bool, readers: Sequence[str] | None) -> None:
        self._left = _tokens(text)[::-1]
        self._schema, self._blind, self._readers = schema, blind, readers
        self._depth = 0

    def tree(self) -> Node | None:
        tree = self._either()
        if self._left:
            what = tr("The search line closes a bracket that was not opened.")
            raise SearchProblem(what, tr("Remove it, or write ( before."), ")", self._left[-1].start)
        return tree

    def _sign(self) -> str:
        return self._left[-1].sign if self._left else ""

    def _either(self) -> Node | None:
        self._begins()
        parts = [self._all()]
        while self._sign() == "or":
            self._left.pop()
            self._begins()
            parts.append(self._all())
        return join(tuple(part for part in parts if part is not None), either=True)

    def _all(self) -> Node | None:
        parts = []
        while self._left and self._sign() not in ("or", ")"):
            if self._sign() == "and":
                self._left.pop()
                self._begins()
                continue
            parts.append(self._one())
        return join(tuple(part for part in parts if part is not None))

    def _begins(self) -> None:
        """See that a condition comes next; at the end of the line it is still to be typed."""
        if self._sign() in ("and", "or", ")"):
            token = self._left[-1]
            what = tr("The search line has no condition before '{word}'.", word=token.text)
            raise SearchProblem(
                what, tr('Write one before it, or "{word}" in quotes.', word=token.text), token.text, token.start
            )

    def _one(self) -> Node | None:
        turn = False
        while self._sign() == "not":
            self._left.pop()
            turn = not turn
            self._begins()
        if not self._left:
            return None
        token = self._left.pop()
        node = self._bracket(token) if token.sign == "(" else self._term(token)
        return turned(node) if node is not None and turn != token.minus else node

    def _bracket(self, token: _Token) -> Node | None:
        if self._depth == DEEPEST:
            what = tr("The search line has more than {most} brackets within brackets.", most=DEEPEST)
            raise SearchProblem(what, tr("Leave some out."), "(", token.start)
        self._depth += 1
        node = self._either()
        self._depth -= 1
        if self._left:
            self._left.pop()
        return node

    def _term(self, token: _Token) -> Term | None:
        opens = self._left and self._left[-1].sign == "(" and self._left[-1].start == token.start + len(token.text)
        if token.text.endswith(":") and opens:
            what = tr("The search line takes one value after '{word}', not a bracket.", word=token.text)
            do = tr("Write ({word}… or {word}…).", word=token.text)
            raise SearchProblem(what, do, token.text, token.start)
        try:
            return _read(token, self._schema, self._blind, self._readers)
        except SearchProblem as problem:
            whole, word = token.text.casefold(), problem.word.casefold()
            place = whole.find(word) if word == token.name.casefold() else whole.rfind(word)
            problem.start = token.start + max(0, place)
            raise


def _read(token: _Token, schema: Schema, blind: bool, readers: Sequence[str] | None) -> Term | None:
    name, raw = token.name, token.raw
    quoted = raw.startswith('"')
    value = _unquoted(raw) if quoted else raw
    if not value:
        if name and not name.startswith("p("):
            _known(name, schema)
        return None
    if name:
        return _named(name, value, schema, blind=blind, readers=readers)
    if value.endswith(":") and not quoted and value[:-1]:
        _known(value[:-1], schema)
        return None
    return Term("text", value=value, blind=blind)


def _unquoted(raw: str) -> str:
    closed = re.fullmatch(r'"((?:[^"]|"")*)"?', raw)
    return closed[1].replace('""', '"') if closed else raw


def _named(name: str, value: str, schema: Schema, *, blind: bool, readers: Sequence[str] | None) -> Term:
    if name.startswith("p("):
        return _probability(name[2:-1], value, schema, blind=blind)
    field = _known(name, schema)
    if field is not None:
        if field.show != "always":
            check_shown(field, name, blind=blind)
        return _field(field, value)
    word = name.casefold()
    if word.partition(".")[0] == REFERENCE:
        return _reference(word.partition(".")[2], name, value, schema, blind=blind)
    return _own(word, name, value, schema, blind=blind, readers=readers)


def _own(word: str, name: str, value: str, schema: Schema, *, blind: bool, readers: Sequence[str] | None) -> Term:
    """Return the condition of a word of the search line's own."""
    if word == "is":
        state = _one_of(value, STATES, name)
        if state == REFERENCE and blind:
            raise _refused(f"{name}:{value}", tr("what the table says"))
        return Term("is", value=state)
    if word == "split":
        return Term("split", value=_one_of(value, SPLITS, name))
    if word == "changed":
        return _changed(value, schema, blind=blind)
    if word == "reader":
        return Term("reader", value=value if readers is None else _reader(value, readers), blind=blind)
    return Term(word, value=value)


def _reader(value: str, readers: Sequence[str]) -> str:
    for name in readers:
        if name.casefold() == value.casefold():
            return name
    raise _unknown(f"reader:{value}", [f"reader:{name}" for name in readers])


def _changed(value: str, schema: Schema, *, blind: bool) -> Term:
    """Return the condition on when a case was changed, or on a field that is no longer as in the table."""
    for field in (*schema.inputs, *schema.notes):
        if value.casefold() in (field.name.casefold(), field.title.casefold().replace(" ", "_")):
            if field.show != "always":
                check_shown(field, value, blind=blind)
            return Term("edited", field.name)
    bounds = _bounds(value) or (value, value)
    days = [_day(end) for end in bounds]
    if any(end is not None and day is None for end, day in zip(bounds, days, strict=True)):
        what = tr("The search line takes a day or an input after changed:, not '{value}'.", value=value)
        do = tr("Write changed:today, changed:>2026-01-31, changed:[2026-01-01,2026-01-31] or an input's name.")
        raise SearchProblem(what, do, value)
    return Term("changed", "", None, days[0], days[1], strict=_strict(value))


def _day(words: str | None) -> str | None:
    back = {"today": 0, "yesterday": 1}.get((words or "").casefold())
    if back is not None:
        return (datetime.now().astimezone().date() - timedelta(days=back)).isoformat()
    try:
        return date.fromisoformat(words or "").isoformat()
    except ValueError:
        return None


def _known(name: str, schema: Schema) -> Field | None:
    """Return the field of a name, or None for a word of the search line's own."""
    folded = name.casefold()
    for field in schema:
        if folded in (field.name.casefold(), field.title.casefold().replace(" ", "_")):
            return field
    if folded in OWN_WORDS or folded.startswith(f"{REFERENCE}."):
        return None
    raise _unknown(name, [field.name for field in schema] + list(OWN_WORDS))


def _unknown(word: str, known: Sequence[str]) -> SearchProblem:
    folded = {name.casefold(): name for name in known}
    near = difflib.get_close_matches(word.casefold(), folded, 1)
    listed = ", ".join(list(known)[:12])
    do = tr("Did you mean {folded}?", folded=folded[near[0]]) if near else tr("It knows {listed}.", listed=listed)
    return SearchProblem(tr("The search line does not know '{word}'.", word=word), do, word)


def _one_of(value: str, known: Sequence[str], name: str) -> str:
    if value.casefold() not in known:
        raise _unknown(f"{name}:{value}", [f"{name}:{word}" for word in known])
    return value.casefold()


def _field(field: Field, value: str) -> Term:
    if value.casefold() in MISSING:
        return Term("missing", field.name)
    kind = kind_of(field)
    if kind.several and value != "-" and "|" not in value:
        return Term("contains", field.name, _stored(field, value))
    if kind.contained and not kind.several:
        return Term("contains", field.name, value)
    if kind.orders and (bounds := _bounds(value)):
        low, high = (None if end is None else _stored(field, end) for end in bounds)
        return Term("between", field.name, None, low, high, strict=_strict(value))
    return Term("equal", field.name, _stored(field, value))


def _bounds(value: str) -> tuple[str | None, str | None] | None:
    """Return the ends of `[a,b]`, `>a` or `<b`; None when the value is not of that form."""
    if value.startswith("["):
        inner = value.strip("[]")
        separator = ";" if ";" in inner else ","
        low, _, high = inner.partition(separator)
        return low.strip() or None, high.strip() or None
    if value[0] in "<>":
        end = value[1:].lstrip("=").strip()
        return (end or None, None) if value[0] == ">" else (None, end or None)
    return None


def _strict(value: str) -> bool:
    return value[0] in "<>" and value[1:2] != "="


def _stored(field: Field, text: str) -> Any:
    kind = kind_of(field)
    try:
        return kind.to_store(kind.parse(text, field), field)
    except OutOfRange:
        return read_number(text)
    except FieldProblem as problem:
        what = tr(
            "The search line takes {say} for {name}, not '{text_}'.", say=kind.say(field), name=field.name, text_=text
        )
        raise SearchProblem(what, tr("Change that word."), text) from problem


def check_shown(field: Field, word: str, *, blind: bool) -> None:
    """Refuse to search or sort by a note that is not shown, or not yet.

    Raises:
        SearchProblem: It would tell what the note says.
    """
    if field.show == "never":
        what = tr("The note {title} is not shown here, so '{word}' is not taken.", title=field.title, word=word)
        raise SearchProblem(what, tr("Search for something else."), word)
    if field.show == "after" and blind:
        raise _refused(word, tr("what the note {title} says", title=field.title))


def _refused(word: str, secret: str) -> SearchProblem:
    what = tr("The search line does not take {word} now, because it would tell {secret}.", word=word, secret=secret)
    return SearchProblem(what, tr("Store your own labels first."), word)


def _reference(name: str, word: str, value: str, schema: Schema, *, blind: bool) -> Term:
    """Return the condition on a label that came with the table, of the one target that is meant."""
    if blind:
        raise _refused(word, tr("what the table says"))
    if name:
        field = _known(name, schema)
        meant = [field] if field is not None and field.role == "target" else []
    else:
        meant = list(schema.targets)
    if not meant:
        raise _unknown(word, [f"{REFERENCE}.{target.name}" for target in schema.targets] or [REFERENCE])
    terms, problems = [], []
    for target in meant:
        try:
            terms.append(_field(target, value))
        except SearchProblem as problem:
            problems.append(problem)
    if not terms:
        raise problems[0]
    if len(terms) > 1:
        choices = " or ".join(f"{REFERENCE}.{term.name}:{value}" for term in terms)
        raise SearchProblem(
            tr("'{word}:{value}' could be about {count} targets.", word=word, value=value, count=len(terms)),
            tr("Write {choices}.", choices=choices),
            word,
        )
    return replace(terms[0], reader=REFERENCE)


def _probability(inner: str, value: str, schema: Schema, *, blind: bool) -> Term:
    if blind:
        what = tr("The search line does not take p(...) now, because it would tell what the model says.")
        raise SearchProblem(what, tr("Store your own labels first."), f"p({inner})")
    target, option = find_option(_unquoted(inner) if inner.startswith('"') else inner, schema)
    bounds = _bounds(value) or (value, value)
    ends = [None if end is None else read_number(end) for end in bounds]
    if any(end is not None and number is None for end, number in zip(bounds, ends, strict=True)):
        what = tr(
            "The search line takes a probability from 0 to 1 for p({inner}), not '{value}'.", inner=inner, value=value
        )
        raise SearchProblem(what, tr("Write p({inner}):>0.5 or p({inner}):[0.4,0.6].", inner=inner), value)
    return Term("probability", target.name, None, ends[0], ends[1], option, _strict(value))


def find_option(words: str, schema: Schema) -> tuple[Field, str]:
    """Return the target and option that `p(words)` means: an option, a flag, or `TARGET.OPTION`.

    Raises:
        Situation: No target has it.
    """
    known: dict[str, tuple[Field, str]] = {}
    for target in schema.targets:
        for option in kind_of(target).chances(target):
            known.setdefault(option.casefold(), (target, option))
            known[f"{target.name}.{option}".casefold()] = (target, option)
    found = known.get(words.strip().casefold())
    if found is None:
        raise _unknown(f"p({words})", [f"p({option})" for _, option in known.values()])
    return found
