"""The model process: events, wishes, and every way to die, with small stand-ins for the worker."""

from __future__ import annotations

import sys
import textwrap
import threading
import time
from pathlib import Path

import pytest

from mmdesk.core.errors import Cancelled, JobDied, Situation, TrainingRefused
from mmdesk.core.job import SilentContext
from mmdesk.jobs.child import Child, Patience
from mmdesk.jobs.protocol import ChildBug

PRELUDE = """
import json, os, sys, time, signal
wire = os.dup(1); os.dup2(2, 1)
def tell(event, **facts):
    os.write(wire, (json.dumps({"event": event, **facts}) + "\\n").encode())
def take():
    line = sys.stdin.readline()
    return json.loads(line) if line else sys.exit(0)
def job():
    message = take()
    while message["do"] != "run":
        message = take()
    return json.load(open(message["job"]))
"""


@pytest.fixture
def child(tmp_path, monkeypatch):
    monkeypatch.setenv("MMDESK_HOME", str(tmp_path))
    made = []

    def make(script, idle=None, **patience):
        file = tmp_path / "stand_in.py"
        file.write_text(PRELUDE + textwrap.dedent(script))
        made.append(Child([sys.executable, str(file)], Patience(**patience), idle=idle))
        return made[-1]

    yield make
    for one in made:
        one.close()


JOB = {"kind": "finetune"}


def test_events_and_result_arrive_and_prints_do_not_disturb(child):
    one = child("""
        j = job()
        print("a library prints"); os.write(wire, b"not json\\n")
        tell("began", job=j["id"]); tell("epoch", job="another", epoch=9)
        tell("epoch", job=j["id"], epoch=1, loss=0.5)
        tell("progress", job=j["id"], done=1, total=2, words="Training", metrics={"loss": 0.5})
        tell("done", job=j["id"], result={"kind": j["kind"], "more": j["more"]})
        take()
    """)
    events, progress = [], []
    result = one.run({**JOB, "more": [1]}, SilentContext(progress.append), events.append)
    assert result == {"kind": "finetune", "more": [1]}
    assert [e["event"] for e in events] == ["began", "epoch", "progress"]
    assert (progress[0].done, progress[0].total, progress[0].metrics) == (1, 2, {"loss": 0.5})


def test_a_situation_keeps_its_class_and_words(child):
    one = child("""
        j = job()
        words = {"what": "Too few.", "safe": "Safe.", "do": "Label.", "details": ""}
        tell("problem", job=j["id"], kind="TrainingRefused", **words)
        take()
    """)
    with pytest.raises(TrainingRefused, match=r"Too few\. Safe\. Label\."):
        one.run(JOB, SilentContext())


def test_our_bug_in_the_process_brings_its_traceback(child):
    one = child('j = job(); tell("bug", job=j["id"], trace="Traceback: KeyError"); take()')
    with pytest.raises(ChildBug, match="KeyError"):
        one.run(JOB, SilentContext())


@pytest.mark.parametrize(
    ("how", "words"),
    [
        (
            "os.kill(os.getpid(), signal.SIGKILL)",
            "Fine-tuning stopped: the system or a person ended its process, most often for want of memory.",
        ),
        ("os.kill(os.getpid(), signal.SIGSEGV)", "a library in the model process crashed"),
        ("os._exit(3)", "the model process ended early"),
    ],
)
@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_a_death_has_words_and_its_exit_code(child, how, words):
    one = child(f'j = job(); tell("began", job=j["id"]); {how}')
    with pytest.raises(JobDied, match=words) as died:
        one.run(JOB, SilentContext())
    assert "exit code" in died.value.details
    assert died.value.safe == "The current model and all labels are safe."


def test_after_a_death_the_next_job_gets_a_new_process(child, tmp_path):
    one = child(f"""
        j = job(); tell("began", job=j["id"])
        flag = {str(tmp_path / "died")!r}
        if not os.path.exists(flag):
            open(flag, "w").close(); os._exit(1)
        tell("done", job=j["id"], result={{"pid": os.getpid()}}); take()
    """)
    with pytest.raises(JobDied):
        one.run(JOB, SilentContext())
    assert one.run(JOB, SilentContext())["pid"] > 0


def test_a_process_that_went_idle_is_started_again_unseen(child, tmp_path):
    one = child(f"""
        flag = {str(tmp_path / "left")!r}
        if not os.path.exists(flag):
            open(flag, "w").close(); take(); os._exit(0)
        j = job(); tell("began", job=j["id"]); tell("done", job=j["id"], result={{"ok": 1}}); take()
    """)
    assert one.run(JOB, SilentContext()) == {"ok": 1}


def test_a_hung_process_is_ended(child):
    one = child('j = job(); tell("began", job=j["id"]); time.sleep(60)', silence=0.5)
    with pytest.raises(JobDied, match="no longer answered"):
        one.run(JOB, SilentContext())
    assert not one.alive


