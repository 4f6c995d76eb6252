"""What a reader did: times without idle ones, agreement before and after the model, what is left."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from mmdesk.core.cases.case import Prediction, TargetPrediction
from mmdesk.core.fields.schema import Field, Schema
from mmdesk.core.versions.version import VersionRow
from mmdesk.services.cases.reading import store_labels
from mmdesk.services.project import create_project
from mmdesk.services.readers.session import case_times, report_session
from mmdesk.storage.store import Entry, NewCase

SCHEMA = Schema("S", "ID", "ID", (Field("age", "input", "number", ("a",)), Field("sick", "target", "flag", ("s",))))


@pytest.fixture
def clock(monkeypatch):
    """A clock that stands until it is moved."""

    class Clock:
        now = datetime(2026, 1, 1, 9, tzinfo=UTC)

        def on(self, **time):
            self.now += timedelta(**time)

    made = Clock()
    monkeypatch.setattr("mmdesk.storage.store.utc_now", lambda: made.now.isoformat(timespec="microseconds"))
    return made


@pytest.fixture
def project(tmp_path, clock):
    """Five cases that the model calls sick; Ann reads three with a pause before the last."""
    made = create_project(tmp_path / "s.mmdesk", SCHEMA)
    made.store.add_cases([NewCase(f"c{number}") for number in range(1, 6)])
    made.store.add_version(VersionRow("v1", "v1", "current"))
    said = {"sick": TargetPrediction(True, {"sick": 0.9})}
    made.store.save_predictions([Prediction(case, "v1", said) for case in range(1, 6)])
    for case, wait in ((1, 30), (2, 20), (3, 3600)):
        clock.on(seconds=wait)
        store_labels(made, case, {"sick": case == 1}, "Ann")
    clock.on(seconds=40)
    store_labels(made, 3, {"sick": True}, "Ann", "", "v1")
    store_labels(made, 4, {"sick": True}, "Zebulon")
    yield made
    made.close()


def test_time_excludes_what_is_idle_and_the_rest_is_estimated(project):
    report = report_session(project, "Ann")
    assert (report.total, report.read, report.left) == (5, 3, 2)
    assert (report.timed, report.seconds, report.left_seconds) == (2, 30.0, 60.0)
    assert [(one.cases, one.changes) for one in report.sessions] == [(2, 2), (1, 2)]
    assert report.changed == 1


def test_agreement_is_counted_before_and_after_the_model_was_seen(project):
    (sick,) = report_session(project, "Ann").agreement
    assert (sick.before, sick.after) == ((1, 3), (1, 1))


def test_who_has_read_nothing_learns_nothing(project):
    report = report_session(project, "Bob")
    assert (report.read, report.seconds, report.sessions) == (0, None, ())
    assert [(one.before, one.after) for one in report.agreement] == [((0, 0), (0, 0))]


def test_what_is_stored_together_has_no_time_of_its_own_and_marks_belong_to_their_case():
    def entry(second, action, case):
        return Entry(1, f"2026-01-01T09:00:{second:02}+00:00", "Ann", action, case)

    alone = [entry(0, "label", 1), entry(0, "label", 1)]
    assert case_times(alone) == []
    assert case_times([*alone, entry(7, "mark", 2), entry(10, "label", 2), entry(10, "label", 2)]) == [10.0]
    assert case_times([*alone, entry(7, "mark", 2)]) == []
