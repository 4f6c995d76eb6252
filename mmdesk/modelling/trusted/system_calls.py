"""A filter of system calls for a process that runs code by others: no network, no other processes.

Linux only. The filter is a short program that the kernel runs before each call; it cannot be taken off.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import struct
from dataclasses import dataclass

_SHARED = {
    "pidfd_send_signal": 424, "io_uring_setup": 425, "io_uring_enter": 426, "io_uring_register": 427,
    "open_tree": 428, "move_mount": 429, "fsopen": 430, "fsconfig": 431, "fsmount": 432, "fspick": 433,
    "pidfd_open": 434, "pidfd_getfd": 438, "process_madvise": 440, "mount_setattr": 442,
    "process_mrelease": 448, "fchmodat2": 452, "setxattrat": 463, "removexattrat": 466,
}  # fmt: skip
_INTEL = {
    "socket": 41, "connect": 42, "accept": 43, "sendto": 44, "bind": 49, "listen": 50, "fork": 57, "vfork": 58,
    "execve": 59, "chmod": 90, "fchmod": 91, "chown": 92, "fchown": 93, "lchown": 94, "ptrace": 101,
    "setpgid": 109, "setsid": 112, "rt_sigqueueinfo": 129, "utime": 132, "pivot_root": 155, "chroot": 161,
    "mount": 165, "umount2": 166, "setxattr": 188, "lsetxattr": 189, "fsetxattr": 190, "removexattr": 197,
    "lremovexattr": 198, "fremovexattr": 199, "tkill": 200, "utimes": 235, "add_key": 248, "request_key": 249,
    "keyctl": 250, "fchownat": 260, "futimesat": 261, "fchmodat": 268, "unshare": 272, "utimensat": 280,
    "accept4": 288, "rt_tgsigqueueinfo": 297, "perf_event_open": 298, "open_by_handle_at": 304, "setns": 308,
    "process_vm_readv": 310, "process_vm_writev": 311, "kcmp": 312, "bpf": 321, "execveat": 322,
    "userfaultfd": 323,
}  # fmt: skip
_ARM = {
    "setxattr": 5, "lsetxattr": 6, "fsetxattr": 7, "removexattr": 14, "lremovexattr": 15, "fremovexattr": 16,
    "umount2": 39, "mount": 40, "pivot_root": 41, "chroot": 51, "fchmod": 52, "fchmodat": 53, "fchownat": 54,
    "fchown": 55, "utimensat": 88, "ptrace": 117, "tkill": 130, "rt_sigqueueinfo": 138, "setpgid": 154,
    "setsid": 157, "unshare": 97, "socket": 198, "bind": 200, "listen": 201, "accept": 202, "connect": 203,
    "sendto": 206, "add_key": 217, "request_key": 218, "keyctl": 219, "execve": 221, "rt_tgsigqueueinfo": 240,
    "perf_event_open": 241, "accept4": 242, "open_by_handle_at": 265, "setns": 268, "process_vm_readv": 270,
    "process_vm_writev": 271, "kcmp": 272, "bpf": 280, "execveat": 281, "userfaultfd": 282,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Machine:
    """Numbers of a kind of processor: of its calls, and of those that are looked at more closely."""

    audit: int
    refused: dict[str, int]
    seccomp: int
    clone: int
    kill: int
    tgkill: int
    prctl: int
    prlimit: int


_CLONE3 = 435
_MACHINES = {
    "x86_64": _Machine(0xC000003E, _INTEL | _SHARED, 317, 56, 62, 234, 157, 302),
    "aarch64": _Machine(0xC00000B7, _ARM | _SHARED, 277, 220, 129, 131, 167, 261),
}
_ALLOW, _ERRNO, _KILL = 0x7FFF0000, 0x00050000, 0x80000000
_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_NUMBER, _ARCHITECTURE, _FIRST_ARGUMENT = 0, 4, 16
_OTHER_NUMBERING = 0x40000000
_THREAD = 0x00010000
_SET_FILTER, _ALL_THREADS = 1, 1
_NO_NEW_PRIVILEGES = 38
_ON_PARENTS_DEATH = 1
_libc = ctypes.CDLL(None, use_errno=True)


def filter_calls() -> bool:
    """Refuse from here on, in all threads, what reaches outside this process; tell whether that holds."""
    machine = _MACHINES.get(platform.machine())
    if machine is None:
        return False
    _libc.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0)
    code = b"".join(_program(machine, os.getpid()))
    held = ctypes.create_string_buffer(code, len(code))
    given = ctypes.create_string_buffer(struct.pack("HxxxxxxP", len(code) // 8, ctypes.addressof(held)))
    return int(_libc.syscall(machine.seccomp, _SET_FILTER, _ALL_THREADS, given)) == 0


def die_with_parent() -> None:
    """Have the system end this process when the one that started it ends."""
    _libc.prctl(_ON_PARENTS_DEATH, 9, 0, 0, 0)


def _program(machine: _Machine, own: int) -> list[bytes]:
    no = _ERRNO | errno.EPERM
    steps = [
        _step(_LOAD, _ARCHITECTURE),
        *_unless(_EQUAL, machine.audit, _KILL),
        _step(_LOAD, _NUMBER),
        *_when(_AT_LEAST, _OTHER_NUMBERING, no),
        # A library that finds clone3 unknown takes clone, whose flags can be seen here.
        *_when(_EQUAL, _CLONE3, _ERRNO | errno.ENOSYS),
    ]
    for number in sorted(set(machine.refused.values())):
        steps += _when(_EQUAL, number, no)
    steps += _looked_at(machine.clone, _when(_ANY_BIT, _THREAD, _ALLOW), no)
    for number in (machine.kill, machine.tgkill):
        steps += _looked_at(number, _when(_EQUAL, own, _ALLOW), no)
    steps += _looked_at(machine.prlimit, [*_when(_EQUAL, 0, _ALLOW), *_when(_EQUAL, own, _ALLOW)], no)
    steps += _looked_at(machine.prctl, _when(_EQUAL, _ON_PARENTS_DEATH, no), _ALLOW)
    return [*steps, _step(_RETURN, _ALLOW)]


def _looked_at(number: int, tests: list[bytes], otherwise: int) -> list[bytes]:
    """Return the steps for a call that is judged by the lower half of its first argument."""
    inner = [_step(_LOAD, _FIRST_ARGUMENT), *tests, _step(_RETURN, otherwise)]
    return [_step(_EQUAL, number, 0, len(inner)), *inner]


def _when(test: int, value: int, then: int) -> list[bytes]:
    return [_step(test, value, 0, 1), _step(_RETURN, then)]


def _unless(test: int, value: int, then: int) -> list[bytes]:
    return [_step(test, value, 1, 0), _step(_RETURN, then)]


def _step(code: int, value: int, yes: int = 0, no: int = 0) -> bytes:
    return struct.pack("HBBI", code, yes, no, value & 0xFFFFFFFF)
