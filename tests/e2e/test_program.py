"""The program from outside, as a person starts it: the checkout's, or the installed one in MMDESK_PROGRAM."""

from __future__ import annotations

import csv
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
INSTALLED = os.environ.get("MMDESK_PROGRAM", "")
COMMAND = [INSTALLED] if INSTALLED else [sys.executable, "-m", "mmdesk"]
pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A home folder with blanks and letters that are not ASCII."""
    return tmp_path_factory.mktemp("Jörg Ångström 目")


@pytest.fixture(scope="module")
def run(home):
    """Run a command of the program; return exit code, stdout and stderr."""

    def call(*words, code=0):
        environment = {"PATH": "/usr/bin:/bin", "HOME": str(home), "MMDESK_HOME": str(home / "mmdesk")}
        environment |= {"LANG": "C.UTF-8", "QT_QPA_PLATFORM": "offscreen"}
        environment |= {name: os.environ[name] for name in ("SYSTEMROOT", "TEMP") if name in os.environ}
        if not INSTALLED:
            environment["PYTHONPATH"] = str(ROOT)
        done = subprocess.run(
            [*COMMAND, *map(str, words)],
            capture_output=True,
            env=environment,
            cwd=home,
            timeout=300,
            check=False,
        )
        assert done.returncode == code, done.stderr.decode()
        return done.stdout.decode()

    return call


@pytest.fixture(scope="module")
def project(home, run):
    """A project of twelve cases, made from a table by the program itself."""
    table = home / "table"
    table.mkdir()
    from mmdesk.services.demo.phantoms import PhantomOptions, generate

    generate(table, PhantomOptions(12, seed=3, labelled=0.5))
    folder = home / "Augen 目.mmdesk"
    schema = ROOT / "resources" / "schemas" / "phantom.toml"
    told = json.loads(run("new", folder, "--from", table / "cases.csv", "--schema", schema, "--json"))
    assert told["added"] == 12
    return folder


def test_version(run):
    from mmdesk import __version__

    assert run("--version").strip() == f"mmdesk {__version__}"


def test_doctor_knows_what_it_runs_on(run):
    computer = json.loads(run("doctor", "--json"))["computer"]
    assert computer["sqlite"] >= "3.51.3"
    assert "not installed" not in {computer["onnxruntime"], computer["pydicom"], computer["numpy"]}
    if INSTALLED:
        assert "checkout" not in computer["mmdesk"]


def test_predict_label_export(run, project, home):
    out = home / "predictions.csv"
    run("predict", project, "--out", out)
    with out.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 12
    assert all(0 <= float(row["p(referable)"]) <= 1 for row in rows if row["p(referable)"])
    run("label", project, "C00002", "referable=yes", "--reader", "Jörg")
    run("export", project, home / "all.xlsx")
    run("export", project, home / "all.csv")
    assert "Jörg" in (home / "all.csv").read_text(encoding="utf-8-sig")
    assert run("doctor", project, "--json")


def test_a_situation_is_one_message_without_a_traceback(run, home):
    told = json.loads(run("doctor", home / "nothing.mmdesk", "--json", code=1))
    assert told["problem"]["code"] == 1
    run("predict", code=2)


def test_versions_of_models(run, project):
    listed = json.loads(run("models", project, "list", "--json"))
    assert "phantom-pair" in json.dumps(listed)


@pytest.mark.skipif(sys.platform != "linux" or shutil.which("Xvfb") is None, reason="there is no Xvfb here")
def test_the_window_shows_the_project_and_its_first_prediction(project, home):
    trace = home / "trace.jsonl"
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(home), "MMDESK_HOME": str(home / "window")}
    environment |= {"LANG": "C.UTF-8", "MMDESK_TRACE": str(trace)}
    if not INSTALLED:
        environment["PYTHONPATH"] = str(ROOT)
    read, write = os.pipe()
    display = subprocess.Popen(
        ["Xvfb", "-displayfd", str(write), "-screen", "0", "1366x768x24", "-nolisten", "tcp"],
        pass_fds=[write],
        stderr=subprocess.DEVNULL,
    )
    os.close(write)
    with os.fdopen(read) as file:
        environment["DISPLAY"] = f":{file.readline().strip()}"
    program = subprocess.Popen([*COMMAND, str(project / "project.db")], env=environment, cwd=home)
    try:
        events = _events_until(trace, "window_shown", program)
        shown = next(event for event in events if event["event"] == "window_shown")
        assert shown["cases"] == 12
    finally:
        program.terminate()
        program.wait(20)
        display.terminate()
        display.wait(20)


def _events_until(trace, name, program):
    end = time.monotonic() + 60
    while time.monotonic() < end and program.poll() is None:
        lines = trace.read_text(encoding="utf-8").splitlines() if trace.exists() else []
        events = [json.loads(line) for line in lines if line.endswith("}")]
        if any(event["event"] == name for event in events):
            return events
        time.sleep(0.05)
    raise AssertionError(f"the window never came to {name}; it ended with {program.poll()}")


@pytest.mark.skipif(not INSTALLED, reason="only an installed program tries itself here: MMDESK_PROGRAM")
def test_the_installed_program_tries_itself(run, home):
    run("--selftest", home / "report.json")
    report = json.loads((home / "report.json").read_text(encoding="utf-8"))
    assert report["ok"], report
    assert report["flavour"] in ("full", "reader")
