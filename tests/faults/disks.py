"""Disks for the tests: one that is full, one that cannot be written."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

MOUNTS = sys.platform == "linux" and os.geteuid() == 0
needs_mounts = pytest.mark.skipif(not MOUNTS, reason="mounting a disk needs root on Linux")


@contextmanager
def disk(place: Path, size: str = "4m") -> Iterator[Path]:
    """Mount a small disk in memory; skip the test where the system does not let us."""
    place.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", place], capture_output=True, check=False
    )
    if done.returncode:
        pytest.skip(f"no disk can be mounted here: {done.stderr.decode().strip()}")
    try:
        yield place
    finally:
        subprocess.run(["umount", "-l", place], check=True)


def fill(place: Path) -> None:
    """Leave no room on a disk."""
    with (place / "fill").open("wb", buffering=0) as file:
        for size in (1 << 16, 1 << 12, 1):
            try:
                while True:
                    file.write(bytes(size))
            except OSError:
                continue


@contextmanager
def read_only(folder: Path, place: Path) -> Iterator[Path]:
    """Show a folder at another place where nothing can be written."""
    place.mkdir(parents=True, exist_ok=True)
    if subprocess.run(["mount", "--bind", folder, place], capture_output=True, check=False).returncode:
        pytest.skip("no folder can be mounted here")
    try:
        subprocess.run(["mount", "-o", "remount,bind,ro", place], check=True)
        yield place
    finally:
        subprocess.run(["umount", "-l", place], check=True)
