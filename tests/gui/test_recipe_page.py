"""The recipe page: an edit changes drawing and file, what cannot work is refused in its place."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt

from mmdesk.core.fields.schema import Field
from mmdesk.core.job import SilentContext
from mmdesk.core.recipe.recipe import check_recipe, default_recipe, read_recipe
from mmdesk.services.models import training
from mmdesk.services.recipe.recipe import RECIPE_FILE
from mmdesk.ui.kit.keys import send_keys
from mmdesk.ui.parts.number_line import NumberLine
from tests.gui.window_parts import SCHEMA, desk, make_project

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")
__all__ = ["desk"]


@pytest.fixture
def page(desk, tmp_path):
    desk.folder = make_project(tmp_path, 6)
    desk.open(desk.folder)
    send_keys(desk.window, "Ctrl+6")
    page = desk.window.pages.recipe
    desk.qtbot.waitUntil(lambda: page.form is not None and page.form.ready)
    return page


def file_of(desk):
    return desk.folder / RECIPE_FILE


def stored(desk):
    return read_recipe(file_of(desk).read_text("utf-8"))


def type_into(desk, line, text):
    """Type a number and press Enter."""
    line.setFocus()
    line.selectAll()
    desk.qtbot.keyClicks(line, text)
    desk.qtbot.keyClick(line, Qt.Key.Key_Return)


def box_words(page, column):
    return [box.words for box in page.drawing.picture.boxes if box.column == column]


def test_the_page_opens_with_the_recipe_that_fits_the_fields(page, desk):
    assert page.editor.recipe == default_recipe(SCHEMA)
    assert page.stored.text().startswith("The default")
    assert [box.title for box in page.drawing.picture.boxes] == [
        "Left eye",
        "Age",
        "Pretrained backbone",
        "Dense layer",
        "Concatenate",
        "Sick",
    ]
    assert not file_of(desk).exists()
    assert page.go.isEnabled()
    assert not page.default.isEnabled()


def test_a_number_that_is_typed_changes_the_drawing_at_once_and_the_file_soon(page, desk):
    type_into(desk, page.form.cards[1].options.rows["width"].editor, "24")
    assert "width 24" in box_words(page, 1)[1]
    desk.qtbot.waitUntil(file_of(desk).exists)
    assert stored(desk).encoders[1].width == 24
    assert stored(desk) == page.editor.recipe


def test_another_encoder_has_other_settings(page, desk):
    box = page.form.cards[0].inputs["left"].box
    box.setCurrentIndex(box.findData("cnn"))
    box.activated.emit(box.currentIndex())
    assert list(page.form.cards[0].options.rows) == ["width", "size"]
    assert "Network from scratch" in box_words(page, 1)[0]
    desk.qtbot.waitUntil(file_of(desk).exists)
    assert stored(desk).encoders[0].kind == "cnn"


def test_an_input_left_out_stands_apart_and_comes_back(page):
    page.form.encoder_chosen.emit("age", "")
    assert list(page.form.left_out) == ["age"]
    assert [box.name for box in page.drawing.picture.boxes if not box.seen] == ["age"]
    page.form.left_out["age"].chosen.emit("age", "dense")
    assert page.form.left_out == {}
    assert all(box.seen for box in page.drawing.picture.boxes)


def test_what_cannot_work_is_said_in_its_place_and_nothing_is_stored(page, desk):
    picture = page.drawing.picture
    line = page.form.groups["augment"].rows["blur"].editor
    type_into(desk, line, "2")
    trouble = page.form.groups["augment"].rows["variants"].trouble
    assert not trouble.isHidden()
    assert trouble.words.text().startswith("What is frozen looks at each image once")
    assert page.drawing.picture == picture, "the last drawing that works stays"
    assert not page.why.isHidden()
    assert not page.go.isEnabled()
    assert "frozen" in desk.keys.why_not("train_recipe")
    desk.qtbot.wait(500)
    assert not file_of(desk).exists()
    trouble.fix.click()
    assert trouble.isHidden()
    assert page.why.isHidden()
    assert page.editor.recipe.augment.variants == 4
    check_recipe(page.editor.recipe, SCHEMA)
    desk.qtbot.waitUntil(file_of(desk).exists)


def test_a_number_outside_its_range_is_not_taken_and_the_reason_said(page, desk):
    row = page.form.groups["training"].rows["epochs"]
    type_into(desk, row.editor, "0")
    assert row.trouble.words.text() == "Epochs is a whole number between 1 and 10,000."
    assert page.editor.recipe == default_recipe(SCHEMA)
    type_into(desk, row.editor, "12")
    assert row.trouble.isHidden()
    assert page.editor.recipe.training.epochs == 12


def test_undo_and_redo_are_the_pages_own(page, desk):
    type_into(desk, page.form.groups["training"].rows["epochs"].editor, "12")
    type_into(desk, page.form.groups["fusion"].rows["width"].editor, "64")
    desk.qtbot.waitUntil(file_of(desk).exists)
    page.drawing.setFocus()
    send_keys(desk.window, "Ctrl+Z")
    assert page.editor.recipe.fusion.width == 128
    assert page.form.groups["fusion"].rows["width"].editor.text() == "128"
    send_keys(desk.window, "Ctrl+Z")
    assert page.editor.recipe == default_recipe(SCHEMA)
    desk.qtbot.waitUntil(lambda: not file_of(desk).exists())
    send_keys(desk.window, "Ctrl+Y")
    assert page.editor.recipe.training.epochs == 12
    send_keys(desk.window, "P")
    assert page.editor.is_default
    send_keys(desk.window, "Ctrl+Z")
    assert page.editor.recipe.training.epochs == 12
    assert any("Undone: Epochs" in words for words in desk.words)


def test_an_edit_by_hand_is_read_when_the_page_is_shown_again(page, desk):
    type_into(desk, page.form.groups["fusion"].rows["width"].editor, "64")
    desk.qtbot.waitUntil(file_of(desk).exists)
    desk.qtbot.waitUntil(lambda: page.stored.text().startswith("Stored"))
    by_hand = file_of(desk).read_text("utf-8").replace("width = 64", "width = 72 # mine")
    desk.window.show_page("models")
    file_of(desk).write_text(by_hand, encoding="utf-8")
    desk.window.show_page("recipe")
    desk.qtbot.waitUntil(lambda: page.editor.recipe.fusion.width == 72)
    type_into(desk, page.form.groups["fusion"].rows["width"].editor, "80")
    kept = desk.folder / "recipe-by-hand-1.toml"
    desk.qtbot.waitUntil(kept.exists)
    assert kept.read_text("utf-8") == by_hand
    desk.qtbot.waitUntil(lambda: file_of(desk).exists() and stored(desk).fusion.width == 80)


def test_a_file_that_cannot_be_read_says_its_line_and_is_kept(desk, tmp_path):
    folder = make_project(tmp_path, 6)
    (folder / RECIPE_FILE).write_text("[fusion]\nwidth = broad\n", encoding="utf-8")
    desk.open(folder)
    desk.window.show_page("recipe")
    page = desk.window.pages.recipe
    desk.qtbot.waitUntil(lambda: not page.file_words.isHidden() and page.form.ready)
    assert "recipe.toml, line 2" in page.file_words.text()
    assert page.editor.recipe == default_recipe(SCHEMA)
    type_into(desk, page.form.groups["fusion"].rows["width"].editor, "64")
    desk.qtbot.waitUntil((folder / "recipe-by-hand-1.toml").exists)
    desk.qtbot.waitUntil(page.file_words.isHidden)
    assert "broad" in (folder / "recipe-by-hand-1.toml").read_text("utf-8")


def test_arrows_walk_the_drawing_and_enter_edits(page, desk):
    page.drawing.setFocus()
    assert page.drawing.box.title == "Left eye"
    send_keys(desk.window, "Down", "Right")
    assert page.drawing.box.title == "Dense layer"
    assert page.drawing.accessibleDescription().startswith("Encoders: Dense layer")
    send_keys(desk.window, "Enter")
    assert page.form.cards[1].inputs["age"].box.hasFocus()
    page.drawing.setFocus()
    send_keys(desk.window, "Right", "Enter")
    assert page.form.groups["fusion"].rows["merge"].editor.hasFocus()
    desk.qtbot.keyClick(page.form.groups["fusion"].rows["merge"].editor, Qt.Key.Key_Escape)
    assert page.drawing.hasFocus()


def test_letters_choose_in_a_box_and_do_not_train(page, desk):
    asked = []
    page.train_asked.connect(asked.append)
    page.form.groups["fusion"].rows["merge"].setFocus()
    send_keys(desk.window, "T")
    assert asked == []


def test_examples_are_made_and_stepped(page, desk):
    type_into(desk, page.form.groups["augment"].rows["variants"].editor, "2")
    type_into(desk, page.form.groups["augment"].rows["rotation"].editor, "30")
    page.drawing.setFocus()
    send_keys(desk.window, "E")
    view = page.examples
    desk.qtbot.waitUntil(lambda: view.tiles[8].picture is not None)
    assert view.tiles[0].words.text() == "as it is"
    assert all("turned" in tile.words.text() for tile in view.tiles[1:])
    first = [tile.words.text() for tile in view.tiles]
    assert "1 of 6; seed 1" in view.words.text()
    send_keys(desk.window, "D")
    desk.qtbot.waitUntil(lambda: "seed 2" in view.words.text())
    assert [tile.words.text() for tile in view.tiles] != first
    send_keys(desk.window, "C")
    desk.qtbot.waitUntil(lambda: "2 of 6" in view.words.text())
    send_keys(desk.window, "E")
    assert page.views.currentIndex() == 0


def test_train_goes_to_the_models_page_with_the_recipe_of_this_moment(page, desk, monkeypatch):
    asked = []

    def train(project, *, reader, ctx, recipe, **_rest):
        asked.append(recipe)
        raise training.TrainingRefused("Too few cases.", do="Label more.")

    monkeypatch.setattr(training, "train", train)
    type_into(desk, page.form.groups["training"].rows["epochs"].editor, "3")
    page.drawing.setFocus()
    send_keys(desk.window, "T")
    assert desk.window.pages.name == "models"
    models = desk.window.pages.models
    desk.qtbot.waitUntil(lambda: not models.problem.isHidden())
    assert models.problem.text().startswith("Too few cases.")
    default = default_recipe(SCHEMA)
    assert asked == [replace(default, training=replace(default.training, epochs=3))]
    models.recipe.click()
    assert desk.window.pages.name == "recipe"


def test_who_may_only_look_changes_nothing(desk, tmp_path):
    from mmdesk.services.project import open_project

    folder = make_project(tmp_path, 6)
    held = open_project(folder)
    try:
        desk.open(folder)
        desk.window.show_page("recipe")
        page = desk.window.pages.recipe
        desk.qtbot.waitUntil(lambda: page.form is not None and page.form.ready)
        assert not page.form.inside.isEnabled()
        assert not page.go.isEnabled()
        assert page.stored.text() == desk.bridge.session.look_only
    finally:
        held.close()


def test_number_line_steps_reads_commas_and_takes_back(qtbot):
    line = NumberLine("Rate", 0, 1, 0.1, whole=False)
    qtbot.addWidget(line)
    line.show_value(0.2)
    found, refused = [], []
    line.valued.connect(found.append)
    line.refused.connect(refused.append)
    qtbot.keyClick(line, Qt.Key.Key_Up)
    line.setText("0,5")
    qtbot.keyClick(line, Qt.Key.Key_Return)
    line.setText("much")
    qtbot.keyClick(line, Qt.Key.Key_Return)
    qtbot.keyClick(line, Qt.Key.Key_Escape)
    assert line.text() == "0.5"
    for _ in range(9):
        qtbot.keyClick(line, Qt.Key.Key_Up)
    assert found == [0.3, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0]
    assert refused == ["Rate is a number between 0 and 1."]
    line.close()


@pytest.mark.slow
def test_a_recipe_edited_here_is_trained_and_its_candidate_promoted(desk, tmp_path, monkeypatch):
    from mmdesk.ui.parts import ask
    from tests.unit.training_projects import RECORD_ONLY
    from tests.unit.training_projects import make_project as make_records

    project, _facts, _wanted = make_records(tmp_path / "records.mmdesk", 400, schema=RECORD_ONLY)
    folder = project.folder
    project.close()
    desk.open(folder)
    desk.window.show_page("recipe")
    page = desk.window.pages.recipe
    desk.qtbot.waitUntil(lambda: page.form is not None and page.form.ready)
    type_into(desk, page.form.groups["fusion"].rows["width"].editor, "24")
    type_into(desk, page.form.groups["training"].rows["epochs"].editor, "3")
    page.drawing.setFocus()
    send_keys(desk.window, "T")
    models = desk.window.pages.models
    assert not models.training.isHidden()
    desk.qtbot.waitUntil(lambda: models._job is None, timeout=180_000)
    assert models.problem.isHidden(), models.problem.text()
    desk.qtbot.waitUntil(lambda: models.pane._standing is not None, timeout=10_000)
    made = models._version()
    assert (made.id, made.state) == ("v1", "candidate")
    assert made.card.facts["training"]["epochs"] == 3
    written = read_recipe((folder / "models/v1/recipe.toml").read_text("utf-8"))
    assert written == page.editor.recipe
    assert written.fusion.width == 24
    monkeypatch.setattr(ask, "ask_text", lambda *_asked: "as good as it gets")
    models.pane.promote.click()
    desk.qtbot.waitUntil(lambda: models._version().state == "current", timeout=10_000)
    assert desk.bridge.session.project.store.current_version() == "v1"
    desk.qtbot.waitUntil(lambda: not desk.bridge.runner.jobs, timeout=60_000)


def test_examples_follow_a_change_that_cannot_be_trained_yet(page, desk):
    page.show_examples()
    desk.qtbot.waitUntil(lambda: page.examples.tiles[8].picture is not None)
    assert "This recipe changes nothing at random" in page.examples.words.text()
    type_into(desk, page.form.groups["augment"].rows["rotation"].editor, "30")
    assert page.editor.problem is not None
    desk.qtbot.waitUntil(lambda: "turned" in page.examples.tiles[8].words.text())


def test_a_box_that_is_walked_to_comes_into_sight(desk, tmp_path):
    from mmdesk.services.importing.from_table import new_project

    fields = [Field(f"n{place}", "input", "number", (f"N{place}",)) for place in range(20)]
    schema = replace(SCHEMA, fields=(*fields, SCHEMA.fields[-1]))
    table = tmp_path / "many.csv"
    names = ",".join(f"N{place}" for place in range(20))
    table.write_text(f"ID,{names},Sick\n1,{','.join('1' * 20)},1\n2,{','.join('2' * 20)},0\n")
    new_project(tmp_path / "many.mmdesk", table, schema=schema, ctx=SilentContext())
    desk.open(tmp_path / "many.mmdesk")
    desk.window.show_page("recipe")
    page = desk.window.pages.recipe
    desk.qtbot.waitUntil(lambda: page.form is not None and page.form.ready)
    page.drawing.setFocus()
    send_keys(desk.window, *["Down"] * 19)
    assert page.drawing.box.name == "n19"
    bar = page.area.verticalScrollBar()
    assert bar.value() > 0
    send_keys(desk.window, *["Up"] * 19)
    assert bar.value() == 0


def test_a_network_needs_a_file_of_weights_that_is_there(page, desk):
    page.form.encoder_chosen.emit("left", "application")
    trouble = page.form.cards[0].options.rows["weights"].trouble
    assert trouble.words.text().startswith("MobileNetV2 is frozen, so without a file of weights")
    page.form.cards[0].options.rows["weights"].editor.chosen.emit(str(desk.folder / "notop.h5"))
    assert page.editor.recipe.encoders[0].weights == "notop.h5"
    desk.qtbot.waitUntil(lambda: "There is no file notop.h5" in trouble.words.text())
    assert not page.go.isEnabled()
    (desk.folder / "notop.h5").write_bytes(b"")
    desk.window.show_page("models")
    desk.window.show_page("recipe")
    desk.qtbot.waitUntil(lambda: page.editor.problem is None)
    assert trouble.isHidden()
    assert "MobileNetV2, frozen, 96 pixels" in box_words(page, 1)[0]


def test_fields_without_targets_or_inputs_are_told_so(desk, tmp_path):
    from mmdesk.services.importing.from_table import new_project

    schema = replace(SCHEMA, fields=SCHEMA.fields[1:2])
    (tmp_path / "ages.csv").write_text("ID,Age\n1,30\n2,40\n")
    new_project(tmp_path / "ages.mmdesk", tmp_path / "ages.csv", schema=schema, ctx=SilentContext())
    desk.open(tmp_path / "ages.mmdesk")
    desk.window.show_page("recipe")
    page = desk.window.pages.recipe
    desk.qtbot.waitUntil(lambda: page.form is not None and page.form.ready)
    assert "no target" in page.form.troubles[""].words.text()
    assert not page.go.isEnabled()
    page.form.encoder_chosen.emit("age", "")
    assert "would see nothing" in page.form.troubles["encoder"].words.text()
    assert not page.drawing.grab().isNull()
