"""Whether two answers to a target disagree: the one rule behind every "corrected" and "differs"."""

from __future__ import annotations

from collections.abc import Mapping

from mmdesk.core.cases.case import TargetPrediction
from mmdesk.core.fields.kinds import kind_of
from mmdesk.core.fields.schema import Field, Schema
from mmdesk.core.fields.values import Value, is_present


def labels_differ(target: Field, one: Value, other: Value) -> bool:
    """Tell whether two labels are different answers; who gave none, or cannot judge, differs from nobody."""
    if not is_present(one) or not is_present(other):
        return False
    if kind_of(target).several:
        return set(one) != set(other)  # type: ignore[arg-type]
    return one != other


def disagrees(target: Field, label: Value, said: TargetPrediction) -> bool:
    """Tell whether a label is another answer than a prediction.

    An amount disagrees when it lies outside the prediction's interval. Without an interval it
    does not: an estimate hardly ever is the very number, so nearly every label would.

    Args:
        target: The field that both answer.
        label: The label; unread and "cannot judge" do not disagree.
        said: The prediction.
    """
    if is_present(label) and kind_of(target).is_amount:
        known = said.low is not None and said.high is not None
        return known and not said.low <= float(label) <= said.high  # type: ignore[arg-type, operator]
    return labels_differ(target, label, said.value)


def disagreeing(schema: Schema, labels: Mapping[str, Value], said: Mapping[str, TargetPrediction]) -> frozenset[str]:
    """Return the targets whose label is another answer than the prediction.

    Args:
        schema: The fields.
        labels: Labels by target.
        said: The prediction by target.
    """
    return frozenset(
        target.name
        for target in schema.targets
        if target.name in labels and target.name in said and disagrees(target, labels[target.name], said[target.name])
    )
