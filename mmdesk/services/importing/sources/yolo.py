"""Marks of YOLO: a text file beside each image, with boxes or outlines in shares of its size."""

from __future__ import annotations

import re
from pathlib import Path

from mmdesk.core.errors import ImageProblem
from mmdesk.core.fields.guess import IMAGE_ENDINGS
from mmdesk.services.importing.sources.annotated import Annotated, Annotations
from mmdesk.words import QT_TR_NOOP

_LISTED = re.compile(r"^\s*(?:-\s*|(\d+)\s*:\s*)(.+?)\s*$")
_NAMES = ("data.yaml", "data.yml", "dataset.yaml", "classes.txt", "obj.names")


def read_yolo(folder: Path) -> Annotations | None:
    """Read a folder of images and YOLO's labels; None where it is none."""
    names = _names_in(folder)
    labels = {path.stem: path for path in sorted(folder.rglob("*.txt")) if "labels" in path.parts or names}
    labels = {stem: path for stem, path in labels.items() if path.name not in _NAMES and _is_yolo(path)}
    if not names or not labels:
        return None
    found = Annotations("YOLO")
    found.names.update(dict.fromkeys(names.values()))
    for path in sorted(path for path in folder.rglob("*") if path.name.casefold().endswith(IMAGE_ENDINGS)):
        image = Annotated(path.relative_to(folder).as_posix())
        if path.stem in labels:
            image.read = True
            _add(found, image, path, labels[path.stem], names)
        found.images.append(image)
    return found


def _add(found: Annotations, image: Annotated, path: Path, labels: Path, names: dict[int, str]) -> None:
    from mmdesk.imaging.opening import open_image

    lines = [line.split() for line in labels.read_text(encoding="utf-8", errors="replace").splitlines() if line.strip()]
    try:
        with open_image(path) as source:
            wide, high = source.size
    except ImageProblem:
        found.left_out[QT_TR_NOOP("marks on images that cannot be read")] += len(lines)
        wide = high = 0
    for words in lines:
        number, *parts = words
        label = names.get(int(number), number)
        values = [float(part) for part in parts]
        if not wide or len(values) < 4:
            image.say(label)
        elif len(values) in (4, 5):
            x, y, width, height = values[0] * wide, values[1] * high, values[2] * wide, values[3] * high
            image.add("box", ((x - width / 2, y - height / 2), (x + width / 2, y + height / 2)), label)
        else:
            points = zip(values[::2], values[1::2], strict=False)
            image.add("polygon", tuple((x * wide, y * high) for x, y in points), label)


def _names_in(folder: Path) -> dict[int, str]:
    """Return the labels' names by number, from a list or from the `names` of a YAML file."""
    for name in _NAMES:
        path = folder / name
        if not path.is_file():
            continue
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
        if path.suffix in (".txt", ".names"):
            return dict(enumerate(line.strip() for line in lines if line.strip()))
        for at, line in enumerate(lines):
            if not line.startswith("names:"):
                continue
            rest = line.removeprefix("names:").strip()
            if rest.startswith("["):
                whole = " ".join([rest, *lines[at + 1 :]]).partition("]")[0].strip("[ ")
                return dict(enumerate(_bare(part) for part in whole.split(",") if part.strip()))
            return _listed(lines[at + 1 :])
    return {}


def _listed(lines: list[str]) -> dict[int, str]:
    names: dict[int, str] = {}
    for line in lines:
        found = _LISTED.match(line)
        if not found:
            if line.strip() and not line.strip().startswith("#"):
                break
            continue
        names[int(found[1]) if found[1] else len(names)] = _bare(found[2])
    return names


def _bare(text: str) -> str:
    return text.strip().strip("'\"")


def _is_yolo(path: Path) -> bool:
    """Tell whether each line is a number of a class and shares of the image's size."""
    lines = [line.split() for line in path.read_text(encoding="utf-8", errors="replace").splitlines() if line.strip()]
    try:
        return all(words[0].isdigit() and len([float(word) for word in words[1:]]) >= 4 for words in lines)
    except ValueError:
        return False
