"""Exporting from the window: choices, the file, and the words of what was left out."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QFileDialog

from mmdesk.core.job import JobContext
from mmdesk.ui.kit.bridge import Bridge
from mmdesk.words import tr

if TYPE_CHECKING:
    from mmdesk.ui.shell.export_dialog import ExportDialog
    from mmdesk.ui.shell.main_window import MainWindow


def begin_export(window: MainWindow, bridge: Bridge) -> None:
    """Ask what is to be exported, then for the file, and write it."""
    from mmdesk.ui.shell.export_dialog import ExportDialog

    session = bridge.session
    if session is None:
        return
    dialog = ExportDialog(window, session.schema, window.feed.search, session.reader)
    dialog.accepted.connect(lambda: _export(window, bridge, dialog))
    dialog.finished.connect(dialog.deleteLater)
    dialog.open()


def _export(window: MainWindow, bridge: Bridge, dialog: ExportDialog) -> None:
    choices, positive, session = dialog.choices, dialog.positive, bridge.session
    first = "study.imrmc" if positive else "labels.csv"
    kinds = tr("Reader studies (*.imrmc *.csv *.xlsx)") if positive else tr("Tables (*.csv *.xlsx *.parquet *.jsonl)")
    path, _ = QFileDialog.getSaveFileName(window, tr("Export labels and predictions"), first, kinds)
    if not path or session is None:
        return

    def work(ctx: JobContext) -> str:
        from mmdesk.services.exporting.mrmc import export_mrmc
        from mmdesk.services.exporting.table import export_project

        if positive:
            study = export_mrmc(session.project, Path(path), positive, ctx=ctx, reader=session.reader, choices=choices)
            return " ".join([study.say(), *study.left_out])
        done = export_project(session.project, Path(path), ctx=ctx, reader=session.reader, choices=choices)
        cases = tr("1 case.") if done.rows == 1 else tr("{rows:,} cases.", rows=done.rows)
        return f"{cases} {done.say()}".strip()

    def done(said: str) -> None:
        words = (tr("Exported to {name}.", name=Path(path).name), said, tr("For research use only."))
        bridge.notices.tell(" ".join(part for part in words if part))

    bridge.run("Exporting", work, done, lane="background", shown=True)
