"""Which cases a fine-tuning learns from, and when it must not begin."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mmdesk.core.cases.case import Case
from mmdesk.core.cases.truth import Truth, labelled
from mmdesk.core.errors import TrainingRefused
from mmdesk.core.fields.kinds import kind_of
from mmdesk.core.fields.schema import Field, Schema
from mmdesk.core.fields.splits import SPLITS, TEST, TRAIN, VALIDATION
from mmdesk.core.fields.values import Value
from mmdesk.words import tr

FEWEST_READ = 10
"""Cases of the training split that readers must have labelled before a fine-tuning begins."""

REPLAY, REPLAY_TIMES = 1500, 5
"""Replayed cases at most: this many, or this many times the read ones where that is more."""

DISTILLED, DISTILLED_TIMES = 1000, 3
"""Unlabelled cases held to the base at most, likewise."""

_SPLIT_WORDS = {TRAIN: "training", VALIDATION: "validation", TEST: "test"}


@dataclass(frozen=True, slots=True)
class TrainingSet:
    """The cases of a fine-tuning.

    Attributes:
        read: Training cases that a reader labelled.
        replay: Training cases with reference labels alone.
        distilled: Training cases without labels, held to the base's outputs.
        validation: Labelled cases to stop on.
        test: Labelled cases to judge on; never trained on.
        test_read: Number of the test cases that a reader labelled.
    """

    read: tuple[Case, ...]
    replay: tuple[Case, ...]
    distilled: tuple[Case, ...]
    validation: tuple[Case, ...]
    test: tuple[Case, ...]
    test_read: int

    @property
    def train(self) -> tuple[Case, ...]:
        """All cases that are trained on."""
        return self.read + self.replay + self.distilled

    def counts(self) -> dict[str, int]:
        """Return how many cases each part has."""
        return {
            "read": len(self.read),
            "replay": len(self.replay),
            "distilled": len(self.distilled),
            "train": len(self.train),
            "validation": len(self.validation),
            "test": len(self.test),
            "test_read": self.test_read,
        }


def choose_training_set(cases: Sequence[Case], truths: Mapping[int, Truth], seed: int = 1) -> TrainingSet:
    """Sort the cases of a project into what a fine-tuning does with them.

    Args:
        cases: All cases of the project.
        truths: The labels that count, by case id.
        seed: Of drawing the replayed and distilled cases where there are more than needed.
    """
    none = Truth()

    def read(case: Case) -> bool:
        return bool(truths.get(case.id, none).own)

    train = [case for case in cases if case.split == TRAIN]
    own = [case for case in train if read(case)]
    known = labelled(train, truths)
    old = [case for case in known if not read(case)]
    ids = {case.id for case in known}
    unlabelled = [case for case in train if case.id not in ids]
    test = labelled(cases, truths, TEST)
    return TrainingSet(
        tuple(own),
        _some(old, max(REPLAY, REPLAY_TIMES * len(own)), seed),
        _some(unlabelled, max(DISTILLED, DISTILLED_TIMES * len(own)), seed),
        tuple(labelled(cases, truths, VALIDATION)),
        tuple(test),
        sum(map(read, test)),
    )


def check_finetuning(schema: Schema, material: TrainingSet, truths: Mapping[int, Truth]) -> list[str]:
    """See that a fine-tuning would be possible and honest.

    Returns:
        What the reader should know all the same, one sentence each.

    Raises:
        TrainingRefused: Too few cases are read, a split has no labelled cases, or a target
            has one answer only in a split.
    """
    if len(material.read) < FEWEST_READ:
        what = tr("Only {count} training cases are read", count=len(material.read))
        raise TrainingRefused(
            tr("{what}, too few to fine-tune on.", what=what),
            do=tr(
                "Read at least {fewest_read} cases of the training split; about 50 corrections help.",
                fewest_read=FEWEST_READ,
            ),
        )
    return check_splits(
        schema,
        {TRAIN: material.read + material.replay, VALIDATION: material.validation, TEST: material.test},
        truths,
    )


def check_splits(
    schema: Schema, splits: Mapping[str, Sequence[Case]], truths: Mapping[int, Truth], *, strict: bool = False
) -> list[str]:
    """See that no split is empty and none lacks a class.

    Args:
        schema: The fields.
        splits: The labelled cases by split.
        truths: The labels that count, by case id.
        strict: Refuse also when the training split never shows an option of a choice, a
            label, or a grade, which a model without a past cannot learn.

    Returns:
        Options that a split never shows, one sentence each.

    Raises:
        TrainingRefused: A split is empty or lacks a class.
    """
    notes: list[str] = []
    for split in SPLITS:
        if not splits[split]:
            raise _refused(tr("The {split_words} split has no labelled cases.", split_words=_SPLIT_WORDS[split]), split)
        for target in schema.targets:
            seen = _answers(target, [truths[case.id].values.get(target.name) for case in splits[split]])
            lacking = _lacking(target, seen)
            where = tr("the {split_words} split", split_words=_SPLIT_WORDS[split])
            if lacking and (_one_sided(target, seen) or (strict and split == TRAIN)):
                raise _refused(
                    tr(
                        "No case of {where} has {title}: {lacking}.",
                        where=where,
                        title=target.title,
                        lacking=lacking[0],
                    ),
                    split,
                )
            notes += [
                tr("No case of {where} has {title}: {name}.", where=where, title=target.title, name=name)
                for name in lacking
            ]
    return notes


def _some(cases: list[Case], most: int, seed: int) -> tuple[Case, ...]:
    if len(cases) <= most:
        return tuple(cases)
    return tuple(sorted(random.Random(seed).sample(cases, most), key=lambda case: case.id))  # noqa: S311


def _answers(target: Field, values: Sequence[Value]) -> set[object]:
    known = [value for value in values if value is not None]
    if not kind_of(target).several:
        return set(known)
    return {option for value in known if isinstance(value, tuple) for option in value} | (
        {None} if any(value == () for value in known) else set()
    )


def _lacking(target: Field, seen: set[object]) -> list[str]:
    """Return the answers to a target that were never given, in words."""
    if answers := kind_of(target).answers(target):
        return [words for value, words in answers if value not in seen]
    return [] if seen else [tr("any number")]


def _one_sided(target: Field, seen: set[object]) -> bool:
    """Tell whether nothing at all can be learnt or judged from these answers."""
    kind = kind_of(target)
    fewest = 1 if kind.several or not kind.answers(target) else 2
    return len(seen - {None}) < fewest


def _refused(what: str, split: str) -> TrainingRefused:
    return TrainingRefused(
        what, do=tr("Read more cases of the {split_words} split, then try again.", split_words=_SPLIT_WORDS[split])
    )
