"""What a model gets is what a pane shows: every file at hand, in every way that pictures are taken.

The ways: a model's square, a pane in full size, a pane at the size shown, a pane's part, the picture of
lists and checks, and the window that an export of marks writes. Prints are painted by the panes.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from PySide6.QtGui import QImage

from mmdesk.core.cases.case import ImageRef
from mmdesk.core.errors import ImageProblem
from mmdesk.core.job import SilentContext
from mmdesk.imaging.base.window import window_to_bytes
from mmdesk.imaging.decode import bytes_for_model, decode, square_of
from mmdesk.services.marks import export
from mmdesk.ui.images.decoded_image import DecodedImage, Source, Wanted
from mmdesk.ui.images.picture_reader import PictureReader
from tests import image_table
from tests.corpus.rasters import RASTERS
from tests.corpus.relatives import RELATIVES
from tests.corpus.zoo import ZOO

SIDE = 32
"""A small model's side; JPEG files may be decoded reduced for it."""
MOST = 1_500_000
"""Pixels of a file up to which a model's square that needs all of them must be the pane's to the bit."""


def pixels_of(shown: DecodedImage) -> np.ndarray:
    """Return what a pane paints, as RGB."""
    image = shown.image.convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    return rows[:, : 3 * image.width()].reshape(image.height(), image.width(), 3).copy()


def square(shown: DecodedImage, size: int) -> np.ndarray:
    """Return what a pane holds, at the size and in the shape of a model's square, in the pane's window."""
    if not shown.grey:
        return square_of(pixels_of(shown), size)
    values = square_of(shown.pixels, size)
    grey = window_to_bytes(values, shown.window, invert=shown.facts.inverted)
    return np.repeat(grey[:, :, None], 3, axis=2)


def ways(path: Path) -> dict[str, str]:
    """Take a file in every way; return by way what differs from the pane, "" for nothing."""
    reader = PictureReader()

    def pane(box: tuple[int, int] | None, region: tuple[int, int, int, int] | None = None) -> DecodedImage:
        shown = reader(Wanted(Source(path), box, 0, region), SilentContext())
        while not shown.complete:
            shown = reader(Wanted(Source(path), box, 0, region), SilentContext())
        return shown

    full = pane(None)
    data, seen = path.read_bytes(), pixels_of(full)
    height, width = seen.shape[:2]
    found: dict[str, str] = {}
    whole = width * height <= MOST
    enough = -(-max(width, height) // 2) if whole else SIDE
    for name, size, most in (("model", enough, 0.0 if whole else 3.0), ("small model", SIDE, 3.0)):
        apart = np.abs(bytes_for_model(data, size).astype(int) - square(full, size)).mean()
        found[name] = "" if apart <= most else f"{apart:.2f} apart"
    small = pane((SIDE, SIDE))
    apart = np.abs(square(small, SIDE).astype(int) - bytes_for_model(data, SIDE)).mean()
    found["pane at size"] = "" if apart <= 12 else f"{apart:.2f} apart"
    for name, box, shown in (("list", None, full), ("small list", (SIDE, SIDE), small)):
        picture = decode(path, box)
        same = np.array_equal(picture.pixels, pixels_of(shown))
        said = all(sentence in picture.note for sentence in shown.note.split(". ") if sentence)
        found[name] = "" if same and said else "another picture" if said else "other words"
    part = pane((SIDE, SIDE), (width // 4, height // 4, max(1, width // 2), max(1, height // 2)))
    found["part"] = "" if part.window == small.window == full.window else "another window"
    found["export"] = _exported(path, full)
    return found


def _exported(path: Path, full: DecodedImage) -> str:
    if full.window is None or full.window.table:
        return ""
    drawn = SimpleNamespace(file=ImageRef(path.name, ""), frame=0, window=None)
    shades = export._shades(SimpleNamespace(folder=path.parent), drawn)
    same = (shades.centre, shades.width) == (full.window.centre, full.window.width)
    return "" if same and shades.inverted == full.facts.inverted else "another window"


def different(paths: list[Path]) -> tuple[dict[str, dict[str, str]], Counter[str]]:
    """Return by file the ways that differ, and how many files were taken or refused."""
    wrong, counts = {}, Counter()
    for path in paths:
        try:
            found = ways(path)
        except ImageProblem as problem:
            counts["refused"] += 1
            if refused := _otherwise(path, problem):
                wrong[path.name] = refused
            continue
        counts["files"] += 1
        counts["ways"] += len(found)
        if bad := {way: words for way, words in found.items() if words}:
            wrong[path.name] = bad
    return wrong, counts


def _otherwise(path: Path, problem: ImageProblem) -> dict[str, str]:
    """Return the ways that do not refuse a file with the same words."""
    said = {}
    for way, take in (
        ("pane", lambda: PictureReader()(Wanted(Source(path), None), SilentContext())),
        ("model", lambda: bytes_for_model(path.read_bytes(), SIDE)),
        ("list", lambda: decode(path, None)),
    ):
        try:
            take()
            said[way] = "taken"
        except ImageProblem as other:
            if other.what != problem.what:
                said[way] = other.what
    return said


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("source", ["zoo", "relatives", "pydicom", "pydicom-data"])
def test_a_model_gets_what_a_pane_shows(source, tmp_path):
    made = {"zoo": ZOO, "relatives": {name: one.make for name, one in (RELATIVES | RASTERS).items()}}.get(source)
    if made is not None:
        for name, make in made.items():
            (tmp_path / name).write_bytes(make())
        paths = [tmp_path / name for name in made]
    else:
        folder = image_table.sources()[source]
        if folder is None:
            pytest.skip(f"{source} is not installed here")
        paths = [path for _, path in image_table.files(folder)]
    wrong, counts = different(paths)
    print(source, dict(counts))
    assert not wrong
    assert counts["files"] > 20
