"""From values to arrays."""

from datetime import date

import numpy as np
import pytest

from mmdesk.core.cases.case import Case, ImageRef
from mmdesk.core.errors import ModelProblem
from mmdesk.core.fields.schema import Field, Schema
from mmdesk.core.fields.values import Missing, Reason
from mmdesk.core.model.prepare import (
    Preparation,
    inputs_hash,
    learn_preparation,
    prepare,
    prepare_targets,
    words_of,
)
from mmdesk.core.recipe.recipe import Recipe, TargetRecipe, new_encoder

SCHEMA = Schema(
    "All kinds",
    "ID",
    "ID",
    (
        Field("left", "input", "image"),
        Field("age", "input", "number"),
        Field("sex", "input", "choice", options=("f", "m")),
        Field("smoker", "input", "flag"),
        Field("complaint", "input", "text"),
        Field("pressure", "input", "sequence", channels=("high", "low")),
        Field("seen", "input", "date"),
        Field("sick", "target", "flag"),
        Field("cause", "target", "choice", options=("a", "b", "c")),
        Field("findings", "target", "labels", options=("x", "y")),
        Field("dose", "target", "number"),
        Field("stage", "target", "grade", options=("0", "1", "2", "3")),
    ),
)
GONE = Missing(Reason.ABSENT)


def case(number, **inputs):
    values = {record.name: GONE for record in SCHEMA.inputs} | inputs
    return Case(number, str(number), str(number), "train", values)


CASES = [
    case(
        1,
        left=ImageRef("a.png", "0" * 64),
        age=40.0,
        sex="m",
        smoker=True,
        complaint="Chest pain, chest pain",
        pressure=((120.0, 80.0), (140.0, 90.0)),
        seen=date(2020, 1, 1),
    ),
    case(
        2,
        age=60.0,
        sex="f",
        smoker=False,
        complaint="no pain",
        pressure=((160.0, 100.0),),
        seen=date(2020, 1, 3),
    ),
    case(3),
    case(4, age=Missing(Reason.OUT_OF_RANGE, "400"), sex="other", complaint="headache"),
]
LABELS = [{"dose": 10.0}, {"dose": 30.0}, {}, {}]
PREPARATION = learn_preparation(SCHEMA, CASES, LABELS)


def arrays(cases=CASES):
    present = np.array([isinstance(one.inputs["left"], ImageRef) for one in cases])
    return prepare(PREPARATION, SCHEMA, cases, {"left": present})


def test_numbers_are_standardised_by_the_training_cases():
    np.testing.assert_allclose(arrays()["age"], [[-1], [1], [0], [0]])
    np.testing.assert_allclose(arrays()["smoker"], [[1], [-1], [0], [0]])
    np.testing.assert_allclose(arrays()["seen"], [[-1], [1], [0], [0]])


def test_present_tells_what_is_there():
    found = {name: list(arrays()[f"{name}__present"][:, 0]) for name in ("left", "age", "sex", "complaint")}
    assert found == {
        "left": [1, 0, 0, 0],
        "age": [1, 1, 0, 0],
        "sex": [1, 1, 0, 1],
        "complaint": [1, 1, 0, 1],
    }


def test_codes_are_zero_for_missing_and_one_for_unknown():
    assert list(arrays()["sex"][:, 0]) == [3, 2, 0, 1]
    pain, chest = 2, 3
    assert list(arrays()["complaint"][0][:5]) == [chest, pain, chest, pain, 0]
    assert list(arrays()["complaint"][1][:3]) == [1, pain, 0]
    assert list(arrays()["complaint"][3][:2]) == [1, 0]


def test_a_sequence_is_scaled_by_channel_padded_and_masked():
    got = arrays()
    assert got["pressure"].shape == (4, 2, 2)
    np.testing.assert_allclose(got["pressure"][0, :, 0], [-np.sqrt(1.5), 0], atol=1e-6)
    assert got["pressure__mask"].tolist() == [[True, True], [True, False], [False, False], [False, False]]
    assert not got["pressure"][1, 1].any()


def test_an_empty_or_long_sequence_fits_the_length():
    long = tuple((100.0 + step, 80.0) for step in range(9))
    got = arrays([case(1, pressure=()), case(2, pressure=long)])
    assert got["pressure__present"].tolist() == [[1], [1]]
    assert got["pressure__mask"].tolist() == [[False, False], [True, True]]
    assert got["pressure"][1, 1, 0] > got["pressure"][1, 0, 0]
    last = arrays([case(1, pressure=long[-2:])])
    np.testing.assert_array_equal(got["pressure"][1], last["pressure"][0])


