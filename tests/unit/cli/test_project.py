"""The commands on a project of phantom cases, through the door that a person takes."""

from __future__ import annotations

import csv
import json
import shutil
from datetime import date

import pytest
from PIL import Image

from mmdesk.cli.app import Doors, run
from mmdesk.core.cases.case import ImageRef
from mmdesk.core.cases.marks import Mark
from mmdesk.core.fields.values import Missing, Reason
from mmdesk.services.demo.phantoms import TABLE, PhantomOptions, generate
from mmdesk.services.marks.edit import add_mark
from mmdesk.services.project import open_project
from mmdesk.support.resources import resource
from tests.unit.services.test_import_identity import SCHEMA as GROUPED

CASES = 12


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A folder of phantom cases."""
    folder = tmp_path_factory.mktemp("phantoms")
    generate(folder, PhantomOptions(CASES, seed=3, size=48, labelled=0.5))
    return folder


@pytest.fixture
def command(capsys):
    """Run a command; give its exit code, its JSON object and what it said on stderr."""

    def call(*words):
        doors = Doors(window=lambda project: 0, screenshots=lambda project, folder, reader: [])
        code = run([*map(str, words), "--json"], doors)
        said = capsys.readouterr()
        assert said.out.count("\n") == 1
        return code, json.loads(said.out), said.err

    return call


@pytest.fixture
def project(made, tmp_path, command):
    folder = tmp_path / "Phantom.mmdesk"
    schema = resource("schemas", "phantom.toml")
    code, facts, _ = command("new", folder, "--from", made / TABLE, "--schema", schema, "--copy-images")
    assert (code, facts["cases"], facts["added"]) == (0, CASES, CASES)
    return folder


def labels_of(folder, name, reader):
    project = open_project(folder, look=True)
    try:
        case = project.store.case_id(name)
        given = project.store.labels([case]).get(case, {})
        found = {target: label.value for target, all_ in given.items() for label in all_ if label.reader == reader}
        return found, dict(project.store.case(case).inputs)
    finally:
        project.close()


def test_new_leaves_a_project_and_a_report(project):
    assert (project / "project.toml").is_file()
    assert (project / "project.db").is_file()
    assert list(project.glob("import-report-*.csv"))


def test_new_into_a_full_folder_is_refused(project, made, command):
    code, facts, said = command("new", project, "--from", made / TABLE)
    assert code == 1
    assert facts["problem"]["do"] in said


@pytest.mark.parametrize(
    ("options", "read"),
    [((), ""), (("--dates", "day-first"), "2020-02-01"), (("--dates", "month-first"), "2020-01-02")],
)
def test_dates_are_read_in_the_order_that_is_said(tmp_path, command, options, read):
    schema = tmp_path / "schema.toml"
    schema.write_text('[project]\nname = "d"\ncase = "ID"\n[[input]]\nname = "seen"\nkind = "date"\n', encoding="utf-8")
    (tmp_path / "d.csv").write_text("ID,seen\n1,01/02/2020\n", encoding="utf-8")
    code, facts, _ = command("new", tmp_path / "d", "--from", tmp_path / "d.csv", "--schema", schema, *options)
    assert (code, facts["either_order"]) == (0, "01/02/2020")
    project = open_project(tmp_path / "d", look=True)
    value = project.store.case(1).inputs["seen"]
    project.close()
    assert value == (date.fromisoformat(read) if read else Missing(Reason.UNREADABLE, "01/02/2020"))


def test_a_schema_that_cannot_be_read_is_named(made, tmp_path, command):
    code, facts, _ = command("new", tmp_path / "x", "--from", made / TABLE, "--schema", tmp_path / "none.toml")
    assert code == 1
    assert "none.toml" in facts["problem"]["what"]
    assert not (tmp_path / "x").exists()


def test_importing_again_changes_nothing(project, made, command):
    code, facts, _ = command("import", project, made / TABLE, "--copy-images")
    assert (code, facts["added"], facts["updated"]) == (0, 0, 0)


def test_label_stores_targets_and_inputs_together(project, command):
    code, facts, _ = command(
        "label", project, "C00001", "referable=yes", "thickness=251.5", "age=@missing", "--reader", "Ann"
    )
    assert code == 0
    assert facts["stored"] == {"referable": "yes", "thickness": "251.5", "age": "marked missing by a reader"}
    labels, inputs = labels_of(project, "C00001", "Ann")
    assert labels["referable"] is True
    assert labels["thickness"] == 251.5
    assert inputs["age"] == Missing(Reason.READER)


def test_an_empty_value_takes_a_label_back(project, command):
    command("label", project, "C00001", "referable=yes", "--reader", "Ann")
    code, facts, _ = command("label", project, "C00001", "referable=", "--reader", "Ann")
    assert (code, facts["stored"]) == (0, {"referable": None})
    labels, _ = labels_of(project, "C00001", "Ann")
    assert labels.get("referable") is None


@pytest.mark.parametrize(
    ("case", "words"),
    [
        ("C00001", ["referable=yes", "no_such=1"]),
        ("C00001", ["referable=yes", "severity=no such"]),
        ("C99999", ["referable=yes"]),
    ],
)
def test_one_unknown_word_and_nothing_is_written(project, command, case, words):
    before = labels_of(project, "C00001", "Ann")
    code, facts, _ = command("label", project, case, *words, "--reader", "Ann")
    assert code == 1
    assert facts["problem"]["safe"] == "Nothing was written."
    assert labels_of(project, "C00001", "Ann") == before


@pytest.mark.parametrize("name", ["reference", " "])
def test_a_reader_has_a_name_of_their_own(project, command, name):
    assert command("label", project, "C00001", "referable=yes", "--reader", name)[0] == 1


def test_export_has_one_row_a_case_and_the_label(project, command, tmp_path):
    command("label", project, "C00002", "referable=no", "--reader", "Ann")
    out = tmp_path / "out.csv"
    code, facts, _ = command("export", project, out)
    assert (code, facts["out"]) == (0, str(out))
    with out.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == CASES
    assert [row["case"] for row in rows][:2] == ["C00001", "C00002"]
    assert "Ann" in "".join(rows[1].values())


def test_an_export_for_a_reader_leaves_out_what_is_not_read_and_says_how_much(project, command, tmp_path):
    command("label", project, "C00002", "referable=no", "--reader", "Ann")
    out = tmp_path / "out.csv"
    code, facts, _ = command("export", project, out, "--reader", "Ben")
    assert (code, facts["cases"], facts["hidden"]) == (0, CASES, CASES)
    assert "Ann" not in out.read_text(encoding="utf-8-sig")
    assert command("export", project, out)[1]["hidden"] == 0
    assert command("export", project, out, "--reader", "reference")[0] == 1


def test_an_export_takes_choices_and_refuses_what_it_does_not_know(project, command, tmp_path):
    command("label", project, "C00002", "referable=no", "--reader", "Ann")
    out = tmp_path / "out.csv"
    some = ("--search", "case:C00002", "--columns", "labels,split", "--labels-of", "Ann")
    code, facts, _ = command("export", project, out, *some)
    assert (code, facts["cases"]) == (0, 1)
    with out.open(encoding="utf-8-sig", newline="") as file:
        (row,) = csv.DictReader(file)
    assert list(row)[:4] == ["case", "group", "split", "referable"]
    assert (row["referable"], row["reader(referable)"]) == ("no", "Ann") or row["referable"] == "false"
    for wrong in (("--columns", "colours"), ("--split", "half"), ("--status", "gone"), ("--model", "v99")):
        assert command("export", project, out, *wrong)[0] == 1
    code, facts, _ = command("export", project, tmp_path / "out.imrmc", "--mrmc", "referable")
    assert (code, facts["readers"], facts["modalities"]) == (0, ["Ann"], ["unaided"])
    assert command("export", project, out, "--mrmc", "referable", "--columns", "all")[0] == 1
    assert command("export", project, out, "--marks", "coco", "--split", "test")[0] == 1


def test_a_session_is_said_and_written_as_a_page(project, command, tmp_path):
    command("label", project, "C00002", "referable=no", "--reader", "<Ann>")
    page = tmp_path / "session.html"
    code, facts, _ = command("session", project, "--reader", "<Ann>", "--out", page)
    assert (code, facts["total"], facts["read"], facts["left"]) == (0, CASES, 0, CASES)
    assert [one["cases"] for one in facts["sessions"]] == [1]
    assert "Reader: &lt;Ann&gt;" in page.read_text(encoding="utf-8")
    assert command("session", project, "--out", tmp_path / "session.doc")[0] == 1


def test_marks_are_exported_as_coco_and_only_those_on_dicom_images_as_reports(project, command, tmp_path):
    opened = open_project(project)
    case = next(case for case in opened.store.cases() if isinstance(case.inputs["left"], ImageRef))
    add_mark(opened, Mark(case.id, "left", "box", ((1, 2), (11, 12))), "Ann")
    opened.close()
    out = tmp_path / "marks.json"
    code, facts, _ = command("export", project, out, "--marks", "coco")
    assert (code, facts["marks"], facts["images"], facts["left_out"]) == (0, 1, 1, [])
    coco = json.loads(out.read_text(encoding="utf-8"))
    assert coco["images"][0]["case"] == case.name
    assert coco["annotations"][0]["bbox"] == [1.0, 2.0, 10.0, 10.0]
    code, facts, _ = command("export", project, tmp_path / "sr", "--marks", "sr")
    assert (code, facts["marks"], facts["files"]) == (0, 0, [])
    assert facts["left_out"] == [f"case {case.name}, left: it is no DICOM file."]


def test_doctor_finds_nothing_wrong(project, command):
    code, facts, _ = command("doctor", project)
    assert (code, facts["problems"], facts["ok"]) == (0, [], True)


def test_doctor_names_each_image_that_cannot_be_read_and_why(project, command):
    pictures = sorted(path for path in project.rglob("*.jpg"))
    assert len(pictures) > 3
    pictures[0].write_bytes(pictures[0].read_bytes()[:200])
    pictures[1].unlink()
    shutil.copyfile(pictures[3], pictures[2])
    code, facts, _ = command("doctor", project)
    assert code == 1
    assert facts["ok"] is False
    assert len(facts["problems"]) == 3
    for path in pictures[:3]:
        assert [line for line in facts["problems"] if path.name in line], path.name
    assert [line for line in facts["problems"] if "the file is not the one that was imported" in line]


def test_new_asks_which_file_is_meant_and_takes_the_answer(tmp_path, command):
    for site in "AB":
        (tmp_path / f"site{site}").mkdir()
        Image.new("L", (4, 4), ord(site)).save(tmp_path / f"site{site}" / "1.png")
    (tmp_path / "t.csv").write_text("case,one,two\na,1.png,1.png\n", encoding="utf-8")
    schema = tmp_path / "s.toml"
    fields = "".join(f'[[input]]\nname = "{name}"\nkind = "image"\n' for name in ("one", "two"))
    schema.write_text(f'[project]\nname = "Pair"\ncase = "case"\n{fields}', encoding="utf-8")
    words = ("new", tmp_path / "p.mmdesk", "--from", tmp_path / "t.csv", "--schema", schema)
    code, facts, _ = command(*words)
    assert code == 1
    assert "'1.png' may be siteA/1.png or siteB/1.png" in facts["problem"]["what"]
    code, facts, _ = command(*words, "--folder", "one=siteA", "--folder", "two=siteA")
    assert code == 1
    assert "'1.png' is the file of 'one' too" in facts["problem"]["what"]
    code, facts, _ = command(*words, "--folder", "one=siteA", "--folder", "two=siteA", "--unclear-missing")
    assert (code, facts["marked"]) == (0, 1)
    shutil.rmtree(tmp_path / "p.mmdesk")
    code, facts, _ = command(*words, "--folder", "one=siteA", "--folder", "two=siteA", "--same-file")
    assert (code, facts["added"]) == (0, 1)
    shutil.rmtree(tmp_path / "p.mmdesk")
    code, facts, _ = command(*words, "--folder", "one=siteA", "--folder", "two=siteB")
    assert code == 0
    project = open_project(tmp_path / "p.mmdesk", look=True)
    inputs = project.store.cases()[0].inputs
    project.close()
    assert [inputs[name].path for name in ("one", "two")] == ["../siteA/1.png", "../siteB/1.png"]
    code, facts, _ = command(*words, "--folder", "siteA")
    assert code == 1


def test_cases_move_between_splits_only_when_told_to(tmp_path, command):
    schema = tmp_path / "s.toml"
    schema.write_text(GROUPED)
    rows = [(f"c{n}", f"P{n}", 40 + n, n % 2) for n in range(20)]

    def table(name, start):
        path = tmp_path / name
        lines = [f"{case},{start}{group},{age},{sick}" for case, group, age, sick in rows]
        path.write_text("\n".join(["case,patient,age,label", *lines]) + "\n")
        return path

    assert command("new", tmp_path / "p.mmdesk", "--from", table("a.csv", ""), "--schema", schema)[0] == 0
    renamed = table("b.csv", "H-")
    code, facts, said = command("import", tmp_path / "p.mmdesk", renamed)
    assert code != 0
    assert "cases would move to another split" in said
    assert "--move-splits" in said
    code, facts, _ = command("import", tmp_path / "p.mmdesk", renamed, "--move-splits", "--keep-splits")
    assert code != 0
    code, facts, _ = command("import", tmp_path / "p.mmdesk", renamed, "--keep-splits")
    assert (code, facts["moves"], facts["without_group"]) == (0, [], 0)
    code, facts, _ = command("import", tmp_path / "p.mmdesk", table("c.csv", "K-"), "--move-splits")
    assert code == 0
    assert {move["group"][:2] for move in facts["moves"]} == {"K-"}


def test_a_project_toml_that_was_edited_is_said_on_stderr_and_in_the_outcome(project, command):
    path = project / "project.toml"
    text = path.read_text(encoding="utf-8")
    assert 'unit = "years"' in text
    path.write_text(text.replace('unit = "years"', 'unit = "months"'), encoding="utf-8")
    code, facts, said = command("models", project, "list")
    assert code == 0
    assert "unit was years and is months now" in facts["project_warnings"][0]
    assert "unit was years and is months now" in " ".join(said.split())
