"""The worklist, the counts of a fine-tuning and the export go by one rule of what is a correction."""

from __future__ import annotations

import random

import pytest

from mmdesk.core.cases.case import REFERENCE, Prediction, Status, TargetPrediction
from mmdesk.core.cases.disagreement import disagreeing
from mmdesk.core.fields.kinds import KINDS, kinds_for
from mmdesk.core.fields.schema import Field, Schema
from mmdesk.core.fields.splits import TRAIN
from mmdesk.core.fields.values import Missing, Reason
from mmdesk.core.job import SilentContext
from mmdesk.core.versions.version import VersionRow
from mmdesk.services.cases.reading import counts, rows, set_input, store_labels
from mmdesk.services.exporting.table import export_project
from mmdesk.services.models.training import training_counts
from mmdesk.services.project import create_project
from mmdesk.storage.store import NewCase

CASES = 40


def draw(kind, field, chance):
    if kind.several:
        return tuple(option for option in field.options if chance.random() < 0.5)
    if answers := kind.answers(field):
        return chance.choice(answers)[0]
    return float(chance.randint(0, 3))


def project_of(folder, name):
    kind = KINDS[name]
    target = Field("t", "target", name, ("T",), "T", options=("a", "b", "c") if kind.has_options else ())
    schema = Schema("E", "ID", "ID", (Field("age", "input", "number", ("Age",)), target))
    project = create_project(folder / "p.mmdesk", schema)
    cases = [NewCase(f"c{n}", split=TRAIN, inputs={"age": float(n)}) for n in range(CASES)]
    project.store.add_cases(cases, "importer", "t.csv")
    project.store.add_version(VersionRow("v1", "First", "current"))
    chance = random.Random(7)
    said = {}
    for case in project.store.cases():
        value = draw(kind, target, chance)
        ends = {"low": value - 1, "high": value + 1} if kind.is_amount and case.id % 2 else {}
        said[case.id] = Prediction(case.id, "v1", {"t": TargetPrediction(value, **ends)})
    project.store.save_predictions(list(said.values()))
    own = {case: draw(kind, target, chance) for case in said}
    for case, value in own.items():
        store_labels(project, case, {"t": value}, "Ann")
    wanted = {case for case in said if disagreeing(schema, {"t": own[case]}, said[case].targets)}
    return project, wanted


@pytest.mark.parametrize("name", kinds_for("target"))
def test_worklist_and_counts_name_the_same_corrections(tmp_path, name):
    project, wanted = project_of(tmp_path, name)
    shown = {row.id for row in rows(project, range(1, CASES + 1), "Ann") if row.status is Status.CORRECTED}
    told = training_counts(project)
    assert wanted
    assert shown == wanted
    assert counts(project, "Ann").corrected == told.corrections == len(wanted)
    assert told.confirmed == CASES - len(wanted)
    set_input(project, min(wanted), "age", 99.0, "Ann")
    assert training_counts(project).corrections == len(wanted) - 1
    project.close()


def test_the_export_gives_the_label_that_counts(tmp_path):
    age, sick = Field("age", "input", "number", ("Age",)), Field("sick", "target", "flag", ("S",), "Sick")
    schema = Schema("E", "ID", "ID", (age, sick))
    project = create_project(tmp_path / "p.mmdesk", schema)
    project.store.add_cases([NewCase("c1", labels={"sick": True})], "importer", "t.csv")
    store_labels(project, 1, {"sick": Missing(Reason.READER)}, "Ann")
    export_project(project, tmp_path / "e.csv", ctx=SilentContext())
    header, line = (tmp_path / "e.csv").read_text(encoding="utf-8-sig").splitlines()[:2]
    cells = dict(zip(header.split(","), line.split(","), strict=True))
    assert (cells["sick"], cells["reader(sick)"], cells["label(sick@Ann)"]) == (
        "true",
        REFERENCE,
        "missing",
    )
    project.close()
