"""Volumes of a project: found from a table, a folder of DICOM files or cells that name folders."""

from __future__ import annotations

import pytest

from mmdesk.core.cases.case import ImageRef
from mmdesk.core.errors import ImageProblem, SchemaProblem
from mmdesk.core.fields.schema_changes import changes_of
from mmdesk.core.fields.schema_toml import read_schema, write_schema
from mmdesk.core.fields.values import Missing, Reason
from mmdesk.core.job import SilentContext
from mmdesk.imaging.base.bound import State, images_of
from mmdesk.services.doctor import _images as checked
from mmdesk.services.importing.from_table import new_project
from mmdesk.services.importing.guess import look_at
from mmdesk.services.project import open_project
from tests.volume_files import ball, dicom_series, nifti, pictures, tiff

SCHEMA = """
[project]
name = "CT"
case = "ID"

[[input]]
name = "ct"
kind = "volume"
column = "Scan"
depth = 16
fit = "crop"
window = "lung"

[[target]]
name = "sick"
kind = "flag"
"""


def table(folder, cells):
    rows = "".join(f"c{index},{cell},{index % 2}\n" for index, cell in enumerate(cells))
    path = folder / "cases.csv"
    path.write_text(f"ID,Scan,label\n{rows}")
    return path


def made(folder, path, **more):
    return new_project(folder / "p.mmdesk", path, ctx=SilentContext(), **more)


def cases_of(folder):
    project = open_project(folder / "p.mmdesk")
    cases = {case.name: case for case in project.store.cases()}
    return project, cases


def test_the_schema_reads_back_and_refuses_what_is_none():
    schema = read_schema(SCHEMA)
    assert read_schema(write_schema(schema)) == schema
    assert (schema.field("ct").depth, schema.field("ct").fit, schema.field("ct").window) == (16, "crop", "lung")
    for line, wrong, words in (
        ("depth = 16", "depth = 0", "whole number above 0"),
        ("depth = 16", "depth = 5000", "from 1 to 1024"),
        ('fit = "crop"', 'fit = "squash"', "no way to fit slices"),
        ('window = "lung"', 'window = "240..-160"', "is no window"),
    ):
        with pytest.raises(SchemaProblem) as told:
            read_schema(SCHEMA.replace(line, wrong))
        assert words in told.value.say()
    changed = read_schema(SCHEMA.replace("depth = 16", "depth = 24"))
    assert any("depth was 16 and is 24" in words for words in changes_of(schema, changed))


@pytest.mark.parametrize(
    ("make", "cell", "words"),
    [
        (lambda at, n: nifti(at / f"scans/{n}.nii.gz", ball(8 + n)), "{}.nii.gz", "several pictures (8 to 13)"),
        (lambda at, n: tiff(at / f"scans/{n}.tif", ball(8)), "{}.tif", "several pictures (8)"),
        (lambda at, n: dicom_series(at / f"scans/s{n}", ball(8)), "s{}", "6 of 6 folders of slices in scans"),
        (lambda at, n: dicom_series(at / f"scans/s{n}/a/b", ball(8)), "s{}", "folders of slices in scans"),
        (lambda at, n: pictures(at / f"scans/s{n}", ball(8)), "scans/s{}/", "6 of 6 folders of slices"),
    ],
)
def test_a_column_of_volumes_is_found_and_says_why(tmp_path, make, cell, words):
    for number in range(6):
        make(tmp_path, number)
    path = table(tmp_path, [cell.format(number) for number in range(6)])
    look = look_at(path)
    (field,) = look.schema.images
    assert field.kind == "volume"
    assert words in look.because["Scan"]
    report = made(tmp_path, path)
    assert report.cases == 6
    project, cases = cases_of(tmp_path)
    ref = cases["c3"].inputs[field.name]
    assert isinstance(ref, ImageRef)
    assert images_of(project.folder).state(ref) == State.SAME
    project.close()


