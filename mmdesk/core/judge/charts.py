"""The points behind an evaluation's charts: ROC, calibration, confusion, risk and coverage; numpy only."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from mmdesk.core.judge.evaluation import GRADE, NUMBER, Arrays, Question
from mmdesk.core.judge.metrics import BINS

POINTS = 101
"""Points of a curve at most."""


def charts(question: Question, outputs: Arrays) -> dict[str, Any]:
    """Return the charts of one question as JSON values.

    Args:
        question: A flag, option, grade or number.
        outputs: A version's outputs by target.

    Returns:
        For a flag or option `roc` (pairs of 1 - specificity and sensitivity), `calibration`
        (rows of mean probability, share of positive cases, cases), `confusion` (true and
        false positives and negatives at 0.5) and `risk` (pairs of coverage and error);
        for a grade `confusion` (rows of the truth); for a number `scatter` (pairs of truth
        and estimate).
    """
    answers = question.answers(outputs)
    if question.kind == NUMBER:
        pairs = np.stack([question.truth, answers], 1)[:2000]
        return {"scatter": pairs.round(4).tolist()}
    if question.kind == GRADE:
        return {"confusion": _confusion(question.truth, answers)}
    truth = np.asarray(question.truth, bool)
    called = answers >= 0.5
    return {
        "roc": _roc(truth, answers),
        "calibration": _calibration(truth, answers),
        "confusion": {
            "tp": int((truth & called).sum()),
            "fp": int((~truth & called).sum()),
            "fn": int((truth & ~called).sum()),
            "tn": int((~truth & ~called).sum()),
        },
        "risk": risk_coverage(truth, answers),
    }


def risk_coverage(truth: NDArray[np.bool_], scores: NDArray[Any]) -> list[list[float]]:
    """Return how often the answer is wrong when only the surest cases are answered.

    Args:
        truth: (n,).
        scores: (n,) probabilities; the surest are furthest from 0.5.

    Returns:
        Pairs of coverage (share answered) and risk (share of those that is wrong), rising.
    """
    order = np.argsort(-np.abs(np.asarray(scores, float) - 0.5), kind="stable")
    wrong = ((np.asarray(scores) >= 0.5) != truth)[order]
    counts = np.arange(1, len(wrong) + 1)
    return _thinned(np.stack([counts / max(1, len(wrong)), np.cumsum(wrong) / counts], 1))


def chart_key(question: Question) -> str:
    """Return under what name an evaluation keeps the charts of a question."""
    return f"{question.target}/{question.label}" if question.label else question.target


def _roc(truth: NDArray[np.bool_], scores: NDArray[Any]) -> list[list[float]]:
    order = np.argsort(-scores, kind="stable")
    ranked, positive = scores[order], truth[order]
    ends = np.flatnonzero(np.r_[ranked[1:] != ranked[:-1], True]) if len(ranked) else np.array([], int)
    found = np.cumsum(positive)[ends] / max(1, truth.sum())
    alarms = np.cumsum(~positive)[ends] / max(1, (~truth).sum())
    return _thinned(np.stack([np.r_[0, alarms], np.r_[0, found]], 1))


def _calibration(truth: NDArray[np.bool_], scores: NDArray[Any]) -> list[list[float]]:
    bins = np.clip((scores * BINS).astype(int), 0, BINS - 1)
    rows = []
    for index in range(BINS):
        held = bins == index
        if held.any():
            rows.append([round(float(scores[held].mean()), 4), round(float(truth[held].mean()), 4), int(held.sum())])
    return rows


def _confusion(truth: NDArray[Any], answers: NDArray[Any]) -> list[list[int]]:
    size = int(max(truth.max(initial=0), answers.max(initial=0))) + 1
    cells = np.bincount(truth * size + answers, minlength=size * size)
    return [[int(count) for count in row] for row in cells.reshape(size, size)]


def _thinned(points: NDArray[Any]) -> list[list[float]]:
    if len(points) > POINTS:
        points = points[np.linspace(0, len(points) - 1, POINTS).round().astype(int)]
    return [[round(float(x), 4), round(float(y), 4)] for x, y in points]
