"""How this program starts a process of its own: the same executable with a hidden subcommand.

A frozen program has no `python -m`, so every helper goes through `mmdesk.__main__`.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from mmdesk.support.offline import SWITCHES


def own_command(subcommand: str) -> list[str]:
    """Return the command that starts this program, frozen or not, with a hidden subcommand.

    On Windows that is the program for terminals: the window's own has no standard streams.
    """
    if getattr(sys, "frozen", False):
        terminal = Path(sys.executable).with_name("mmdesk-cli.exe")
        return [str(terminal) if terminal.exists() else sys.executable, subcommand]
    return [sys.executable, "-m", "mmdesk", subcommand]


def own_environment(**more: str) -> dict[str, str]:
    """Return the environment of such a process: offline, with this package importable from any folder."""
    package_home = str(Path(__file__).resolve().parents[2])
    paths = [package_home, os.environ.get("PYTHONPATH", "")]
    return {**os.environ, **SWITCHES, "PYTHONPATH": os.pathsep.join(path for path in paths if path), **more}
