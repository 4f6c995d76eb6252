"""Every image file at hand: opened, with a hash of its pixels, or refused, with which message.

    python -m tests.image_table            print the table
    python -m tests.image_table --save     write the hashes of files from PyPI packages and the zoo

The files are those of pydicom, pydicom-data, scikit-image (where it is installed), the shared folder
exif-orientation (where it is there) and the zoo. Only names and hashes are kept here.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.util
import json
import os
import tempfile
import warnings
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

GOLDEN = Path(__file__).with_name("corpus") / "golden.json"
NO_IMAGES = (".py", ".pyi", ".txt", ".md", ".json", ".xml", ".npy", ".npz", ".pyc", ".in")


def folder_of(package: str) -> Path | None:
    """Return where an installed package lies, without importing it."""
    found = importlib.util.find_spec(package)
    return Path(found.origin).parent if found and found.origin else None


def sources() -> dict[str, Path | None]:
    """Return the folders of files by name; None for those that are not there."""
    skimage = folder_of("skimage")
    shared = Path(os.environ.get("MMDESK_SHARED", Path(__file__).parents[2] / "shared")) / "data"
    return {
        "pydicom": folder_of("pydicom.data"),
        "pydicom-data": folder_of("data_store"),
        "scikit-image": skimage / "data" if skimage else None,
        "exif-orientation": shared / "exif-orientation" if (shared / "exif-orientation").is_dir() else None,
    }


def files(folder: Path) -> Iterator[tuple[str, Path]]:
    """Yield each file below a folder that may be an image, with its name relative to it."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.suffix not in NO_IMAGES and path.name not in ("LICENSE", "DICOMDIR-bad"):
            yield path.relative_to(folder).as_posix(), path


def outcome(path: Path) -> str:
    """Open a file and return what it is, with a hash of its first and last frame, or why not."""
    from mmdesk.core.errors import ImageProblem
    from mmdesk.imaging.opening import open_image

    try:
        with open_image(path) as source:
            digest = hashlib.sha256()
            for frame in sorted({0, source.frames - 1}):
                pixels = source.read(frame).pixels
                digest.update(f"{pixels.dtype} {pixels.shape}".encode())
                digest.update(pixels.tobytes())
            width, height = source.size
            return (
                f"{source.kind} {source.bits} bit {width} x {height} x {source.frames}"
                f" {source.syntax}: {digest.hexdigest()[:16]}"
            )
    except ImageProblem as problem:
        return f"refused: {problem.what.removeprefix('This image cannot be read: ')}"


def table() -> dict[str, dict[str, str]]:
    """Return what became of every file, by source and name."""
    from tests.corpus.zoo import make_zoo

    found = {
        name: {file: outcome(path) for file, path in files(folder)} for name, folder in sources().items() if folder
    }
    with tempfile.TemporaryDirectory() as folder:
        found["zoo"] = {path.name: outcome(path) for path in make_zoo(Path(folder))}
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--save", action="store_true")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    found = table()
    for source, rows in found.items():
        counts = Counter("refused" if row.startswith("refused") else "opened" for row in rows.values())
        print(f"\n## {source}: {counts['opened']} opened, {counts['refused']} refused\n")
        for name, row in rows.items():
            print(f"{name:58} {row}")
    if options.save:
        kept = json.loads(GOLDEN.read_text()) if GOLDEN.exists() else {}
        kept |= {name: rows for name, rows in found.items() if name != "exif-orientation"}
        GOLDEN.write_text(json.dumps(kept, indent=1, sort_keys=True) + "\n")


if __name__ == "__main__":
    main()
