"""A folder of slices as one image of several frames: a DICOM series, or pictures of one size."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from numpy.typing import NDArray

from mmdesk.core.errors import ImageProblem
from mmdesk.imaging.base.files import slice_files
from mmdesk.imaging.base.limited_reader import LimitedFile
from mmdesk.imaging.base.picture import DAMAGE, refuse_large, unreadable
from mmdesk.imaging.base.signatures import HEAD, is_dicom, is_known
from mmdesk.imaging.base.source import ImageSource
from mmdesk.imaging.base.window import Window
from mmdesk.imaging.opening import open_image
from mmdesk.imaging.volume.order import Order, along, by_name, by_number, by_place, crowded, patient_axes
from mmdesk.words import tr

MOST_SLICES: Final = 4000
"""Files of a folder that may be slices."""
_FEW: Final = 3
"""Pictures of a further series up to which it is a localiser, not another volume."""


@dataclass(frozen=True, slots=True)
class _Slice:
    """What a DICOM file says of its place among others."""

    path: Path
    series: str
    size: tuple[int, int]
    number: float
    place: list[float] | None
    directions: tuple[float, ...]
    frames: int
    notes: list[str] = field(default_factory=list)


class FolderSource(ImageSource):
    """The pictures of a folder, one open at a time.

    Args:
        folder: Where they lie; folders in it are not looked into.

    Raises:
        ImageProblem: No pictures, several series or sizes, or a slice that cannot be read.

    Attributes:
        order: The order of the slices, and what is to be said of it.
        files: The file of each frame.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__()
        files = slice_files(folder)
        if len(files) > MOST_SLICES:
            raise unreadable(tr("the folder holds {count:,} files", count=len(files)))
        heads = {path: _head(path) for path in files}
        dicom = [path for path in files if is_dicom(heads[path])]
        pictures = dicom or [path for path in files if is_known(heads[path])]
        if len(pictures) < 2:
            raise unreadable(
                tr("the folder holds no slices") if not pictures else tr("the folder holds one picture only")
            )
        self._left_out = [path.name for path in files if path not in set(pictures) and path.name != "DICOMDIR"]
        self.files, self.order = _series(pictures) if dicom else _plain(pictures)
        self._open: tuple[int, ImageSource] | None = None
        self._describe()

    def _describe(self) -> None:
        self.frames = len(self.files)
        first = self._source(0)
        for name in (
            "size", "kind", "bits", "spacing", "aspect", "windows", "presets", "syntax", "inverted", "unit",
            "most_scale", "stored",
        ):  # fmt: skip
            setattr(self, name, getattr(first, name))
        notes = [*self.order.notes, *first.notes]
        if self._left_out:
            names = ", ".join(self._left_out[:3])
            notes.append(
                tr("1 file of the folder is no slice and is left out: {names}.", names=names)
                if len(self._left_out) == 1
                else tr(
                    "{count} files of the folder are no slices and are left out, such as {names}.",
                    count=len(self._left_out),
                    names=names,
                )
            )
        self.notes = tuple(dict.fromkeys(note for note in notes if note))

    def windows_of(self, frame: int) -> tuple[Window, ...]:
        """Return those of the slice's file."""
        return self._source(frame).windows_of(0)

    def origin(self, frame: int) -> tuple[Path | None, int]:
        """Return the slice's file."""
        return self.files[frame], 0

    def sample(self, frame: int) -> NDArray[Any]:
        """Return the values of a slice that count for a window."""
        return self._source(frame).sample(0)

    def close(self) -> None:
        """Let go of the slice that is open."""
        super().close()
        if self._open is not None:
            self._open[1].close()
            self._open = None

    def _source(self, frame: int) -> ImageSource:
        if self._open is None or self._open[0] != frame:
            if self._open is not None:
                self._open[1].close()
                self._open = None
            path = self.files[frame]
            try:
                source = open_image(path)
            except ImageProblem as why:
                raise _in_slice(path, why) from why
            self._open = frame, source
            if source.frames > 1:
                raise unreadable(tr("{name} holds several pictures", name=path.name))
            if frame and (source.size != self.size or source.kind != self.kind):
                raise _mixed([self.size, source.size])
        return self._open[1]

    def _frame(self, frame: int, scale: float) -> tuple[NDArray[Any], float]:
        source = self._source(frame)
        width, height = source.size
        try:
            plane = source.complete(0, (max(1, round(width * scale)), max(1, round(height * scale))))
        except ImageProblem as why:
            raise _in_slice(self.files[frame], why) from why
        return plane.pixels, plane.scale


