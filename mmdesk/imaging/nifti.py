"""NIfTI volumes: their slices as frames, volume after volume, upright as radiologists look at them."""

from __future__ import annotations

import math
import zlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mmdesk.core.errors import ImageProblem
from mmdesk.imaging.base.limited_reader import HEADER_BYTES, LimitedBytes, LimitedReader
from mmdesk.imaging.base.picture import DAMAGE, MOST_FRAMES, refuse_large, unreadable
from mmdesk.imaging.base.signatures import is_packed
from mmdesk.imaging.base.source import ImageSource
from mmdesk.imaging.dicom.values import narrowed
from mmdesk.words import tr

MOST_UNPACKED = 1 << 29
"""Bytes that a packed volume may unfold to; it has to be unpacked as a whole."""


class NiftiSource(ImageSource):
    """The slices of a NIfTI file along its third axis.

    Each is laid as radiologists look at it where the file tells the directions: the
    patient's right on the left, front on top.

    Args:
        file: Open; closed with the source.

    Attributes:
        depth: Slices of one volume; there may be several volumes.
        between: Millimetres between slices; 0 where the file does not tell.
        descending: They run towards the feet, the front or the right.

    Raises:
        ImageProblem: Damaged, cut short, too large, or of a kind of number that is no picture.
    """

    def __init__(self, file: LimitedReader) -> None:
        super().__init__()
        self._file = file
        file.limit.look(HEADER_BYTES + MOST_UNPACKED)
        from nibabel.spatialimages import HeaderDataError
        from nibabel.wrapstruct import WrapStructError

        try:
            self._unpack()
            self._describe()
        except ImageProblem:
            raise
        except (*DAMAGE, HeaderDataError, WrapStructError) as why:
            raise unreadable(tr("the file is damaged"), str(why)) from why

    def _unpack(self) -> None:
        self._packed = is_packed(self._file.read(2))
        self._file.seek(0)
        if not self._packed:
            return
        unfolding = zlib.decompressobj(31)
        parts, size = [], 0
        while data := self._file.read(1 << 20):
            while data:
                part = unfolding.decompress(data, 1 << 24)
                data = unfolding.unconsumed_tail
                parts.append(part)
                size += len(part)
                if size > MOST_UNPACKED:
                    raise unreadable(
                        tr("it unfolds to more than {most_unpacked} MB", most_unpacked=MOST_UNPACKED >> 20),
                        do=tr("Unpack it to a .nii file."),
                    )
            if unfolding.eof:
                break
        if not unfolding.eof:
            raise unreadable(tr("the file ends early"))
        self._file.close()
        self._file = LimitedBytes(b"".join(parts))

    def _describe(self) -> None:
        from nibabel.nifti1 import Nifti1Header
        from nibabel.nifti2 import Nifti2Header
        from nibabel.orientations import aff2axcodes

        head = self._file.read(8)
        self._file.seek(0)
        second = head[4:6] == b"n+"
        if not second:
            magic = (self._file.read(348) or b"")[344:348]
            self._file.seek(0)
            if magic == b"ni1\0":
                raise unreadable(tr("its pixels are in another file"), do=tr("Save it as one .nii file."))
        kind: Any = Nifti2Header if second else Nifti1Header
        header = kind.from_fileobj(self._file, check=False)
        self._dtype = header.get_data_dtype()
        shape = tuple(int(n) for n in header.get_data_shape())
        self._shape = (*shape, *(1,) * (3 - len(shape)))
        if any(n < 1 for n in self._shape):
            raise unreadable(tr("it has no width or no height"))
        self._colour = self._dtype.names is not None
        if self._dtype.kind not in "iuf" and not self._colour:
            raise unreadable(tr("its values are not plain numbers"), str(self._dtype))
        refuse_large(*self._shape[:2])
        if self._shape[0] * self._shape[1] * self._dtype.itemsize > MOST_UNPACKED:
            raise unreadable(tr("it is too large"))
        self._begin = int(header.get_data_offset())
        self._slope, self._offset = _scaling(header)
        slices = math.prod(self._shape[2:])
        self.frames = min(slices, MOST_FRAMES)
        self.kind = "rgb" if self._colour else "grey"
        self.bits = 8 if self._colour else self._dtype.itemsize * 8
        self.syntax = tr("NIfTI, gzip") if self._packed else "NIfTI"
        self._place(header, aff2axcodes)
        self.depth = int(self._shape[2])
        self._check_length(slices)

    def _place(self, header: Any, codes_of: Any) -> None:
        """Work out how a slice is turned, its spacing and what to say of it."""
        zooms = [abs(float(z)) for z in header.get_zooms()[:2]]
        usable = len(zooms) == 2 and all(1e-6 < z < 1e6 and math.isfinite(z) for z in zooms)
        spacing = (zooms[1], zooms[0]) if usable else None
        self._swap, self._flip = False, (False, False)
        notes = []
        known = int(header["sform_code"]) > 0 or int(header["qform_code"]) > 0
        codes = [str(code or "?") for code in codes_of(header.get_best_affine())] if known else ["?"]
        if "?" in codes:
            notes.append(tr("The file does not tell left from right."))
        else:
            self._swap = codes[0] in "SI" or (codes[0] in "AP" and codes[1] in "LR")
            across, down = (codes[1], codes[0]) if self._swap else (codes[0], codes[1])
            self._flip = (across in "RA", down in "AS")
            if across in "LR":
                notes.append(tr("The patient's right is on the left."))
        width, height = self._shape[:2]
        self.size = (height, width) if self._swap else (width, height)
        if spacing and self._swap:
            spacing = spacing[1], spacing[0]
        unit = header.get_xyzt_units()[0]
        self.aspect = spacing[0] / spacing[1] if spacing else 1.0
        factor = {"mm": 1.0, "micron": 1e-3, "meter": 1e3}.get(unit)
        self.spacing = (spacing[0] * factor, spacing[1] * factor) if spacing and factor else None
        self.notes = tuple(notes)
        self.descending = len(codes) > 2 and codes[2] in "RAI"
        third = [abs(float(z)) for z in header.get_zooms()[2:3]]
        self.between = third[0] * factor if third and factor and 1e-6 < third[0] < 1e6 else 0.0

    def _check_length(self, slices: int) -> None:
        if self._begin + self._slice_bytes() * slices > self._file.length:
            raise unreadable(tr("the file ends early"))

    def _slice_bytes(self) -> int:
        return int(self._shape[0] * self._shape[1] * self._dtype.itemsize)

    def close(self) -> None:
        """Let go of the file."""
        super().close()
        self._file.close()

    def _frame(self, frame: int, scale: float) -> tuple[NDArray[Any], float]:
        del scale
        self._file.limit.look()
        self._file.seek(self._begin + frame * self._slice_bytes())
        data = self._file.read(self._slice_bytes())
        if len(data) < self._slice_bytes():
            raise unreadable(tr("the file ends early"))
        width, height = self._shape[:2]
        try:
            stored = np.frombuffer(data, self._dtype).reshape(height, width)
            return np.ascontiguousarray(self._upright(self._valued(stored))), 1.0
        except DAMAGE as why:
            raise unreadable(tr("the file is damaged"), str(why)) from why

    def _valued(self, stored: NDArray[Any]) -> NDArray[Any]:
        if self._colour:
            return np.stack([stored[name] for name in ("R", "G", "B")], axis=2)
        if (self._slope, self._offset) == (1.0, 0.0):
            return narrowed(stored.astype(stored.dtype.newbyteorder("="), copy=False))
        return stored.astype(np.float32) * np.float32(self._slope) + np.float32(self._offset)

    def _upright(self, values: NDArray[Any]) -> NDArray[Any]:
        if self._swap:
            values = values.swapaxes(0, 1)
        if self._flip[0]:
            values = values[:, ::-1]
        return values[::-1] if self._flip[1] else values


def _scaling(header: Any) -> tuple[float, float]:
    slope, offset = header.get_slope_inter()
    if slope is None or not math.isfinite(slope) or not slope:
        return 1.0, 0.0
    return float(slope), float(offset) if offset is not None and math.isfinite(offset) else 0.0
