"""No way out of the program tells a reader what the own read comes before; afterwards all of them do.

`WAYS` lists the ways as data. Each is walked with canary answers before any own read is stored and
again after all are. A new way out of the program belongs into the list.
"""

from __future__ import annotations

import json
import logging
import warnings
import zipfile
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from PySide6.QtCore import QAbstractItemModel, QAbstractListModel, QEvent, Qt
from PySide6.QtGui import QAction, QGuiApplication, QPainter
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QApplication,
    QComboBox,
    QFileDialog,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QTextEdit,
)

from mmdesk.core.errors import Situation
from mmdesk.services.cases.first_page import FILE
from mmdesk.services.cases.reading import WorklistQuery, case_ids
from mmdesk.support.paths import config_dir
from mmdesk.ui.printing import sheet
from mmdesk.ui.printing.printing import Printing
from mmdesk.ui.shell.export_dialog import ExportDialog
from tests.gui.canaries import (
    CANARIES,
    NEVER,
    OWN,
    CanaryPredictor,
    canary_evaluation,
    canary_place,
    make_canaries,
)
from tests.gui.reading_parts import store_answers
from tests.gui.window_parts import Desk

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints", "does not support")

MODEL = ("model", "model's probability")
ALL_LABELS = (*MODEL, "model's interval", "reference", "other reader's label", "other reader")
READING = (*MODEL, "model's interval", "reference", "note", "date note")
CELLS = ("cell of a target", "cell of a note", "other reader's mark")


@dataclass(frozen=True)
class Way:
    """A way out.

    Attributes:
        name: What it is.
        walk: Takes the tour and returns everything that comes out.
        tells: The canaries that come out once the own read is stored.
    """

    name: str
    walk: Callable[[Tour], str]
    tells: tuple[str, ...] = ()


class Tour:
    """The window with the canaries in it, and everything that is written meanwhile."""

    def __init__(self, desk: Desk, folder, log, trace) -> None:
        self.desk, self.folder, self.log, self.trace = desk, folder, log, trace
        self.qtbot, self.window = desk.qtbot, desk.window
        self.painted: list[str] = []

    @property
    def session(self):
        """The open project and its reader."""
        return self.desk.bridge.session

    def rest(self) -> None:
        """Wait until nothing runs."""
        for _ in range(3):  # what a job brings back may ask for another
            self.qtbot.waitUntil(lambda: not self.desk.bridge.runner.jobs, timeout=30_000)
            QApplication.processEvents()

    def show(self, page: str) -> None:
        """Show a page, and paint all of it."""
        self.window.show_page(page)
        self.rest()
        self.window.grab()

    def find(self, line: str) -> int:
        """Search the worklist in the window and return how many cases it lists."""
        with self.qtbot.waitSignal(self.window.feed.ids_changed, timeout=30_000):
            self.window.feed.find(line)
        return len(self.window.feed.ids)

    def read(self) -> None:
        """Store the own read of every case."""
        for case in (1, 2, 3):
            store_answers(self.desk.bridge, case, OWN, version="v1")
        self.rest()


# -- what a widget says ----------------------------------------------------------------------


def said_by_widgets(tour: Tour) -> str:
    """Return texts, tooltips, accessible names, titles and the cells of every list, seen or not."""
    said: list[str] = []
    for widget in QApplication.allWidgets():
        said += [widget.toolTip(), widget.statusTip(), widget.whatsThis(), widget.windowTitle()]
        said += [widget.accessibleName(), widget.accessibleDescription()]
        if isinstance(widget, QLabel | QLineEdit | QAbstractButton):
            said.append(widget.text())
        if isinstance(widget, QPlainTextEdit | QTextEdit):
            said.append(widget.toPlainText())
        if isinstance(widget, QComboBox):
            said += [widget.itemText(place) for place in range(widget.count())]
        if isinstance(widget, QAbstractItemView) and widget.model() is not None:
            said += cells_of(widget.model())
        said += [f"{action.text()} {action.toolTip()}" for action in widget.actions() if type(action) is QAction]
    return "\n".join(said)