def _head(path: Path) -> bytes:
    with LimitedFile(path) as file:
        return file.read(HEAD)


def _series(paths: Sequence[Path]) -> tuple[list[Path], Order]:
    """Return the slices of the one series in a folder, in order."""
    slices = [_slice(path) for path in paths]
    series: dict[str, list[_Slice]] = defaultdict(list)
    for one in slices:
        series[one.series].append(one)
    largest = max(series.values(), key=len)
    others = [members for members in series.values() if members is not largest]
    if any(len(members) > _FEW or 2 * len(members) >= len(largest) for members in others):
        counts = tr(" and ").join(str(len(members)) for members in series.values())
        raise unreadable(
            tr("the folder holds {count} series, of {counts} slices", count=len(series), counts=counts),
            do=tr("Put each series into a folder of its own."),
        )
    sizes = Counter(one.size for one in largest)
    if len(sizes) > 1:
        raise _mixed(list(sizes))
    if any(one.frames > 1 for one in largest):
        raise unreadable(tr("its files hold several pictures each"), do=tr("Name one file instead of the folder."))
    order = _order(largest)
    if others:
        words = tr("Pictures of other series in the folder are left out: {count}.", count=sum(map(len, others)))
        order = Order(order.members, order.positions, (*order.notes, words))
    return [largest[index].path for index in order.members], order


def _order(slices: Sequence[_Slice]) -> Order:
    numbers = [one.number for one in slices]
    if any(one.place is None for one in slices):
        return by_number(numbers) if len(set(numbers)) == len(slices) else by_name([one.path.name for one in slices])
    if len({tuple(round(value, 2) for value in one.directions) for one in slices}) > 1:
        raise unreadable(
            tr("its slices lie in different directions"), do=tr("Put each series into a folder of its own.")
        )
    places = along([one.place for one in slices if one.place is not None], slices[0].directions)
    if several := crowded(list(places)):
        raise unreadable(
            tr("the folder holds {several} slices at each place, such as phases or echoes", several=several),
            do=tr("Put each of them into a folder of its own."),
        )
    return by_place(list(places), numbers)


def _plain(paths: Sequence[Path]) -> tuple[list[Path], Order]:
    """Return pictures that are no DICOM files in the order of their names; their sizes are compared."""
    order = by_name([path.name for path in paths])
    files = [paths[index] for index in order.members]
    sizes: Counter[tuple[int, int]] = Counter()
    for path in files:
        try:
            with open_image(path) as source:
                sizes[source.size] += 1
        except ImageProblem as why:
            raise _in_slice(path, why) from why
    if len(sizes) > 1:
        raise _mixed(list(sizes))
    return files, order


def _slice(path: Path) -> _Slice:
    from mmdesk.imaging.dicom.file import Header

    try:
        with LimitedFile(path) as file:
            header = Header(file)
            if header.pixels_at + (header.length or 0) > header.file.length:
                raise unreadable(tr("the file ends early"))
        dataset = header.dataset
        size = int(dataset.get("Columns") or 0), int(dataset.get("Rows") or 0)
        refuse_large(*size)
        axes = patient_axes(dataset)
        number = dataset.get("InstanceNumber")
        return _Slice(
            path,
            str(dataset.get("SeriesInstanceUID", "")),
            size,
            float(number) if number not in (None, "") else float("inf"),
            axes[0] if axes else None,
            tuple(axes[1]) if axes else (),
            int(dataset.get("NumberOfFrames") or 1),
        )
    except ImageProblem as why:
        raise _in_slice(path, why) from why
    except DAMAGE as why:
        raise _in_slice(path, unreadable(tr("the file is damaged"), str(why))) from why


def _in_slice(path: Path, why: ImageProblem) -> ImageProblem:
    reason = str(why.what).partition(": ")[2].rstrip(".") or str(why.what)
    return unreadable(tr("of its slice {name}, {reason}", name=path.name, reason=reason), why.details)


def _mixed(sizes: Sequence[tuple[int, int]]) -> ImageProblem:
    words = tr(" and ").join(f"{width} x {height}" for width, height in sizes[:3])
    return unreadable(tr("its slices have different sizes, {words} pixels", words=words))
