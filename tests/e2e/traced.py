"""Runs a program under strace and says what it opened, looked up and wrote."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

_OPENING = ("open", "openat", "openat2", "creat")
_CHANGING = (
    *("mkdir", "mkdirat", "mknod", "mknodat", "rename", "renameat", "renameat2"),
    *("link", "linkat", "symlink", "symlinkat", "unlink", "unlinkat", "rmdir", "truncate"),
)
_LINKING = ("link", "linkat", "symlink", "symlinkat")
_CALLS = ",".join(f"?{name}" for name in ("%network", "io_uring_setup", *_OPENING, *_CHANGING))
_STRACE = ("strace", "-f", "--seccomp-bpf", "-y", "-s", "4096", "-e", "signal=none", "-e", f"trace={_CALLS}")
_CUT_OFF = (["unshare", "-n"], ["unshare", "-rn"])
"""For root, and for others where the system lets them."""
_LINE = re.compile(r"\d+ +(\w+)\((.*)")
_PATH = re.compile(r'(?:(?:AT_FDCWD|\d+)<([^>]*)>, )?"((?:[^"\\]|\\.)*)"')
_WRITES = re.compile(r"O_(?:WRONLY|RDWR|CREAT|TRUNC|APPEND|TMPFILE)\b")
_KERNELS = ("/dev/", "/proc/")
"""Devices, shared memory and the names of threads: nothing of it is a file that stays."""
_LOOK_UPS = ("/etc/resolv.conf", "/etc/hosts", "/run/systemd/resolve/", "/run/avahi-daemon/")
"""What the C library reads or calls to find a host by its name."""


@dataclass
class Trace:
    """What a program and all its children did, attempts that came to nothing among it.

    Attributes:
        calls: Calls that were looked at.
        families: Sockets by address family.
        reached: Calls that go to an address outside of this computer's own files.
        look_ups: What was opened or called to look up a host.
        written: Files and folders made, opened for writing, moved or removed. A path without its folder,
            which the program never uses, counts as one of the root.
    """

    calls: int = 0
    families: Counter[str] = field(default_factory=Counter)
    reached: list[str] = field(default_factory=list)
    look_ups: list[str] = field(default_factory=list)
    written: set[str] = field(default_factory=set)

    def outside(self, *folders: Path) -> list[str]:
        """Return what was written outside of some folders."""
        inside = tuple(f"{folder}/" for folder in folders)
        return sorted(path for path in self.written if not f"{path}/".startswith((*inside, *_KERNELS)))

    def of_network(self) -> list[str]:
        """Return every sign of a network; empty when all stayed on this computer."""
        foreign = [f"socket {family}" for family in self.families if family != "AF_UNIX"]
        return foreign + self.reached + self.look_ups

    def _take(self, name: str, words: str) -> None:
        self.calls += 1
        if name in ("socket", "socketpair"):
            self.families[words.partition(",")[0]] += 1
        elif name in _OPENING or name in _CHANGING:
            self._take_paths(name, words)
        elif name == "io_uring_setup" or ("sa_family=" in words and "sa_family=AF_UNIX" not in words):
            self.reached.append(f"{name}({words}")
        if any(place in words for place in _LOOK_UPS):
            self.look_ups.append(f"{name}({words}")

    def _take_paths(self, name: str, words: str) -> None:
        if name in _OPENING and name != "creat" and not _WRITES.search(_PATH.sub("", words)):
            return
        paths = [os.path.normpath(Path(at or "/", path)) for at, path in _PATH.findall(words)]
        # The first path of a link is what it points to, which stays as it is.
        self.written |= set(paths[1:] if name in _LINKING else paths)


@cache
def why_no_trace() -> str:
    """Return why strace cannot be used here; empty when it can."""
    return _why_not([*_STRACE, "-o", os.devnull, "true"], "strace")


@cache
def without_network() -> list[str]:
    """Return the words before a command that take every network interface from it."""
    return next((words for words in _CUT_OFF if not _why_not([*words, "true"], "unshare")), _CUT_OFF[0])


@cache
def why_no_network() -> str:
    """Return why a program cannot be cut off from the network here; empty when it can."""
    return _why_not([*without_network(), "true"], "unshare")


def _why_not(command: list[str], name: str) -> str:
    if sys.platform != "linux":
        return f"{name} is of Linux"
    if shutil.which(name) is None:
        return f"{name} is not installed: packaging/test.sh installs it where it may"
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return f"{name} cannot be used here: {done.stderr.strip()}" if done.returncode else ""


def run_traced(command: Sequence[str], file: Path, environment: Mapping[str, str], cwd: Path) -> Trace:
    """Run a command to its end, which must be a good one, and return what it did.

    Args:
        command: Program and arguments.
        file: Where strace writes.
        environment: The whole environment of the command.
        cwd: Its working folder.
    """
    words = [*_STRACE, "-o", str(file), *command]
    done = subprocess.run(
        words, env=dict(environment), cwd=cwd, capture_output=True, text=True, timeout=180, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return read_trace(file)


def read_trace(file: Path) -> Trace:
    """Return what a file of strace's holds."""
    trace = Trace()
    with file.open(encoding="utf-8", errors="replace") as lines:
        for line in lines:
            if found := _LINE.match(line):
                trace._take(*found.groups())
    return trace
