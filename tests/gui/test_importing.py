"""The import page: folders and drops, a look that can be stopped, and the order of dates."""

from __future__ import annotations

import time
from datetime import date
from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QLabel

from mmdesk.core.fields.schema_toml import read_schema
from mmdesk.core.job import Progress, SilentContext
from mmdesk.services.importing import from_table as service
from mmdesk.services.project import open_project
from mmdesk.ui.importing.import_columns import use_of
from tests.corpus.zoo import ZOO
from tests.gui.window_parts import desk, make_table, project
from tests.unit.services.test_import_dicom import put
from tests.unit.services.test_import_identity import SCHEMA as GROUPED

__all__ = ["desk", "project"]
pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")


@pytest.fixture
def page(desk):
    desk.window.show_page("importing")
    return desk.window.pages.importing


def drop(page, path: Path) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    left, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    page.dropEvent(QDropEvent(QPointF(5, 5), Qt.DropAction.CopyAction, data, left, none))


def disc_of(folder: Path, files: int = 3) -> Path:
    disc = folder / "discs" / "one"
    disc.mkdir(parents=True)
    for number in range(files):
        (disc / f"IM{number}").write_bytes(ZOO["ct.dcm"]())
    return disc


def test_a_table_a_folder_and_a_project_can_be_dropped(page, desk, project, tmp_path, qtbot):
    (tmp_path / "more").mkdir()
    drop(page, make_table(tmp_path / "more", 4))
    qtbot.waitUntil(lambda: page.steps.currentIndex() == 1)
    drop(page, disc_of(tmp_path))
    qtbot.waitUntil(lambda: page._look is not None and page._look.because.get("study") is not None)
    assert set(page._look.because.values()) == {"from the DICOM files"}
    other = tmp_path / "discs" / "picture.gif"
    other.write_bytes(b"GIF89a")
    drop(page, other)
    qtbot.waitUntil(lambda: page.problem.text().startswith("picture.gif is no table"))
    with qtbot.waitSignal(desk.bridge.project_opened):
        drop(page, project)
    qtbot.waitUntil(lambda: desk.keys.painted_case is not None)


def test_a_folder_of_dicom_files_is_chosen_and_imported(page, desk, tmp_path, qtbot, monkeypatch):
    disc = disc_of(tmp_path)
    chosen = "mmdesk.ui.shell.project_actions.QFileDialog.getExistingDirectory"
    monkeypatch.setattr(chosen, lambda *_all: str(disc))
    desk.keys.trigger("new_from_folder")
    qtbot.waitUntil(lambda: page.steps.currentIndex() == 1)
    assert page._schema is not None
    assert page._schema.images
    assert not page.main.isEnabled()
    page.target.title.setText("Finding")
    page.target.answers.setText("nodule, none")
    page.target.add.click()
    page.go_on()
    qtbot.waitUntil(lambda: page.steps.currentIndex() == 2)
    assert page.check.summary.text().startswith("1 case")
    with qtbot.waitSignal(page.imported) as imported:
        page.go_on()
    made = open_project(Path(imported.args[0]), look=True)
    assert [(field.title, field.options) for field in made.schema.targets] == [("Finding", ("nodule", "none"))]
    made.close()
    qtbot.waitUntil(lambda: desk.keys.painted_case is not None)


def test_looking_at_a_folder_shows_progress_and_can_be_cancelled(page, desk, tmp_path, qtbot, monkeypatch):
    def endless(path, *, ctx, **_more):
        count = 0
        while True:
            ctx.check_cancelled()
            ctx.progress(Progress(count % 40, 40, "Reading DICOM files"))
            count += 1
            time.sleep(0.005)

    monkeypatch.setattr(service, "look_at", endless)
    page.take_table(disc_of(tmp_path))
    qtbot.waitUntil(lambda: "Reading DICOM files" in page.progress_words.text())
    assert page.back.text() == "Cancel"
    assert not page.main.isEnabled()
    page.go_back()
    qtbot.waitUntil(lambda: page.back.text() == "Back")
    assert page.main.isEnabled()
    assert page.steps.currentIndex() == 0
    assert "Cancelled. Nothing was written." in desk.words


def spoken(folder: Path, dates: tuple[str, ...]) -> Path:
    table = folder / "dates.csv"
    rows = "".join(f"{number},4{number},{day},{number % 2}\n" for number, day in enumerate(dates, 1))
    table.write_text(f"ID,Age,Seen,Diagnosis\n{rows}", encoding="utf-8")
    return table


