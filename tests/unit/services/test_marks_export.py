"""Marks as COCO JSON and as DICOM structured reports."""

from __future__ import annotations

import json
import math
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from pydicom import config, dcmread
from pydicom.data import get_testdata_file

from mmdesk.core.cases.case import ImageRef
from mmdesk.core.cases.marks import SHAPES, Mark
from mmdesk.core.errors import Situation
from mmdesk.core.fields.schema import Field, Schema
from mmdesk.core.job import SilentContext
from mmdesk.services.cases.reading import store_labels
from mmdesk.services.marks.edit import add_mark
from mmdesk.services.marks.export import export_coco, export_sr
from mmdesk.services.project import create_project
from mmdesk.storage.store import NewCase
from mmdesk.support.files import sha256_of

SCHEMA = Schema(
    "Scans",
    "ID",
    "ID",
    (
        Field("scan", "input", "image", ("S",), label="Scan"),
        Field("photo", "input", "image", ("P",), label="Photo"),
        Field("sick", "target", "flag", ("K",), label="Sick"),
        Field("findings", "target", "labels", ("A",), label="Findings", options=("Nodule of the lung", "B")),
    ),
)
DRAWN = {
    "point": [(5, 6)],
    "ruler": [(10, 10), (40, 50)],
    "angle": [(20, 10), (10, 10), (10, 30)],
    "line": [(1, 1), (2, 5), (9, 9)],
    "box": [(60, 40), (20, 30)],
    "ellipse": [(10, 20), (30, 100)],
    "polygon": [(50, 50), (90, 50), (90, 80)],
    "freehand": [(100, 100), (110, 100), (110, 110), (100, 110)],
}


@pytest.fixture
def project(tmp_path):
    made = create_project(tmp_path / "scans.mmdesk", SCHEMA)
    scan = made.folder / "ct.dcm"
    shutil.copy(get_testdata_file("CT_small.dcm"), scan)
    photo = made.folder / "photo.png"
    Image.fromarray(np.zeros((60, 200, 3), np.uint8)).save(photo)
    refs = {name: ImageRef(path.name, sha256_of(path)) for name, path in (("scan", scan), ("photo", photo))}
    made.store.add_cases([NewCase("one", inputs=refs), NewCase("two", inputs=refs)], "importer")
    yield made
    made.close()


def draw(project, shape, case=1, field="scan", reader="Ann", **more):
    return add_mark(project, Mark(case, field, shape, tuple(DRAWN[shape]), **more), reader)[0]


def exported(project, tmp_path, reader=""):
    report = export_coco(project, tmp_path / "marks.json", ctx=SilentContext(), reader=reader)
    return report, json.loads((tmp_path / "marks.json").read_text(encoding="utf-8"))


def reports(project, tmp_path, reader=""):
    report = export_sr(project, tmp_path / "sr", ctx=SilentContext(), reader=reader)
    return report, [dcmread(path) for path in report.files]


def test_coco_has_every_mark_with_its_image_and_category(project, tmp_path):
    for shape in SHAPES:
        draw(project, shape, target="findings", option="B", note="Größe")
    draw(project, "box", case=2, field="photo", target="sick")
    draw(project, "point", case=2, field="photo")
    report, coco = exported(project, tmp_path)
    assert (report.marks, report.images, report.left_out) == (10, 2, [])
    assert [(image["file_name"], image["width"], image["height"]) for image in coco["images"]] == [
        ("ct.dcm", 128, 128),
        ("photo.png", 200, 60),
    ]
    names = {entry["id"]: (entry["supercategory"], entry["name"]) for entry in coco["categories"]}
    assert [names[entry["category_id"]] for entry in coco["annotations"][-2:]] == [
        ("sick", "sick"),
        ("mark", "mark"),
    ]
    assert {names[entry["category_id"]] for entry in coco["annotations"][:8]} == {("findings", "B")}
    assert len({entry["id"] for entry in coco["annotations"]}) == 10
    assert coco["annotations"][0]["attributes"]["note"] == "Größe"


def test_coco_counts_in_pixels_and_tells_figures_in_millimetres(project, tmp_path):
    for shape in SHAPES:
        draw(project, shape)
    _, coco = exported(project, tmp_path)
    found = {entry["attributes"]["shape"]: entry for entry in coco["annotations"]}
    assert found["box"]["bbox"] == [20.0, 30.0, 40.0, 10.0]
    assert found["box"]["area"] == 400.0
    assert found["box"]["segmentation"] == [[20.0, 30.0, 60.0, 30.0, 60.0, 40.0, 20.0, 40.0]]
    assert found["polygon"]["area"] == 600.0
    assert found["ellipse"]["bbox"] == pytest.approx([10, 20, 20, 80])
    assert found["ellipse"]["area"] == pytest.approx(math.pi * 10 * 40, rel=1e-3)
    assert (found["point"]["keypoints"], found["point"]["segmentation"]) == ([5.0, 6.0, 2], [])
    assert found["ruler"]["attributes"]["points"] == [[10.0, 10.0], [40.0, 50.0]]
    (length,) = found["ruler"]["attributes"]["measures"]
    assert (length["name"], length["unit"]) == ("length", "mm")
    assert length["value"] == pytest.approx(50 * 0.661468)


