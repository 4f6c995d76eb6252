"""What an administrator writes into the policy file holds, and only that."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import pytest

from mmdesk.core.errors import Situation
from mmdesk.support import policy as policies
from mmdesk.support.policy import KEYS, Policy, policy, policy_file, read_policy
from tests.unit.storage_projects import make_project

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def policed(monkeypatch):
    """Put a policy in force for one test, everywhere it is asked for."""

    def put(**decisions):
        decided = Policy(file=Path("policy.toml"), **decisions)
        for module in ("mmdesk.services.project", "mmdesk.cli.options", "mmdesk.services.doctor"):
            monkeypatch.setattr(f"{module}.policy", lambda: decided)

    return put


def written(folder, text):
    path = folder / "policy.toml"
    path.write_text(text, encoding="utf-8")
    return read_policy(path)


def test_every_key_is_a_decision_and_the_other_way_round():
    decisions = {field.name for field in dataclasses.fields(Policy)} - {"file", "problems"}
    assert set(KEYS) == decisions


def test_whole_policy(tmp_path, monkeypatch):
    monkeypatch.setenv("SHARE", str(tmp_path))
    found = written(
        tmp_path,
        'projects_folder = "$SHARE/projects"\nreaders = ["Ann", " Ben ", "Ann"]\nown_read_first = true\n'
        'model_code = "forbid"\nupdate_notice = false\nupdate_place = "the software portal"\n',
    )
    assert found == Policy(
        file=tmp_path / "policy.toml",
        projects_folder=tmp_path / "projects",
        readers=("Ann", "Ben"),
        own_read_first=True,
        model_code="forbid",
        update_notice=False,
        update_place="the software portal",
    )


@pytest.mark.parametrize(
    ("line", "key"),
    [
        ('own_read_first = "yes"', "own_read_first"),
        ('readers = "Ann"', "readers"),
        ("readers = [1]", "readers"),
        ('readers = [" "]', "readers"),
        ("projects_folder = 3", "projects_folder"),
        ("update_notice = 0", "update_notice"),
        ("model_code = false", "model_code"),
        ('model_code = "no"', "model_code"),
        ("update_place = []", "update_place"),
        ("blinded = true", "blinded"),
    ],
)
def test_an_unusable_key_is_named_and_the_others_hold(tmp_path, line, key):
    other = "update_notice = false" if key != "update_notice" else 'update_place = "there"'
    found = written(tmp_path, f"{line}\n{other}\n")
    assert len(found.problems) == 1
    assert key in found.problems[0]
    assert (found.update_notice, found.update_place) in ((False, ""), (True, "there"))
    assert (found.own_read_first, found.readers, found.projects_folder) == (None, (), None)


@pytest.mark.parametrize("content", [b"readers = [", b"\xff\xfe\xff"])
def test_a_damaged_policy_is_told_not_raised(tmp_path, content):
    path = tmp_path / "policy.toml"
    path.write_bytes(content)
    found = read_policy(path)
    assert "cannot be read" in found.problems[0]
    assert found.own_read_first is None


def test_the_administrators_file_wins_over_the_persons(tmp_path, monkeypatch):
    theirs, own = tmp_path / "theirs.toml", tmp_path / "own.toml"
    own.write_text('readers = ["Own"]', encoding="utf-8")
    monkeypatch.setattr(policies, "policy_file", lambda: theirs)
    monkeypatch.setenv("MMDESK_POLICY", str(own))
    policy.cache_clear()
    try:
        assert policy().readers == ("Own",)
        theirs.write_text('readers = ["Theirs"]', encoding="utf-8")
        policy.cache_clear()
        assert policy().readers == ("Theirs",)
    finally:
        monkeypatch.undo()
        policy.cache_clear()


def test_the_policy_stands_where_only_administrators_write(monkeypatch):
    assert policy_file().name == "policy.toml"
    monkeypatch.setattr("sys.platform", "win32")
    monkeypatch.setenv("PROGRAMDATA", "D:/Everyone")
    assert policy_file() == Path("D:/Everyone/mmdesk/policy.toml")
    monkeypatch.setattr("sys.platform", "darwin")
    assert str(policy_file()).startswith("/Library/")


def test_every_key_is_documented_and_the_example_can_be_used(tmp_path):
    text = (ROOT / "packaging" / "README.md").read_text(encoding="utf-8")
    example = (ROOT / "packaging" / "policy.toml").read_text(encoding="utf-8")
    assert [key for key in KEYS if f"`{key}`" not in text] == []
    uncommented = re.sub(r"^# (\w+ = )", r"\1", example, flags=re.MULTILINE)
    found = written(tmp_path, uncommented)
    assert found.problems == ()
    assert [key for key in KEYS if f"\n{key} = " not in uncommented] == []
    assert written(tmp_path, example) == Policy(file=tmp_path / "policy.toml")


@pytest.mark.parametrize("ruled", [True, False])
def test_blinded_reading_is_the_administrators(tmp_path, policed, ruled):
    policed(own_read_first=ruled)
    project = make_project(tmp_path)
    try:
        assert project.own_read_first is ruled
        with pytest.raises(Situation, match="administrator"):
            project.set_own_read_first(not ruled, "Ann")
        assert project.own_read_first is ruled
    finally:
        project.close()


def test_without_a_policy_the_project_decides(tmp_path, policed):
    policed()
    project = make_project(tmp_path)
    try:
        project.set_own_read_first(False, "Ann")
        assert project.own_read_first is False
    finally:
        project.close()


def test_only_listed_readers_label_from_a_terminal(policed):
    from mmdesk.cli.options import permitted_reader

    policed(readers=("Ann", "Ben"))
    assert permitted_reader("Ann") == "Ann"
    with pytest.raises(Situation, match="Ann, Ben"):
        permitted_reader("Eve")
    policed()
    assert permitted_reader("Eve") == "Eve"


def test_doctor_names_what_is_wrong_with_a_policy(policed):
    from mmdesk.services.doctor import computer

    policed(problems=("The policy has the key blinded.",))
    assert computer()["policy"] == "policy.toml The policy has the key blinded."
    policed()
    assert computer()["policy"] == "policy.toml"
