"""Whether a candidate should become current: figures, rules as data, and the words of the gate."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from typing import Any

from mmdesk.core.fields.flat import Unreadable, read_flat
from mmdesk.words import QT_TR_NOOP, tr

RECOMMENDED, REFUSED, OPEN = "recommended", QT_TR_NOOP("not recommended"), QT_TR_NOOP("cannot tell yet")

ALL, OLD, CORRECTED = "all", "old", "corrected"
"""Test cases: all of them, those with reference labels alone, those that a reader corrected."""


class Key(StrEnum):
    """Which figure a row of a comparison gives."""

    AUC = "auc"
    SENSITIVITY = "sensitivity"
    SPECIFICITY = "specificity"
    CALIBRATION = "ece"
    ACCURACY = "accuracy"
    KAPPA = "kappa"
    DISTANCE = "mae"


LOWER_IS_BETTER = frozenset({Key.CALIBRATION, Key.DISTANCE})
SHORT = {
    Key.AUC: "AUC",
    Key.SENSITIVITY: "sensitivity",
    Key.SPECIFICITY: "specificity",
    Key.CALIBRATION: "ECE",
    Key.ACCURACY: "accuracy",
    Key.KAPPA: "kappa",
    Key.DISTANCE: QT_TR_NOOP("mean distance"),
}
"""What each figure is called in a sentence."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of one version with its 95 % interval.

    Attributes:
        metric: In words.
        key: Which figure.
        n: Cases it is made of.
        value: None with too few cases, and then `words` says why.
        low: Lower end of the interval.
        high: Upper end of it.
        positives: Positive cases; None where there is no such thing.
        target: Name of the target; empty when about all.
        label: Option of the target; empty when about the whole target.
        words: Why there is no figure.
    """

    metric: str
    key: str = ""
    n: int = 0
    value: float | None = None
    low: float | None = None
    high: float | None = None
    positives: int | None = None
    target: str = ""
    label: str = ""
    words: str = ""

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class FigureRow:
    """One figure of the current version and the candidate on the same cases.

    Attributes:
        metric: In words ("Glaucoma sensitivity").
        key: Which figure.
        cases: `all`, `old` or `corrected`.
        n: Cases it is made of.
        positives: Positive cases among them; None where a figure has no such thing.
        current: Figure of the current version; None with too few cases.
        candidate: Figure of the candidate; None with too few cases.
        difference: Candidate minus current.
        low: Lower end of the difference's 95 % interval.
        high: Upper end of it.
        target: Name of the target; empty when the figure is about all.
        label: The option of the target; empty when about the whole target.
        rule: What the rules ask of it, in words; empty for none.
        verdict: `pass`, `FAIL`, or empty where no rule asks.
        scale: What a number's distances are compared with: its spread; 1 for other figures.
        words: Why there is no figure.
    """

    metric: str
    key: str
    cases: str
    n: int
    positives: int | None = None
    current: float | None = None
    candidate: float | None = None
    difference: float | None = None
    low: float | None = None
    high: float | None = None
    target: str = ""
    label: str = ""
    rule: str = ""
    verdict: str = ""
    scale: float = 1.0
    words: str = ""

    @property
    def gain(self) -> float | None:
        """The difference, turned so that more is better."""
        if self.difference is None:
            return None
        return -self.difference if self.key in LOWER_IS_BETTER else self.difference


@dataclass(frozen=True, slots=True)
class Rule:
    """What a candidate may not do.

    Attributes:
        key: The figure it looks at; `primary` for the comparison's first figure.
        cases: On which cases.
        allowed: How much worse the figure may be; a number's distance in shares of its spread.
    """

    key: str
    cases: str
    allowed: float


PRIMARY = "primary"

RULES = (
    Rule(Key.SENSITIVITY, ALL, 0.05),
    Rule(PRIMARY, OLD, 0.01),
    Rule(Key.CALIBRATION, ALL, 0.02),
)

SMALLEST_GAIN = 0.005
"""Gains below this are not worth more labels."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """A candidate against the current version, and the verdict.

    Attributes:
        candidate: Id of the candidate.
        current: Id of the version it was compared with.
        rows: The figures; the first is the primary one.
        verdict: `recommended`, `not recommended` or `cannot tell yet`.
        words: The verdict in words.
        labels: Hash of the snapshot of labels that both were scored on.
        counts: How many cases went where (see `modelling.evaluate`).
        lost: Ids of test cases that the current version had right and the candidate has wrong.
        won: Ids of test cases that it is the other way round with.
        notes: What else the reader should know, one sentence each.
        judged: Hash of the labels of the test split then; empty in comparisons of earlier programs.
    """

    candidate: str
    current: str
    rows: tuple[FigureRow, ...]
    verdict: str = OPEN
    words: str = ""
    labels: str = ""
    counts: Mapping[str, int] = field(default_factory=dict)
    lost: tuple[int, ...] = ()
    won: tuple[int, ...] = ()
    notes: tuple[str, ...] = ()
    judged: str = ""

    @property
    def has_figures(self) -> bool:
        """Whether any figure of the two stands beside the other's."""
        return any(row.difference is not None for row in self.rows)

    @property
    def recommended(self) -> bool:
        """Whether the rules recommend to promote the candidate."""
        return self.verdict == RECOMMENDED

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return asdict(self)

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> Comparison:
        """Return what `as_json` gave, now or in an earlier program.

        Raises:
            Unreadable: It is no comparison.
        """
        if not isinstance(raw, Mapping):
            raise Unreadable("a comparison is no object")
        rows = tuple(read_flat(FigureRow, row) for row in _list(raw, "rows"))
        counts = raw.get("counts") or {}
        if not isinstance(counts, Mapping):
            raise Unreadable("the counts of a comparison are no object")
        lists = {name: tuple(_ids(raw, name)) for name in ("lost", "won")}
        notes = tuple(map(str, _list(raw, "notes")))
        found = read_flat(cls, raw, rows=rows, counts=dict(counts), notes=notes, **lists)
        known = found.verdict in (RECOMMENDED, REFUSED, OPEN)
        return found if known else replace(found, verdict=OPEN)


