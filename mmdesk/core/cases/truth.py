"""What counts as the truth of a case when several have labelled it, and the hash of all of it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256

from mmdesk.core.cases.case import REFERENCE, Case, Label
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

    @property
    def by_readers(self) -> Mapping[str, Value]:
        """The values that readers of this project gave, by target."""
        return {target: value for target, value in self.values.items() if target in self.own}


def truth_of(labels: Mapping[str, Sequence[Label]]) -> Truth:
    """Return what counts: each target's latest label by a reader, else the reference.

    Args:
        labels: All labels of one case, by target, as the store gives them.
    """
    counting = {target: label for target, given in labels.items() if (label := counting_label(given))}
    return Truth(
        {target: label.value for target, label in counting.items()},
        frozenset(target for target, label in counting.items() if label.reader != REFERENCE),
    )


def counting_label(given: Iterable[Label]) -> Label | None:
    """Return the label of a target that counts: the latest by a reader, else the reference.

    A reader who could not judge says nothing; None where nobody could.
    """
    known = (label for label in given if is_present(label.value))
    return max(known, key=lambda label: (label.reader != REFERENCE, label.at), default=None)


def labelled(cases: Iterable[Case], truths: Mapping[int, Truth], split: str = "") -> list[Case]:
    """Return the cases that have a label that counts, in their order.

    Args:
        cases: The cases.
        truths: What counts, by case id.
        split: Of this split only; of all when empty.
    """
    return [case for case in cases if split in ("", case.split) and case.id in truths and truths[case.id].values]


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
