"""The border of the command line: exit codes, one JSON object, where words go."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from mmdesk.cli import app as cli
from mmdesk.cli import project_commands
from mmdesk.cli.app import Doors, run
from mmdesk.core.errors import Cancelled, Situation
from mmdesk.support.logs import log_file

ROOT = Path(__file__).resolve().parents[3]


def doors(**changed):
    return Doors(**{"window": lambda project: 0, "screenshots": lambda project, folder, reader: [], **changed})


def failing(monkeypatch, problem):
    def fail():
        raise problem

    monkeypatch.setattr("mmdesk.services.doctor.computer", fail)


def test_version_and_help_are_done(capsys):
    assert run(["--version"], doors()) == 0
    assert capsys.readouterr().out.startswith("mmdesk ")
    assert run(["--help"], doors()) == 0
    assert "Research use" in capsys.readouterr().out


@pytest.mark.parametrize(
    "words",
    [
        ["nonsense"],
        ["doctor", "--nonsense"],
        ["label", "P", "C"],
        ["label", "P", "C", "a=1"],
        ["new", "P"],
        ["evaluate", "P", "--split", "nonsense"],
        ["models", "P", "promote"],
        ["models", "P", "export", "v1"],
        ["models", "P", "export", "v1", "--format", "nonsense", "--out", "x"],
    ],
)
def test_usage_is_2_on_stderr(words, capsys):
    assert run(words, doors()) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.strip()
    assert "Traceback" not in said.err


def test_usage_with_json_is_one_object(capsys):
    assert run(["nonsense", "--json"], doors()) == 2
    assert json.loads(capsys.readouterr().out)["problem"]["code"] == 2


def test_a_situation_is_1_in_words(capsys, tmp_path):
    assert run(["doctor", str(tmp_path / "none"), "--json"], doors()) == 1
    said = capsys.readouterr()
    problem = json.loads(said.out)["problem"]
    assert problem["code"] == 1
    assert problem["what"] in said.err
    assert problem["do"] in said.err
    assert "Traceback" not in said.err


def test_details_stay_out_of_the_words(capsys, monkeypatch):
    failing(monkeypatch, Situation("It rained.", "You are dry.", "Wait.", details="errno 5"))
    assert run(["doctor"], doors()) == 1
    assert capsys.readouterr().err == "It rained. You are dry. Wait.\n"


@pytest.mark.parametrize("problem", [Cancelled(), KeyboardInterrupt()])
def test_stopping_is_1_and_says_so(capsys, monkeypatch, problem):
    failing(monkeypatch, problem)
    assert run(["doctor"], doors()) == 1
    assert capsys.readouterr().err == "Stopped.\n"


def test_our_bug_is_3_with_the_traceback_in_the_log_only(capsys, monkeypatch, caplog):
    failing(monkeypatch, ZeroDivisionError("by us"))
    assert run(["doctor", "--json"], doors()) == 3
    said = capsys.readouterr()
    assert str(log_file()) in said.err
    assert "Traceback" not in said.err
    assert json.loads(said.out)["problem"]["log"] == str(log_file())
    assert "ZeroDivisionError: by us" in caplog.text


def test_doctor_says_what_this_computer_has(capsys):
    assert run(["doctor", "--json"], doors()) == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts["ok"] is True
    assert facts["computer"]["keras"]
    assert facts["computer"]["sqlite"] >= "3.51.3"


def test_open_hands_the_project_to_the_window(capsys):
    seen = []
    assert run(["open", "Some.mmdesk", "--json"], doors(window=lambda project: seen.append(project) or 0)) == 0
    assert seen == ["Some.mmdesk"]
    assert json.loads(capsys.readouterr().out) == {"project": "Some.mmdesk", "code": 0}


def test_what_a_library_prints_stays_out_of_the_json(capsys, monkeypatch, tmp_path):
    def noisy(place, **_):
        print("a library speaks")
        return {"project": str(place), "report": "r.md"}

    monkeypatch.setattr("mmdesk.services.demo.demo.run_demo", noisy)
    assert run(["demo", "--headless", "--dir", str(tmp_path), "--json"], doors()) == 0
    said = capsys.readouterr()
    assert json.loads(said.out)["project"] == str(tmp_path)
    assert "a library speaks" in said.err


def test_every_command_is_in_its_own_words():
    assert cli.app.info.help
    assert project_commands.demo.__doc__


def program(home, *words, **environment):
    wiped = {name: value for name, value in os.environ.items() if "DISPLAY" not in name and "QT" not in name}
    return subprocess.run(
        [sys.executable, "-m", "mmdesk", *words],
        env={**wiped, "MMDESK_HOME": str(home), "PYTHONPATH": str(ROOT), **environment},
        cwd=home,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.mark.skipif(sys.platform != "linux", reason="other systems always have a display")
@pytest.mark.parametrize("words", [(), ("open", "X.mmdesk"), ("X.mmdesk",)])
def test_without_a_display_the_window_says_so(tmp_path, words):
    (tmp_path / "X.mmdesk").mkdir()
    (tmp_path / "X.mmdesk" / "project.db").touch()
    done = program(tmp_path, *words)
    assert done.returncode == 1
    assert "There is no display here" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.skipif(sys.platform != "linux", reason="other systems always have a display")
@pytest.mark.parametrize(
    ("words", "what", "do"),
    [
        (("gone.mmdesk",), "gone.mmdesk is not there.", "Look at its name"),
        (("open", "gone"), "gone is not there.", "Look at its name"),
        (("cases.csv",), "cases.csv is a table, not a project.", "mmdesk new cases.mmdesk --from cases.csv"),
        (("pictures",), "pictures is not a project.", "mmdesk new NAME.mmdesk --from TABLE"),
    ],
)
def test_without_a_display_a_path_that_is_no_project_is_told_in_three_sentences(tmp_path, words, what, do):
    (tmp_path / "cases.csv").touch()
    (tmp_path / "pictures").mkdir()
    done = program(tmp_path, *words)
    assert done.returncode == 1
    assert done.stderr.startswith(f"{what} Nothing was changed. ")
    assert do in done.stderr


def test_a_lone_word_opens_the_window_where_a_file_or_folder_has_that_name(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pictures").mkdir()
    seen = []
    assert run(["pictures"], doors(window=lambda place: seen.append(place) or 0)) == 0
    assert seen == ["pictures"]
    assert run(["docter"], doors()) == 2
    said = capsys.readouterr().err
    assert said.startswith("mmdesk has no command 'docter', and no file or folder here has that name.")
    assert "Did you mean doctor?" in said


def test_the_program_writes_a_bug_to_its_log(tmp_path):
    script = (
        "import sys, mmdesk.__main__ as door\n"
        "import mmdesk.services.doctor as doctor\n"
        "def fail(): raise ZeroDivisionError('by us')\n"
        "doctor.computer = fail\n"
        "sys.exit(door.main(['doctor']))\n"
    )
    environment = {**os.environ, "MMDESK_HOME": str(tmp_path), "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", script],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 3
    log = tmp_path / "log" / "mmdesk.log"
    assert str(log) in done.stderr
    assert "ZeroDivisionError: by us" in log.read_text(encoding="utf-8")
