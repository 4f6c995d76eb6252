"""Facts about this build: version and the commit it was made from."""

from __future__ import annotations

import subprocess
from pathlib import Path

from mmdesk import __version__


def version() -> str:
    """Return the program's version."""
    return __version__


def commit() -> str:
    """Return the short commit of a checkout, or an empty text elsewhere."""
    root = Path(__file__).resolve().parents[2]
    if not (root / ".git").exists():
        return ""
    command = ["git", "-C", str(root), "rev-parse", "--short", "HEAD"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=5, check=False)  # noqa: S603  (fixed words)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip()
