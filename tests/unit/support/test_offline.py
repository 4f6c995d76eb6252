"""The switches are set in every process, before the libraries and whatever a person's own settings say."""

import ast
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from mmdesk.imaging.dicom.decoder_process import DecoderProcess
from mmdesk.jobs.process import Process
from mmdesk.support.offline import SWITCHES

ROOT = Path(__file__).resolve().parents[3]
TELL = f"import json, os; print(json.dumps({{name: os.environ.get(name) for name in {list(SWITCHES)!r}}}))"


@pytest.mark.parametrize("own", [{}, dict.fromkeys(SWITCHES, "0")])
def test_they_are_set_as_soon_as_anything_of_mmdesk_is_imported(own):
    environment = {name: value for name, value in os.environ.items() if name not in SWITCHES}
    done = subprocess.run(
        [sys.executable, "-c", f"import mmdesk.core.errors; {TELL}; import socket; print(socket.has_ipv6)"],
        env={**environment, **own, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    switches, has_ipv6 = done.stdout.splitlines()
    assert json.loads(switches) == SWITCHES
    assert has_ipv6 == "False"


def test_the_model_process_is_started_with_them(monkeypatch, private_home):
    for name in SWITCHES:
        monkeypatch.delenv(name)
    process = Process([sys.executable, "-c", f"import os, sys; os.dup2(2, 1); {TELL}"])
    assert process.exit_code(60) == 0
    process.close()
    assert json.loads((private_home / "log" / "model-process.log").read_text()) == SWITCHES


def test_the_decoder_is_started_with_them(monkeypatch, tmp_path):
    for name in SWITCHES:
        monkeypatch.delenv(name)
    told = tmp_path / "told.json"
    script = f"import os, json; open({str(told)!r}, 'w').write(json.dumps(dict(os.environ)))"
    aside = DecoderProcess([sys.executable, "-c", script])
    aside._process = aside._started()
    aside._process.wait()
    aside.close()
    assert SWITCHES.items() <= json.loads(told.read_text()).items()


def test_onnx_runtime_is_imported_in_one_module():
    importing = []
    for path in [path for name in ("mmdesk", "packaging", "tests") for path in (ROOT / name).rglob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                names = [one.name for one in node.names]
            elif isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            else:
                continue
            if any(name.partition(".")[0] == "onnxruntime" for name in names):
                importing.append(path.relative_to(ROOT).as_posix())
    assert importing == ["mmdesk/inference/runtime.py"]


def test_onnx_runtimes_own_switch_is_called():
    script = (
        "import onnxruntime\n"
        "called = []\n"
        "onnxruntime.disable_telemetry_events = lambda: called.append(1)\n"
        "import mmdesk.inference.runtime\n"
        "assert called == [1]\n"
    )
    subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        check=True,
    )
