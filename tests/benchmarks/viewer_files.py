"""Projects of made images to measure the viewer on; kept between runs."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import numpy as np
from PIL import Image, ImageFilter

from mmdesk.core.cases.case import ImageRef
from mmdesk.core.fields.schema import Field, Schema
from mmdesk.services.project import create_project
from mmdesk.storage.cases.imports import NewCase
from tests.benchmarks.projects import bench_home

SCHEMA = Schema(
    "Viewer",
    "ID",
    "ID",
    (
        Field("left", "input", "image", ("L",), label="Left", side="left"),
        Field("right", "input", "image", ("R",), label="Right", side="right"),
        Field("sick", "target", "flag", ("Sick",), label="Sick"),
    ),
)
Image.MAX_IMAGE_PIXELS = None


def speckle(width: int, height: int, seed: int) -> Image.Image:
    """Return a coloured picture with structure at several sizes, as photographs have."""
    rng = np.random.default_rng(seed)
    picture = Image.new("RGB", (width, height))
    for side, share in ((24, 0.6), (160, 0.3), (900, 0.15)):
        grain = Image.fromarray(rng.integers(0, 256, (side, side, 3), np.uint8))
        grown = grain.resize((width, height), Image.Resampling.BICUBIC)
        picture = Image.blend(picture, grown.filter(ImageFilter.SMOOTH), share)
    return picture


def deep(side: int, seed: int) -> Image.Image:
    """Return a 16-bit grey picture."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0:side, 0:side].astype(np.float32) / side
    values = 20000 + 15000 * np.sin(9 * x + seed) * np.cos(7 * y) + rng.normal(0, 400, (side, side))
    return Image.fromarray(np.clip(values, 0, 65535).astype(np.uint16))


def pairs_of_jpeg(count: int, side: int = 2000, kinds: int = 12) -> Path:
    """Make a project of pairs of JPEG files; few pictures, each file a link of its own."""
    folder = bench_home() / f"viewer-jpeg-{side}"
    folder.mkdir(exist_ok=True)
    for kind in range(kinds):
        file = folder / f"{kind}.jpg"
        if not file.exists():
            speckle(side, side, kind).save(file, quality=90)

    def files(case: int) -> tuple[Path, Path]:
        return folder / f"{case * 2 % kinds}.jpg", folder / f"{(case * 2 + 1) % kinds}.jpg"

    return _project(f"viewer-jpeg-{side}-{count}", [files(case) for case in range(count)])


def pairs_of_16_bits(count: int = 3, side: int = 3000) -> Path:
    """Make a project of pairs of 16-bit PNG files."""
    folder = bench_home() / "viewer-deep"
    folder.mkdir(exist_ok=True)
    for kind in range(2):
        if not (folder / f"{kind}.png").exists():
            deep(side, kind).save(folder / f"{kind}.png", compress_level=1)
    return _project("viewer-deep-project", [(folder / "0.png", folder / "1.png")] * count)


def huge(name: str) -> Path:
    """Make a project whose last case has one very large file: `tiff` (tiled) or `jpeg`."""
    folder = bench_home() / "viewer-huge"
    folder.mkdir(exist_ok=True)
    small = folder / "small.jpg"
    if not small.exists():
        speckle(500, 500, 1).save(small)
    file = folder / ("tiled.tif" if name == "tiff" else "hundred.jpg")
    if not file.exists() and name == "tiff":
        _write_tiled(file, 20000)
    elif not file.exists():
        speckle(2500, 2500, 2).resize((10000, 10000), Image.Resampling.BILINEAR).save(file, quality=85)
    return _project(f"viewer-huge-{name}", [*[(small, None)] * 6, (file, None)])


def _write_tiled(file: Path, side: int, tile: int = 512) -> None:
    """Write a tiled RGB TIFF of JPEG tiles without holding the picture."""
    import struct
    from io import BytesIO

    across = -(-side // tile)
    kinds = []
    for seed in range(8):
        held = BytesIO()
        speckle(tile, tile, seed).save(held, "JPEG", quality=80, subsampling=0)
        kinds.append(held.getvalue())
    offsets, sizes, at = [], [], 8
    with file.open("wb") as out:
        out.write(b"II*\0" + struct.pack("<I", 0))
        for number in range(across * across):
            data = kinds[number * 7 % len(kinds)]
            out.write(data)
            offsets.append(at)
            sizes.append(len(data))
            at += len(data)
        place_of_offsets = at
        out.write(struct.pack(f"<{len(offsets)}I", *offsets))
        place_of_sizes = out.tell()
        out.write(struct.pack(f"<{len(sizes)}I", *sizes))
        place_of_bits = out.tell()
        out.write(struct.pack("<3H", 8, 8, 8))
        directory = out.tell()
        entries = [
            (256, 4, 1, side),
            (257, 4, 1, side),
            (258, 3, 3, place_of_bits),
            (259, 3, 1, 7),
            (262, 3, 1, 6),
            (277, 3, 1, 3),
            (322, 4, 1, tile),
            (323, 4, 1, tile),
            (324, 4, len(offsets), place_of_offsets),
            (325, 4, len(sizes), place_of_sizes),
        ]
        out.write(struct.pack("<H", len(entries)))
        for entry in entries:
            out.write(struct.pack("<HHII", *entry))
        out.write(struct.pack("<I", 0))
        out.seek(4)
        out.write(struct.pack("<I", directory))


def _project(name: str, files: list[tuple[Path, Path | None]]) -> Path:
    folder = bench_home() / f"{name}.mmdesk"
    shutil.rmtree(folder, ignore_errors=True)
    project = create_project(folder, SCHEMA)
    images = folder / "images"
    images.mkdir(exist_ok=True)
    cases = []
    for number, pair in enumerate(files):
        inputs = {}
        for side, file in zip(("left", "right"), pair, strict=True):
            if file is not None:
                link = images / f"{number}-{side}{file.suffix}"
                os.link(file, link)
                inputs[side] = ImageRef(f"images/{link.name}", f"{number}{side}", 1, 1)
        cases.append(NewCase(f"c{number + 1}", inputs=inputs, notes={}))
    try:
        project.store.add_cases(cases, "benchmark", "made")
    finally:
        project.close()
    return folder
