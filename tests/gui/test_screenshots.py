"""Pictures of the pages, as `mmdesk demo --headless` leaves them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from mmdesk.core.fields.schema_toml import read_schema
from mmdesk.core.job import SilentContext
from mmdesk.services.demo.phantoms import TABLE, PhantomOptions, generate
from mmdesk.services.importing.from_table import new_project
from mmdesk.support.resources import resource

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.gui
def test_each_page_is_pictured_and_the_persons_settings_stay(tmp_path, private_home):
    generate(tmp_path, PhantomOptions(4, seed=1, size=48))
    schema = read_schema(resource("schemas", "phantom.toml").read_text(encoding="utf-8"))
    new_project(tmp_path / "Test.mmdesk", tmp_path / TABLE, schema=schema, ctx=SilentContext())
    script = (
        "import json, sys\n"
        "from pathlib import Path\n"
        "from mmdesk.ui.shell.screenshots import take\n"
        "print(json.dumps(take(Path(sys.argv[1]), Path(sys.argv[2]), 'Ann')))\n"
    )
    words = [sys.executable, "-c", script, str(tmp_path / "Test.mmdesk"), str(tmp_path / "pictures")]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(words, env=environment, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    taken = [Path(path) for path in json.loads(done.stdout.splitlines()[-1])]
    assert [path.stem for path in taken] == ["reading", "worklist", "models", "recipe", "evaluation", "agreement"]
    for path in taken:
        with Image.open(path) as picture:
            assert picture.size == (1600, 1000)
            assert len(picture.convert("RGB").getcolors(1 << 24)) > 20, "a page, not a blank"
    assert len({path.read_bytes() for path in taken}) == 6
    assert not list(private_home.rglob("*.toml"))
    assert not list(private_home.rglob("*.json"))
