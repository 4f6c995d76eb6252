"""A kind of field that only this file knows goes the whole way, with no other file touched."""

from __future__ import annotations

import csv
import re

import numpy as np
import pytest

import mmdesk.storage.database.dialect  # noqa: F401  # before TensorFlow's older SQLite
from mmdesk.core.cases.case import Case, TargetPrediction
from mmdesk.core.fields.arrays import by_option, code_array, learn_amount, read_amount
from mmdesk.core.fields.columns import ColumnTexts, Guess, percent
from mmdesk.core.fields.guess import guess_kind
from mmdesk.core.fields.kind import CONTENT, Form, Judged, Kind, Loss, Storage
from mmdesk.core.fields.kind_options import WithOptions
from mmdesk.core.fields.kind_scalar import Scalar
from mmdesk.core.fields.kinds import KINDS, PLAIN, register
from mmdesk.core.fields.schema import Field, Schema
from mmdesk.core.fields.schema_toml import read_schema, write_schema
from mmdesk.core.fields.search import parse_search
from mmdesk.core.fields.states import InputState, Shape
from mmdesk.core.fields.values import Missing, Reason
from mmdesk.core.job import SilentContext
from mmdesk.core.judge.evaluation import Scored, questions
from mmdesk.core.model.prepare import Preparation, learn_preparation, prepare, prepare_targets
from mmdesk.core.recipe.check import check_recipe
from mmdesk.core.recipe.options import loss_words
from mmdesk.core.recipe.recipe import default_recipe, read_recipe, write_recipe
from mmdesk.core.versions.version import VersionRow
from mmdesk.services.exporting.table import export_project
from mmdesk.services.importing.from_table import new_project
from mmdesk.services.importing.guess import look_at
from mmdesk.services.project import open_project
from tests.gui.window_parts import desk
from tests.unit.core.kind_checks import check_kind

__all__ = ["desk"]

pytestmark = [
    pytest.mark.qt_log_ignore("propagateSizeHints"),
    pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"),  # TensorFlow on numpy 2
]

SCHEMA = """
[project]
name = "Waiting"
case = "ID"

[[input]]
name = "wait"
kind = "duration"

[[input]]
name = "age"
kind = "number"

[[target]]
name = "stay"
kind = "duration"

[[target]]
name = "late"
kind = "flag"

[[note]]
name = "drive"
kind = "duration"
"""
WAIT = Field("wait", "input", "duration", ("wait",))
STAY = Field("stay", "target", "duration", ("stay",))


class Duration(Scalar[float]):
    """Minutes, written as hours and minutes: 1:30."""

    name = "duration"
    roles = ("input", "target", "note")
    storage = Storage.REAL
    orders = True
    precedence = 65  # before numbers, which would take 1:30 for 90 min
    is_amount = True
    loss = Loss.HUBER
    judged = Judged.NUMBER
    control = "amount"

    def parse(self, text, field, style=PLAIN):
        hours, colon, minutes = text.strip().rpartition(":")
        if not re.fullmatch(r"\d*", hours) or not re.fullmatch(r"\d\d" if colon else r"\d+", minutes):
            raise self.refuse(text, field)
        return float(int(hours or 0) * 60 + int(minutes))

    def check(self, value, field):
        if not isinstance(value, float) or value < 0:
            raise self.refuse(value, field)

    def show(self, value, field, style=PLAIN):
        minutes = max(0, round(value))
        return f"{minutes // 60}:{minutes % 60:02}"

    def say(self, field):
        return "hours and minutes such as 1:30"

    def wrong(self, field):
        return "soon"

    def guess(self, column, style):
        share = column.share(text for text in column.counts if re.fullmatch(r"\d+:\d\d", text))
        return Guess(self.name, f"{percent(share)} are durations") if share > 0.9 else None

    def to_store(self, value, field):
        return value

    def from_store(self, raw, field):
        return float(raw)

    def amount(self, value):
        return value

    def learn_target(self, values, field, *, log):
        return learn_amount(self.name, values, field.title, log=log)

    def wanted(self, value, field):
        return (value,)

    def read(self, row, state, name):
        return read_amount(float(row[0]), state)

    def show_estimate(self, number, digits, field, style=PLAIN):
        return self.show(number, field)


