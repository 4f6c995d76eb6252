"""What the packages are made from hangs together: locks, patterns, man page, launcher, scripts."""

from __future__ import annotations

import plistlib
import re
import shutil
import subprocess
import sys
import tomllib
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
import typer

ROOT = Path(__file__).resolve().parents[3]
PACKAGING = ROOT / "packaging"
sys.path.insert(0, str(PACKAGING / "pyinstaller"))

from contents import NEVER, TRAINING, kept, reached, to_strip  # noqa: E402
from freeze import version  # noqa: E402

SCRIPTS = sorted([*PACKAGING.rglob("*.sh"), ROOT / ".ci" / "run"])


def locked(name):
    text = (PACKAGING / name).read_text(encoding="utf-8")
    return dict(re.findall(r"^([a-z0-9._-]+)==([^\s;]+)", text, re.MULTILINE))


def test_packages_hold_what_was_tested():
    tested, packaged = locked("lock.txt"), locked("lock-package.txt")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    names = {re.split(r"[<>=; \[]", line)[0].lower() for line in project["project"]["dependencies"]}
    assert names - set(packaged) == set()
    differing = {name for name, number in packaged.items() if tested.get(name, number) != number}
    assert differing == set()


def test_packages_are_not_built_with_test_tools_and_tests_not_with_build_tools():
    assert not {"pytest", "hypothesis", "scikit-learn", "mypy"} & set(locked("lock-package.txt"))
    assert "pyinstaller" not in locked("lock.txt")


def test_every_package_to_build_with_has_hashes_and_no_address():
    text = (PACKAGING / "lock-package.txt").read_text(encoding="utf-8")
    packages = re.split(r"^(?=[a-z0-9._-]+==)", text, flags=re.MULTILINE)[1:]
    assert len(packages) > 50
    assert [part.split()[0] for part in packages if "--hash=sha256:" not in part] == []
    assert "://" not in text


def test_copyleft_parts_stay_out_of_packages():
    assert "pylibjpeg-libjpeg" not in locked("lock-package.txt")
    entries = [("PySide6/Qt/lib/libQt6VirtualKeyboard.so.6", "x", "BINARY")]
    assert kept(entries) == []


def test_what_is_left_out_and_what_stays():
    places = {
        "PySide6/Qt/plugins/platforms/libqxcb.so": True,
        "PySide6/Qt/plugins/platforms/libqoffscreen.so": True,
        "PySide6/Qt/plugins/platforms/libqeglfs.so": False,
        "PySide6/Qt/plugins/imageformats/libqsvg.so": True,
        "PySide6/Qt/translations/qt_de.qm": False,
        "tensorflow/include/a.h": False,
        "mmdesk/resources/models/phantom-pair/model.keras": True,
        "libstdc++.so.6": False,
        "libcups.so.2": False,
        "numpy.libs/libgfortran-040039e1.so.5": True,
        "pydicom/data/test_files/CT_small.dcm": False,
    }
    entries = [(place, "/source", "DATA") for place in places]
    assert [place for place, _, _ in kept(entries)] == [place for place, stays in places.items() if stays]


def test_the_reader_leaves_out_the_models_that_only_training_reads():
    places = {
        "mmdesk/resources/models/phantom-pair/model.keras": False,
        "mmdesk/resources/models/phantom-pair/familiarity.npz": True,
        "mmdesk/resources/models/parts/0.onnx": True,
    }
    entries = [(place, "/source", "DATA") for place in places]
    assert [place for place, _, _ in kept(entries, full=False)] == [p for p, stays in places.items() if stays]


