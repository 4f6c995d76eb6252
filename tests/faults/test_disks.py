"""A full disk and one that cannot be written: commands say so, end with 1, and damage nothing."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from mmdesk.cli.app import Doors, run
from mmdesk.support import paths
from tests.faults.disks import disk, fill, needs_mounts, read_only
from tests.faults.flips import NAME, make_sound

pytestmark = [
    needs_mounts,
    pytest.mark.filterwarnings(
        "ignore::pytest.PytestUnraisableExceptionWarning"
    ),  # of zipfile, thrown away on a full disk
]


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_sound(tmp_path_factory.mktemp("sound"))


def says(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, str]:
    doors = Doors(window=lambda _project: 0, screenshots=lambda _project, _folder, _reader: [])
    code = run([str(word) for word in words], doors)
    return code, "".join(capsys.readouterr())


TABLE = "id,age\nx1,3\nx2,4\nx3,5\nx4,6\n"
WRITES: dict[str, Sequence[str]] = {
    "csv": ("export", "{sound}", "{there}/out.csv"),
    "tsv": ("export", "{sound}", "{there}/out.tsv"),
    "xlsx": ("export", "{sound}", "{there}/out.xlsx"),
    "parquet": ("export", "{sound}", "{there}/out.parquet"),
    "jsonl": ("export", "{sound}", "{there}/out.jsonl"),
    "new": ("new", "{there}/made.mmdesk", "--from", "{table}"),
    "packet": ("packet", "{sound}", "--out", "{there}/out.mmpacket", "--reader", "Ben"),
    "demo": ("demo", "--headless", "--dir", "{there}/demo"),
    "marks": ("export", "{sound}", "{there}/marks", "--marks", "coco"),
}


@pytest.mark.parametrize("name", WRITES)
@pytest.mark.parametrize("kind", ["full", "read-only"])
def test_what_is_written_there_is_said_to_have_no_room(
    name: str, kind: str, sound: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table = tmp_path / "table.csv"
    table.write_text(TABLE)
    with disk(tmp_path / "disk", "300k") as there:
        if kind == "full":
            fill(there)
            code, said = says(capsys, *(word.format(sound=sound, there=there, table=table) for word in WRITES[name]))
            assert code == 1, said
            assert "disk is full" in said
            assert [path.name for path in there.rglob("*") if path.is_file()] == ["fill"]
        else:
            with read_only(there, tmp_path / "ro") as closed:
                words = [word.format(sound=sound, there=closed, table=table) for word in WRITES[name]]
                code, said = says(capsys, *words)
                assert code == 1, said
                assert "written" in said or "cannot be made" in said
    assert "Traceback" not in said


LOOKS = (("models",), ("agreement",), ("disagreements",), ("doctor",))
CHANGES = (("label", "c40", "grade=mild", "--reader", "Ann"), ("backup",), ("assign", "Ann"))


@pytest.mark.parametrize("kind", ["full", "read-only"])
def test_a_project_there_can_be_looked_at_and_not_changed(
    kind: str, sound: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with disk(tmp_path / "disk") as there:
        project = there / NAME
        shutil.copytree(sound, project)
        if kind == "full":
            fill(there)
            _looks_and_does_not_change(project, tmp_path, capsys, "disk of this project is full")
        else:
            with read_only(there, tmp_path / "ro") as closed:
                _looks_and_does_not_change(closed / NAME, tmp_path, capsys, "where nothing can be written")


def _looks_and_does_not_change(project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], words: str) -> None:
    held = (project / "project.db").read_bytes()
    for command, *more in LOOKS:
        code, said = says(capsys, command, project, *more)
        assert code in (0, 1), said
        assert "damaged" not in said
        assert "Traceback" not in said
    code, said = says(capsys, "export", project, tmp_path / "out.csv")
    assert code == 0, said
    for command, *more in CHANGES:
        code, said = says(capsys, command, project, *more)
        assert code == 1, (command, said)
        assert words in said
    assert (project / "project.db").read_bytes() == held


def test_a_log_and_data_without_room_stop_nothing(
    sound: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with disk(tmp_path / "disk") as there, read_only(there, tmp_path / "ro") as closed:
        monkeypatch.setenv("MMDESK_HOME", str(closed / "home"))
        code, said = says(capsys, "export", sound, tmp_path / "out.csv")
        assert code == 0, said
        code, said = says(capsys, "demo", "--headless")
        assert code == 1, said
        assert "Nothing can be written" in said


def test_what_the_system_refuses_is_said_with_what_the_place_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MMDESK_HOME", str(tmp_path / "home"))

    def refuse(*_: object, **__: object) -> None:
        raise OSError(13, "refused", str(paths.data_dir() / "demo"))

    monkeypatch.setattr("mmdesk.services.demo.demo.make_demo", refuse)
    code, said = says(capsys, "demo")
    assert code == 1
    assert "folder of mmdesk's data" in said


def test_a_file_that_only_mmdesk_looked_for_is_our_bug(
    sound: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def lose(*_: object, **__: object) -> None:
        raise FileNotFoundError(2, os.strerror(2), str(Path(sys.prefix) / "nowhere"))

    monkeypatch.setattr("mmdesk.services.exporting.table.export_project", lose)
    assert not caplog.records
    assert says(capsys, "export", sound, tmp_path / "out.csv")[0] == 3
    assert "Our bug" in caplog.text
