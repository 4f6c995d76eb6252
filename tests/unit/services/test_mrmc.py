"""Tables for reader-study software: truth, readers, modalities, and what is left out."""

import csv

import pytest

from mmdesk.core.cases.case import Prediction, TargetPrediction
from mmdesk.core.errors import FieldProblem
from mmdesk.core.fields.schema import Field, Schema
from mmdesk.core.fields.values import Missing, Reason
from mmdesk.core.job import SilentContext
from mmdesk.core.versions.version import VersionRow
from mmdesk.services.cases.reading import store_labels
from mmdesk.services.exporting.choices import Choices
from mmdesk.services.exporting.mrmc import export_mrmc
from mmdesk.services.project import create_project
from mmdesk.storage.store import NewCase

SCHEMA = Schema(
    "Study",
    "ID",
    "ID",
    (
        Field("age", "input", "number", ("age",)),
        Field("sick", "target", "flag", ("s",)),
        Field("stage", "target", "grade", ("g",), options=("none", "mild", "severe")),
        Field("kind", "target", "choice", ("k",), options=("A", "B")),
        Field("size", "target", "number", ("z",)),
    ),
)


@pytest.fixture
def project(tmp_path):
    """Three cases, the last without truth; Ann read the first two, and the first again with the model."""
    made = create_project(tmp_path / "s.mmdesk", SCHEMA)
    known = {"sick": True, "stage": 2, "kind": "A", "size": 5.0}
    other = {"sick": False, "stage": 0, "kind": "B", "size": 1.0}
    made.store.add_cases([NewCase("c1", labels=known), NewCase("c2", labels=other), NewCase("c3")])
    made.store.add_version(VersionRow("v1", "v1", "current"))
    said = {
        "sick": TargetPrediction(True, {"sick": 0.75}),
        "stage": TargetPrediction(2, {"none": 0.2, "mild": 0.3, "severe": 0.5}),
        "kind": TargetPrediction("A", {"A": 0.9, "B": 0.1}),
        "size": TargetPrediction(4.5, {}, 4.0, 5.0),
    }
    made.store.save_predictions([Prediction(1, "v1", said)])
    store_labels(made, 1, {"sick": False, "stage": 1, "kind": "B", "size": 3.0}, "Ann")
    store_labels(made, 1, {"sick": True, "stage": 2, "kind": "A", "size": 4.0}, "Ann", "", "v1")
    store_labels(made, 2, {"sick": Missing(Reason.READER), "stage": 0, "kind": "B", "size": 1.5}, "Ann")
    store_labels(made, 3, other, "Ann")
    yield made
    made.close()


def rows_of(project, tmp_path, positive, *, reader="", **choices):
    out = tmp_path / "m.csv"
    study = export_mrmc(project, out, positive, ctx=SilentContext(), reader=reader, choices=Choices(**choices))
    with out.open(encoding="utf-8", newline="") as file:
        return study, [tuple(row.values()) for row in csv.DictReader(file)]


def test_truth_and_reads_in_both_modalities(project, tmp_path):
    study, rows = rows_of(project, tmp_path, "sick")
    assert rows == [
        ("truth", "c1", "truth", "1"),
        ("truth", "c2", "truth", "0"),
        ("Ann", "c1", "unaided", "0"),
        ("Ann", "c1", "aided", "1"),
    ]
    assert (study.positive, study.negative, study.scores) == (1, 1, 2)
    assert any("1 case left out" in words for words in study.left_out)
    assert any("could not judge: 1" in words for words in study.left_out)


@pytest.mark.parametrize(
    ("positive", "truth", "unaided", "alone"),
    [("stage>=mild", "1", "1", "0.8"), ("kind=A", "1", "0", "0.9"), ("size>=4", "1", "3", "4.5")],
)
def test_options_grades_and_amounts(project, tmp_path, positive, truth, unaided, alone):
    _, rows = rows_of(project, tmp_path, positive, models=("v1",))
    assert ("truth", "c1", "truth", truth) in rows
    assert ("truth", "c2", "truth", "0") in rows
    assert ("Ann", "c1", "unaided", unaided) in rows
    assert ("v1", "c1", "standalone", alone) in rows


def test_the_form_of_imrmc(project, tmp_path):
    export_mrmc(project, tmp_path / "m.imrmc", "stage>=severe", ctx=SilentContext())
    assert (tmp_path / "m.imrmc").read_text(encoding="utf-8").splitlines() == [
        "N0: 1", "N1: 1", "NR: 1", "NM: 2", "", "BEGIN DATA:", "-1,c1,0,1", "-1,c2,0,0",
        "Ann,c1,unaided,1", "Ann,c1,aided,2", "Ann,c2,unaided,0",
    ]  # fmt: skip


def test_a_reader_who_has_not_read_gets_neither_truth_nor_scores(project, tmp_path):
    study, rows = rows_of(project, tmp_path, "sick", reader="Bob", models=("v1",))
    assert rows == []
    assert any("3 cases not read yet" in words for words in study.left_out)


@pytest.mark.parametrize("positive", ["sick=A", "stage", "stage=mild", "kind>=A", "size", "nothing", "kind=C"])
def test_what_is_not_said_clearly_is_refused(project, tmp_path, positive):
    with pytest.raises(FieldProblem, match="does not say what is positive"):
        rows_of(project, tmp_path, positive)
