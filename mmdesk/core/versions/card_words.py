"""A model version's card in words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

from mmdesk.core.judge.verdict import Comparison
from mmdesk.core.versions.card import BROUGHT, RESEARCH_USE, SUSPICIOUS, WHOLE, Card, Evaluation
from mmdesk.core.versions.learnt import LEARNT_FROM, TEST_LABELS, say_learnt
from mmdesk.words import tr

_FIRST: Final = "metrics"
"""Said before the other facts: how well a bundled model does."""
_NOT_FOR_EYES: Final = {"charts", "lost", "won", "evaluation_words", LEARNT_FROM, SUSPICIOUS, TEST_LABELS}
"""Points of curves and ids of cases; a sentence of earlier programs that no longer holds."""
_HASH: Final = 64


def card_text(card: Card, standing: str = "") -> str:
    """Return the Markdown of a card: a section for each entry, a table for each list of rows.

    Args:
        card: The card.
        standing: What is to be said first, such as whether the version is in use.
    """
    heading = card.title or card.name or tr("Model version")
    said = [standing, f"**{card.use or RESEARCH_USE}**", _origin(card), *_damage(card), _unjudged(card)]
    learnt = say_learnt("It", card.learnt_from_test)
    said += [] if learnt.removeprefix("It") in standing else [learnt]
    lines = [f"# {heading}", "", *(line for text in said if text for line in (text, ""))]
    if card.evaluation:
        lines += ["## Evaluation", "", *_evaluation(card.evaluation), ""]
    if card.comparison:
        lines += ["## Comparison", "", *_comparison(card.comparison), ""]
    order = sorted(card.facts, key=lambda key: key != _FIRST)
    shown = {key: card.facts[key] for key in order if _told(key, card.facts[key])}
    facts = {key: value for key, value in shown.items() if not isinstance(value, Mapping | list | tuple)}
    for key, value in shown.items():
        if key not in facts:
            lines += [f"## {_words(key)}", "", *_SECTIONS.get(key, _block)(value), ""]
    if card.scores:
        lines += ["## Scores", "", *_evaluation(card.scores), ""]
    return "\n".join([*lines, *(["## Facts", "", *_block(facts), ""] if facts else [])])


def card_files(card: Card) -> dict[str, str]:
    """Return the texts of a card's files in the folder of a version, by name."""
    return {"card.json": card.to_text(), "card.md": card_text(card)}


def _origin(card: Card) -> str:
    parts = [
        _words(card.kind or "made"),
        tr("from {parent}", parent=card.parent) if card.parent else "",
        tr("by {reader}", reader=card.reader) if card.reader else "",
        tr("on {created}", created=card.created[:10]) if card.created else "",
    ]
    said = " ".join(part for part in parts if part)
    return f"{said}." if any(parts[1:]) or card.kind else ""


def _damage(card: Card) -> list[str]:
    """Return what of a card cannot be read, in words."""
    if card.unreadable:
        words = tr("The card of this version cannot be read. The model itself and all labels are safe. ")
        return [words + tr("Compare the version again, or restore the project from a backup.")]
    return [
        tr(
            "The part {words} of this card cannot be read, so it is not shown. "
            "The model itself and all labels are safe.",
            words=_words(name),
        )
        for name in card.damaged
        if name != WHOLE
    ]


def _unjudged(card: Card) -> str:
    judged = card.evaluation or card.comparison or card.scores
    return "" if card.kind != BROUGHT or judged else tr("It has no figures yet: nothing says how good it is.")


def _evaluation(found: Evaluation) -> list[str]:
    """Return the figures with their intervals, each once, and what they were measured on."""
    figures = [
        {"figure": one.metric, "value": one.words or one.value, "95 % interval": _interval(one.low, one.high),
         "cases": one.n if one.n or one.value is None else None, "of these positive": one.positives}
        for one in found.figures
    ]  # fmt: skip
    return [*_table(_each_once(figures)), "", *_block(found.facts)] if figures else _block(found.facts)


