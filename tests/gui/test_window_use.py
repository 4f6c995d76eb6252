"""What a person met while using the window, and how it is now."""

from __future__ import annotations

import gc
import weakref
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QPushButton, QWidget
from shiboken6 import delete

from mmdesk.core.cases.case import Prediction, TargetPrediction
from mmdesk.core.errors import ImageProblem
from mmdesk.core.fields.schema import Field, Schema
from mmdesk.core.versions.card import Card
from mmdesk.core.versions.version import VersionRow
from mmdesk.ui.bars.palette import Palette
from mmdesk.ui.images.pictures import DecodedImage, Pictures, Source, Wanted
from mmdesk.ui.kit import theme
from mmdesk.ui.kit.bridge import Bridge
from mmdesk.ui.kit.keys import Keys, send_keys
from mmdesk.ui.kit.notices import Notices
from mmdesk.ui.kit.preferences import Preferences
from mmdesk.ui.models.version_card import VersionCard
from mmdesk.ui.parts.flow import Flow
from mmdesk.ui.parts.side_by_side import SideBySide
from mmdesk.ui.record.record_form import RecordForm
from mmdesk.ui.record.set_field import SetField, settable
from mmdesk.ui.targets.draft import Draft
from mmdesk.ui.targets.model_cell import percent
from mmdesk.ui.targets.target_group import TargetGroup
from mmdesk.ui.targets.target_rows import AnswerRow
from mmdesk.ui.targets.targets_panel import TargetsPanel
from tests.gui.reading_parts import store_answers
from tests.gui.window_parts import desk, project

__all__ = ["desk", "project"]
pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")

WORDY = Schema(
    "Wordy",
    "ID",
    "ID",
    (
        Field("visit", "input", "date", ("Visit",), label="Last ophthalmologic visit"),
        Field("keywords", "note", "text", ("K",), label="Right diagnostic keywords"),
        Field(
            "findings",
            "target",
            "labels",
            ("N",),
            label="Findings",
            options=("Normal", "Age related degeneration"),
        ),
    ),
)


def test_the_models_number_is_taken_with_the_digits_that_were_shown():
    thick = Field("thick", "target", "number", ("T",), min=100, max=500)
    said = Prediction(1, "v1", {"thick": TargetPrediction(256.1573181, {}, 238.1, 274.2)}, at="")
    assert Draft((thick,)).taken(said, only_active=True) == {"thick": 256.0}
    near = Prediction(1, "v1", {"thick": TargetPrediction(2.34567, {}, 2.0, 2.3)}, at="")
    assert Draft((thick,)).taken(near, only_active=True) == {"thick": 2.35}


@pytest.mark.parametrize(
    ("share", "words"), [(0.0, "0 %"), (0.004, "<1 %"), (0.5, "50 %"), (0.996, ">99 %"), (1.0, "100 %")]
)
def test_what_is_not_quite_nothing_or_all_does_not_look_like_it(share, words):
    assert percent(share) == words


def test_no_word_of_a_title_is_cut_in_the_record(qtbot):
    form = RecordForm()
    qtbot.addWidget(form)
    form.set_schema(WORDY)
    form.resize(320, 300)
    form.show()
    titles = [form.rows["visit"].title, form.notes["keywords"].title]
    assert len({title.width() for title in titles}) == 1
    for title in titles:
        assert all(title.fontMetrics().horizontalAdvance(word) <= title.width() for word in title.text().split())
        assert title.wordWrap()
        assert title.width() <= form.viewport().width() // 2


def test_long_answers_have_room_because_the_difference_is_a_shape_alone(qtbot):
    short = Schema("Short", "ID", "ID", (Field("g", "target", "grade", ("G",), options=("none", "mild")),))
    panel = TargetsPanel(lambda _name: "")
    qtbot.addWidget(panel)
    panel.set_schema(short)
    wide = panel.findChild(AnswerRow).model.column()
    panel.set_schema(WORDY)
    rows = panel.groups[0].findChildren(AnswerRow)
    assert all(row.model.compact and row.model.column() < wide for row in rows)
    rows[1].model.show_share(0.6, differs=True, stale=False)
    assert "differs" in rows[1].model.say()


