"""A folder of DICOM files or a DICOMDIR becomes cases; only the listed elements come along."""

from pathlib import Path

import numpy as np
import pydicom
import pytest
from pydicom.fileset import FileSet

from mmdesk.core.cases.case import ImageRef
from mmdesk.core.errors import Cancelled, TableProblem
from mmdesk.core.fields.schema_toml import read_schema
from mmdesk.core.job import Quiet
from mmdesk.services.importing.from_dicom import TAGS, find_images, holds_dicom
from mmdesk.services.importing.from_table import check_table, import_table, look_at, new_project
from mmdesk.services.project import open_project
from tests.corpus.zoo import DEEP, dicom

NAME, NUMBER = "Meier^Anna", "HOSP-4711"


def put(folder: Path, patient: int, study: int, number: int, **tags) -> Path:
    """Write one image of a patient's study."""
    base = f"1.2.826.0.1.{patient + 1}.{study + 1}"
    values = {
        "PatientID": f"{NUMBER}-{patient}",
        "PatientName": NAME,
        "PatientSex": "F" if patient % 2 else "M",
        "PatientAge": f"0{40 + patient}Y",
        "StudyInstanceUID": base,
        "SeriesInstanceUID": f"{base}.{tags.pop('series', 1)}",
        "SOPInstanceUID": f"{base}.9.{number}",
        "InstanceNumber": number,
        "Modality": "MG",
        "StudyID": "1",
        "StudyDate": "20200101",
        "StudyTime": "1200",
        "SeriesNumber": 1,
        **tags,
    }
    path = folder / f"IM{patient}{study}{number}"
    path.write_bytes(dicom(DEEP + np.uint16(97 * patient + 13 * study + number), **values))
    dataset = pydicom.dcmread(path)
    dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    dataset.save_as(path, enforce_file_format=True)
    return path


@pytest.fixture
def folder(tmp_path):
    """Three patients with the left and the right side each, one of them studied twice."""
    place = tmp_path / "cd"
    place.mkdir()
    for patient in range(3):
        for study in range(2 if patient == 2 else 1):
            for number, side in enumerate("LR"):
                put(place, patient, study, number, ImageLaterality=side, ViewPosition="CC")
    (place / "notes.txt").write_text("no picture")
    return place


def opened_cases(project):
    target = open_project(project)
    try:
        return target.store.cases(), target.schema
    finally:
        target.close()


def test_a_study_is_a_case_with_an_image_for_each_side(folder, tmp_path):
    report = new_project(tmp_path / "p.mmdesk", folder, ctx=Quiet())
    assert (report.cases, report.added, report.files_missing) == (4, 4, 0)
    cases, schema = opened_cases(tmp_path / "p.mmdesk")
    assert [field.name for field in schema.images] == ["left_cc", "right_cc"]
    assert [field.side for field in schema.images] == ["left", "right"]
    for case in cases:
        left, right = case.inputs["left_cc"], case.inputs["right_cc"]
        assert isinstance(left, ImageRef)
        assert left.sha256 != right.sha256
        assert left.path.endswith("0")
        assert 40 <= case.inputs["age"] <= 42
    assert len({case.group for case in cases}) == 3
    assert {case.notes["modality"] for case in cases} == {"MG"}


def test_nothing_of_a_person_but_the_list_enters_the_project(folder, tmp_path):
    new_project(tmp_path / "p.mmdesk", folder, ctx=Quiet())
    for path in (tmp_path / "p.mmdesk").rglob("*"):
        if path.is_file():
            held = path.read_bytes()
            assert NAME.encode() not in held, path
            assert NUMBER.encode() not in held, path
            assert b"1.2.826.0.1" not in held, path


@pytest.mark.parametrize(("level", "cases"), [("patient", 3), ("study", 4), ("series", 4), ("image", 8)])
def test_the_schema_says_what_a_case_is(folder, tmp_path, level, cases):
    image = "image" if level in ("series", "image") else "left_cc"
    schema = read_schema(
        f'[project]\nname = "x"\ncase = "{level}"\ngroup = "patient"\n'
        f'[[input]]\nname = "{image}"\nkind = "image"\ncolumn = "{image}"\n'
    )
    report = check_table(folder, schema, ctx=Quiet())
    assert report.cases == cases
    assert report.files_missing == 0


