"""From a head's outputs to predictions in the words of the schema."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mmdesk.core.cases.case import TargetPrediction
from mmdesk.core.fields.kinds import KINDS
from mmdesk.core.fields.schema import Schema
from mmdesk.core.model.fit import answered
from mmdesk.core.model.prepare import Preparation, TargetState

COVERAGE = 0.9
"""Share of cases that a number's interval is meant to hold."""


def read_outputs(
    schema: Schema, preparation: Preparation, outputs: Mapping[str, NDArray[Any]]
) -> list[dict[str, TargetPrediction]]:
    """Return the predictions of n cases.

    Args:
        schema: The project's fields; targets that it does not have, or not with these options, are left out.
        preparation: The version's own, which holds its options and intervals.
        outputs: By target name, as the head gives them: flag (n, 1), choice and labels
            (n, k), number (n, 1) in the field's unit, grade (n, k - 1).
    """
    fitting = answered(schema, preparation)
    columns = {
        name: [KINDS[state.kind].read(row, state, name) for row in np.asarray(outputs[name], np.float64)]
        for name, state in preparation.targets.items()
        if name in fitting and name in outputs
    }
    count = len(next(iter(outputs.values()))) if outputs else 0
    return [{name: column[row] for name, column in columns.items()} for row in range(count)]


def conformal_interval(residuals: NDArray[Any], coverage: float = COVERAGE) -> float | None:
    """Return the half width of a split-conformal interval.

    Args:
        residuals: (n,) differences between label and estimate on validation cases.
        coverage: Share of new cases that it is to hold.

    Returns:
        The half width in the residuals' unit; None when there are too few cases for it.
    """
    sizes = np.sort(np.abs(np.asarray(residuals, np.float64)))
    rank = int(np.ceil((len(sizes) + 1) * coverage))
    return float(sizes[rank - 1]) if len(sizes) and rank <= len(sizes) else None


def residuals(state: TargetState, wanted: NDArray[Any], found: NDArray[Any]) -> NDArray[np.float64]:
    """Return label minus estimate of a number, of their logarithms where it is learnt by that.

    Args:
        state: The target.
        wanted: Labels in the field's unit.
        found: Estimates of the same shape.
    """
    if not state.log:
        return np.asarray(np.asarray(wanted, np.float64) - found)
    tiny = np.finfo(np.float64).tiny
    return np.asarray(np.log(np.maximum(wanted, tiny)) - np.log(np.maximum(found, tiny)))
