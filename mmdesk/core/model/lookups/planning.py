"""What is looked up for a model, by its own layers or by the word list that its author gives, and from which fields."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mmdesk.core.model.foreign import End, Match
from mmdesk.core.model.lookups.plan import Lookup, Plan, Source
from mmdesk.core.model.lookups.steps import Binned, Codes, Fitted, Step, Taken, Tokens
from mmdesk.core.model.reading import Reading
from mmdesk.core.model.readings import CodesReading, StepsReading, TextsReading

_SPLITS = {"words": "words", "blanks": "whitespace", "characters": "character"}


def plan_for(lookups: Mapping[str, Lookup], ends: Sequence[End], found: Match, reading: Reading) -> Plan:
    """Return what is looked up for a model, and from which fields.

    Args:
        lookups: What the model's own layers look up, by the name of their array.
        ends: The model's inputs.
        found: Which fields they are.
        reading: What is said of each input.
    """
    known = {one.name: one for one in ends}
    every = dict(lookups)
    for name, said in reading.inputs.items():
        if isinstance(said, TextsReading) and name in known:
            every[words_of(name)] = _text_lookup(known[name], said)
    sources = {end: _source(known[end], found, reading) for one in every.values() for end in one.ends}
    return Plan(sources, every)


def words_of(end: str) -> str:
    """Return the name of the array that takes the codes of an input's texts."""
    return f"{end}__words"


def whole_ends(lookups: Mapping[str, Lookup]) -> set[str]:
    """Return the inputs that are looked up as whole numbers, where a broken one means nothing."""
    return {end for one in lookups.values() for end in _whole(one.step)}


def _whole(step: Step) -> set[str]:
    if isinstance(step, Binned):
        return set()
    return {step.end} if isinstance(step, Taken) else {end for one in step.of for end in _whole(one)}


def _text_lookup(end: End, said: TextsReading) -> Lookup:
    length = said.length or (end.shape[0] if end.shape else 1) or 1
    tokens = Tokens(
        of=(Taken(end=end.name),),
        lower="all" if said.case == "lower" else "",
        signs={"kept": "keep", "dropped": "drop", "blanks": "blank"}[said.signs],
        split=_SPLITS[said.split],
    )
    at = {word: code for code, word in enumerate(said.vocabulary, said.first) if word}
    codes = Codes(
        of=(tokens,),
        known=tuple(at),
        codes=tuple(at.values()),
        others=1,
        others_first=said.unknown,
    )
    before = said.padding == "before"
    fitted = Fitted(of=(codes,), length=length, fill=said.value, before=before, cut_before=said.kept == "last")
    return Lookup(fitted, (length,), "int32", end.name)


def _source(end: End, found: Match, reading: Reading) -> Source:
    said = reading.inputs.get(end.name)
    names = found.inputs[end.name]
    if end.dtype == "string" or isinstance(said, TextsReading):
        return Source(names)
    if isinstance(said, StepsReading):
        length = said.length or (end.shape[0] if end.shape else 1) or 1
        return Source(
            names,
            words=False,
            length=length,
            before=said.padding == "before",
            first=said.kept == "first",
            fill=int(said.value),
        )
    if isinstance(said, CodesReading):
        return Source(names, words=False, offset=said.offset, order=said.order)
    return Source(names, words=False)