def test_an_order_of_dates_that_nothing_proves_is_asked_and_kept_to(page, desk, tmp_path, qtbot):
    page.take_table(spoken(tmp_path, ("01/02/2020", "03/04/2021", "05/06/2022", "07/08/2022")))
    qtbot.waitUntil(lambda: page.steps.currentIndex() == 1)
    assert page.questions.dates.isVisible()
    assert "01/02/2020" in page.questions.dates._words.text()
    assert use_of(page._schema, "Seen").startswith("date")
    page._use("Diagnosis", "flag target")
    page.go_on()
    qtbot.waitUntil(lambda: page.steps.currentIndex() == 2)
    assert page.check.found.rowCount() >= 4
    page.questions.dates.buttons[True].click()
    qtbot.waitUntil(lambda: page._job is None and not page.check.found.isVisibleTo(page))
    assert page.questions.dates.isVisible()
    with qtbot.waitSignal(page.imported) as imported:
        page.go_on()
    made = open_project(Path(imported.args[0]), look=True)
    case = made.store.case(made.store.case_id("1"))
    assert date(2020, 2, 1) in (*case.inputs.values(), *case.notes.values())
    made.close()


def test_an_order_that_is_proven_is_not_asked(page, tmp_path, qtbot):
    page.take_table(spoken(tmp_path, ("01/02/2020", "13/04/2021", "05/06/2022", "07/08/2022")))
    qtbot.waitUntil(lambda: page.steps.currentIndex() == 1)
    assert not page.questions.dates.isVisible()


@pytest.mark.parametrize(
    ("answers", "several", "kind"),
    [("", False, "flag"), ("a, b", False, "choice"), ("a, b, a", True, "labels")],
)
def test_a_target_without_a_column_is_added_and_taken_back(page, tmp_path, qtbot, answers, several, kind):
    page.take_table(make_table(tmp_path, 4))
    qtbot.waitUntil(lambda: page.steps.currentIndex() == 1)
    before = page._schema
    page.target.title.setText("Opinion")
    page.target.answers.setText(answers)
    page.target.several.setChecked(several)
    page.target.add.click()
    added = next(field for field in page._schema.targets if field.title == "Opinion")
    assert (added.kind, added.options) == (kind, ("a", "b") if answers else ())
    assert ("Opinion (a, b)" if answers else "Opinion") in page.target.given.text()
    page.go_on()
    qtbot.waitUntil(lambda: page.steps.currentIndex() == 2)
    assert "Opinion" in page.check.plan.text()
    with qtbot.waitSignal(page.imported) as imported:
        page.go_on()
    made = open_project(Path(imported.args[0]), look=True)
    assert any(field.title == "Opinion" and field.kind == kind for field in made.schema.targets)
    made.close()
    page._schema = before
    page.target._on_add()
    page.target.back.click()
    assert all(field.title != "Opinion" for field in page._schema.targets)
    assert "Opinion" not in page.target.given.text()


def test_one_answer_alone_is_no_choice(page):
    page.target.title.setText("Opinion")
    page.target.answers.setText("only")
    assert not page.target.add.isEnabled()


def test_names_that_fit_two_folders_are_asked_about(page, tmp_path, qtbot):
    for site in "AB":
        for number in (1, 2, 3):
            file = tmp_path / "images" / f"site{site}" / f"{number}.png"
            file.parent.mkdir(parents=True, exist_ok=True)
            Image.new("L", (4, 4), 40 * number + ord(site)).save(file)
    table = tmp_path / "t.csv"
    rows = "".join(f"c{n},{n}.png,{n}\n" for n in (1, 2, 3))
    table.write_text("case,file,finding\n" + rows, encoding="utf-8")
    page.take_table(table)
    qtbot.waitUntil(lambda: page.steps.currentIndex() == 1)
    page.go_on()
    qtbot.waitUntil(lambda: page.steps.currentIndex() == 2)
    assert page.choice.isVisible()
    assert not page.main.isEnabled()
    box = page.choice.boxes["file"]
    assert [box.itemText(place) for place in range(box.count())] == [
        "Choose…",
        "images/siteA",
        "images/siteB",
        "Leave these images missing",
    ]
    box.setCurrentIndex(2)
    box.activated.emit(2)
    qtbot.waitUntil(lambda: page._job is None and page.main.isEnabled())
    assert page.check.summary.text() == "3 cases. Every image file is there."
    with qtbot.waitSignal(page.imported) as imported:
        page.go_on()
    made = open_project(Path(imported.args[0]), look=True)
    assert [case.inputs["file"].path for case in made.store.cases()] == [
        f"../images/siteB/{number}.png" for number in (1, 2, 3)
    ]
    made.close()


def grouped(folder: Path, groups, name: str) -> Path:
    """Write a table of cases with numbers alone."""
    table = folder / name
    rows = [f"{n:03},{group},{40 + n},{n % 2}" for n, group in enumerate(groups)]
    table.write_text("\n".join(["case,patient,age,label", *rows]) + "\n", encoding="utf-8")
    return table


