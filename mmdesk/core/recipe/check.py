"""What no recipe can be: each combination that would not work, with a reason and one fix."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict

from mmdesk.core.errors import RecipeRefused
from mmdesk.core.fields.schema import Field, Schema
from mmdesk.core.recipe.parts import (
    APPLICATIONS,
    BACKBONES,
    ENCODER_KINDS,
    RESERVED,
    Augment,
    EncoderRecipe,
    Recipe,
    kinds_for,
)


def check_recipe(recipe: Recipe, schema: Schema) -> None:
    """See that a recipe fits the fields of a schema and can be built and trained.

    Raises:
        RecipeRefused: With the place, the reason and one thing to do about it.
    """
    if not recipe.encoders:
        raise RecipeRefused(
            "it has no encoder, so the model would see nothing",
            "Add an encoder for an input.",
            part="encoder",
        )
    fields = {record.name: record for record in schema.inputs}
    served = Counter(name for encoder in recipe.encoders for name in encoder.inputs)
    for index, encoder in enumerate(recipe.encoders):
        try:
            _check_once(encoder, served)
            _check_inputs(encoder, fields)
            check_encoder(encoder)
            _check_sharing(encoder, fields)
        except RecipeRefused as problem:
            problem.index = index
            raise
    _check_backbones(recipe)
    _check_fusion(recipe)
    _check_targets(recipe, schema)
    _check_training(recipe, fields)


def check_encoder(encoder: EncoderRecipe) -> None:
    """See that the options of one encoder go together, whatever the fields.

    Raises:
        RecipeRefused: They do not.
    """
    if encoder.compare and len(encoder.inputs) != 2:
        raise _of_encoder(
            f'"compare" needs exactly two inputs, and this encoder has {len(encoder.inputs)}',
            "Give it exactly two images, or set compare to false.",
            key="compare",
            repair={"compare": False},
        )
    if encoder.kind == "backbone" and encoder.backbone not in BACKBONES:
        raise _of_encoder(
            f"there is no backbone {encoder.backbone}",
            f"Name one of {', '.join(BACKBONES)}.",
            key="backbone",
            repair={"backbone": next(iter(BACKBONES))},
        )
    if encoder.kind == "application":
        _check_application(encoder)


def _of_encoder(
    reason: str, do: str, *, key: str = "", repair: Mapping[str, object] | None = None
) -> RecipeRefused:
    return RecipeRefused(reason, do, part="encoder", key=key, repair=repair)


def _check_once(encoder: EncoderRecipe, served: Mapping[str, int]) -> None:
    for name in encoder.inputs:
        if served[name] > 1:
            raise _of_encoder(
                f'the input "{name}" has two encoders',
                f'Take "{name}" out of all encoders but one.',
                key="inputs",
            )


def _check_inputs(encoder: EncoderRecipe, fields: Mapping[str, Field]) -> None:
    for name in encoder.inputs:
        if name in RESERVED:
            raise _of_encoder(
                f'an input may not be called "{name}", a part of the model is',
                "Rename that field.",
                key="inputs",
            )
        if name not in fields:
            raise _of_encoder(
                f'the project has no input "{name}"',
                "Take it out, or name one that is there.",
                key="inputs",
                repair={"inputs": tuple(one for one in encoder.inputs if one in fields)},
            )
        if fields[name].kind not in ENCODER_KINDS[encoder.kind][0]:
            fitting = kinds_for(fields[name].kind)
            raise _of_encoder(
                f'{encoder.kind} does not take the {fields[name].kind} input "{name}"',
                f"Use {' or '.join(fitting)} for it.",
                key="kind",
                repair={"kind": fitting[0]},
            )
        if encoder.scaling == "quantile" and fields[name].kind == "flag":
            raise _of_encoder(
                f'quantiles of the flag "{name}" say nothing: it has two values',
                'Set scaling to "standardise" there.',
                key="scaling",
                repair={"scaling": "standardise"},
            )


def _check_application(encoder: EncoderRecipe) -> None:
    if encoder.architecture not in APPLICATIONS:
        raise _of_encoder(
            f'keras.applications has no architecture "{encoder.architecture}" that is known here',
            "Name one, such as VGG16 or MobileNetV2.",
            key="architecture",
            repair={"architecture": "MobileNetV2"},
        )
    fewest = APPLICATIONS[encoder.architecture][0]
    if encoder.size < fewest:
        raise _of_encoder(
            f"{encoder.architecture} cannot see images of {encoder.size} pixels",
            f"Set size to {fewest} or more.",
            key="size",
            repair={"size": fewest},
        )
    if not encoder.weights.endswith(".h5"):
        raise _of_encoder(
            f"{encoder.architecture} is frozen, so without a file of weights it would see noise",
            "Set weights to its .h5 file without the top, or use cnn, which is trained.",
            key="weights",
            repair={"kind": "cnn"},
        )


def _check_sharing(encoder: EncoderRecipe, fields: Mapping[str, Field]) -> None:
    if len(encoder.inputs) < 2 or encoder.kind not in {"convolution", "recurrent", "embedding"}:
        return
    if encoder.kind == "embedding":
        shapes = {fields[name].options for name in encoder.inputs}
        reason = "choices with different options cannot share one embedding: the codes mean other things"
    else:
        shapes = {tuple("x" * max(1, len(fields[name].channels))) for name in encoder.inputs}
        reason = "sequences with different numbers of channels cannot share their weights"
    if len(shapes) > 1:
        raise _of_encoder(reason, "Give each of them an [[encoder]] of its own.", key="inputs")


def _check_backbones(recipe: Recipe) -> None:
    """See that one backbone serves all: the program loads it once for every input."""
    named = [(index, e.backbone) for index, e in enumerate(recipe.encoders) if e.kind == "backbone"]
    for index, name in named[1:]:
        if name != named[0][1]:
            raise RecipeRefused(
                f"{name} and {named[0][1]} are two backbones, and a model has one",
                f"Set backbone to {named[0][1]} there, too.",
                part="encoder",
                index=index,
                key="backbone",
                repair={"backbone": named[0][1]},
            )


def _check_fusion(recipe: Recipe) -> None:
    fusion = recipe.fusion
    vectors = sum(1 if e.kind == "vector" else len(e.inputs) + 2 * e.compare for e in recipe.encoders)
    if fusion.merge != "concatenate" and vectors < 2:
        raise RecipeRefused(
            f"there is one vector only, and {fusion.merge} needs two",
            'Set merge to "concatenate".',
            part="fusion",
            key="merge",
            repair={"merge": "concatenate"},
        )
    if fusion.merge == "attention" and fusion.width % fusion.heads:
        width = fusion.width // fusion.heads * fusion.heads or fusion.heads
        raise RecipeRefused(
            f"the width {fusion.width} cannot be divided among {fusion.heads} heads",
            f"Set the width to {width}.",
            part="fusion",
            key="width",
            repair={"width": width},
        )


def _check_targets(recipe: Recipe, schema: Schema) -> None:
    targets = {target.name: target for target in schema.targets}
    if not targets:
        raise RecipeRefused("the project has no target, so there is nothing to learn", "Add a target.")
    for index, one in enumerate(recipe.targets):
        target = targets.get(one.name)
        if target is None:
            raise RecipeRefused(
                f'the project has no target "{one.name}"',
                "Take it out of the recipe.",
                part="target",
                index=index,
                key="name",
            )
        if one.scale != "log":
            continue
        reason = do = ""
        if target.kind != "number":
            reason = f'"{one.name}" is a {target.kind}, and only a number has a logarithm'
            do = 'Set its scale to "linear".'
        elif target.min is not None and target.min < 0:
            reason = f'"{one.name}" may be below zero, which has no logarithm'
            do = 'Set its scale to "linear", or its min above zero.'
        if reason:
            raise RecipeRefused(
                reason, do, part="target", index=index, key="scale", repair={"scale": "linear"}
            )


def _check_training(recipe: Recipe, fields: Mapping[str, Field]) -> None:
    training, augment = recipe.training, recipe.augment
    if training.focal and training.smoothing:
        raise RecipeRefused(
            "the focal loss turns to what is unsure and label smoothing makes all unsure",
            "Set focal or smoothing to 0.",
            part="training",
            key="focal",
            repair={"smoothing": 0.0},
        )
    if augment.active and not recipe.images:
        raise RecipeRefused(
            "it changes images at random and sees none",
            "Take [augment] out.",
            part="augment",
            repair=asdict(Augment()),
        )
    if augment.active and augment.variants < 2 and all(e.kind != "cnn" for e in recipe.encoders):
        raise RecipeRefused(
            "what is frozen looks at each image once, so changing it at random would change nothing",
            "Set variants to 2 or more.",
            part="augment",
            key="variants",
            repair={"variants": 4},
        )
    sides = {fields[name].side for name in recipe.images} - {""}
    if augment.flip and sides and not augment.same:
        raise RecipeRefused(
            "a mirrored left image looks like a right one, so the pair must be mirrored together",
            "Set same to true, or flip to false.",
            part="augment",
            key="same",
            repair={"same": True},
        )