def test_libraries_go_that_only_left_out_files_needed():
    links = {
        "/w/QtGui.so": ["libQt6Gui.so.6"],
        "/w/libQt6Gui.so.6": ["libicu.so.73", "libz.so.1"],
        "/w/libicu.so.73": [],
        "/lib/libz.so.1": [],
    }
    stay = [
        ("PySide6/QtGui.so", "/w/QtGui.so", "EXTENSION"),
        ("PySide6/Qt/lib/libQt6Gui.so.6", "/w/libQt6Gui.so.6", "BINARY"),
        ("PySide6/Qt/lib/libicu.so.73", "/w/libicu.so.73", "BINARY"),
        ("libz.so.1", "/lib/libz.so.1", "BINARY"),
        ("libQt6Gui.so.6", "PySide6/Qt/lib/libQt6Gui.so.6", "SYMLINK"),
        ("_openjpeg.cpython-311-x86_64-linux-gnu.so", "/lib/libz.so.1", "EXTENSION"),
        ("libpython3.11.so.1.0", "/lib/libz.so.1", "BINARY"),
        ("numpy.libs/libblas.so", "/w/QtGui.so", "BINARY"),
        ("libblas.so", "numpy.libs/libblas.so", "SYMLINK"),
    ]
    go = [
        ("PySide6/Qt/lib/libQt6EglFs.so.6", "/w/libQt6EglFs.so.6", "BINARY"),
        ("libgtk-3.so.0", "/lib/libgtk-3.so.0", "BINARY"),
        ("libQt6EglFs.so.6", "PySide6/Qt/lib/libQt6EglFs.so.6", "SYMLINK"),
    ]
    assert reached([*go, *stay], lambda file: links[file]) == stay


def test_the_program_does_not_import_what_is_left_out():
    from mmdesk.support.resources import resource

    assert resource("themes", "mmdesk.svg").is_file()
    outside = {name.split(".")[0] for name in NEVER} - {"PySide6", "tensorflow"}
    used = re.compile(rf"^\s*(?:import|from) ({'|'.join(sorted(outside))})\b", re.MULTILINE)
    files = [path for path in (ROOT / "mmdesk").rglob("*.py") if "modelling" not in path.parts]
    assert [path.name for path in files if used.search(path.read_text(encoding="utf-8"))] == []


_CHECKED_ONLY = re.compile(r"^if TYPE_CHECKING:\n(?: {4}.*\n)+", re.MULTILINE)
"""Imports that nothing runs."""


def test_the_readers_flavour_lacks_only_what_modelling_imports():
    used = re.compile(rf"^\s*(?:import|from) ({'|'.join(map(re.escape, TRAINING))})\b", re.MULTILINE)
    found = {
        path.relative_to(ROOT / "mmdesk").parts[0]
        for path in (ROOT / "mmdesk").rglob("*.py")
        if used.search(_CHECKED_ONLY.sub("", path.read_text(encoding="utf-8")))
    }
    assert found == {"modelling"}


def test_only_named_libraries_are_stripped(tmp_path):
    for name in (
        "tensorflow/libtensorflow_cc.so.2",
        "numpy/core.so",
        "_polars_runtime_32/_polars_runtime.abi3.so",
    ):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    assert [path.name for path in to_strip(tmp_path)] == ["_polars_runtime.abi3.so", "libtensorflow_cc.so.2"]


def test_version_is_the_programs():
    from mmdesk import __version__

    assert version() == __version__


def test_every_command_is_in_the_man_page():
    from mmdesk.cli.app import app

    text = (PACKAGING / "linux" / "mmdesk.1").read_text(encoding="utf-8")
    commands = typer.main.get_command(app).commands
    assert [name for name in commands if not re.search(rf'^\.B[IR] "?{name}\b', text, re.MULTILINE)] == []


def test_launcher_metainfo_and_file_type_agree():
    launcher = (PACKAGING / "linux" / "mmdesk.desktop").read_text(encoding="utf-8")
    metainfo = ET.parse(PACKAGING / "linux" / "org.mmdesk.mmdesk.metainfo.xml").getroot()
    types = ET.parse(PACKAGING / "linux" / "mmdesk.xml").getroot()
    kind = types[0].get("type")
    assert f"MimeType={kind};" in launcher
    assert metainfo.findtext("provides/mediatype") == kind
    assert metainfo.findtext("launchable") == "mmdesk.desktop"


