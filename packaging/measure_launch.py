"""Measure an installed program's launch against the checkout's, in turn, under the display of this session.

    xvfb-run -a .venv/bin/python packaging/measure_launch.py /opt/mmdesk/mmdesk PROJECT [--runs 10]

Prints the medians from the start of the process to the painted window and to the first prediction on screen.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
EVENTS = ("window_shown", "prediction_shown")


def launch(command: list[str], project: Path, seconds: float = 60) -> dict[str, float]:
    """Start the window with a project and return when each event came, in seconds."""
    with tempfile.TemporaryDirectory() as folder:
        trace = Path(folder) / "trace.jsonl"
        environment = os.environ | {"MMDESK_TRACE": str(trace), "MMDESK_HOME": str(Path(folder) / "home")}
        program = subprocess.Popen(
            [*command, "open", str(project)], env=environment, cwd=ROOT, stderr=subprocess.DEVNULL
        )
        try:
            end = time.monotonic() + seconds
            while time.monotonic() < end and program.poll() is None:
                found = events(trace)
                if set(EVENTS) <= set(found):
                    return found
                time.sleep(0.05)
            raise SystemExit(f"{command[0]} never came to {EVENTS}: {found}")
        finally:
            program.terminate()
            program.wait(20)


def events(trace: Path) -> dict[str, float]:
    """Return the first time of each event so far."""
    found: dict[str, float] = {}
    lines = trace.read_text(encoding="utf-8").splitlines() if trace.exists() else []
    for event in (json.loads(line) for line in lines if line.endswith("}")):
        found.setdefault(event["event"], event["t"])
    return found


def main() -> None:
    """Measure in turn and print medians and ratios."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("program", type=Path)
    arguments.add_argument("project", type=Path)
    arguments.add_argument("--runs", type=int, default=10)
    wanted = arguments.parse_args()
    commands = {"installed": [str(wanted.program.resolve())], "checkout": [sys.executable, "-m", "mmdesk"]}
    times: dict[str, list[dict[str, float]]] = {name: [] for name in commands}
    for _ in range(wanted.runs):
        for name, command in commands.items():
            times[name].append(launch(command, wanted.project.resolve()))
    for event in EVENTS:
        medians = {name: statistics.median(run[event] for run in runs) for name, runs in times.items()}
        ratio = medians["installed"] / medians["checkout"]
        print(
            f"{event}: installed {medians['installed']:.2f} s, checkout {medians['checkout']:.2f} s, "
            f"ratio {ratio:.2f}, medians of {wanted.runs}"
        )


if __name__ == "__main__":
    main()
