"""Readings are held against labels, and orders of classes are suggested."""

import numpy as np
import pytest

from mmdesk.core.errors import Situation
from mmdesk.core.fields.arrays import step_arrays
from mmdesk.core.fields.schema import Field, Schema
from mmdesk.core.fields.states import InputState
from mmdesk.core.model.probe import baseline, clearly_better, hold, reordered
from mmdesk.core.model.ranges import expand
from mmdesk.core.model.reading import Reading
from mmdesk.core.model.readings import OutputReading

NUMBERS = tuple(Field(name, "input", "number") for name in ("x01", "x02", "x03", "age", "size", "bmi"))
SCHEMA = Schema("S", "ID", "ID", (*NUMBERS, Field("kind", "target", "choice", options=("a", "b", "c"))))

READING = Reading({}, {"out": OutputReading()})


def test_ranges_of_fields_are_written_out():
    assert expand(["x01..x03"], SCHEMA) == ("x01", "x02", "x03")
    assert expand(["bmi", "age .. size"], SCHEMA) == ("bmi", "age", "size")
    with pytest.raises(Situation, match="no input called x04"):
        expand(["x01..x04"], SCHEMA)
    with pytest.raises(Situation, match="no range"):
        expand(["size..age"], SCHEMA)


def held(truth, outputs):
    known = {"kind": np.ones(len(truth), bool)}
    wanted = {"kind": np.eye(3)[truth]}
    return hold(READING, {"kind": outputs}, SCHEMA, wanted, known), wanted, known


def test_a_turned_order_is_found_and_its_gain_is_counted():
    truth = np.arange(30) % 3
    outputs = np.eye(3)[(truth + 1) % 3] * 0.8 + 0.05
    tried, wanted, known = held(truth, outputs)
    assert tried.figures == {"kind": 0.0}
    other = reordered(tried, {"kind": outputs}, SCHEMA, wanted, known, {"kind": "out"})
    assert other.reading.outputs["out"].order == ("c", "a", "b")
    assert clearly_better(tried, [other]) == (other, 30)
    assert baseline({"kind": outputs}, SCHEMA, wanted, known) == {"kind": pytest.approx(1 / 3)}


def test_chance_is_no_suggestion():
    truth = np.random.default_rng(1).integers(0, 3, 40)
    outputs = np.random.default_rng(2).random((40, 3))
    tried, wanted, known = held(truth, outputs)
    others = [hold(READING, {"kind": np.roll(outputs, 1, 0)}, SCHEMA, wanted, known)]
    assert clearly_better(tried, others) == (None, 0)


def test_short_sequences_are_filled_before_where_that_is_said():
    state = InputState("sequence", offset=(0.0,), scale=(1.0,), length=4, before=True)
    steps, mask = step_arrays(state, [((1.0,), (2.0,))])
    assert steps[0, :, 0].tolist() == [0, 0, 1, 2]
    assert mask[0].tolist() == [False, False, True, True]
