"""Running jobs in the status bar: count, time left, a way to cancel."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QProgressBar, QVBoxLayout, QWidget

from mmdesk.core.job import JobState
from mmdesk.jobs.runner import Job
from mmdesk.ui.kit.bridge import Bridge
from mmdesk.ui.parts.parts import IconButton, label
from mmdesk.words import tr


def time_left(seconds: float | None) -> str:
    """Return a time left in words ("3:10 left"); empty when it cannot be told.

    Example:
        >>> time_left(190.0)
        '3:10 left'
    """
    if seconds is None:
        return ""
    whole = max(1, round(seconds))
    return f"{whole // 60}:{whole % 60:02d} left"


def say_progress(job: Job[Any]) -> str:
    """Return what a job does and how far it is, in words."""
    now = job.progress
    parts = [now.words or job.name]
    if now.total:
        parts.append(tr("{done:,} of {total:,}", done=now.done, total=now.total))
    if left := time_left(job.seconds_left):
        parts.append(left)
    return "  ".join(parts)


class JobLine(QWidget):
    """One job: words, bar, cancel."""

    def __init__(self, job: Job[Any]) -> None:
        super().__init__()
        self.job = job
        self.words = label()
        self.bar = QProgressBar()
        self.bar.setFixedWidth(90)
        self.cancel = IconButton("x", tr("Cancel: {name}", name=job.name), job.cancel, 14)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self.words)
        layout.addWidget(self.bar)
        layout.addWidget(self.cancel)
        self.refresh()

    def refresh(self) -> None:
        """Show the job's progress of this moment."""
        now = self.job.progress
        self.words.setText(say_progress(self.job))
        self.bar.setRange(0, now.total or 0)
        self.bar.setValue(now.done)


class JobsBar(QWidget):
    """The shown jobs: the newest in the status bar, all of them in a panel above it."""

    def __init__(self, bridge: Bridge) -> None:
        super().__init__()
        self._lines: dict[int, JobLine] = {}
        self._listed: dict[int, JobLine] = {}
        self.count = label(kind="quiet")
        self._layout = QHBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.addWidget(self.count)
        self.panel = QFrame(self, Qt.WindowType.Popup)
        self.panel.setProperty("kind", "card")
        self._list = QVBoxLayout(self.panel)
        self._list.setContentsMargins(12, 8, 12, 8)
        self._empty = label(tr("No jobs are running."), kind="quiet")
        self._list.addWidget(self._empty)
        bridge.job_changed.connect(self._on_job)

    @property
    def running(self) -> list[Job[Any]]:
        """The shown jobs that have not ended."""
        return [line.job for line in self._lines.values()]

    def show_panel(self) -> None:
        """List all jobs above the bar."""
        self.panel.adjustSize()
        corner = self.mapToGlobal(self.rect().topRight())
        self.panel.move(corner.x() - self.panel.width(), corner.y() - self.panel.height())
        self.panel.show()

    def _on_job(self, job: Job[Any]) -> None:
        if not job.shown:
            return
        if job.state in (JobState.WAITING, JobState.RUNNING):
            self._add(job)
        elif job.id in self._lines:
            for lines, layout in ((self._lines, self._layout), (self._listed, self._list)):
                line = lines.pop(job.id)
                layout.removeWidget(line)
                line.deleteLater()
        self._arrange()

    def _add(self, job: Job[Any]) -> None:
        if job.id not in self._lines:
            self._lines[job.id], self._listed[job.id] = JobLine(job), JobLine(job)
            self._layout.addWidget(self._lines[job.id])
            self._list.addWidget(self._listed[job.id])
        self._lines[job.id].refresh()
        self._listed[job.id].refresh()

    def _arrange(self) -> None:
        number = len(self._lines)
        self.count.setText("" if number == 0 else "1 job" if number == 1 else f"{number} jobs")
        self._empty.setVisible(number == 0)
        newest = max(self._lines, default=0)
        for number, line in self._lines.items():
            line.setVisible(number == newest)
        self.panel.adjustSize()
