"""Everything that the page of an evaluation shows of one version, as JSON values; numpy only."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from mmdesk.core.fields.kind import Judged
from mmdesk.core.fields.kinds import kind_of
from mmdesk.core.fields.schema import Schema
from mmdesk.core.judge import curves, metrics
from mmdesk.core.judge.bootstrap import Metric, draws, interval_of, plain, replicated
from mmdesk.core.judge.evaluation import BINARY, GRADE, NUMBER, Arrays, Question, Scored, questions
from mmdesk.core.judge.metrics import Floats
from mmdesk.core.judge.plain_models import PlainModel
from mmdesk.core.judge.subgroups import Subgroup
from mmdesk.core.judge.verdict import Key
from mmdesk.words import QT_TR_NOOP, tr

Findings = Mapping[str, Any]
"""What is said of one question: its figures, curves, groups and baselines."""

Step = Callable[[int, int, str], None]
"""Gets how many of how many steps are done, and what is being done; may raise to stop."""

FEWEST_IN_GROUP: Final = 10
"""Cases of a group below which its figure is shown grey."""
POINTS: Final = 1001
"""Points of a curve at most."""
THRESHOLD: Final = 0.5
_DRAWN_CELLS = 2_000_000

TITLES: Final[Mapping[str, str]] = {
    "auc": "AUC",
    "ap": QT_TR_NOOP("average precision"),
    "sensitivity": "sensitivity",
    "specificity": "specificity",
    "ece": "ECE",
    "brier": QT_TR_NOOP("Brier score"),
    "kappa": QT_TR_NOOP("quadratic weighted kappa"),
    "accuracy": "accuracy",
    "mae": QT_TR_NOOP("mean absolute error"),
}

_FIGURES: Final[Mapping[str, Mapping[str, Metric]]] = {
    BINARY: {
        "auc": metrics.auc,
        "ap": metrics.average_precision,
        "sensitivity": metrics.sensitivity,
        "specificity": metrics.specificity,
        "ece": metrics.calibration_error,
        "brier": metrics.brier,
    },
    GRADE: {"kappa": metrics.quadratic_kappa, "accuracy": metrics.accuracy, "mae": metrics.mean_absolute_error},
    NUMBER: {"mae": metrics.mean_absolute_error},
}
"""By kind of question; the first is the main one, by which baselines and groups are compared."""
_LESS_IS_BETTER: Final = frozenset({"ece", "brier", "mae"})


def report(
    schema: Schema,
    scored: Scored,
    outputs: Arrays,
    ids: Sequence[int],
    *,
    train: Scored,
    plain_models: Sequence[PlainModel] = (),
    reduced: Mapping[str, Arrays] | None = None,
    groups: Sequence[Subgroup] = (),
    beside: Arrays | None = None,
    thresholds: Mapping[str, float] | None = None,
    step: Step = lambda _done, _total, _words: None,
    seed: int = 1,
) -> list[dict[str, Any]]:
    """Return what is to be shown of each question, in the order of the schema.

    Args:
        schema: The fields.
        scored: n judged cases with their labels.
        outputs: The version's outputs for them.
        ids: Their ids.
        train: Labels of the training cases that the plain models learn from.
        plain_models: What is to be beaten.
        reduced: By name, the version's outputs where it sees less.
        groups: Groups of the judged cases.
        beside: Outputs of another version for the same cases.
        thresholds: By `question_key`, from which probability on a case counts as positive.
        step: Gets the progress.
        seed: The same seed gives the same intervals.
    """
    asked = questions(schema, scored)
    learnt = {question_key(question): question for question in questions(schema, train)}
    times = max(200, min(1000, _DRAWN_CELLS // max(1, len(ids))))
    weights = draws(scored.groups, times, seed)
    made = []
    for place, question in enumerate(asked):
        step(place, len(asked), question.title)
        key = question_key(question)
        judge = _Judge(question, weights[:, question.rows], (thresholds or {}).get(key, THRESHOLD))
        answers = question.answers(outputs)
        found = judge.facts(answers, [ids[row] for row in question.rows.tolist()])
        if question.enough:
            others = [(one.name, one.answers(learnt[key], question)) for one in plain_models if key in learnt]
            others += [(name, question.answers(some)) for name, some in (reduced or {}).items()]
            found["baselines"] = [judge.beside(name, answers, other) for name, other in others if other is not None]
            found["groups"] = [judge.group(one, answers) for one in groups]
            if beside is not None:
                found["beside"] = judge.compared(answers, question.answers(beside))
        made.append(found)
    return made


def question_key(question: Question) -> str:
    """Return under what name the threshold of a question is kept."""
    return f"{question.target}/{question.label}" if question.label else question.target


def choice_tables(schema: Schema, scored: Scored, outputs: Arrays, ids: Sequence[int]) -> dict[str, dict[str, Any]]:
    """Return for each choice of one among several options `options`, `truth`, `answers` and `ids`, by target."""
    tables = {}
    for target in schema.targets:
        kind = kind_of(target)
        options = kind.chances(target)
        if kind.judged is not Judged.BINARY or kind.several or kind.two_valued or len(options) < 2:
            continue
        rows = np.flatnonzero(scored.known[target.name])
        tables[target.name] = {
            "title": target.title,
            "options": list(options),
            "truth": np.asarray(scored.truth[target.name])[rows].argmax(1).tolist(),
            "answers": np.asarray(outputs[target.name])[rows].argmax(1).tolist(),
            "ids": [ids[row] for row in rows.tolist()],
        }
    return tables


class _Judge:
    """Makes the facts of one question."""

    def __init__(self, question: Question, weights: Floats, threshold: float) -> None:
        self.question = question
        self.weights = weights
        self.threshold = threshold
        self.main = next(iter(_FIGURES[question.kind]))

    def facts(self, answers: NDArray[Any], ids: list[int]) -> dict[str, Any]:
        """Return figures, curves and the cases themselves."""
        question = self.question
        found: dict[str, Any] = {
            "key": question_key(question),
            "target": question.target,
            "label": question.label,
            "title": question.title if not question.label else f"{question.target}: {question.label}",
            "kind": question.kind,
            "n": len(ids),
            "positives": question.positives,
            "threshold": self.threshold,
            "why_not": "" if question.enough else question.why_not,
            "main": self.main,
            "figures": [],
            "ids": ids,
            "truth": _plain(question.truth),
            "answers": _plain(answers),
            "baselines": [],
            "groups": [],
        }
        if not len(ids):
            return found
        if question.enough:
            found["figures"] = [self.figure(key, answers) for key in _FIGURES[question.kind]]
        if question.kind == BINARY:
            found |= self._curves(answers)
        elif question.kind == NUMBER:
            bias, low, high = curves.limits_of_agreement(question.truth, answers)
            found["agreement"] = {"bias": bias, "low": low, "high": high}
        found["risk"] = self._risk(answers)
        return found

    def figure(self, key: str, answers: NDArray[Any]) -> dict[str, Any]:
        """Return one figure with its interval."""
        value, times = self._replicates(key, answers)
        interval = interval_of(value, times)
        return {"key": key, "title": tr(TITLES[key]), **_known(interval.value, interval.low, interval.high)}

    def beside(self, name: str, answers: NDArray[Any], other: NDArray[Any]) -> dict[str, Any]:
        """Return a baseline's main figure, and whether the model beats it by the whole interval."""
        difference = self._difference(self.main, other, answers)
        value, times = self._replicates(self.main, other)
        interval = interval_of(value, times)
        low, high = difference["low"], difference["high"]
        gain = None if low is None or high is None else (-high if self.main in _LESS_IS_BETTER else low)
        return {
            "name": name,
            "key": self.main,
            **_known(interval.value, interval.low, interval.high),
            "difference": difference,
            "beaten": gain is not None and gain > 0,
        }

    def group(self, group: Subgroup, answers: NDArray[Any]) -> dict[str, Any]:
        """Return the main figure of a group."""
        held = group.held[self.question.rows]
        some = self.question.among(group.held)
        found: dict[str, Any] = {
            "field": group.field,
            "title": group.title,
            "group": group.words,
            "n": int(held.sum()),
            "positives": some.positives,
            "few": int(held.sum()) < FEWEST_IN_GROUP or not some.enough,
            "rows": np.flatnonzero(held).tolist(),
            **_known(np.nan, np.nan, np.nan),
        }
        if some.enough:
            metric = _FIGURES[some.kind][self.main]
            value = plain(metric, some.truth, answers[held])
            interval = interval_of(value, replicated(metric, some.truth, answers[held], self.weights[:, held]))
            found |= _known(interval.value, interval.low, interval.high)
        return found

    def compared(self, answers: NDArray[Any], other: NDArray[Any]) -> dict[str, Any]:
        """Return the figures of another version on the same cases, and the paired differences."""
        keys = _FIGURES[self.question.kind]
        curve = self._curves(other) if self.question.kind == BINARY else {}
        return {
            "answers": _plain(other),
            "figures": [
                self.figure(key, other) | {"difference": self._difference(key, other, answers)} for key in keys
            ],
            **{name: curve[name] for name in ("roc", "pr") if name in curve},
        }

    def _replicates(self, key: str, answers: NDArray[Any]) -> tuple[float, Floats]:
        metric = _FIGURES[self.question.kind][key]
        if key in (Key.SENSITIVITY, Key.SPECIFICITY):
            answers = np.asarray(answers >= self.threshold, float)
        truth = self.question.truth
        return plain(metric, truth, answers), replicated(metric, truth, answers, self.weights)

    def _difference(self, key: str, before: NDArray[Any], after: NDArray[Any]) -> dict[str, Any]:
        """Return after minus before, by a bootstrap that draws the same cases for both."""
        (one, ones), (other, others) = self._replicates(key, before), self._replicates(key, after)
        interval = interval_of(other - one, others - ones)
        return _known(interval.value, interval.low, interval.high)

    def _curves(self, answers: NDArray[Any]) -> dict[str, Any]:
        truth, some = np.asarray(self.question.truth, bool), self.weights[:200]
        bins = curves.calibration_bin(answers)
        rows = []
        for index in np.unique(bins):
            held = bins == index
            share, count = int(truth[held].sum()), int(held.sum())
            low, high = curves.wilson(share, count)
            rows.append(
                {"mean": float(answers[held].mean()), "share": share / count, "low": low, "high": high}
                | {"n": count, "rows": np.flatnonzero(held).tolist()}
            )
        return {
            "roc": _points(curves.roc(truth, answers)) | _band(curves.roc_band(truth, answers, some)),
            "pr": _points(curves.precision_recall(truth, answers))
            | _band(curves.precision_recall_band(truth, answers, some)),
            "calibration": rows,
        }

    def _risk(self, answers: NDArray[Any]) -> dict[str, Any]:
        """Return the risk over the coverage; a grade and a number have no sureness here."""
        if self.question.kind != BINARY:
            return {}
        called = answers >= self.threshold
        wrong = np.asarray(called != self.question.truth, float)
        coverage, risk, sure = curves.risk_coverage(sureness(answers, self.threshold), wrong)
        kept = _thinned(len(coverage))
        return {"coverage": _plain(coverage[kept]), "risk": _plain(risk[kept]), "sureness": _plain(sure[kept])}