def test_the_file_types_mark_is_the_databases():
    from mmdesk.storage.database.dialect import APPLICATION

    text = (PACKAGING / "linux" / "mmdesk.xml").read_text(encoding="utf-8")
    assert f'offset="68" value="{APPLICATION.to_bytes(4, "big").decode()}"' in text


def test_entitlements_can_be_read():
    rights = plistlib.loads((PACKAGING / "macos" / "entitlements.plist").read_bytes())
    assert all(rights.values())


@pytest.mark.skipif(shutil.which("sh") is None, reason="there is no sh here")
@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_scripts_are_plain_sh(script):
    assert script.read_text(encoding="utf-8").startswith(("#!/bin/sh", "#"))
    done = subprocess.run(["sh", "-n", str(script)], capture_output=True, text=True, check=False)
    assert done.stderr == ""


@pytest.mark.skipif(shutil.which("sh") is None, reason="there is no sh here")
def test_an_unknown_word_is_refused_before_anything_is_built(tmp_path):
    command = ["sh", str(PACKAGING / "build.sh"), "--out", str(tmp_path / "out"), "snap"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "Unknown: snap" in done.stderr
    assert not (tmp_path / "out").exists()


@pytest.mark.skipif(shutil.which("makensis") is None, reason="makensis is not here")
def test_the_windows_installer_compiles_around_a_stub(tmp_path):
    command = ["sh", str(PACKAGING / "windows" / "build.sh"), str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    setup = Path(done.stdout.strip())
    assert setup.name.endswith("-STUB-setup.exe")
    assert setup.read_bytes()[:2] == b"MZ"


@pytest.fixture
def archive(tmp_path):
    """Lay out an unpacked archive whose program is a small script."""
    folder = tmp_path / "archive"
    (folder / "program").mkdir(parents=True)
    program = folder / "program" / "mmdesk"
    program.write_text('#!/bin/sh\necho "mmdesk 9"\n', encoding="utf-8")
    program.chmod(0o755)
    (folder / "share" / "applications").mkdir(parents=True)
    shutil.copy(PACKAGING / "linux" / "mmdesk.desktop", folder / "share" / "applications")
    shutil.copy(PACKAGING / "tar" / "install.sh", folder)
    return folder


def install(archive, *words):
    return subprocess.run(["sh", str(archive / "install.sh"), *words], capture_output=True, text=True, check=False)


@pytest.mark.skipif(sys.platform != "linux", reason="the archive is for Linux")
def test_archive_installs_upgrades_and_goes_without_trace(tmp_path, archive):
    prefix = tmp_path / "Jörg's place"
    (prefix / "bin").mkdir(parents=True)
    (prefix / "bin" / "other").touch()
    for _ in range(2):
        done = install(archive, "--prefix", str(prefix))
        assert done.returncode == 0, done.stderr
        assert "mmdesk 9" in done.stdout
    assert (prefix / "bin" / "mmdesk").resolve() == prefix / "opt" / "mmdesk" / "mmdesk"
    launcher = (prefix / "share" / "applications" / "mmdesk.desktop").read_text(encoding="utf-8")
    assert f'Exec="{prefix}/opt/mmdesk/mmdesk" %f' in launcher
    assert install(archive, "--prefix", str(prefix), "--uninstall").returncode == 0
    assert [path for path in prefix.rglob("*") if path.is_file()] == [prefix / "bin" / "other"]
    assert not (prefix / "opt").exists()


@pytest.mark.skipif(sys.platform != "linux", reason="the archive is for Linux")
def test_archive_without_its_program_changes_nothing(tmp_path, archive):
    shutil.rmtree(archive / "program")
    done = install(archive, "--prefix", str(tmp_path / "prefix"))
    assert done.returncode == 1
    assert "Unpack the whole archive" in done.stderr
    assert not (tmp_path / "prefix" / "opt").exists()
