"""Predictions and labels as tables: the columns of the contract, and no stale figure."""

import csv
import json
from pathlib import Path

import pytest

from mmdesk.core.cases.case import Prediction, TargetPrediction
from mmdesk.core.errors import Cancelled, FieldProblem, Situation, TableProblem
from mmdesk.core.fields.schema import Field, Schema
from mmdesk.core.fields.values import Missing, Reason
from mmdesk.core.job import SilentContext
from mmdesk.core.versions.version import VersionRow
from mmdesk.services.cases.reading import refer, set_input, store_labels
from mmdesk.services.exporting.choices import Choices, Part
from mmdesk.services.exporting.columns import as_text
from mmdesk.services.exporting.predictions import prediction_columns, write_predictions
from mmdesk.services.exporting.table import Exported, export_project
from mmdesk.services.project import Project, create_project
from mmdesk.storage.store import NewCase

SCHEMA = Schema(
    "Export",
    "ID",
    "ID",
    (
        Field("age", "input", "number", ("age",)),
        Field("sex", "input", "choice", ("sex",), options=("F", "M")),
        Field("findings", "target", "labels", ("a", "b"), options=("Normal", "Cataract")),
        Field("urgent", "target", "flag", ("u",)),
        Field("kind", "target", "choice", ("k",), options=("Cataract", "Other")),
        Field("size", "target", "number", ("s",), unit="mm"),
        Field("stage", "target", "grade", ("g",), options=("none", "mild", "severe")),
    ),
)
CONTRACT = [
    "case",
    "findings",
    "p(Normal)",
    "p(findings.Cataract)",
    "urgent",
    "p(urgent)",
    "kind",
    "p(kind.Cataract)",
    "p(Other)",
    "size",
    "low(size)",
    "high(size)",
    "stage",
    "p(none)",
    "p(mild)",
    "p(severe)",
    "missing",
    "model",
]


def answer(case: int, *, stale: bool = False) -> Prediction:
    targets = {
        "findings": TargetPrediction(("Cataract",), {"Normal": 0.1, "Cataract": 0.9}),
        "urgent": TargetPrediction(True, {"urgent": 0.75}),
        "kind": TargetPrediction("Other", {"Cataract": 0.2, "Other": 0.8}),
        "size": TargetPrediction(3.5, low=2.5, high=4.5),
        "stage": TargetPrediction(1, {"none": 0.2, "mild": 0.7, "severe": 0.1}),
    }
    return Prediction(case, "v1", targets, missing=("sex",), inputs_hash="0", stale=stale)


@pytest.fixture
def project(tmp_path: Path):
    """Three cases: predicted and labelled, stale, not predicted."""
    made = create_project(tmp_path / "p.mmdesk", SCHEMA)
    absent = Missing(Reason.ABSENT)
    cases = [
        NewCase("=1", inputs={"age": 60.0, "sex": absent}, labels={"findings": ("Normal",), "stage": 0}),
        NewCase("two", inputs={"age": 61.0, "sex": "F"}),
        NewCase("three", inputs={"age": absent, "sex": absent}),
    ]
    made.store.add_cases(cases)
    made.store.add_version(VersionRow(id="v1", name="v1", state="current", folder="models/v1"))
    made.store.save_predictions([answer(1), answer(2)])
    yield made
    made.close()


def table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_predictions_have_the_columns_of_the_contract(project: Project, tmp_path: Path) -> None:
    assert write_predictions(project, "v1", tmp_path / "o.csv") == 3
    rows = table(tmp_path / "o.csv")
    assert list(rows[0]) == CONTRACT
    assert list(rows[0].values()) == [
        "'=1", "Cataract", "0.1", "0.9", "true", "0.75", "Other", "0.2", "0.8", "3.5", "2.5", "4.5", "mild",
        "0.2", "0.7", "0.1", "sex", "v1",
    ]  # fmt: skip
    assert rows[2] == {**dict.fromkeys(CONTRACT, ""), "case": "three", "missing": "age|sex"}


def test_a_stale_prediction_is_left_out(project: Project, tmp_path: Path) -> None:
    set_input(project, 2, "age", 62.0, "Ann")
    write_predictions(project, "v1", tmp_path / "o.csv")
    assert table(tmp_path / "o.csv")[1] == {**dict.fromkeys(CONTRACT, ""), "case": "two"}
    export_project(project, tmp_path / "e.csv", ctx=SilentContext())
    notes = [row["model_note"] for row in table(tmp_path / "e.csv")]
    assert notes == ["", "stale: an input changed after it was predicted", "not predicted"]