class Signs(WithOptions[str]):
    """How much of something a strip shows; its answers are its own, not the schema's."""

    name = "signs"
    roles = ("input", "target", "note")
    keys = ()
    signs = ("-", "+", "++")
    editor = "options"
    form = Form.CODE
    encoder = ("embedding", 8)
    loss = Loss.CATEGORICAL
    judged = Judged.BINARY

    def parse(self, text, field, style=PLAIN):
        self.check(text.strip(), field)
        return text.strip()

    def check(self, value, field):
        if value not in self.signs:
            raise self.refuse(value, field)

    def show(self, value, field, style=PLAIN):
        return value

    def say(self, field):
        return "one of -, + and ++"

    def guess(self, column, style):
        return Guess(self.name, "signs of a strip") if column.counts.keys() <= set(self.signs) else None

    def to_store(self, value, field):
        return value

    def from_store(self, raw, field):
        return raw

    def learn(self, values, field, limits):
        return InputState(self.name, known=self.signs)

    def shapes(self, state):
        return {CONTENT: Shape((1,), "int32")}

    def arrays(self, state, values):
        return {CONTENT: code_array(state.known, 1, [() if one is None else (one,) for one in values])}

    def answers(self, field):
        return tuple((sign, sign) for sign in self.signs)

    def wanted(self, value, field):
        return [float(sign == value) for sign in self.signs]

    def read(self, row, state, name):
        return TargetPrediction(state.options[int(row.argmax())], by_option(state, row))


@pytest.fixture(autouse=True)
def duration():
    before = dict(KINDS)
    register(Duration())
    yield KINDS["duration"]
    KINDS.clear()
    KINDS.update(before)


def register_and_check(kind):
    register(kind())
    check_kind(KINDS["duration"], WAIT, "1:30", 90.0)


def written(minutes):
    return f"{minutes // 60}:{minutes % 60:02}"


def make_table(folder, count=240):
    """Write a table in which who waits long stays long."""
    rng = np.random.default_rng(1)
    table = folder / "waiting.csv"
    with table.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["ID", "wait", "age", "stay", "late", "drive"])
        for number in range(count):
            wait, age = int(rng.integers(0, 180)), int(rng.integers(20, 90))
            stay, blank = 2 * wait + 30, number % 20 == 7
            late = int(wait + rng.normal(0, 10) > 90)
            cells = ["NA" if blank else written(wait), age, written(stay), late, written(number % 70)]
            writer.writerow([f"c{number}", *cells])
    return table


@pytest.fixture
def project(tmp_path):
    new_project(tmp_path / "p.mmdesk", make_table(tmp_path), schema=read_schema(SCHEMA), ctx=SilentContext())
    opened = open_project(tmp_path / "p.mmdesk")
    yield opened
    opened.close()


def cases_of(project):
    return {case.name: case for case in project.store.cases()}


def test_it_is_complete(duration):
    check_kind(duration, WAIT, "1:30", 90.0)
    check_kind(duration, STAY, "0:05", 5.0)


@pytest.mark.parametrize(
    "facet",
    [
        *("name", "roles", "storage", "is_amount", "form", "encoder", "loss", "judged", "control"),
        *("parse", "check", "show", "say", "wrong", "to_store", "from_store", "guess", "amount"),
        *("learn", "shapes", "arrays", "learn_target", "wanted", "read", "show_estimate"),
    ],
)
def test_without_any_one_facet_it_is_not_complete(facet):
    del KINDS["duration"]
    nothing = () if facet == "roles" else getattr(Kind, facet, None)
    lacking = type("Lacking", (Duration,), {facet: nothing})
    with pytest.raises((AssertionError, AttributeError, KeyError, NotImplementedError, TypeError)):
        register_and_check(lacking)


