"""Facts about this build: version, commit, date, and what it can do.

A package carries them in `build.json` beside this package, written when it was built; a
checkout asks git.
"""

from __future__ import annotations

import json
import subprocess
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from mmdesk import __version__

FULL, READER, CHECKOUT = "full", "reader", "checkout"
"""Flavours: everything; everything but training; not a package at all."""

_PACKAGE = Path(__file__).resolve().parents[1]


def version() -> str:
    """Return the program's version."""
    return __version__


def commit() -> str:
    """Return the short commit that this was made from; empty where nobody knows."""
    return _packaged().get("commit") or _commit_of_checkout()


def build_date() -> str:
    """Return the day that the package was built from, `YYYY-MM-DD`; empty in a checkout.

    It is the day of the commit, so that a package can be made again bit by bit.
    """
    return _packaged().get("date", "")


def flavour() -> str:
    """Return `full` or `reader` in a package, else `checkout`."""
    return _packaged().get("flavour", CHECKOUT)


@cache
def can_train() -> bool:
    """Tell whether the libraries that training needs were installed with the program."""
    return find_spec("tensorflow") is not None


@cache
def _packaged() -> dict[str, str]:
    try:
        facts = json.loads((_PACKAGE / "build.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return {str(name): str(value) for name, value in facts.items()}


@cache
def _commit_of_checkout() -> str:
    root = _PACKAGE.parent
    if not (root / ".git").exists():
        return ""
    command = ["git", "-C", str(root), "rev-parse", "--short", "HEAD"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=5, check=False)  # noqa: S603  (fixed words)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip()
