"""The private names of Keras that mmdesk reads still mean what they meant."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.tf
keras = pytest.importorskip("keras")

from mmdesk.modelling.network.graph import (  # noqa: E402
    call_within,
    inputs_of_calls,
    layers_within,
    made_by,
    operations_of,
)


@pytest.fixture(scope="module")
def model():
    image = keras.Input((4, 4, 3), name="left")
    inner = keras.Sequential([keras.layers.Flatten(name="flat"), keras.layers.Dense(2, name="dense")])
    inner.name = "inner"
    series = keras.Input((5, 1), name="series")
    cell = keras.layers.Bidirectional(keras.layers.LSTM(2, name="lstm"), name="both")
    joined = keras.layers.Concatenate(name="joined")([inner(image), cell(series)])
    first, second = keras.ops.split(joined, 2, axis=-1)
    return keras.Model([image, series], {"first": first, "second": second})


def test_layers_of_nested_models_wrappers_and_cells_are_found(model):
    names = {layer.name for layer in layers_within(model, include_self=False)}
    assert {"inner", "flat", "dense", "both", "forward_lstm", "backward_lstm"} <= names
    assert model.name not in names
    assert model in layers_within(model)


def test_a_tensor_knows_its_operation_and_which_output_it_is(model):
    first, second = made_by(model.output["first"]), made_by(model.output["second"])
    assert first[0] is second[0]
    assert (first[1], second[1]) == (0, 1)


def test_the_inputs_of_a_layer_lead_back_to_the_inputs_of_the_model(model):
    sources = [made_by(tensor)[0].name for tensor in inputs_of_calls(model.get_layer("inner"))]
    assert "left" in sources
    assert {"left", "series", "joined"} <= {operation.name for operation in operations_of(model)}


def test_a_sequential_model_has_operations_too(model):
    assert {"flat", "dense"} <= {operation.name for operation in operations_of(model.get_layer("inner"))}


def test_the_call_found_is_the_one_within_that_model():
    inner = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    wrapped = []
    for _ in range(2):
        given = keras.Input((2,))
        wrapped.append(keras.Model(given, inner(given)))
    for one in wrapped:
        assert call_within(one, inner).input_tensors[0] is one.inputs[0]
