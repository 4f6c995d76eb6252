"""Whether the files of a column are volumes: each holds several pictures."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Final

from mmdesk.core.errors import ImageProblem
from mmdesk.words import tr

_LOOKED_AT: Final = 5
"""Files of a column that are opened; all of them have to be stacks."""
_LEAST: Final = 4
"""Pictures from which on a file is a volume or a film, not a picture with further ones beside it."""
_ENDINGS: Final = (".nii", ".nii.gz", ".tif", ".tiff", ".dcm", ".dicom", ".gif", ".webp")
"""Endings of files that may hold several pictures, beside files without an ending."""


def slices_of(files: Collection[Path]) -> str:
    """Say how many slices the files of a column hold; empty where they are single pictures.

    Args:
        files: Files that the column names; some of them are opened.
    """
    ordered = sorted(files)
    most = min(len(ordered), _LOOKED_AT)
    some = [ordered[place * (len(ordered) - 1) // max(1, most - 1)] for place in range(most)]
    if not all(path.name.casefold().endswith(_ENDINGS) or not path.suffix for path in some):
        return ""
    counts = [count for path in some if (count := _pictures(path)) is not None]
    if not counts or min(counts) < _LEAST:
        return ""
    held = f"{min(counts)}" if min(counts) == max(counts) else tr("{low} to {high}", low=min(counts), high=max(counts))
    return tr("each holds several pictures ({held}), so it is a volume of slices", held=held)


def _pictures(path: Path) -> int | None:
    """Return how many pictures a file holds; None where it cannot be read."""
    from mmdesk.imaging.opening import open_image

    try:
        with open_image(path) as source:
            return source.frames
    except ImageProblem:
        return None
