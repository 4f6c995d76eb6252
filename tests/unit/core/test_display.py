"""Display: turns, tones, arrangements, true size, and rigid alignment."""

from __future__ import annotations

import json

import numpy as np
import pytest

from mmdesk.core.cases.display import (
    CHANNELS,
    LINKS,
    SIDE_BY_SIDE,
    Hang,
    Hanging,
    Tone,
    Turn,
    read_hanging,
    real_scale,
)
from mmdesk.imaging.align import find_rigid, moved

TURNS = [Turn(quarters, mirrored) for quarters in range(4) for mirrored in (False, True)]


def turned_array(pixels, turn):
    pixels = np.rot90(pixels, -turn.quarters)
    return pixels[:, ::-1] if turn.mirrored else pixels


@pytest.mark.parametrize("turn", TURNS)
def test_a_turn_puts_each_pixel_where_the_array_has_it(turn):
    pixels = np.arange(12).reshape(3, 4)
    shown = turned_array(pixels, turn)
    assert turn.size((4, 3)) == shown.shape[::-1]
    for y in range(3):
        for x in range(4):
            at_x, at_y = turn.point((x + 0.5, y + 0.5), (4, 3))
            assert shown[int(at_y), int(at_x)] == pixels[y, x]
            assert turn.back((at_x, at_y), (4, 3)) == (x + 0.5, y + 0.5)


@pytest.mark.parametrize("turn", TURNS)
def test_turning_on_and_mirroring_act_as_seen_on_the_screen(turn):
    pixels = np.arange(12).reshape(3, 4)
    shown = turned_array(pixels, turn)
    assert (turned_array(pixels, turn.on()) == np.rot90(shown, -1)).all()
    assert (turned_array(pixels, turn.flipped()) == shown[:, ::-1]).all()


@pytest.mark.parametrize("turn", TURNS)
def test_a_rectangle_goes_there_and_back(turn):
    rect = (1.0, 0.5, 2.0, 1.5)
    assert turn.rect_back(turn.rect(rect, (10, 7)), (10, 7)) == pytest.approx(rect)


def test_a_mirrored_or_turned_picture_says_so():
    assert Turn().say() == ""
    assert Turn(1, mirrored=True).say() == "turned 90°, mirrored"


def test_a_drag_sets_the_window_relative_to_where_it_stands():
    wide = Tone(window="lung").dragged(0.5, 0.1, (100.0, 400.0))
    assert (wide.window, wide.centre, wide.width) == ("", 140.0, 800.0)
    darker = Tone().dragged(0.0, 0.25, None)
    assert (darker.brightness, darker.contrast, darker.centre) == (-0.25, 1.0, None)
    assert Tone().dragged(-0.5, 0.0, None).contrast == pytest.approx(2.0)


def test_channels_go_round_and_are_said():
    tone = Tone()
    seen = [(tone := tone.next_channel()).channel for _ in CHANNELS]
    assert set(seen) == set(CHANNELS)
    assert seen[-1] == "colour"
    assert Tone(channel="red-free", invert=True).say() == "red-free, inverted"
    assert Tone().say() == ""


def test_an_arrangement_is_kept_and_read_again():
    hang = Hang("b", "", 2.5, Tone(window="bone", gamma=1.5), Turn(3, mirrored=True), ("zoom",))
    kept = Hanging((hang, Hang("a", "1:1")), "swipe", linked=False)
    assert read_hanging(json.loads(json.dumps(kept.to_json()))) == kept
    assert kept.order(["a", "b", "c"]) == [1, 0, 2]
    assert kept.hang("c") == Hang("c")


@pytest.mark.parametrize(
    "stored",
    [
        None,
        [],
        {"panes": 3, "mode": "sideways"},
        {"panes": [{"field": 1}, 7, {"fit": "fit"}]},
    ],
)
def test_what_is_not_understood_is_left_as_it_is_by_default(stored):
    assert read_hanging(stored) == Hanging()


def test_unsound_values_are_not_taken_from_a_stored_arrangement():
    entry = {"field": "a", "fit": "huge", "zoom": -3, "links": "zoom", "turn": {"quarters": 9}}
    read = read_hanging({"panes": [{**entry, "tone": {"gamma": 0, "channel": "purple"}}], "mode": "fade"})
    assert read.panes == (Hang("a", turn=Turn(1)),)
    assert read.panes[0].links == LINKS
    assert read.mode == "fade"
    assert read_hanging({"panes": [], "mode": 4}).mode == SIDE_BY_SIDE


def test_moving_an_image_lets_two_change_places():
    moved_to = Hanging().moved(["a", "b", "c"], "c", 0)
    assert [hang.field for hang in moved_to.panes] == ["c", "b", "a"]
    assert moved_to.order(["a", "b", "c"]) == [2, 1, 0]


def test_real_size_follows_the_spacing_and_the_screen():
    assert real_scale((0.5, 0.254), 100.0) == pytest.approx(1.0)
    assert real_scale(None, 100.0) is None
    assert real_scale((1.0, 1.0), 0.0) is None


def blobs(seed=0, side=256):
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0:side, 0:side]
    picture = np.zeros((side, side))
    for _ in range(25):
        at_x, at_y, size = rng.uniform(60, 196), rng.uniform(60, 196), rng.uniform(4, 16)
        picture += rng.uniform(50, 255) * np.exp(-((x - at_x) ** 2 + (y - at_y) ** 2) / (2 * size**2))
    return picture.astype(np.float32)


@pytest.mark.parametrize(("angle", "dx", "dy"), [(0, 6, -9), (8, 0, 0), (-14, 5, 3), (0, 0, 0)])
def test_alignment_finds_rotation_and_shift(angle, dx, dy):
    fixed = blobs()
    noise = np.random.default_rng(1).normal(0, 4, fixed.shape).astype(np.float32)
    away = moved(fixed, 0, -dx, -dy)
    found = find_rigid(fixed, moved(away, -angle, 0, 0) + noise)
    assert found.angle == pytest.approx(angle, abs=0.8)
    assert (found.dx * 256, found.dy * 256) == pytest.approx((dx, dy), abs=1.0)
    assert found.after > 0.97


def test_pictures_with_nothing_in_common_are_not_aligned():
    assert not find_rigid(blobs(1), np.random.default_rng(2).random((256, 256), np.float32)).found
