"""Marks as presentation states: what a viewer needs to draw them over the right image, rightly shaded."""

from __future__ import annotations

import shutil

import numpy as np
import pytest
from PIL import Image
from pydicom import dcmread
from pydicom.data import get_testdata_file
from pydicom.dataset import Dataset

from mmdesk.core.cases.case import ImageRef
from mmdesk.core.cases.marks import SHAPES, Mark
from mmdesk.core.fields.schema import Field, Schema
from mmdesk.core.job import SilentContext
from mmdesk.services.marks.edit import add_mark
from mmdesk.services.marks.export import export_gsps
from mmdesk.services.project import create_project
from mmdesk.storage.store import NewCase
from mmdesk.support.files import sha256_of
from tests.unit.services.test_marks_export import DRAWN

SCHEMA = Schema(
    "Scans",
    "ID",
    "ID",
    (
        Field("scan", "input", "image", ("S",), label="Scan"),
        Field("sick", "target", "choice", ("K",), label="Sick", options=("Nodule", "Scar")),
    ),
)
FILES = ("CT_small.dcm", "emri_small.dcm", "MR_small.dcm", "SC_rgb.dcm")


def give_slope(path):
    """Let a file of many frames tell its slope as such files do."""
    held = dcmread(path)
    slope, group = Dataset(), Dataset()
    slope.RescaleIntercept, slope.RescaleSlope, slope.RescaleType = "5", "3", "US"
    group.PixelValueTransformationSequence = [slope]
    held.SharedFunctionalGroupsSequence = [group]
    held.save_as(path)


@pytest.fixture
def project(tmp_path):
    made = create_project(tmp_path / "scans.mmdesk", SCHEMA)
    cases = []
    for name in FILES:
        shutil.copy(get_testdata_file(name), made.folder / name)
        cases.append((name, made.folder / name))
    give_slope(made.folder / "emri_small.dcm")
    Image.fromarray(np.zeros((200, 200), np.uint8)).save(made.folder / "photo.png")
    cases.append(("photo", made.folder / "photo.png"))
    made.store.add_cases(
        [NewCase(name, inputs={"scan": ImageRef(path.name, sha256_of(path))}) for name, path in cases],
        "importer",
    )
    yield made
    made.close()


def draw(project, case, shape, reader="Ann", **more):
    number = project.store.case_id(case)
    return add_mark(project, Mark(number, "scan", shape, tuple(DRAWN[shape]), **more), reader)[0]


def states(project, tmp_path):
    report = export_gsps(project, tmp_path / "gsps", ctx=SilentContext())
    return report, [dcmread(path) for path in report.files]


def test_each_shape_lies_over_its_image_in_a_layer(project, tmp_path):
    for shape in SHAPES:
        draw(project, "CT_small.dcm", shape, target="sick", option="Scar", note="soft")
    report, (state,) = states(project, tmp_path)
    source = dcmread(project.folder / "CT_small.dcm")
    assert report.say() == "Exported: 8 marks on 1 image."
    assert (state.SOPClassUID, state.Modality) == ("1.2.840.10008.5.1.4.1.1.11.1", "PR")
    assert (state.PatientID, state.StudyInstanceUID) == (source.PatientID, source.StudyInstanceUID)
    assert state.SeriesInstanceUID != source.SeriesInstanceUID
    (series,) = state.ReferencedSeriesSequence
    assert series.SeriesInstanceUID == source.SeriesInstanceUID
    assert series.ReferencedImageSequence[0].ReferencedSOPInstanceUID == source.SOPInstanceUID
    layers = {layer.GraphicLayer for layer in state.GraphicLayerSequence}
    kinds = []
    for annotation in state.GraphicAnnotationSequence:
        assert annotation.GraphicLayer in layers
        assert annotation.ReferencedImageSequence[0].ReferencedSOPInstanceUID == source.SOPInstanceUID
        (drawn,) = annotation.GraphicObjectSequence
        assert (drawn.GraphicAnnotationUnits, drawn.GraphicDimensions) == ("PIXEL", 2)
        assert len(drawn.GraphicData) == 2 * drawn.NumberOfGraphicPoints
        assert "Sick: Scar" in annotation.TextObjectSequence[0].UnformattedTextValue
        assert "soft" in annotation.TextObjectSequence[0].UnformattedTextValue
        kinds.append(drawn.GraphicType)
    assert sorted(kinds) == ["ELLIPSE", "POINT", *["POLYLINE"] * 6]
    area = state.DisplayedAreaSelectionSequence[0]
    assert list(area.DisplayedAreaBottomRightHandCorner) == [source.Columns, source.Rows]
    assert list(area.PresentationPixelSpacing) == list(source.PixelSpacing)


