"""From outputs to predictions."""

import numpy as np
import pytest

from mmdesk.core.fields.arrays import grade_probabilities
from mmdesk.core.fields.schema import Field, Schema
from mmdesk.core.model.outputs import conformal_interval, read_outputs, residuals
from mmdesk.core.model.prepare import Preparation, TargetState

SCHEMA = Schema(
    "Targets",
    "ID",
    "ID",
    (
        Field("sick", "target", "flag"),
        Field("cause", "target", "choice", options=("a", "b", "c")),
        Field("findings", "target", "labels", options=("x", "y")),
        Field("dose", "target", "number"),
        Field("stage", "target", "grade", options=("none", "some", "much")),
    ),
)
PREPARATION = Preparation(
    {},
    {
        "sick": TargetState("flag", ("sick",)),
        "cause": TargetState("choice", ("a", "b", "c")),
        "findings": TargetState("labels", ("x", "y")),
        "dose": TargetState("number", interval=1.5),
        "stage": TargetState("grade", ("none", "some", "much")),
    },
)
OUTPUTS = {
    "sick": np.array([[0.75], [0.25]]),
    "cause": np.array([[0.25, 0.5, 0.25], [0.75, 0.25, 0]]),
    "findings": np.array([[0.5, 0.25], [0, 0.25]]),
    "dose": np.array([[10.0], [-1.0]]),
    "stage": np.array([[0.75, 0.5], [0.25, 0.5]]),
}


def test_each_kind_of_target_is_read():
    first, second = read_outputs(SCHEMA, PREPARATION, OUTPUTS)
    assert first["sick"].value is True
    assert first["sick"].probabilities == {"sick": 0.75}
    assert second["sick"].value is False
    assert first["cause"].value == "b"
    assert second["cause"].probabilities == {"a": 0.75, "b": 0.25, "c": 0}
    assert first["findings"].value == ("x",)
    assert second["findings"].value == ()
    assert (first["dose"].low, first["dose"].value, first["dose"].high) == (8.5, 10.0, 11.5)
    assert first["stage"].value == 2
    assert first["stage"].probabilities == {"none": 0.25, "some": 0.25, "much": 0.5}


def test_grades_that_contradict_are_made_monotone():
    got = grade_probabilities(OUTPUTS["stage"])
    np.testing.assert_allclose(got, [[0.25, 0.25, 0.5], [0.75, 0, 0.25]])
    assert read_outputs(SCHEMA, PREPARATION, OUTPUTS)[1]["stage"].value == 0


def test_a_number_without_an_interval_has_no_ends():
    bare = Preparation({}, {"dose": TargetState("number")})
    assert read_outputs(SCHEMA, bare, {"dose": OUTPUTS["dose"]})[0]["dose"].low is None


def test_targets_the_project_lacks_are_left_out():
    schema = Schema("Other", "ID", "ID", (SCHEMA.field("sick"), Field("cause", "target", "flag")))
    assert list(read_outputs(schema, PREPARATION, OUTPUTS)[0]) == ["sick"]


def test_the_interval_holds_nine_of_ten_new_cases():
    rng = np.random.default_rng(1)
    held = [abs(rng.normal()) <= conformal_interval(rng.normal(size=40), 0.9) for _ in range(4000)]
    assert np.mean(held) == pytest.approx(0.9, abs=0.02)


def test_too_few_cases_give_no_interval():
    assert conformal_interval(np.ones(8)) is None
    assert conformal_interval(np.ones(9)) == 1
    assert conformal_interval(np.zeros(0)) is None


def test_a_logarithmic_number_has_an_interval_of_factors():
    state = TargetState("number", interval=float(np.log(2)), log=True)
    found = read_outputs(SCHEMA, Preparation({}, {"dose": state}), {"dose": np.array([[10.0]])})
    assert (found[0]["dose"].low, found[0]["dose"].high) == pytest.approx((5.0, 20.0))
    np.testing.assert_allclose(residuals(state, np.array([20.0, 5.0]), np.array([10.0, 10.0])), np.log([2, 0.5]))
    np.testing.assert_allclose(residuals(TargetState("number"), np.array([3.0]), np.array([1.0])), [2.0])
