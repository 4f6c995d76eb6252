"""A model version's card in words, from `card.json`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

RESEARCH_USE = "For research use only. Not a medical device; not for diagnosis or treatment."


def card_text(card: Mapping[str, Any]) -> str:
    """Return the Markdown of a card: a section for each entry, a table for each list of rows.

    Args:
        card: Texts, numbers, lists and mappings; `title` and `name` give the heading.
    """
    lines = [f"# {card.get('title') or card.get('name') or 'Model version'}", "", f"**{RESEARCH_USE}**", ""]
    for key, value in card.items():
        if key not in {"title", "research_use"}:
            lines += [f"## {_words(key)}", "", *_block(value), ""]
    return "\n".join(lines)


def _block(value: Any) -> list[str]:
    if isinstance(value, Mapping):
        return [line for key, item in value.items() for line in _entry(key, item)]
    if isinstance(value, list | tuple) and value and all(isinstance(row, Mapping) for row in value):
        return _table(value)
    if isinstance(value, list | tuple):
        return [f"- {_say(item)}" for item in value]
    return [_say(value)]


def _entry(key: str, value: Any) -> list[str]:
    if isinstance(value, list | tuple) and value and isinstance(value[0], Mapping):
        return [f"{_words(key)}:", "", *_table(value), ""]
    if isinstance(value, Mapping):
        inner = ", ".join(
            f"{_words(name)[:1].lower() + _words(name)[1:]} {_say(item)}" for name, item in value.items()
        )
        return [f"- {_words(key)}: {inner}"]
    return [f"- {_words(key)}: {_say(value)}"]


def _table(rows: Any) -> list[str]:
    columns = list(dict.fromkeys(key for row in rows for key in row))
    lines = ["| " + " | ".join(map(_words, columns)) + " |", "|" + "---|" * len(columns)]
    return lines + ["| " + " | ".join(_say(row.get(key, "")) for key in columns) + " |" for row in rows]


def _say(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.3g}" if abs(value) < 0.001 else f"{value:.3f}".rstrip("0").rstrip(".")
    if isinstance(value, list | tuple):
        return " to ".join(map(_say, value)) if len(value) == 2 else ", ".join(map(_say, value))
    return "" if value is None else str(value)


def _words(key: str) -> str:
    words = ["AUC" if word == "auc" else word for word in str(key).split("_")]
    text = " ".join(words)
    return text[:1].upper() + text[1:]