def _comparison(found: Comparison) -> list[str]:
    """Return the verdict and the differences to the version before, with their intervals."""
    before, after = tr("with {current}", current=found.current), tr("with {candidate}", candidate=found.candidate)
    rows = [
        {"figure": row.metric, before: row.current, after: row.candidate, "difference": row.difference,
         "95 % interval": _interval(row.low, row.high), "cases": row.n}
        for row in found.rows
    ]  # fmt: skip
    against = (
        tr("Against {current}: {words}", current=found.current, words=found.words) if found.current else found.words
    )
    return [against, "", *(_table(_each_once(rows)) if rows else [])]


def _interval(low: float | None, high: float | None) -> tuple[float, float] | None:
    """Return the ends of a figure's interval; None where there are too few cases for one."""
    return None if low is None or high is None else (low, high)


def _training(value: Any) -> list[str]:
    """Return the facts; of what changed from epoch to epoch, the first and the last."""
    if not isinstance(value, Mapping):
        return _block(value)
    return _block({key: _ends(item) if "loss" in key else item for key, item in value.items()})


def _ends(values: Any) -> Any:
    if isinstance(values, Sequence) and not isinstance(values, str) and len(values) > 2:
        return values[0], values[-1]
    return values


_SECTIONS: Final[Mapping[str, Callable[[Any], list[str]]]] = {"training": _training}


def _each_once(rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for row in rows:
        if row not in found:
            found.append(row)
    return found


def _block(value: Any) -> list[str]:
    if isinstance(value, Mapping):
        return [line for key, item in value.items() if _told(key, item) for line in _entry(key, item)]
    if _is_rows(value):
        return _table(value)
    if isinstance(value, list | tuple):
        return [f"- {_say(item)}" for item in value]
    return [text] if (text := _say(value)) else []


def _told(key: str, value: Any) -> bool:
    return key not in _NOT_FOR_EYES and value is not None and value not in ("", [], {})


def _entry(key: str, value: Any) -> list[str]:
    if _is_rows(value):
        return [f"{_words(key)}:", "", *_table(value), ""]
    return [f"- {_words(key)}: {_say(value)}"]


def _is_rows(value: Any) -> bool:
    return isinstance(value, list | tuple) and bool(value) and all(isinstance(row, Mapping) for row in value)


def _table(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    columns = list(dict.fromkeys(key for row in rows for key in row))
    columns = [key for key in columns if any(row.get(key) not in (None, "") for row in rows)]
    lines = ["| " + " | ".join(map(_words, columns)) + " |", "|" + "---|" * len(columns)]
    return lines + ["| " + " | ".join(_say(row.get(key, "")) for key in columns) + " |" for row in rows]


def _say(value: Any) -> str:
    match value:
        case bool():
            return "yes" if value else "no"
        case int() | float():
            return _number(value)
        case list() | tuple():
            return (" to " if _is_span(value) else ", ").join(map(_say, value))
        case {"value": figure, "interval": interval}:
            return f"{_say(figure)} ({_say(interval)})"
        case Mapping():
            return ", ".join(f"{_lower(key)} {_say(item)}" for key, item in value.items())
    text = "" if value is None else str(value)
    return f"{text[:12]}…" if len(text) == _HASH and " " not in text else text


def _number(value: float) -> str:
    if isinstance(value, int):
        return f"{value:,}" if value >= 10_000 else str(value)
    return f"{value:.3g}" if abs(value) < 0.001 else f"{value:.3f}".rstrip("0").rstrip(".")


def _is_span(value: Sequence[Any]) -> bool:
    return len(value) == 2 and all(isinstance(end, int | float) for end in value)


def _words(key: str) -> str:
    text = " ".join("AUC" if word == "auc" else word for word in str(key).split("_"))
    return text[:1].upper() + text[1:]


def _lower(key: str) -> str:
    words = _words(key)
    return words if words.startswith("AUC") else words[:1].lower() + words[1:]
