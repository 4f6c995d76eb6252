"""A foreign model in a project's clothes: inputs by field, outputs by target."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import keras
import numpy as np
from keras import ops

from mmdesk.core.errors import ModelProblem
from mmdesk.core.fields.kind import Judged, Loss
from mmdesk.core.fields.kinds import kind_of
from mmdesk.core.fields.schema import Field, Schema
from mmdesk.core.fields.volume_form import form_of
from mmdesk.core.model.foreign import FREE_LENGTH, End, Match
from mmdesk.core.model.layout import Layout, VolumeLayout, layout_of, volume_layout
from mmdesk.core.model.lookups.plan import Plan
from mmdesk.core.model.lookups.planning import words_of
from mmdesk.core.model.pixels import PIXELS, Pixels
from mmdesk.core.model.prepare import FIRST
from mmdesk.core.model.reading import Reading, classes_of
from mmdesk.core.model.readings import (
    DISTANCE,
    LOGIT,
    PROBABILITY,
    CodesReading,
    ImageReading,
    InputReading,
    OutputReading,
    StepsReading,
    VolumeReading,
)
from mmdesk.modelling.foreign.loading import input_structure, inputs_of, outputs_of
from mmdesk.words import tr

NAME = "mmdesk_foreign"
_GREY = (0.299, 0.587, 0.114)
_TINY = 1e-7
FREE_SIDE = 128
"""Height and width of a slice for a model that takes any."""


def wrap(model: keras.Model, found: Match, schema: Schema, reading: Reading, plan: Plan | None = None) -> keras.Model:
    """Return a functional model with the project's inputs and targets around a foreign one.

    Args:
        model: The foreign model.
        found: Which fields its ends are; complete.
        schema: The project's fields.
        reading: How each input is to be fed and each output read; whole.
        plan: What is looked up for it.

    Raises:
        ModelProblem: The shapes do not go together after all.
    """
    made: dict[str, Any] = {}
    looked_up = plan.lookups if plan else {}
    flat = []
    for end, tensor in zip(inputs_of(model), model.inputs, strict=True):
        lookup = looked_up.get(end.name) or looked_up.get(words_of(end.name))
        if lookup is not None:
            name = end.name if end.name in looked_up else words_of(end.name)
            made[name] = keras.Input(lookup.shape, dtype=lookup.dtype, name=name)
            flat.append(ops.cast(made[name], tensor.dtype))
            continue
        names, said = found.inputs[end.name], reading.inputs.get(end.name)
        for name in names:
            if name not in made:
                made[name] = _input(name, end, schema, said, len(names))
        joined = _joined([made[name] for name in names], [_field(schema, name) for name in names], end, said)
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
        found.outputs[end.name]: _target(tensor, schema.field(found.outputs[end.name]), end, reading.outputs[end.name])
        for end, tensor in zip(outputs_of(model), given, strict=True)
        if end.name in found.outputs
    }
    return keras.Model(made, targets, name=NAME)


def _field(schema: Schema, name: str) -> Field | None:
    return next((one for one in schema.inputs if one.name == name), None)


def _input(name: str, end: End, schema: Schema, said: InputReading | None, count: int) -> Any:
    field = _field(schema, name)
    if field is None:
        length = end.shape[0] if name.endswith("__mask") else 1
        dtype = "bool" if name.endswith("__mask") else "float32"
        return keras.Input((length or FREE_LENGTH,), dtype=dtype, name=name)
    if isinstance(said, ImageReading):
        layout = _layout(end, said, count)
        sides = said.size or (layout.height, layout.width)
        return keras.Input((*sides, 3), name=name)
    if isinstance(said, VolumeReading):
        shape = _volume_layout(end, said)
        sides = said.size or (shape.height or FREE_SIDE, shape.width or FREE_SIDE)
        return keras.Input((shape.depth or form_of(field).depth, *sides, shape.channels), name=name)
    if isinstance(said, StepsReading):
        return keras.Input((said.length or end.shape[0], max(1, len(field.channels))), name=name)
    if isinstance(said, CodesReading):
        return keras.Input((1,), dtype="int32", name=name)
    return keras.Input((1,), name=name)


def _joined(tensors: Sequence[Any], fields: Sequence[Field | None], end: End, said: InputReading | None) -> Any:
    """Return what one input of the foreign model is given, from those of its fields."""
    first = fields[0]
    if isinstance(said, ImageReading):
        return _images(tensors, end, said)
    if isinstance(said, VolumeReading):
        return _volume(tensors[0], end, said)
    joined = tensors[0] if len(tensors) == 1 else ops.concatenate(list(tensors), axis=-1)
    if first is None or said is None:
        return joined
    if isinstance(said, StepsReading):
        if said.channels and said.channels != tuple(first.channels):
            joined = ops.take(joined, [first.channels.index(name) for name in said.channels], axis=-1)
        return ops.squeeze(joined, -1) if len(end.shape) == 1 else joined
    return _coded(joined, end, first, said) if isinstance(said, CodesReading) else joined


def _coded(tensor: Any, end: End, field: Field, said: CodesReading) -> Any:
    order = said.order or field.options
    codes = [order.index(option) for option in field.options]
    width = end.shape[0] if end.shape else 1
    single = width == 1 and len(field.options) != 1
    if single and codes == list(range(len(codes))):
        return ops.maximum(tensor - FIRST, 0) + said.offset
    options = np.arange(FIRST, FIRST + len(field.options), dtype="float32")
    # Arithmetic alone: a comparison of whole numbers is what ONNX cannot have in every version.
    chosen = ops.relu(1.0 - ops.abs(ops.cast(tensor, "float32") - options))
    if single:
        return ops.matmul(chosen, np.array(codes, "float32")[:, None] + said.offset)
    if codes == list(range(len(codes))):
        return chosen
    places = np.zeros((len(codes), len(codes)), "float32")
    places[range(len(codes)), np.argsort(np.argsort(codes))] = 1
    return ops.matmul(chosen, places)


def _layout(end: End, said: ImageReading, count: int) -> Layout:
    layout = layout_of(end.shape, count, said.axes)
    if layout is None:
        raise ModelProblem(
            tr("The model's input {say} takes no images.", say=end.say()),
            tr("Nothing was changed."),
            tr("Match its inputs to other fields."),
        )
    return layout


def _volume_layout(end: End, said: VolumeReading) -> VolumeLayout:
    layout = volume_layout(end.shape, said.axes)
    if layout is None:
        raise ModelProblem(
            tr("The model's input {say} takes no volumes in that order of axes.", say=end.say()),
            tr("Nothing was changed."),
            tr("Choose another order, or match its inputs to other fields."),
        )
    return layout


def _volume(tensor: Any, end: End, said: VolumeReading) -> Any:
    """Return what a model is given of (slices, height, width, channels) from 0 to 255."""
    layout, told = _volume_layout(end, said), PIXELS[said.pixels]
    if layout.channels == 3 and told.reversed:
        tensor = ops.flip(tensor, axis=-1)
    if told != Pixels(told.words):
        few = slice(0, layout.channels)
        tensor = tensor * np.array(told.factor[few], "float32") + np.array(told.offset[few], "float32")
    if end.dtype.startswith(("int", "uint")):
        tensor = ops.round(tensor)
    if layout.axes == "first":
        return ops.transpose(tensor, (0, 4, 1, 2, 3))
    if layout.axes == "rows":
        tensor = ops.transpose(tensor, (0, 2, 3, 1, 4))
    return ops.squeeze(tensor, -1) if layout.flat else tensor


def _images(tensors: Sequence[Any], end: End, said: ImageReading) -> Any:
    layout = _layout(end, said, len(tensors))
    if layout.height is not None:
        wanted = (layout.height, layout.width)
        tensors = [one if one.shape[1:3] == wanted else keras.layers.Resizing(*wanted)(one) for one in tensors]
    parts = [_image(one, layout.channels, said) for one in tensors]
    joined = parts[0] if len(parts) == 1 else ops.concatenate(parts, axis=-1)
    if end.dtype.startswith(("int", "uint")):
        joined = ops.round(joined)
    if layout.axes == "first":
        return ops.transpose(joined, (0, 3, 1, 2))
    return ops.squeeze(joined, -1) if layout.axes == "none" else joined


def _image(tensor: Any, channels: int, said: ImageReading) -> Any:
    told = PIXELS[said.pixels]
    if channels != 1 and said.colours == "grey":
        tensor = ops.repeat(ops.sum(tensor * np.array(_GREY, "float32"), axis=-1, keepdims=True), 3, axis=-1)
    if channels != 1 and told.reversed:
        tensor = ops.flip(tensor, axis=-1)
    if told != Pixels(told.words):
        tensor = tensor * np.array(told.factor, "float32") + np.array(told.offset, "float32")
    return ops.sum(tensor * np.array(_GREY, "float32"), axis=-1, keepdims=True) if channels == 1 else tensor


def _target(tensor: Any, target: Field, end: End, said: OutputReading) -> Any:
    """Return an output in the form that `core.outputs` reads."""
    tensor = ops.cast(tensor, "float32")
    if not end.shape:
        tensor = ops.expand_dims(tensor, -1)
    width = tensor.shape[-1]
    kind = kind_of(target)
    if kind.is_amount:
        return _amount(tensor, said)
    tensor = _probabilities(tensor, target, said)
    order, classes = said.order, classes_of(target)
    if order and order != classes:
        tensor, width = _ordered(tensor, order, classes, width)
    if kind.two_valued and width == 2:
        return tensor[:, 1:2]
    if kind.loss is Loss.CATEGORICAL and width == 1:
        return ops.concatenate([1.0 - tensor, tensor], axis=-1)
    if kind.judged is Judged.GRADE and width == kind.outputs(target) + 1:
        return ops.matmul(tensor, np.tril(np.ones((width, width), "float32"), -1)[:, :-1])
    return tensor


def _amount(tensor: Any, said: OutputReading) -> Any:
    if (said.offset, said.factor) != (0.0, 1.0):
        tensor = tensor * said.factor + said.offset
    if said.log:
        tensor = ops.exp(tensor)
    return tensor - 1.0 if said.log == "log1p" else tensor


def _probabilities(tensor: Any, target: Field, said: OutputReading) -> Any:
    if said.link == PROBABILITY:
        return tensor
    if said.link == DISTANCE:
        square = (ops.relu(tensor) / said.threshold) ** 2
        return 1.0 / (1.0 + square)
    kind, width = kind_of(target), tensor.shape[-1]
    several = width > 1 and (kind.loss is Loss.CATEGORICAL or width == kind.outputs(target) + 1)
    if said.link == LOGIT:
        return ops.softmax(tensor) if several else ops.sigmoid(tensor)
    tensor = ops.clip(tensor, 0.0, 1.0)
    return (tensor + _TINY) / ops.sum(tensor + _TINY, axis=-1, keepdims=True) if several else tensor


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


def check_links(
    model_outputs: Mapping[str, Any], ends: tuple[End, ...], found: Match, schema: Schema, reading: Reading
) -> None:
    """See that outputs which are said to be probabilities are.

    Args:
        model_outputs: The foreign model's answers by output.
        ends: Its outputs.
        found: Which target each is.
        schema: The project's fields.
        reading: What is said of each output.

    Raises:
        ModelProblem: One gives values outside 0 to 1.
    """
    for end in ends:
        if end.name not in found.outputs or reading.outputs[end.name].link != PROBABILITY:
            continue
        target = schema.field(found.outputs[end.name])
        values = np.asarray(model_outputs[end.name], np.float64)
        if values.min() < -1e-3 or values.max() > 1 + 1e-3:
            raise ModelProblem(
                tr(
                    "The model's output {name} gives values outside 0 to 1, so it is no probability of {name_2}.",
                    name=end.name,
                    name_2=target.name,
                ),
                tr("Nothing was changed."),
                tr(
                    "Say what it gives, such as --read {name}.link=logit, linear or distance, or match it to a number.",
                    name=end.name,
                ),
            )


def plain_outputs(reading: Reading) -> Reading:
    """Return a reading whose outputs are given as they are."""
    return replace(reading, outputs={name: OutputReading() for name in reading.outputs})
