"""How a version stands beside the one that is current now.

A comparison holds for the pair it was made of and for the labels it was made on. When another
version becomes current, or labels of test cases change, it no longer stands: it is shown as out of
date, it is made again, and nobody promotes on it without knowing.
"""

from __future__ import annotations

from dataclasses import dataclass

from mmdesk.core.judge.verdict import Comparison, figure
from mmdesk.core.versions.card import Card, Evaluation
from mmdesk.core.versions.learnt import TEST_LABELS, say_learnt
from mmdesk.core.versions.version import VersionRow
from mmdesk.words import tr


@dataclass(frozen=True, slots=True)
class Standing:
    """How a version stands beside the one that is current now.

    Attributes:
        comparison: Its last comparison; without rows where there is none, and then its words say why.
        current: The version that is current now; empty for none.
        doubt: Why it cannot be promoted without further ado, in words; empty when it can.
        again: Whether it should be compared with the current version before anything else.
    """

    comparison: Comparison
    current: str = ""
    doubt: str = ""
    again: bool = False


def standing_of(row: VersionRow, current: str) -> Standing:
    """Return how a version stands beside the one that is current now."""
    found = row.card.comparison
    if row.id == current:
        return Standing(found or Comparison(row.id, "", (), words=tr("{id} is current.", id=row.id)), current)
    if not current:
        return _alone(row, found)
    if found is None:
        damaged = row.card.unreadable or "comparison" in row.card.damaged
        why = tr("cannot be read") if damaged else tr("was not made yet")
        words = tr(
            "The comparison of {id} with {current}, the current version, {why}.", id=row.id, current=current, why=why
        )
        return Standing(Comparison(row.id, "", (), words=words), current, words, again=True)
    if words := _out_of_date(row, found, current):
        return Standing(found, current, words, again=True)
    if not found.has_figures:
        return Standing(
            found, current, tr("The comparison of {id} with {current} has no figures.", id=row.id, current=current)
        )
    return Standing(found, current, say_learnt(row.id, row.card.learnt_from_test))


def _out_of_date(row: VersionRow, found: Comparison, current: str) -> str:
    """Return why a comparison holds no more, in words; empty where it does."""
    if found.current != current:
        return tr(
            "The comparison of {id} is out of date: it was made against {current}, and {current_2} is current now.",
            id=row.id,
            current=found.current or "no version",
            current_2=current,
        )
    now = row.card.facts.get(TEST_LABELS)
    if now and found.judged and found.judged != now:
        return tr(
            "The comparison of {id} with {current} is out of date: labels of test cases changed since it was made.",
            id=row.id,
            current=current,
        )
    return ""


def _alone(row: VersionRow, found: Comparison | None) -> Standing:
    """Return how a version stands where none is in use."""
    words = tr("There is no version to compare it with. {primary}", primary=_primary(row.card.evaluation)).strip()
    doubt = "" if _judged(row.card) else tr("{id} has no figures: nothing says how good it is.", id=row.id)
    doubt = doubt or say_learnt(row.id, row.card.learnt_from_test)
    return Standing(found or Comparison(row.id, "", (), words=words), "", doubt)


def _judged(card: Card) -> bool:
    return bool(card.evaluation and card.evaluation.has_figures) or bool(
        card.comparison and card.comparison.has_figures
    )


def _primary(evaluation: Evaluation | None) -> str:
    """Return the first figure of a card's evaluation in words."""
    if evaluation is None or not evaluation.figures:
        return ""
    first = evaluation.figures[0]
    if first.value is None:
        return first.words
    name = f"{first.metric[:1].upper()}{first.metric[1:]}"
    low, high = first.low, first.high
    span = (
        tr(" ({figure} to {figure_2})", figure=figure(low), figure_2=figure(high))
        if low is not None and high is not None
        else ""
    )
    return tr("{name} {figure}{span} on {n} test cases.", name=name, figure=figure(first.value), span=span, n=first.n)
