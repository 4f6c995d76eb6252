"""A lane: a line of calls and the threads that serve it."""

from __future__ import annotations

import heapq
import itertools
import logging
import threading
import time
from collections.abc import Callable

from mmdesk.support.priority import stand_back
from mmdesk.words import tr

Call = Callable[[], None]


class Lane:
    """A line of calls served by a fixed number of threads, started as they are needed.

    Args:
        name: Used in the names of the threads.
        size: Threads; one thread runs the calls strictly one after the other.
        back: How far they stand back, as in `stand_back`.
    """

    def __init__(self, name: str, size: int, back: int = 0) -> None:
        self._name = name
        self._size = size
        self._back = back
        self._numbers = itertools.count()
        self._line: list[tuple[bool, int, Call, bool]] = []
        self._threads: list[threading.Thread] = []
        self._ready = threading.Condition()
        self._idle = 0
        self._closed = False

    def add(self, call: Call, *, urgent: bool, lasting: bool = False) -> None:
        """Put a call in line; urgent ones go before the others, in their own order.

        Args:
            call: What to do.
            urgent: Before those in line that are not urgent.
            lasting: It stays in line when the lane closes.
        """
        with self._ready:
            heapq.heappush(self._line, (not urgent, next(self._numbers), call, lasting))
            if self._idle < len(self._line) and len(self._threads) < self._size:
                name = tr("mmdesk {name} {count}", name=self._name, count=len(self._threads) + 1)
                thread = threading.Thread(target=self._serve, name=name, daemon=True)
                self._threads.append(thread)
                thread.start()
            self._ready.notify()

    def close(self) -> None:
        """Drop the calls in line but the lasting ones and let the threads end after these."""
        with self._ready:
            self._closed = True
            self._line = [entry for entry in self._line if entry[3]]
            heapq.heapify(self._line)
            self._ready.notify_all()

    def join(self, until: float) -> None:
        """Wait for the threads to end.

        Args:
            until: Time of `time.monotonic()` after which it gives up.
        """
        for thread in self._threads:
            if thread is not threading.current_thread():
                thread.join(max(0.0, until - time.monotonic()))

    def _serve(self) -> None:
        stand_back(self._back)
        while (call := self._next()) is not None:
            try:
                call()
            except Exception:
                # The thread outlives a callback that raises: others wait in its line.
                logging.getLogger(__name__).exception(tr("A callback of a job raised"))

    def _next(self) -> Call | None:
        with self._ready:
            self._idle += 1
            self._ready.wait_for(lambda: bool(self._line) or self._closed)
            self._idle -= 1
            return heapq.heappop(self._line)[2] if self._line else None
