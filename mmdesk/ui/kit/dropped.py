"""What a file or a folder is that a person dropped, chose, or named when the program was started."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from mmdesk.core.job import JobContext
from mmdesk.ui.kit.bridge import Bridge
from mmdesk.words import tr


class Dropped:
    """Finds out what a path asks for.

    Args:
        bridge: Where folders are looked through.
        table: Called with a table, or a folder of images or DICOM files, to begin from.
        project: Called with a project's folder.
        tell: Called with why there is nothing to begin from, in words.
    """

    def __init__(
        self,
        bridge: Bridge,
        table: Callable[[str], object],
        project: Callable[[str], object],
        tell: Callable[[str], object],
    ) -> None:
        self._bridge = bridge
        self._table = table
        self._project = project
        self._tell = tell

    def take(self, path: Path) -> None:
        """Do what a path asks for, or say why nothing can be done with it."""
        if path.is_dir() and (path / "project.toml").exists():
            self._project(str(path))
        elif path.is_file() and _is_table(path):
            self._table(str(path))
        elif path.is_dir() and (tables := _tables_in(path)):
            self._table(str(tables[0]))
        elif path.exists():
            self._look_inside(path)
        else:
            self._tell(tr("{path} is not there. Nothing was changed. Look at its name, or choose a table.", path=path))

    def _look_inside(self, path: Path) -> None:
        def work(_ctx: JobContext) -> bool:
            from mmdesk.services.importing.sources.source import can_be_read

            return can_be_read(path)

        def done(found: bool) -> None:
            if found:
                self._table(str(path))
            else:
                self._tell(
                    tr(
                        "{name} is no table, project or folder with a table or images. Nothing was changed. "
                        "Choose a CSV, TSV, XLSX, Parquet or JSONL table, or a folder of images or DICOM files.",
                        name=path.name,
                    )
                )

        self._bridge.run(tr("Looking into the folder"), work, done, lane="background")


def _is_table(path: Path) -> bool:
    from mmdesk.core.fields.guess import TABLE_ENDINGS

    return path.suffix.lower() in TABLE_ENDINGS


def _tables_in(folder: Path) -> list[Path]:
    places = (folder, folder.parent)
    found = (path for place in places for path in sorted(place.iterdir()) if _is_table(path))
    return [path for path in found if path.suffix.lower() != ".txt"]  # which are notes more often than tables
