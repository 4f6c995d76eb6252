"""Which label counts, which cases are learnt from."""

from __future__ import annotations

import pytest

from mmdesk.core.cases.case import REFERENCE, Case, Label
from mmdesk.core.cases.truth import Truth, labels_hash, truth_of
from mmdesk.core.errors import TrainingRefused
from mmdesk.core.fields.schema import Field, Schema
from mmdesk.core.fields.values import Missing, Reason
from mmdesk.core.model.training_set import check_finetuning, check_splits, choose_training_set

SCHEMA = Schema(
    "E",
    "ID",
    "ID",
    (
        Field("sick", "target", "flag", label="Sick"),
        Field("findings", "target", "labels", options=("Red", "Green")),
        Field("cause", "target", "choice", options=("a", "b", "c")),
    ),
)


def label(value, reader, at):
    return Label(value, reader, f"2026-01-0{at}T00:00:00+00:00")


def test_the_latest_label_of_a_reader_counts_before_the_reference():
    found = truth_of(
        {
            "sick": [label(True, "B", 3), label(False, REFERENCE, 9), label(False, "A", 2)],
            "cause": [label("a", REFERENCE, 1)],
            "findings": [],
        }
    )
    assert found.values == {"sick": True, "cause": "a"}
    assert found.own == {"sick"}


def test_a_reader_who_cannot_judge_says_nothing():
    cannot = label(Missing(Reason.READER), "A", 2)
    assert truth_of({"sick": [label(True, REFERENCE, 1), cannot]}) == Truth({"sick": True}, frozenset())
    assert truth_of({"sick": [cannot]}) == Truth({}, frozenset())
    assert truth_of({"sick": [label(True, "B", 1), cannot]}) == Truth({"sick": True}, frozenset({"sick"}))


def test_only_what_readers_said_is_theirs():
    assert Truth({"sick": True, "cause": "a"}, frozenset({"sick"})).by_readers == {"sick": True}


def case(number, split="train"):
    return Case(number, f"c{number}", f"c{number}", split, {})


def test_the_hash_of_the_labels_tells_any_change_and_not_the_order():
    cases = [case(1), case(2)]
    truths = {1: Truth({"sick": True}), 2: Truth({"sick": False})}
    first = labels_hash(SCHEMA, cases, truths)
    assert first == labels_hash(SCHEMA, cases[::-1], truths)
    assert first != labels_hash(SCHEMA, cases, {**truths, 2: Truth({"sick": True})})
    assert first != labels_hash(SCHEMA, cases, {1: Truth({"sick": True})})
    assert first == labels_hash(SCHEMA, [*cases, case(3)], truths)


FULL = {"sick": True, "findings": ("Red",), "cause": "a"}
OTHER = {"sick": False, "findings": ("Green",), "cause": "b"}
THIRD = {"sick": False, "findings": (), "cause": "c"}


def small_project(reads=12):
    cases, truths = [], {}
    for number in range(60):
        split = {0: "test", 1: "validation"}.get(number % 6, "train")
        cases.append(case(number, split))
        own = frozenset(FULL) if split != "train" or number < reads * 6 // 4 else frozenset()
        if number < 50:
            truths[number] = Truth((FULL, OTHER, THIRD)[number // 6 % 3], own)
    return cases, truths


def test_cases_are_sorted_into_read_replayed_held_and_judged():
    cases, truths = small_project()
    material = choose_training_set(cases, truths)
    assert {c.split for c in material.train} == {"train"}
    assert {c.split for c in material.test} == {"test"}
    assert all(truths[c.id].own for c in material.read)
    assert all(truths[c.id].values and not truths[c.id].own for c in material.replay)
    assert all(c.id not in truths for c in material.distilled)
    assert len(material.train) == sum(c.split == "train" for c in cases)
    assert material.counts()["test_read"] == len(material.test)
    assert check_finetuning(SCHEMA, material, truths) == []


def test_many_old_cases_are_drawn_the_same_with_the_same_seed():
    cases = [case(number) for number in range(4000)]
    truths = {number: Truth(FULL, frozenset({"sick"}) if number < 20 else frozenset()) for number in range(4000)}
    first, again, other = (choose_training_set(cases, truths, seed) for seed in (1, 1, 2))
    assert len(first.replay) == 1500
    assert first == again
    assert first != other


def test_too_few_read_cases_are_refused():
    cases, truths = small_project(reads=3)
    with pytest.raises(TrainingRefused, match="too few to fine-tune on"):
        check_finetuning(SCHEMA, choose_training_set(cases, truths), truths)


@pytest.mark.parametrize(
    ("split", "values", "words"),
    [
        ("test", None, "The test split has no labelled cases."),
        ("validation", [FULL, FULL], "No case of the validation split has Sick: no."),
        ("train", [FULL, {**OTHER, "cause": "a"}], "No case of the training split has cause: b."),
    ],
)
def test_an_empty_split_and_a_lacking_class_are_refused(split, values, words):
    given = {key: [FULL, OTHER, THIRD] for key in ("train", "validation", "test")} | {split: values or []}
    splits, truths, number = {}, {}, 0
    for name, rows in given.items():
        splits[name] = []
        for row in rows:
            number += 1
            splits[name].append(case(number, name))
            truths[number] = Truth(row)
    with pytest.raises(TrainingRefused) as why:
        check_splits(SCHEMA, splits, truths)
    assert why.value.what == words


def test_an_option_that_a_split_never_shows_is_told_or_for_a_new_model_refused():
    cases = [case(number, split) for number, split in enumerate(("train", "validation", "test") * 2)]
    truths = {number: Truth(FULL if number < 3 else OTHER) for number in range(6)}
    splits = {name: [c for c in cases if c.split == name] for name in ("train", "validation", "test")}
    notes = check_splits(SCHEMA, splits, truths)
    assert "No case of the training split has cause: c." in notes
    with pytest.raises(TrainingRefused, match="has cause: c"):
        check_splits(SCHEMA, splits, truths, strict=True)
