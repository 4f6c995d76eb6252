"""From a recipe to a Keras model: one nested model for the backbone, one for the head."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
from keras import layers, ops

from mmdesk.core.fields.kind import Loss
from mmdesk.core.fields.kinds import kind_of
from mmdesk.core.fields.schema import Field, Schema
from mmdesk.core.model.prepare import Preparation, TargetState
from mmdesk.core.recipe.encoder import Token
from mmdesk.core.recipe.fusion import flags
from mmdesk.core.recipe.recipe import Recipe, check_recipe
from mmdesk.modelling.network.bundle import bundled_backbone
from mmdesk.modelling.network.encoders import Tensors, head_inputs, seen_input
from mmdesk.modelling.network.graph import inputs_of_calls, made_by
from mmdesk.modelling.network.image_encoders import free_encoders, image_encoders
from mmdesk.modelling.network.submodels import BACKBONE, HEAD, encoders_of, head_of

__all__ = ["BACKBONE", "HEAD", "assemble", "build_head", "build_model", "encoders_of", "head_of"]


def build_model(
    recipe: Recipe,
    schema: Schema,
    preparation: Preparation,
    backbone: keras.Model | None = None,
    folder: Path | None = None,
) -> keras.Model:
    """Build the whole model, its head untrained.

    Args:
        recipe: Encoders and fusion.
        schema: The project's fields.
        preparation: What was learnt on the training split.
        backbone: The pretrained image encoder, an (n, size, size, 3) image to (n, width); the
            one that comes with the program when not given.
        folder: Where relative files of weights start from; the working folder when not given.

    Returns:
        A functional model: images by name (n, size, size, 3) from 0 to 255 and the head's
        other inputs, to a dict by target.

    Raises:
        ModelProblem: The recipe does not fit the schema, or a file of weights cannot be used.
    """
    check_recipe(recipe, schema)
    head = build_head(recipe, schema, preparation)
    pretrained = [one.pretrained for one in recipe.image_encoders if one.pretrained]
    if pretrained and backbone is None:
        backbone = bundled_backbone(pretrained[0])
    depths = {name: state.length for name, state in preparation.inputs.items()}
    encoders = image_encoders(recipe, backbone, folder, depths)
    model = assemble(head, encoders)
    free_encoders(recipe, encoders)
    return model


def assemble(head: keras.Model, encoders: dict[str, keras.Model]) -> keras.Model:
    """Put image encoders, frozen, before a head.

    Args:
        head: Model with an input `NAME__embedding` for each image.
        encoders: By image input; the same encoder may serve several.
    """
    for encoder in encoders.values():
        encoder.trainable = False
    inputs: Tensors = {}
    tensors: Tensors = {}
    for tensor in head.inputs:
        image = tensor.name.removesuffix("__embedding")
        if image in encoders and image != tensor.name:
            inputs[image] = keras.Input(encoders[image].input_shape[1:], name=image)
            tensors[tensor.name] = encoders[image](inputs[image])
        else:
            inputs[tensor.name] = keras.Input(tensor.shape[1:], dtype=tensor.dtype, name=tensor.name)
            tensors[tensor.name] = inputs[tensor.name]
    return keras.Model(inputs, head(tensors), name="mmdesk_model")


def build_head(recipe: Recipe, schema: Schema, preparation: Preparation) -> keras.Model:
    """Build the head: embeddings and record to a dict by target.

    The vector of each input, with whether it is there, goes into the fusion; two compared
    images add how far they differ and where they agree.
    """
    fusion = recipe.fusion
    tensors: Tensors = {}
    tokens: list[Token] = []
    there: list[Any] = []
    for encoder in recipe.encoders:
        seen = []
        for name in encoder.inputs:
            state = preparation.inputs[name]
            tensors |= head_inputs(name, state, encoder)
            seen.append(seen_input(name, state, tensors))
        tokens += encoder.tokens(keras, seen, fusion.dropout)
        there += [one.present for one in seen]
    x = ops.concatenate([fusion.join(keras, tokens), *flags(keras, there)], axis=-1)
    for number in range(fusion.layers):
        x = layers.Dropout(fusion.dropout, name=f"fusion__drop{number}")(x)
        x = layers.Dense(fusion.width, "relu", name=f"fusion__dense{number}")(x)
    x = layers.Dropout(fusion.dropout, name="fusion__drop")(x)
    outputs = {target.name: _output(target, preparation.targets[target.name], x) for target in schema.targets}
    _set_apart(list(outputs.values()))
    return keras.Model(tensors, outputs, name=HEAD)


def _set_apart(outputs: list[Any]) -> None:
    """Rename the plain operations, so that a field may be called "max" or "where"."""
    tensors, done = list(outputs), set()
    while tensors:
        operation = made_by(tensors.pop())[0]
        if id(operation) in done:
            continue
        done.add(id(operation))
        if not isinstance(operation, layers.Layer):
            operation.name = f"op__{operation.name}"
        tensors += inputs_of_calls(operation)


def _output(target: Field, state: TargetState, x: Any) -> Any:
    name, kind = target.name, kind_of(target)
    width = kind.outputs(target)
    match kind.loss:
        case Loss.HUBER:
            standard = layers.Dense(1, name=f"{name}__standard")(x)
            if state.log:
                scaled = layers.Rescaling(state.scale, offset=state.offset, name=f"{name}__log")(standard)
                return layers.Activation("exponential", name=name)(scaled)
            return layers.Rescaling(state.scale, offset=state.offset, name=name)(standard)
        case Loss.CATEGORICAL:
            return layers.Dense(width, "softmax", name=name)(x)
        case Loss.BINARY:
            return layers.Dense(width, "sigmoid", name=name)(x)
