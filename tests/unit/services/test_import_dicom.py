"""A folder of DICOM files or a DICOMDIR becomes cases; only the listed elements come along."""

import re
from pathlib import Path

import numpy as np
import pydicom
import pytest
from pydicom.fileset import FileSet

from mmdesk.core.cases.case import ImageRef
from mmdesk.core.errors import Cancelled, TableProblem
from mmdesk.core.fields.schema_toml import read_schema
from mmdesk.core.job import SilentContext
from mmdesk.services.importing.from_dicom import TAGS, find_images, holds_dicom
from mmdesk.services.importing.from_table import check_table, import_table, look_at, new_project
from mmdesk.services.importing.image_questions import ImageChoices
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
    report = new_project(tmp_path / "p.mmdesk", folder, ctx=SilentContext())
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
    new_project(tmp_path / "p.mmdesk", folder, ctx=SilentContext())
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
    report = check_table(folder, schema, ctx=SilentContext())
    assert report.cases == cases
    assert report.files_missing == 0


def test_another_case_column_is_refused_in_words(folder):
    schema = look_at(folder).schema
    with pytest.raises(TableProblem, match="cannot be named by 'age'"):
        check_table(folder, type(schema)("x", "age", "patient", schema.fields), ctx=SilentContext())


def test_a_second_import_brings_new_studies_and_knows_the_old_ones(folder, tmp_path):
    new_project(tmp_path / "p.mmdesk", folder, ctx=SilentContext())
    put(folder, 0, 1, 0, ImageLaterality="L", ViewPosition="CC")
    project = open_project(tmp_path / "p.mmdesk")
    try:
        report = import_table(project, folder, ctx=SilentContext())
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
    for number in range(3):
        put(tmp_path, 1, 0, number)
    look = look_at(tmp_path, name="x")
    assert look.schema.case == "study"
    found = find_images(tmp_path)
    assert len(found.images) == 3
    schema = type(look.schema)("x", "series", "patient", (look.schema.field("image"),))
    report = check_table(tmp_path, schema, ctx=SilentContext())
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
    with pytest.raises(TableProblem, match="holds no table, DICOM files or images"):
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
    work = SilentContext()
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


def look(folder):
    return look_at(folder, name="x")


def laid(folder, tmp_path, **choices):
    """Import a folder and return, by patient number, the file name of each image column."""
    new_project(tmp_path / "p.mmdesk", folder, ctx=SilentContext(), images=ImageChoices(**choices))
    cases, schema = opened_cases(tmp_path / "p.mmdesk")
    return [
        {
            f.name: Path(case.inputs[f.name].path).name
            for f in schema.images
            if isinstance(case.inputs.get(f.name), ImageRef)
        }
        for case in cases
    ]


def weighted(folder, patients=8, *, skip=(), **tags):
    """Write a T1 and a T2 for each patient, in an order of series numbers and UIDs that changes."""
    folder.mkdir(exist_ok=True)
    for patient in range(patients):
        for number, words in enumerate(("T1 ax", "T2 ax")):
            place = (number + patient) % 2
            if (patient, words) not in skip:
                put(
                    folder, patient, 0, number, series=place, SeriesNumber=place + 1, Modality="MR",
                    SeriesDescription=words if patient % 3 else words.upper(), **tags,
                )  # fmt: skip
    return folder


def test_a_column_is_the_same_series_in_every_case(tmp_path):
    rows = laid(weighted(tmp_path / "mr"), tmp_path)
    assert [sorted(row) for row in rows] == [["t1_ax", "t2_ax"]] * 8
    assert all(row["t1_ax"].endswith("0") and row["t2_ax"].endswith("1") for row in rows)


def test_a_missing_series_stays_missing(tmp_path):
    folder = weighted(tmp_path / "mr", skip={(2, "T1 ax"), (5, "T2 ax")})
    rows = laid(folder, tmp_path)
    assert sorted(map(len, rows)) == [1, 1, 2, 2, 2, 2, 2, 2]
    assert all(name[-1] == str(int(column == "t2_ax")) for row in rows for column, name in row.items())


