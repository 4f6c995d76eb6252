"""Forms of files of marks that are JSON or XML: COCO, labelme, Label Studio, CVAT."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final
from xml.etree import ElementTree

from mmdesk.core.errors import TableProblem
from mmdesk.services.importing.sources.annotated import Annotated, Annotations, Points
from mmdesk.words import QT_TR_NOOP, tr

MOST_BYTES: Final = 512 << 20
"""A longer file of marks is not read."""
_NO_WAY: Final = QT_TR_NOOP("marks of a shape that cannot be drawn here")
_BITS: Final = QT_TR_NOOP("masks of pixels")
_LABELME: Final = {"polygon": "polygon", "rectangle": "box", "linestrip": "line", "line": "line", "point": "point"}
_CVAT: Final = {"polygon": "polygon", "polyline": "line"}


def read_json(path: Path) -> Annotations | None:
    """Read a JSON file; None where it is of no form that is known.

    Raises:
        TableProblem: It cannot be read.
    """
    told = _parsed(path)
    if isinstance(told, dict) and isinstance(told.get("images"), list) and "annotations" in told:
        return _coco(told)
    if isinstance(told, dict) and "shapes" in told and "imagePath" in told:
        found = Annotations("labelme")
        add_labelme(found, told)
        return found
    if isinstance(told, list) and told and all(isinstance(task, dict) and "data" in task for task in told):
        return _label_studio(told)
    return None


def read_xml(path: Path) -> Annotations | None:
    """Read CVAT's XML for images; None for other XML."""
    _check_size(path)
    try:
        root = ElementTree.parse(path).getroot()  # noqa: S314  (expat refuses entities that grow)
    except (ElementTree.ParseError, OSError, UnicodeDecodeError, LookupError) as problem:
        raise _unreadable(path, problem) from problem
    if root.tag != "annotations":
        return None
    found = Annotations("CVAT")
    found.names.update((name.text or "", None) for name in root.iterfind(".//labels/label/name") if name.text)
    for entry in root.iter("image"):
        image = Annotated(entry.get("name", ""))
        for part in entry:
            label = part.get("label", "")
            if part.tag == "tag":
                image.say(label)
            elif part.tag == "box":
                image.add("box", _corners(*(float(part.get(k, "nan")) for k in ("xtl", "ytl", "xbr", "ybr"))), label)
            elif part.tag == "ellipse":
                cx, cy, rx, ry = (float(part.get(k, "nan")) for k in ("cx", "cy", "rx", "ry"))
                image.add("ellipse", _corners(cx - rx, cy - ry, cx + rx, cy + ry), label)
            elif part.tag in (*_CVAT, "points"):
                points = tuple(_pair(text.split(",")) for text in part.get("points", "").split(";") if "," in text)
                _add_points(image, part.tag, points, label)
            else:
                image.say(label)
                found.left_out[_BITS if part.tag == "mask" else _NO_WAY] += 1
        found.images.append(image)
    found.left_out[QT_TR_NOOP("tracks of films")] += sum(1 for _ in root.iter("track"))
    return found


def labelme_in(folder: Path) -> Annotations | None:
    """Read all labelme files of a folder; None where there is none."""
    found = Annotations("labelme")
    for path in sorted(folder.glob("*.json")):
        try:
            told = _parsed(path)
        except TableProblem:
            continue  # a file of another kind among images
        if isinstance(told, dict) and "shapes" in told and "imagePath" in told:
            add_labelme(found, told)
    return found if found.images else None


def add_labelme(found: Annotations, told: Mapping[str, Any]) -> None:
    """Take what one labelme file tells."""
    image = Annotated(str(told["imagePath"]))
    image.read = True
    for flag, holds in (told.get("flags") or {}).items():
        found.names[str(flag)] = None
        if holds:
            image.say(str(flag))
    for shape in told["shapes"]:
        label, kind = str(shape.get("label", "")), str(shape.get("shape_type", "polygon"))
        points = tuple(_pair(point) for point in shape.get("points", ()))
        if kind == "circle" and len(points) == 2:
            (x, y), (ex, ey) = points
            radius = math.hypot(ex - x, ey - y)
            image.add("ellipse", _corners(x - radius, y - radius, x + radius, y + radius), label)
        elif kind == "rectangle" and len(points) == 2:
            image.add("box", _corners(*points[0], *points[1]), label)
        elif kind in _LABELME and points:
            image.add(_LABELME[kind], points, label)
        else:
            image.say(label)
            found.left_out[_BITS if kind == "mask" else _NO_WAY] += 1
    found.images.append(image)


