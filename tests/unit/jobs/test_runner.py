"""Jobs: states, lanes, late results, failures."""

from __future__ import annotations

import os
import sys
import threading
from queue import Queue

import pytest

from mmdesk.core.errors import Cancelled, Situation
from mmdesk.core.job import JobState, Progress
from mmdesk.jobs.runner import LANES, Runner


@pytest.fixture
def runner():
    runner = Runner(lambda call: call())
    yield runner
    runner.close(5)
    assert not [t for t in threading.enumerate() if t.name.startswith("mmdesk")]


def test_a_job_goes_through_its_states_and_tells_its_result(runner):
    states, results = [], []
    runner.on_change = lambda job: states.append(job.state)
    job = runner.submit("Add", lambda ctx: 2 + 3, on_done=results.append)
    assert job.wait(5) == 5
    assert results == [5]
    assert states == [JobState.WAITING, JobState.RUNNING, JobState.DONE]
    assert runner.jobs == []


def test_a_situation_reaches_the_one_who_asked(runner):
    told = []

    def work(ctx):
        raise Situation("The disk is full.")

    job = runner.submit("Write", work, on_failed=told.append, on_done=told.append)
    with pytest.raises(Situation, match="disk is full"):
        job.wait(5)
    assert job.state is JobState.FAILED
    assert [str(problem) for problem in told] == ["The disk is full. Nothing was changed."]


def test_our_bug_is_logged_and_the_lane_goes_on(runner, caplog):
    job = runner.submit("Divide", lambda ctx: 1 / 0, lane="database")
    with pytest.raises(ZeroDivisionError):
        job.wait(5)
    assert runner.submit("Add", lambda ctx: 1, lane="database").wait(5) == 1
    assert "Divide" in caplog.text


def test_a_callback_that_raises_does_not_stop_the_lane(runner, caplog):
    def raises(result):
        raise ValueError("in a callback")

    runner.submit("One", lambda ctx: 1, lane="database", on_done=raises).wait(5)
    assert runner.submit("Two", lambda ctx: 2, lane="database").wait(5) == 2
    assert "in a callback" in caplog.text


def test_the_database_lane_is_serial_and_urgent_goes_first(runner):
    gate, order = threading.Event(), []
    first = runner.submit("Hold", lambda ctx: gate.wait(5), lane="database")
    jobs = [runner.submit(n, lambda ctx, n=n: order.append(n), lane="database", urgent=n.isupper()) for n in "abCD"]
    gate.set()
    for job in [first, *jobs]:
        job.wait(5)
    assert order == ["C", "D", "a", "b"]


def test_lanes_do_not_wait_for_each_other(runner):
    gate = threading.Event()
    slow = runner.submit("Slow", lambda ctx: gate.wait(5), lane="background")
    assert runner.submit("Quick", lambda ctx: "here", lane="decode").wait(5) == "here"
    assert not slow.ended
    gate.set()
    assert slow.wait(5) is True


def test_a_waiting_job_is_cancelled_at_once(runner):
    gate, told = threading.Event(), []
    hold = runner.submit("Hold", lambda ctx: gate.wait(5), lane="database")
    job = runner.submit("Never", lambda ctx: told.append("ran"), lane="database", on_cancelled=lambda: told.append(0))
    job.cancel()
    assert job.state is JobState.CANCELLED
    gate.set()
    hold.wait(5)
    runner.submit("After", lambda ctx: None, lane="database").wait(5)
    assert told == [0]


def test_the_result_of_a_cancelled_job_is_dropped(runner):
    began, gate, told = threading.Event(), threading.Event(), []

    def work(ctx):
        began.set()
        gate.wait(5)
        return "late"

    job = runner.submit("Late", work, on_done=told.append, on_cancelled=lambda: told.append("cancelled"))
    began.wait(5)
    job.cancel()
    assert job.state is JobState.RUNNING
    gate.set()
    with pytest.raises(Cancelled):
        job.wait(5)
    assert (told, job.result) == (["cancelled"], None)


def test_a_result_on_its_way_is_dropped_when_cancelled_before_it_arrives():
    posted: Queue = Queue()
    runner, told = Runner(posted.put), []
    job = runner.submit("Quick", lambda ctx: "late", on_done=told.append, on_cancelled=lambda: told.append("cancelled"))
    job.wait(5)
    job.cancel()
    while not posted.empty():
        posted.get()()
    assert told == ["cancelled"]
    runner.close(5)


def test_work_sees_that_it_is_cancelled_or_stopped(runner):
    began = threading.Event()

    def work(ctx):
        began.set()
        while not ctx.stop_asked():
            ctx.check_cancelled()
        return "best so far"

    stopped = runner.submit("Train", work)
    began.wait(5)
    stopped.stop()
    assert stopped.wait(5) == "best so far"
    began.clear()
    cancelled = runner.submit("Train", work)
    began.wait(5)
    cancelled.cancel()
    with pytest.raises(Cancelled):
        cancelled.wait(5)


def test_progress_is_throttled_but_metrics_all_arrive(runner):
    told = []

    def work(ctx):
        for i in range(1000):
            ctx.progress(Progress(i, 1000))
        for i in range(5):
            ctx.progress(Progress(i, 5, metrics={"loss": float(i)}))

    job = runner.submit("Train", work, on_progress=told.append)
    job.wait(5)
    assert [p.metrics["loss"] for p in told if p.metrics] == [0, 1, 2, 3, 4]
    assert len(told) < 100
    assert job.progress == Progress(4, 5, metrics={"loss": 4.0})


def test_time_left_comes_from_the_progress(runner):
    began, gate = threading.Event(), threading.Event()

    def work(ctx):
        ctx.progress(Progress(1, 4))
        began.set()
        gate.wait(5)

    job = runner.submit("Read", work)
    began.wait(5)
    assert job.seconds_left is not None
    assert job.seconds_left >= 0
    gate.set()
    job.wait(5)
    assert job.seconds_left is None


def test_close_cancels_posts_nothing_more_and_refuses_work():
    told = []
    runner = Runner(lambda call: call())
    began = threading.Event()

    def work(ctx):
        began.set()
        while True:
            ctx.check_cancelled()

    job = runner.submit("Endless", work, on_cancelled=lambda: told.append("told"))
    began.wait(5)
    runner.close(5)
    assert job.state is JobState.CANCELLED
    assert told == []
    with pytest.raises(RuntimeError):
        runner.submit("More", lambda ctx: None)


def test_an_unknown_lane_is_our_bug(runner):
    with pytest.raises(KeyError):
        runner.submit("Work", lambda ctx: None, lane="fast")


@pytest.mark.skipif(sys.platform != "linux", reason="threads have a priority of their own on Linux")
def test_what_runs_beside_the_reading_stands_back_for_the_window(runner):
    def back(ctx):
        return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())

    own = back(None)
    found = {lane: runner.submit("Look", back, lane=lane).wait(5) for lane in LANES}
    assert own == found["database"] == found["prediction"] < found["decode"] < found["background"]
    assert back(None) == own
