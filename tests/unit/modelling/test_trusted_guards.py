"""Code that runs by a person's word reaches nothing outside its process: each attack is tried."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from mmdesk.modelling.trusted.guards import Guards

ROOT = Path(__file__).resolve().parents[3]
SHUT_IN = """
import json, os, sys
from pathlib import Path
from mmdesk.modelling.trusted.guards import before_code, before_libraries
import socket, subprocess, signal, ctypes, threading, time, tempfile
held = before_code(*before_libraries(Path(sys.argv[1])))
said = {"": [held.network, held.files, held.processes]}
parent, outside = os.getppid(), sys.argv[2]
libc = ctypes.CDLL(None, use_errno=True)
def called(result):
    if result == -1:
        raise OSError(ctypes.get_errno())
    return result
for name, work in json.loads(sys.argv[3]).items():
    try:
        exec(work)
    except BaseException as why:
        said[name] = "stopped by " + type(why).__name__
    else:
        said[name] = "done"
    Path("said.json").write_text(json.dumps(said))
"""


def shut_in(works: Mapping[str, str], place: Path) -> tuple[Guards, dict[str, str]]:
    """Run some works one after another in a process that is shut in; return what became of each."""
    own, outside = place / "own", place / "outside"
    own.mkdir()
    outside.mkdir()
    (outside / "secret").write_text("secret")
    subprocess.run(
        [sys.executable, "-c", SHUT_IN, str(own), str(outside), json.dumps(works)],
        cwd=own,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "HOME": str(own)},
        check=True,
    )
    said = json.loads((own / "said.json").read_text())
    return Guards(*said.pop("")), said


ATTACKS: dict[str, tuple[str, str]] = {
    "writes a file of the project": ("files", "open(outside + '/new', 'w').write('x')"),
    "changes a file of the project": ("files", "open(outside + '/secret', 'a').write('x')"),
    "empties a file": ("files", "os.truncate(outside + '/secret', 0)"),
    "removes a file": ("files", "os.remove(outside + '/secret')"),
    "renames a file": ("files", "os.rename(outside + '/secret', outside + '/other')"),
    "takes a file into its own folder": ("files", "os.link(outside + '/secret', 'mine')"),
    "makes a folder": ("files", "os.mkdir(outside + '/new')"),
    "reads a file of the project": ("files", "open(outside + '/secret').read()"),
    "lists keys": ("files", "os.listdir(os.path.expanduser('~root') + '/.ssh')"),
    "reads passwords": ("files", "open('/etc/passwd').read()"),
    "reads its parent's environment": ("files", "open(f'/proc/{parent}/environ').read()"),
    "writes its parent's memory": ("files", "open(f'/proc/{parent}/mem', 'r+b')"),
    "makes a link for its parent to follow": ("files", "os.symlink('/etc/passwd', 'result.json')"),
    "makes a pipe for its parent to hang on": ("files", "os.mkfifo('result.json')"),
    "lets everybody write": ("processes", "os.chmod(outside + '/secret', 0o777)"),
    "changes the time of a file": ("processes", "os.utime(outside + '/secret')"),
    "marks a file": ("processes", "os.setxattr(outside + '/secret', 'user.a', b'x')"),
    "opens a connection": ("network", "socket.create_connection(('127.0.0.1', 9))"),
    "asks a name server": ("network", "socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('1.1.1.1', 53))"),
    "listens": ("network", "socket.create_server(('127.0.0.1', 0))"),
    "talks to another program": ("network", "socket.socket(socket.AF_UNIX)"),
    "forks": ("processes", "os.fork() or os._exit(0)"),
    "starts a program": ("processes", "subprocess.run(['/bin/true'])"),
    "starts a program by a shell": ("processes", "called(-1 if os.system('true') else 0)"),
    "becomes another program": ("processes", "os.execv('/bin/true', ['true'])"),
    "kills its parent": ("processes", "os.kill(parent, signal.SIGKILL)"),
    "kills all": ("processes", "os.kill(-1, signal.SIGKILL)"),
    "kills its group": ("processes", "os.killpg(0, signal.SIGKILL)"),
    "asks its parent a signal": ("processes", "called(libc.sigqueue(parent, 9, 0))"),
    "looks into its parent": ("processes", "called(libc.ptrace(16, parent, 0, 0))"),
    "takes a handle of its parent": ("processes", "os.pidfd_open(parent)"),
    "outlives its parent": ("processes", "called(libc.prctl(1, 0, 0, 0, 0))"),
    "leaves its group": ("processes", "os.setsid()"),
    "limits its parent": ("processes", "import resource; resource.prlimit(parent, resource.RLIMIT_NOFILE, (1, 1))"),
    "makes namespaces": ("processes", "called(libc.unshare(0x10000000))"),
    "mounts": ("processes", "called(libc.mount(b'none', b'/tmp', b'tmpfs', 0, None))"),
    "asks the kernel by a queue": ("processes", "called(libc.syscall(425, 8, ctypes.create_string_buffer(120)))"),
    "takes all memory": ("processes", "bytearray(1 << 40)"),
    "opens a connection in a thread": (
        "network",
        ("found = []; one = threading.Thread(target=lambda: found.append(socket.socket())); "
        "one.start(); one.join(); found[0]"),
    ),
}  # fmt: skip


needs_linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux offers these guards")


@pytest.fixture(scope="module")
def attacked(tmp_path_factory: pytest.TempPathFactory) -> tuple[Guards, dict[str, str], Path]:
    place = tmp_path_factory.mktemp("attacked")
    return *shut_in({name: attack for name, (_guard, attack) in ATTACKS.items()}, place), place / "outside"


@needs_linux
@pytest.mark.parametrize("name", ATTACKS)
def test_an_attack_is_stopped(name: str, attacked: tuple[Guards, dict[str, str], Path]):
    held, said, outside = attacked
    if not getattr(held, ATTACKS[name][0]):
        pytest.skip(f"this kernel offers no guard of {ATTACKS[name][0]}")
    assert said[name].startswith("stopped"), said[name]
    assert (outside / "secret").read_text() == "secret"
    assert [one.name for one in outside.iterdir()] == ["secret"]


@needs_linux
def test_what_the_work_needs_goes_on(tmp_path: Path):
    works = {
        "own files": "open('own', 'w').write('x'); os.rename('own', 'other'); os.remove('other')",
        "threads": "one = threading.Thread(target=time.time); one.start(); one.join()",
        "temporary files": "tempfile.NamedTemporaryFile(dir='.').write(b'x')",
        "imports": "import sqlite3, email.message, xml.dom.minidom",
        "a signal to itself": "os.kill(os.getpid(), 0)",
    }
    assert shut_in(works, tmp_path)[1] == dict.fromkeys(works, "done")


def test_it_is_said_what_holds_and_what_does_not():
    say: Callable[..., str] = lambda *held: Guards(*held).say()  # noqa: E731
    assert "no network, no files but its own, no other processes" in say(True, True, True)
    assert "does not offer: no files but its own" in say(True, False, True)
    assert "with your rights" in say(False, False, False)
