"""Use cases of a project's own recipe: `recipe.toml` beside `project.toml`, written here or by hand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from mmdesk.core.cases.case import Case
from mmdesk.core.cases.truth import labelled
from mmdesk.core.errors import LookOnly, ModelProblem, RecipeRefused
from mmdesk.core.fields.splits import TRAIN
from mmdesk.core.recipe.recipe import Recipe, check_recipe, default_recipe, read_recipe, write_recipe
from mmdesk.services.project import Project
from mmdesk.support.files import write_whole
from mmdesk.words import QT_TR_NOOP, tr

RECIPE_FILE: Final = "recipe.toml"
_HEAD: Final = QT_TR_NOOP("# Written by mmdesk on its recipe page; may be edited by hand.\n\n")


@dataclass(frozen=True, slots=True)
class StoredRecipe:
    """What a project's folder says about its recipe.

    Attributes:
        recipe: The recipe of the file; the one that fits the fields when there is none or it
            cannot be read.
        text: The file as it is; empty when there is none.
        problem: Why the file cannot be read, with its line; empty when it can.
    """

    recipe: Recipe
    text: str = ""
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Written:
    """What was written.

    Attributes:
        text: The file as it is now; empty when there is none, for the default needs none.
        kept: Name of the file that keeps what a person wrote by hand; empty when there was none.
    """

    text: str
    kept: str = ""


def stored_recipe(project: Project) -> StoredRecipe:
    """Read the project's recipe; a file that cannot be read says why and is left alone."""
    default = default_recipe(project.schema)
    try:
        text = _text(project.folder)
    except (OSError, UnicodeDecodeError) as why:
        return StoredRecipe(default, problem=_unreadable(why).say())
    if not text.strip():
        return StoredRecipe(default, text)
    try:
        return StoredRecipe(read_recipe(text, RECIPE_FILE), text)
    except RecipeRefused as problem:
        return StoredRecipe(default, text, problem.say())


def own_recipe(project: Project) -> Recipe | None:
    """Return the recipe that the project's folder holds, checked; None when it holds none.

    Raises:
        ModelProblem: It cannot be read or used; the words name file and line.
    """
    try:
        text = _text(project.folder)
    except (OSError, UnicodeDecodeError) as why:
        raise _unreadable(why) from why
    if not text.strip():
        return None
    recipe = read_recipe(text, RECIPE_FILE)
    check_recipe(recipe, project.schema)
    return recipe


def store_recipe(project: Project, recipe: Recipe, known: str) -> Written:
    """Write the project's recipe whole; the default one needs no file.

    What a person wrote by hand is kept beside it, under a name with a number, when it is not
    what the window knows or would lose its comments.

    Args:
        project: A project open for writing.
        recipe: One that fits its fields.
        known: The file's text when it was last read or written.

    Raises:
        RecipeRefused: The recipe cannot work.
        LookOnly: The project cannot be changed here.
        ModelProblem: It did not fit on the disk, or may not be written there.
    """
    if project.look_only:
        raise LookOnly(project.look_only)
    check_recipe(recipe, project.schema)
    path = project.folder / RECIPE_FILE
    text = "" if recipe == default_recipe(project.schema) else tr(_HEAD) + write_recipe(recipe)
    try:
        kept = _keep_by_hand(path, known)
        if text:
            write_whole(path, text)
        else:
            path.unlink(missing_ok=True)
    except OSError as why:
        raise ModelProblem(
            tr("The recipe cannot be written to {name}.", name=project.folder.name),
            safe=tr("The file is as it was; the recipe stays here while the window is open."),
            do=tr("Free some space, or see that you may write there, then change something again."),
            details=str(why),
        ) from why
    return Written(text, kept)


def missing_files(project: Project, recipe: Recipe) -> tuple[str, ...]:
    """Return the files that a recipe's encoders read and that are not there, as the recipe names them."""
    named = dict.fromkeys(file for encoder in recipe.encoders for file in encoder.files.values())
    return tuple(file for file in named if not (project.folder / file).is_file())


def training_cases(project: Project) -> list[Case]:
    """Return the labelled cases of the training split, in the order in which training sees them."""
    return labelled(project.store.cases(split=TRAIN), project.truths())


def _text(folder: Path) -> str:
    path = folder / RECIPE_FILE
    return path.read_text(encoding="utf-8-sig") if path.exists() else ""


def _keep_by_hand(path: Path, known: str) -> str:
    """Give a file that a person wrote another name; return it, empty when nothing is to be kept."""
    if not path.exists():
        return ""
    try:
        text = path.read_text(encoding="utf-8")
        ours = text == known and text.startswith(tr(_HEAD)) and "#" not in text.removeprefix(_HEAD)
        if ours or not text.strip():
            return ""
    except (OSError, UnicodeDecodeError):
        pass
    beside = next(name for name in _names() if not path.with_name(name).exists())
    path.rename(path.with_name(beside))
    return beside


def _names() -> Iterator[str]:
    number = 0
    while True:
        number += 1
        yield f"recipe-by-hand-{number}.toml"


def _unreadable(why: Exception) -> ModelProblem:
    return ModelProblem(
        tr("{recipe_file} cannot be read.", recipe_file=RECIPE_FILE),
        safe=tr("The file is left alone."),
        do=tr("Save it as UTF-8 text where you may read it."),
        details=str(why),
    )
