"""A model version's card in words, from `card.json`: what it was made from and how well it does."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

RESEARCH_USE = "For research use only. Not a medical device; not for diagnosis or treatment."

_ABOVE: Final = {"title", "name", "use", "research_use", "kind", "parent", "reader", "created"}
"""What the lines under the heading say."""
_FIRST: Final = ("evaluation", "comparison", "metrics")
"""Told before all else: how well it does."""
_NOT_FOR_EYES: Final = {"charts", "lost", "won"}
"""Points of curves and ids of cases."""
_HASH: Final = 64


def card_text(card: Mapping[str, Any], standing: str = "") -> str:
    """Return the Markdown of a card: a section for each entry, a table for each list of rows.

    Args:
        card: Texts, numbers, lists and mappings; `title` and `name` give the heading.
        standing: What is to be said first, such as whether the version is in use.
    """
    heading = card.get("title") or card.get("name") or "Model version"
    told = [standing, f"**{card.get('use') or RESEARCH_USE}**", _origin(card)]
    lines = [f"# {heading}", "", *(line for text in told if text for line in (text, ""))]
    order = [*(key for key in _FIRST if key in card), *(key for key in card if key not in _FIRST)]
    shown = {key: card[key] for key in order if key not in _ABOVE and _told(key, card[key])}
    facts = {key: value for key, value in shown.items() if not isinstance(value, Mapping | list | tuple)}
    for key, value in shown.items():
        if key not in facts:
            lines += [f"## {_words(key)}", "", *_SECTIONS.get(key, _block)(value), ""]
    return "\n".join([*lines, *(["## Facts", "", *_block(facts), ""] if facts else [])])


def _origin(card: Mapping[str, Any]) -> str:
    parts = [
        _words(card.get("kind") or "made"),
        f"from {card['parent']}" if card.get("parent") else "",
        f"by {card['reader']}" if card.get("reader") else "",
        f"on {str(card['created'])[:10]}" if card.get("created") else "",
    ]
    said = " ".join(part for part in parts if part)
    return f"{said}." if any(parts[1:]) or card.get("kind") else ""


def _evaluation(value: Any) -> list[str]:
    """Return the figures with their intervals, each once, and what they were measured on."""
    figures = [
        {"figure": row["metric"], "value": row.get("words") or row["value"], "95 % interval": _interval(row),
         "cases": row["n"], "of these positive": row.get("positives")}
        for row in value.get("figures", ())
    ]  # fmt: skip
    rest = {key: item for key, item in value.items() if key != "figures"}
    return [*_table(_each_once(figures)), "", *_block(rest)] if figures else _block(rest)


def _comparison(value: Any) -> list[str]:
    """Return the verdict and the differences to the version before, with their intervals."""
    before, after = f"with {value['current']}", f"with {value['candidate']}"
    rows = [
        {"figure": row["metric"], before: row["current"], after: row["candidate"],
         "difference": row["difference"], "95 % interval": _interval(row), "cases": row["n"]}
        for row in value.get("rows", ())
    ]  # fmt: skip
    return [str(value.get("words", "")), "", *(_table(_each_once(rows)) if rows else [])]


def _interval(row: Mapping[str, Any]) -> tuple[float, float] | None:
    """Return the ends of a figure's interval; None where there are too few cases for one."""
    return None if row["low"] is None or row["high"] is None else (row["low"], row["high"])


def _training(value: Any) -> list[str]:
    """Return the facts; of what changed from epoch to epoch, the first and the last."""
    if not isinstance(value, Mapping):
        return _block(value)
    return _block({key: _ends(item) if "loss" in key else item for key, item in value.items()})


def _ends(values: Any) -> Any:
    if isinstance(values, Sequence) and not isinstance(values, str) and len(values) > 2:
        return values[0], values[-1]
    return values


_SECTIONS: Final[Mapping[str, Callable[[Any], list[str]]]] = {
    "evaluation": _evaluation,
    "scores": _evaluation,
    "comparison": _comparison,
    "training": _training,
}


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
