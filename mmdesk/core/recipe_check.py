"""What no recipe can be: each combination that would not work, with a reason and one fix."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from mmdesk.core.errors import ModelProblem
from mmdesk.core.recipe_parts import (
    APPLICATIONS,
    BACKBONES,
    ENCODER_KINDS,
    RESERVED,
    EncoderRecipe,
    Recipe,
)
from mmdesk.core.schema import Field, Schema


def check_recipe(recipe: Recipe, schema: Schema) -> None:
    """See that a recipe fits the fields of a schema and can be built and trained.

    Raises:
        ModelProblem: With the reason and one thing to do about it.
    """
    if not recipe.encoders:
        raise refused("it has no encoder, so the model would see nothing", "Add an encoder for an input.")
    fields = {record.name: record for record in schema.inputs}
    served = Counter(name for encoder in recipe.encoders for name in encoder.inputs)
    for name, times in served.items():
        if times > 1:
            raise refused(
                f'the input "{name}" has two encoders', f'Take "{name}" out of all encoders but one.'
            )
    for encoder in recipe.encoders:
        _check_inputs(encoder, fields)
        check_encoder(encoder)
        _check_sharing(encoder, fields)
    _check_fusion(recipe)
    _check_targets(recipe, schema)
    _check_training(recipe, fields)


def check_encoder(encoder: EncoderRecipe) -> None:
    """See that the options of one encoder go together, whatever the fields.

    Raises:
        ModelProblem: They do not.
    """
    if encoder.compare and len(encoder.inputs) != 2:
        raise refused(
            f'"compare" needs exactly two inputs, and this encoder has {len(encoder.inputs)}',
            "Give it exactly two images, or set compare to false.",
        )
    if encoder.kind == "backbone" and encoder.backbone not in BACKBONES:
        raise refused(f"there is no backbone {encoder.backbone}", f"Name one of {', '.join(BACKBONES)}.")
    if encoder.kind == "application":
        _check_application(encoder)


def refused(reason: str, do: str, where: str = "recipe") -> ModelProblem:
    """Return the problem that says why a recipe cannot be used, and what to do."""
    return ModelProblem(
        f"The recipe cannot be used: {reason} ({where}).",
        safe="The current model and all labels are safe.",
        do=do,
    )


def _check_inputs(encoder: EncoderRecipe, fields: Mapping[str, Field]) -> None:
    for name in encoder.inputs:
        if name in RESERVED:
            raise refused(
                f'an input may not be called "{name}", a part of the model is', "Rename that field."
            )
        if name not in fields:
            raise refused(f'the project has no input "{name}"', "Take it out, or name one that is there.")
        taken = ENCODER_KINDS[encoder.kind][0]
        if fields[name].kind not in taken:
            fitting = [kind for kind, (kinds, _) in ENCODER_KINDS.items() if fields[name].kind in kinds]
            raise refused(
                f'{encoder.kind} does not take the {fields[name].kind} input "{name}"',
                f"Use {' or '.join(fitting)} for it.",
            )
        if encoder.scaling == "quantile" and fields[name].kind == "flag":
            raise refused(
                f'quantiles of the flag "{name}" say nothing: it has two values',
                'Set scaling to "standardise" there.',
            )


def _check_application(encoder: EncoderRecipe) -> None:
    if encoder.architecture not in APPLICATIONS:
        raise refused(
            f'keras.applications has no architecture "{encoder.architecture}" that is known here',
            "Name one, such as VGG16 or MobileNetV2.",
        )
    fewest = APPLICATIONS[encoder.architecture][0]
    if encoder.size < fewest:
        raise refused(
            f"{encoder.architecture} cannot see images of {encoder.size} pixels",
            f"Set size to {fewest} or more.",
        )
    if not encoder.weights.endswith(".h5"):
        raise refused(
            f"{encoder.architecture} is frozen, so without a file of weights it would see noise",
            "Set weights to its .h5 file without the top, or use cnn, which is trained.",
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
        raise refused(reason, "Give each of them an [[encoder]] of its own.")


def _check_fusion(recipe: Recipe) -> None:
    fusion = recipe.fusion
    vectors = sum(1 if e.kind == "vector" else len(e.inputs) + 2 * e.compare for e in recipe.encoders)
    if fusion.merge != "concatenate" and vectors < 2:
        raise refused(
            f"there is one vector only, and {fusion.merge} needs two", 'Set merge to "concatenate".'
        )
    if fusion.merge == "attention" and fusion.width % fusion.heads:
        raise refused(
            f"the width {fusion.width} cannot be divided among {fusion.heads} heads",
            f"Set the width to {fusion.width // fusion.heads * fusion.heads or fusion.heads}.",
        )


def _check_targets(recipe: Recipe, schema: Schema) -> None:
    targets = {target.name: target for target in schema.targets}
    if not targets:
        raise refused("the project has no target, so there is nothing to learn", "Add a target.")
    for one in recipe.targets:
        target = targets.get(one.name)
        if target is None:
            raise refused(f'the project has no target "{one.name}"', "Take it out of the recipe.")
        if one.scale == "log" and target.kind != "number":
            raise refused(
                f'"{one.name}" is a {target.kind}, and only a number has a logarithm',
                'Set its scale to "linear".',
            )
        if one.scale == "log" and target.min is not None and target.min < 0:
            raise refused(
                f'"{one.name}" may be below zero, which has no logarithm',
                'Set its scale to "linear", or its min above zero.',
            )


def _check_training(recipe: Recipe, fields: Mapping[str, Field]) -> None:
    training, augment = recipe.training, recipe.augment
    if training.focal and training.smoothing:
        raise refused(
            "the focal loss turns to what is unsure and label smoothing makes all unsure",
            "Set focal or smoothing to 0.",
        )
    if augment.active and not recipe.images:
        raise refused("it changes images at random and sees none", "Take [augment] out.")
    if augment.active and augment.variants < 2 and all(e.kind != "cnn" for e in recipe.encoders):
        raise refused(
            "what is frozen looks at each image once, so changing it at random would change nothing",
            "Set variants to 2 or more.",
        )
    sides = {fields[name].side for name in recipe.images} - {""}
    if augment.flip and sides and not augment.same:
        raise refused(
            "a mirrored left image looks like a right one, so the pair must be mirrored together",
            "Set same to true, or flip to false.",
        )
