"""Nothing leaves the computer, and nothing is written elsewhere than where it belongs.

What a program asks of the system is traced with strace; then the same is done without any network interface.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from mmdesk.services.demo.phantoms import PhantomOptions, generate
from tests.e2e.traced import Trace, run_traced, why_no_network, why_no_trace, without_network

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).resolve().parent
INSTALLED = os.environ.get("MMDESK_PROGRAM", "")
COMMAND = [INSTALLED] if INSTALLED else [sys.executable, "-m", "mmdesk"]
traced = pytest.mark.skipif(bool(why_no_trace()), reason=why_no_trace())
cut_off = pytest.mark.skipif(bool(why_no_network()), reason=why_no_network())
checkout = pytest.mark.skipif(bool(INSTALLED), reason="an installed program runs no script")


@dataclass(frozen=True)
class Computer:
    """Folders as a person's computer has them, and the program run there.

    Attributes:
        home: The person's home folder, which nothing is written to.
        settings: MMDESK_HOME.
        work: Where the project and what is asked for go.
        temporary: The folder of temporary files.
    """

    home: Path
    settings: Path
    work: Path
    temporary: Path

    @property
    def environment(self) -> dict[str, str]:
        """All that a process gets: no switch, and no word by which a library knows a test."""
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self.home),
            "MMDESK_HOME": str(self.settings),
            "TMPDIR": str(self.temporary),
            "LANG": "C.UTF-8",
            "QT_QPA_PLATFORM": "offscreen",
            "PYTHONDONTWRITEBYTECODE": "1",
            **({} if INSTALLED else {"PYTHONPATH": str(ROOT)}),
        }

    def trace(self, *command: object) -> Trace:
        """Run a command to its end and return what it did."""
        file = self.home.parent / "trace"
        return run_traced([str(word) for word in command], file, self.environment, self.work)

    def run(self, *command: object) -> str:
        """Run a command to its end and return what it said."""
        words = [str(word) for word in command]
        done = subprocess.run(
            words,
            env=self.environment,
            cwd=self.work,
            capture_output=True,
            text=True,
            timeout=180,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def assert_kept(self, trace: Trace) -> None:
        """Nothing of a network was used, and nothing written elsewhere."""
        print(f"{trace.calls} calls traced, sockets {dict(trace.families)}, {len(trace.written)} paths written")
        assert trace.calls > 100, "the trace is empty"
        assert trace.of_network() == []
        assert trace.outside(self.settings, self.work, self.temporary) == []
        assert list(self.home.iterdir()) == []


@pytest.fixture(scope="module")
def computer(tmp_path_factory):
    """A computer that is used for the first time."""
    folder = tmp_path_factory.mktemp("computer")
    made = Computer(*(folder / name for name in ("home", "settings", "work", "temporary")))
    for folder in (made.home, made.settings, made.work, made.temporary):
        folder.mkdir()
    return made


@pytest.fixture(scope="module")
def project(computer):
    """A project of six cases."""
    generate(computer.work, PhantomOptions(6, seed=3, labelled=0.5))
    folder = computer.work / "eyes.mmdesk"
    schema = ROOT / "resources" / "schemas" / "phantom.toml"
    computer.run(*COMMAND, "new", folder, "--from", computer.work / "cases.csv", "--schema", schema)
    return folder


@traced
def test_the_trace_sees_a_network_a_look_up_and_a_file_elsewhere(computer):
    """Without this, an empty trace would pass for a quiet program."""
    script = (
        "import os, pathlib, socket\n"
        "socket.socket(socket.AF_INET, socket.SOCK_DGRAM).connect(('127.0.0.1', 9))\n"
        "socket.getaddrinfo('localhost', 9)\n"
        "os.chdir(pathlib.Path.home())\n"
        "pathlib.Path('id').write_text('1')\n"
        "os.mkdir(pathlib.Path('made').absolute())\n"
        "os.close(os.open('below', os.O_CREAT, dir_fd=os.open('made', os.O_RDONLY)))\n"
        "for name in ('id', 'made/below'): pathlib.Path(name).absolute().unlink()\n"
        "pathlib.Path('made').absolute().rmdir()\n"
    )
    trace = computer.trace(sys.executable, "-c", script)
    assert trace.families["AF_INET"] >= 1
    assert any('"127.0.0.1"' in call for call in trace.reached)
    assert any("/etc/" in call for call in trace.look_ups)
    written = [str(computer.home / name) for name in ("id", "made", "made/below")]
    assert trace.outside(computer.work) == written
    assert trace.outside(computer.home) == []


@traced
def test_a_prediction_stays_on_this_computer(computer, project):
    out = computer.work / "answers.csv"
    computer.assert_kept(computer.trace(*COMMAND, "predict", project, "--out", out))
    assert len(out.read_text(encoding="utf-8-sig").splitlines()) == 7


@traced
@checkout
def test_a_case_read_in_the_window_stays_on_this_computer(computer, project):
    computer.assert_kept(computer.trace(sys.executable, HERE / "read_one_case.py", project, "Ann"))
    assert_read(computer, project, "Ann")


@cut_off
@checkout
def test_a_case_is_read_in_the_window_without_any_network(computer, project):
    computer.run(*without_network(), sys.executable, HERE / "read_one_case.py", project, "Ben")
    assert_read(computer, project, "Ben")


def assert_read(computer, project, reader):
    """The model's answer was seen and the reader's own is stored."""
    out = computer.work / "read.csv"
    computer.run(*COMMAND, "export", project, out)
    assert f"@{reader})" in out.read_text(encoding="utf-8-sig")


@traced
@pytest.mark.tf
@pytest.mark.slow
def test_the_whole_demo_stays_on_this_computer(computer):
    trace = computer.trace(*COMMAND, "demo", "--dir", computer.work / "demo", "--headless")
    computer.assert_kept(trace)
    assert (computer.work / "demo" / "report.md").exists()


@cut_off
@pytest.mark.tf
@pytest.mark.slow
def test_the_whole_demo_is_done_without_any_network(computer):
    computer.run(*without_network(), *COMMAND, "demo", "--dir", computer.work / "cut-off", "--headless")
    assert (computer.work / "cut-off" / "report.md").exists()


@traced
@checkout
@pytest.mark.tf
def test_no_direct_dependency_uses_a_network_or_writes_elsewhere(computer):
    """One that is added is tried as soon as it stands in pyproject.toml."""
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["dependencies"]
    wanted = [Requirement(words) for words in declared]
    names = [one.name for one in wanted if one.marker is None or one.marker.evaluate()]
    assert len(names) > 20
    trace = computer.trace(sys.executable, HERE / "small_acts.py", *names)
    computer.assert_kept(trace)
