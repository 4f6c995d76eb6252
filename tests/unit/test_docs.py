"""The documents say what the program does: commands, options, files, links, words."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import typer

from mmdesk.cli.app import app
from mmdesk.cli.model_commands import Action, Format
from mmdesk.core.fields.kinds import KINDS
from mmdesk.core.fields.schema_toml import read_schema

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
DOCUMENTS = sorted(path for path in [*ROOT.glob("*.md"), *(ROOT / "packaging").glob("*.md")] if path.name != "LICENSE")
COMMANDS = typer.main.get_command(app).commands
ROWS = re.findall(r"^\| `mmdesk ([^`]+)` \| (.+) \|$", README, re.MULTILINE)


def rows_of(command):
    return " ".join(usage for usage, _ in ROWS if usage.split()[0] == command)


def options_of(command):
    hidden = {"--help", "--json"}
    return {name for param in COMMANDS[command].params for name in param.opts if name.startswith("--")} - hidden


def test_every_command_is_in_the_readme_and_no_other():
    assert {usage.split()[0] for usage, _ in ROWS} == set(COMMANDS)


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_every_option_is_in_the_readme_and_no_other(command):
    said = set(re.findall(r"--[a-z-]+", rows_of(command)))
    assert said == options_of(command)


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_every_command_takes_json_and_explains_itself(command):
    assert "--json" in {name for param in COMMANDS[command].params for name in param.opts}
    assert COMMANDS[command].help
    unsaid = [param.name for param in COMMANDS[command].params if not getattr(param, "help", "")]
    assert unsaid == []


def test_every_action_on_models_is_in_the_readme():
    said = {usage.split()[2] for usage, _ in ROWS if usage.startswith("models")}
    assert said == {action.value for action in Action}


def test_every_form_of_export_is_in_the_readme():
    row = next(says for usage, says in ROWS if " export V" in usage)
    assert set(re.findall(r"`([a-z]+)`", row)) == {form.value for form in Format}


def test_every_kind_of_field_is_in_the_readme():
    assert [kind for kind in KINDS if f"`{kind}`" not in README] == []


def test_the_schema_in_the_readme_can_be_read():
    block = next(text for text in re.findall(r"```toml\n(.*?)```", README, re.DOTALL))
    schema = read_schema(block, "README.md")
    assert [field.name for field in schema] == ["left", "age", "findings"]


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_and_named_files_exist(path):
    text = path.read_text(encoding="utf-8")
    links = re.findall(r"\]\(([^)#:]+)\)", text)
    assert [link for link in links if not (path.parent / link).exists()] == []
    named = re.findall(r"(?:packaging|tests|mmdesk|resources|\.ci)[/\\][\w./\\-]+\.(?:py|sh|ps1|txt|toml|md)", text)
    assert [name for name in named if not (ROOT / name.replace("\\", "/")).exists()] == []


def test_top_level_holds_no_other_documents():
    assert {path.name for path in ROOT.glob("*.md")} == {"README.md", "CHANGELOG.md", "CONTRIBUTING.md"}


def test_licence_is_whole():
    text = (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert "Apache License" in text
    assert "END OF TERMS AND CONDITIONS" in text


def test_every_script_of_packaging_is_described():
    text = (ROOT / "packaging" / "README.md").read_text(encoding="utf-8")
    files = [path.name for path in (ROOT / "packaging").iterdir() if path.is_file() and path.name != "README.md"]
    assert [name for name in files if f"`{name}`" not in text] == []