def test_only_the_cases_asked_for_in_their_order(project: Project, tmp_path: Path) -> None:
    write_predictions(project, "v1", tmp_path / "o.jsonl", iter([3, 1]))
    rows = [json.loads(line) for line in (tmp_path / "o.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [row["case"] for row in rows] == ["three", "=1"]
    assert (rows[1]["urgent"], rows[1]["p(Normal)"], rows[0]["urgent"]) == (True, 0.1, None)


@pytest.mark.parametrize("ending", ["parquet", "xlsx"])
def test_typed_formats_keep_types(project: Project, tmp_path: Path, ending: str) -> None:
    import polars

    out = tmp_path / f"o.{ending}"
    write_predictions(project, "v1", out)
    frame = polars.read_parquet(out) if ending == "parquet" else polars.read_excel(out, engine="openpyxl")
    assert frame.columns == CONTRACT
    assert frame["p(Normal)"].to_list() == [0.1, 0.1, None]
    assert frame["urgent"].to_list() == [True, True, None]
    assert frame["size"].to_list() == [3.5, 3.5, None]


def test_export_adds_labels_readers_and_times(project: Project, tmp_path: Path) -> None:
    change = store_labels(project, 1, {"findings": ("Normal", "Cataract"), "urgent": False}, "Ann")
    store_labels(project, 2, {"urgent": Missing(Reason.READER), "findings": ()}, "Bob")
    assert export_project(project, tmp_path / "e.csv", ctx=SilentContext()) == Exported(rows=3)
    first, second, third = table(tmp_path / "e.csv")
    assert list(first)[:4] == ["case", "findings", "reader(findings)", "time(findings)"]
    assert first["findings"] == "Normal|Cataract"
    assert (first["reader(findings)"], first["time(findings)"]) == ("Ann", change.saved_at)
    assert (first["label(findings@reference)"], first["label(findings@Ann)"]) == ("Normal", "Normal|Cataract")
    assert (first["stage"], first["reader(stage)"]) == ("none", "reference")
    assert (first["label(urgent@Ann)"], first["label(urgent@Bob)"]) == ("false", "")
    assert (second["urgent"], second["findings"]) == ("missing", "-")
    assert (third["findings"], third["time(findings)"]) == ("", "")


def test_an_export_for_a_reader_hides_what_the_own_read_comes_before(project: Project, tmp_path: Path) -> None:
    whole = {"findings": (), "urgent": False, "kind": "Other", "size": 3.0, "stage": 2}
    store_labels(project, 1, whole, "Ann")
    store_labels(project, 2, whole, "Bob")
    store_labels(project, 2, {"urgent": True}, "Ann")
    done = export_project(project, tmp_path / "e.csv", ctx=SilentContext(), reader="Ann")
    first, second, _ = table(tmp_path / "e.csv")
    assert (done.rows, done.hidden) == (3, 2)
    assert done.say().startswith("Predictions, the reference and other readers' labels are left out for 2 cases")
    assert (first["model(urgent@v1)"], first["label(findings@reference)"]) == ("true", "Normal")
    assert (second["model(urgent@v1)"], second["p(urgent@v1)"], second["model"]) == ("", "", "")
    assert (second["urgent"], second["kind"]) == ("true", "")
    assert not any("Bob" in name for name in second), "whose labels are all hidden is not named"
    assert second["model_note"] == "hidden until the reader's own label is stored"
    project.set_own_read_first(False, "Ann")
    export_project(project, tmp_path / "e.csv", ctx=SilentContext(), reader="Ann")
    assert table(tmp_path / "e.csv")[1]["label(urgent@Bob)"] == "false"


def test_an_export_that_is_stopped_leaves_no_file(project: Project, tmp_path: Path) -> None:
    ctx = SilentContext()
    ctx.cancelled = True
    before = sorted(tmp_path.iterdir())
    with pytest.raises(Cancelled):
        export_project(project, tmp_path / "e.csv", ctx=ctx)
    assert sorted(tmp_path.iterdir()) == before


def test_an_unknown_ending_is_said(project: Project, tmp_path: Path) -> None:
    with pytest.raises(TableProblem):
        write_predictions(project, "v1", tmp_path / "o.doc")


def test_labels_of_one_target_are_not_qualified() -> None:
    schema = Schema("s", "ID", "ID", SCHEMA.fields[:3])
    names = [column.name for column in prediction_columns(schema, "v1")]
    assert names == ["case", "findings", "p(Normal)", "p(Cataract)", "missing", "model"]


def test_values_read_back_as_they_are_written() -> None:
    from mmdesk.core.fields.kinds import read_cell

    for name, value in [
        ("findings", ("Normal", "Cataract")),
        ("findings", ()),
        ("urgent", True),
        ("stage", 2),
        ("size", 1.5),
    ]:
        field = SCHEMA.field(name)
        assert read_cell(as_text(value, field), field) == value


def out_of(project: Project, tmp_path: Path, *, reader: str = "", **choices) -> list[dict[str, str]]:
    export_project(project, tmp_path / "c.csv", ctx=SilentContext(), reader=reader, choices=Choices(**choices))
    return table(tmp_path / "c.csv")


def test_a_models_answer_stands_only_under_the_models_name(project: Project, tmp_path: Path) -> None:
    store_labels(project, 1, {"kind": "Cataract"}, "Ann")
    first = out_of(project, tmp_path)[0]
    assert (first["kind"], first["model(kind@v1)"], first["p(Other@v1)"]) == ("Cataract", "Other", "0.8")
    assert (first["size"], first["low(size@v1)"]) == ("", "2.5")
    assert not any(name in first for name in ("p(Other)", "low(size)"))


def test_cases_are_chosen_by_search_split_and_status(project: Project, tmp_path: Path) -> None:
    store_labels(project, 2, {"findings": (), "urgent": False, "kind": "Other", "size": 3.0, "stage": 2}, "Ann")
    assert [row["case"] for row in out_of(project, tmp_path, search="age:60")] == ["'=1"]
    assert [row["case"] for row in out_of(project, tmp_path, status="read", reader="Ann")] == ["two"]
    splits = {case.split for case in project.store.cases()}
    assert sum(len(out_of(project, tmp_path, split=split)) for split in splits) == 3
    with pytest.raises(Situation, match="about a reader"):
        out_of(project, tmp_path, status="read")


def test_a_search_that_would_tell_is_refused_while_cases_are_unread(project: Project, tmp_path: Path) -> None:
    for line in ("p(urgent):>0.5", "is:reference", "reference.kind:Other"):
        with pytest.raises(Situation, match="would tell"):
            out_of(project, tmp_path, search=line, reader="Ann")
    assert [row["case"] for row in out_of(project, tmp_path, search="p(urgent):>0.5")] == ["'=1", "two"]


def test_whose_labels_are_chosen(project: Project, tmp_path: Path) -> None:
    store_labels(project, 1, {"kind": "Cataract"}, "Ann")
    store_labels(project, 1, {"kind": "Other"}, "Bob")
    first = out_of(project, tmp_path, whose=("Ann",))[0]
    assert (first["kind"], first["reader(kind)"], first["findings"]) == ("Cataract", "Ann", "")
    assert [name for name in first if name.startswith("label(kind@")] == ["label(kind@Ann)"]
    with pytest.raises(FieldProblem, match="Zoe"):
        out_of(project, tmp_path, whose=("Zoe",))


def test_every_part_has_its_columns(project: Project, tmp_path: Path) -> None:
    store_labels(project, 1, {"urgent": False}, "Ann")
    store_labels(project, 1, {"urgent": True}, "Ann", "the model is right", "v1")
    refer(project, 1, "Ann", "=ask")
    first = out_of(project, tmp_path, parts=tuple(Part))[0]
    assert (first["group"], first["split"] != "", first["age"], first["sex"]) == (
        "=1".replace("=", "'="),
        True,
        "60",
        "",
    )
    assert (first["before(urgent@Ann)"], first["after(urgent@Ann)"], first["saw(urgent@Ann)"]) == (
        "false",
        "true",
        "v1",
    )
    assert first["comment(urgent@Ann)"] == "the model is right"
    assert (first["status(Ann)"], first["referred(Ann)"], first["reason(Ann)"]) == ("referred", "true", "'=ask")
    assert (first["missing"], first["missing(sex)"]) == ("sex", "missing")
    assert list(out_of(project, tmp_path, parts=(Part.SPLIT,))[0]) == ["case", "group", "split"]


def test_what_others_said_before_and_after_is_hidden_like_their_labels(project: Project, tmp_path: Path) -> None:
    store_labels(project, 1, {"urgent": True}, "Bob", "Bob's reason", "v1")
    refer(project, 1, "Bob", "Bob's referral")
    rows = out_of(project, tmp_path, parts=tuple(Part), reader="Ann")
    assert "Bob" not in str(rows)
    assert "Bob's reason" in str(out_of(project, tmp_path, parts=tuple(Part)))


def test_a_model_that_is_not_there_is_said(project: Project, tmp_path: Path) -> None:
    with pytest.raises(FieldProblem, match="v9"):
        out_of(project, tmp_path, models=("v9",))
