"""Pictures for the panes: decoded away from the window's thread, kept within a bound."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, Signal

from mmdesk.core.errors import ImageProblem
from mmdesk.core.job import JobContext, Progress
from mmdesk.support.memory import give_back
from mmdesk.ui.images.decoded_image import DecodedImage, Source, Wanted
from mmdesk.ui.images.picture_reader import PictureReader
from mmdesk.words import tr

__all__ = ["DecodedImage", "Pictures", "Source", "Wanted"]

Submit = Callable[..., Any]
"""`ui.kit.bridge.Bridge.run`; returns a job that can be cancelled."""
Read = Callable[[Wanted, JobContext], DecodedImage]
"""Reads a picture on the decode lane; raises `ImageProblem`, or `Cancelled` when it may stop."""

BOUND = 400 * 1024 * 1024
"""Bytes of pictures kept in memory, unless the person sets another bound."""
DROPPED = 64 * 1024 * 1024
"""Bytes of pictures dropped after which their memory is given back to the system."""
PROBLEMS = 1000
"""Unreadable files remembered."""


class Pictures(QObject):
    """Decodes pictures on the `decode` lane and remembers them, least used first out.

    Signals:
        arrived: A `Wanted` is there, or has turned out unreadable.
        progressed: More of a `Wanted` is decoded.
    """

    arrived = Signal(object)
    progressed = Signal(object)

    def __init__(
        self,
        submit: Submit,
        *,
        read: Read | None = None,
        bound: int = BOUND,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._submit = submit
        self._reader = PictureReader() if read is None else None
        self._read: Read = read or self._reader  # type: ignore[assignment]  # one of them is there
        self._bound = bound
        self._kept: OrderedDict[Wanted, DecodedImage] = OrderedDict()
        self._problems: OrderedDict[Source, ImageProblem] = OrderedDict()
        self._jobs: dict[Wanted, Any] = {}
        self._ahead: set[Wanted] = set()
        self._shares: dict[Wanted, float] = {}
        self._bytes = 0
        self._dropped = 0

    def set_bound(self, bound: int) -> None:
        """Keep no more than so many bytes of pictures from now on."""
        self._bound = bound
        self._shrink()

    def get(self, wanted: Wanted) -> DecodedImage | None:
        """Return a picture that is there, without decoding."""
        shown = self._kept.get(wanted)
        if shown is not None:
            self._kept.move_to_end(wanted)
        return shown

    def best(self, source: Source, frame: int = 0) -> DecodedImage | None:
        """Return the largest picture there is of a frame as a whole, whatever its size."""
        found = [
            shown
            for wanted, shown in self._kept.items()
            if wanted.source == source and wanted.frame == frame and wanted.region is None
        ]
        return max(found, key=lambda shown: shown.image.width(), default=None)

    def problem(self, source: Source) -> ImageProblem | None:
        """Return why a source cannot be read, when that is known."""
        return self._problems.get(source)

    def want(self, wanted: Wanted, *, ahead: bool = False) -> None:
        """Ask for a picture; `arrived` follows unless it is all there or already known unreadable.

        Args:
            wanted: What.
            ahead: Nobody looks at it yet; it waits behind those that are looked at.
        """
        kept = self._kept.get(wanted)
        if (kept is not None and kept.complete) or wanted.source in self._problems:
            return
        if wanted in self._jobs:
            if ahead or wanted not in self._ahead:
                return
            self._jobs.pop(wanted).cancel()
        self._ask(wanted, ahead=ahead)

    def share(self, wanted: Wanted) -> float:
        """Return how much of a picture is decoded, 0 to 1, as far as its format tells."""
        return self._shares.get(wanted, 0.0)

    def look_away(self, sources: set[Source]) -> None:
        """Stop decoding what was looked at and is not of these; reading ahead goes on."""
        for wanted in [w for w in self._jobs if w.source not in sources and w not in self._ahead]:
            self.drop(wanted)

    def drop(self, wanted: Wanted) -> None:
        """Stop decoding a picture that nobody looks at any more."""
        job = self._jobs.pop(wanted, None)
        self._shares.pop(wanted, None)
        if job is not None:
            job.cancel()

    def keep_only(self, sources: set[Source]) -> None:
        """Stop decoding what nobody wants any more."""
        for wanted in [w for w in self._jobs if w.source not in sources]:
            self.drop(wanted)

    def run(self, name: str, work: Callable[[], Any], then: Callable[[Any], object]) -> Any:
        """Do other work on pictures on the decode lane, before the reading ahead; return its job."""
        return self._submit(name, lambda _ctx: work(), then, lane="decode", urgent=True)

    def forget_problems(self) -> None:
        """Try unreadable sources again when they are next wanted."""
        self._problems.clear()

    def clear(self) -> None:
        """Forget everything, as when the project closes."""
        self.keep_only(set())
        self._kept.clear()
        self._problems.clear()
        self._bytes = 0
        if self._reader is not None:
            self.run(tr("Closing image files"), self._reader.close, lambda _none: None)

    def _ask(self, wanted: Wanted, *, ahead: bool) -> None:
        (self._ahead.add if ahead else self._ahead.discard)(wanted)
        self._jobs[wanted] = self._submit(
            tr("Reading an image"),
            lambda ctx: self._work(wanted, ctx),
            lambda shown: self._on_done(wanted, shown),
            lane="decode",
            urgent=not ahead,
            progress=lambda progress: self._on_progress(wanted, progress),
            failed=lambda problem: self._on_failed(wanted, problem),
        )

    def _work(self, wanted: Wanted, ctx: JobContext) -> DecodedImage:
        ctx.check_cancelled()
        shown = self._read(wanted, ctx)
        ctx.check_cancelled()
        return shown

    def _on_progress(self, wanted: Wanted, progress: Progress) -> None:
        if wanted in self._jobs and progress.total:
            self._shares[wanted] = progress.done / progress.total
            self.progressed.emit(wanted)

    def _on_done(self, wanted: Wanted, shown: DecodedImage) -> None:
        self._jobs.pop(wanted, None)
        self._shares.pop(wanted, None)
        before = self._kept.pop(wanted, None)
        self._kept[wanted] = shown
        self._bytes += shown.size - (before.size if before else 0)
        self._shrink()
        ahead = wanted in self._ahead
        self._ahead.discard(wanted)
        if not shown.complete:
            self._ask(wanted, ahead=ahead)
        self.arrived.emit(wanted)

    def _shrink(self) -> None:
        while self._bytes > self._bound and len(self._kept) > 1:
            _, old = self._kept.popitem(last=False)
            self._bytes -= old.size
            self._dropped += old.size
        if self._dropped > DROPPED:
            self._dropped = 0
            self._submit(tr("Giving memory back"), lambda _ctx: give_back(), lane="decode")

    def _on_failed(self, wanted: Wanted, problem: BaseException) -> None:
        self._jobs.pop(wanted, None)
        self._shares.pop(wanted, None)
        if not isinstance(problem, ImageProblem):
            problem = ImageProblem(tr("This image cannot be read."), details=repr(problem))
        self._problems[wanted.source] = problem
        if len(self._problems) > PROBLEMS:
            self._problems.popitem(last=False)
        self.arrived.emit(wanted)
