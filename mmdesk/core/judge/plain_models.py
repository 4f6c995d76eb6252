"""What less than the model reaches: the majority, one input, the fields, or which cells are blank; numpy only.

Each is learnt on the training split and judged on the same cases as the model.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from mmdesk.core.cases.case import Case
from mmdesk.core.fields.arrays import FIRST
from mmdesk.core.fields.kind import CONTENT, Form
from mmdesk.core.fields.kinds import kind_of
from mmdesk.core.fields.schema import Field, Schema
from mmdesk.core.fields.states import Limits
from mmdesk.core.fields.values import Missing
from mmdesk.core.judge.evaluation import BINARY, NUMBER, Question
from mmdesk.core.judge.metrics import Floats
from mmdesk.words import tr

RIDGE, ROUNDS = 1.0, 25
_FEWEST = 10


@dataclass(frozen=True, slots=True)
class PlainModel:
    """Features that a plain model sees.

    Attributes:
        name: In words.
        train: (n, k) of the training cases.
        judged: (m, k) of the judged cases.
    """

    name: str
    train: Floats
    judged: Floats

    def answers(self, learnt: Question, asked: Question) -> Floats | None:
        """Return its answers to a question on the judged cases; None where it cannot learn it.

        Args:
            learnt: The question on the training cases.
            asked: The same question on the judged cases.
        """
        if len(learnt.rows) < _FEWEST or len(np.unique(learnt.truth)) < 2:
            return None
        features, truth = _with_one(self.train[learnt.rows]), np.asarray(learnt.truth, float)
        shown = _with_one(self.judged[asked.rows])
        if asked.kind == BINARY:
            return _sigmoid(shown @ _logistic(features, truth))
        found = shown @ _linear(features, truth)
        if asked.kind == NUMBER:
            return found if self.train.shape[1] else np.full(len(shown), np.median(truth))
        if not self.train.shape[1]:
            return np.full(len(shown), np.bincount(truth.astype(int)).argmax())
        return np.clip(found.round(), truth.min(), truth.max()).astype(int)


def plain_models(schema: Schema, train: Sequence[Case], judged: Sequence[Case]) -> Iterator[PlainModel]:
    """Return what is to be beaten: the majority, each single input, all fields, and which cells are blank."""
    yield PlainModel(tr("the most frequent answer"), np.zeros((len(train), 0)), np.zeros((len(judged), 0)))
    parts = {field: _features(field, train, judged) for field in schema.record}
    known = {field: both for field, both in parts.items() if both is not None}
    for field, (one, other) in known.items():
        yield PlainModel(tr("{title} alone", title=field.title), one, other)
    if len(known) > 1:
        yield PlainModel(
            tr("the fields alone"),
            np.hstack([one for one, _ in known.values()]),
            np.hstack([other for _, other in known.values()]),
        )
    seen, shown = _present(schema, train), _present(schema, judged)
    if len(seen) and np.ptp(seen, axis=0).any():
        yield PlainModel(tr("which cells are blank"), seen, shown)


def _features(field: Field, train: Sequence[Case], judged: Sequence[Case]) -> tuple[Floats, Floats] | None:
    """Return an input as columns; None where it is no number, date, flag or choice."""
    kind = kind_of(field)
    if kind.form not in (Form.SCALAR, Form.CODE):
        return None
    learnt = kind.learn([value for value in _values(field, train) if value is not None], field, Limits())
    both = []
    for cases in (train, judged):
        values = _values(field, cases)
        columns = kind.arrays(learnt, values)[CONTENT]
        if kind.form is Form.CODE:
            size = len(field.options) + FIRST
            columns = np.eye(size)[np.clip(columns[:, 0].astype(int), 0, size - 1)]
        present = np.array([[float(value is not None)] for value in values]).reshape(len(cases), 1)
        both.append(np.hstack([np.asarray(columns, float), present]))
    return both[0], both[1]


def _values(field: Field, cases: Sequence[Case]) -> list[Any]:
    """Return the values that are there, and None in place of the others."""
    return [None if isinstance(value := case.inputs.get(field.name), Missing) else value for case in cases]


def _present(schema: Schema, cases: Sequence[Case]) -> Floats:
    rows = [[float(_values(field, [case])[0] is not None) for field in schema.inputs] for case in cases]
    return np.asarray(rows, float).reshape(len(cases), len(schema.inputs))


def _logistic(rows: Floats, truth: Floats) -> Floats:
    """Return weights of a ridge logistic regression by Newton steps; the intercept is not held."""
    weights, hold = np.zeros(rows.shape[1]), _hold(rows)
    for _ in range(ROUNDS):
        p = _sigmoid(rows @ weights)
        curve = (rows * (p * (1 - p))[:, None]).T @ rows + hold
        step = np.linalg.solve(curve, rows.T @ (p - truth) + hold @ weights)
        weights = weights - step
        if np.abs(step).max() < 1e-9:
            break
    return np.asarray(weights)


def _linear(rows: Floats, truth: Floats) -> Floats:
    return np.asarray(np.linalg.solve(rows.T @ rows + _hold(rows), rows.T @ truth))


def _hold(rows: Floats) -> Floats:
    return np.asarray(np.diag([*([RIDGE] * (rows.shape[1] - 1)), 1e-9]))


def _with_one(features: Floats) -> Floats:
    return np.hstack([features, np.ones((len(features), 1))])


def _sigmoid(values: Floats) -> Floats:
    return np.asarray(1 / (1 + np.exp(-np.clip(values, -30, 30))))