def test_another_case_column_is_refused_in_words(folder):
    schema = look_at(folder).schema
    with pytest.raises(TableProblem, match="cannot be named by 'age'"):
        check_table(folder, type(schema)("x", "age", "patient", schema.fields), ctx=Quiet())


def test_a_second_import_brings_new_studies_and_knows_the_old_ones(folder, tmp_path):
    new_project(tmp_path / "p.mmdesk", folder, ctx=Quiet())
    put(folder, 0, 1, 0, ImageLaterality="L", ViewPosition="CC")
    project = open_project(tmp_path / "p.mmdesk")
    try:
        report = import_table(project, folder, ctx=Quiet())
    finally:
        project.close()
    assert (report.cases, report.added, report.updated) == (5, 1, 0)


def test_a_dicomdir_lists_what_is_imported_and_nothing_outside_of_its_folder(folder, tmp_path):
    files = FileSet()
    for path in sorted(folder.glob("IM*")):
        files.add(path)
    files.write(tmp_path / "disc")
    files._stage["t"].cleanup()
    (tmp_path / "disc" / "extra.dcm").write_bytes(dicom(DEEP))
    assert len(find_images(tmp_path / "disc" / "DICOMDIR").images) == 8
    outside = put(tmp_path, 7, 0, 0)
    dataset = pydicom.dcmread(tmp_path / "disc" / "DICOMDIR")
    record = next(entry for entry in dataset.DirectoryRecordSequence if "ReferencedFileID" in entry)
    record.ReferencedFileID = ["..", outside.name]
    dataset.save_as(tmp_path / "disc" / "DICOMDIR")
    assert len(find_images(tmp_path / "disc" / "DICOMDIR").images) == 7


def test_a_series_of_slices_gives_its_middle_one(tmp_path):
    for number in range(5):
        put(tmp_path, 1, 0, number)
    look = look_at(tmp_path, name="x")
    assert look.schema.case == "study"
    found = find_images(tmp_path)
    assert len(found.images) == 5
    schema = type(look.schema)("x", "series", "patient", (look.schema.field("image"),))
    report = check_table(tmp_path, schema, ctx=Quiet())
    assert report.cases == 1
    assert any("the middle one" in words for words in report.warnings)


def test_what_cannot_be_read_and_what_is_marked_is_told(folder):
    whole = (folder / "IM000").read_bytes()
    (folder / "cut").write_bytes(whole[:200])
    put(folder, 5, 0, 0, BurnedInAnnotation="YES")
    warnings = " ".join(look_at(folder).warnings)
    assert "1 pictures may have words burned into them" in warnings
    assert "The files keep what they hold of a person" in warnings
    assert "cut is left out. This image cannot be read" in warnings


def test_a_folder_without_dicom_is_said_to_be_one(tmp_path):
    (tmp_path / "a.txt").write_text("x")
    with pytest.raises(TableProblem, match="holds no DICOM pictures"):
        look_at(tmp_path)


def test_a_folder_of_dicom_is_known_from_others(folder, tmp_path):
    assert holds_dicom(folder)
    assert holds_dicom(tmp_path)
    (tmp_path / "empty").mkdir()
    assert not holds_dicom(tmp_path / "empty")
    (tmp_path / "empty" / "DICOMDIR").touch()
    assert holds_dicom(tmp_path / "empty")
    assert holds_dicom(tmp_path / "empty" / "DICOMDIR")
    assert not holds_dicom(folder / "notes.txt")


def test_a_stopped_import_leaves_nothing(folder, tmp_path):
    work = Quiet()
    work.cancelled = True
    with pytest.raises(Cancelled):
        new_project(tmp_path / "p.mmdesk", folder, ctx=work)
    assert not (tmp_path / "p.mmdesk").exists()


def test_ages_in_all_units_become_years(tmp_path):
    for number, (text, years) in enumerate([("018M", 1.5), ("026W", 0.498), ("010D", 0.027), ("077Y", 77)]):
        path = put(tmp_path, number, 0, 0, PatientAge=text)
        (image,) = [image for image in find_images(tmp_path).images if image.path == path]
        assert float(image.tags["age"]) == pytest.approx(years, abs=0.01)
        assert set(image.tags) <= set(TAGS)
