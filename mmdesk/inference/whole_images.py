"""The pixels that a model made elsewhere takes, from the files of cases."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mmdesk.core.cases.case import Case, ImageRef
from mmdesk.core.errors import ImageProblem
from mmdesk.core.fields.arrays import ragged
from mmdesk.core.fields.kinds import KINDS
from mmdesk.core.fields.states import InputState
from mmdesk.core.fields.volume_form import VolumeForm
from mmdesk.core.model.foreign import FREE_SIZE
from mmdesk.imaging.base.bound import images_of
from mmdesk.imaging.decode import decode_for_model
from mmdesk.imaging.volume.for_model import volume_for_model
from mmdesk.inference.embedding import ImageFailure


@dataclass(frozen=True, slots=True)
class WholeImages:
    """Pixels of some cases.

    Attributes:
        pixels: float32 (n, height, width, 3) of 0 to 255, of volumes (n, depth, height, width, channels);
            n arrays of their own shapes where the model takes any size and the pictures differ.
        present: (n,) false where a picture is missing or unreadable; its pixels are zero.
        failures: Those that could not be read.
    """

    pixels: NDArray[Any]
    present: NDArray[np.bool_]
    failures: list[ImageFailure] = field(default_factory=list)


def whole_images(name: str, cases: Sequence[Case], root: Path, shape: Sequence[Any], state: InputState) -> WholeImages:
    """Return the pixels of one image input.

    Args:
        name: The field.
        cases: n cases.
        root: The project's folder.
        shape: Of the model's input, with the batch; what is no whole number takes any size.
        state: How a picture of another shape is made to fit.
    """
    if KINDS[state.kind].is_stack:
        return _volumes(name, cases, root, shape, state)
    sides = shape[1:3]
    size = (int(sides[0]), int(sides[1])) if all(isinstance(side, int) for side in sides) else None
    blank = np.zeros((*(size or (FREE_SIZE, FREE_SIZE)), 3), np.float32)
    found = WholeImages(np.empty(0), np.zeros(len(cases), bool))
    rows = []
    for row, case in enumerate(cases):
        rows.append(blank)
        ref = case.inputs.get(name)
        if not isinstance(ref, ImageRef):
            continue
        try:
            rows[row] = decode_for_model(images_of(root).check(ref), size, state.fit).astype(np.float32)
            found.present[row] = True
        except ImageProblem as problem:
            found.failures.append(ImageFailure(case.id, name, problem))
    return WholeImages(ragged(rows) if rows else np.zeros((0, *blank.shape), np.float32), found.present, found.failures)


def _volumes(name: str, cases: Sequence[Case], root: Path, shape: Sequence[Any], state: InputState) -> WholeImages:
    depth, height, width, channels = (int(size) for size in shape[1:])
    form = VolumeForm(depth, state.slices or "resample", state.window)
    pixels = np.zeros((len(cases), depth, height, width, channels), np.float32)
    found = WholeImages(pixels, np.zeros(len(cases), bool))
    for row, case in enumerate(cases):
        ref = case.inputs.get(name)
        if not isinstance(ref, ImageRef):
            continue
        try:
            path = images_of(root).check(ref)
            pixels[row] = volume_for_model(path, form, (height, width), channels)
            found.present[row] = True
        except ImageProblem as problem:
            found.failures.append(ImageFailure(case.id, name, problem))
    return found