def _list(raw: Mapping[str, Any], name: str) -> list[Any] | tuple[Any, ...]:
    found = raw.get(name, ())
    if not isinstance(found, list | tuple):
        raise Unreadable(f"{name} of a comparison is no list")
    return found


def _ids(raw: Mapping[str, Any], name: str) -> list[int]:
    return [found for found in _list(raw, name) if isinstance(found, int)]


def judge(rows: Sequence[FigureRow]) -> tuple[tuple[FigureRow, ...], str, str]:
    """Apply the rules to a comparison's rows.

    A candidate is recommended when no rule is broken and at least one of the leading figures
    (the primary one, each grade's kappa, each number's distance) is better by its whole
    interval, and none is worse by its whole interval.

    Args:
        rows: The figures, the primary one on all cases first.

    Returns:
        The rows with rule and verdict filled in, the verdict, and its words.
    """
    judged = [_judged(row, rows[0].key) for row in rows]
    broken = [row for row in judged if row.verdict == "FAIL" and row.difference is not None]
    primary = judged[0] if judged else None
    if primary is None or primary.difference is None or primary.low is None or primary.high is None:
        reason = primary.words if primary and primary.words else tr("The test split has too few cases for a figure.")
        verdict, words = OPEN, tr("Cannot tell yet. {reason}", reason=reason)
        return tuple(judged), *((REFUSED, _breaks(broken)) if broken else (verdict, words))
    if broken:
        return tuple(judged), REFUSED, _breaks(broken)
    leading = [row for row in judged if _leads(row, primary)]
    worse = [row for row in leading if _turned(row)[1] < 0]
    better = [row for row in leading if _turned(row)[0] > 0]
    if worse:
        return tuple(judged), REFUSED, tr("Not recommended. {gain}.", gain=_gain(worse[0], primary, "worse"))
    if better:
        return (
            tuple(judged),
            RECOMMENDED,
            tr("Recommended. {gain}; no rule broken.", gain=_gain(better[0], primary, "better")),
        )
    return tuple(judged), OPEN, _cannot_tell(primary)


