"""Fields are changed later: said before, journalled, taken back in one step."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from mmdesk.cli.app import run
from mmdesk.core.job import SilentContext
from mmdesk.services.importing.from_table import new_project
from mmdesk.services.project import open_project
from tests.unit.cli.test_app import doors

SCHEMA = """
[project]
name = "p"
case = "id"

[[input]]
name = "size"
kind = "number"

[[target]]
name = "degree"
kind = "grade"
options = ["mild", "none", "severe"]
"""


@pytest.fixture
def project(tmp_path) -> Path:
    from mmdesk.core.fields.schema_toml import read_schema

    table = tmp_path / "t.csv"
    table.write_text("id,size,degree\na,1,none\nb,2,mild\nc,3,severe\n")
    new_project(tmp_path / "p", table, ctx=SilentContext(), schema=read_schema(SCHEMA))
    return tmp_path / "p"


def say(capsys, project: Path, *words: str, code: int = 0) -> str:
    assert run(["fields", str(project), *words], doors()) == code
    said = capsys.readouterr()
    return " ".join((said.out + said.err).split())


def test_a_grade_is_given_its_order_and_labels_keep_their_names(project, capsys):
    change = ("set", "degree", "options=none|mild|moderate|severe", "title=Degree of it")
    assert "Nothing was written" in say(capsys, project, *change)
    assert open_project(project, look=True).schema.targets[0].options == ("mild", "none", "severe")
    said = say(capsys, project, *change, "--yes", "--reader", "Ada")
    assert "stand in another order" in said
    assert "new options: moderate" in said
    opened = open_project(project)
    (target,) = opened.schema.targets
    assert (target.title, target.options) == ("Degree of it", ("none", "mild", "moderate", "severe"))
    cases = {case.name: case.id for case in opened.store.cases()}
    held = {name: opened.store.labels()[number]["degree"][0].value for name, number in cases.items()}
    assert held == {"a": 0, "b": 1, "c": 3}
    entry = next(entry for entry in opened.store.journal(9) if entry.action == "fields")
    assert entry.reader == "Ada"
    assert not opened.warnings
    opened.close()
    say(capsys, project, "undo", "--yes")
    opened = open_project(project)
    assert opened.schema.targets[0].options == ("mild", "none", "severe")
    opened.close()
    assert "can be taken back" in say(capsys, project, "undo", "--yes", code=1)


def test_fields_are_added_and_retired_and_come_back_with_their_values(project, capsys):
    say(capsys, project, "add", "note", "Remark", "kind=text", "--yes")
    say(capsys, project, "add", "target", "Sure", "kind=flag", "help=Quite sure?", "--yes")
    opened = open_project(project)
    assert [field.name for field in opened.schema] == ["size", "degree", "sure", "remark"]
    assert opened.schema.field("sure").help == "Quite sure?"
    opened.close()
    assert "is gone. Its labels are kept" in say(capsys, project, "retire", "degree", "--yes")
    say(capsys, project, "undo", "--yes")
    opened = open_project(project)
    number = opened.store.case_id("b") or 0
    assert opened.store.labels()[number]["degree"][0].value == 0
    opened.close()
    assert run(["doctor", str(project), "--json"], doors()) == 0


def test_what_cannot_be_is_refused_and_nothing_is_written(project, capsys):
    before = (project / "project.toml").read_bytes()
    assert "would not count" in say(capsys, project, "set", "degree", "options=none|mild", "--yes", code=1)
    assert "no field 'x'" in say(capsys, project, "retire", "x", "--yes", code=1)
    assert "is an input" in say(capsys, project, "retire", "size", "--yes", code=1)
    assert "is no number" in say(capsys, project, "set", "size", "min=a", "--yes", code=1)
    assert "cannot be changed" in say(capsys, project, "set", "size", "kind=text", "--yes", code=1)
    assert "like that already" in say(capsys, project, "set", "size", "unit=", "--yes", code=1)
    assert "is no change" in say(capsys, project, "set", "size", "--yes", code=1)
    assert (project / "project.toml").read_bytes() == before


def test_the_list_names_unit_and_range(project, capsys):
    say(capsys, project, "set", "size", "unit=mm", "min=0", "max=90", "--yes")
    assert run(["fields", str(project), "--json"], doors()) == 0
    size = json.loads(capsys.readouterr().out)["fields"][0]
    assert (size["unit"], size["range"]) == ("mm", "0 to 90")