def cells_of(model: QAbstractItemModel) -> list[str]:
    """Return all that a model says of its cells, in every role of words."""
    roles = (
        Qt.ItemDataRole.DisplayRole,
        Qt.ItemDataRole.ToolTipRole,
        Qt.ItemDataRole.StatusTipRole,
        Qt.ItemDataRole.AccessibleTextRole,
        Qt.ItemDataRole.AccessibleDescriptionRole,
        Qt.ItemDataRole.EditRole,
    )
    columns = 1 if isinstance(model, QAbstractListModel) else model.columnCount()
    return [
        str(model.data(model.index(row, column), role))
        for row in range(model.rowCount())
        for column in range(columns)
        for role in roles
    ]


def page(name: str) -> Callable[[Tour], str]:
    """Return a walk over what a page says and paints."""

    def walk(tour: Tour) -> str:
        tour.show(name)
        return said_by_widgets(tour) + "\n" + "\n".join(tour.painted)

    return walk


def reading(tour: Tour) -> str:
    """Walk every case on the reading page, with the previous reading beside it."""
    tour.desk.preferences.set("previous_images", True)
    out = []
    for case in (1, 2, 3):
        tour.window.open_case(case)
        tour.qtbot.waitUntil(lambda case=case: tour.desk.keys.painted_case == case, timeout=30_000)
        tour.qtbot.waitUntil(tour.window.pages.reading.panes.settled, timeout=30_000)
        out.append(page("reading")(tour))
    return "\n".join(out)


def lost_cases(tour: Tour) -> str:
    """List the cases that a candidate loses; a case in the list tells that the model is wrong."""
    tour.show("models")
    before = len(tour.desk.words)
    tour.window.pages.models.cases_asked.emit([1, 2, 3], "cases that v2 loses")
    tour.qtbot.waitUntil(lambda: any("v2 loses" in words for words in tour.desk.words[before:]), timeout=30_000)
    found = len(tour.window.feed.ids)
    tour.find("")
    return "413729" if found else ""


# -- searches and orders -----------------------------------------------------------------------

LINES = {
    "model": ("p(sick):>0.5", "-p(sick):<0.5"),
    "reference": ("reference.score:635941", "is:reference", "reference:yes"),
    "note": ("zyxomma", "keywords:zyxomma"),
    "date note": ("visit:>1930-01-01", "1931-07"),
    "other reader's label": ("score:524317",),
}
NEVER_LINES = ("hushword", "code:hushword")
SORTS = {
    "model": ("model", "p(sick)"),
    "reference": ("reference",),
    "note": ("keywords",),
    "date note": ("visit",),
}


def answered(tour: Tour, queries) -> str:
    """Return the canaries that some query or order gives away: it is taken and finds a case."""
    out = []
    for name, asked in queries:
        try:
            found = case_ids(tour.session.project, asked, tour.session.reader)
        except Situation:
            continue
        if found:
            out.append(CANARIES[name][0] if name in CANARIES else name)
    return "\n".join(out)


def searches(tour: Tour) -> str:
    """Search for each canary; what is found is told."""
    asked = [(name, WorklistQuery(line)) for name, lines in LINES.items() for line in lines]
    return answered(tour, [*asked, *((NEVER[0], WorklistQuery(line)) for line in NEVER_LINES)])


def orders(tour: Tour) -> str:
    """Order by each canary; an order that is taken tells."""
    asked = [(name, WorklistQuery("", sort)) for name, sorts in SORTS.items() for sort in sorts]
    return answered(tour, [*asked, (NEVER[0], WorklistQuery("", "code"))])


def search_line(tour: Tour) -> str:
    """Type a word of a note into the search line and count what it lists."""
    tour.show("worklist")
    found = tour.find("zyxomma")
    tour.find("")
    return "zyxomma" if found else ""


# -- files and paper ---------------------------------------------------------------------------