@pytest.mark.parametrize(
    ("skip", "extra", "words"),
    [
        ({(3, "T1 ax")}, {"SeriesDescription": "T1 axial"}, "has 'MR t1 axial' and no 't1_ax'"),
        ((), {"SeriesDescription": "T1 AX", "SeriesNumber": 9}, r"has 2 times \(series 2, 9\) 'MR t1 ax'"),
    ],
)
def test_a_study_that_does_not_fit_is_asked_about_and_guessed_nowhere(tmp_path, skip, extra, words):
    folder = weighted(tmp_path / "mr", skip=skip)
    put(folder, 3, 0, 7, series=7, Modality="MR", **extra)
    schema = look(folder).schema
    assert [entry.name for entry in schema.images] == ["t1_ax", "t2_ax"]
    report = check_table(folder, schema, ctx=SilentContext())
    (question,) = report.questions
    assert question.series
    assert question.cells == 1
    assert re.search(words, question.say())
    with pytest.raises(TableProblem, match="1 case does not have the series of the others") as caught:
        new_project(tmp_path / "no.mmdesk", folder, ctx=SilentContext())
    assert "--unclear-missing" in caught.value.do
    rows = laid(folder, tmp_path, unclear_missing=True)
    assert sorted(map(len, rows)) == [1, *[2] * 7]
    report = check_table(folder, schema, ctx=SilentContext(), images=ImageChoices(unclear_missing=True))
    assert any(warning.startswith("Left missing: 1 case does not") for warning in report.warnings)


def test_raw_pictures_and_other_modalities_have_columns_of_their_own(tmp_path):
    folder = tmp_path / "mg"
    folder.mkdir()
    for patient in range(3):
        for number, intent in enumerate(("FOR PRESENTATION", "FOR PROCESSING")):
            side = {"ImageLaterality": "L", "ViewPosition": "MLO"}
            put(folder, patient, 0, number, PresentationIntentType=intent, **side)
        put(folder, patient, 0, 3, series=2, Modality="US", SeriesDescription=f"breast {patient}")
    rows = laid(folder, tmp_path)
    assert [sorted(row) for row in rows] == [["left_mlo", "left_mlo_processing", "us"]] * 3
    assert all(row["left_mlo_processing"].endswith("1") for row in rows)


def test_pictures_alike_are_told_apart_by_series_numbers_that_all_cases_share(tmp_path):
    for patient in range(3):
        for number in range(2):
            place = (number + patient) % 2
            put(tmp_path, patient, 0, number, series=place, SeriesNumber=number + 4, Modality="XC")
    shown = look(tmp_path)
    assert [entry.name for entry in shown.schema.images] == ["series_4", "series_5"]
    assert any("their numbers alone" in warning for warning in shown.warnings)
    put(tmp_path, 1, 0, 5, series=8, SeriesNumber=8, Modality="XC")
    assert [entry.name for entry in look(tmp_path).schema.images] == ["image"]


def test_slices_give_their_middle_one_whatever_else_the_study_holds(tmp_path):
    for patient in range(2):
        for number in range(5):
            put(tmp_path, patient, 0, number, SliceLocation=float(number), Modality="CT")
    rows = laid(tmp_path, tmp_path / "p")
    assert [row["image"][-1] for row in rows] == ["2", "2"]


def test_a_later_import_keeps_to_the_columns_of_the_project(tmp_path):
    weighted(tmp_path / "mr")
    new_project(tmp_path / "p.mmdesk", tmp_path / "mr", ctx=SilentContext())
    more = tmp_path / "more"
    more.mkdir()
    put(more, 9, 0, 1, Modality="MR", SeriesDescription="t2  AX", SeriesNumber=1)
    project = open_project(tmp_path / "p.mmdesk")
    try:
        report = import_table(project, more, ctx=SilentContext())
        added = project.store.cases()[-1]
        put(more, 8, 0, 1, Modality="MR", SeriesDescription="T1 sag", SeriesNumber=1)
        with pytest.raises(TableProblem, match=r"has 'MR t1 sag' and no 't1_ax'"):
            import_table(project, more, ctx=SilentContext())
    finally:
        project.close()
    assert report.added == 1
    assert added.inputs["t2_ax"].path.endswith("1")
    assert not isinstance(added.inputs.get("t1_ax"), ImageRef)
    assert "No series of these files belongs in the column 't1_ax'." in report.warnings


@pytest.mark.parametrize("words", ["3D FLAIR", "age", "T1__ax (²)", "脳 MRI", "class"])
def test_any_description_gives_a_usable_column(tmp_path, words):
    for patient in range(2):
        put(tmp_path, patient, 0, 1, Modality="MR", SeriesDescription=words, SpecificCharacterSet="ISO_IR 192")
    rows = laid(tmp_path, tmp_path / "p")
    assert [len(row) for row in rows] == [1, 1]
    assert next(iter(rows[0])).isidentifier()