def test_a_wrong_value_low_in_the_record_is_explained_in_sight(desk, project, qtbot):
    desk.open(project)
    form = desk.window.pages.reading.dock.form
    form.setFixedHeight(34)
    send_keys(desk.window, "F2")
    row = form.rows["age"]
    row.editor.line.setText("old")
    send_keys(desk.window, "Enter")
    assert row.problem.isVisible()
    qtbot.waitUntil(lambda: form.verticalScrollBar().value() > 0)


def test_the_models_page_counts_what_was_read_meanwhile(desk, project, qtbot):
    desk.open(project)
    desk.window.show_page("models")
    page = desk.window.pages.models
    qtbot.waitUntil(lambda: page.finetune.text().startswith("Train on 0"))
    desk.window.show_page("reading")
    store_answers(desk.bridge, desk.keys.painted_case, {"sick": True})
    qtbot.waitUntil(lambda: desk.bridge.saved_at != "")
    desk.window.show_page("models")
    qtbot.waitUntil(lambda: page.finetune.text().startswith("Train on 1"))


def test_the_word_that_is_not_known_is_underlined(desk, project, qtbot):
    desk.open(project)
    desk.window.show_page("worklist")
    page = desk.window.pages.worklist
    page.line.setText("is:unread agee:40")
    page._search_now()
    qtbot.waitUntil(page.problem.isVisible)
    assert "'agee'" in page.problem.text()
    assert page.underlined == "agee"
    page.line.setText("age:[20,25]")
    page._search_now()
    qtbot.waitUntil(lambda: not page.problem.isVisible())
    assert page.underlined == ""


def test_a_field_is_set_for_the_chosen_cases_and_one_undo_takes_it_back(desk, project, qtbot, monkeypatch):
    desk.open(project)
    desk.window.show_page("worklist")
    page = desk.window.pages.worklist
    qtbot.waitUntil(lambda: page.count.text() == "12 cases")
    page.table.selectAll()
    asked = []

    def answer(dialog: SetField) -> int:
        asked.append(dialog.question.text())
        dialog.editor.line.setText("44")
        dialog.editor.enter()
        return 1

    monkeypatch.setattr(SetField, "exec", answer)
    page.set_button.click()
    assert asked == ["Set Age for 12 cases? One undo takes it back."]
    store = desk.bridge.session.project.store
    qtbot.waitUntil(lambda: {case.inputs["age"] for case in store.cases()} == {44.0})
    desk.keys.trigger("undo")
    qtbot.waitUntil(lambda: {case.inputs["age"] for case in store.cases()} == {20.0 + n for n in range(1, 13)})


def test_setting_a_field_without_a_value_says_so_and_closes_nothing(qtbot):
    parent = QWidget()
    qtbot.addWidget(parent)
    fields = settable(WORDY.record)
    dialog = SetField(parent, fields, 1)
    dialog.ok.click()
    assert "has no value yet" in dialog.problem.text()
    assert dialog.result() == 0
    assert dialog.question.text() == "Set Last ophthalmologic visit for 1 case? One undo takes it back."
    assert dialog.findChildren(QLabel)


def test_the_palette_lists_what_is_named_so_before_what_is_only_related(desk, project):
    desk.open(project)
    palette = Palette(desk.keys, desk.preferences, desk.window)
    palette.search("fine-tune")
    assert palette.list.item(0).text().startswith("Fine-tune on corrections")
    palette.search("versions")
    assert palette.list.item(0).text().startswith("Models page")


