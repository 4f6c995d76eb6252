"""What window and model process say to each other: JSON objects, one a line.

To the child: `{"do": "warm"}`, `{"do": "run", "job": FILE}`, `{"do": "stop"}` (finish early,
keep the best so far), `{"do": "cancel"}` (drop everything). The end of its stdin means that
the parent is gone.

From the child: `{"event": NAME, "job": ID, ...}` with `beat` each second, `ready` when the
libraries are loaded, `began`, `progress`, whatever else a kind of job tells, and one of
`done`, `cancelled`, `problem`, `bug` at the end of a job.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Protocol, runtime_checkable

from mmdesk.core import errors
from mmdesk.core.job import JobContext, Progress

BEAT_SECONDS = 1.0
IDLE_SECONDS = 600.0
"""How long the child waits for work before it gives its memory back."""

Event = dict[str, Any]


class ChildBug(RuntimeError):
    """Our bug, in the model process; carries its traceback."""


@runtime_checkable
class Stoppable(Protocol):
    """A job context whose job can be asked to finish early with the best so far."""

    def stop_asked(self) -> bool:
        """Tell whether the person wants the best so far now."""


class ChildContext(JobContext, Stoppable, Protocol):
    """What a job sees inside the model process."""

    def tell(self, event: str, **facts: object) -> None:
        """Send an event of this kind of job; facts are JSON values."""


def stop_asked(ctx: JobContext) -> bool:
    """Tell whether a context's job was asked to finish early; most contexts cannot ask."""
    return isinstance(ctx, Stoppable) and ctx.stop_asked()


def to_line(message: Mapping[str, object]) -> bytes:
    """Return a message as one line."""
    return json.dumps(message, ensure_ascii=False).encode() + b"\n"


def from_line(line: bytes) -> Event | None:
    """Return the message in a line, or None when it is not one."""
    try:
        message = json.loads(line)
    except ValueError:
        return None
    return message if isinstance(message, dict) else None


def progress_facts(progress: Progress) -> Event:
    """Return progress as the facts of an event."""
    return {
        "done": progress.done,
        "total": progress.total,
        "words": progress.words,
        "metrics": dict(progress.metrics),
    }


def progress_of(event: Event) -> Progress:
    """Return the progress that an event tells."""
    return Progress(
        int(event.get("done", 0)),
        int(event.get("total", 0)),
        str(event.get("words", "")),
        {name: float(value) for name, value in event.get("metrics", {}).items()},
    )


def problem_facts(problem: errors.Situation) -> Event:
    """Return a situation as the facts of a `problem` event."""
    classes = [kind.__name__ for kind in type(problem).__mro__]
    return {
        "kind": next((name for name in classes if name in _SITUATIONS), ""),
        "what": problem.what,
        "safe": problem.safe,
        "do": problem.do,
        "details": problem.details,
    }


def problem_of(event: Event) -> errors.Situation:
    """Return the situation that a `problem` event tells, of its own class where callers tell it apart."""
    kind = _SITUATIONS.get(str(event.get("kind")), errors.Situation)
    return kind(*(str(event.get(key, "")) for key in ("what", "safe", "do", "details")))


_SITUATIONS = {
    kind.__name__: kind
    for kind in (
        errors.DiskFull,
        errors.JobDied,
        errors.LookOnly,
        errors.ModelProblem,
        errors.NotAProject,
        errors.ProjectTooNew,
        errors.RunsCode,
        errors.SchemaProblem,
        errors.TrainingRefused,
    )
}
"""The situations that keep their class on the way; all take the four texts."""
