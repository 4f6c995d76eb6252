"""How far the mere pattern of blank cells goes: the baseline that any model must beat; numpy only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mmdesk.core.cases.case import Case
from mmdesk.core.fields.kind import Judged
from mmdesk.core.fields.kinds import kind_of
from mmdesk.core.fields.schema import Schema
from mmdesk.core.fields.values import Missing
from mmdesk.core.judge.evaluation import Scored, evaluate
from mmdesk.core.judge.verdict import Figure

RIDGE, ROUNDS = 1.0, 20


def blank_cells_baseline(
    schema: Schema, train: tuple[Sequence[Case], Scored], judged: tuple[Sequence[Case], Scored]
) -> Figure | None:
    """Return the primary figure of a model that sees only which inputs are there.

    A logistic regression for each flag, option or label. A figure well above a half means that
    missing values betray the labels, as where sicker patients have more tests.

    Args:
        schema: The fields.
        train: Cases to learn from, with their labels.
        judged: Cases to judge on, with theirs.

    Returns:
        The figure; None where no input is ever missing or no target is of these kinds.
    """
    targets = [field for field in schema.targets if kind_of(field).judged is Judged.BINARY]
    seen, shown = (_present(schema, cases) for cases, _ in (train, judged))
    if not targets or not len(seen) or not np.ptp(seen, axis=0).any():
        return None
    outputs = {}
    for target in targets:
        known = train[1].known[target.name]
        truth = np.asarray(train[1].truth[target.name])[known]
        columns = [_fit(seen[known], truth[:, column]) for column in range(truth.shape[1])]
        outputs[target.name] = _sigmoid(_with_one(shown) @ np.stack(columns, 1))
    kept = tuple(field for field in schema if field.role != "target" or field in targets)
    return evaluate(replace(schema, fields=kept), judged[1], outputs, n=200)[0]


def _present(schema: Schema, cases: Sequence[Case]) -> NDArray[np.float64]:
    """Return (n, inputs), 1 where an input is there."""
    names = [field.name for field in schema.inputs]
    rows = [[not isinstance(case.inputs.get(name), Missing | None) for name in names] for case in cases]
    return np.asarray(rows, float).reshape(len(cases), len(schema.inputs))


def _fit(features: NDArray[np.float64], truth: NDArray[Any]) -> NDArray[np.float64]:
    """Return slopes and intercept of a ridge logistic regression by Newton steps."""
    rows = _with_one(features)
    weights = np.zeros(rows.shape[1])
    hold = RIDGE * np.eye(rows.shape[1])
    for _ in range(ROUNDS):
        p = _sigmoid(rows @ weights)
        gradient = rows.T @ (p - truth) + hold @ weights
        curve = (rows * (p * (1 - p))[:, None]).T @ rows + hold
        weights = weights - np.linalg.solve(curve, gradient)
    return np.asarray(weights)


def _with_one(features: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.hstack([features, np.ones((len(features), 1))])


def _sigmoid(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(1 / (1 + np.exp(-np.clip(values, -30, 30))))