def test_the_values_are_shaded_as_the_picture_opens(project, tmp_path):
    draw(project, "CT_small.dcm", "point")
    _, (state,) = states(project, tmp_path)
    source = dcmread(project.folder / "CT_small.dcm")
    assert (state.RescaleIntercept, state.RescaleSlope) == (source.RescaleIntercept, source.RescaleSlope)
    assert state.RescaleType == "HU"
    values = source.pixel_array * float(source.RescaleSlope) + float(source.RescaleIntercept)
    window = state.SoftcopyVOILUTSequence[0]
    assert values.min() <= float(window.WindowCenter) <= values.max()
    assert 0 < float(window.WindowWidth) <= np.ptp(values)
    assert state.PresentationLUTShape == "IDENTITY"


def test_a_frame_is_named_and_readers_have_their_own(project, tmp_path):
    draw(project, "emri_small.dcm", "point", frame=4)
    draw(project, "emri_small.dcm", "box", frame=4, reader="Ben")
    report, made = states(project, tmp_path)
    assert [path.name for path in report.files] == [
        "00001-emri_small_dcm-scan-Ann.dcm",
        "00002-emri_small_dcm-scan-Ben.dcm",
    ]
    assert {str(state.ContentCreatorName) for state in made} == {"Ann", "Ben"}
    for state in made:
        assert state.ReferencedSeriesSequence[0].ReferencedImageSequence[0].ReferencedFrameNumber == 5
        assert (state.RescaleIntercept, state.RescaleSlope, state.RescaleType) == (5, 3, "US")
    before = [path.read_bytes() for path in report.files]
    assert [path.read_bytes() for path in states(project, tmp_path)[0].files] == before


def test_what_cannot_have_one_is_left_out_and_named(project, tmp_path):
    for case in ("SC_rgb.dcm", "photo", "MR_small.dcm"):
        draw(project, case, "point")
    report, made = states(project, tmp_path)
    assert len(made) == 1
    assert report.left_out == [
        "case SC_rgb.dcm, scan: it is in colour.",
        "case photo, scan: it is no DICOM file.",
    ]


def test_pixels_that_are_not_square_and_marks_at_the_edge(project, tmp_path):
    path = project.folder / "flat.dcm"
    held = dcmread(get_testdata_file("CT_small.dcm"))
    del held.PixelSpacing, held.RescaleSlope, held.RescaleIntercept
    held.PixelAspectRatio = [1, 2]
    held.PatientSex = "X"
    held.save_as(path)
    project.store.add_cases([NewCase("flat", inputs={"scan": ImageRef(path.name, sha256_of(path))})], "importer")
    number = project.store.case_id("flat")
    add_mark(project, Mark(number, "scan", "box", ((100.0, 100.0), (140.5, 128.0)), note="edge"), "Ann")
    _, (state,) = states(project, tmp_path)
    area = state.DisplayedAreaSelectionSequence[0]
    assert list(area.PresentationPixelAspectRatio) == [1, 2]
    assert "RescaleSlope" not in state
    (annotation,) = state.GraphicAnnotationSequence
    assert max(annotation.GraphicObjectSequence[0].GraphicData) == 128
    assert list(annotation.TextObjectSequence[0].AnchorPoint) == [128, 100]
