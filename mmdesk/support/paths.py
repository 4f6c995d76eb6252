"""Folders of this computer's user: settings, data, logs.

`MMDESK_HOME` puts all of them under one folder, for tests and managed workstations.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from mmdesk.support.files import make_private


def _folder(kind: str) -> Path:
    if home := os.environ.get("MMDESK_HOME"):
        folder = Path(home) / kind
    else:
        import platformdirs

        dirs = platformdirs.PlatformDirs("mmdesk", appauthor=False)
        folder = Path({"config": dirs.user_config_dir, "data": dirs.user_data_dir, "log": dirs.user_log_dir}[kind])
    with suppress(OSError):  # whoever writes there hears of it; whoever only names it goes on
        make_private(folder)
    return folder


def config_dir() -> Path:
    """Return the folder of settings."""
    return _folder("config")


def data_dir() -> Path:
    """Return the folder of data that mmdesk makes for the user, such as the demo."""
    return _folder("data")


def log_dir() -> Path:
    """Return the folder of log files."""
    return _folder("log")


def demo_dir() -> Path:
    """Return where the demo lies that the window opens; it may not be there yet."""
    return data_dir() / "demo"


UNFINISHED = "unfinished"
"""File in a project's folder until all that belongs to it was made."""


def is_unfinished(folder: Path) -> bool:
    """Tell whether a project was begun and not finished, as by a kill."""
    return (folder / UNFINISHED).is_file()


def is_project(folder: Path) -> bool:
    """Tell whether a folder is a project, or was one."""
    return not is_unfinished(folder) and any((folder / name).is_file() for name in ("project.db", "project.toml"))