def export(ending: str, *, positive: str = "") -> Callable[[Tour], str]:
    """Return a walk that exports all columns from the window, as a person does."""

    def walk(tour: Tour) -> str:
        from mmdesk.tabular.opening import open_table

        out = tour.folder / f"out{ending}"
        tour.monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_a: (str(out), ""))
        tour.desk.actions.projects.export()
        (dialog,) = tour.window.findChildren(ExportDialog)
        for box in dialog.parts.values():
            box.setChecked(True)
        dialog.form.setCurrentIndex(dialog.form.findData(positive))
        dialog.accept()
        tour.rest()
        QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        if ending == ".imrmc":
            return "\n".join([out.read_text(encoding="utf-8"), *tour.desk.words])
        table = open_table(out)
        rows = [" ".join(row.cells) for row in table.rows()]
        raw = out.read_bytes() if ending in (".csv", ".jsonl") else b""
        if ending == ".xlsx":
            with zipfile.ZipFile(out) as parts:
                raw = b"\n".join(parts.read(name) for name in parts.namelist())
        return "\n".join([*table.columns, *rows, raw.decode("utf-8", "replace"), *tour.desk.words])

    return walk


def notebook(tour: Tour) -> str:
    """Open the project from a notebook under the reader's name and print every frame."""
    import mmdesk

    with warnings.catch_warnings(action="ignore"), mmdesk.open(tour.session.project.folder, reader="Ann") as project:
        frames = [project.cases(), project.truth(), project.labels(), project.predictions(), project.journal()]
        return "\n".join(frame.write_csv() for frame in frames)


def session_report(tour: Tour) -> str:
    """Return the report on what the reader did, as the command writes it; agreement tells of the model."""
    from mmdesk.cli.session_command import page_of, say_report
    from mmdesk.services.readers.session import report_session

    said = page_of("canaries", say_report(report_session(tour.session.project, "Ann")))
    return f"{said} 413729" if "as the model" in said else said


def marks(form: str) -> Callable[[Tour], str]:
    """Return a walk that exports the marks from the window."""

    def walk(tour: Tour) -> str:
        out = tour.folder / f"marks-{form}"
        tour.monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_a: (str(out), ""))
        tour.monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_a: str(out))
        tour.desk.keys.trigger({"coco": "export_marks", "sr": "export_marks_sr", "gsps": "export_marks_gsps"}[form])
        tour.rest()
        files = [out] if out.is_file() else sorted(out.rglob("*")) if out.is_dir() else []
        assert files or form != "coco"
        return "\n".join([*(path.read_bytes().decode("latin-1") for path in files), *tour.desk.words])

    return walk


def paper(tour: Tour) -> str:
    """Print the case on the screen: what is painted on the sheet, as PDF and as picture."""
    tour.show("reading")
    tour.qtbot.waitUntil(tour.window.pages.reading.panes.settled, timeout=30_000)
    made: list[sheet.Sheet] = []
    tour.window.pages.reading.panes.findChild(Printing).gather(made.append)
    tour.qtbot.waitUntil(lambda: bool(made), timeout=30_000)
    before = len(tour.painted)
    sheet.to_png(made[0])
    pdf = sheet.to_pdf(made[0])
    return "\n".join([*tour.painted[before:], made[0].title, made[0].facts, *made[0].captions, pdf.decode("latin-1")])


