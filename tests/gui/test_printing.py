"""The images on paper: case, side, window, date and the purpose are on each sheet."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QImage, QPainter

from mmdesk.support.clock import local_day, utc_now
from mmdesk.ui.printing import sheet
from mmdesk.ui.printing.printing import Printing
from tests.gui.reading_parts import Desk, make_project

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints", "does not support")


@pytest.fixture
def desk(qtbot, tmp_path):
    made = Desk(qtbot, make_project(tmp_path, count=3))
    made.open()
    made.wait(made.page.panes.settled)
    yield made
    made.close()


@pytest.fixture
def printing(desk):
    return desk.page.panes.findChild(Printing)


def sheet_of(desk, printing):
    made = []
    printing.gather(made.append)
    desk.wait(lambda: bool(made))
    return made[0]


def words_on(page, monkeypatch):
    """Return what is written on a sheet, besides what stands in its pictures."""
    said = []
    real = QPainter.drawText

    def draw(self, *arguments):
        said.append(next(part for part in reversed(arguments) if isinstance(part, str)))
        return real(self, *arguments)

    monkeypatch.setattr(sheet.QPainter, "drawText", draw)
    sheet.to_png(page)
    return said


def test_case_side_date_reader_and_purpose_stand_on_it(desk, printing, monkeypatch):
    desk.press("X", "I")
    said = words_on(sheet_of(desk, printing), monkeypatch)
    assert "Case c1" in said
    assert sheet.RESEARCH in said
    assert any(local_day(utc_now()) in words and "read by" in words for words in said)
    captions = [words for words in said if "Left eye (left)" in words or "Right eye (right)" in words]
    assert len(captions) == 2
    assert all("Case c1" in words and "of 64" in words and "inverted" in words for words in captions)
    assert sum("mirrored" in words for words in captions) == 1


def test_the_pictures_are_those_on_the_screen_with_their_plates(desk, printing):
    page = sheet_of(desk, printing)
    assert len(page.pictures) == 2
    for (image, place), pane in zip(page.pictures, desk.page.panes.panes, strict=True):
        assert place == pane.inner().translated(pane.pos())
        assert image.size() == place.size() * sheet.SHARP
        middle = pane.grab().toImage().pixel(pane.width() // 2, pane.height() * 3 // 4)
        assert image.pixel(image.width() // 2, image.height() * 3 // 4) == middle
        plate = image.pixel(sheet.SHARP * 7, sheet.SHARP * 7)
        assert plate != image.pixel(sheet.SHARP * 7, sheet.SHARP * 60)


def test_a_mixed_picture_is_one_with_both_named(desk, printing):
    desk.press("V", "V")
    page = sheet_of(desk, printing)
    assert len(page.pictures) == 1
    assert [words.split(":")[0] for words in page.captions[:2]] == [
        "Case c1, Left eye (left)",
        "Case c1, Right eye (right)",
    ]
    assert page.captions[2].startswith("Swipe")


@pytest.mark.parametrize(("name", "begins"), [("a.pdf", b"%PDF-"), ("a.png", b"\x89PNG")])
def test_it_is_written_whole_and_said(desk, printing, tmp_path, name, begins):
    printing.write(tmp_path / name)
    desk.wait(lambda: any("Saved as" in words for words in desk.said))
    data = (tmp_path / name).read_bytes()
    assert data.startswith(begins)
    if name.endswith("png"):
        assert QImage(str(tmp_path / name)).width() == round(297 / 25.4 * sheet.DOTS)


def test_a_name_without_a_kind_becomes_a_pdf(desk, printing, tmp_path, monkeypatch):
    monkeypatch.setattr(
        "mmdesk.ui.printing.printing.QFileDialog.getSaveFileName",
        lambda *_all: (str(tmp_path / "c1"), "PDF (*.pdf)"),
    )
    desk.keys.trigger("save_images")
    desk.wait((tmp_path / "c1.pdf").exists)


def test_a_folder_that_cannot_be_written_is_said(desk, printing, tmp_path):
    printing.write(tmp_path / "not there" / "a.pdf")
    desk.wait(lambda: any("a.pdf cannot be written" in words for words in desk.said))


def test_a_sheet_goes_to_a_printer(desk, printing, tmp_path, monkeypatch):
    from PySide6 import QtPrintSupport

    def choose(dialog):
        dialog.printer().setOutputFormat(QtPrintSupport.QPrinter.OutputFormat.PdfFormat)
        dialog.printer().setOutputFileName(str(tmp_path / "printed.pdf"))
        return QtPrintSupport.QPrintDialog.DialogCode.Accepted

    monkeypatch.setattr(QtPrintSupport.QPrintDialog, "exec", choose)
    desk.press("Ctrl+P")
    desk.wait((tmp_path / "printed.pdf").exists)
    desk.wait(lambda: (tmp_path / "printed.pdf").read_bytes().rstrip().endswith(b"%%EOF"))


def test_a_case_that_is_left_meanwhile_is_not_printed_with_anothers_images(desk, printing):
    made = []
    desk.wait(lambda: desk.page._loader.get(desk.ids[1]) is not None)
    printing.gather(made.append)
    desk.page.next()
    desk.wait(lambda: any("The case was left" in words for words in desk.said))
    assert made == []