def test_another_readers_marks_do_not_leave_before_the_own_label(project, tmp_path):
    draw(project, "box", reader="Ben")
    draw(project, "ruler", reader="Ann")
    assert exported(project, tmp_path)[0].marks == 2
    assert exported(project, tmp_path, "Ann")[0].marks == 1
    assert reports(project, tmp_path, "Ann")[0].marks == 1
    store_labels(project, 1, {"sick": True, "findings": ()}, "Ann")
    assert exported(project, tmp_path, "Ann")[0].marks == 2


def test_what_cannot_be_read_is_left_out_and_told(project, tmp_path):
    draw(project, "box")
    draw(project, "box", field="photo")
    (project.folder / "ct.dcm").unlink()
    report, coco = exported(project, tmp_path)
    assert (report.marks, len(coco["images"])) == (1, 1)
    assert "case one, scan" in report.left_out[0]
    assert "Exported: 1 mark on 1 image. Left out: 1 image, case one, scan" in report.say()


def test_a_place_that_takes_no_file_is_told_in_words(project, tmp_path):
    (tmp_path / "taken").write_text("x")
    with pytest.raises(Situation, match="cannot be written there"):
        export_coco(project, tmp_path / "taken" / "x.json", ctx=SilentContext())
    with pytest.raises(Situation, match="cannot be written there"):
        export_sr(project, tmp_path / "taken", ctx=SilentContext())


def test_a_report_is_about_the_same_patient_and_study(project, tmp_path):
    draw(project, "box")
    draw(project, "box", field="photo")
    report, (dataset,) = reports(project, tmp_path)
    source = dcmread(project.folder / "ct.dcm")
    assert report.left_out == ["case one, photo: it is no DICOM file."]
    assert dataset.SOPClassUID == "1.2.840.10008.5.1.4.1.1.88.33"
    assert (dataset.PatientID, dataset.StudyInstanceUID) == (source.PatientID, source.StudyInstanceUID)
    assert dataset.SeriesInstanceUID != source.SeriesInstanceUID
    (evidence,) = dataset.CurrentRequestedProcedureEvidenceSequence
    (series,) = evidence.ReferencedSeriesSequence
    assert series.SeriesInstanceUID == source.SeriesInstanceUID
    assert series.ReferencedSOPSequence[0].ReferencedSOPInstanceUID == source.SOPInstanceUID
    assert (dataset.CompletionFlag, dataset.VerificationFlag) == ("PARTIAL", "UNVERIFIED")


def parts(item, kind, meaning=""):
    return [
        part
        for part in item.ContentSequence
        if part.ValueType == kind and (not meaning or part.ConceptNameCodeSequence[0].CodeMeaning == meaning)
    ]


def groups(dataset):
    (measured,) = parts(dataset, "CONTAINER", "Imaging Measurements")
    return {
        parts(group, "TEXT", "Tracking Identifier")[0].TextValue.rsplit(" ", 1)[0]: group
        for group in parts(measured, "CONTAINER", "Measurement Group")
    }


def test_each_shape_is_a_region_with_its_figures(project, tmp_path):
    for shape in SHAPES:
        draw(project, shape)
    _, (dataset,) = reports(project, tmp_path)
    found = groups(dataset)
    regions = {name: parts(group, "SCOORD")[0] for name, group in found.items()}
    assert {name: region.GraphicType for name, region in regions.items()} == {
        "point": "POINT",
        "ruler": "POLYLINE",
        "angle": "POLYLINE",
        "line": "POLYLINE",
        "box": "POLYLINE",
        "ellipse": "ELLIPSE",
        "polygon": "POLYLINE",
        "free hand": "POLYLINE",
    }
    assert regions["ellipse"].GraphicData == [20, 20, 20, 100, 10, 60, 30, 60]
    assert regions["box"].GraphicData == [20, 30, 60, 30, 60, 40, 20, 40, 20, 30]
    assert regions["ruler"].GraphicData == [10, 10, 40, 50]
    for region in regions.values():
        (image,) = region.ContentSequence
        referred = image.ReferencedSOPSequence[0]
        assert image.RelationshipType == "SELECTED FROM"
        assert referred.ReferencedSOPInstanceUID == dcmread(project.folder / "ct.dcm").SOPInstanceUID
        assert "ReferencedFrameNumber" not in referred
    numbers = {
        name: {
            part.ConceptNameCodeSequence[0].CodeMeaning: (
                float(part.MeasuredValueSequence[0].NumericValue),
                part.MeasuredValueSequence[0].MeasurementUnitsCodeSequence[0].CodeValue,
            )
            for part in parts(group, "NUM")
        }
        for name, group in found.items()
    }
    assert numbers["point"] == {}
    assert numbers["angle"] == {"Angle": (90.0, "deg")}
    assert numbers["ruler"]["Length"] == (pytest.approx(50 * 0.661468), "mm")
    assert numbers["box"]["Area"] == (pytest.approx(400 * 0.661468**2), "mm2")


