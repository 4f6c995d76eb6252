"""Use case: what a reader did: cases, time for each, changes, agreement with the model, and what is left."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import median

from mmdesk.core.cases.case import Prediction
from mmdesk.core.cases.disagreement import disagrees
from mmdesk.core.fields.schema import Field
from mmdesk.core.fields.values import is_present
from mmdesk.services.cases.reads import LABEL, Read, reads_of
from mmdesk.services.project import Project
from mmdesk.storage.database.journal import Entry

IDLE = timedelta(minutes=5)
"""A longer time without anything stored counts as idle, and a new session begins."""
_EVERY = 1 << 62


@dataclass(frozen=True, slots=True)
class Session:
    """Work of a reader without an idle time in it.

    Attributes:
        began: UTC time of the first thing that was stored.
        ended: Of the last one.
        cases: How many cases were labelled.
        changes: How many changes were stored.
    """

    began: str
    ended: str
    cases: int
    changes: int


@dataclass(frozen=True, slots=True)
class Agreement:
    """How often a reader's answers to a target are the model's, of the cases that the reader has read.

    Attributes:
        target: The target's name.
        before: Answers without the model's beside them that agree, and how many there are.
        after: The same of answers with the model's beside them.
    """

    target: str
    before: tuple[int, int]
    after: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Report:
    """What a reader did.

    Attributes:
        reader: Who.
        sessions: In order of time.
        total: All cases.
        read: How many are read.
        timed: Cases whose time is known: something was stored shortly before.
        seconds: Median seconds for such a case; None where there is none.
        changed: Stored answers that were changed afterwards.
        left_seconds: Seconds that the rest takes at that pace; None where the pace is not known.
        agreement: With the model, by target.
    """

    reader: str
    sessions: tuple[Session, ...]
    total: int
    read: int
    timed: int
    seconds: float | None
    changed: int
    left_seconds: float | None
    agreement: tuple[Agreement, ...]

    @property
    def left(self) -> int:
        """How many cases are left to read."""
        return self.total - self.read


def report_session(project: Project, reader: str) -> Report:
    """Return what a reader did, of what that reader may see: agreement counts on read cases alone."""
    store = project.store
    with store.reading():
        entries = [entry for entry in reversed(store.journal(_EVERY)) if entry.reader == reader and entry.case]
        cases = [case.id for case in store.cases()]
        states = store.states(cases, reader)
        reads = reads_of(project, cases, [reader])
        current = store.predictions(store.current_version()) if store.current_version() else {}
    done = [case for case in cases if states[case].complete]
    times = case_times(entries)
    pace = median(times) if times else None
    left = len(cases) - len(done)
    answered = [case for case in done if case in current and not current[case].stale]

    def pairs(target: Field) -> list[tuple[Read, Prediction]]:
        return [(reads.get(case, {}).get((target.name, reader), Read()), current[case]) for case in answered]

    return Report(
        reader=reader,
        sessions=tuple(map(_session, _sessions(entries))),
        total=len(cases),
        read=len(done),
        timed=len(times),
        seconds=pace,
        changed=sum(max(0, read.stored - 1) for of_case in reads.values() for read in of_case.values()),
        left_seconds=None if pace is None else pace * left,
        agreement=tuple(_agreement(target, pairs(target)) for target in project.schema.targets),
    )


def _agreement(target: Field, pairs: Iterable[tuple[Read, Prediction]]) -> Agreement:
    counts = {"before": [0, 0], "after": [0, 0]}
    for read, prediction in pairs:
        said = prediction.targets.get(target.name)
        for name, value in (("before", read.before), ("after", read.after)):
            if said is not None and is_present(value):
                counts[name][0] += not disagrees(target, value, said)
                counts[name][1] += 1
    return Agreement(target.name, (counts["before"][0], counts["before"][1]), (counts["after"][0], counts["after"][1]))


def case_times(entries: Sequence[Entry]) -> list[float]:
    """Return the seconds that cases took which were labelled soon after the entry before.

    All that was stored of a case since the case before it belongs to its time.

    Args:
        entries: One reader's entries about cases, oldest first.
    """
    times: dict[int, float] = {}
    for before, entry in pairwise(entries):
        gap = _at(entry) - _at(before)
        if entry.case is not None and timedelta(0) < gap <= IDLE:  # what one change stored has one time
            times[entry.case] = times.get(entry.case, 0.0) + gap.total_seconds()
    labelled = {entry.case for entry in entries if entry.action == LABEL and entry.undoes is None}
    return [seconds for case, seconds in times.items() if case in labelled]


def _sessions(entries: Sequence[Entry]) -> list[list[Entry]]:
    found: list[list[Entry]] = []
    for entry in entries:
        if not found or _at(entry) - _at(found[-1][-1]) > IDLE:
            found.append([])
        found[-1].append(entry)
    return found


def _session(entries: list[Entry]) -> Session:
    labelled = {entry.case for entry in entries if entry.action == LABEL}
    changes = {(entry.change, entry.undoes, entry.at) for entry in entries if entry.action != "display"}
    return Session(entries[0].at, entries[-1].at, len(labelled), len(changes))


def _at(entry: Entry) -> datetime:
    return datetime.fromisoformat(entry.at)