def test_single_pictures_stay_images(tmp_path):
    pictures(tmp_path, ball(6))
    path = table(tmp_path, [f"slice{number}.png" for number in range(1, 7)])
    assert [field.kind for field in look_at(path).schema.images] == ["image"]


def test_a_volume_that_cannot_be_read_is_missing_and_counted(tmp_path):
    for number in range(4):
        dicom_series(tmp_path / f"s{number}", ball(8))
    odd = tmp_path / "s2/I003.dcm"
    odd.write_bytes(odd.read_bytes()[:-100])
    (tmp_path / "s1/I003.dcm").unlink()
    (tmp_path / "schema.toml").write_text(SCHEMA.replace('"flag"', '"flag"\ncolumn = "label"'))
    path = table(tmp_path, ["s0", "s1", "s2", "gone"])
    report = made(tmp_path, path, schema=read_schema((tmp_path / "schema.toml").read_text()))
    project, cases = cases_of(tmp_path)
    project.close()
    assert isinstance(cases["c0"].inputs["ct"], ImageRef)
    assert isinstance(cases["c1"].inputs["ct"], ImageRef)
    assert cases["c3"].inputs["ct"] == Missing(Reason.NO_FILE, "gone")
    assert isinstance(cases["c2"].inputs["ct"], Missing)
    assert "of its slice I003.dcm, the file ends early" in cases["c2"].problem
    assert report.cases == 4
    assert "1 cannot be read" in report.images_words


def test_a_folder_is_bound_to_all_of_its_files(tmp_path):
    for number in range(3):
        dicom_series(tmp_path / f"s{number}", ball(8, seed=number))
    made(tmp_path, table(tmp_path, ["s0", "s1", "s2"]))
    project, cases = cases_of(tmp_path)
    ref, images = cases["c1"].inputs["scan"], images_of(project.folder)
    assert list(checked(project, cases["c1"])) == []
    file = tmp_path / "s1/I004.dcm"
    data = bytearray(file.read_bytes())
    data[-9] ^= 0xFF
    file.write_bytes(bytes(data))
    assert images.state(ref) == State.CHANGED
    with pytest.raises(ImageProblem, match="not the one that was imported"):
        images.check(ref)
    assert "not the one that was imported" in " ".join(checked(project, cases["c1"]))
    fresh = images.refer(ref.path)
    assert fresh.sha256 != ref.sha256
    assert images.state(fresh) == State.SAME
    project.close()


def test_copied_into_the_project_as_a_folder(tmp_path):
    for number in range(3):
        dicom_series(tmp_path / f"s{number}", ball(8, seed=number))
    made(tmp_path, table(tmp_path, ["s0", "s1", "s2"]), copy_images=True)
    project, cases = cases_of(tmp_path)
    ref = cases["c1"].inputs["scan"]
    assert ref.path == f"images/{ref.sha256}"
    for number in range(3):
        for file in (tmp_path / f"s{number}").iterdir():
            file.unlink()
    assert images_of(project.folder).state(ref) == State.SAME
    project.close()


def test_a_series_of_dicom_files_becomes_one_volume(tmp_path):
    for patient in range(3):
        told = {"PatientID": f"P{patient}", "StudyInstanceUID": f"1.{patient}", "SeriesInstanceUID": f"2.{patient}"}
        dicom_series(tmp_path / f"dicom/{patient}", ball(8, seed=patient), **told)
    look = look_at_folder(tmp_path / "dicom")
    (field,) = look.schema.images
    assert field.kind == "volume"
    assert any("are volumes" in words for words in look.warnings)
    assert not any("middle one" in words for words in look.warnings)
    made(tmp_path, tmp_path / "dicom")
    project, cases = cases_of(tmp_path)
    paths = [case.inputs[field.name].path for case in cases.values()]
    assert [path.rsplit("/", 2)[-2] for path in paths] == ["dicom"] * 3
    project.close()


def look_at_folder(place):
    from mmdesk.services.importing.from_table import look_at as look

    return look(place)
