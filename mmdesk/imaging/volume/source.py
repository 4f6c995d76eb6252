"""An opened volume: its slices in the order in which they lie, all in one window."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from mmdesk.core.errors import ImageProblem
from mmdesk.core.fields.volume_form import span_of
from mmdesk.imaging.base.picture import unreadable
from mmdesk.imaging.base.plane import Plane
from mmdesk.imaging.base.source import ImageSource
from mmdesk.imaging.base.window import AS_STORED, CT, Window, percentile_window
from mmdesk.imaging.opening import open_image
from mmdesk.imaging.volume.folder import FolderSource
from mmdesk.imaging.volume.order import Order, along, by_place, crowded, patient_axes
from mmdesk.words import tr

_SAMPLED: Final = 9
"""Slices that the window of a volume is worked out from."""
_VALUES: Final = 1 << 15
"""Values taken of each."""
_COPIED: Final = (
    "size", "kind", "bits", "spacing", "aspect", "windows", "presets", "syntax", "inverted", "unit", "most_scale",
    "stored",
)  # fmt: skip


class VolumeSource(ImageSource):
    """The slices of a volume, each seen in the window of the whole volume.

    Args:
        base: The file or folder; closed with the source.
        order: Which of its frames are slices, in their order.
        window: As in `core.fields.volume_form.VolumeForm`.

    Attributes:
        order: As given.
        base: As given.
    """

    def __init__(self, base: ImageSource, order: Order, window: str = "") -> None:
        super().__init__()
        self.base, self.order = base, order
        for name in _COPIED:
            setattr(self, name, getattr(base, name))
        self.frames = len(order.members)
        self.stack = True
        self.notes = tuple(dict.fromkeys((*order.notes, *base.notes)))
        self._window = window
        self._whole: Window | None = None

    def position_of(self, frame: int) -> float | None:
        """Return how many millimetres a slice lies from the first one."""
        return self.order.positions[frame] if self.order.positions else None

    def origin(self, frame: int) -> tuple[Path | None, int]:
        """Return where a slice comes from."""
        return self.base.origin(self.order.members[frame])

    def windows_of(self, frame: int) -> tuple[Window, ...]:
        """Return the windows of the middle slice, which hold for all; that of the field first."""
        del frame
        own = self.base.windows_of(self.order.members[self.frames // 2])
        return tuple(window for window in (self._declared(), *own) if window is not None)

    def first_window(self, plane: Plane | None = None, frame: int = 0) -> Window:
        """Return the window of the whole volume."""
        del plane, frame
        if self._whole is None:
            self._whole = self._worked_out()
        return self._whole

    def close(self) -> None:
        """Let go of the file."""
        super().close()
        self.base.close()

    def _declared(self) -> Window | None:
        if span := span_of(self._window):
            low, high = span
            return Window((low + high) / 2, high - low, tr("as declared"))
        return next((window for window in CT if window.name == self._window), None)

    def _worked_out(self) -> Window:
        if declared := self._declared():
            return declared
        windows = self.windows_of(0)
        middle = self.base.sample(self.order.members[self.frames // 2])
        if not windows and self.stored and middle.dtype.itemsize == 1:
            return AS_STORED
        values = self._values()
        for window in windows:
            if window.shows(values):
                return window
        return percentile_window(values, "percentiles")

    def _values(self) -> NDArray[np.float32]:
        """Return values from all over the volume."""
        places = np.unique(np.linspace(0, self.frames - 1, _SAMPLED).round().astype(int))
        found = []
        for place in places:
            values = self.base.sample(self.order.members[place]).reshape(-1)
            found.append(values[:: max(1, values.size // _VALUES)].astype(np.float32))
        return np.concatenate(found)

    def _frame(self, frame: int, scale: float) -> tuple[NDArray[Any], float]:
        width, height = self.size
        box = (max(1, round(width * scale)), max(1, round(height * scale)))
        plane = self.base.complete(self.order.members[frame], box)
        for note in self.base.notes:
            self._say(note)
        return plane.pixels, plane.scale


def open_volume(path: Path, window: str = "") -> VolumeSource:
    """Open a volume; only its description is read.

    Args:
        path: A file of several pictures (DICOM, NIfTI, TIFF, GIF, WebP), or a folder of slices.
        window: As in `core.fields.volume_form.VolumeForm`.

    Raises:
        ImageProblem: It cannot be read, or is no volume.
    """
    if path.is_dir():
        folder = FolderSource(path)
        order = Order(tuple(range(folder.frames)), folder.order.positions)
        return VolumeSource(folder, order, window)
    base = open_image(path)
    try:
        if base.frames < 2:
            raise unreadable(
                tr("it is one picture, not several slices"),
                do=tr("Name a file of several slices, or the folder that holds them."),
            )
        return VolumeSource(base, _order(path, base), window)
    except ImageProblem:
        base.close()
        raise


def _order(path: Path, base: ImageSource) -> Order:
    from mmdesk.imaging.dicom.file import DicomSource
    from mmdesk.imaging.nifti import NiftiSource

    if isinstance(base, DicomSource):
        return _dicom_order(base)
    if isinstance(base, NiftiSource):
        return _nifti_order(base)
    sizes = {base.size_of(frame) for frame in range(base.frames)}
    if len(sizes) > 1:
        words = tr(" and ").join(f"{width} x {height}" for width, height in sorted(sizes)[:3])
        raise unreadable(tr("its pictures have different sizes, {words} pixels", words=words))
    return Order(tuple(range(base.frames)))


def _dicom_order(base: Any) -> Order:
    """Return the frames of a DICOM file by their places, where it tells them; else as they come."""
    as_they_come = Order(tuple(range(base.frames)))
    axes = [patient_axes(group) for group in base.frame_places()]
    known = [one for one in axes if one is not None]
    if len(known) < base.frames or not known:
        return as_they_come
    if len({tuple(round(value, 2) for value in directions) for _, directions in known}) > 1:
        raise unreadable(tr("its slices lie in different directions"))
    places = along([position for position, _ in known], known[0][1])
    if several := crowded(list(places)):
        raise unreadable(
            tr("the file holds {several} slices at each place, such as phases or echoes", several=several),
            do=tr("Write each of them into a file of its own."),
        )
    return by_place(list(places), list(range(base.frames)))


def _nifti_order(base: Any) -> Order:
    """Return the slices of the first volume of a NIfTI file, towards the head, the back or the left."""
    depth = base.depth
    if depth < 2:
        raise unreadable(tr("it is one slice only"), do=tr("Name a file of several slices."))
    members = tuple(range(depth))
    if base.descending:
        members = members[::-1]
    positions = tuple(index * base.between for index in range(depth)) if base.between else ()
    later = base.frames // depth - 1
    notes = [tr("The file holds {count} volumes; the first is used.", count=later + 1)] if later else []
    return Order(members, positions, tuple(notes))
