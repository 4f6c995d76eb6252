"""Whether an image can be read, whichever kind of field names it."""

from __future__ import annotations

from pathlib import Path

from mmdesk.imaging.decode import check_image
from mmdesk.imaging.volume.for_model import check_volume


def check_file_of(path: Path, *, stack: bool) -> None:
    """Decode an image, or some slices of a volume.

    Args:
        path: The file; of a volume also a folder of slices.
        stack: It is a volume (`core.fields.kind.Kind.is_stack`).

    Raises:
        ImageProblem: It cannot be read.
    """
    if stack:
        check_volume(path)
    else:
        check_image(path)
