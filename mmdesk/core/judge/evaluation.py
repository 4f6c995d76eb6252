"""How good a version's outputs are against labels, alone or beside another version; numpy only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mmdesk.core.fields.arrays import grade_probabilities
from mmdesk.core.fields.kind import Judged
from mmdesk.core.fields.kinds import kind_of
from mmdesk.core.fields.schema import Field, Schema
from mmdesk.core.judge import metrics
from mmdesk.core.judge.bootstrap import Metric, draws, interval_of, plain, replicated
from mmdesk.core.judge.metrics import FEWEST, Floats
from mmdesk.core.judge.verdict import ALL, CORRECTED, OLD, SHORT, Figure, FigureRow, Key
from mmdesk.words import QT_TR_NOOP, tr

Arrays = Mapping[str, NDArray[Any]]

BINARY, GRADE, NUMBER = (judged.value for judged in (Judged.BINARY, Judged.GRADE, Judged.NUMBER))

FIGURES: Mapping[str, Mapping[str, Metric]] = {
    BINARY: {
        Key.AUC: metrics.auc,
        Key.SENSITIVITY: metrics.sensitivity,
        Key.SPECIFICITY: metrics.specificity,
        Key.CALIBRATION: metrics.calibration_error,
    },
    GRADE: {Key.KAPPA: metrics.quadratic_kappa, Key.ACCURACY: metrics.accuracy},
    NUMBER: {Key.DISTANCE: metrics.mean_absolute_error},
}
"""By kind of question, the figures given; the first is its main one."""

_PREFIX = {ALL: "", OLD: QT_TR_NOOP("old cases "), CORRECTED: QT_TR_NOOP("corrected cases ")}


@dataclass(frozen=True, slots=True)
class Scored:
    """Labelled cases of one split, n of them.

    Attributes:
        truth: By target, as `core.prepare.prepare_targets` gives it.
        known: By target, (n,) true where it is labelled.
        groups: Group of each case.
    """

    truth: Arrays
    known: Mapping[str, NDArray[np.bool_]]
    groups: Sequence[str]


@dataclass(frozen=True, slots=True)
class Question:
    """One thing that can be right or wrong: a flag, one option, a grade or a number.

    Attributes:
        target: Name of the target.
        label: The option of a choice or of labels; else empty.
        title: Words for a person.
        kind: `binary`, `grade` or `number`.
        rows: Places of the cases where it is labelled, (m,).
        truth: (m,) of bool, grade or number.
        scale: Spread of a number's truth; 1 for others.
    """

    target: str
    label: str
    title: str
    kind: str
    rows: NDArray[np.int_]
    truth: NDArray[Any]
    column: int = 0
    scale: float = 1.0

    @property
    def positives(self) -> int | None:
        """Number of positive cases; None for grades and numbers."""
        return int(self.truth.sum()) if self.kind == BINARY else None

    @property
    def enough(self) -> bool:
        """Whether there are enough cases for a figure."""
        if self.kind == BINARY:
            return metrics.enough(self.truth)
        return len(self.truth) >= FEWEST and len(np.unique(self.truth)) > 1

    @property
    def why_not(self) -> str:
        """The words for too few cases."""
        if self.kind == BINARY:
            return metrics.too_few(self.title, self.positives or 0, len(self.truth))
        return tr(
            "{title} has {count} labelled cases here, too few for a figure. "
            "Other targets are shown. Label more, or choose another split.",
            title=self.title,
            count=len(self.truth),
        )

    def answers(self, outputs: Arrays) -> NDArray[Any]:
        """Return a version's answers to it, (m,): probability, grade or number."""
        found = np.asarray(outputs[self.target], np.float64)[self.rows]
        if self.kind == GRADE:
            return np.asarray(grade_probabilities(found).argmax(1))
        return np.asarray(found[:, self.column])

    def among(self, wanted: NDArray[np.bool_]) -> Question:
        """Return the same question on some of the cases; wanted is (n,)."""
        held = wanted[self.rows]
        return Question(
            self.target, self.label, self.title, self.kind, self.rows[held], self.truth[held], self.column,
            self.scale,
        )  # fmt: skip


def questions(schema: Schema, scored: Scored) -> list[Question]:
    """Return what can be asked of the labelled cases, in the order of the schema."""
    return [question for target in schema.targets for question in _of_target(target, scored)]


def evaluate(schema: Schema, scored: Scored, outputs: Arrays, *, n: int = 1000, seed: int = 1) -> list[Figure]:
    """Return the figures of one version, the primary one first.

    Args:
        schema: The fields.
        scored: Labelled cases.
        outputs: The version's outputs for them, by target.
        n: Replicates of the bootstrap, drawn by group.
        seed: The same seed gives the same intervals.
    """
    asked = questions(schema, scored)
    weights = draws(scored.groups, n, seed)
    return [_figure(one, outputs, weights) for one in [*_overall(asked), *_single(asked)]]


def compare(
    schema: Schema,
    scored: Scored,
    current: Arrays,
    candidate: Arrays,
    subsets: Mapping[str, NDArray[np.bool_]],
    *,
    n: int = 1000,
    seed: int = 1,
) -> list[FigureRow]:
    """Return the figures of two versions on the same cases, paired; the primary one first.

    Args:
        schema: The fields.
        scored: Labelled cases.
        current: Outputs of the current version, by target.
        candidate: Outputs of the candidate.
        subsets: By `old` and `corrected`, (n,) true for the cases that are.
        n: Replicates of the bootstrap, drawn by group.
        seed: The same seed gives the same intervals.
    """
    asked = questions(schema, scored)
    weights = draws(scored.groups, n, seed)
    overall = _overall(asked)
    rows = [_row(one, ALL, current, candidate, weights) for one in overall[:1]]
    for cases in (OLD, CORRECTED):
        some = [question.among(subsets[cases]) for question in asked]
        first = _overall(some, _PREFIX[cases])[:1]
        rows += [_row(one, cases, current, candidate, weights) for one in first]
    shown = {(row.metric, row.key) for row in rows}
    rest = [one for one in [*overall[1:], *_single(asked)] if one[:2] not in shown]
    return rows + [_row(one, ALL, current, candidate, weights) for one in rest]


