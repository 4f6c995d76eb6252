"""The one door: the window, a command, or one of the hidden helpers.

The window's way in imports no more than the window itself needs.
"""

from __future__ import annotations

import importlib
import os
import sys
from pathlib import Path

from mmdesk.support.logs import start_logging
from mmdesk.support.paths import demo_dir, is_project
from mmdesk.words import tr


def main(arguments: list[str] | None = None) -> int:
    """Run the program.

    Args:
        arguments: Words after the program's name; those of this process when None.

    Returns:
        The exit code: 0 done, 1 the person's situation, 2 usage, 3 our bug.
    """
    if getattr(sys, "frozen", False):
        importlib.import_module("multiprocessing").freeze_support()
    words = sys.argv[1:] if arguments is None else arguments
    os.umask(0o077)  # what is made, by libraries too, is for this account alone
    start_logging()
    match words:
        case ["worker"]:
            return int(importlib.import_module("mmdesk.modelling.worker").main())
        case ["trusted", folder, *required]:
            inside = importlib.import_module("mmdesk.modelling.trusted.inside")
            return int(inside.main(Path(folder), required=bool(required)))
        case ["decoder"]:
            return int(importlib.import_module("mmdesk.imaging.dicom.decoder_child").main())
        case ["--selftest", *out] if len(out) <= 1:
            from mmdesk.cli import selftest

            return selftest.run(Path(out[0]) if out else None, _screenshots)
    place = _place_for_window(words)
    if place is not None:
        return _window(place or None)
    from mmdesk.cli.app import Doors, run

    return run(words, Doors(window=_window, screenshots=_screenshots))


def _place_for_window(words: list[str]) -> str | None:
    """Return what the window is to open, empty for the start page, None for a command.

    A word that can be no command, as it has an ending or a folder before it, names a file or folder.
    """
    match words:
        case []:
            return ""
        case ["open", path] if not path.startswith("-"):
            return str(_project_at(Path(path)) or path)
        case ["demo"]:
            return str(_demo_made() or "") or None
        case [path] if not path.startswith("-") and (Path(path).suffix or Path(path).name != path):
            return str(_project_at(Path(path)) or path)
        case _:
            return None


def _demo_made() -> Path | None:
    """Return the demo's project if an earlier run made it: then the window opens at once."""
    return next((found.parent for found in demo_dir().glob("*.mmdesk/project.db") if is_project(found.parent)), None)


def _project_at(path: Path) -> Path | None:
    """Return the project that a file manager means by a path: its folder, or a file right in it."""
    folders = (path, path.parent) if path.suffix in (".db", ".toml", ".mmdesk") else ()
    return next((folder for folder in folders if (folder / "project.db").is_file()), None)


def _window(place: str | None) -> int:
    """Open the window with a project or what one is made from, or say why it cannot open."""
    if not _has_display():
        if place and not is_project(Path(place)):
            return _say(*_no_project(Path(place)))
        return _say(
            tr("There is no display here, so the window cannot open."),
            tr("Nothing was changed."),
            tr("Run it on a desktop, or see the commands with: mmdesk --help"),
        )
    try:
        from mmdesk.ui.shell import app
    except ImportError as missing:
        if (missing.name or "").startswith("mmdesk"):
            raise
        return _say(
            tr("The window cannot open: {missing}.", missing=missing),
            tr("Nothing was changed."),
            tr("Install the missing system library; packaging/run.sh does it or names it."),
        )
    return app.run(place)


def _no_project(path: Path) -> tuple[str, str, str]:
    """Say what a path is that is no project, and how a project is made from it."""
    from mmdesk.core.fields.guess import TABLE_ENDINGS

    safe = tr("Nothing was changed.")
    if not path.exists():
        return (
            tr("{path} is not there.", path=path),
            safe,
            tr("Look at its name, or see the commands with: mmdesk --help"),
        )
    if path.is_file() and path.suffix.lower() in TABLE_ENDINGS:
        do = tr("Make a project from it with: mmdesk new {stem}.mmdesk --from {path}", stem=path.stem, path=path)
        return tr("{path} is a table, not a project.", path=path), safe, do
    return tr("{path} is not a project.", path=path), safe, tr("Make one with: mmdesk new NAME.mmdesk --from TABLE")


def _screenshots(project: str, folder: Path, reader: str = "") -> list[str]:
    """Take pictures of the window with a project open, without a display."""
    from mmdesk.ui.shell.screenshots import take

    return take(Path(project), folder, reader)


def _has_display() -> bool:
    if sys.platform != "linux":
        return True
    return any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"))


def _say(*sentences: str) -> int:
    sys.stderr.write(" ".join(sentences) + "\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
