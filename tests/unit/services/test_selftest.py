"""The self-test finds what is wrong, tries everything whatever fails, and says it as JSON."""

from __future__ import annotations

import json
import shutil
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from mmdesk import __main__ as door
from mmdesk.cli import selftest as command
from mmdesk.imaging.opening import open_image
from mmdesk.services import selftest
from mmdesk.services.selftest import Differs, golden
from mmdesk.support.resources import resource

CHECKS = (
    "pictures",
    "migrations",
    "project",
    "predictions",
    "tables",
    "fine-tuning",
    "model forms",
    "doctor",
)


@pytest.fixture
def all_pass(monkeypatch):
    for name in ("_pictures", "_migrations"):
        monkeypatch.setattr(selftest, name, lambda: "seen")
    monkeypatch.setattr(selftest, "_project", lambda _folder: "seen")
    monkeypatch.setattr(selftest, "_with", lambda _folder, _check: "seen")
    monkeypatch.setattr(selftest, "_window", lambda _folder, _pictures: "seen")


def test_every_format_and_compression_decodes_as_it_did():
    words = selftest._pictures()
    for kind in (
        "PNG",
        "JPG",
        "TIF",
        "BMP",
        "WEBP",
        "JPEG-LS Lossless",
        "JPEG 2000 Image",
        "High-Throughput JPEG 2000",
        "JPEG Extended",
        "RLE",
        "Big Endian",
    ):
        assert kind in words


def test_there_is_a_golden_entry_for_every_picture_and_a_licence():
    here = resource("selftest")
    pictures = {path.name for path in here.iterdir()} - {"LICENSE", "pictures.json", "predictions.json"}
    assert set(golden("pictures.json")) == pictures
    assert "pydicom" in (here / "LICENSE").read_text(encoding="utf-8")


def test_the_ramp_in_high_throughput_jpeg_2000_opens_with_every_value():
    with closing(open_image(resource("selftest", "drawn_htj2k.dcm"))) as source:
        plane = source.read(0, None, None)
    down, across = np.mgrid[0:48, 0:64]
    assert (plane.pixels == (across * 31 + down * 17) % 4096).all()


@pytest.mark.parametrize("change", [{"size": [1, 1]}, {"pixels": "00" * 192}])
def test_a_picture_that_decodes_otherwise_is_named(monkeypatch, change):
    wanted = golden("pictures.json")
    wanted["SC_rgb_rle.dcm"] |= change
    monkeypatch.setattr(selftest, "golden", lambda _name: wanted)
    with pytest.raises(Differs, match=r"SC_rgb_rle\.dcm"):
        selftest._pictures()


def test_a_picture_may_differ_by_rounding(monkeypatch):
    facts = golden("pictures.json")["colour.jpg"]
    pixels = bytes(min(255, level + selftest.PICTURE_SLACK) for level in bytes.fromhex(facts["pixels"]))
    assert selftest._same_picture("colour.jpg", facts | {"pixels": pixels.hex()})


def test_distance_of_answers():
    wanted = {"sick": {"sick": 0.5}, "size": {"value": 99.0}}
    assert selftest._distance({"sick": {"sick": 0.5}, "size": {"value": 99.0}}, wanted) == 0
    assert selftest._distance({"sick": {"sick": 0.4}, "size": {"value": 99.0}}, wanted) == pytest.approx(0.1)
    assert selftest._distance({"sick": {"sick": 0.5}, "size": {"value": 100.0}}, wanted) == pytest.approx(0.01)
    with pytest.raises(Differs):
        selftest._distance({"sick": {"sick": 0.5}}, wanted)


def test_each_check_is_tried_whatever_becomes_of_the_others(monkeypatch, all_pass, tmp_path):
    def fail(_folder):
        raise OSError("no room")

    monkeypatch.setattr(selftest, "_project", fail)
    said = []
    report = selftest.self_test(tmp_path, pictures_of=lambda _project, _folder: [], say=said.append)
    assert [check["check"] for check in report["checks"]] == [*CHECKS, "window"]
    assert [check["check"] for check in report["checks"] if not check["ok"]] == ["project"]
    assert report["ok"] is False
    assert "OSError: no room" in report["checks"][2]["outcome"]
    assert sum(line.startswith("FAILED") for line in said) == 1


def test_without_pictures_the_window_is_not_tried(all_pass, tmp_path):
    report = selftest.self_test(tmp_path)
    assert tuple(check["check"] for check in report["checks"]) == CHECKS
    assert report["ok"] is True
    assert {"version", "commit", "built", "flavour", "computer"} <= set(report)


def test_an_empty_picture_of_the_window_is_found(tmp_path, monkeypatch):
    monkeypatch.setattr(selftest, "make_demo", lambda folder: folder)
    (tmp_path / "page.png").write_bytes(b"small")
    with pytest.raises(Differs):
        selftest._window(tmp_path, lambda _project, folder: [str(tmp_path / "page.png")])


@pytest.mark.parametrize("ok", [True, False])
def test_report_and_exit_code(monkeypatch, tmp_path, capsys, ok):
    monkeypatch.setattr(selftest, "self_test", lambda folder, **_: {"ok": ok, "place": str(folder)})
    out = tmp_path / "report.json"
    assert door.main(["--selftest", str(out)]) == (0 if ok else 1)
    assert command.run(None, lambda _project, _folder: []) == (0 if ok else 1)
    written = json.loads(out.read_text(encoding="utf-8"))
    assert json.loads(capsys.readouterr().out)["ok"] is written["ok"] is ok
    assert not Path(written["place"]).exists()


def test_a_project_is_opened_by_its_folder_and_its_files(tmp_path, monkeypatch):
    opened = []
    monkeypatch.setattr(door, "_window", lambda project: opened.append(project) or 0)
    folder = tmp_path / "a.mmdesk"
    folder.mkdir()
    for name in ("project.db", "project.toml"):
        (folder / name).touch()
    for words in ([str(folder)], [str(folder / "project.db")], ["open", str(folder / "project.toml")]):
        assert door.main(words) == 0
    assert opened == [str(folder)] * 3
    assert door.main([]) == 0
    assert opened[-1] is None


@pytest.mark.slow
@pytest.mark.tf
def test_the_whole_self_test_passes(tmp_path):
    report = selftest.self_test(tmp_path)
    assert [check for check in report["checks"] if not check["ok"]] == []
    shutil.rmtree(tmp_path)


def test_the_readers_flavour_is_expected_to_refuse_the_keras_model(tmp_path, monkeypatch):
    monkeypatch.setattr(selftest.build, "flavour", lambda: selftest.build.READER)
    with pytest.raises(selftest.Differs, match="leaves out"):
        selftest._with(tmp_path, lambda project: selftest._forms(project, tmp_path))