def test_names_and_splits_of_known_cases_are_asked_about(page, desk, tmp_path, qtbot):
    schema = read_schema(GROUPED)
    table = grouped(tmp_path, [f"P{n // 2}" for n in range(30)], "a.csv")
    service.new_project(tmp_path / "g.mmdesk", table, schema=schema, ctx=SilentContext())
    desk.open(tmp_path / "g.mmdesk")
    desk.window.show_page("importing")
    store = desk.bridge.session.project.store
    before = {case.name: case.split for case in store.cases()}
    page.take_more(grouped(tmp_path, [f"H{n // 2}" for n in range(30)], "b.csv"))
    qtbot.waitUntil(lambda: page.steps.currentIndex() == 2 and page.known.isVisible())
    assert page.known.names.parentWidget().isHidden()
    assert "would move to another split" in page.known.findChildren(QLabel)[1].text()
    assert not page.main.isEnabled()
    page.known.moves.setCurrentText("Keep cases in their split")
    page.known.moves.activated.emit(page.known.moves.currentIndex())
    qtbot.waitUntil(page.main.isEnabled)
    with qtbot.waitSignal(page.left):
        page.go_on()
    assert {case.group[0] for case in store.cases()} == {"H"}
    assert {case.name: case.split for case in store.cases()} == before

    lost = grouped(tmp_path, [f"H{n // 2}" for n in range(30)], "c.csv")
    lost.write_text(lost.read_text().replace("\n00", "\n"), encoding="utf-8")
    desk.window.show_page("importing")
    page.take_more(lost)
    qtbot.waitUntil(lambda: page.known.isVisible() and not page.main.isEnabled() and page._job is None)
    page.known.names.setCurrentText("They are the same cases")
    page.known.names.activated.emit(1)
    qtbot.waitUntil(page.main.isEnabled)
    assert page._choices().same_ids is True


def test_a_study_that_does_not_fit_the_others_is_asked_about(page, tmp_path, qtbot):
    folder = tmp_path / "mr"
    for patient in range(4):
        for number, words in enumerate(("T1 ax", "T2 ax" if patient else "T2 axial")):
            place = folder / f"{patient}{number}"
            place.mkdir(parents=True)
            put(place, patient, 0, number, series=number, Modality="MR", SeriesDescription=words)
    page.take_table(folder)
    qtbot.waitUntil(lambda: page.steps.currentIndex() == 1 and page._job is None)
    page.target.title.setText("Finding")
    page.target.answers.setText("nodule, none")
    page.target.add.click()
    page.go_on()
    qtbot.waitUntil(lambda: page.steps.currentIndex() == 2 and page._job is None)
    box = page.choice.boxes["studies"]
    said = " ".join(entry.text() for entry in page.choice.findChildren(QLabel))
    assert "1 case does not have the series of the others" in said
    assert "has 'MR t2 axial' and no 't2_ax'" in said
    assert not page.main.isEnabled()
    box.setCurrentIndex(1)
    box.activated.emit(1)
    qtbot.waitUntil(lambda: page._job is None and page.main.isEnabled())
    assert "Left missing: 1 case does not" in page.check.warnings.text()


def test_a_folder_of_pairs_is_read_by_a_pattern_that_can_be_edited(page, tmp_path, qtbot):
    folder = tmp_path / "eyes"
    folder.mkdir()
    for number in range(4):
        for side in "LR":
            Image.new("RGB", (8, 8), (number, ord(side), 0)).save(folder / f"x{number}_{side}.png")
    drop(page, folder)
    qtbot.waitUntil(lambda: page.steps.currentIndex() == 1)
    pattern = page.questions.pattern
    assert (pattern.text(), page.questions.fit.text()) == ("{case}_{image=L|R}", "8 of 8 image files match")
    pattern.setText("x{case}_{image=L|R}")
    pattern.editingFinished.emit()
    qtbot.waitUntil(lambda: page._look is not None and page._look.examples["case"] == ("0", "1", "2"))
    assert page._schema is not None
    assert [field.name for field in page._schema.images] == ["left", "right"]
    page.target.title.setText("Finding")
    page.target.add.click()
    page.go_on()
    qtbot.waitUntil(lambda: page.steps.currentIndex() == 2)
    assert not page.questions.header.isVisible()
    page.go_back()
    pattern.setText("{image}")
    pattern.editingFinished.emit()
    qtbot.waitUntil(lambda: "which part names the case" in page.problem.text())
    assert page.steps.currentIndex() == 1


def test_a_class_that_means_missing_is_made_so_by_a_click(page, tmp_path, qtbot):
    folder = tmp_path / "with_none"
    folder.mkdir()
    for number in range(12):
        Image.new("RGB", (8, 8), (number, 0, 0)).save(folder / f"{number}.png")
    rows = [f"c{number},{number}.png,{('None', 'mild', 'severe')[number % 3]}" for number in range(12)]
    (folder / "t.csv").write_text("\n".join(["id,image,diagnosis", *rows]))
    drop(page, folder)
    qtbot.waitUntil(lambda: page.steps.currentIndex() == 1)
    page.go_on()
    qtbot.waitUntil(lambda: page.steps.currentIndex() == 2)
    (offered,) = page.check.classes
    assert offered.text() == "Count 'None' of diagnosis as missing"
    offered.click()
    qtbot.waitUntil(lambda: not page.check.classes)
    (target,) = page._schema.targets
    assert target.options == ("mild", "severe")
    assert "None" in target.missing
    assert "'None' in 'diagnosis' (4)" in page.check.warnings.text()
