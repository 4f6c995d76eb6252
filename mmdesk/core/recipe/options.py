"""The options of a recipe for the page that edits it, and what its buttons and losses say."""

from __future__ import annotations

from typing import Final

from mmdesk.core.errors import RecipeRefused
from mmdesk.core.fields.kind import Judged, Loss
from mmdesk.core.fields.kinds import kind_of
from mmdesk.core.fields.schema import Field
from mmdesk.core.recipe.fusion import Fusion
from mmdesk.core.recipe.option import Option, options_of
from mmdesk.core.recipe.parts import Augment, Recipe, TargetRecipe, Training
from mmdesk.core.recipe.registry import ENCODERS, FUSIONS
from mmdesk.words import tr

TRAINING: Final = tuple(one for one in options_of(Training) if one.key != "towards")
"""All that a training from scratch obeys; fine-tuning alone pulls towards the start."""

AUGMENT: Final = options_of(Augment)
TARGET: Final = options_of(TargetRecipe)


def fusion_options(fusion: Fusion) -> tuple[Option, ...]:
    """Return the options of a fusion, which fusion it is before its own."""
    merge = Option(
        "merge",
        tr("Joined by"),
        tr("How the vectors of all inputs become one."),
        fusion.merge,
        allowed=FUSIONS.keys(),
    )
    return merge, *options_of(type(fusion))


def find_option(recipe: Recipe, part: str, index: int, key: str) -> Option | None:
    """Return an option of a part of a recipe; None for what is no option of it."""
    match part:
        case "encoder":
            found = options_of(type(recipe.encoders[index]))
        case "fusion":
            found = fusion_options(recipe.fusion)
        case _:
            found = {"training": TRAINING, "augment": AUGMENT, "target": TARGET}.get(part, ())
    return next((one for one in found if one.key == key), None)


def loss_words(recipe: Recipe, target: Field) -> str:
    """Return what a target's training makes small, in words."""
    training = recipe.training
    kind = kind_of(target)
    loss = kind.loss.value
    if kind.loss is Loss.HUBER:
        match recipe.scale_of(target.name):
            case "log":
                return tr("{loss} of the logarithm", loss=loss)
            case "linear":
                return loss
        return tr("{loss} on the scale that suits the training cases", loss=loss)
    if kind.judged is Judged.GRADE:
        loss += tr(" of each step")
    if training.focal:
        loss += tr(", focal {focal:g}", focal=training.focal)
    if training.smoothing:
        loss += tr(", smoothed by {smoothing:g}", smoothing=training.smoothing)
    return tr("{loss}, rare classes weighed more", loss=loss) if training.balance else loss


def repair_words(recipe: Recipe, problem: RecipeRefused) -> str:
    """Return what a button would do that mends a refused recipe; empty when there is no one way."""
    if not problem.repair:
        return ""
    if len(problem.repair) > 1:
        return tr("Change no image at random")
    ((key, value),) = problem.repair.items()
    if key == "kind":
        return tr("Use {title}", title=ENCODERS[str(value)].title)
    if key == "inputs":
        return tr("Take it out")
    option = find_option(recipe, problem.part, problem.index, key)
    words = option.words if option else key
    if isinstance(value, bool):
        return tr("Switch {value}: {words}", value="on" if value else "off", words=words)
    return tr("Set {words} to {value}", words=words, value=f"{value:g}" if isinstance(value, float) else value)
