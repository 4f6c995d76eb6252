"""Code that comes with a model is shown, and runs only by a reason and a button."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QWidget

from mmdesk.core.errors import RunsCode, Situation
from mmdesk.core.job import SilentContext
from mmdesk.services.models import trusting
from mmdesk.services.models.trusting import MakersCode
from mmdesk.support.policy import Policy
from mmdesk.ui.models.adding_model import AddingModel
from mmdesk.ui.models.trust_dialog import TrustDialog

pytestmark = pytest.mark.gui
PROBLEM = RunsCode(
    "This model file was not taken: it holds a Lambda layer.",
    "Nothing of it was run.",
    "In place of fusion write: keras.ops.abs(a - b).",
    'a Lambda layer\nOwn>Distance\n{"class": 1}',
)


class Bridge:
    """Does the work at once and tells what came of it."""

    def __init__(self) -> None:
        self.session = None
        self.names: list[str] = []

    def run(self, name, work, then=None, *, failed=None, **_more):
        self.names.append(name)
        try:
            made = work(SilentContext())
        except Situation as why:
            failed(why)
        else:
            then(made)


@pytest.fixture
def dialog(qtbot):
    parent = QWidget()
    qtbot.addWidget(parent)
    asked = TrustDialog(parent, "net.keras", PROBLEM, "It runs once.")
    yield asked
    asked.close()


def test_the_code_is_shown_and_a_reason_opens_the_button(dialog, qtbot):
    assert not dialog.run.isEnabled()
    dialog.show_code(MakersCode(Path("layers.py"), "import keras", "ab" * 32))
    assert dialog.text.toPlainText() == "import keras"
    assert dialog.text.isReadOnly()
    assert "layers.py" in dialog.about.text()
    assert "abab" in dialog.about.text()
    assert not dialog.run.isEnabled(), "seeing it is not vouching for it"
    dialog.why.setText("   ")
    assert not dialog.run.isEnabled()
    dialog.why.setText(" by Ann ")
    qtbot.mouseClick(dialog.run, Qt.MouseButton.LeftButton)
    assert dialog.result() == TrustDialog.DialogCode.Accepted
    assert (dialog.reason, dialog.code.sha256) == ("by Ann", "ab" * 32)


def test_code_that_cannot_be_shown_takes_the_earlier_one_away(dialog):
    dialog.show_code(MakersCode(Path("layers.py"), "import keras", "ab" * 32))
    dialog.say("other.py cannot be read.")
    assert dialog.code is None
    assert not dialog.text.toPlainText()
    assert not dialog.words.isHidden()


def test_the_page_reads_the_file_and_runs_what_was_shown(qtbot, tmp_path, monkeypatch):
    parent = QWidget()
    qtbot.addWidget(parent)
    (tmp_path / "layers.py").write_text("import keras\n")
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_a: (str(tmp_path / "layers.py"), ""))
    shown, ran, failed = [], [], []

    def person(dialog: TrustDialog) -> int:
        dialog.choose.click()
        shown.append(dialog.text.toPlainText())
        dialog.why.setText("by Ann")
        return 1

    monkeypatch.setattr(TrustDialog, "exec", person)
    adding = AddingModel(parent, Bridge(), lambda: None, failed.append)
    monkeypatch.setattr(adding, "_run_code", lambda *told: ran.append(told))
    adding._ask_trust(tmp_path / "net.keras", PROBLEM)
    assert shown == ["import keras\n"]
    ((file, code, why),) = ran
    assert (file.name, code.text, why) == ("net.keras", "import keras\n", "by Ann")
    monkeypatch.setattr(trusting, "policy", lambda: Policy(model_code="forbid"))
    adding._ask_trust(tmp_path / "net.keras", PROBLEM)
    assert len(ran) == 1
    assert "administrator" in failed[0].say()
