"""What the administrator of a computer decides for everyone who uses mmdesk on it.

One TOML file in a place that only administrators can write. Without it everything is as
each person sets it. A key that cannot be used is left out and named; the others hold.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Final

from mmdesk.words import QT_TR_NOOP, tr

ALLOW, GUARDED, FORBID = "allow", "guarded", "forbid"
"""What a policy may say of code that comes with a model."""


@dataclass(frozen=True, slots=True)
class Policy:
    """The administrator's decisions.

    Attributes:
        file: Where they stand; None without a policy.
        projects_folder: Where dialogs for projects and tables begin; None: where they were last.
        readers: Names that may label; any name when empty.
        own_read_first: Whether the model's answer is withheld until the reader's own label
            is stored, for every project; None: each project's own rule.
        model_code: Whether code that comes with a model may run by a person's word: `allow`, `guarded` (only
            where this computer shuts it in: no network, no files, no other processes) or `forbid`.
        update_notice: Whether About says where newer versions are found.
        update_place: Where they are found, in the administrator's words.
        problems: One sentence for each key that could not be used.
    """

    file: Path | None = None
    projects_folder: Path | None = None
    readers: tuple[str, ...] = ()
    own_read_first: bool | None = None
    model_code: str = ALLOW
    update_notice: bool = True
    update_place: str = ""
    problems: tuple[str, ...] = field(default=())


def _folder(value: Any) -> Path | None:
    return Path(os.path.expandvars(value)).expanduser() if isinstance(value, str) and value.strip() else None


def _names(value: Any) -> tuple[str, ...] | None:
    if not isinstance(value, list) or not all(isinstance(name, str) and name.strip() for name in value):
        return None
    return tuple(dict.fromkeys(name.strip() for name in value))


def _switch(value: Any) -> bool | None:
    return value if isinstance(value, bool) else None


def _code(value: Any) -> str | None:
    return value if value in (ALLOW, GUARDED, FORBID) else None


def _words(value: Any) -> str | None:
    return value.strip() if isinstance(value, str) else None


KEYS: Final[dict[str, tuple[Callable[[Any], Any], str]]] = {
    "projects_folder": (_folder, QT_TR_NOOP("a folder in quotes")),
    "readers": (_names, QT_TR_NOOP('names in quotes, such as ["Ann", "Ben"]')),
    "own_read_first": (_switch, QT_TR_NOOP("true or false")),
    "model_code": (_code, QT_TR_NOOP('"allow", "guarded" or "forbid"')),
    "update_notice": (_switch, QT_TR_NOOP("true or false")),
    "update_place": (_words, QT_TR_NOOP("words in quotes")),
}
"""How each key is read (None: it cannot be), and what it takes, in words."""


def policy_file() -> Path:
    """Return where the policy stands on this computer, whether or not there is one."""
    if sys.platform == "win32":
        return Path(os.environ.get("PROGRAMDATA", r"C:\ProgramData")) / "mmdesk" / "policy.toml"
    if sys.platform == "darwin":
        return Path(tr("/Library/Application Support/mmdesk/policy.toml"))
    return Path("/etc/mmdesk/policy.toml")


@cache
def policy() -> Policy:
    """Return the policy of this computer, read once.

    Where there is no policy file, `MMDESK_POLICY` may name one, to try it out.
    """
    named = os.environ.get("MMDESK_POLICY", "")
    for path in (policy_file(), *([Path(named)] if named else [])):
        if path.exists():
            found = read_policy(path)
            for problem in found.problems:
                logging.getLogger(__name__).warning("%s", problem)
            return found
    return Policy()


def read_policy(path: Path) -> Policy:
    """Return the policy in a file; what cannot be used is named in its `problems`."""
    import tomllib

    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError) as reason:
        return Policy(
            path,
            problems=(
                tr("The policy {path} cannot be read, so none of it holds: {reason}.", path=path, reason=reason),
            ),
        )
    used: dict[str, Any] = {}
    problems = []
    for key, value in raw.items():
        if key not in KEYS:
            known = ", ".join(KEYS)
            problems.append(
                tr(
                    "The policy {path} has the key {key}, which means nothing here. Known: {known}.",
                    path=path,
                    key=key,
                    known=known,
                )
            )
            continue
        read, takes = KEYS[key]
        understood = read(value)
        if understood is None:
            problems.append(
                tr(
                    "The policy {path} gives {key} a value that it cannot take. It takes {takes}.",
                    path=path,
                    key=key,
                    takes=takes,
                )
            )
        else:
            used[key] = understood
    return Policy(path, **used, problems=tuple(problems))
