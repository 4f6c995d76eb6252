"""The images of a case as they are displayed, printed or kept as a file."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject, QRect, QTimer
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QFileDialog, QWidget

from mmdesk.core.errors import Situation
from mmdesk.core.job import JobContext
from mmdesk.support.build import version
from mmdesk.support.clock import local_day, local_time, utc_now
from mmdesk.support.files import write_whole
from mmdesk.ui.images import display_lut as toning
from mmdesk.ui.images.pane import GUTTER, Pane
from mmdesk.ui.kit.bridge import Bridge
from mmdesk.ui.kit.keys import Keys
from mmdesk.ui.panes.panes import Panes
from mmdesk.ui.printing import sheet
from mmdesk.words import QT_TR_NOOP, tr

if TYPE_CHECKING:
    from mmdesk.services.cases.reading import CaseView

_NO_CASE: Final = QT_TR_NOOP("No case is open. Choose one in the worklist.")
_COMING: Final = QT_TR_NOOP("An image is still being read. Nothing was printed. Try again in a moment.")
_LEFT: Final = QT_TR_NOOP("The case was left before its images were taken. Nothing was printed. Try again there.")
_KINDS: Final = QT_TR_NOOP("PDF (*.pdf);;PNG picture (*.png)")


class Printing(QObject):
    """Binds printing and keeping the images as displayed.

    Args:
        bridge: The way to the services.
        keys: The dispatcher.
        panes: The images.
        current: Returns the view on the screen, or None.
    """

    def __init__(self, bridge: Bridge, keys: Keys, panes: Panes, current: Callable[[], CaseView | None]) -> None:
        super().__init__(panes)
        self._bridge = bridge
        self._panes = panes
        self._current = current
        keys.bind("print_images", self.print, self._why_not, page="reading")
        keys.bind("save_images", self.save, self._why_not, page="reading")

    def gather(self, then: Callable[[sheet.Sheet], object]) -> None:
        """Make a page with the images as they are displayed, one in each turn of the window.

        Args:
            then: Gets the page, unless the case was left meanwhile.
        """
        panes, view = self._panes, self._current()
        shown: list[QWidget] = [panes.compare] if panes.mixed else list(panes.panes)
        pictures: list[tuple[QImage, QRect]] = []

        def step() -> None:
            now = self._current()
            if view is None or now is None or now.case.id != view.case.id or not panes.settled():
                self._bridge.notices.tell(tr(_LEFT))
                return
            widget = shown[len(pictures)]
            pictures.append((sheet.picture_of(widget), _place(widget)))
            if len(pictures) < len(shown):
                QTimer.singleShot(0, self, step)
            else:
                then(self._sheet(view, pictures))

        step()

    def _sheet(self, view: CaseView, pictures: Sequence[tuple[QImage, QRect]]) -> sheet.Sheet:
        panes, session = self._panes, self._bridge.session
        if session is None:
            raise RuntimeError("no project is open")
        now = utc_now()
        facts = (session.schema.name, tr("read by {reader}", reader=session.reader), local_day(now), local_time(now))
        captions = [caption_of(pane) for pane in panes.panes]
        if panes.mixed:
            captions.append(panes.compare.say())
        words = "   ".join((*facts, tr("mmdesk {version}", version=version())))
        return sheet.Sheet(tr("Case {name}", name=view.case.name), words, tuple(pictures), tuple(captions))

    def save(self) -> None:
        """Choose a file and write the images as displayed into it."""
        view = self._current()
        if view is None:
            return
        proposed = "".join(letter if letter.isalnum() or letter in " -_." else "-" for letter in view.case.name)
        path, kind = QFileDialog.getSaveFileName(
            self._panes, tr("Save the images as displayed"), f"{proposed}.pdf", tr(_KINDS)
        )
        if path:
            file = Path(path)
            if file.suffix.lower() not in (".pdf", ".png"):
                file = file.with_name(file.name + (".png" if "png" in kind else ".pdf"))
            self.write(file)

    def write(self, file: Path) -> None:
        """Write the images as displayed into a PDF or PNG file."""
        self.gather(lambda page: self._write(file, page))

    def _write(self, file: Path, page: sheet.Sheet) -> None:
        def work(_ctx: JobContext) -> None:
            data = sheet.to_png(page) if file.suffix.lower() == ".png" else sheet.to_pdf(page)
            try:
                write_whole(file, data)
            except OSError as why:
                what = tr("{name} cannot be written: {strerror}.", name=file.name, strerror=why.strerror or why)
                raise Situation(what, tr("The case is safe."), tr("Choose another folder.")) from why

        words = tr("Saved as {name}. {research}", name=file.name, research=sheet.RESEARCH)
        self._bridge.run(
            tr("Saving the images"), work, lambda _done: self._bridge.notices.tell(words), lane="background"
        )

    def print(self) -> None:
        """Choose a printer and print the images as displayed."""
        self.gather(self._print)

    def _print(self, page: sheet.Sheet) -> None:
        from PySide6.QtPrintSupport import QPrintDialog, QPrinter

        printer = QPrinter(QPrinter.PrinterMode.HighResolution)
        printer.setPageLayout(sheet.layout_of(page))
        printer.setDocName(page.title)
        dialog = QPrintDialog(printer, self._panes.window())
        if dialog.exec() == QPrintDialog.DialogCode.Accepted:
            self._bridge.run(tr("Printing the images"), lambda _ctx: sheet.paint_on(printer, page), lane="background")

    def _why_not(self) -> str:
        if self._current() is None:
            return tr(_NO_CASE)
        return "" if self._panes.settled() else tr(_COMING)


def caption_of(pane: Pane) -> str:
    """Return what is to be known of a pane's picture: what it is, its window, how it stands."""
    content, shown = pane.content, pane.picture.shown
    if content is None:
        return ""
    name = tr("Case {case}, {title}", case=content.case, title=content.title) + (
        f" ({content.side})" if content.side else ""
    )
    parts = [w for w in (content.changed, pane.marks(), pane.detail() or content.missing) if w]
    if shown is not None and (window := toning.window_of(shown, pane.picture.tone)) is not None:
        unit = f" {shown.facts.unit}" if shown.facts.unit else ""
        parts.append(
            tr(
                "window centre {centre:.6g}, width {width:.6g}{unit}",
                centre=window.centre,
                width=window.width,
                unit=unit,
            )
        )
    return f"{name}: {', '.join(parts)}" if parts else name


def _place(widget: QWidget) -> QRect:
    return QRect(widget.pos(), widget.size()).adjusted(GUTTER, GUTTER, -GUTTER, -GUTTER)
