"""Folders of this computer's user: settings, data, logs.

`MMDESK_HOME` puts all of them under one folder, for tests and managed workstations.
"""

from __future__ import annotations

import os
from pathlib import Path


def _folder(kind: str) -> Path:
    if home := os.environ.get("MMDESK_HOME"):
        folder = Path(home) / kind
    else:
        import platformdirs

        dirs = platformdirs.PlatformDirs("mmdesk", appauthor=False)
        folder = Path({"config": dirs.user_config_dir, "data": dirs.user_data_dir, "log": dirs.user_log_dir}[kind])
    folder.mkdir(parents=True, exist_ok=True)
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


def is_project(folder: Path) -> bool:
    """Tell whether a folder is a project, or was one."""
    return any((folder / name).is_file() for name in ("project.db", "project.toml"))
