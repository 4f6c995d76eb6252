"""The command of administrators and packagers: an installed program tries itself."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

from mmdesk.support.unfinished import private_folder


def run(out: Path | None, pictures_of: Callable[[str, Path], list[str]]) -> int:
    """Try the program, say each check on stderr, and write the report as JSON.

    Args:
        out: File of the report; stdout when None.
        pictures_of: Takes pictures of a project's pages in the window into a folder.

    Returns:
        0 when every check passed, else 1.
    """
    from mmdesk.services.selftest import self_test

    def say(line: str) -> None:
        if sys.stderr:  # none behind a window on Windows
            sys.stderr.write(line + "\n")
            sys.stderr.flush()

    with private_folder("mmdesk-selftest-") as folder:
        report = self_test(folder, pictures_of=pictures_of, say=say)
    text = json.dumps(report, indent=1, ensure_ascii=False) + "\n"
    if out:
        out.write_text(text, encoding="utf-8")
    else:
        sys.stdout.write(text)
    return 0 if report["ok"] else 1