def _leads(row: FigureRow, primary: FigureRow) -> bool:
    """Tell whether a row speaks for its target: the primary one, each grade's and each number's."""
    speaks = row is primary or row.key in (Key.KAPPA, Key.DISTANCE)
    return speaks and row.cases == ALL and row.low is not None and row.high is not None


def _gain(row: FigureRow, primary: FigureRow, word: str) -> str:
    low, high = _turned(row)
    span = tr(
        "({figure} to {figure_2})", figure=figure(min(abs(low), abs(high))), figure_2=figure(max(abs(low), abs(high)))
    )
    by = figure(abs(row.difference or 0))
    if row is primary:
        return tr(
            "{capitalize} by {by} {short} {span}",
            capitalize=word.capitalize(),
            by=by,
            short=SHORT[Key(row.key)],
            span=span,
        )
    return tr("{metric} is {word} by {by} {span}", metric=row.metric, word=word, by=by, span=span)


def labels_needed(row: FigureRow) -> int:
    """Return about how many more test labels would settle a difference; 0 when that is no use.

    The width of an interval shrinks with the root of the number of cases: the labels that
    make its half width equal to the difference, or to the smallest gain that is worth it.
    """
    if row.difference is None or row.low is None or row.high is None:
        return 0
    half = (row.high - row.low) / 2
    worth = max(abs(row.difference), SMALLEST_GAIN * row.scale)
    more = row.n * ((half / worth) ** 2 - 1)
    if more <= 0:
        return 0
    step = 10 if more < 100 else 50 if more < 1000 else 500
    return math.ceil(more / step) * step


def figure(value: float) -> str:
    """Return a figure with three decimals, or more precise where it is small and not zero.

    Example:
        >>> figure(0.0132), figure(-0.00004), figure(12.3456)
        ('0.013', '-0.00004', '12.346')
    """
    text = f"{value:.3f}"
    if value and float(text) == 0:
        return f"{value:.1g}" if abs(value) >= 1e-4 else f"{value:.5f}"
    return text


def _judged(row: FigureRow, primary: str) -> FigureRow:
    for rule in RULES:
        wanted = primary if rule.key == PRIMARY else rule.key
        if row.key != wanted or row.cases != rule.cases or (rule.key == Key.CALIBRATION and row.target):
            continue
        word = "rise" if row.key in LOWER_IS_BETTER else "fall"
        allowed = rule.allowed * row.scale
        told = tr("may {word} by {allowed:.2g} at most", word=word, allowed=allowed)
        if row.gain is None:
            return replace(row, rule=told)
        return replace(row, rule=told, verdict="FAIL" if row.gain < -allowed - 1e-9 else "pass")
    return row


def _breaks(broken: Sequence[FigureRow]) -> str:
    worst = min(broken, key=lambda row: (row.gain or 0) / row.scale)
    word = "rises" if worst.key in LOWER_IS_BETTER else "falls"
    allowed = next(part for part in worst.rule.split() if part[0].isdigit())
    first = f"{worst.metric[0].upper()}{worst.metric[1:]}"
    more = tr(" {count} more broken.", count=len(broken) - 1) if len(broken) > 1 else ""
    by = f"{abs(worst.difference or 0):.2f}"
    if by == f"{float(allowed):.2f}":
        by = figure(abs(worst.difference or 0))
    return tr(
        "Not recommended. {first} {word} by {by}; the rule allows {allowed}.{more}",
        first=first,
        word=word,
        by=by,
        allowed=allowed,
        more=more,
    )


def _cannot_tell(row: FigureRow) -> str:
    low, high = row.low or 0.0, row.high or 0.0
    said = tr(
        "Cannot tell yet. The difference may be nothing ({figure} to {figure_2}).",
        figure=figure(low),
        figure_2=figure(high),
    )
    more = labels_needed(row)
    if not more:
        return tr("{said} More labels would hardly change that.", said=said)
    return tr("{said} About {more:,} more labels would help.", said=said, more=more) if more < 100_000 else said


def _turned(row: FigureRow) -> tuple[float, float]:
    low, high = row.low or 0.0, row.high or 0.0
    return (-high, -low) if row.key in LOWER_IS_BETTER else (low, high)
