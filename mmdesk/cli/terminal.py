"""What a command says: its outcome on stdout, progress on stderr."""

from __future__ import annotations

import json
import math
import signal
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stdout
from types import FrameType
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bars
from rich.table import Table

from mmdesk.core.errors import Cancelled
from mmdesk.core.job import Progress
from mmdesk.words import tr

_noted: list[str] = []
_QUIET_SECONDS = 5.0
"""Between two lines of progress where there is no terminal to draw a bar in."""


def note(words: str) -> None:
    """Say on stderr what is to be known of the project, and keep it for the outcome's `project_warnings`."""
    _noted.append(words)
    Console(stderr=True, highlight=False, markup=False, soft_wrap=True).print(words)


class Terminal:
    """Says what a command does and what came of it.

    Args:
        as_json: Whether the outcome is one JSON object instead of words.
    """

    def __init__(self, *, as_json: bool) -> None:
        _noted.clear()
        self._as_json = as_json
        self._out = sys.stdout
        self._err = Console(stderr=True, highlight=False, markup=False)

    def say(self, line: str) -> None:
        """Say a line while the command works."""
        self._err.print(line)

    def finish(self, facts: Mapping[str, Any], *words: str | Table) -> None:
        """Say the outcome: the facts as JSON when asked for, else the words."""
        if self._as_json:
            write_json({**facts, "project_warnings": _noted} if _noted else facts, self._out)
            return
        console = Console(file=self._out, highlight=False, markup=False, soft_wrap=True)
        for part in words:
            console.print(part)

    @contextmanager
    def working(self) -> Iterator[WatchedContext]:
        """Give work a job context that shows its progress; Ctrl+C cancels it.

        What libraries print meanwhile goes to stderr.
        """
        with redirect_stdout(sys.stderr), WatchedContext(self._err) as context, _cancels(context):
            yield context


class WatchedContext:
    """A job context that draws a bar in a terminal and writes a line now and then elsewhere."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._cancelled = False
        self._told = 0.0
        self._bars: Bars | None = None

    def __enter__(self) -> WatchedContext:
        if self._console.is_terminal:
            columns = (
                TextColumn("{task.description}"),
                BarColumn(),
                MofNCompleteColumn(),
                TimeRemainingColumn(),
            )
            self._bars = Bars(*columns, console=self._console, transient=True)
            self._bars.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._bars:
            self._bars.stop()

    def cancel(self) -> None:
        """Ask the work to end at its next check."""
        self._cancelled = True

    def progress(self, progress: Progress) -> None:
        """Show how far the work is."""
        if self._bars:
            self._draw(self._bars, progress)
        elif time.monotonic() - self._told >= _QUIET_SECONDS:
            self._told = time.monotonic()
            self._console.print(_line(progress))

    def check_cancelled(self) -> None:
        """Raise `Cancelled` after Ctrl+C."""
        if self._cancelled:
            raise Cancelled

    def _draw(self, bars: Bars, progress: Progress) -> None:
        if not bars.task_ids:
            bars.add_task("", total=None)
        bars.update(
            bars.task_ids[0],
            completed=progress.done,
            total=progress.total or None,
            description=progress.words,
        )


def write_json(facts: Mapping[str, Any], file: Any = None) -> None:
    """Write one JSON object and a line's end; what is not a number becomes null."""
    text = json.dumps(_plain(facts), ensure_ascii=False, allow_nan=False)
    (file or sys.stdout).write(text + "\n")


def table(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> Table:
    """Return a table of texts; an empty cell for None and three decimals for a fraction."""
    drawn = Table(*columns, box=None, pad_edge=False, header_style="bold")
    for row in rows:
        drawn.add_row(*(_cell(value) for value in row))
    return drawn


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.3f}"
    return str(value)


def _line(progress: Progress) -> str:
    of = tr(" of {total}", total=progress.total) if progress.total else ""
    count = f" {progress.done}{of}" if progress.done or of else ""
    metrics = "".join(f", {name} {value:.4g}" for name, value in progress.metrics.items())
    return f"{progress.words}{count}{metrics}"


def _plain(value: Any) -> Any:
    """Return a value as JSON knows it; dates, paths and the like become their text."""
    if isinstance(value, Mapping):
        return {str(key): _plain(held) for key, held in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(held) for held in value]
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)


@contextmanager
def _cancels(context: WatchedContext) -> Iterator[None]:
    """Let the first Ctrl+C cancel the work and the second end the program."""

    def on_interrupt(number: int, frame: FrameType | None) -> None:
        context.cancel()
        signal.signal(signal.SIGINT, signal.default_int_handler)

    try:
        earlier = signal.signal(signal.SIGINT, on_interrupt)
    except ValueError:  # only a program's main thread may be asked
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, earlier)
