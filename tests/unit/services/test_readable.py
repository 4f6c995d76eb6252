"""Image files that cannot be read are found when they are imported, and listed."""

import io
import os
import shutil
from pathlib import Path

import pytest
from PIL import Image

from mmdesk.core.fields.values import Missing, Reason
from mmdesk.core.job import SilentContext
from mmdesk.services.importing import readable
from mmdesk.services.importing.from_table import check_table, import_table, new_project
from mmdesk.services.importing.guess import look_at
from mmdesk.services.importing.readable import ReadCheck
from mmdesk.services.project import open_project

AVIF = b"\0\0\0\x20ftypavif\0\0\0\0avifmif1miafMA1B" + bytes(200)


def encoded(form: str, size: int = 64) -> bytes:
    buffer = io.BytesIO()
    noise = Image.frombytes("RGB", (size, size), os.urandom(3 * size * size))
    noise.save(buffer, form)
    return buffer.getvalue()


BROKEN = {
    "avif": AVIF,
    "ppm": b"P6 1 1 255\n\0\0\0",
    "text": b"no picture at all",
    "cut jpeg": encoded("JPEG")[:2000],
    "cut png": encoded("PNG")[:5000],
}


@pytest.mark.parametrize("kind", BROKEN)
def test_a_file_that_cannot_be_decoded_is_found_without_a_sample(tmp_path: Path, kind: str) -> None:
    file = tmp_path / "a.jpg"
    file.write_bytes(BROKEN[kind])
    assert ReadCheck().problem(file)


@pytest.mark.parametrize("form", ["JPEG", "PNG", "BMP", "TIFF", "WEBP", "GIF", "JPEG2000"])
def test_a_file_that_can_be_decoded_is_only_looked_at(
    tmp_path: Path, form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "a.img"
    file.write_bytes(encoded(form))
    monkeypatch.setattr(readable, "_decoded", lambda _path: pytest.fail("decoded"))
    check = ReadCheck()
    assert (check.problem(file), check.seen, check.decoded) == ("", 1, 0)


def test_the_sample_is_bounded_and_everything_is_decoded_once_one_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(readable, "SAMPLED", 4)
    data = bytearray(encoded("PNG"))
    check = ReadCheck(16, sample=True)
    for number in range(16):
        file = tmp_path / f"{number}.png"
        file.write_bytes(data)
        assert not check.problem(file)
        assert not check.problem(file)
    assert (check.seen, check.decoded) == (16, 4)
    assert check.say(0) == ("Of 16 images the first and last bytes were checked, and 4 decoded; all could be read.")
    data[200:1000] = bytes(800)
    check = ReadCheck(16, sample=True)
    for number in range(16):
        file = tmp_path / f"{number}.png"
        file.write_bytes(data if number > 3 else encoded("PNG"))
        assert bool(check.problem(file)) == (number > 3)
    assert check.decoded == 13


@pytest.fixture
def table(tmp_path: Path) -> Path:
    (tmp_path / "images").mkdir()
    for number in range(8):
        (tmp_path / "images" / f"{number}.jpg").write_bytes(encoded("JPEG"))
    for number, kind in enumerate(BROKEN, 1):
        (tmp_path / "images" / f"{number}.jpg").write_bytes(BROKEN[kind])
    rows = "".join(f"c{n},{n}.jpg,{40 + n}\n" for n in range(8))
    (tmp_path / "t.csv").write_text("case,photo,age\n" + rows, encoding="utf-8")
    return tmp_path / "t.csv"


@pytest.mark.parametrize("copied", [False, True])
def test_an_import_lists_them_marks_their_cases_and_says_how_many_were_decoded(table: Path, copied: bool) -> None:
    before = check_table(table, look_at(table).schema, ctx=SilentContext())
    assert before.images_unreadable == 5
    report = new_project(table.parent / "p.mmdesk", table, ctx=SilentContext(), copy_images=copied)
    assert (report.images, report.images_decoded, report.images_unreadable) == (8, 8, 5)
    assert report.images_words == "All 8 images were decoded: 5 cannot be read."
    assert any("row 3, '1.jpg'" in words and "row 7, '5.jpg'" in words for words in report.warnings)
    project = open_project(table.parent / "p.mmdesk")
    values = [case.inputs["photo"] for case in project.store.cases()]
    assert values[1:6] == [Missing(Reason.UNREADABLE, f"{n}.jpg") for n in range(1, 6)]
    assert not any(isinstance(value, Missing) for value in (values[0], *values[6:]))
    assert "cannot be used" in project.store.cases()[1].problem
    (table.parent / "images" / "1.jpg").write_bytes(encoded("JPEG"))
    shutil.copyfile(table.parent / "images" / "6.jpg", table.parent / "images" / "7.jpg")
    again = import_table(project, table, ctx=SilentContext(), copy_images=copied)
    assert again.images_unreadable == 4
    assert any("1 image is not the one imported before: case c7" in w for w in again.warnings)
    project.close()


def test_a_copy_that_lies_in_the_project_is_not_trusted_by_its_name(table: Path) -> None:
    folder = table.parent / "p.mmdesk"
    new_project(folder, table, ctx=SilentContext(), copy_images=True)
    project = open_project(folder)
    ref = project.store.cases()[0].inputs["photo"]
    copy = folder / ref.path
    good = copy.read_bytes()
    copy.write_bytes(good[:100])
    import_table(project, table, ctx=SilentContext(), copy_images=True)
    project.close()
    assert copy.read_bytes() == good
