"""The shape of the code: layers, folders, sizes, and what is loaded before the window shows."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

import mmdesk
from mmdesk.jobs import registry

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "mmdesk"
LARGEST_FILE = 500
PYTHON = sorted([*PACKAGE.rglob("*.py"), *(ROOT / "tests").rglob("*.py"), *(ROOT / "packaging").rglob("*.py")])
HEAVY = {"tensorflow", "keras", "sklearn", "scipy", "onnx", "tf2onnx"}
AFTER_PAINT = {
    "numpy",
    "PIL",
    "onnxruntime",
    "polars",
    "pyqtgraph",
    "typer",
    "rich",
    "alembic",
    "pydicom",
    "openpyxl",
    "xlsxwriter",
}


def run_python(script, **environment):
    done = subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, **environment},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_import_contracts_hold():
    script = "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports(cache_dir=None))"
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr


def test_every_folder_of_code_is_a_package():
    folders = {path.parent for path in PACKAGE.rglob("*.py")}
    assert [str(folder) for folder in folders if not (folder / "__init__.py").exists()] == []


def test_packages_are_empty():
    full = [path for path in PACKAGE.rglob("__init__.py") if path.parent != PACKAGE and path.read_text().strip()]
    assert full == []


def test_importing_the_program_loads_what_it_must_and_a_notebook_more_only_when_it_asks():
    script = (
        "import sys, mmdesk\n"
        "early = sorted(name for name in sys.modules if name.startswith('mmdesk.'))\n"
        "assert early == ['mmdesk.support', 'mmdesk.support.offline'], early\n"
        "assert callable(mmdesk.open) and 'open' in dir(mmdesk)\n"
        "loaded = {name.partition('.')[0] for name in sys.modules}\n"
        "assert not loaded & {'PySide6', 'shiboken6', 'pyqtgraph', 'tensorflow', 'keras'}, loaded\n"
    )
    run_python(script)
    assert not hasattr(mmdesk, "nothing_like_it")


@pytest.mark.parametrize("path", PYTHON, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_file_is_too_long(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= LARGEST_FILE


def test_no_code_names_a_place_on_this_computer():
    homes = [f"/{name}/" for name in ("home", "root", "Users", "work")]
    found = []
    for path in [path for path in PYTHON if ROOT / "tests" not in path.parents]:
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if any(f'"{home}' in line or f"'{home}" in line for home in homes):
                found.append(f"{path.relative_to(ROOT)}:{number}")
    assert found == []


@pytest.mark.parametrize("kind", sorted(registry.ENTRIES))
def test_each_job_of_the_registry_names_a_function(kind):
    module, _, function = registry.ENTRIES[kind].partition(":")
    spec = find_spec(module)
    assert spec is not None
    tree = ast.parse(Path(spec.origin).read_text(encoding="utf-8"))
    assert function in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
    assert kind in registry.NAMES


def _own_modules():
    apart = ("modelling", "ui")
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(PACKAGE).with_suffix("").parts
        if parts[0] in apart or parts[-1] in {"__init__", "__main__", "env"} or "versions" in parts:
            continue
        yield ".".join(("mmdesk", *parts))


def test_nothing_outside_modelling_loads_tensorflow_and_nothing_outside_ui_loads_qt():
    script = (
        "import importlib, json, sys\n"
        f"for name in {list(_own_modules())!r}: importlib.import_module(name)\n"
        "print(json.dumps(sorted({name.partition('.')[0] for name in sys.modules})))\n"
    )
    loaded = set(json.loads(run_python(script)))
    assert loaded & (HEAVY | {"PySide6", "shiboken6", "pyqtgraph"}) == set()


def test_the_door_to_the_window_loads_no_command_line():
    script = (
        "import sys\n"
        "import mmdesk.__main__ as door\n"
        "door._has_display = lambda: False\n"
        "assert door.main([]) == 1\n"
        "print(' '.join(sys.modules))\n"
    )
    loaded = {name.partition(".")[0] for name in run_python(script).split()}
    assert loaded & (HEAVY | AFTER_PAINT) == set()
    assert "sqlalchemy" not in loaded


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    from mmdesk.core.fields.schema_toml import read_schema
    from mmdesk.core.job import SilentContext
    from mmdesk.services.demo.phantoms import TABLE, PhantomOptions, generate
    from mmdesk.services.importing.from_table import new_project
    from mmdesk.support.resources import resource

    folder = tmp_path_factory.mktemp("phantoms")
    generate(folder, PhantomOptions(4, seed=1, size=48))
    schema = read_schema(resource("schemas", "phantom.toml").read_text(encoding="utf-8"))
    new_project(folder / "Test.mmdesk", folder / TABLE, schema=schema, ctx=SilentContext())
    return folder / "Test.mmdesk"


def test_only_what_the_first_paint_needs_is_loaded_when_the_window_shows(project):
    """The child stops itself at the event `window_shown`, before what comes after it is imported."""
    script = (
        "import json, os, sys\n"
        "from mmdesk.ui.shell import startup\n"
        "def told(event, **facts):\n"
        "    if event == 'window_shown':\n"
        "        names = sorted({name.partition('.')[0] for name in sys.modules})\n"
        "        print(json.dumps({'cases': facts['cases'], 'loaded': names}), flush=True)\n"
        "        os._exit(0)\n"
        "startup.trace = told\n"
        "import mmdesk.__main__ as door\n"
        f"door.main(['open', {str(project)!r}])\n"
    )
    told = json.loads(run_python(script, QT_QPA_PLATFORM="offscreen"))
    assert told["cases"] == 4, "the worklist's first page is painted"
    assert {"PySide6", "sqlalchemy"} <= set(told["loaded"])
    assert set(told["loaded"]) & (HEAVY | AFTER_PAINT | {"pydantic"}) == set()
