"""What of a project a model's word lists do not know, said when the model is added."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from mmdesk.core.cases.case import Case
from mmdesk.core.fields.schema import Schema
from mmdesk.core.fields.states import InputState
from mmdesk.core.model.lookups.plan import Plan, walk
from mmdesk.core.model.lookups.steps import Codes, Taken
from mmdesk.core.model.lookups.values import raw_values
from mmdesk.words import tr

_LISTED = 8


def say_unknown(plan: Plan, schema: Schema, states: Mapping[str, InputState], cases: Sequence[Case]) -> list[str]:
    """Return a sentence for each word list that lacks words or numbers of the project's cases.

    Args:
        plan: What is looked up.
        schema: The project's fields.
        states: What is known of them.
        cases: The project's cases; what is missing in them does not count.
    """
    titles = {one.name: one.title for one in schema.inputs}
    said: dict[str, None] = {}
    for end, codes in _lists(plan):
        names = plan.sources[end].fields
        there = [case for case in cases if all(_is_there(case, name) for name in names)]
        words = [word for row in codes.of[0].rows(raw_values(plan, schema, states, there)) for word in row]
        unknown = [word for word in words if not codes.knows(word)]
        if not unknown:
            continue
        few = list(dict.fromkeys(map(str, unknown)))
        said[
            tr(
                "{share:.1f} % of the words of {title} in this project are not in the model's list, "
                "which {what}: {few}{more}.",
                share=100 * len(unknown) / len(words),
                title=" / ".join(titles.get(name, name) for name in names),
                what=_what(codes),
                few=", ".join(few[:_LISTED]),
                more=", ..." if len(few) > _LISTED else "",
            )
        ] = None
    return list(said)


def _lists(plan: Plan) -> Iterator[tuple[str, Codes]]:
    for lookup in plan.lookups.values():
        for step in walk(lookup.step):
            ends = {one.end for one in walk(step) if isinstance(one, Taken)}
            if isinstance(step, Codes) and len(ends) == 1:
                yield ends.pop(), step


def _what(codes: Codes) -> str:
    if codes.others_first < 0:
        return tr("leaves them out")
    return tr("takes them for one unknown word") if codes.others else tr("gives such cases no answer")


def _is_there(case: Case, name: str) -> bool:
    value = case.inputs.get(name)
    return isinstance(value, str | int | float | bool | tuple)
