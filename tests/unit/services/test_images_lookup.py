"""The file that a cell means: by the longest tail of its path, never by chance."""

import unicodedata
from pathlib import Path

import pytest

from mmdesk.services.images.lookup import Lookup, parts_of


@pytest.fixture
def here(tmp_path: Path) -> Path:
    """A table's folder with images of two sites, two sides and an accent."""
    for name in (
        "images/siteA/001.png",
        "images/siteB/001.png",
        "images/siteA/004.png",
        "images/left/1.jpg",
        "images/right/1.jpg",
        "images/flat.png",
        "images/left eye/7.png",
        unicodedata.normalize("NFD", "images/Müller.png"),
        "images/both.png",
        "images/both.jpg",
        "images/scan.nii.gz",
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(name.encode())
    return tmp_path


@pytest.mark.parametrize(
    ("cell", "file"),
    [
        ("siteB/001.png", "images/siteB/001.png"),
        (r"D:\export\siteB\001.PNG", "images/siteB/001.png"),
        ("D:/export/SITEB/001.png", "images/siteB/001.png"),
        (r"C:\data\left\1.JPG", "images/left/1.jpg"),
        (r"\\server\share\right\1.jpg", "images/right/1.jpg"),
        ("file:///C:/data/right/1.jpg", "images/right/1.jpg"),
        ("images/left/1.jpg", "images/left/1.jpg"),
        ("./left/1", "images/left/1.jpg"),
        ("left%20eye/7.png", "images/left eye/7.png"),
        (r"Z:\left%20eye\7", "images/left eye/7.png"),
        (unicodedata.normalize("NFC", "MÜLLER.png"), unicodedata.normalize("NFD", "images/Müller.png")),
        ("raw/x/flat.png", "images/flat.png"),
        ("scan", "images/scan.nii.gz"),
        ("both.JPG", "images/both.jpg"),
    ],
)
def test_the_longest_tail_of_a_path_counts(here: Path, cell: str, file: str) -> None:
    found = Lookup(here).find("images", cell)
    assert found.path is not None
    assert (found.path.relative_to(here).as_posix(), found.several) == (file, ())


def test_a_file_of_that_name_in_another_folder_is_not_meant(here: Path) -> None:
    look = Lookup(here)
    found = look.find("images", r"D:\export\siteB\004.png")
    assert (found.path, found.several, found.elsewhere) == (None, (), "images/siteA/004.png")
    assert look.find("images", r"D:\export\siteC\004.png").path is None
    assert look.find("images/siteA", r"D:\export\siteB\004.png").path is None
    found = look.find("images/siteA", r"D:\export\siteC\004.png")
    assert (found.path, found.by_name) == (here / "images/siteA/004.png", True)
    assert found.unknown == "D:/export/siteC"


@pytest.mark.parametrize(
    ("cell", "files", "folders"),
    [
        (
            "001.png",
            ("images/siteA/001.png", "images/siteB/001.png"),
            ("images/siteA", "images/siteB"),
        ),
        (r"C:\x\1.jpg", (), ()),
        ("1", ("images/left/1.jpg", "images/right/1.jpg"), ("images/left", "images/right")),
        ("both", ("images/both.jpg", "images/both.png"), ()),
    ],
)
def test_several_files_are_a_question(here: Path, cell: str, files: tuple[str, ...], folders: tuple[str, ...]) -> None:
    found = Lookup(here).find("images", cell)
    assert (found.path, found.several, found.folders) == (None, files, folders)
    for folder in folders:
        assert Lookup(here).find(folder, cell).path is not None


def test_a_name_that_is_right_here_is_meant_though_others_lie_deeper(here: Path) -> None:
    (here / "images" / "siteA" / "flat.png").write_bytes(b"other")
    assert Lookup(here).find("images", "flat.png").path == here / "images" / "flat.png"
    assert Lookup(here).find("images", "FLAT.png").path == here / "images" / "flat.png"


def test_a_path_of_this_computer_is_taken_where_its_folder_was_named(
    here: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    elsewhere = tmp_path_factory.mktemp("other") / "101.png"
    elsewhere.write_bytes(b"other")
    for text in (str(elsewhere), f"file://{elsewhere}"):
        assert Lookup(here).find(str(elsewhere.parent), text).path == elsewhere
        assert Lookup(here, [elsewhere.parent]).find("images", text).path == elsewhere
        unnamed = Lookup(here).find("images", text)
        assert (unnamed.path, unnamed.outside) == (None, str(elsewhere.parent))


def test_cells_that_name_nothing(here: Path) -> None:
    look = Lookup(here)
    for cell in ("", "/", ".", "nothing.png", "n" * 300, "a\0b.png"):
        found = look.find("images", cell)
        assert (found.path, found.several) == (None, ())
    assert parts_of("C:") == ()
