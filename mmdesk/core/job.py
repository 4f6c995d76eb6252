"""A job: anything that takes longer than half a second."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from mmdesk.core.errors import Cancelled


class JobState(StrEnum):
    """The five states of a job; one event for each change."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    CANCELLED = "cancelled"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a job is.

    Attributes:
        done: Units finished.
        total: Units in all; 0 when not known.
        words: What is being done, for a person ("Reading images").
        metrics: Figures so far, such as the losses of an epoch.
    """

    done: int = 0
    total: int = 0
    words: str = ""
    metrics: Mapping[str, float] = field(default_factory=dict)


class JobContext(Protocol):
    """What running work sees of its job."""

    def progress(self, progress: Progress) -> None:
        """Tell how far the work is; cheap, may be dropped."""

    def check_cancelled(self) -> None:
        """Raise `Cancelled` when the person has stopped the job."""


class SilentContext:
    """A job context for work that nobody watches; can be cancelled.

    Example:
        >>> SilentContext().check_cancelled()
    """

    def __init__(self, on_progress: Callable[[Progress], None] | None = None) -> None:
        self._on_progress = on_progress
        self.cancelled = False

    def progress(self, progress: Progress) -> None:
        """Hand the progress on, if anyone asked for it."""
        if self._on_progress:
            self._on_progress(progress)

    def check_cancelled(self) -> None:
        """Raise `Cancelled` once `cancelled` is set."""
        if self.cancelled:
            raise Cancelled
