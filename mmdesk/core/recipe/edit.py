"""Edits of a recipe: which encoder an input has, one option at a time, and the way back."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from mmdesk.core.fields.kinds import KINDS
from mmdesk.core.fields.schema import Schema
from mmdesk.core.recipe.encoder import Encoder
from mmdesk.core.recipe.fusion import Fusion
from mmdesk.core.recipe.parts import Recipe, TargetRecipe
from mmdesk.core.recipe.registry import ENCODERS, as_kind, as_merge, kinds_for, new_encoder
from mmdesk.words import tr

LEFT_OUT: Final = ""
"""Choice for an input that the model does not see."""

_WITH: Final = "with "


def choices_of(recipe: Recipe, schema: Schema, name: str) -> list[tuple[str, str]]:
    """Return what an input's encoder may be: a value for `choose_encoder`, and its words."""
    kind = schema.field(name).kind
    titles = {field.name: field.title for field in schema.inputs}
    found = [(one, ENCODERS[one].title) for one in kinds_for(kind)]
    for encoder in recipe.encoders:
        first = encoder.inputs[0]
        if first != name and KINDS[kind].form in encoder.takes:
            found.append((f"{_WITH}{first}", tr("with {get}", get=titles.get(first, first))))
    return [*found, (LEFT_OUT, tr("not seen by the model"))]


def choice_of(recipe: Recipe, name: str) -> str:
    """Return what an input's encoder is now, as one of the values of `choices_of`."""
    for encoder in recipe.encoders:
        if name in encoder.inputs:
            return encoder.kind if encoder.inputs[0] == name else f"{_WITH}{encoder.inputs[0]}"
    return LEFT_OUT


def choose_encoder(recipe: Recipe, name: str, choice: str) -> Recipe:
    """Give an input another encoder.

    The first input of an encoder takes the others along to another kind; any other input gets
    an encoder of its own.

    Args:
        recipe: The recipe.
        name: The input.
        choice: A value of `choices_of`.
    """
    if choice == choice_of(recipe, name):
        return recipe
    if choice in ENCODERS:
        for index, encoder in enumerate(recipe.encoders):
            if encoder.inputs[0] == name:
                return with_encoder(recipe, index, kind=choice)
    encoders: list[Encoder] = []
    for encoder in recipe.encoders:
        rest = tuple(one for one in encoder.inputs if one != name)
        if rest:
            encoders.append(replace(encoder, inputs=rest))
        if choice in ENCODERS and name in encoder.inputs:
            encoders.append(as_kind(encoder.serving((name,)), choice))
    if choice in ENCODERS and all(name not in encoder.inputs for encoder in encoders):
        encoders.append(as_kind(new_encoder(choice, (name,)), choice))
    if choice.startswith(_WITH):
        other = choice.removeprefix(_WITH)
        encoders = [
            replace(encoder, inputs=(*encoder.inputs, name)) if encoder.inputs[0] == other else encoder
            for encoder in encoders
        ]
    return replace(recipe, encoders=tuple(encoders))


def with_encoder(recipe: Recipe, index: int, **values: Any) -> Recipe:
    """Return a recipe whose encoder at a place has other options, or is of another `kind`.

    One without inputs is left out.
    """
    encoder = recipe.encoders[index]
    if "kind" in values:
        encoder = as_kind(encoder, values.pop("kind"))
    changed = replace(encoder, **values)
    kept = (changed,) if changed.inputs else ()
    return replace(recipe, encoders=(*recipe.encoders[:index], *kept, *recipe.encoders[index + 1 :]))


def with_target(recipe: Recipe, name: str, scale: str) -> Recipe:
    """Return a recipe that learns a target as it is (`linear`), by its logarithm or as suits it."""
    others = tuple(one for one in recipe.targets if one.name != name)
    return replace(recipe, targets=others if scale == "automatic" else (*others, TargetRecipe(name, scale)))


def with_values(recipe: Recipe, part: str, index: int, values: dict[str, Any]) -> Recipe:
    """Return a recipe with other options in one part.

    Args:
        recipe: The recipe.
        part: `encoder`, `fusion`, `target`, `training` or `augment`.
        index: Which of the encoders or targets of the recipe.
        values: By option.
    """
    match part:
        case "encoder":
            return with_encoder(recipe, index, **values)
        case "target":
            return with_target(recipe, recipe.targets[index].name, values["scale"])
        case "fusion":
            return replace(recipe, fusion=_with_fusion(recipe.fusion, dict(values)))
    return replace(recipe, **{part: replace(getattr(recipe, part), **values)})


def _with_fusion(fusion: Fusion, values: dict[str, Any]) -> Fusion:
    merge = values.pop("merge", fusion.merge)
    return replace(fusion if merge == fusion.merge else as_merge(fusion, merge), **values)


class RecipeHistory:
    """The recipes that were there in this window, and which of them is now.

    Args:
        recipe: The first one.
    """

    def __init__(self, recipe: Recipe) -> None:
        self._steps: list[tuple[Recipe, str]] = [(recipe, "")]
        self._place = 0

    @property
    def now(self) -> Recipe:
        """The recipe of this moment."""
        return self._steps[self._place][0]

    def edit(self, recipe: Recipe, what: str) -> bool:
        """Make a changed recipe the one of this moment.

        Args:
            recipe: The recipe.
            what: What was changed, in words; several changes of the same in a row are one step.

        Returns:
            Whether it differs from the one before.
        """
        if recipe == self.now:
            return False
        del self._steps[self._place + 1 :]
        if self._place and self._steps[self._place][1] == what:
            self._steps[self._place] = (recipe, what)
        else:
            self._steps.append((recipe, what))
            self._place += 1
        return True

    def undo(self) -> str:
        """Go a step back; return what was changed in it, empty when there is none."""
        if not self._place:
            return ""
        self._place -= 1
        return self._steps[self._place + 1][1]

    def redo(self) -> str:
        """Go a step on; return what is changed in it, empty when there is none."""
        if self._place + 1 == len(self._steps):
            return ""
        self._place += 1
        return self._steps[self._place][1]

    @property
    def steps(self) -> tuple[int, int]:
        """How many steps lie behind and how many ahead."""
        return self._place, len(self._steps) - 1 - self._place
