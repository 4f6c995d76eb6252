"""What keeps code by others from reaching beyond the process that runs it."""

from __future__ import annotations

import os
import sys
import sysconfig
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import mmdesk
from mmdesk.words import tr

MOST_MEMORY = 8 << 30
MOST_FILE = 2 << 30
_NEW_USER, _NEW_NETWORK, _NEW_IPC = 0x10000000, 0x40000000, 0x08000000


@dataclass(frozen=True, slots=True)
class Guards:
    """Which guards this computer offers.

    Attributes:
        network: No connection to anywhere.
        files: Nothing can be written outside its own folder, and only the program's files be read.
        processes: No other process can be started, signalled or looked into.
    """

    network: bool = False
    files: bool = False
    processes: bool = False

    @property
    def whole(self) -> bool:
        """Whether all hold."""
        return self.network and self.files and self.processes

    @classmethod
    def from_json(cls, raw: Mapping[str, object]) -> Guards:
        """Return what a process said of itself."""
        return cls(*(raw.get(name) is True for name in ("network", "files", "processes")))

    def say(self) -> str:
        """Return in words what held the code in, and what did not."""
        held = {
            tr("no network"): self.network,
            tr("no files but its own"): self.files,
            tr("no other processes"): self.processes,
        }
        kept = ", ".join(words for words, one in held.items() if one)
        if self.whole:
            return tr("It ran once, shut in: {kept}; limited in time and memory.", kept=kept)
        if not kept:
            return tr(
                "It ran once with your rights: this system offers nothing that shuts it in; only its time was limited."
            )
        lacks = ", ".join(words for words, one in held.items() if not one)
        return tr(
            "It ran once, shut in only in part: {kept}. This system does not offer: {lacks}.", kept=kept, lacks=lacks
        )


def before_libraries(folder: Path) -> tuple[bool, bool]:
    """Close network and files while there is one thread; return which of the two hold.

    Args:
        folder: The one folder that may be written.
    """
    if sys.platform != "linux":
        return False, False
    import ctypes

    from mmdesk.modelling.trusted.files import restrict_files
    from mmdesk.modelling.trusted.system_calls import die_with_parent

    die_with_parent()
    network = ctypes.CDLL(None).unshare(_NEW_USER | _NEW_NETWORK | _NEW_IPC) == 0
    return network, restrict_files(_program_files(), folder)


def before_code(network: bool, files: bool) -> Guards:
    """Close the rest and limit memory, once the libraries are loaded.

    Args:
        network: The network is closed already.
        files: The files are.
    """
    if sys.platform != "linux":
        return Guards()
    import resource

    from mmdesk.modelling.trusted.system_calls import filter_calls

    pages = int(Path("/proc/self/statm").read_text("ascii").split()[0])
    cap = pages * resource.getpagesize() + MOST_MEMORY
    for limit, most in (
        (resource.RLIMIT_AS, cap),
        (resource.RLIMIT_FSIZE, MOST_FILE),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(limit, (most, most))
    filtered = filter_calls()
    return Guards(network or filtered, files, filtered)


def _program_files() -> list[Path]:
    """Return what Python, its libraries and TensorFlow read; nothing of the person's."""
    prefixes = {sys.prefix, sys.base_prefix, sys.exec_prefix, *sysconfig.get_paths().values()}
    if frozen := getattr(sys, "_MEIPASS", ""):
        prefixes.add(frozen)
    home = Path.home()
    own = [Path(one).resolve() for one in prefixes] + [Path(mmdesk.__file__).resolve().parent]
    own = [one for one in own if one != Path(one.anchor) and not home.is_relative_to(one)]
    system = "/usr /lib /lib32 /lib64 /etc/ld.so.cache /etc/localtime /proc/cpuinfo /proc/meminfo /proc/stat"
    system += f" /proc/{os.getpid()} /sys/devices/system /dev/null /dev/zero /dev/urandom /dev/random"
    return [*own, *map(Path, system.split())]
