"""Reads pictures from files on the decode lane; files that are read again and again stay open."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mmdesk.core.job import JobContext, Progress
from mmdesk.ui.images.decoded_image import DecodedImage, Facts, Source, Wanted
from mmdesk.ui.images.strips import to_image

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mmdesk.imaging.base.source import ImageSource

KEPT = 4
"""Files kept open at a time."""
LARGE = 24_000_000
"""Pixels from which a file stays open, because it is read in parts."""


def open_late(path: Path) -> ImageSource:
    """Open with the imaging package, imported when the first picture is wanted."""
    from mmdesk.imaging.opening import open_image

    return open_image(path)


def open_volume_late(path: Path, window: str) -> ImageSource:
    """Open a volume, likewise."""
    from mmdesk.imaging.volume.source import open_volume

    return open_volume(path, window)


@dataclass(slots=True)
class _Open:
    """An open file and whose turn it is; one that was closed meanwhile is opened again."""

    source: ImageSource
    lock: threading.Lock = field(default_factory=threading.Lock)
    closed: bool = False


class PictureReader:
    """Reads what is wanted; used from several threads."""

    def __init__(self, open_file: Callable[[Path], ImageSource] = open_late) -> None:
        self._open_file = open_file
        self._kept: OrderedDict[Source, _Open] = OrderedDict()
        self._lock = threading.Lock()

    def __call__(self, wanted: Wanted, ctx: JobContext) -> DecodedImage:
        """Read a picture.

        Args:
            wanted: Which.
            ctx: Told about progress, asked whether to stop.

        Raises:
            ImageProblem: The file cannot be read.
            Cancelled: Nobody wants it any more.
        """

        def tell_share(share: float) -> None:
            ctx.check_cancelled()
            ctx.progress(Progress(round(100 * share), 100))

        with self._at(wanted.source) as source:
            source.on_share = tell_share
            try:
                return _read(source, wanted)
            finally:
                source.on_share = None

    def close(self) -> None:
        """Close the files that nobody is reading; those in use are closed when done."""
        with self._lock:
            kept, self._kept = list(self._kept.values()), OrderedDict()
        for entry in kept:
            _close(entry)

    @contextmanager
    def _at(self, wanted: Source) -> Iterator[ImageSource]:
        with self._lock:
            entry = self._kept.get(wanted)
            if entry is not None:
                self._kept.move_to_end(wanted)
        entry = entry or _Open(self._opened(wanted))
        with entry.lock:
            if entry.closed:
                entry.source, entry.closed = self._opened(wanted), False
            try:
                yield entry.source
            except BaseException:
                self._forget(wanted, entry)
                raise
        self._keep(wanted, entry)

    def _opened(self, wanted: Source) -> ImageSource:
        return self._open_file(wanted.path) if wanted.window is None else open_volume_late(wanted.path, wanted.window)

    def _forget(self, wanted: Source, entry: _Open) -> None:
        with self._lock:
            if self._kept.get(wanted) is entry:
                del self._kept[wanted]
        entry.closed = True
        entry.source.close()

    def _keep(self, wanted: Source, entry: _Open) -> None:
        dropped = []
        width, height = entry.source.size
        with self._lock:
            if self._kept.get(wanted) is not entry:
                if entry.source.frames > 1 or width * height > LARGE:
                    dropped += [old for old in [self._kept.pop(wanted, None)] if old is not None]
                    self._kept[wanted] = entry
                else:
                    dropped.append(entry)
            while len(self._kept) > KEPT:
                dropped.append(self._kept.popitem(last=False)[1])
        for old in dropped:
            _close(old)


def _close(entry: _Open) -> None:
    with entry.lock:
        entry.closed = True
        entry.source.close()


def _read(source: ImageSource, wanted: Wanted) -> DecodedImage:
    plane = source.read(wanted.frame, wanted.box, wanted.region)
    full = source.size_of(wanted.frame)
    facts = Facts(
        source.frames,
        source.spacing,
        source.aspect,
        tuple(source.windows_of(wanted.frame)),
        tuple(source.presets),
        source.unit,
        source.inverted,
        source.stack,
        _between(source),
    )
    more: dict[str, Any] = {"facts": facts, "frame": wanted.frame, "share": plane.share}
    more["position"] = source.position_of(wanted.frame)
    more["most"] = source.most_scale
    if wanted.region is not None:
        more["region"] = plane.region
    from mmdesk.imaging.base.rendering import rendered

    image = to_image(rendered(source, plane, wanted.frame))
    if plane.grey:
        more |= {"pixels": plane.pixels, "window": source.first_window(plane, wanted.frame)}
    more["note"] = " ".join(source.notes)
    return DecodedImage(image, full, _whole(image.width(), image.height(), full), **more)


def _between(source: ImageSource) -> float:
    """Return the mean distance of a volume's slices in millimetres; 0 where it is not known."""
    last = source.position_of(source.frames - 1)
    return last / (source.frames - 1) if last and source.frames > 1 else 0.0


def _whole(width: int, height: int, full: tuple[int, int]) -> bool:
    return (width, height) == full
