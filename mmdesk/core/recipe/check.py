"""What no recipe can be: each combination that would not work, with a reason and one fix.

What one encoder or fusion cannot be is said by its own class.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict

from mmdesk.core.errors import RecipeRefused
from mmdesk.core.fields.kinds import kind_of
from mmdesk.core.fields.schema import Field, Schema
from mmdesk.core.recipe.encoder import Encoder
from mmdesk.core.recipe.parts import RESERVED, Augment, Recipe
from mmdesk.core.recipe.registry import kinds_for
from mmdesk.words import tr


def check_recipe(recipe: Recipe, schema: Schema) -> None:
    """See that a recipe fits the fields of a schema and can be built and trained.

    Raises:
        RecipeRefused: With the place, the reason and one thing to do about it.
    """
    if not recipe.encoders:
        raise RecipeRefused(
            tr("it has no encoder, so the model would see nothing"),
            tr("Add an encoder for an input."),
            part="encoder",
        )
    fields = {record.name: record for record in schema.inputs}
    served = Counter(name for encoder in recipe.encoders for name in encoder.inputs)
    for index, encoder in enumerate(recipe.encoders):
        try:
            _check_once(encoder, served)
            _check_inputs(encoder, fields)
            encoder.check()
            encoder.check_fields([fields[name] for name in encoder.inputs])
            encoder.check_among(recipe.encoders[:index])
        except RecipeRefused as problem:
            problem.index = index
            raise
    _check_fusion(recipe)
    _check_targets(recipe, schema)
    _check_training(recipe, fields)


def _check_once(encoder: Encoder, served: Mapping[str, int]) -> None:
    for name in encoder.inputs:
        if served[name] > 1:
            raise encoder.refused(
                tr('the input "{name}" has two encoders', name=name),
                tr('Take "{name}" out of all encoders but one.', name=name),
                key="inputs",
            )


def _check_inputs(encoder: Encoder, fields: Mapping[str, Field]) -> None:
    for name in encoder.inputs:
        if name in RESERVED:
            raise encoder.refused(
                tr('an input may not be called "{name}", a part of the model is', name=name),
                tr("Rename that field."),
                key="inputs",
            )
        if name not in fields:
            raise encoder.refused(
                tr('the project has no input "{name}"', name=name),
                tr("Take it out, or name one that is there."),
                key="inputs",
                repair={"inputs": tuple(one for one in encoder.inputs if one in fields)},
            )
        if kind_of(fields[name]).form not in encoder.takes:
            fitting = kinds_for(fields[name].kind)
            raise encoder.refused(
                tr(
                    '{kind} does not take the {kind_2} input "{name}"',
                    kind=encoder.kind,
                    kind_2=fields[name].kind,
                    name=name,
                ),
                tr("Use {fitting} for it.", fitting=" or ".join(fitting)),
                key="kind",
                repair={"kind": fitting[0]},
            )


def _check_fusion(recipe: Recipe) -> None:
    fusion = recipe.fusion
    if fusion.several and sum(encoder.vectors for encoder in recipe.encoders) < 2:
        raise fusion.refused(
            tr("there is one vector only, and {merge} needs two", merge=fusion.merge),
            tr('Set merge to "concatenate".'),
            key="merge",
            repair={"merge": "concatenate"},
        )
    fusion.check()


def _check_targets(recipe: Recipe, schema: Schema) -> None:
    targets = {target.name: target for target in schema.targets}
    if not targets:
        raise RecipeRefused(tr("the project has no target, so there is nothing to learn"), tr("Add a target."))
    for index, one in enumerate(recipe.targets):
        target = targets.get(one.name)
        if target is None:
            raise RecipeRefused(
                tr('the project has no target "{name}"', name=one.name),
                tr("Take it out of the recipe."),
                part="target",
                index=index,
                key="name",
            )
        if one.scale != "log":
            continue
        reason = do = ""
        if not kind_of(target).is_amount:
            reason = tr('"{name}" is a {kind}, and only a number has a logarithm', name=one.name, kind=target.kind)
            do = tr('Set its scale to "automatic".')
        elif target.min is not None and target.min < 0:
            reason = tr('"{name}" may be below zero, which has no logarithm', name=one.name)
            do = tr('Set its scale to "automatic", or its min above zero.')
        if reason:
            raise RecipeRefused(reason, do, part="target", index=index, key="scale", repair={"scale": "automatic"})


def _check_training(recipe: Recipe, fields: Mapping[str, Field]) -> None:
    training, augment = recipe.training, recipe.augment
    if training.focal and training.smoothing:
        raise RecipeRefused(
            "the focal loss turns to what is unsure and label smoothing makes all unsure",
            tr("Set focal or smoothing to 0."),
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
    if augment.active and augment.variants < 2 and not any(one.looks_afresh for one in recipe.image_encoders):
        raise RecipeRefused(
            tr("what is frozen looks at each image once, so changing it at random would change nothing"),
            tr("Set variants to 2 or more."),
            part="augment",
            key="variants",
            repair={"variants": 4},
        )
    sides = {fields[name].side for name in recipe.images} - {""}
    if augment.flip and sides and not augment.same:
        raise RecipeRefused(
            tr("a mirrored left image looks like a right one, so the pair must be mirrored together"),
            tr("Set same to true, or flip to false."),
            part="augment",
            key="same",
            repair={"same": True},
        )
