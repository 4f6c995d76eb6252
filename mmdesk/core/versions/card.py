"""A model version's card: what it was made from and how well it does.

Each card is a `Card`, written by `to_text` and read by `from_text`, which take whatever earlier
programs and other makers of cards wrote: reading never ends in an exception. A part that cannot
be read is kept as it came, under `damaged`, and the words of the card say so.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from mmdesk.core.fields.flat import Unreadable, read_flat
from mmdesk.core.judge.verdict import Comparison, Figure
from mmdesk.core.versions.learnt import LEARNT_FROM
from mmdesk.words import QT_TR_NOOP

RESEARCH_USE = QT_TR_NOOP("For research use only. Not a medical device; not for diagnosis or treatment.")

BROUGHT = "brought along"
"""Kind of a model that was made elsewhere."""

SUSPICIOUS: Final = "suspicious_inputs"
"""Fact of a card: inputs that alone tell a target, see `core.judge.leaks`; its notes say them in words."""

WHOLE: Final = "unreadable_card"
"""Under `damaged`: the card as a whole."""

_TEXTS: Final = ("title", "name", "use", "kind", "parent", "reader", "created")


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Figures of a version on labelled cases.

    Attributes:
        figures: The figures, the primary one first.
        facts: What they were measured on, such as `split` and `labels` (hash); under `beside` the
            version that was scored on the same cases.
    """

    figures: tuple[Figure, ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def from_json(cls, raw: object) -> Evaluation:
        """Return what `to_json` gave, or an earlier program: figures by name, or names with numbers.

        Raises:
            Unreadable: It is no evaluation.
        """
        if not isinstance(raw, Mapping):
            raise Unreadable("an evaluation is no object")
        found = raw.get("figures") or []
        if isinstance(found, Mapping):
            found = [_named(name, value) for name, value in found.items()]
        if not isinstance(found, list | tuple):
            raise Unreadable("the figures of an evaluation are no list")
        figures = tuple(read_flat(Figure, row) for row in found)
        return cls(figures, {key: value for key, value in raw.items() if key != "figures"})

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return {**self.facts, "figures": [figure.as_json() for figure in self.figures]}

    @property
    def has_figures(self) -> bool:
        """Whether any figure has a value."""
        return any(figure.value is not None for figure in self.figures)


@dataclass(frozen=True, slots=True)
class Card:
    """What is known of a model version.

    Attributes:
        title: Heading, where it is not the name.
        name: Words for a person.
        use: What it may be used for.
        kind: How it was made.
        parent: Id of the version it was fine-tuned from.
        reader: Who had it made.
        created: UTC time, ISO 8601.
        evaluation: How it does on the test split.
        comparison: The last comparison of it with a version that was current.
        scores: How it did where a candidate was compared with it.
        facts: Everything else, in the order of the card.
        damaged: Parts that cannot be read, as they came.
    """

    title: str = ""
    name: str = ""
    use: str = ""
    kind: str = ""
    parent: str = ""
    reader: str = ""
    created: str = ""
    evaluation: Evaluation | None = None
    comparison: Comparison | None = None
    scores: Evaluation | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    damaged: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def from_json(cls, raw: object) -> Card:
        """Return the card of JSON values, whatever they are."""
        if not isinstance(raw, Mapping):
            return cls(damaged={WHOLE: raw})
        known: dict[str, Any] = {}
        damaged = {WHOLE: raw[WHOLE]} if WHOLE in raw else {}
        for name, read in _READERS.items():
            if (value := raw.get(name)) is None:
                continue
            try:
                known[name] = read(value)
            except Unreadable:
                damaged[name] = value
        facts = {str(key): value for key, value in raw.items() if key not in {*_READERS, WHOLE}}
        return cls(**known, facts=facts, damaged=damaged)

    @classmethod
    def from_text(cls, text: str) -> Card:
        """Return the card of a `card.json`, whatever it holds."""
        try:
            return cls.from_json(json.loads(text))
        except (ValueError, RecursionError):
            return cls(damaged={WHOLE: text})

    def to_json(self) -> dict[str, Any]:
        """Return the card as JSON values; `from_json` gives the same card back."""
        texts = {name: text for name in _TEXTS if (text := getattr(self, name))}
        parts: dict[str, Any] = {}
        if self.evaluation:
            parts["evaluation"] = self.evaluation.to_json()
        if self.comparison:
            parts["comparison"] = self.comparison.as_json()
        if self.scores:
            parts["scores"] = self.scores.to_json()
        return {**texts, **self.facts, **parts, **self.damaged}

    def to_text(self) -> str:
        """Return the text of a `card.json`."""
        return json.dumps(self.to_json(), indent=1, ensure_ascii=False)

    def plus(self, **parts: Any) -> Card:
        """Return the card with some parts in place of its own, given as JSON values."""
        return Card.from_json({**self.to_json(), **parts})

    @property
    def unreadable(self) -> bool:
        """Whether the card as a whole cannot be read."""
        return WHOLE in self.damaged

    @property
    def compiled(self) -> bool:
        """Whether the version has a compiled form."""
        return self.facts.get("compiled") is True

    @property
    def learnt_from_test(self) -> int:
        """How many cases of the test split it learnt from, as far as the project tells."""
        found = self.facts.get(LEARNT_FROM)
        return found if isinstance(found, int) else 0

    @property
    def notes(self) -> tuple[str, ...]:
        """What the reader should know, one sentence each."""
        found = self.facts.get("notes")
        return tuple(map(str, found)) if isinstance(found, list | tuple) else ()


def scores_of(comparison: Comparison) -> Evaluation:
    """Return how the current version did in a comparison, for its own card."""
    figures = tuple(
        Figure(
            row.metric,
            row.key,
            row.n,
            row.current,
            positives=row.positives,
            target=row.target,
            label=row.label,
            words=row.words if row.current is None else "",
        )
        for row in comparison.rows
    )
    return Evaluation(figures, {"labels": comparison.labels, "beside": comparison.candidate})


def _named(name: object, value: object) -> dict[str, Any]:
    if isinstance(value, Mapping):
        return {"metric": str(name), **value}
    return {"metric": str(name), "value": value}


def _text(value: object) -> str:
    if isinstance(value, Mapping | list | tuple):
        raise Unreadable("a text is a list or an object")
    return str(value)


_READERS: Final[Mapping[str, Callable[[Any], Any]]] = {
    **dict.fromkeys(_TEXTS, _text),
    "evaluation": Evaluation.from_json,
    "comparison": Comparison.from_json,
    "scores": Evaluation.from_json,
}
