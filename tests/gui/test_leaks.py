"""Before a training the window names the inputs that give a target away, and asks."""

from __future__ import annotations

import pytest

from mmdesk.core.fields.schema_toml import read_schema
from mmdesk.core.job import SilentContext
from mmdesk.services.importing.from_table import new_project
from mmdesk.services.models import training
from mmdesk.ui.parts import ask
from tests.gui.window_parts import desk
from tests.unit.services.test_import_identity import SCHEMA

__all__ = ["desk"]
pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")


@pytest.fixture
def opened(desk, tmp_path, qtbot):
    table = tmp_path / "t.csv"
    rows = [f"c{n},P{n},{40 + 40 * (n % 2)},{n % 2}" for n in range(60)]
    table.write_text("\n".join(["case,patient,age,label", *rows]) + "\n", encoding="utf-8")
    new_project(tmp_path / "g.mmdesk", table, schema=read_schema(SCHEMA), ctx=SilentContext())
    desk.open(tmp_path / "g.mmdesk")
    return desk


def test_recipe_and_models_page_name_it_and_training_asks(opened, qtbot, monkeypatch):
    asked, trained = [], []

    def answered(_parent, _title, words, _verb):
        asked.append(words)
        return len(asked) > 1

    monkeypatch.setattr(ask, "ask_yes", answered)
    monkeypatch.setattr(training, "train", lambda *_args, **_more: trained.append(1) or "v1")
    recipe, models = opened.window.pages.recipe, opened.window.pages.models
    opened.window.show_page("recipe")
    qtbot.waitUntil(recipe.leaks.isVisible)
    assert recipe.leaks.text().startswith("age alone tells label in ")
    opened.window.show_page("models")
    qtbot.waitUntil(models.leaks.isVisible)
    assert models.leaks.text() == recipe.leaks.text()
    models.start_training(recipe.editor.recipe)
    assert asked == [recipe.leaks.text()]
    assert "Nothing is trained" in opened.words[-1]
    models.start_training(recipe.editor.recipe)
    qtbot.waitUntil(lambda: trained == [1])
    assert len(asked) == 2


def test_the_question_can_be_answered_either_way(opened, qtbot):
    dialog = ask.AskYes(opened.window, "Training", "age alone tells label.", "Train all the same")
    qtbot.addWidget(dialog)
    dialog.go.click()
    assert dialog.result() == dialog.DialogCode.Accepted
    dialog.back.click()
    assert dialog.result() == dialog.DialogCode.Rejected
