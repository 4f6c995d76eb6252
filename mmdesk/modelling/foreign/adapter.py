"""A foreign model in a project's clothes: inputs by field, outputs by target."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import keras
import numpy as np
from keras import ops

from mmdesk.core.errors import ModelProblem
from mmdesk.core.fields.kind import Form, Judged, Loss
from mmdesk.core.fields.kinds import kind_of
from mmdesk.core.fields.schema import Field, Schema
from mmdesk.core.model.foreign import FREE_LENGTH, FREE_SIZE, End, Match
from mmdesk.core.model.prepare import FIRST
from mmdesk.core.model.reading import PIXELS, Pixels, Reading, classes_of
from mmdesk.modelling.foreign.loading import input_structure, inputs_of, outputs_of
from mmdesk.words import tr

NAME = "mmdesk_foreign"
_GREY = (0.299, 0.587, 0.114)


def wrap(
    model: keras.Model, found: Match, schema: Schema, reading: Reading, logits: frozenset[str] = frozenset()
) -> keras.Model:
    """Return a functional model with the project's inputs and targets around a foreign one.

    Args:
        model: The foreign model.
        found: Which fields its ends are; complete.
        schema: The project's fields.
        reading: How it was trained to read its inputs, and the order of its classes.
        logits: Outputs that give logits and so get their activation here.

    Raises:
        ModelProblem: The shapes do not go together after all.
    """
    made = {}
    flat = []
    for end, tensor in zip(inputs_of(model), model.inputs, strict=True):
        names = found.inputs[end.name]
        for name in names:
            if name not in made:
                made[name] = _input(name, end, schema)
        parts = [_form(made[name], end, _field(schema, name), reading) for name in names]
        joined = parts[0] if len(parts) == 1 else ops.concatenate(parts, axis=-1)
        shaped = ops.reshape(joined, (-1,)) if not end.shape else joined
        flat.append(ops.cast(shaped, tensor.dtype))
    try:
        given = keras.tree.flatten(model(keras.tree.pack_sequence_as(input_structure(model), flat)))
    except (ValueError, TypeError) as why:
        raise ModelProblem(
            tr("This model does not go together with the project's fields."),
            tr("Nothing was changed."),
            tr("Match its inputs to other fields."),
            details=str(why)[:2000],
        ) from why
    targets = {
        found.outputs[end.name]: _target(
            tensor, schema.field(found.outputs[end.name]), end, reading, logits=end.name in logits
        )
        for end, tensor in zip(outputs_of(model), given, strict=True)
        if end.name in found.outputs
    }
    return keras.Model(made, targets, name=NAME)


def _field(schema: Schema, name: str) -> Field | None:
    return next((one for one in schema.inputs if one.name == name), None)


def _input(name: str, end: End, schema: Schema) -> Any:
    field = _field(schema, name)
    if field is None:
        length = end.shape[0] if name.endswith("__mask") else 1
        dtype = "bool" if name.endswith("__mask") else "float32"
        return keras.Input((length or FREE_LENGTH,), dtype=dtype, name=name)
    match kind_of(field).form:
        case Form.IMAGE:
            size = max(end.shape[0] or FREE_SIZE, end.shape[1] or FREE_SIZE)
            return keras.Input((size, size, 3), name=name)
        case Form.STEPS:
            return keras.Input((end.shape[0] or FREE_LENGTH, max(1, len(field.channels))), name=name)
        case Form.CODE:
            return keras.Input((1,), dtype="int32", name=name)
    return keras.Input((1,), name=name)


def _form(tensor: Any, end: End, field: Field | None, reading: Reading) -> Any:
    if field is None:
        return tensor
    form = kind_of(field).form
    if form is Form.IMAGE:
        return _image(tensor, end, reading.pixels)
    if form is Form.STEPS and len(end.shape) == 1:
        return ops.squeeze(tensor, -1)
    if form is Form.CODE:
        place = ops.maximum(tensor - FIRST, 0)
        width = end.shape[0] if end.shape else 1
        if width == 1 and len(field.options) != 1:
            return place + reading.offset
        options = np.arange(FIRST, FIRST + len(field.options), dtype="float32")
        # Arithmetic alone: a comparison of whole numbers is what ONNX cannot have in every version.
        return ops.relu(1.0 - ops.abs(ops.cast(tensor, "float32") - options))
    return tensor


def _image(tensor: Any, end: End, pixels: str) -> Any:
    height, width, channels = end.shape
    if height is not None and height != width:
        tensor = keras.layers.Resizing(height, width)(tensor)
    told = PIXELS[pixels]
    if channels != 1 and told.reversed:
        tensor = ops.flip(tensor, axis=-1)
    if told != Pixels(told.words):
        tensor = tensor * np.array(told.factor, "float32") + np.array(told.offset, "float32")
    if channels == 1:
        tensor = ops.sum(tensor * np.array(_GREY, "float32"), axis=-1, keepdims=True)
    if end.dtype.startswith(("int", "uint")):
        tensor = ops.round(tensor)
    return tensor


def _target(tensor: Any, target: Field, end: End, reading: Reading, *, logits: bool) -> Any:
    """Return an output in the form that `core.outputs` reads."""
    tensor = ops.cast(tensor, "float32")
    if not end.shape:
        tensor = ops.expand_dims(tensor, -1)
    width = tensor.shape[-1]
    kind = kind_of(target)
    if kind.is_amount:
        return tensor
    if logits:
        several = kind.loss is Loss.CATEGORICAL or width == kind.outputs(target) + 1
        tensor = ops.softmax(tensor) if several and width > 1 else ops.sigmoid(tensor)
    order, classes = reading.order.get(target.name, ()), classes_of(target)
    if order and order != classes:
        tensor, width = _ordered(tensor, order, classes, width)
    if kind.two_valued and width == 2:
        return tensor[:, 1:2]
    if kind.loss is Loss.CATEGORICAL and width == 1:
        return ops.concatenate([1.0 - tensor, tensor], axis=-1)
    if kind.judged is Judged.GRADE and width == kind.outputs(target) + 1:
        return ops.matmul(tensor, np.tril(np.ones((width, width), "float32"), -1)[:, :-1])
    return tensor


def _ordered(tensor: Any, order: Sequence[str], classes: Sequence[str], width: int) -> tuple[Any, int]:
    """Return the outputs in the order of the field's classes; one output alone is that of the last class.

    Raises:
        ModelProblem: The outputs are not one a class, so they have no order.
    """
    if width == 1 and len(classes) == 2:
        tensor, width = ops.concatenate([1.0 - tensor, tensor], axis=-1), 2
    if width != len(classes):
        raise ModelProblem(
            tr(
                "The model gives {width} numbers for {count} classes, which have no order of their own.",
                width=width,
                count=len(classes),
            ),
            tr("Nothing was changed."),
            tr("Leave the order of that target out."),
        )
    places = np.zeros((width, width), "float32")
    places[range(width), [classes.index(name) for name in order]] = 1
    return ops.matmul(tensor, places), width


def logits_in(model_outputs: Mapping[str, Any], ends: tuple[End, ...], found: Match, schema: Schema) -> frozenset[str]:
    """Return the outputs that give logits where the target wants probabilities.

    Args:
        model_outputs: The foreign model's answers by output.
        ends: Its outputs.
        found: Which target each is.
        schema: The project's fields.

    Raises:
        ModelProblem: An output is neither probabilities nor, by its last layer, logits.
    """
    logits = set()
    for end in ends:
        if end.name not in found.outputs:
            continue
        target = schema.field(found.outputs[end.name])
        values = np.asarray(model_outputs[end.name], np.float64)
        if kind_of(target).is_amount:
            continue
        if end.logits:
            logits.add(end.name)
        elif values.min() < -1e-3 or values.max() > 1 + 1e-3:
            raise ModelProblem(
                tr(
                    "The model's output {name} gives values outside 0 to 1, so it is no probability of {name_2}.",
                    name=end.name,
                    name_2=target.name,
                ),
                tr("Nothing was changed."),
                tr("Match it to a number, or end the model with a sigmoid or softmax."),
            )
    return frozenset(logits)
