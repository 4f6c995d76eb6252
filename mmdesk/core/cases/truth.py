"""What counts as the truth of a case when several have labelled it, and the hash of all of it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import sha256

from mmdesk.core.cases.case import ADJUDICATED, NO_READERS, REFERENCE, Case, Label
from mmdesk.core.fields.kinds import kind_of
from mmdesk.core.fields.schema import Schema
from mmdesk.core.fields.splits import TEST
from mmdesk.core.fields.values import Value, is_present

CONSENSUS = "consensus"
"""The setting of a project that names its `Rule`."""


class Rule(StrEnum):
    """Which label counts where several readers have labelled and nobody has decided."""

    LATEST = "latest"
    """The latest."""
    MAJORITY = "majority"
    """What more than half of the readers who could judge say."""
    AGREEMENT = "agreement"
    """What all of them say."""


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


def truths_of(labels: Mapping[int, Mapping[str, Sequence[Label]]], rule: str | None) -> dict[int, Truth]:
    """Return what counts of every case: the one way from labels to the reference that models are held to.

    Args:
        labels: All labels by case and target, as the store gives them.
        rule: The project's rule, one of `Rule`; None where it has none, which is `latest`.
    """
    return {case: truth_of(given, rule) for case, given in labels.items()}


TABLE, OF_READER = "table", "reader:"
"""References other than the project's rule: the table's labels, and those of one reader."""


def of_reference(
    labels: Mapping[int, Mapping[str, Sequence[Label]]], reference: str
) -> Mapping[int, Mapping[str, Sequence[Label]]]:
    """Return the labels of one reference: `TABLE`, a reader's name after `OF_READER`, or all of them when empty."""
    if not reference:
        return labels
    who = REFERENCE if reference == TABLE else reference.removeprefix(OF_READER)
    return {
        case: {target: [label for label in given if label.reader == who] for target, given in said.items()}
        for case, said in labels.items()
    }


def truth_of(labels: Mapping[str, Sequence[Label]], rule: str | None = None) -> Truth:
    """Return what counts of one case, see `counting_label`."""
    counting = {target: label for target, given in labels.items() if (label := counting_label(given, rule))}
    return Truth(
        {target: label.value for target, label in counting.items()},
        frozenset(target for target, label in counting.items() if label.reader != REFERENCE),
    )


def counting_label(given: Iterable[Label], rule: str | None = None) -> Label | None:
    """Return the label of a target that counts; None where none does.

    What a third person decided counts by every rule. Then the rule decides among the readers'
    labels; where no reader could judge, the reference counts. A reader who could not judge says
    nothing. Where readers differ so that the rule decides nothing, nothing counts, not even the
    reference, until a third person has decided.
    """
    known = [label for label in given if is_present(label.value)]
    decided = [label for label in known if label.reader == ADJUDICATED]
    read = sorted((label for label in known if label.reader not in NO_READERS), key=lambda label: label.at)
    if decided or not read:
        return next(iter(decided or known), None)
    votes: dict[object, list[Label]] = {}
    for label in read:
        votes.setdefault(answer_key(label.value), []).append(label)
    most = max(votes.values(), key=len)
    match rule:
        case Rule.MAJORITY:
            return most[-1] if len(most) * 2 > len(read) else None
        case Rule.AGREEMENT:
            return most[-1] if len(votes) == 1 else None
    return read[-1]


def answer_key(value: Value) -> object:
    """Return what two equal answers have in common; the order of several options does not count."""
    return frozenset(value) if isinstance(value, tuple) else value


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


def judged_hash(cases: Iterable[Case], truths: Mapping[int, Truth]) -> str:
    """Return the hex digest of the labels of the test split: what versions are compared by."""
    digest = sha256(b"mmdesk test labels 1\n")
    for case in sorted(cases, key=lambda case: case.name):
        if case.split == TEST and case.id in truths and (values := truths[case.id].values):
            said = [[name, repr(sorted(v) if isinstance(v, tuple) else v)] for name, v in sorted(values.items())]
            digest.update(json.dumps([case.name, said], ensure_ascii=False).encode("utf-8", "surrogatepass") + b"\n")
    return digest.hexdigest()
