"""A project.toml that was edited by hand: what is stored keeps its meaning, and all that changed is said."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mmdesk.core.cases.case import TargetPrediction
from mmdesk.core.fields.schema import Field
from mmdesk.core.fields.schema_toml import write_schema
from mmdesk.core.fields.states import TargetState
from mmdesk.core.fields.values import Missing, Reason
from mmdesk.core.job import SilentContext
from mmdesk.core.model.outputs import read_outputs
from mmdesk.core.model.prepare import Preparation
from mmdesk.core.versions.version import VersionRow
from mmdesk.services.cases.reading import WorklistQuery, case_ids, open_case, rows, store_labels
from mmdesk.services.doctor import examine
from mmdesk.services.project import open_project
from tests.unit.storage_projects import SCHEMA, add_model, make_project


@pytest.fixture
def folder(tmp_path):
    project = make_project(tmp_path)
    add_model(project, [1, 2, 3])
    store_labels(project, 1, {"findings": ("A", "B"), "grade": 1}, "Ann")
    store_labels(project, 2, {"findings": (), "grade": 2}, "Ann")
    project.close()
    return project.folder


def edit(folder, name, **new):
    """Write a project.toml whose field of that name has other values, or None for without it."""
    fields = [replace(f, **new) if f.name == name else f for f in SCHEMA.fields]
    if not new:
        fields = [f for f in SCHEMA.fields if f.name != name]
    write(folder, fields)


def write(folder, fields):
    schema = replace(SCHEMA, fields=tuple(fields))
    (folder / "project.toml").write_text(write_schema(schema), encoding="utf-8")


def opened(folder, look=False):
    project = open_project(folder, look=look)
    said = " ".join(words for words in project.warnings if "500 MB" not in words)
    return project, said


@pytest.mark.parametrize(
    ("name", "new", "words"),
    [
        ("grade", {"options": ("mild", "none", "severe")}, "another order: mild, none, severe"),
        ("grade", {"options": ("none", "slight", "severe")}, "seem renamed ('mild' to 'slight')"),
        ("grade", {"options": ("none", "mild")}, "not an option any more: severe"),
        ("grade", {"options": ("none", "mild", "severe", "worst")}, "new options: worst"),
        ("findings", {"options": ("A", "A C"), "columns": ("A", "C")}, "not an option any more: B"),
        ("sex", {"options": ("F", "X")}, "seem renamed ('M' to 'X')"),
        ("age", {"unit": "months"}, "unit was years and is months now"),
        ("age", {"max": 50.0}, "max was 120 and is 50 now"),
        ("smoker", {"columns": ("Other",)}, "columns was Smoker and is Other now"),
        ("age", {"role": "note"}, "was an input and is a note now"),
        ("age", {}, "Input age is gone. Its values are kept"),
        ("findings", {}, "Target Findings is gone. Its labels are kept"),
    ],
)
def test_each_change_is_said_once_when_the_project_is_opened(folder, name, new, words):
    edit(folder, name, **new)
    looked, said = opened(folder, look=True)
    assert words in said
    looked.close()
    project, said = opened(folder)
    assert words in said
    project.close()
    project, said = opened(folder)
    assert "was edited" not in said
    project.close()


def test_a_new_field_is_said(folder):
    write(folder, [*SCHEMA.fields, Field("weight", "input", "number", ("W",))])
    project, said = opened(folder)
    assert "Input weight is new. No case has a value for it yet." in said
    project.close()


def test_what_changes_nothing_is_not_said(folder):
    edit(folder, "age", label="Age at the visit", help="In years.")
    project, said = opened(folder)
    assert said == ""
    project.close()


def test_labels_whose_option_is_gone_are_kept_listed_and_marked_until_it_is_back(folder):
    edit(folder, "grade", options=("none", "slight", "severe"))
    for _ in range(2):
        project, said = opened(folder)
        assert "is not an option of project.toml any more: mild (case c1, " in said
        label = open_case(project, 1, "Ann").labels["grade"]
        assert label.value == Missing(Reason.NO_OPTION, "mild")
        assert rows(project, [1], "Ann")[0].label == "Findings A|B, Grade no longer an option: mild"
        assert case_ids(project, WorklistQuery("is:obsolete"), "Ann") == [1]
        assert project.store.check_journal() == []
        assert any("any more: mild" in words for words in examine(project, SilentContext()))
        project.close()
    edit(folder, "grade", options=("none", "mild", "severe"))
    project, said = opened(folder)
    assert "any more" not in said
    assert open_case(project, 1, "Ann").labels["grade"].value == 1
    project.close()
    project, said = opened(folder)
    assert said == ""
    project.close()


def test_several_labels_with_one_that_is_gone_are_kept(folder):
    edit(folder, "findings", options=("A", "A C"), columns=("A", "C"))
    project, said = opened(folder)
    assert "any more: A|B (case c1)" in said
    assert open_case(project, 1, "Ann").labels["findings"].value == Missing(Reason.NO_OPTION, "A|B")
    assert open_case(project, 2, "Ann").labels["findings"].value == ()
    assert case_ids(project, WorklistQuery("is:obsolete"), "Ann") == [1]
    project.close()


def test_a_value_of_the_record_whose_option_is_gone_is_kept_and_not_used(folder):
    edit(folder, "sex", options=("F", "X"))
    project, said = opened(folder)
    assert "sex of 3 cases is not an option of project.toml any more: M (case c1, c3, c5)" in said
    assert project.store.case(1).inputs["sex"] == Missing(Reason.NO_OPTION, "M")
    assert project.store.check_journal() == []
    project.close()


def test_a_model_that_does_not_fit_any_more_is_said(folder):
    targets = {"grade": TargetState("grade", ("none", "mild", "severe"))}
    project = open_project(folder)  # what no version is of is swept away here
    (folder / "models" / "v2").mkdir()
    (folder / "models" / "v2" / "preparation.json").write_text(Preparation({}, targets).to_json())
    project.store.add_version(VersionRow("v2", "second", "candidate", folder="models/v2"))
    project.close()
    edit(folder, "grade", options=("mild", "none", "severe"))
    for _ in range(2):
        project, said = opened(folder)
        assert "Model v2 was made for other fields: it answers Grade with none, mild, severe" in said
        assert any("Model v2 was made" in words for words in examine(project, SilentContext()))
        project.close()


def test_an_answer_with_options_in_another_order_is_not_given():
    preparation = Preparation({}, {"grade": TargetState("grade", ("mild", "none", "severe"))})
    assert read_outputs(SCHEMA, preparation, {"grade": [[0.9, 0.1]]}) == [{}]
    preparation = Preparation({}, {"grade": TargetState("grade", ("none", "mild", "severe"))})
    (found,) = read_outputs(SCHEMA, preparation, {"grade": [[0.9, 0.1]]})
    assert isinstance(found["grade"], TargetPrediction)
