"""Use case: show what training would see of one case's image, changed at random."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mmdesk.core.cases.case import Case, ImageRef
from mmdesk.core.errors import Situation
from mmdesk.core.fields.kinds import kind_of
from mmdesk.core.job import JobContext
from mmdesk.core.recipe.recipe import Recipe
from mmdesk.services.project import Project
from mmdesk.services.recipe.recipe import training_cases
from mmdesk.words import tr

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from mmdesk.imaging.augment import Draw


@dataclass(frozen=True, slots=True)
class Example:
    """One image as training would see it.

    Attributes:
        pixels: uint8 RGB (size, size, 3).
        words: What was changed, in words; empty when nothing was.
    """

    pixels: NDArray[np.uint8]
    words: str = ""


@dataclass(frozen=True, slots=True)
class Examples:
    """The image of one case, plain and changed.

    Attributes:
        case: The case's name.
        place: Which of the cases with that image it is, from 0.
        cases: How many there are.
        plain: The image as it is.
        changed: As the recipe changes it, one for each epoch or kept copy.
    """

    case: str
    place: int
    cases: int
    plain: Example
    changed: tuple[Example, ...]


def example_cases(project: Project) -> list[Case]:
    """Return the cases that training would see, in its order; all cases while none is labelled."""
    return training_cases(project) or project.store.cases()


def augmented_examples(
    project: Project,
    cases: Sequence[Case],
    recipe: Recipe,
    name: str,
    ctx: JobContext,
    *,
    place: int = 0,
    seed: int,
    count: int = 8,
) -> Examples:
    """Return an image as it is and as training would change it, by the function that training uses.

    With the recipe's own seed these are the very images of the second to ninth epoch, or of
    the kept copies; another seed shows others.

    Args:
        project: An open project.
        cases: As `example_cases` gives them.
        recipe: A recipe that fits its fields.
        name: The image input.
        ctx: Its cancel is obeyed.
        place: Which of the cases with that image, from 0; counted round.
        seed: Of the changes.
        count: How many changed ones.

    Raises:
        Situation: No case has that image, or the file cannot be read.
    """
    from mmdesk.imaging.augment import change, changes_of
    from mmdesk.imaging.base.bound import images_of
    from mmdesk.imaging.decode import decode_for_model

    rows = [row for row, case in enumerate(cases) if isinstance(case.inputs.get(name), ImageRef)]
    if not rows:
        title = project.schema.field(name).title
        raise Situation(
            tr("No case has an image {title}.", title=title), do=tr("Import images, or choose another input.")
        )
    rows.sort(key=lambda row: not _complete(recipe, cases[row]))
    place %= len(rows)
    row = rows[place]
    sides = {image: project.schema.field(image).side for image in recipe.images}
    size = recipe.image_encoder_of(name).pixels

    def decoded(image: str) -> NDArray[np.uint8] | None:
        ctx.check_cancelled()
        ref = cases[row].inputs.get(image)
        if not isinstance(ref, ImageRef):
            return None
        return decode_for_model(images_of(project.folder).check(ref), size)

    flat = [image for image in _sources(recipe, name, cases[row]) if not kind_of(project.schema.field(image)).is_stack]
    pictures = {image: decoded(image) for image in flat}
    changed = []
    for epoch in range(1, count + 1):
        ctx.check_cancelled()
        source, how = changes_of(recipe.augment, sides, (seed, epoch, row))[name]
        pixels = pictures.get(source)
        if pixels is None:
            pixels, words = (
                _nothing(size),
                tr("{title}, missing in this case", title=project.schema.field(source).title),
            )
        else:
            other = project.schema.field(source).title if source != name else ""
            pixels, words = change(pixels, how), _said(how, other)
        changed.append(Example(pixels, words))
    plain = pictures[name]
    assert plain is not None  # noqa: S101 - its row was chosen for it
    return Examples(cases[row].name, place, len(rows), Example(plain), tuple(changed))


def _complete(recipe: Recipe, case: Case) -> bool:
    """Tell whether a case has all images: those come first, for they show most."""
    return all(isinstance(case.inputs.get(image), ImageRef) for image in recipe.images)


def _sources(recipe: Recipe, name: str, case: Case) -> tuple[str, ...]:
    """Return the images that may stand for one: a mirrored pair changes sides."""
    others = [image for image in recipe.images if image != name and image in case.inputs]
    return (name, *others) if recipe.augment.flip else (name,)


def _nothing(size: int) -> NDArray[np.uint8]:
    import numpy as np

    return np.zeros((size, size, 3), np.uint8)


def _said(how: Draw, other: str) -> str:
    said = [
        (bool(other), f"{other}, mirrored"),
        (how.flip and not other, "mirrored"),
        (how.flip_vertical, tr("upside down")),
        (bool(how.angle), tr("turned {angle:+.0f}°", angle=how.angle)),
        (bool(how.across or how.down), tr("moved {across:+.0%} {down:+.0%}", across=how.across, down=how.down)),
        (how.zoom != 1, tr("zoom {zoom:.2f}", zoom=how.zoom)),
        (bool(how.brightness), tr("brightness {brightness:+.2f}", brightness=how.brightness)),
        (how.contrast != 1, tr("contrast {contrast:.2f}", contrast=how.contrast)),
        (how.blur > 0.05, tr("blur {blur:.1f}", blur=how.blur)),
        (how.quality < 100, tr("JPEG {quality}", quality=how.quality)),
    ]
    return ", ".join(words for told, words in said if told)