def test_a_job_of_limited_time_is_ended_whatever_it_says(child):
    one = child(
        """
        j = job(); tell("began", job=j["id"])
        while True:
            tell("beat"); tell("progress", job=j["id"], done=0, total=1, words=""); time.sleep(0.05)
        """
    )
    with pytest.raises(JobDied, match="took longer than 1 second"):
        one.run(JOB, SilentContext(), patience=Patience(limit=1.0))
    assert not one.alive


def test_beats_keep_a_quiet_job_alive(child):
    one = child(
        """
        j = job(); tell("began", job=j["id"])
        for _ in range(8):
            time.sleep(0.2); tell("beat")
        tell("done", job=j["id"], result={}); take()
        """,
        silence=0.7,
    )
    assert one.run(JOB, SilentContext()) == {}


def test_stop_and_cancel_are_different_lines(child):
    class Wishes(SilentContext):
        stopped = False

        def stop_asked(self):
            return self.stopped

    one = child("""
        while True:
            j = job(); tell("began", job=j["id"]); said = take()["do"]
            if said == "cancel":
                tell("cancelled", job=j["id"])
            else:
                tell("done", job=j["id"], result={"said": said})
    """)
    ctx = Wishes()
    ctx.stopped = True
    assert one.run(JOB, ctx) == {"said": "stop"}
    ctx = Wishes()
    ctx.cancelled = True
    with pytest.raises(Cancelled):
        one.run(JOB, ctx)
    assert one.alive


def test_a_child_deaf_to_cancel_is_killed_with_its_own_children(child, tmp_path):
    note = tmp_path / "grandchild"
    one = child(
        f"""
        import subprocess
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        other = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
        open({str(note)!r}, "w").write(str(other.pid))
        j = job(); tell("began", job=j["id"]); time.sleep(60)
        """,
        grace=0.3,
        terminate=0.3,
    )
    ctx = SilentContext()
    threading.Timer(0.8, lambda: setattr(ctx, "cancelled", True)).start()
    with pytest.raises(Cancelled):
        one.run(JOB, ctx)
    assert not one.alive
    assert _gone(int(note.read_text()))


def _gone(pid):
    for _ in range(50):
        try:
            if Path(f"/proc/{pid}/stat").read_text().split()[2] == "Z":
                return True
        except FileNotFoundError:
            return True
        time.sleep(0.05)
    return False


def test_one_job_at_a_time(child):
    one = child('j = job(); tell("began", job=j["id"]); time.sleep(60)')
    began, ctx = threading.Event(), SilentContext()

    def first():
        with pytest.raises(Cancelled):
            one.run(JOB, ctx, lambda event: began.set())

    thread = threading.Thread(target=first)
    thread.start()
    assert began.wait(5)
    with pytest.raises(Situation, match="another job"):
        one.run(JOB, SilentContext())
    one.close()
    thread.join(5)
    assert not thread.is_alive()


def test_prewarm_is_declined_without_memory(child, monkeypatch):
    one = child("take()")
    monkeypatch.setattr("mmdesk.jobs.child.may_prewarm", lambda: False)
    assert one.prewarm() is False
    assert not one.alive
    monkeypatch.setattr("mmdesk.jobs.child.may_prewarm", lambda: True)
    assert one.prewarm() is True
    assert one.alive


KEEPS_ON = """
    while True:
        j = job()
        while j.get("waits") and not os.path.exists(j["waits"]):
            time.sleep(0.01)
        tell("done", job=j["id"], result={"pid": os.getpid()})
"""


def test_a_kept_process_serves_again_and_is_let_go_when_idle(child):
    one = child(KEEPS_ON, idle=3600)
    first = one.run(JOB, SilentContext())["pid"]
    assert one.run(JOB, SilentContext())["pid"] == first
    one._idle = 0.05
    one._rest()
    while one.alive:
        time.sleep(0.01)
    assert one.run(JOB, SilentContext())["pid"] != first


def test_a_process_at_work_is_not_let_go(child, tmp_path):
    one = child(KEEPS_ON, idle=3600)
    results = []
    go = tmp_path / "go"
    thread = threading.Thread(target=lambda: results.append(one.run({**JOB, "waits": str(go)}, SilentContext())))
    thread.start()
    while not one.busy or not one.alive:
        time.sleep(0.01)
    one._release()
    assert one.alive
    go.touch()
    thread.join(20)
    assert results
    one._release()
    assert not one.alive


def test_a_process_that_is_not_kept_stays_for_its_owner(child):
    one = child(KEEPS_ON)
    one.run(JOB, SilentContext())
    assert one._resting is None
    assert one.alive


def test_the_parents_end_is_the_childs(child):
    one = child("take()")
    one.start()
    began = time.monotonic()
    one.close()
    assert not one.alive
    assert time.monotonic() - began < 3
