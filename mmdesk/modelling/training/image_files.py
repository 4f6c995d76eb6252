"""The image files of a training that decodes them itself: checked before it begins."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from mmdesk.core.cases.case import Case, ImageRef
from mmdesk.core.errors import ImageProblem
from mmdesk.core.job import JobContext, Progress
from mmdesk.imaging.base.bound import images_of
from mmdesk.imaging.checking import check_file_of
from mmdesk.inference.embedding import ImageFailure
from mmdesk.inference.session import cores
from mmdesk.words import tr

_AT_ONCE = 64


def check_files(
    cases: Sequence[Case], names: Collection[str], root: Path, ctx: JobContext, stacks: Collection[str] = ()
) -> list[ImageFailure]:
    """Return the images that are not there, are other ones than were imported, or cannot be decoded.

    Args:
        cases: The cases.
        names: The image inputs.
        root: The project's folder.
        ctx: Told the progress; asked whether to stop.
        stacks: Which of them are volumes.

    Raises:
        Cancelled: The person stopped it.
    """
    images = images_of(root)
    wanted = [
        (case.id, name, ref) for case in cases for name in names if isinstance(ref := case.inputs.get(name), ImageRef)
    ]

    def looked(one: tuple[int, str, ImageRef]) -> ImageFailure | None:
        case, name, ref = one
        try:
            check_file_of(images.check(ref), stack=name in stacks)
        except ImageProblem as problem:
            return ImageFailure(case, name, problem)
        return None

    found: list[ImageFailure] = []
    with ThreadPoolExecutor(cores(), "check") as pool:
        for start in range(0, len(wanted), _AT_ONCE):
            ctx.check_cancelled()
            ctx.progress(Progress(start, len(wanted), tr("Checking the images")))
            found += [one for one in pool.map(looked, wanted[start : start + _AT_ONCE]) if one]
    return found