def test_a_table_without_images_says_so_and_may_be_imported(desk, tmp_path, qtbot):
    table = tmp_path / "plain.csv"
    table.write_text("ID,Age,Diagnosis\n1,40,a\n2,50,b\n3,61,a\n4,52,b\n", encoding="utf-8")
    desk.window.show_page("importing")
    page = desk.window.pages.importing
    page.take_table(table)
    qtbot.waitUntil(lambda: page.steps.currentIndex() == 1)
    assert page.problem.text().startswith("No column matches image files")
    page._use("Diagnosis", "choice target")
    assert page.problem.text().startswith("No column matches image files")
    assert page.main.isEnabled()
    page.go_on()
    qtbot.waitUntil(lambda: page.steps.currentIndex() == 2)
    assert "Targets: Diagnosis." in page.check.plan.text()
    assert "plain.mmdesk" in page.check.plan.text()


def test_a_cards_lines_stay_short(qtbot):
    card = VersionCard()
    qtbot.addWidget(card)
    card.resize(2000, 400)
    card.show()
    assert card.lineWrapColumnOrWidth() <= card.fontMetrics().averageCharWidth() * 90
    card.resize(300, 400)
    qtbot.waitUntil(lambda: card.lineWrapColumnOrWidth() <= 300)


def test_a_card_shows_standing_origin_and_figures_with_their_intervals(qtbot):
    card = VersionCard()
    qtbot.addWidget(card)
    figures = [{"metric": "sick AUC", "value": 0.87654, "low": 0.8, "high": 0.9, "n": 40}]
    facts = {"evaluation": {"figures": figures}, "reader": "Ada"}
    card.show_version(VersionRow("v2", "Second", "candidate", parent="v1", card=Card.from_json(facts)))
    shown = card.toPlainText()
    assert shown.startswith("Second")
    for words in ("v2, candidate.", "Made from v1 by Ada", "0.877", "0.8 to 0.9", "research use"):
        assert words in shown
    card.show_version(None)
    assert not card.toPlainText()


@pytest.mark.parametrize("way", ["forgotten", "deleted"])
def test_focus_that_moves_after_the_dispatcher_is_gone_is_told_to_nobody(qtbot, way):
    keys, line, typing = Keys(Preferences(), Notices()), QLineEdit(), []
    qtbot.addWidget(line)
    keys.typing_changed.connect(typing.append)
    app = QApplication.instance()
    app.focusChanged.emit(None, line)
    assert typing == [True]
    if way == "deleted":
        delete(keys)
    else:
        gone = weakref.ref(keys)
        del keys
        gc.collect()
        assert gone() is None
    app.focusChanged.emit(line, None)
    assert typing == [True]


def test_worklist_and_record_change_sides_together(desk, project, qtbot):
    desk.window.resize(1700, 800)
    desk.open(project)
    strip, images, dock = desk.window.strip, desk.window.pages.reading.panes, desk.window.pages.reading.dock

    def order():
        places = {"strip": strip, "images": images, "dock": dock}
        return sorted(places, key=lambda name: places[name].mapTo(desk.window, QPoint()).x())

    assert order() == ["strip", "images", "dock"]
    desk.preferences.set("dock_side", "left")
    qtbot.waitUntil(lambda: order() == ["dock", "images", "strip"])
    assert 180 <= strip.width() <= 480
    desk.preferences.set("dock_side", "right")
    qtbot.waitUntil(lambda: order() == ["strip", "images", "dock"])


@pytest.mark.parametrize("readable", [False, True])
def test_a_picture_that_comes_after_closing_finds_nobody_and_troubles_nobody(qtbot, readable):
    bridge = Bridge(Preferences(), Notices())
    bridge.set_warm()

    def read(wanted, *_told):
        if readable:
            return DecodedImage(QImage(4, 4, QImage.Format.Format_RGB32), (4, 4), whole=True)
        raise ImageProblem("The file ends early.")

    pictures = Pictures(bridge.run, read=read)
    source = Source(Path("eye.png"))
    pictures.want(Wanted(source, (4, 4)))
    (job,) = bridge.runner.jobs
    assert job.over.wait(5)
    bridge.close()
    delete(pictures)
    QApplication.processEvents()
    assert pictures.problem(source) is None
    assert pictures._bytes == 0