def _coco(told: Mapping[str, Any]) -> Annotations:
    found = Annotations("COCO")
    names = {entry["id"]: str(entry["name"]) for entry in told.get("categories", ())}
    found.names.update(dict.fromkeys(names.values()))
    images = {entry["id"]: Annotated(str(entry["file_name"])) for entry in told["images"]}
    for entry in told["annotations"]:
        image = images.get(entry.get("image_id"))
        if image is None:
            found.left_out[QT_TR_NOOP("marks of images that are not listed")] += 1
            continue
        label, outline = names.get(entry.get("category_id"), ""), entry.get("segmentation")
        if isinstance(outline, list) and outline:
            for flat in outline:
                image.add("polygon", tuple(zip(map(float, flat[::2]), map(float, flat[1::2]), strict=False)), label)
        elif box := entry.get("bbox"):
            x, y, width, height = map(float, box)
            image.add("box", _corners(x, y, x + width, y + height), label)
            found.left_out[_BITS] += isinstance(outline, dict)
        else:
            image.say(label)
            found.left_out[_BITS] += isinstance(outline, dict)
    found.images = list(images.values())
    return found


def _label_studio(tasks: Sequence[Mapping[str, Any]]) -> Annotations:
    found = Annotations("Label Studio")
    for task in tasks:
        image = Annotated(_studio_image(task["data"]))
        given = [one for one in task.get("annotations") or () if not one.get("was_cancelled")]
        if len(given) > 1:
            found.left_out[QT_TR_NOOP("annotations by further readers of the same image")] += len(given) - 1
        for result in given[0].get("result", ()) if given else ():
            image.read = True
            _studio_result(found, image, result)
        found.images.append(image)
    return found


def _studio_image(data: Mapping[str, Any]) -> str:
    text = str(data.get("image") or data.get("img") or next(iter(data.values()), ""))
    return text.rpartition("?d=")[2] if "?d=" in text else text


def _studio_result(found: Annotations, image: Annotated, result: Mapping[str, Any]) -> None:
    value, kind = result.get("value", {}), str(result.get("type", ""))
    labels = [str(label) for label in value.get(kind) or value.get("labels") or ()]
    found.names.update(dict.fromkeys(labels))
    if kind == "choices":
        for label in labels:
            image.say(label)
        return
    wide, high = (float(result.get(key) or math.nan) / 100 for key in ("original_width", "original_height"))
    shape, points = "", ()  # type: tuple[str, Points]
    if kind in ("rectanglelabels", "rectangle"):
        shape, points = _studio_box(value, wide, high)
    elif kind in ("polygonlabels", "polygon"):
        shape, points = "polygon", tuple((x * wide, y * high) for x, y in map(_pair, value.get("points", ())))
    elif kind in ("ellipselabels", "ellipse") and not value.get("rotation"):
        x, y, rx, ry = (float(value.get(key, math.nan)) for key in ("x", "y", "radiusX", "radiusY"))
        shape, points = "ellipse", _corners((x - rx) * wide, (y - ry) * high, (x + rx) * wide, (y + ry) * high)
    elif kind in ("keypointlabels", "keypoint"):
        shape, points = "point", ((float(value["x"]) * wide, float(value["y"]) * high),)
    for label in labels or [""]:
        if shape:
            image.add(shape, points, label)
        else:
            image.say(label)
    if not shape:
        found.left_out[_BITS if "brush" in kind else _NO_WAY] += 1


def _studio_box(value: Mapping[str, Any], wide: float, high: float) -> tuple[str, Points]:
    x, y = float(value["x"]) * wide, float(value["y"]) * high
    width, height = float(value["width"]) * wide, float(value["height"]) * high
    turn = math.radians(float(value.get("rotation") or 0))
    if not turn:
        return "box", _corners(x, y, x + width, y + height)
    sides = ((0.0, 0.0), (width, 0.0), (width, height), (0.0, height))
    cos, sin = math.cos(turn), math.sin(turn)
    return "polygon", tuple((x + dx * cos - dy * sin, y + dx * sin + dy * cos) for dx, dy in sides)


def _add_points(image: Annotated, tag: str, points: Points, label: str) -> None:
    if tag == "points":
        for point in points:
            image.add("point", (point,), label)
    else:
        image.add(_CVAT[tag], points, label)


def _corners(left: float, top: float, right: float, bottom: float) -> Points:
    return ((min(left, right), min(top, bottom)), (max(left, right), max(top, bottom)))


def _pair(point: Sequence[Any]) -> tuple[float, float]:
    return float(point[0]), float(point[1])


def _parsed(path: Path) -> Any:
    _check_size(path)
    try:
        return json.loads(path.read_text(encoding="utf-8-sig"))
    except (ValueError, OSError, RecursionError) as problem:
        raise _unreadable(path, problem) from problem


def _check_size(path: Path) -> None:
    if path.stat().st_size > MOST_BYTES:
        raise TableProblem(
            tr("{name} is larger than {most} MB.", name=path.name, most=MOST_BYTES >> 20),
            do=tr("Write the marks into several files."),
        )


def _unreadable(path: Path, problem: Exception) -> TableProblem:
    return TableProblem(
        tr("{name} cannot be read.", name=path.name),
        tr("It is untouched."),
        tr("Write it again from the program that made it."),
        details=str(problem),
    )
