"""Whether a label disagrees with a prediction is one rule, for every kind of target."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmdesk.core.cases.case import TargetPrediction
from mmdesk.core.cases.disagreement import disagreeing, disagrees, labels_differ
from mmdesk.core.fields.kinds import KINDS, kinds_for
from mmdesk.core.fields.schema import Field, Schema
from mmdesk.core.fields.values import Missing, Reason

OPTIONS = ("a", "b", "c")
CANNOT = Missing(Reason.READER)


def target(kind):
    return Field(kind, "target", kind, (), kind, options=OPTIONS if KINDS[kind].has_options else ())


def values(kind):
    if KINDS[kind].several:
        return st.lists(st.sampled_from(OPTIONS), unique=True).map(tuple)
    if answers := KINDS[kind].answers(target(kind)):
        return st.sampled_from([value for value, _ in answers])
    return st.integers(-9, 9) | st.floats(-9, 9)


@given(st.data())
@pytest.mark.parametrize("kind", kinds_for("target"))
def test_no_label_disagrees_with_nothing_and_the_same_answer_agrees(kind, data):
    field, value = target(kind), data.draw(values(kind))
    for said in (TargetPrediction(value), TargetPrediction(value, low=-9.0, high=9.0)):
        assert not any(disagrees(field, own, said) for own in (None, CANNOT, value))
    assert not labels_differ(field, value, value)


@given(st.data())
@pytest.mark.parametrize("kind", [kind for kind in kinds_for("target") if not KINDS[kind].is_amount])
def test_an_answer_that_is_no_amount_disagrees_as_two_readers_do(kind, data):
    field, one, other = target(kind), data.draw(values(kind)), data.draw(values(kind))
    same = set(one) == set(other) if KINDS[kind].several else one == other
    assert disagrees(field, one, TargetPrediction(other)) is not same
    assert disagrees(field, one, TargetPrediction(other)) is labels_differ(field, other, one)


@given(values("number"), values("number"), st.floats(0, 5))
def test_an_amount_disagrees_outside_the_interval_and_never_without_one(label, said, half):
    field = target("number")
    inside = said - half <= label <= said + half
    within = TargetPrediction(float(said), low=said - half, high=said + half)
    assert disagrees(field, label, within) is not inside
    assert not disagrees(field, label, TargetPrediction(float(said)))
    assert not disagrees(field, label, TargetPrediction(float(said), low=said - half))


def test_only_targets_that_both_answer_can_disagree():
    schema = Schema("E", "ID", "ID", (target("flag"), target("choice"), target("labels")))
    labels = {"flag": True, "choice": "a", "labels": ("b", "a"), "gone": "x"}
    said = {
        "flag": TargetPrediction(False),
        "labels": TargetPrediction(("a", "b")),
        "gone": TargetPrediction("y"),
    }
    assert disagreeing(schema, labels, said) == {"flag"}