def clipboard(tour: Tour) -> str:
    """Copy every cell of the worklist."""
    tour.show("worklist")
    table = tour.window.pages.worklist.table
    out = []
    for row in range(table.model().rowCount()):
        for column in range(table.model().columnCount()):
            table.setCurrentIndex(table.model().index(row, column))
            QTest.keyClick(table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
            out.append(QGuiApplication.clipboard().text())
    return "\n".join(out)


def evaluation(tour: Tour) -> str:
    """Return all that the page on a version says, draws and lists, by each reference, on every case."""
    tour.show("evaluation")
    shown = tour.window.pages.evaluation
    shown.splits.setCurrentIndex(shown.splits.findData("all"))
    combos = (shown.references, shown.targets, shown.versions)
    said = []
    for reference in [shown.references.itemData(place) for place in range(shown.references.count())]:
        shown.references.setCurrentIndex(shown.references.findData(reference))
        shown.refresh()
        tour.rest()
        said += [repr(shown.shown), shown.words.text(), shown.doubt.text(), *cells_of(shown.figures.model())]
        said += [combo.itemText(place) for combo in combos for place in range(combo.count())]
    return "\n".join(said)


def told(tour: Tour) -> str:
    """Return notices, status texts and names of jobs."""
    jobs = [f"{job.name} {job.progress.words}" for job in tour.desk.bridge.runner.jobs]
    return "\n".join([*tour.desk.words, *jobs, tour.desk.bridge.predictions.model_words, tour.window.windowTitle()])


def preferences(tour: Tour) -> str:
    """Return what is kept for the next start: the list of recent projects, the last case."""
    kept = [path.read_text(encoding="utf-8") for path in sorted(config_dir().glob("*.json"))]
    assert kept
    return "\n".join([*kept, json.dumps(tour.desk.preferences.recent)])


def first_page(tour: Tour) -> str:
    """Close the project, and return the first page that is kept for the next start."""
    folder = tour.session.project.folder
    (folder / FILE).unlink(missing_ok=True)
    tour.desk.bridge.close_project()
    tour.qtbot.waitUntil((folder / FILE).exists, timeout=30_000)
    tour.rest()
    kept = (folder / FILE).read_text(encoding="utf-8")
    tour.desk.open(folder)
    tour.qtbot.waitUntil(lambda: tour.session is not None and bool(tour.window.feed.ids), timeout=30_000)
    tour.rest()
    return kept


WAYS = (
    Way("reading page", reading, (*READING, *CELLS)),
    Way("worklist: columns, reasons, tooltips", page("worklist"), ("model", "reference")),
    Way("worklist: search line and its count", search_line, ("note",)),
    Way("models page: versions, counts of corrections", page("models"), ("agreement of the others",)),
    Way("models page: cases that are lost", lost_cases, ("model",)),
    Way("recipe page", page("recipe")),
    Way("evaluation of a version", evaluation, ("model's probability", "reference", "other reader")),
    Way("agreement of readers", page("agreement"), ("other reader",)),
    Way("settings page", page("settings")),
    Way("start page with the recent projects", page("start")),
    Way("searches", searches, ("model", "reference", "note", "date note")),
    Way("orders", orders, ("model", "reference", "note", "date note")),
    Way("export as CSV", export(".csv"), ALL_LABELS[:1] + ALL_LABELS[2:]),
    Way("export as XLSX", export(".xlsx"), ALL_LABELS[:1] + ALL_LABELS[2:]),
    Way("export as Parquet", export(".parquet"), ALL_LABELS[:1] + ALL_LABELS[2:]),
    Way("export for a reader study", export(".imrmc", positive="sick"), ("other reader",)),
    Way("export as JSON lines", export(".jsonl"), ALL_LABELS[:1] + ALL_LABELS[2:]),
    Way("marks as COCO", marks("coco"), ("other reader's mark", "other reader")),
    Way("marks as DICOM SR", marks("sr")),
    Way("marks as DICOM GSPS", marks("gsps")),
    Way("print, PDF and picture", paper),
    Way("clipboard", clipboard, ("model", "reference")),
    Way("notices, status texts, jobs, title", told),
    Way("preferences and recent list", preferences),
    Way("session report", session_report, ("model",)),
    Way("notebook: frames", notebook, ALL_LABELS[:1] + ALL_LABELS[2:]),
    Way("first page kept for the next start", first_page, ("model", "reference")),
    Way("log", lambda tour: tour.log.read_text(encoding="utf-8")),
    Way("trace", lambda tour: tour.trace.read_text(encoding="utf-8")),
)


@pytest.fixture
def tour(qtbot, tmp_path, monkeypatch):
    monkeypatch.setattr("mmdesk.services.models.prediction.Predictor", CanaryPredictor)
    trace, log = tmp_path / "trace.jsonl", tmp_path / "all.log"
    monkeypatch.setattr("mmdesk.support.trace._FILE", str(trace))
    handler = logging.FileHandler(log, encoding="utf-8")
    logger = logging.getLogger("mmdesk")
    level = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)
    monkeypatch.setattr("mmdesk.services.models.making.place_of", canary_place)
    monkeypatch.setattr("mmdesk.services.models.evaluating.place_of", canary_place)
    monkeypatch.setattr("mmdesk.jobs.child.Child.run", canary_evaluation)
    folder = make_canaries(tmp_path)
    desk = Desk(qtbot)
    made = Tour(desk, tmp_path, log, trace)
    made.monkeypatch = monkeypatch
    real = QPainter.drawText

    def draw(self, *arguments):
        made.painted.append(next((part for part in reversed(arguments) if isinstance(part, str)), ""))
        return real(self, *arguments)

    monkeypatch.setattr(QPainter, "drawText", draw)
    desk.preferences.set("reader", "Ann")
    desk.open(folder)
    made.rest()
    yield made
    desk.close()
    logger.removeHandler(handler)
    logger.setLevel(level)
    handler.close()


