"""Image files are bound to their content: another file is never taken for the imported one."""

import os
from pathlib import Path

import pytest

from mmdesk.core.cases.case import ImageRef
from mmdesk.core.errors import ImageProblem
from mmdesk.imaging.base import bound
from mmdesk.imaging.base.bound import BoundImages, State


@pytest.fixture
def images(tmp_path: Path) -> BoundImages:
    (tmp_path / "p" / "cache").mkdir(parents=True)
    return BoundImages(tmp_path / "p")


def imported(images: BoundImages, name: str = "a.png", data: bytes = b"picture") -> ImageRef:
    images.path(ImageRef(name, "")).write_bytes(data)
    return images.refer(name)


def test_a_file_as_it_was_is_the_same_at_once(images: BoundImages) -> None:
    ref = imported(images)
    assert images.look(ref) == State.SAME
    assert images.check(ref) == images.path(ref)


def test_a_file_of_another_size_is_another_at_once(images: BoundImages) -> None:
    ref = imported(images)
    images.path(ref).write_bytes(b"other picture")
    assert images.look(ref) == State.CHANGED
    with pytest.raises(ImageProblem, match="the file is not the one that was imported"):
        images.check(ref)
    with pytest.raises(ImageProblem, match="the file is not the one that was imported"):
        images.read(ref)


def test_a_file_that_was_merely_touched_is_the_same_once_its_bytes_were_read(images: BoundImages) -> None:
    ref = imported(images)
    os.utime(images.path(ref), ns=(5, 5))
    assert images.look(ref) == State.TOUCHED
    assert images.state(ref) == State.SAME
    assert images.look(ref) == State.SAME


def test_another_file_of_the_same_size_and_time_is_found(images: BoundImages) -> None:
    ref = imported(images)
    images.path(ref).write_bytes(b"PICTURE")
    os.utime(images.path(ref), ns=(ref.mtime, ref.mtime))
    assert images.look(ref) == State.UNSURE
    assert images.state(ref) == State.CHANGED
    assert images.look(ref) == State.CHANGED
    images.path(ref).write_bytes(b"picture")
    assert images.state(ref) == State.SAME


def test_a_project_beside_another_sites_images_knows_them_apart(tmp_path: Path, images: BoundImages) -> None:
    ref = imported(images)
    other = tmp_path / "q"
    (other / "cache").mkdir(parents=True)
    (other / "a.png").write_bytes(b"PICTURE")
    os.utime(other / "a.png", ns=(ref.mtime, ref.mtime))
    remembered = tmp_path / "p" / "cache" / "digests.txt"
    (other / "cache" / "digests.txt").write_bytes(remembered.read_bytes())
    moved = BoundImages(other)
    assert moved.look(ref) == State.UNSURE
    assert moved.state(ref) == State.CHANGED


def test_a_file_that_is_gone(images: BoundImages) -> None:
    ref = imported(images)
    images.path(ref).unlink()
    assert images.look(ref) == State.GONE
    with pytest.raises(ImageProblem, match="the file is not there"):
        images.check(ref)


def test_each_file_is_read_once_for_it_also_after_a_restart(
    tmp_path: Path, images: BoundImages, monkeypatch: pytest.MonkeyPatch
) -> None:
    ref = imported(images)
    os.utime(images.path(ref), ns=(5, 5))
    images.state(ref)
    with (tmp_path / "p" / "cache" / "digests.txt").open("ab") as file:
        file.write(b"cut sho")
    monkeypatch.setattr(bound, "sha256_of", lambda _path: pytest.fail("read again"))
    assert images.state(ref) == State.SAME
    assert BoundImages(tmp_path / "p").state(ref) == State.SAME


def test_an_import_that_hashed_the_files_leaves_nothing_to_read(tmp_path: Path, images: BoundImages) -> None:
    ref = imported(images)
    other = tmp_path / "q"
    (other / "cache").mkdir(parents=True)
    fresh = BoundImages(other)
    there = ImageRef("../p/a.png", ref.sha256, ref.size, ref.mtime)
    assert fresh.look(there) == State.UNSURE
    fresh.remember([there])
    assert BoundImages(other).look(there) == State.SAME
