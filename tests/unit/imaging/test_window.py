"""Windows and planes: which grey is shown for which value, fast enough to drag."""

import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmdesk.imaging.base.plane import Plane, cropped, fitted, reduced
from mmdesk.imaging.base.window import AS_STORED, Window, percentile_window, window_to_bytes

DTYPES = [np.uint8, np.uint16, np.int16, np.float32]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("function", ["LINEAR", "LINEAR_EXACT", "SIGMOID"])
def test_whole_numbers_and_fractions_are_shown_alike(dtype, function):
    values = np.arange(0, 256, dtype=dtype).reshape(16, 16)
    window = Window(100, 60, function=function)
    shown = window_to_bytes(values, window)
    assert shown.dtype == np.uint8
    assert np.array_equal(shown, window_to_bytes(values.astype(np.float32), window))
    assert (np.diff(shown.reshape(-1).astype(int)) >= 0).all()
    assert abs(int(shown.reshape(-1)[100]) - 128) <= 3


def test_a_dicom_window_is_as_the_standard_defines_it():
    window = Window(2048, 1024, function="LINEAR")
    assert (window.low, window.high) == (1536.0, 2559.0)
    shown = window_to_bytes(np.array([[1536, 2559, 2048, 0, 4095]], np.uint16), window)[0]
    assert shown.tolist() == [0, 255, 128, 0, 255]
    assert (Window(0, 1, function="LINEAR").high - Window(0, 1, function="LINEAR").low) > 0


def test_eight_bits_as_stored_are_unchanged():
    values = np.arange(256, dtype=np.uint8).reshape(16, 16)
    assert np.array_equal(window_to_bytes(values, AS_STORED), values)
    assert np.array_equal(window_to_bytes(values, AS_STORED, invert=True), 255 - values)


def test_gamma_and_colours():
    values = np.arange(256, dtype=np.uint8).reshape(16, 16)
    assert window_to_bytes(values, AS_STORED, gamma=2.0)[8, 0] > 150
    lut = np.stack([np.arange(256), np.zeros(256), 255 - np.arange(256)], axis=1).astype(np.uint8)
    coloured = window_to_bytes(values, AS_STORED, lut=lut)
    assert coloured.shape == (16, 16, 3)
    assert coloured[0, 7].tolist() == [7, 0, 248]


def test_a_table_shows_what_it_says_and_drags_as_a_window():
    window = Window(2, 4, "t", table=(0.0, 1.0, 0.5, 0.25), first=10.0)
    shown = window_to_bytes(np.array([[9, 10, 11, 12, 13, 99]], np.uint16), window)[0]
    assert shown.tolist() == [0, 0, 255, 128, 64, 64]
    assert window.moved(5, 0).table == ()
    assert window.moved(5, 0).width > 0


def test_what_is_no_number_is_black():
    values = np.array([[np.nan, np.inf, -np.inf, 0.5]], np.float32)
    assert window_to_bytes(values, Window(0.5, 1.0))[0].tolist() == [0, 255, 0, 128]
    window = percentile_window(values)
    assert np.isfinite([window.centre, window.width]).all()


def test_negative_values_find_their_place_in_the_table():
    values = np.arange(-1024, 3072, dtype=np.int16).reshape(64, 64)
    shown = window_to_bytes(values, Window(40, 400)).reshape(-1).astype(int)
    assert (np.diff(shown) >= 0).all()
    assert shown[0] == 0
    assert shown[-1] == 255


@pytest.mark.parametrize("dtype", [np.uint16, np.int16, np.float32])
def test_two_panes_are_windowed_within_a_frame(dtype):
    values = np.random.default_rng(0).integers(0, 4096, (1000, 1000)).astype(dtype)
    planes = [Plane(values, 1 / 3, (0, 0, 3000, 3000))] * 2
    best = min(_seconds(planes, width) for width in range(400, 430))
    assert best < 0.033


def _seconds(planes, width):
    start = time.thread_time()
    for plane in planes:
        window_to_bytes(plane.pixels, Window(2000, width))
    return time.thread_time() - start


def test_a_part_of_a_plane_is_where_it_says():
    values = np.arange(120 * 160, dtype=np.uint16).reshape(120, 160)
    plane = Plane(values, 0.5, (100, 200, 320, 240))
    part = plane.part((140, 240, 80, 60))
    assert part.region == (140, 240, 80, 60)
    assert part.scale == 0.5
    assert np.array_equal(part.pixels, values[20:50, 20:60])
    assert part.value_at(140, 240) == plane.value_at(140, 240) == values[20, 20]
    small = plane.part((140, 240, 80, 60), (10, 100))
    assert small.pixels.shape == (8, 10)
    outside = plane.part((0, 0, 10, 10))
    assert outside.pixels.shape == (1, 1)
    assert plane.value_at(99, 240) is None


@pytest.mark.parametrize("dtype", DTYPES)
def test_reducing_keeps_the_mean_and_the_kind(dtype):
    values = np.random.default_rng(1).integers(0, 200, (90, 120)).astype(dtype)
    small = reduced(values, (40, 30))
    assert small.shape == (30, 40)
    assert small.dtype == dtype
    assert abs(float(small.mean()) - float(values.mean())) < 1
    assert reduced(values, (120, 90)).shape == values.shape


@given(
    st.tuples(st.integers(1, 500), st.integers(1, 500)),
    st.tuples(*[st.integers(-600, 600)] * 4),
    st.tuples(st.integers(1, 300), st.integers(1, 300)),
)
def test_any_region_and_box_stay_within_the_picture(size, region, box):
    x, y, width, height = cropped(region, size)
    assert 0 <= x < size[0]
    assert 0 <= y < size[1]
    assert 1 <= width <= size[0] - x
    assert 1 <= height <= size[1] - y
    wide, high = fitted((width, height), box)
    assert 1 <= wide <= max(1, min(width, box[0]))
    assert 1 <= high <= max(1, min(height, box[1]))