def test_the_finding_is_the_target_and_its_option(project, tmp_path):
    draw(project, "box", target="findings", option="Nodule of the lung", note="at the top")
    draw(project, "point", target="sick")
    _, (dataset,) = reports(project, tmp_path)
    codes = {name: parts(group, "CODE", "Finding")[0].ConceptCodeSequence[0] for name, group in groups(dataset).items()}
    assert codes["box"].LongCodeValue == "findings.Nodule of the lung"
    assert codes["box"].CodeMeaning == "Findings: Nodule of the lung"
    assert (codes["point"].CodeValue, codes["point"].CodingSchemeDesignator) == ("sick", "99MMDESK")
    assert parts(groups(dataset)["box"], "TEXT", "Comment")[0].TextValue == "at the top"


def test_readers_and_cases_have_reports_of_their_own_and_the_same_marks_the_same_file(project, tmp_path):
    for case, reader in ((1, "Ann"), (1, "Ben"), (2, "Ann")):
        draw(project, "box", case=case, reader=reader)
    report, datasets = reports(project, tmp_path)
    assert [path.name for path in report.files] == [
        "00001-one-Ann.dcm",
        "00002-one-Ben.dcm",
        "00003-two-Ann.dcm",
    ]
    assert len({dataset.SOPInstanceUID for dataset in datasets}) == 3
    before = [path.read_bytes() for path in report.files]
    assert [path.read_bytes() for path in reports(project, tmp_path)[0].files] == before


def test_a_frame_of_many_is_named(project, tmp_path):
    path = project.folder / "many.dcm"
    shutil.copy(get_testdata_file("emri_small.dcm"), path)
    ref = ImageRef(path.name, sha256_of(path))
    project.store.add_cases([NewCase("many", inputs={"scan": ref})], "importer")
    draw(project, "point", case=3, frame=4)
    _, (dataset,) = reports(project, tmp_path)
    (region,) = parts(next(iter(groups(dataset).values())), "SCOORD")
    assert region.ContentSequence[0].ReferencedSOPSequence[0].ReferencedFrameNumber == 5
    draw(project, "point", case=3, frame=99)
    report, _ = reports(project, tmp_path)
    assert report.left_out == ["case many, scan: it has no picture 100 any more."]


@pytest.mark.filterwarnings("ignore:.*only a single component")
def test_a_report_can_be_read_by_those_who_know_the_template(project, tmp_path):
    from highdicom.sr import srread

    for shape in SHAPES:
        draw(project, shape, target="findings", option="B")
    report, _ = reports(project, tmp_path)
    content = srread(report.files[0]).content
    found = content.get_planar_roi_measurement_groups()
    assert len(found) == len(SHAPES)
    assert {group.finding_type.value for group in found} == {"findings.B"}
    assert {group.roi.graphic_type.value for group in found} == {"POINT", "POLYLINE", "ELLIPSE"}
    (observer,) = content.get_observer_contexts()
    assert observer.observer_identifying_attributes.name == "Ann"


def test_careless_and_private_files_are_referred_to_as_they_are(project, tmp_path):
    path = project.folder / "odd.dcm"
    held = dcmread(get_testdata_file("CT_small.dcm"))
    held.SOPClassUID = held.file_meta.MediaStorageSOPClassUID = "1.3.12.2.1107.5.9.1"
    with config.disable_value_validation():
        held.PatientSex, held.PatientBirthDate = "UNKNOWN", "about 1950"
        held.PatientName = "Only one part"
        del held.StudyID, held.Modality
        held.save_as(path)
    project.store.add_cases([NewCase("odd", inputs={"scan": ImageRef(path.name, sha256_of(path))})], "importer")
    draw(project, "box", case=3)
    report, (dataset,) = reports(project, tmp_path)
    assert report.left_out == []
    (evidence,) = dataset.CurrentRequestedProcedureEvidenceSequence
    (region,) = parts(next(iter(groups(dataset).values())), "SCOORD")
    for image in (
        evidence.ReferencedSeriesSequence[0].ReferencedSOPSequence[0],
        region.ContentSequence[0].ReferencedSOPSequence[0],
    ):
        assert image.ReferencedSOPClassUID == "1.3.12.2.1107.5.9.1"
    assert (dataset.PatientSex, dataset.PatientName) == ("UNKNOWN", "Only one part")


def test_what_writes_dicom_comes_only_with_an_export(project, tmp_path):
    script = (
        "import sys; import mmdesk.services.marks.export, mmdesk.ui.marks.marking, mmdesk.cli.app;"
        "sys.exit('highdicom' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", script], cwd=Path(__file__).parents[3], check=True)