def right_answers(asked: Sequence[Question], outputs: Arrays, count: int) -> NDArray[np.int_]:
    """Return how many of the questions each of `count` cases has right; numbers do not count."""
    right = np.zeros(count, int)
    for question in asked:
        if question.kind != NUMBER:
            answers = question.answers(outputs)
            hits = (answers >= 0.5) == question.truth if question.kind == BINARY else answers == question.truth
            np.add.at(right, question.rows, hits.astype(int))
    return right


Asked = tuple[str, str, list[Question]]
"""A figure to be made: title, key, and the questions it is the mean of."""


def _of_target(target: Field, scored: Scored) -> list[Question]:
    rows = np.flatnonzero(scored.known[target.name])
    truth = np.asarray(scored.truth[target.name])[rows]
    kind = kind_of(target)
    match kind.judged:
        case Judged.GRADE:
            return [Question(target.name, "", target.title, GRADE, rows, truth.sum(1).astype(int))]
        case Judged.NUMBER:
            numbers = truth[:, 0].astype(float)
            spread = float(numbers.std()) if len(numbers) else 0.0
            return [Question(target.name, "", target.title, NUMBER, rows, numbers, scale=spread or 1.0)]
    return [
        Question(target.name, option, option or target.title, BINARY, rows, truth[:, column] > 0.5, column)
        for column, option in enumerate(("",) if kind.two_valued else kind.chances(target))
    ]


def _overall(asked: Sequence[Question], prefix: str = "") -> list[Asked]:
    """Return the figures about everything: the primary one, then calibration."""
    made: list[Asked] = []
    for kind, keys in (
        (BINARY, (Key.AUC, Key.CALIBRATION)),
        (GRADE, (Key.KAPPA,)),
        (NUMBER, (Key.DISTANCE,)),
    ):
        some = [question for question in asked if question.kind == kind]
        if kind == NUMBER:
            some = some[:1]  # numbers have units of their own and cannot be averaged
        if not some or (made and kind != BINARY):
            continue
        for key in keys:
            what = tr("macro {short}", short=SHORT[key]) if len(some) > 1 else f"{some[0].title} {SHORT[key]}"
            what = tr("calibration ECE") if key == Key.CALIBRATION else what
            made.append((f"{prefix}{what}", key, some))
    return made


def _single(asked: Sequence[Question]) -> list[Asked]:
    return [
        (f"{question.title} {SHORT[Key(key)]}", key, [question])
        for question in asked
        for key in FIGURES[question.kind]
        if key != Key.CALIBRATION
    ]


def _metric(question: Question, key: str) -> Metric:
    return FIGURES[question.kind][key]


def _figure(asked: Asked, outputs: Arrays, weights: Floats) -> Figure:
    title, key, parts = asked
    used = [question for question in parts if question.enough]
    facts = _facts(parts, used)
    if not used:
        return Figure(title, key, words=_why_not(parts), **facts)
    value = np.mean([plain(_metric(q, key), q.truth, q.answers(outputs)) for q in used])
    interval = interval_of(float(value), _mean_replicates(used, key, outputs, weights))
    return Figure(title, key, value=float(value), low=_known(interval.low), high=_known(interval.high), **facts)


def _row(asked: Asked, cases: str, current: Arrays, candidate: Arrays, weights: Floats) -> FigureRow:
    title, key, parts = asked
    used = [question for question in parts if question.enough]
    facts = _facts(parts, used)
    scale = parts[0].scale
    if not used:
        return FigureRow(title, key, cases, words=_why_not(parts), scale=scale, **facts)
    first, second = (
        float(np.mean([plain(_metric(q, key), q.truth, q.answers(outputs)) for q in used]))
        for outputs in (current, candidate)
    )
    apart = _mean_replicates(used, key, candidate, weights) - _mean_replicates(used, key, current, weights)
    interval = interval_of(second - first, apart)
    return FigureRow(
        title,
        key,
        cases,
        current=first,
        candidate=second,
        difference=second - first,
        low=_known(interval.low),
        high=_known(interval.high),
        scale=scale,
        **facts,
    )


def _facts(parts: Sequence[Question], used: Sequence[Question]) -> dict[str, Any]:
    counted = used or parts
    rows = np.unique(np.concatenate([question.rows for question in counted]))
    single = len(parts) == 1
    return {
        "n": len(rows),
        "positives": parts[0].positives if single else None,
        "target": parts[0].target if single else "",
        "label": parts[0].label if single else "",
    }


def _mean_replicates(used: Sequence[Question], key: str, outputs: Arrays, weights: Floats) -> Floats:
    """Return the mean of a figure over questions in each replicate, of those defined there."""
    columns = np.stack([replicated(_metric(q, key), q.truth, q.answers(outputs), weights[:, q.rows]) for q in used])
    known = ~np.isnan(columns)
    mean: Floats = np.full(columns.shape[1], np.nan)
    np.divide(np.where(known, columns, 0).sum(0), known.sum(0), out=mean, where=known.any(0))
    return mean


def _why_not(parts: Sequence[Question]) -> str:
    if len(parts) == 1:
        return parts[0].why_not
    return tr("No label has {fewest} positive and {fewest} negative cases here, too few for a figure.", fewest=FEWEST)


def _known(value: float) -> float | None:
    return None if np.isnan(value) else value
