"""Files of marks become projects: labels and marks come along as reference, what is left out is said."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PIL import Image

from mmdesk.core.cases.case import REFERENCE
from mmdesk.core.errors import TableProblem
from mmdesk.core.job import SilentContext
from mmdesk.services.importing.from_table import import_table, look_at, new_project
from mmdesk.services.project import open_project

BOX = ((2.0, 3.0), (12.0, 23.0))


def images(folder: Path) -> Path:
    folder.mkdir(parents=True)
    for number in range(3):
        Image.new("RGB", (40, 80), (number, 2, 3)).save(folder / f"{number}.png")
    return folder


def coco(folder: Path) -> Path:
    images(folder / "images")
    (folder / "annotations").mkdir()
    box = {"bbox": [2, 3, 10, 20], "category_id": 7}
    told = {
        "images": [{"id": n + 1, "file_name": f"{n}.png"} for n in range(3)],
        "categories": [{"id": 7, "name": "nodule"}, {"id": 9, "name": "cyst"}],
        "annotations": [
            {**box, "image_id": 1, "segmentation": []},
            {**box, "image_id": 2, "category_id": 9, "segmentation": [[1, 1, 5, 1, 5, 5]]},
            {**box, "image_id": 2, "segmentation": {"counts": "x", "size": [1, 1]}},
            {**box, "image_id": 99},
        ],
    }
    path = folder / "annotations" / "instances.json"
    path.write_text(json.dumps(told))
    return path


def labelme(folder: Path) -> Path:
    images(folder)
    box = {"label": "nodule", "shape_type": "rectangle", "points": [[12, 23], [2, 3]]}
    outline = {"label": "cyst", "shape_type": "polygon", "points": [[1, 1], [5, 1], [5, 5]]}
    for number, shapes in enumerate(([box], [outline, box])):
        told = {"shapes": shapes, "imagePath": f"{number}.png", "flags": {}}
        (folder / f"{number}.json").write_text(json.dumps(told))
    return folder


def label_studio(folder: Path) -> Path:
    images(folder)
    size = {"original_width": 40, "original_height": 80}
    value = {"x": 5, "y": 3.75, "width": 25, "height": 25, "rotation": 0}
    box = {**size, "type": "rectanglelabels", "value": {**value, "rectanglelabels": ["nodule"]}}
    points = [[2.5, 1.25], [12.5, 1.25], [12.5, 6.25]]
    outline = {**size, "type": "polygonlabels", "value": {"points": points, "polygonlabels": ["cyst"]}}
    tasks = [
        {"data": {"image": "/data/upload/0.png"}, "annotations": [{"result": [box]}]},
        {"data": {"image": "/data/local-files/?d=1.png"}, "annotations": [{"result": [outline, box]}]},
        {"data": {"image": "2.png"}, "annotations": []},
    ]
    (folder / "export.json").write_text(json.dumps(tasks))
    return folder / "export.json"


def cvat(folder: Path) -> Path:
    images(folder)
    box = '<box label="nodule" xtl="2" ytl="3" xbr="12" ybr="23"/>'
    outline = '<polygon label="cyst" points="1,1;5,1;5,5"/>'
    path = folder / "annotations.xml"
    path.write_text(
        f'<annotations><image id="0" name="0.png">{box}</image><image id="1" name="1.png">{outline}{box}</image>'
        '<image id="2" name="2.png"/></annotations>'
    )
    return path


def yolo(folder: Path) -> Path:
    images(folder / "images")
    (folder / "labels").mkdir()
    (folder / "data.yaml").write_text("train: images\nnames:\n  0: nodule\n  1: cyst\n")
    box = f"0 {7 / 40} {13 / 80} {10 / 40} {20 / 80}\n"
    (folder / "labels" / "0.txt").write_text(box)
    (folder / "labels" / "1.txt").write_text(f"1 {1 / 40} {1 / 80} {5 / 40} {1 / 80} {5 / 40} {5 / 80}\n{box}")
    return folder


@pytest.mark.parametrize("make", [coco, labelme, label_studio, cvat, yolo])
def test_labels_and_marks_come_along_as_reference(make, tmp_path):
    place = make(tmp_path / "data")
    look = look_at(place)
    (target,) = look.schema.targets
    assert set(target.options) == {"nodule", "cyst"}
    new_project(tmp_path / "p", place, ctx=SilentContext())
    project = open_project(tmp_path / "p")
    cases = {case.name: case.id for case in project.store.cases()}
    labels, marks = project.store.labels(), project.store.marks()
    of = {name: [label.value for label in labels.get(number, {}).get("findings", ())] for name, number in cases.items()}
    assert of["0"] == [("nodule",)]
    assert [set(value) for value in of["1"]] == [{"nodule", "cyst"}]
    assert not of.get("2")
    (mark,) = marks[cases["0"]]
    assert (mark.shape, mark.points, mark.option, mark.reader) == ("box", BOX, "nodule", REFERENCE)
    assert mark.image
    drawn = {(mark.shape, mark.option): mark.points for mark in marks[cases["1"]]}
    assert drawn["polygon", "cyst"] == ((1.0, 1.0), (5.0, 1.0), (5.0, 5.0))
    before = len(marks[cases["1"]])
    import_table(project, place, ctx=SilentContext())
    assert len(project.store.marks()[cases["1"]]) == before
    project.close()


def test_what_is_left_out_is_said(tmp_path):
    said = " ".join(look_at(coco(tmp_path / "data")).warnings)
    assert "COCO: 3 images, 3 marks that come along as reference" in said
    assert "nothing is said of: 1, such as 2.png" in said
    assert "masks of pixels, 1" in said
    assert "images that are not listed, 1" in said


def test_an_empty_file_of_yolo_says_that_there_is_nothing(tmp_path):
    folder = yolo(tmp_path / "data")
    (folder / "labels" / "2.txt").write_text("")
    new_project(tmp_path / "p", folder, ctx=SilentContext())
    project = open_project(tmp_path / "p")
    labels = project.store.labels()[project.store.case_id("2") or 0]
    assert [label.value for label in labels["findings"]] == [()]
    project.close()


@pytest.mark.parametrize("text", ["{", "[1, 2]", '{"images": [{}], "annotations": []}', '{"a": 1}'])
def test_other_files_are_refused_in_words(text, tmp_path):
    path = tmp_path / "x.json"
    path.write_text(text)
    with pytest.raises(TableProblem):
        look_at(path)
