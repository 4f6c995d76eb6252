"""What counts as the truth of a case when several have labelled it, and the hash of all of it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256

from mmdesk.core.cases.case import REFERENCE, Case, Label, TargetPrediction
from mmdesk.core.fields.kinds import kind_of
from mmdesk.core.fields.schema import Schema
from mmdesk.core.fields.values import Value, is_present


@dataclass(frozen=True, slots=True)
class Truth:
    """The labels of one case that count.

    Attributes:
        values: By target; targets that nobody could label are not in it.
        own: Targets whose value a reader of this project gave; the others are reference.
    """

    values: Mapping[str, Value] = field(default_factory=dict)
    own: frozenset[str] = frozenset()


def truth_of(labels: Mapping[str, Sequence[Label]]) -> Truth:
    """Return what counts: each target's latest label by a reader, else the reference.

    A reader who could not judge a target says nothing about it.

    Args:
        labels: All labels of one case, by target, as the store gives them.
    """
    values: dict[str, Value] = {}
    own = set()
    for target, given in labels.items():
        known = [label for label in given if is_present(label.value)]
        by_reader = [label for label in known if label.reader != REFERENCE]
        if by_reader:
            own.add(target)
        for label in sorted(by_reader or known, key=lambda label: label.at)[-1:]:
            values[target] = label.value
    return Truth(values, frozenset(own))


def corrected_targets(truth: Truth, said: Mapping[str, TargetPrediction]) -> frozenset[str]:
    """Return the targets whose label by a reader is another answer than the prediction's.

    A number differs when it lies outside the prediction's interval; a prediction without an
    interval makes no number a correction.

    Args:
        truth: What counts of a case.
        said: The prediction by target.
    """
    return frozenset(name for name in truth.own if name in said and _differs(truth.values[name], said[name]))


def labels_hash(schema: Schema, cases: Iterable[Case], truths: Mapping[int, Truth]) -> str:
    """Return the hex digest of the labels that count, the same whatever the order of the cases.

    Args:
        schema: The fields.
        cases: The cases of the snapshot.
        truths: What counts, by case id.
    """
    digest = sha256(b"mmdesk labels 1\n")
    for case in sorted(cases, key=lambda case: case.name):
        truth = truths.get(case.id, Truth())
        row = {
            target.name: kind_of(target).to_store(truth.values[target.name], target)
            for target in schema.targets
            if target.name in truth.values
        }
        if row:
            digest.update(json.dumps([case.name, row], sort_keys=True, ensure_ascii=False).encode() + b"\n")
    return digest.hexdigest()


def _differs(value: Value, said: TargetPrediction) -> bool:
    if said.low is not None and said.high is not None and isinstance(value, int | float):
        return not said.low <= value <= said.high
    if isinstance(said.value, float):
        return False
    return value != said.value
