"""Numbers are seen on the scale that suits the training cases, and the scale is said."""

import numpy as np
import pytest

from mmdesk.core.cases.case import Case
from mmdesk.core.fields import scales
from mmdesk.core.fields.schema import Field, Schema
from mmdesk.core.model.prepare import Preparation, learn_preparation, prepare
from mmdesk.core.model.scales_used import say_scales, scales_used
from mmdesk.core.recipe.recipe import Recipe, TargetRecipe, new_encoder

SCHEMA = Schema(
    "Houses",
    "ID",
    "ID",
    (
        Field("area", "input", "number", ("Area",)),
        Field("rooms", "input", "number", ("Rooms",)),
        Field("new", "input", "flag", ("New",)),
        Field("price", "target", "number", ("Price",)),
    ),
)
RNG = np.random.default_rng(1)
NORMAL = RNG.normal(50, 5, 300)
SHAPES = {
    "normal": (NORMAL, scales.PLAIN),
    "exact doubling": (np.exp(RNG.normal(12, 0.8, 300)), scales.LOG),
    "zeros too": (RNG.chisquare(1.2, 300) * (RNG.random(300) > 0.05), scales.ROOT),
    "typing mistakes": (np.where(np.arange(300) < 4, 999, NORMAL), scales.ROBUST),
    "skewed to low": (-np.exp(RNG.normal(0, 1, 300)), scales.ROBUST),
    "few": (np.exp(RNG.normal(12, 2, 12)), scales.PLAIN),
    "two values": (np.where(np.arange(300) < 9, 1000, 1), scales.PLAIN),
    "all alike": (np.full(300, 7.0), scales.PLAIN),
    "none": (np.zeros(0), scales.PLAIN),
}


@pytest.mark.parametrize("name", SHAPES)
def test_the_scale_follows_the_shape(name):
    numbers, rule = SHAPES[name]
    assert scales.suitable(np.asarray(numbers, float)) == rule


def learnt(recipe=None, areas=SHAPES["exact doubling"][0], prices=SHAPES["exact doubling"][0]):
    cases = [
        Case(n, str(n), str(n), "train", {"area": float(a), "rooms": 3.0, "new": n % 50 == 0})
        for n, a in enumerate(areas)
    ]
    return cases, learn_preparation(SCHEMA, cases, [{"price": float(p)} for p in prices], recipe)


def test_skewed_inputs_are_spread_evenly_and_flags_are_left_alone():
    cases, preparation = learnt()
    assert preparation.inputs["area"].rule == scales.LOG
    assert preparation.inputs["new"].rule == scales.PLAIN
    assert Preparation.from_json(preparation.to_json()) == preparation
    area = prepare(preparation, SCHEMA, cases, {})["area"][:, 0]
    assert abs(area.mean()) < 1e-5
    assert abs(area.std() - 1) < 1e-5
    assert abs(scales.skewness(area.astype(float))) < 0.5


def test_a_zero_that_training_never_saw_has_a_place():
    _, preparation = learnt()
    new = [Case(1, "1", "1", "test", {"area": 0.0}), Case(2, "2", "2", "test", {"area": -4.0})]
    area = prepare(preparation, SCHEMA, new, {})["area"]
    assert np.isfinite(area).all()
    assert (area > -10).all()


def test_an_outlier_does_not_flatten_the_others():
    cases, preparation = learnt(areas=SHAPES["typing mistakes"][0])
    area = prepare(preparation, SCHEMA, cases, {})["area"][:, 0]
    assert area.max() == scales.FAR
    assert 0.8 < area[4:].std() < 1.2


@pytest.mark.parametrize(("scale", "log"), [("automatic", True), ("linear", False), ("log", True)])
def test_a_target_is_learnt_on_the_scale_that_suits_or_that_was_said(scale, log):
    recipe = Recipe((new_encoder("dense", ("area",)),), targets=(TargetRecipe("price", scale),))
    assert learnt(recipe)[1].targets["price"].log is log


def test_standardise_is_obeyed():
    recipe = Recipe((new_encoder("dense", ("area",), scaling="standardise"),))
    assert learnt(recipe)[1].inputs["area"].rule == scales.PLAIN


def test_the_scale_of_each_number_is_said():
    _, preparation = learnt()
    rows = {row["field"]: row["scale"] for row in scales_used(SCHEMA, preparation)}
    assert list(rows) == ["area", "rooms", "price"]
    assert "logarithm" in rows["price"]
    assert rows["rooms"] == "as it is"
    assert say_scales(SCHEMA, preparation).startswith("The scale was chosen on the training cases: area, price (log")