def test_types_and_shapes_are_those_of_the_contract():
    got = arrays()
    assert {name: values.dtype.name for name, values in got.items() if "__" not in name} == {
        "age": "float32",
        "sex": "int32",
        "smoker": "float32",
        "complaint": "int32",
        "pressure": "float32",
        "seen": "float32",
    }
    assert all(v.dtype == np.float32 and v.shape == (4, 1) for n, v in got.items() if n.endswith("__present"))
    assert all(np.isfinite(values).all() for values in got.values())


def test_the_preparation_survives_its_text():
    again = Preparation.from_json(PREPARATION.to_json())
    assert again == PREPARATION
    with pytest.raises(ModelProblem):
        Preparation.from_json('{"inputs": {"age": {"colour": 1}}, "targets": {}}')


def test_an_input_the_project_lacks_or_has_as_another_kind_is_missing():
    fields = tuple(
        Field("age", "input", "text") if record.name == "age" else record
        for record in SCHEMA.fields
        if record.name != "sex"
    )
    got = prepare(PREPARATION, Schema("Other", "ID", "ID", fields), CASES, {})
    for name in ("age", "sex", "left"):
        assert not got[f"{name}__present"].any()
    assert not got["age"].any()


def test_quantiles_spread_numbers_evenly():
    recipe = Recipe((new_encoder("dense", ("age",), scaling="quantile"),))
    skewed = [case(number, age=float(np.exp(number / 20))) for number in range(101)]
    state = learn_preparation(SCHEMA, skewed, [{}] * 101, recipe)
    got = prepare(Preparation.from_json(state.to_json()), SCHEMA, skewed, {})["age"][:, 0]
    np.testing.assert_allclose(np.diff(got), np.sqrt(12) / 100, rtol=0.02)
    assert abs(got.mean()) < 0.01
    beyond = prepare(state, SCHEMA, [case(1, age=-5.0), case(2, age=1e9), case(3)], {})["age"][:, 0]
    np.testing.assert_allclose(beyond, [-np.sqrt(3), np.sqrt(3), 0], rtol=1e-6)


def test_a_logarithm_is_learnt_of_positive_numbers_only():
    recipe = Recipe((new_encoder("dense", ("age",)),), targets=(TargetRecipe("dose", "log"),))
    state = learn_preparation(SCHEMA, CASES, [{"dose": 1.0}, {"dose": float(np.exp(2))}], recipe)
    assert state.targets["dose"].log
    assert (state.targets["dose"].offset, state.targets["dose"].scale) == pytest.approx((1.0, 1.0))
    with pytest.raises(ModelProblem, match="logarithm"):
        learn_preparation(SCHEMA, CASES, [{"dose": 0.0}], recipe)


def test_nothing_is_learnt_from_nothing():
    empty = learn_preparation(SCHEMA, [], [])
    got = prepare(empty, SCHEMA, CASES, {})
    assert all(np.isfinite(values).all() for values in got.values())


def test_targets_and_their_weights():
    rows = [
        {"sick": True, "cause": "b", "findings": ("y",), "dose": 2.5, "stage": 2},
        {"sick": False, "findings": (), "stage": 0, "cause": Missing(Reason.READER)},
        {"sick": None},
    ]
    wanted, weights = prepare_targets(SCHEMA, rows)
    assert wanted["sick"].tolist() == [[1], [0], [0]]
    assert wanted["cause"].tolist() == [[0, 1, 0], [0, 0, 0], [0, 0, 0]]
    assert wanted["findings"].tolist() == [[0, 1], [0, 0], [0, 0]]
    assert wanted["dose"].tolist() == [[2.5], [0], [0]]
    assert wanted["stage"].tolist() == [[1, 1, 0], [0, 0, 0], [0, 0, 0]]
    assert {name: w.tolist() for name, w in weights.items()} == {
        "sick": [1, 1, 0],
        "cause": [1, 0, 0],
        "findings": [1, 1, 0],
        "dose": [1, 0, 0],
        "stage": [1, 1, 0],
    }


def test_the_hash_of_a_case_does_not_depend_on_its_batch():
    alone, together = arrays([CASES[1]]), arrays()
    assert inputs_hash(alone, 0) == inputs_hash(together, 1)
    assert len({inputs_hash(together, row) for row in range(4)}) == 4


def test_words_are_lower_case_and_normalised():
    assert words_of("Sehstörung LINKS") == words_of("sehsto\u0308rung links") == ["sehstörung", "links"]
