"""The wheel carries the resources, and the program reads them from there."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    out = tmp_path_factory.mktemp("dist")
    build = "import sys; from hatchling.build import build_wheel; print(build_wheel(sys.argv[1]))"
    done = subprocess.run(
        [sys.executable, "-c", build, str(out)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return next(out.glob("*.whl"))


def test_wheel_holds_every_resource_once(wheel):
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    here = sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "resources").rglob("*") if path.is_file())
    assert here, "the checkout has no resources"
    packed = {name.removeprefix("mmdesk/") for name in names if name.startswith("mmdesk/resources/")}
    assert [name for name in here if name not in packed] == []
    assert len(names) == len(set(names))
    assert not [name for name in names if name.startswith(("tests/", "packaging/"))]


def test_program_in_the_wheel_reads_its_own_resources(wheel, tmp_path):
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "site")
    script = (
        "from mmdesk.support.resources import resource\n"
        "import mmdesk\n"
        "from mmdesk.core.fields.schema_toml import read_schema\n"
        "path = resource('schemas', 'phantom.toml')\n"
        "schema = read_schema(path.read_text(encoding='utf-8'), path.name)\n"
        "print(mmdesk.__file__); print(path); print(len(schema.targets))\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(tmp_path / "site")}
    done = subprocess.run(
        [sys.executable, "-c", script],
        env=environment,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    module, path, targets = done.stdout.split()
    site = (tmp_path / "site").resolve()
    assert Path(module).resolve().is_relative_to(site)
    assert Path(path).resolve().is_relative_to(site)
    assert int(targets) > 0


def test_wheel_has_one_command(wheel):
    with zipfile.ZipFile(wheel) as archive:
        name = next(name for name in archive.namelist() if name.endswith("entry_points.txt"))
        assert "mmdesk = mmdesk.__main__:main" in archive.read(name).decode()