def test_a_kind_with_answers_of_its_own_is_complete_too(qtbot):
    from mmdesk.ui.record.editor_choice import editor_for
    from mmdesk.ui.targets.draft import Draft, Outcome
    from mmdesk.ui.targets.target_rows import control_for

    register(Signs())
    protein = Field("protein", "target", "signs", ("protein",))
    check_kind(KINDS["signs"], protein, "+", "+")
    truth, weights = prepare_targets(Schema("S", "ID", "ID", (protein,)), [{"protein": "++"}, {}])
    scored = Scored(truth, {name: known > 0 for name, known in weights.items()}, ("a", "b"))
    asked = questions(Schema("S", "ID", "ID", (protein,)), scored)
    assert [(question.label, question.positives) for question in asked] == [("-", 0), ("+", 0), ("++", 1)]
    draft = Draft((protein,))
    assert draft.answer(3) is Outcome.ANSWERED
    assert draft.value("protein") == "++"
    row, editor = control_for(protein), editor_for(Field("protein", "input", "signs"))
    qtbot.addWidget(row)
    qtbot.addWidget(editor)
    assert [one.name for one in row.rows] == ["-", "+", "++"]
    assert [button.text() for button in editor.buttons] == ["-", "+", "++"]


def test_the_schema_file_takes_it():
    schema = read_schema(SCHEMA)
    assert [field.kind for field in schema] == ["duration", "number", "duration", "flag", "duration"]
    assert read_schema(write_schema(schema)) == schema


def test_a_column_of_durations_is_guessed_with_the_reason(tmp_path):
    column = ColumnTexts("wait")
    for text in ("1:30", "0:05", "1:30", "1:30"):
        column.add(text)
    assert guess_kind(column, PLAIN) == Guess("duration", "100 % are durations")
    look = look_at(make_table(tmp_path))
    assert look.schema.field("wait").kind == "duration"
    assert look.because["wait"] == "100 % are durations"


def test_the_import_page_offers_it_for_its_roles():
    from mmdesk.ui.importing.import_columns import uses

    assert {"duration input", "duration target", "duration note"} <= set(uses())


def test_an_import_reads_it_and_keeps_it_as_a_number(project):
    cases = cases_of(project)
    assert isinstance(cases["c0"].inputs["wait"], float)
    assert cases["c7"].inputs["wait"] == Missing(Reason.TOKEN, "NA")
    assert cases["c61"].notes["drive"] == 61.0
    given = project.store.labels()[cases["c0"].id]["stay"][0].value
    assert given == 2 * cases["c0"].inputs["wait"] + 30


def test_the_search_line_compares_and_the_worklist_sorts(project):
    cases = {case.id: case for case in project.store.cases()}
    known = [number for number, case in cases.items() if isinstance(case.inputs["wait"], float)]
    for line, wanted in (
        ("wait:>90", lambda wait: wait > 90),
        ("wait:>1:30", lambda wait: wait > 90),
        ("wait:[0:30,60]", lambda wait: 30 <= wait <= 60),
    ):
        found = project.store.case_ids(parse_search(line, project.schema), "wait", "R")
        assert sorted(found) == sorted(n for n in known if wanted(cases[n].inputs["wait"]))
        waits = [cases[number].inputs["wait"] for number in found]
        assert waits == sorted(waits)
        assert len(waits) > 5
    assert len(project.store.case_ids(parse_search("wait:missing", project.schema), "wait", "R")) == 12


def test_the_form_shows_and_takes_it(qtbot):
    from PySide6.QtTest import QTest

    from mmdesk.ui.record.record_form import RecordForm

    form = RecordForm()
    qtbot.addWidget(form)
    form.set_schema(read_schema(SCHEMA))
    form.show()
    form.activateWindow()
    qtbot.waitUntil(form.isActiveWindow)
    form.show_case(Case(1, "c", "c", "train", {"wait": 90.0, "age": 60.0}, {"drive": 5.0}), again=False)
    row, told = form.rows["wait"], []
    form.edited.connect(lambda name, value: told.append((name, value)))
    assert row.editor.line.text() == "1:30"
    row.begin()
    row.editor.line.selectAll()
    QTest.keyClicks(row.editor.line, "2:15")
    row.editor.enter()
    assert told == [("wait", 135.0)]
    form.close()


