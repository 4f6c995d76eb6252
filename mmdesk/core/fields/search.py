"""The search line: words, `field:value`, `is:status` and the like, understood or refused.

    cataract age:[40,60] sex:F -is:read split:test p(Glaucoma)>0.5 reference:Cataract

A word alone is looked for in the case's name, group and texts. A minus before a term turns
it round. Quotes keep blanks together: `note:"left eye"`. `reference:VALUE` asks for a label that came
with the table; with several targets `reference.TARGET:VALUE`.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from mmdesk.core.errors import FieldProblem, Situation
from mmdesk.core.fields.kinds import kind_of
from mmdesk.core.fields.kinds_number import OutOfRange, read_number
from mmdesk.core.fields.schema import Field, Schema
from mmdesk.core.fields.splits import SPLITS
from mmdesk.core.fields.values import REFERENCE
from mmdesk.words import QT_TR_NOOP, tr

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
OWN_WORDS = ("is", "split", "case", "group", REFERENCE)
MISSING = ("missing", "@missing")
_NAME = r'(?:(p\([^)]*\)|[^\s:"\[\]<>]+)(?::|(?=[<>]=?[^\s<>])))?'
_TOKEN = re.compile(rf'(-)?{_NAME}("[^"]*"?|\[[^\]]*\]?|[^\s"]+|(?<=:))')
_SAFE = QT_TR_NOOP("Your list is unchanged.")


class SearchProblem(Situation):
    """A search line that is not understood.

    Attributes:
        word: The part of the line that it is about, as it was typed.
    """

    default_safe = _SAFE

    def __init__(self, what: str, do: str, word: str) -> None:
        super().__init__(what, do=do)
        self.word = word


@dataclass(frozen=True, slots=True)
class Term:
    """One condition of a search.

    Attributes:
        kind: `text`, `is`, `split`, `case`, `group`; for a field `equal`, `contains`,
            `between` or `missing`; for a model's probability `probability`.
        name: The field's name; for `probability` the target's.
        value: What is looked for: a text, a state, or the field's value as it is stored.
        low: Smallest value of `between` and `probability`, stored form; None for any.
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
class Search:
    """Conditions that a case meets all of.

    Attributes:
        terms: The conditions.
    """

    terms: tuple[Term, ...] = ()

    @property
    def fields(self) -> tuple[str, ...]:
        """Names of the fields that it filters on."""
        kinds = ("equal", "between", "missing")
        return tuple(dict.fromkeys(term.name for term in self.terms if term.kind in kinds))


def parse_search(text: str, schema: Schema, *, blind: bool = False) -> Search:
    """Read a search line.

    Args:
        text: The line as typed; a term whose value is still to come is passed over.
        schema: The project's fields.
        blind: The reader must not learn what the own read comes before: the model's answers, the
            reference, and notes that are shown after it are refused, and words alone are not
            looked for in such notes of unread cases.

    Raises:
        Situation: A word is not known or a value does not fit; says which (W8).

    Example:
        >>> parse_search("is:unread split:test", Schema("Demo", "ID", "ID", ())).terms[1].value
        'test'
    """
    return Search(tuple(_terms(text, schema, blind=blind)))


def _terms(text: str, schema: Schema, *, blind: bool) -> Iterator[Term]:
    for minus, name, raw in _TOKEN.findall(text):
        quoted = raw.startswith('"')
        value = raw.strip('"') if quoted else raw
        if not value:
            if name and not name.startswith("p("):
                _known(name, schema)
            continue
        if not name:
            bare = value[:-1] if value.endswith(":") and not quoted else ""
            if bare:
                _known(bare, schema)
                continue
            yield Term("text", value=value, negated=bool(minus), blind=blind)
            continue
        yield _named(name, value, schema, blind=blind, negated=bool(minus))


def _named(name: str, value: str, schema: Schema, *, blind: bool, negated: bool) -> Term:
    if name.startswith("p("):
        return _probability(name[2:-1], value, schema, blind=blind, negated=negated)
    field = _known(name, schema)
    if field is not None:
        if field.show != "always":
            check_shown(field, name, blind=blind)
        return _field(field, value, negated=negated)
    word = name.casefold()
    if word.partition(".")[0] == REFERENCE:
        return _reference(word.partition(".")[2], name, value, schema, blind=blind, negated=negated)
    if word == "is":
        state = _one_of(value, STATES, name)
        if state == REFERENCE and blind:
            raise _refused(f"{name}:{value}", tr("what the table says"))
        return Term("is", value=state, negated=negated)
    if word == "split":
        return Term("split", value=_one_of(value, SPLITS, name), negated=negated)
    return Term(word, value=value, negated=negated)


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


def _field(field: Field, value: str, *, negated: bool) -> Term:
    if value.casefold() in MISSING:
        return Term("missing", field.name, negated=negated)
    kind = kind_of(field)
    if kind.several and value != "-" and "|" not in value:
        return Term("contains", field.name, _stored(field, value), negated=negated)
    if kind.contained and not kind.several:
        return Term("contains", field.name, value, negated=negated)
    if kind.orders and (bounds := _bounds(value)):
        low, high = (None if end is None else _stored(field, end) for end in bounds)
        return Term("between", field.name, None, low, high, strict=_strict(value), negated=negated)
    return Term("equal", field.name, _stored(field, value), negated=negated)


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


def _reference(name: str, word: str, value: str, schema: Schema, *, blind: bool, negated: bool) -> Term:
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
            terms.append(_field(target, value, negated=negated))
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


def _probability(inner: str, value: str, schema: Schema, *, blind: bool, negated: bool) -> Term:
    if blind:
        what = tr("The search line does not take p(...) now, because it would tell what the model says.")
        raise SearchProblem(what, tr("Store your own labels first."), f"p({inner})")
    target, option = find_option(inner, schema)
    bounds = _bounds(value) or (value, value)
    ends = [None if end is None else read_number(end) for end in bounds]
    if any(end is not None and number is None for end, number in zip(bounds, ends, strict=True)):
        what = tr(
            "The search line takes a probability from 0 to 1 for p({inner}), not '{value}'.", inner=inner, value=value
        )
        raise SearchProblem(what, tr("Write p({inner}):>0.5 or p({inner}):[0.4,0.6].", inner=inner), value)
    return Term("probability", target.name, None, ends[0], ends[1], option, _strict(value), negated)


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