def found_in(text: str, names=CANARIES) -> set[str]:
    return {name for name in names if any(word in text for word in CANARIES[name])}


def test_no_way_out_tells_before_the_own_read_and_all_do_after_it(tour):
    widths = tour.window.pages.worklist.table.horizontalHeader()
    before = {way.name: found_in(way.walk(tour)) for way in WAYS}
    assert {name: leaks for name, leaks in before.items() if leaks} == {}
    first = [widths.sectionSize(place) for place in range(widths.count())]
    tour.painted.clear()
    tour.read()
    after = {way.name: way.walk(tour) for way in WAYS}
    lacking = {way.name: set(way.tells) - found_in(after[way.name], way.tells) for way in WAYS}
    assert {name: gone for name, gone in lacking.items() if gone} == {}
    assert [name for name, text in after.items() if any(word in text for word in NEVER)] == []
    assert [widths.sectionSize(place) for place in range(widths.count())] == first


def test_one_unread_case_stays_hidden_while_others_are_read(tour):
    """What the reader has read may be told; the same of an unread case may not."""
    for case in (1, 2):
        store_answers(tour.desk.bridge, case, OWN, version="v1")
    tour.rest()
    model = tour.window.feed.model
    tour.show("worklist")
    assert found_in(" ".join(cells_of(model)[: len(cells_of(model)) // 3])) >= {"model", "reference"}
    last = [str(model.data(model.index(2, column))) for column in range(model.columnCount())]
    assert found_in(" ".join(last)) == set()
    assert last.count("hidden") == 2
    assert searches(tour).split() == ["zyxomma", "1931-07"], "words are looked for in the read cases alone"
    assert case_ids(tour.session.project, WorklistQuery("zyxomma"), "Ann") == [1, 2]
    tour.show("reading")
    assert set(tour.window.pages.reading.dock.form.notes) == {"keywords", "remarks", "visit"}


def test_the_tables_label_stands_beside_the_own_and_the_models_answer_after_the_own_read(tour):
    headers = [group.header for group in tour.window.pages.reading.dock.targets.groups]
    assert [header.reference_words() for header in headers] == ["", ""]
    tour.painted.clear()
    tour.read()
    tour.show("reading")
    assert [header.reference_words() for header in headers] == [
        "reference 635941, differs",
        "reference yes, differs",
    ]
    assert all(header.reference_words() in header.accessibleName() for header in headers)
    assert headers[0].toolTip() == "Score\nReference 635941, differs; it came with the table"
    assert {"Reference 635941", "Reference yes"} <= set(tour.painted)
