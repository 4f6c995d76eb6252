"""Put deliberate faults into the program and see which of them the tests notice.

    python -m tests.mutation                        the named faults of `named.py`
    python -m tests.mutation --sample 60 --seed 1   faults drawn at random from core, storage and modelling

A fault is noticed when a test that touches the module fails; one that ends in an endless loop counts too.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.mutation.mutants import Mutant, mutants_of
from tests.mutation.named import NAMED

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("core", "storage", "modelling")
LINKED = ("resources", "packaging", "pyproject.toml", "README.md", "CONTRIBUTING.md", "CHANGELOG.md")
LONGEST = 400
"""Seconds after which a fault counts as noticed: the program hangs."""


def tests_of(file: str) -> list[str]:
    """Return the tests that name a module, then all of its layer."""
    module = file.removesuffix(".py").replace("/", ".")
    package, _, name = module.rpartition(".")
    named = [
        str(path.relative_to(ROOT))
        for path in sorted((ROOT / "tests" / "unit").rglob("test_*.py"))
        if module in (text := path.read_text(encoding="utf-8")) or f"from {package} import {name}" in text
    ]
    return [*named, f"tests/unit/{file.split('/')[1]}"]


def noticed(work: Path, mutant: Mutant, tests: list[str]) -> bool:
    """Tell whether tests fail with a fault in the copy at `work`."""
    original = (work / mutant.file).read_text(encoding="utf-8")
    try:
        mutant.apply(work)
        compile((work / mutant.file).read_text(encoding="utf-8"), mutant.file, "exec")
        for some in dict.fromkeys(tests):
            command = [
                sys.executable,
                "-m",
                "pytest",
                "-q",
                "-x",
                "-m",
                "not slow",
                "-p",
                "no:cacheprovider",
                some,
            ]
            environment = {**os.environ, "PYTHONPATH": str(work), "QT_QPA_PLATFORM": "offscreen"}
            done = subprocess.run(command, cwd=work, env=environment, capture_output=True, timeout=LONGEST, check=False)
            if done.returncode == 1:
                return True
    except (subprocess.TimeoutExpired, SyntaxError):
        return True
    finally:
        (work / mutant.file).write_text(original, encoding="utf-8")
    return False


def named_mutants(root: Path) -> list[tuple[str, Mutant, list[str]]]:
    """Return the named faults; each must still fit exactly one part of its file."""
    found = []
    for fault in NAMED:
        text = (root / fault.file).read_text(encoding="utf-8")
        if text.count(fault.before) != 1:
            raise SystemExit(f"{fault.name}: {text.count(fault.before)} times in {fault.file}")
        start = text.index(fault.before)
        mutant = Mutant(
            fault.file,
            text.count("\n", 0, start) + 1,
            fault.before,
            fault.after,
            start,
            start + len(fault.before),
        )
        found.append((fault.name, mutant, list(fault.tests)))
    return found


def sampled(root: Path, packages: list[str], size: int, seed: int) -> list[tuple[str, Mutant, list[str]]]:
    """Return faults drawn at random, as many from each package."""
    draw = random.Random(seed)
    found = []
    for package in packages:
        files = sorted(str(path.relative_to(root)) for path in (root / "mmdesk" / package).rglob("*.py"))
        every = [mutant for file in files for mutant in mutants_of(root, file)]
        drawn = draw.sample(every, min(len(every), size // len(packages)))
        found += [(f"{mutant.file}:{mutant.line}", mutant, tests_of(mutant.file)) for mutant in drawn]
    return found


def main() -> int:
    """Run faults and print which survived; 1 when a named one did."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sample", type=int, default=0, help="how many random faults; none runs the named ones")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--package", choices=PACKAGES, action="append")
    parser.add_argument("--out", type=Path, help="a file of JSON lines with each outcome")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="mmdesk-mutation-") as folder:
        work = Path(folder)
        for name in ("mmdesk", "tests"):
            shutil.copytree(ROOT / name, work / name, ignore=shutil.ignore_patterns("__pycache__"))
        for name in (
            "resources",
            "packaging",
            "pyproject.toml",
            "README.md",
            "CONTRIBUTING.md",
            "CHANGELOG.md",
        ):
            (work / name).symlink_to(ROOT / name)
        packages = chosen.package or list(PACKAGES)
        faults = sampled(work, packages, chosen.sample, chosen.seed) if chosen.sample else named_mutants(work)
        survived = 0
        for name, mutant, tests in faults:
            began = time.monotonic()
            caught = noticed(work, mutant, tests)
            survived += not caught
            words = "noticed " if caught else "SURVIVED"
            change = f"{' '.join(mutant.before.split())!r} -> {' '.join(mutant.after.split())!r}"
            print(f"{words} {time.monotonic() - began:5.0f} s  {name}  {change}", flush=True)
            if chosen.out:
                row = {"name": name, "change": change, "noticed": caught}
                with chosen.out.open("a", encoding="utf-8") as file:
                    file.write(json.dumps(row) + "\n")
    total = len(faults)
    print(f"\n{total - survived} of {total} faults noticed ({(total - survived) / max(1, total):.0%})")
    return int(bool(survived) and not chosen.sample)


if __name__ == "__main__":
    sys.exit(main())