def sureness(probability: NDArray[Any], threshold: float) -> Floats:
    """Return how far probabilities are from the threshold, 0 at it and 1 at the ends."""
    p = np.asarray(probability, float)
    above, below = max(1e-9, 1 - threshold), max(1e-9, threshold)
    return np.where(p >= threshold, (p - threshold) / above, (threshold - p) / below)


def _points(points: curves.Points) -> dict[str, Any]:
    kept = _thinned(len(points.x))
    thresholds = [None if np.isinf(value) else float(value) for value in points.thresholds[kept]]
    return {"x": _plain(points.x[kept]), "y": _plain(points.y[kept]), "thresholds": thresholds}


def _band(band: tuple[Floats, Floats]) -> dict[str, Any]:
    low, high = band
    return {"grid": _plain(curves.GRID) if len(low) else [], "low": _plain(low), "high": _plain(high)}


def _thinned(count: int) -> NDArray[np.int_]:
    return np.unique(np.linspace(0, count - 1, min(count, POINTS)).round().astype(int)) if count else np.zeros(0, int)


def _plain(values: NDArray[Any]) -> list[Any]:
    return np.asarray(values).tolist()  # type: ignore[no-any-return]


def _known(value: float, low: float, high: float) -> dict[str, float | None]:
    return {k: None if np.isnan(v) else float(v) for k, v in (("value", value), ("low", low), ("high", high))}


def say_not_beaten(findings: Findings) -> str:
    """Say which baselines a question's main figure does not beat; empty when it beats all of them."""
    names = [one["name"] for one in findings["baselines"] if not one["beaten"]]
    if not names:
        return ""
    figure = tr(TITLES[findings["main"]])
    facts = {"title": findings["title"], "figure": figure, "names": ", ".join(names)}
    return tr("{title}: the {figure} does not beat what these reach, beyond its interval: {names}.", **facts)
