"""Reading a case: keys, blindness, storing, revealing, undo."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QGuiApplication, QKeyEvent
from PySide6.QtWidgets import QApplication, QWidget

from mmdesk.core.cases.case import TargetPrediction
from mmdesk.core.fields.values import Missing, Reason
from mmdesk.ui.kit.keys import send_keys
from tests.gui.reading_parts import (
    SEVERAL,
    Desk,
    FakePredictor,
    add_model,
    answer,
    make_project,
    store_answers,
)

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")


@pytest.fixture
def desk(qtbot, tmp_path, monkeypatch):
    made = []

    def make(model=True, **options):
        monkeypatch.setattr("mmdesk.services.models.prediction.Predictor", FakePredictor)
        FakePredictor.asked = []
        project = make_project(tmp_path, **options)
        if model:
            add_model(project)
        made.append(Desk(qtbot, project))
        return made[0]

    yield make
    for one in made:
        one.close()


def everything_said(widget):
    """All texts a person or a screen reader could meet."""
    said = []
    for child in [widget, *widget.findChildren(QWidget)]:
        text = getattr(child, "text", None)
        said += [
            child.accessibleName(),
            child.toolTip(),
            text() if callable(text) and child.isVisible() else "",
        ]
        said.append(str(getattr(child, "words", "")) if isinstance(getattr(child, "words", ""), str) else "")
    return " | ".join(part for part in said if part)


def predicted(one, place=0):
    one.wait(lambda: one.ids[place] in FakePredictor.asked)


def revealed(one):
    one.wait(lambda: one.page.dock.targets.prediction is not None)


def test_blind_case_says_nothing_of_the_model(desk):
    one = desk()
    one.open()
    predicted(one)
    one.wait(lambda: not one.bridge.runner.jobs)
    one.press("2")
    QApplication.processEvents()
    said = everything_said(one.page.dock)
    assert "Hidden until you store your label." in said
    assert "%" not in said
    assert "model 82" not in said
    assert "differs" not in said
    assert "v1" not in said
    assert not one.page.dock.targets.take_one.isVisible()


def test_own_label_reveals_and_moves_nothing(desk):
    one = desk()
    one.open()
    group = one.page.dock.targets.groups[0]

    def places():
        parts = [*group.control.rows, one.page.dock.targets.primary, one.page.dock.targets.line, group.header]
        return [(part.mapTo(one.window, part.rect().topLeft()), part.size()) for part in parts]

    one.press("1")
    before = places()
    one.press("Enter")
    revealed(one)
    one.wait(lambda: one.stored() == {"findings": ("Normal",)})
    assert places() == before
    rows = group.control.rows
    assert [row.model.words for row in rows] == ["12 %", "82 %", "61 %"]
    assert [row.model.differs for row in rows] == [True, True, True]
    assert rows[1].accessibleName() == "Cataract, you: no, model 82 %, differs"


def test_script_of_the_guide_three_keys_a_case(desk):
    one = desk()
    one.open()
    one.press("2", "Enter")
    revealed(one)
    assert one.page.case_id == one.ids[0]
    one.press("Enter")
    one.wait_painted(1)
    assert one.stored() == {"findings": ("Cataract",)}
    one.press("3", "Enter")
    revealed(one)
    assert one.stored(1) == {"findings": ("Myopia",)}


def test_a_second_enter_while_the_first_is_being_stored_stores_nothing_more(desk, monkeypatch):
    monkeypatch.setattr("mmdesk.ui.reading.labelling.STORING", 60.0)
    one = desk()
    one.open()
    one.press("2")
    go_on = threading.Event()
    one.bridge.run("Holding the database", lambda _ctx: go_on.wait(20))
    asked = []
    change = one.bridge.change
    monkeypatch.setattr(one.bridge, "change", lambda *a, **k: (asked.append(a), change(*a, **k)))
    one.press("Enter", "Enter", "Enter")
    go_on.set()
    revealed(one)
    assert len(asked) == 1
    assert one.page.case_id == one.ids[0]


def test_enter_without_an_answer_stores_nothing(desk):
    one = desk()
    one.open()
    one.press("Enter")
    assert "Still unread: Findings" in one.page.dock.targets.line.words.text()
    assert one.stored() == {}


def test_taking_the_models_answer_is_stored_and_undone(desk):
    one = desk()
    one.open()
    one.press("1", "Enter")
    revealed(one)
    one.press("A")
    one.wait(lambda: one.stored() == {"findings": ("Cataract", "Myopia")})
    one.press("Enter")
    one.wait_painted(1)
    one.press("Ctrl+Z")
    one.wait_painted(0)
    assert one.stored() == {"findings": ("Normal",)}
    assert any(words.startswith("Undone") and "c1" in words for words in one.said)


def test_a_before_the_own_label_is_refused_in_words(desk):
    one = desk()
    one.open()
    predicted(one)
    one.press("A")
    assert one.said[-1] == "Hidden until you store your label."
    assert one.stored() == {}


def test_model_shown_at_once_when_the_project_says_so(desk):
    one = desk()
    one.bridge.session.project.set_own_read_first(False, "Reader 1")
    one.open()
    revealed(one)
    one.press("Shift+A")
    one.wait(lambda: one.stored() == {"findings": ("Cataract", "Myopia")})
    one.press("Enter")
    one.wait_painted(1)


def test_several_targets_by_six_keys(desk):
    one = desk(schema=SEVERAL)
    one.open()
    targets = one.page.dock.targets
    one.press("0")
    assert targets.draft.target.name == "grade"
    one.press("2")
    assert targets.draft.target.name == "thick"
    one.press("4", "9", "Enter")
    revealed(one)
    assert one.stored() == {"refer": False, "grade": 2, "thick": 49.0}
    assert targets.groups[0].control.model.say() == "model 82 %, differs"
    assert targets.groups[2].control.model.say() == "model 42 (37–47), differs"  # noqa: RUF001
    one.press("Enter")
    one.wait_painted(1)


def test_t_chooses_the_target_and_m_says_cannot_judge(desk):
    one = desk(schema=SEVERAL)
    one.open()
    one.press("T", "M")
    one.press("Shift+T")
    draft = one.page.dock.targets.draft
    assert draft.value("grade") == Missing(Reason.READER)
    assert "cannot judge" in one.page.dock.targets.groups[1].header.accessibleName()


def test_a_number_that_does_not_fit_stays_in_its_field(desk):
    one = desk(schema=SEVERAL)
    one.open()
    one.press("T", "T", "9", "9", "9")
    assert one.page.dock.targets.line.words.text() == "Thickness: 999 is not between 10 and 99."
    one.press("Enter")
    assert one.keys.typing
    one.press("Esc")
    assert not one.keys.typing
    assert one.page.dock.targets.draft.value("thick") is None


def test_an_edit_is_stored_and_the_prediction_struck_until_it_is_new(desk):
    one = desk()
    one.bridge.session.project.set_own_read_first(False, "Reader 1")
    one.open()
    revealed(one)
    FakePredictor.asked = []
    one.press("F2")
    assert one.keys.typing
    one.press("7", "7", "Enter")
    assert not one.keys.typing
    row = one.page.dock.targets.groups[0].control.rows[1]
    assert row.model.stale
    one.wait(lambda: one.ids[0] in FakePredictor.asked)
    one.wait(lambda: not row.model.stale)
    assert one.bridge.session.project.store.case(one.ids[0]).inputs["age"] == 77.0


def test_what_is_typed_goes_to_the_case_it_was_typed_for(desk):
    one = desk()
    one.open()
    one.press("F2", "7", "7")
    one.page.next()
    one.wait_painted(1)
    store = one.bridge.session.project.store
    one.wait(lambda: store.case(one.ids[0]).inputs["age"] == 77.0)
    assert store.case(one.ids[1]).inputs["age"] == 62.0
    assert one.page.dock.form.rows["age"].editor.line.text() == "62"


def test_refer_and_take_it_back(desk):
    one = desk()
    one.open()
    one.press("R")
    one.wait(lambda: one.page.dock.header.word.text() == "referred")
    one.press("R")
    one.wait(lambda: one.page.dock.header.word.text() == "unread")
    one.press("Shift+R", "w", "h", "y", "Enter")
    one.wait(lambda: one.page.view.referred == "why")


def test_drafts_survive_going_away(desk):
    one = desk()
    one.open()
    one.press("3", "J")
    one.wait_painted(1)
    one.press("K")
    one.wait_painted(0)
    assert one.page.dock.targets.draft.value("findings") == ("Myopia",)
    assert one.stored() == {}


def test_missing_image_is_said_with_the_prediction(desk):
    one = desk()
    one.open(1)
    one.press("1", "Enter")
    revealed(one)
    assert one.page.dock.targets.line.words.text() == "Right eye missing. Predicted without it."


def test_unreadable_image_leaves_the_rest_usable(desk):
    one = desk()
    one.open(2)
    pane = one.page.panes.panes[0]
    assert pane.unreadable()
    assert pane.accessibleName().startswith("Case c3, Left eye, left, This image cannot be read")
    pane.setFocus()
    one.press("M")
    store = one.bridge.session.project.store
    one.wait(lambda: store.case(one.ids[2]).inputs["left"] == Missing(Reason.READER))
    one.wait(lambda: "marked missing by a reader" in pane.accessibleName())


def test_last_case_says_so(desk):
    one = desk(count=1)
    one.open()
    one.press("J")
    assert one.said[-1] == "This is the last case of the list."


def test_unread_next_passes_over_read_cases(desk):
    one = desk()
    store_answers(one.bridge, one.ids[1], {"findings": ("Normal",)})
    one.open()
    one.press("Shift+J")
    one.wait_painted(2)


def test_look_only_says_why(desk):
    one = desk()
    one.open()
    one.page._session().project.store.look_only = "Reader 2 has it open."
    one.press("1")
    assert one.said[-1] == "Reader 2 has it open."
    assert not one.page.dock.targets.draft.dirty


def test_tab_walks_panes_record_targets_store(desk):
    one = desk()
    one.open()
    one.wait(one.page.panes.panes[0].isVisible)
    order = []
    one.page.panes.panes[0].setFocus()
    for _ in range(40):
        order.append(QApplication.focusWidget())
        one.press("Tab")
    targets = one.page.dock.targets
    wanted = [
        *one.page.panes.panes,
        one.page.dock.form.rows["age"].editor.line,
        one.page.dock.form.rows["sex"].editor.buttons[0],
        targets,
        targets.groups[0].control.rows[0],
        targets.primary,
        targets.refer_button,
    ]
    places = [order.index(widget) for widget in wanted]
    assert places == sorted(places)


def test_what_if_moves_the_prediction_and_leaves_the_case(desk, monkeypatch):
    asked = []

    def what_if(self, case_id, inputs):
        asked.append(dict(inputs))
        made = answer(self.project, case_id)
        return replace(made, targets={"findings": TargetPrediction((), {"Normal": 0.77, "Cataract": 0.2})})

    monkeypatch.setattr(FakePredictor, "what_if", what_if, raising=False)
    one = desk()
    one.open()
    one.press("Q")
    assert one.said[-1] == "Hidden until you store your label."
    one.press("1", "Enter")
    revealed(one)
    one.press("Q", "F2", "9", "9", "Enter")
    row = one.page.dock.targets.groups[0].control.rows[0]
    one.wait(lambda: row.model.words == "77 %")
    one.page.panes.panes[1].setFocus()
    one.press("M")
    one.wait(lambda: asked == [{"age": 99.0}, {"age": 99.0, "right": Missing(Reason.READER)}])
    one.press("2", "Enter")
    assert "nothing is stored" in one.said[-1]
    one.press("Q")
    assert row.model.words == "12 %"
    assert one.page.dock.form.rows["age"].editor.line.text() == "61"
    store = one.bridge.session.project.store
    assert store.case(one.ids[0]).inputs["age"] == 61.0
    assert one.stored() == {"findings": ("Normal",)}


def test_images_go_to_the_other_monitor_and_come_back_as_they_were(desk, monkeypatch):
    one = desk()
    one.open()
    one.press("Shift+F11")
    assert "only one monitor" in one.said[-1]
    other = QGuiApplication.primaryScreen()
    monkeypatch.setattr(one.page.elsewhere, "_other", lambda: other)
    one.press("Z", "Shift+F11")
    elsewhere = one.page.elsewhere
    one.wait(lambda: elsewhere.window is not None and elsewhere.window.isVisible())
    assert one.page.panes.window() is elsewhere.window
    send_keys(elsewhere.window, "J")
    one.wait_painted(1)
    send_keys(elsewhere.window, "Z")
    scale = one.page.panes.panes[0].view.scale
    elsewhere._on_screen_removed(other)
    assert one.page.panes.window() is one.window
    one.wait(one.page.panes.isVisible)
    assert one.page.case_id == one.ids[1]
    assert one.page.panes.panes[0].view.scale == pytest.approx(scale)


def test_the_next_case_is_there_without_waiting(desk):
    one = desk()
    one.open()
    one.wait(lambda: one.page._loader.get(one.ids[1]) is not None and not one.page.pictures._jobs)
    one.press("J")
    assert one.page.case_id == one.ids[1]
    assert one.page.panes.settled()
    one.wait_painted(1)


def test_a_view_that_comes_late_is_not_shown(desk):
    one = desk()
    one.open()
    one.page.open_case(one.ids[4])
    one.page.open_case(one.ids[5])
    one.wait_painted(5)
    one.wait(lambda: not one.bridge.runner.jobs)
    assert one.page.case_id == one.ids[5]
    assert one.ids[4] not in one.painted


def test_a_label_key_before_or_just_after_the_paint_is_refused(desk):
    one = desk()
    one.keys.guard_ms = 60_000
    one.open()
    one.press("1")
    assert one.said[-1] == "The case has only just appeared. Nothing was labelled. Look, then press the key again."
    assert not one.page.dock.targets.draft.dirty
    one.keys.guard_ms = 0
    one.page.open_case(one.ids[5])
    one.press("1")
    assert not one.page.dock.targets.draft.dirty
    one.wait_painted(5)


def test_a_held_key_labels_once(desk):
    one = desk()
    one.open()
    event = QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_2, Qt.KeyboardModifier.NoModifier, "2", autorep=True, count=1)
    one.press("2")
    QApplication.sendEvent(one.window.windowHandle(), event)
    assert one.page.dock.targets.draft.value("findings") == ("Cataract",)


def test_ctrl_enter_in_a_field_stores_field_and_label_and_goes_on(desk):
    one = desk()
    one.open()
    one.press("1", "F2", "7", "0", "Ctrl+Enter")
    one.wait_painted(1)
    store = one.bridge.session.project.store
    one.wait(lambda: store.case(one.ids[0]).inputs["age"] == 70.0)
    assert one.stored() == {"findings": ("Normal",)}


def test_an_image_that_is_back_is_shown_when_its_case_is_opened_again(desk):
    one = desk()
    one.open(2)
    pane = one.page.panes.panes[0]
    one.wait(lambda: pane.picture.problem() is not None)
    path = one.page._session().project.folder / "images" / "3l.png"
    path.write_bytes((path.parent / "1l.png").read_bytes())
    one.open(3)
    one.open(2)
    one.wait(lambda: one.page.panes.panes[0].picture.problem() is None)
