"""What is asked about a table: where in its file it stands, and what its cells do not tell."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QLineEdit, QSpinBox, QVBoxLayout, QWidget

from mmdesk.core.fields.kinds_number import read_number
from mmdesk.core.fields.kinds_style import Style
from mmdesk.ui.importing.radio_question import RadioQuestion
from mmdesk.ui.parts.parts import label, row
from mmdesk.words import tr

if TYPE_CHECKING:
    from mmdesk.services.importing.choices import TableChoices
    from mmdesk.services.importing.from_table import ImportReport, TableLook, TablePlace

_LAST_ROW = 1_048_576


class TableQuestions(QWidget):
    """Sheet, header row, pattern of files' names, order of dates, decimal sign.

    Signals:
        moved: The person chose another sheet or header row, or wrote another pattern.
        chosen: The person answered a question.

    Attributes:
        sheet: The sheets of a workbook.
        header: Row of the header.
        pattern: How the names of a folder's files are read.
        dates: The order of dates.
        decimal: What stands before a fraction.
    """

    moved = Signal()
    chosen = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.sheet = QComboBox()
        self.sheet.setAccessibleName(tr("Sheet of the workbook"))
        self.header = QSpinBox()
        self.header.setRange(1, _LAST_ROW)
        self.header.setAccessibleName(tr("Row with the names of the columns"))
        self._sheet_words = label("Sheet")
        self._place = QWidget()
        line = row(self._sheet_words, self.sheet, label(tr("Names of the columns in row")), self.header, 0)
        self._place.setLayout(line)
        self.pattern = QLineEdit()
        self.pattern.setAccessibleName(tr("How the files' names are read"))
        self.pattern.setToolTip(
            tr(
                "A path without its ending. {parts} stand for what differs, * for any text. "
                "{example} reads two images of each case.",
                parts="{case}, {image}, {class}, {group}",
                example="{case}_{image=left|right}",
            )
        )
        self.fit = label(kind="quiet")
        self._pattern_line = QWidget()
        names = row(label(tr("Names of the files")), self.pattern, self.fit)
        names.setStretch(1, 1)
        self._pattern_line.setLayout(names)
        self.dates = RadioQuestion(
            {None: tr("leave missing"), True: tr("read as day, month, year"), False: tr("read as month, day, year")}
        )
        self.decimal = RadioQuestion({".": "", ",": ""}, needed=True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        for part in (self._place, self._pattern_line, self.dates, self.decimal):
            layout.addWidget(part)
        for question in (self.dates, self.decimal):
            question.chosen.connect(self.chosen)
        self.sheet.activated.connect(self._on_sheet)
        self.header.editingFinished.connect(self._on_header)
        self.pattern.editingFinished.connect(self._on_pattern)
        self.begin()

    @property
    def decided(self) -> bool:
        """Whether every question that needs an answer has one."""
        return self.decimal.decided

    def begin(self) -> None:
        """Ask nothing, as for a new table."""
        self._layout_chosen = ("", 0)
        self._found = 0
        self._pattern_chosen = self._pattern_found = ""
        self._place.hide()
        self._pattern_line.hide()
        for question in (self.dates, self.decimal):
            question.begin()

    def choices(self) -> TableChoices:
        """Return what was decided."""
        from mmdesk.services.importing.choices import Layout, TableChoices

        return TableChoices(
            Layout(*self._layout_chosen),
            self.dates.answer,
            self.decimal.answer or "",
            pattern=self._pattern_chosen,
        )

    def offer_look(self, look: TableLook) -> None:
        """Show where the table was found, and ask what a look at it leaves open."""
        self._show_place(look.place)
        self._pattern_found = look.pattern
        self.pattern.setText(look.pattern)
        self.fit.setText(look.fit)
        self._pattern_line.setVisible(bool(look.pattern))
        self._ask(look.either_order, look.either_decimal)

    def offer_report(self, report: ImportReport) -> None:
        """Show where the table was found, and ask what a check of it leaves open."""
        self._show_place(report.place)
        self._ask(report.either_order, report.either_decimal)

    def _ask(self, date: str, number: str) -> None:
        self.dates.offer(tr("Dates such as {date}:", date=date) if date else "")
        read = (
            {sign: tr("read as {read_number:g}", read_number=read_number(number, Style(sign)) or 0) for sign in ".,"}
            if number
            else {}
        )
        self.decimal.offer(tr("Numbers such as {number} have two meanings:", number=number) if number else "", read)

    def _show_place(self, place: TablePlace) -> None:
        self._found = place.header
        self.sheet.clear()
        self.sheet.addItems(place.sheets)
        self.sheet.setCurrentText(place.sheet)
        several = len(place.sheets) > 1
        self.sheet.setVisible(several)
        self._sheet_words.setVisible(several)
        self.header.setValue(max(place.header, 1))
        self._place.setVisible(place.header > 0)

    def _on_sheet(self) -> None:
        self._layout_chosen = (self.sheet.currentText(), 0)
        self.moved.emit()

    def _on_pattern(self) -> None:
        written = self.pattern.text().strip()
        if written != self._pattern_found:
            self._pattern_found = self._pattern_chosen = written
            self.moved.emit()

    def _on_header(self) -> None:
        if self.header.value() != self._found:
            self._found = self.header.value()
            self._layout_chosen = (self.sheet.currentText(), self._found)
            self.moved.emit()