@pytest.mark.parametrize("scale", [1.0, 2.0])
def test_no_row_moves_while_a_number_is_typed_even_where_it_does_not_fit(qtbot, scale):
    theme.apply(QApplication.instance(), "dark", scale)
    try:
        panel = TargetsPanel(lambda name: "")
        qtbot.addWidget(panel)
        thick = Field("thick", "target", "number", ("T",), min=10, max=99)
        panel.set_schema(Schema("x", "ID", "ID", (WORDY.targets[0], thick)))
        panel.show_case(Draft(panel._schema.targets), None, reference={}, hidden=True, referred=False, look_only="")
        panel.resize(400, 700)
        panel.show()

        def places():
            QApplication.processEvents()
            return [(part.geometry(), part.sizeHint().height()) for part in panel.findChildren(TargetGroup)]

        editor = panel.groups[1].control.editor
        before = places()
        for text in ("4", "42", "999"):
            editor.line.setText(text)
            editor.line.textEdited.emit(text)
            assert places() == before
        assert editor.line.property("problem")
    finally:
        theme.apply(QApplication.instance(), "dark")


def test_a_bar_breaks_into_lines_instead_of_cutting_its_words(qtbot):
    bar = QWidget()
    qtbot.addWidget(bar)
    flow = Flow(bar, (4, 1), 2)
    buttons = [QPushButton(words) for words in ("Side by side", "Image", "Linked", "Marks")]
    for button in buttons:
        flow.addWidget(button)
    bar.resize(flow.sizeHint())
    bar.show()
    tops = {button.y() for button in buttons}
    assert len(tops) == 1
    bar.resize(flow.sizeHint().width() // 2, flow.heightForWidth(flow.sizeHint().width() // 2))
    QApplication.processEvents()
    assert len({button.y() for button in buttons}) > 1
    assert all(button.width() == button.sizeHint().width() for button in buttons)
    assert all(bar.rect().contains(button.geometry()) for button in buttons)
    buttons[0].hide()
    assert flow.heightForWidth(10_000) == flow.sizeHint().height()
    bar.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    bar.resize(flow.sizeHint())
    QApplication.processEvents()
    assert buttons[3].x() < buttons[2].x() < buttons[1].x()


def test_a_row_from_right_to_left_is_painted_the_other_way_round_and_images_never(qtbot):
    def painted(direction):
        row = AnswerRow("", "", single=False)
        qtbot.addWidget(row)
        row.setLayoutDirection(direction)
        row.resize(300, 28)
        row.show_mine(True)
        row.model.show_share(0.5, differs=False, stale=False)
        row.show()
        qtbot.waitExposed(row)
        return row, row.grab().toImage()

    left, one = painted(Qt.LayoutDirection.LeftToRight)
    right, other = painted(Qt.LayoutDirection.RightToLeft)
    assert left.model.geometry().right() == 299
    assert right.model.geometry().left() == 0
    rows = range(one.height())
    own = range(left.model.width(), 300)
    assert all(one.pixel(299 - x, y) == other.pixel(x, y) for x in own for y in rows)
    panes, dock = QWidget(), QWidget()
    sides = SideBySide(panes, dock, Preferences())
    qtbot.addWidget(sides)
    sides.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    assert not panes.isRightToLeft()
    assert dock.isRightToLeft()


def test_a_stylesheet_from_right_to_left_keeps_room_at_the_other_side():
    qss = "{ padding: 2px 20px 2px 6px; right: 4px; border-left: 3px; margin: 4px 8px; }"
    other = "{ padding: 2px 6px 2px 20px; right: 4px; border-right: 3px; margin: 4px 8px; }"
    assert theme.mirrored(qss) == other
