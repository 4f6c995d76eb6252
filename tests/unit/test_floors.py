"""Versions below which known holes lie are stated, locked and installed."""

from __future__ import annotations

import re
import tomllib
from importlib.metadata import version
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

ROOT = Path(__file__).resolve().parents[2]
FLOORS = {"keras": "3.15.1", "pillow": "12.3", "pydicom": "3.0.2"}


def declared():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    lines = [*project["project"]["dependencies"], *project["dependency-groups"]["dev"]]
    return [Requirement(line) for line in lines]


def locked():
    text = (ROOT / "packaging" / "lock.txt").read_text(encoding="utf-8")
    found = {}
    for name, number in re.findall(r"^([a-z0-9._-]+)==([^\s;]+)", text, re.MULTILINE):
        found.setdefault(name, []).append(number)
    return found


@pytest.mark.parametrize(("name", "floor"), FLOORS.items())
def test_floor_is_stated_locked_and_installed(name, floor):
    stated = next(wanted for wanted in declared() if wanted.name == name)
    lowest = [spec.version for spec in stated.specifier if spec.operator == ">="]
    assert [Version(number) >= Version(floor) for number in lowest] == [True]
    assert all(Version(number) >= Version(floor) for number in locked()[name])
    assert Version(version(name)) >= Version(floor)


def test_sqlite_has_no_wal_reset_bug():
    from pysqlite3 import dbapi2

    assert dbapi2.sqlite_version_info >= (3, 51, 3)


@pytest.mark.parametrize("python", ["3.11", "3.12", "3.13"])
@pytest.mark.parametrize("system", ["linux", "win32", "darwin"])
def test_lock_meets_every_declared_dependency(python, system):
    machine = "arm64" if system == "darwin" else "x86_64"
    place = {
        "python_version": python,
        "python_full_version": f"{python}.0",
        "sys_platform": system,
        "platform_machine": machine,
    }
    text = (ROOT / "packaging" / "lock.txt").read_text(encoding="utf-8")
    lines = [Requirement(line.rstrip("\\ ")) for line in text.splitlines() if re.match(r"[a-z0-9]", line)]
    lock = [line for line in lines if line.marker is None or line.marker.evaluate(place)]
    for wanted in declared():
        if wanted.marker is not None and not wanted.marker.evaluate(place):
            continue
        numbers = [next(iter(line.specifier)).version for line in lock if line.name == wanted.name]
        assert len(numbers) == 1, wanted
        assert wanted.specifier.contains(numbers[0]), wanted


@pytest.mark.parametrize("name", ["lock.txt", "bootstrap.txt"])
def test_every_locked_package_has_hashes_and_no_address(name):
    text = (ROOT / "packaging" / name).read_text(encoding="utf-8")
    packages = re.split(r"^(?=[a-z0-9._-]+==)", text, flags=re.MULTILINE)[1:]
    assert packages
    assert [part.split()[0] for part in packages if "--hash=sha256:" not in part] == []
    assert "://" not in text
    assert "--index" not in text


def test_no_package_under_a_copyleft_licence_that_the_bundle_avoids():
    assert "pylibjpeg-libjpeg" not in locked()
