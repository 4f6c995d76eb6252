"""Starts whole programs and reads what they traced."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
Event = dict[str, Any]


def traced(arguments: Sequence[str], until: str, *, seconds: float = 60) -> list[Event]:
    """Run mmdesk with a trace until an event comes, end it, and return all events."""
    with tempfile.TemporaryDirectory() as folder:
        trace = Path(folder) / "trace.jsonl"
        environment = os.environ | {"MMDESK_TRACE": str(trace), "MMDESK_HOME": str(Path(folder) / "home")}
        command = [sys.executable, "-m", "mmdesk", *arguments]
        program = subprocess.Popen(command, env=environment, cwd=ROOT, stderr=subprocess.DEVNULL)
        try:
            _wait(lambda: any(event["event"] == until for event in _events(trace)), program, seconds, until)
        finally:
            program.terminate()
            program.wait(20)
        return _events(trace)


def module(name: str, *arguments: str) -> dict[str, Any]:
    """Run a module that writes one JSON file, given as its last argument, and return that."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out.json"
        environment = os.environ | {"MMDESK_HOME": str(Path(folder) / "home")}
        command = [sys.executable, "-m", name, *arguments, str(out)]
        subprocess.run(command, env=environment, cwd=ROOT, check=True, stderr=subprocess.DEVNULL)
        result: dict[str, Any] = json.loads(out.read_text(encoding="utf-8"))
        return result


def _events(trace: Path) -> list[Event]:
    if not trace.exists():
        return []
    lines = trace.read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines if line.endswith("}")]


def _wait(done: Callable[[], bool], program: subprocess.Popen[bytes], seconds: float, what: str) -> None:
    end = time.monotonic() + seconds
    while not done():
        if program.poll() is not None or time.monotonic() > end:
            raise RuntimeError(f"mmdesk never came to {what}")
        time.sleep(0.05)
