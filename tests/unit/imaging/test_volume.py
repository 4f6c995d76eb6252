"""Volumes: slices in the order in which they lie, in one window, for panes and models alike."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.ndimage import zoom

from mmdesk.core.errors import ImageProblem
from mmdesk.core.fields.volume_form import VolumeForm
from mmdesk.core.job import SilentContext
from mmdesk.imaging.base.rendering import rendered
from mmdesk.imaging.volume import for_model
from mmdesk.imaging.volume.for_model import check_volume, volume_for_model
from mmdesk.imaging.volume.order import by_place, natural
from mmdesk.imaging.volume.source import open_volume
from mmdesk.ui.images.decoded_image import Source, Wanted, frame_words
from mmdesk.ui.images.picture_reader import PictureReader
from tests.volume_files import ball, dicom_series, dicom_slice, nifti, pictures, tiff

BALL = ball(12, centre=0.25)
WINDOW = "-100..900"


def slices(path, window=WINDOW):
    with open_volume(path, window) as source:
        return np.stack([source.complete(frame).pixels for frame in range(source.frames)]), source


def test_a_series_is_in_the_order_of_its_places_not_of_its_names(tmp_path):
    values, source = slices(dicom_series(tmp_path / "ct", BALL))
    np.testing.assert_array_equal(values, BALL)
    assert source.position_of(0) == 0
    assert source.position_of(11) == pytest.approx(27.5)
    assert source.spacing == (0.8, 0.8)
    assert source.unit == ""
    assert source.notes == ()


@pytest.mark.parametrize("head_first", [False, True])
def test_nifti_runs_from_the_feet_up_as_a_series_does(tmp_path, head_first):
    values, source = slices(nifti(tmp_path / "ct.nii.gz", BALL, head_first=head_first))
    np.testing.assert_array_equal(values, BALL)
    assert source.position_of(11) == pytest.approx(27.5)


def test_pages_and_pictures_are_in_their_order(tmp_path):
    grey = np.clip(BALL / 4, 0, 255).astype(np.uint8)
    np.testing.assert_array_equal(slices(tiff(tmp_path / "a.tif", BALL), "")[0], grey)
    values, source = slices(pictures(tmp_path / "png", BALL), "")
    np.testing.assert_array_equal(values, grey)
    assert "order of their names" in source.notes[0]
    assert natural("slice2.png") < natural("slice10.png")


def test_a_file_of_frames_goes_by_their_places(tmp_path):
    import pydicom

    shuffled = np.random.default_rng(5).permutation(len(BALL))
    groups = []
    for index in shuffled:
        group = pydicom.Dataset()
        group.PlanePositionSequence = [pydicom.Dataset()]
        group.PlanePositionSequence[0].ImagePositionPatient = [0, 0, 3.0 * float(index)]
        groups.append(group)
    shared = pydicom.Dataset()
    shared.PlaneOrientationSequence = [pydicom.Dataset()]
    shared.PlaneOrientationSequence[0].ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
    dicom_slice(
        BALL[shuffled],
        tmp_path / "many.dcm",
        NumberOfFrames=len(BALL),
        PerFrameFunctionalGroupsSequence=groups,
        SharedFunctionalGroupsSequence=[shared],
    )
    values, source = slices(tmp_path / "many.dcm")
    np.testing.assert_array_equal(values, BALL)
    assert source.position_of(2) == pytest.approx(6)


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda f: dicom_series(f, ball(9), SeriesInstanceUID="9.9"), "2 series"),
        (
            lambda f: dicom_slice(
                np.zeros((8, 8)),
                f / "odd.dcm",
                ImagePositionPatient=[0, 0, 99],
                ImageOrientationPatient=[1, 0, 0, 0, 1, 0],
            ),
            "different sizes",
        ),
        (
            lambda f: dicom_slice(
                np.zeros((24, 24)),
                f / "odd.dcm",
                ImagePositionPatient=[0, 0, 99],
                ImageOrientationPatient=[0, 1, 0, 0, 0, -1],
            ),
            "different directions",
        ),
        (lambda f: (f / "I003.dcm").write_bytes((f / "I003.dcm").read_bytes()[:300]), "slice I003.dcm"),
    ],
)
def test_what_is_no_one_volume_is_refused_in_words(tmp_path, spoil, words):
    folder = dicom_series(tmp_path / "ct", BALL)
    (tmp_path / "ct/second").mkdir()
    if words == "2 series":
        other = dicom_series(tmp_path / "other", ball(9), SeriesInstanceUID="9.9")
        for file in other.iterdir():
            file.rename(folder / f"b{file.name}")
    else:
        spoil(folder)
    with pytest.raises(ImageProblem, match=words):
        check_volume(folder)


def test_slices_that_lie_where_others_do_and_gaps_are_said(tmp_path):
    folder = dicom_series(tmp_path / "gap", BALL, leave=(4, 5))
    values, source = slices(folder)
    assert len(values) == 10
    assert source.notes == ("2 slices seem to be missing, the first after slice 4.",)
    first = sorted(folder.iterdir())[0]
    (folder / "copy.dcm").write_bytes(first.read_bytes())
    assert "1 slice lies where another one does" in " ".join(slices(folder)[1].notes)


def test_two_phases_in_a_folder_are_refused(tmp_path):
    folder = dicom_series(tmp_path / "ct", BALL)
    for file in dicom_series(tmp_path / "late", BALL + 100).iterdir():
        file.rename(folder / f"late{file.name}")
    with pytest.raises(ImageProblem, match="2 slices at each place"):
        open_volume(folder)


def test_a_localiser_and_other_files_are_left_out_and_said(tmp_path):
    folder = dicom_series(tmp_path / "ct", BALL)
    dicom_slice(np.zeros((30, 30)), folder / "scout.dcm", SeriesInstanceUID="9.9")
    (folder / "notes.txt").write_text("read me")
    values, source = slices(folder)
    np.testing.assert_array_equal(values, BALL)
    assert "Pictures of other series in the folder are left out: 1." in source.notes
    assert any("notes.txt" in note for note in source.notes)


def test_one_picture_is_no_volume(tmp_path):
    (tmp_path / "one").mkdir()
    dicom_slice(BALL[0], tmp_path / "one/a.dcm")
    with pytest.raises(ImageProblem, match="one picture"):
        open_volume(tmp_path / "one/a.dcm")
    with pytest.raises(ImageProblem, match="one picture only"):
        open_volume(tmp_path / "one")


def test_a_model_sees_what_the_pane_shows(tmp_path):
    path = dicom_series(tmp_path / "ct", BALL)
    seen = volume_for_model(path, VolumeForm(12, "resample", WINDOW), (24, 24), 1)
    with open_volume(path, WINDOW) as source:
        shown = np.stack([rendered(source, source.complete(frame), frame) for frame in range(12)])
    assert seen.shape == (12, 24, 24, 1)
    assert np.abs(seen[..., 0] - shown).max() <= 0.5 + 1e-3
    wanted = np.clip((BALL + 100) / 1000, 0, 1) * 255
    np.testing.assert_allclose(seen[..., 0], wanted, atol=1e-2)


def test_resampled_as_scipy_does(tmp_path):
    path = nifti(tmp_path / "ct.nii", BALL)
    seen = volume_for_model(path, VolumeForm(7, "resample", "-2000..2000"), (24, 24), 1)[..., 0]
    wanted = (zoom(BALL.astype(np.float64), (7 / 12, 1, 1), order=1) + 2000) / 4000 * 255
    np.testing.assert_allclose(seen, wanted, atol=1e-2)


def test_gaps_do_not_shift_what_is_resampled(tmp_path):
    rising = np.arange(12)[:, None, None] * 100 + np.zeros((12, 24, 24))
    path = dicom_series(tmp_path / "ct", rising, leave=(4, 5))
    seen = volume_for_model(path, VolumeForm(12, "resample", "0..1100"), (4, 4), 1)[..., 0]
    np.testing.assert_allclose(seen[:, 0, 0] / 255 * 11, np.arange(12), atol=1e-3)


def test_cropped_and_padded(tmp_path):
    path = nifti(tmp_path / "ct.nii", (np.arange(1, 7)[:, None, None] * 100 + np.zeros((6, 8, 8))).astype(np.int16))

    def marks(depth, fit):
        seen = volume_for_model(path, VolumeForm(depth, fit, "0..1000"), (8, 8), 3)
        return np.rint(seen[:, 0, 0, 0] / 25.5).astype(int).tolist()

    assert marks(2, "crop") == [3, 4]
    assert marks(8, "crop") == [0, 1, 2, 3, 4, 5, 6, 0]
    assert marks(8, "pad") == [1, 2, 3, 4, 5, 6, 0, 0]
    assert marks(1, "resample") == [4]
    with pytest.raises(ImageProblem, match="it has 6 slices, and the field takes 5") as told:
        marks(5, "pad")
    assert "depth" in told.value.do


def test_one_window_for_all_slices_without_one_in_the_file(tmp_path):
    volume = BALL.copy()
    volume[0] = 0
    path = nifti(tmp_path / "ct.nii", volume)
    with open_volume(path) as source:
        windows = {source.first_window(source.complete(frame), frame) for frame in range(source.frames)}
        assert len(windows) == 1
        assert next(iter(windows)).high > 600


def test_too_many_numbers_are_refused_before_memory_is_taken(tmp_path, monkeypatch):
    path = nifti(tmp_path / "ct.nii", BALL)
    monkeypatch.setattr(for_model.np, "zeros", lambda *_a: pytest.fail("memory was taken"))
    with pytest.raises(ImageProblem, match="more than fit into memory"):
        volume_for_model(path, VolumeForm(1024), (1024, 1024), 3)


def test_a_pane_reads_slices_and_says_where_they_lie(tmp_path):
    path = dicom_series(tmp_path / "ct", BALL)
    reader = PictureReader()
    shown = reader(Wanted(Source(path, "", WINDOW), None, 3), SilentContext())
    np.testing.assert_array_equal(shown.pixels, BALL[3])
    assert frame_words(shown) == "slice 4 of 12, at 7.5 mm"
    assert (shown.window.low, shown.window.high) == (-100, 900)
    reader.close()


def test_places_decide_over_numbers():
    order = by_place([3.0, 1.0, 2.0], [1, 2, 3])
    assert order.members == (1, 2, 0)
    assert order.positions == (0.0, 1.0, 2.0)