def test_a_reader_answers_with_it_beside_the_estimate(qtbot):
    from mmdesk.ui.targets.draft import Draft, Outcome
    from mmdesk.ui.targets.target_rows import control_for, shown

    assert Draft((STAY,)).answer(1) is Outcome.TYPE
    row = control_for(STAY)
    qtbot.addWidget(row)
    row.show_answer(95.0, TargetPrediction(90.0, low=70.0, high=110.0), stale=False)
    assert row.editor.line.text() == "1:35"
    assert "1:30 (1:10" in row.model.say()
    assert shown(STAY, 95.0) == "1:35"


def test_it_is_prepared_and_the_preparation_reads_back(project):
    cases = list(project.store.cases())
    labels = [{"stay": 60.0, "late": True} for _ in cases]
    learnt = learn_preparation(project.schema, cases, labels)
    read = Preparation.from_json(learnt.to_json())
    assert read == learnt
    arrays = prepare(read, project.schema, cases, {})
    assert arrays["wait"].shape == (len(cases), 1)
    there = arrays["wait__present"][:, 0] == 1
    assert there.sum() == len(cases) - 12
    assert abs(arrays["wait"][there].mean()) < 1e-5
    assert not arrays["wait"][~there].any()


def test_a_recipe_begins_with_an_encoder_for_it(project):
    recipe = default_recipe(project.schema)
    check_recipe(recipe, project.schema)
    assert read_recipe(write_recipe(recipe)) == recipe
    assert recipe.encoder_of("wait").kind == KINDS["duration"].encoder[0]
    assert loss_words(recipe, project.schema.field("stay")) == "Huber loss on the scale that suits the training cases"


def test_the_recipe_page_offers_its_encoders(qtbot, project, desk):
    from mmdesk.ui.kit.keys import send_keys

    desk.open(project.folder)
    send_keys(desk.window, "Ctrl+6")
    page = desk.window.pages.recipe
    qtbot.waitUntil(lambda: page.form is not None and page.form.ready)
    titles = [box.title for box in page.drawing.picture.boxes]
    assert "wait" in titles
    assert "stay" in titles
    assert "stay" in page.form.targets


@pytest.mark.tf
def test_a_model_is_trained_compiled_and_its_answers_exported(project, tmp_path):
    pytest.importorskip("keras")
    from dataclasses import replace

    from mmdesk.core.versions.card import Card
    from mmdesk.modelling.training import train
    from mmdesk.services.models.prediction import Predictor
    from tests.unit.training_projects import Talk

    recipe = default_recipe(project.schema)
    recipe = replace(recipe, training=replace(recipe.training, epochs=30, rate=0.02, batch=32))
    models = project.folder / "models"
    out = {"id": "v1", "folder": str(models / "v1"), "parts": str(models / "parts")}
    made = train.run({"project": str(project.folder), "out": out, "recipe": write_recipe(recipe)}, Talk())
    card = made["card"]
    assert card["compiled"] is True
    assert card["parity"]["largest_difference"]["head"] < 1e-4
    figures = {figure["metric"]: figure for figure in card["evaluation"]["figures"]}
    assert figures["stay mean distance"]["value"] < 60
    row = VersionRow("v1", "v1", "current", folder="models/v1", card=Card.from_json(card))
    project.store.add_version(row)
    cases = list(project.store.cases())
    predictor = Predictor(project, "v1")
    predictor.predict_cases([case.id for case in cases], SilentContext())
    predictor.close()
    file = tmp_path / "out.csv"
    export_project(project, file, ctx=SilentContext())
    with file.open(encoding="utf-8-sig", newline="") as text:
        rows = {row["case"]: row for row in csv.DictReader(text)}
    first = rows["c0"]
    kind, wait = KINDS["duration"], cases_of(project)["c0"].inputs["wait"]
    assert first["stay"] == kind.show(2 * wait + 30, STAY)
    assert re.fullmatch(r"\d+:\d\d", first["model(stay@v1)"])
    low, value, high = (kind.parse(first[key], STAY) for key in ("low(stay@v1)", "model(stay@v1)", "high(stay@v1)"))
    assert low <= value <= high
