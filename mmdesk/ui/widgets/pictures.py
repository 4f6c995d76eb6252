"""Pictures for the panes: decoded away from the window's thread, kept within a bound."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QSize, Qt, Signal
from PySide6.QtGui import QImage

from mmdesk.core.errors import ImageProblem
from mmdesk.core.job import JobContext

Submit = Callable[..., Any]
"""`ui.bridge.Bridge.run`; returns a job that can be cancelled."""
Decode = Callable[[Path, tuple[int, int] | None], Any]
"""`imaging.decode.decode`: path and box to `pixels` and `full_size`."""

BOUND = 400 * 1024 * 1024
"""Bytes of pictures kept in memory."""


@dataclass(frozen=True, slots=True)
class Source:
    """Which bytes a picture comes from.

    Attributes:
        path: The file.
        stamp: Content hash or another mark that changes when the file does.
    """

    path: Path
    stamp: str = ""


@dataclass(frozen=True, slots=True)
class Shown:
    """A picture ready to be painted.

    Attributes:
        image: Its pixels, 32 bits each.
        full: Width and height of the file's picture.
        whole: It has every pixel of the file.
        note: What a reader must know of the decoding, one sentence or empty.
    """

    image: QImage
    full: tuple[int, int]
    whole: bool
    note: str = ""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A picture at a size: `box` in screen pixels, or None for full resolution."""

    source: Source
    box: tuple[int, int] | None


def to_image(pixels: Any, box: tuple[int, int] | None) -> QImage:
    """Turn RGB pixels into an image of its own memory, fitted into the box.

    Args:
        pixels: uint8 (height, width, 3), contiguous.
        box: Screen pixels to fit into, or None to keep the size.
    """
    height, width = pixels.shape[:2]
    borrowed = QImage(pixels.data, width, height, 3 * width, QImage.Format.Format_RGB888)
    own = borrowed.convertToFormat(QImage.Format.Format_RGB32)
    if box is None or (width <= box[0] and height <= box[1]):
        return own
    mode = Qt.TransformationMode.SmoothTransformation
    return own.scaled(QSize(*box), Qt.AspectRatioMode.KeepAspectRatio, mode)


def decode_late(path: Path, box: tuple[int, int] | None) -> Any:
    """Decode with the imaging package, imported when the first picture is wanted."""
    from mmdesk.imaging.decode import decode

    return decode(path, box)


class Pictures(QObject):
    """Decodes pictures on the `decode` lane and remembers them, least used first out.

    Attributes:
        arrived: A `Wanted` is there, or has turned out unreadable.
    """

    arrived = Signal(object)

    def __init__(
        self,
        submit: Submit,
        *,
        decode: Decode = decode_late,
        bound: int = BOUND,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._submit = submit
        self._decode = decode
        self._bound = bound
        self._kept: OrderedDict[Wanted, Shown] = OrderedDict()
        self._problems: dict[Source, ImageProblem] = {}
        self._jobs: dict[Wanted, Any] = {}
        self._ahead: set[Wanted] = set()
        self._bytes = 0

    @property
    def bytes_kept(self) -> int:
        """Memory of the pictures kept."""
        return self._bytes

    def get(self, wanted: Wanted) -> Shown | None:
        """Return a picture that is there, without decoding."""
        shown = self._kept.get(wanted)
        if shown is not None:
            self._kept.move_to_end(wanted)
        return shown

    def best(self, source: Source) -> Shown | None:
        """Return the largest picture there is of a source, whatever its size."""
        found = [shown for wanted, shown in self._kept.items() if wanted.source == source]
        return max(found, key=lambda shown: shown.image.width(), default=None)

    def problem(self, source: Source) -> ImageProblem | None:
        """Return why a source cannot be read, when that is known."""
        return self._problems.get(source)

    def want(self, wanted: Wanted, *, ahead: bool = False) -> None:
        """Ask for a picture; `arrived` follows unless it is there or already known unreadable.

        Args:
            wanted: What.
            ahead: Nobody looks at it yet; it waits behind those that are looked at.
        """
        if wanted in self._kept or wanted.source in self._problems:
            return
        if wanted in self._jobs:
            if ahead or wanted not in self._ahead:
                return
            self._jobs.pop(wanted).cancel()
        (self._ahead.add if ahead else self._ahead.discard)(wanted)
        self._jobs[wanted] = self._submit(
            "Reading an image",
            lambda ctx: self._work(wanted, ctx),
            lambda shown: self._on_done(wanted, shown),
            lane="decode",
            urgent=not ahead,
            failed=lambda problem: self._on_failed(wanted, problem),
        )

    def keep_only(self, sources: set[Source]) -> None:
        """Stop decoding what nobody wants any more."""
        for wanted in [w for w in self._jobs if w.source not in sources]:
            self._jobs.pop(wanted).cancel()

    def forget_problems(self) -> None:
        """Try unreadable sources again when they are next wanted."""
        self._problems.clear()

    def clear(self) -> None:
        """Forget everything, as when the project closes."""
        self.keep_only(set())
        self._kept.clear()
        self._problems.clear()
        self._bytes = 0

    def _work(self, wanted: Wanted, ctx: JobContext) -> Shown:
        ctx.check_cancelled()
        picture = self._decode(wanted.source.path, wanted.box)
        ctx.check_cancelled()
        image = to_image(picture.pixels, wanted.box)
        full = (int(picture.full_size[0]), int(picture.full_size[1]))
        whole = (image.width(), image.height()) == full
        return Shown(image, full, whole, note=str(getattr(picture, "note", "")))

    def _on_done(self, wanted: Wanted, shown: Shown) -> None:
        self._jobs.pop(wanted, None)
        self._kept[wanted] = shown
        self._bytes += shown.image.sizeInBytes()
        while self._bytes > self._bound and len(self._kept) > 1:
            _, old = self._kept.popitem(last=False)
            self._bytes -= old.image.sizeInBytes()
        self.arrived.emit(wanted)

    def _on_failed(self, wanted: Wanted, problem: BaseException) -> None:
        self._jobs.pop(wanted, None)
        if not isinstance(problem, ImageProblem):
            problem = ImageProblem("This image cannot be read.", details=repr(problem))
        self._problems[wanted.source] = problem
        self.arrived.emit(wanted)
