"""Ways to compare two images: what each mode paints, and how it is set; tones, turns, frames, order."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QImage, QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QApplication

from mmdesk.core.cases.display import MODES, SIDE_BY_SIDE, Hang, Hanging, Tone, Turn
from mmdesk.imaging.align import Rigid
from mmdesk.imaging.base.window import Window, window_to_bytes
from mmdesk.ui.images import display_lut as toning
from mmdesk.ui.images.decoded_image import DecodedImage, Facts
from mmdesk.ui.images.pictures import Pictures
from mmdesk.ui.images.strips import to_image
from mmdesk.ui.panes.compare_mix import mix
from mmdesk.ui.panes.frames import Cine
from mmdesk.ui.panes.panes import Panes
from tests.gui.panes_parts import Lane, content

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")

GOLDENS = Path(__file__).with_name("goldens")
WINDOWS = (Window(1000.0, 2000.0, "plain"), Window(1500.0, 200.0, "narrow"))


def scene(name, size):
    """A wedge of shades with a disc, a few pixels further right in the second picture."""
    y, x = np.mgrid[0:size, 0:size] / size
    pixels = np.zeros((size, size, 3))
    if "flat" not in name:
        pixels[..., 0], pixels[..., 1], pixels[..., 2] = 200 * x, 160 * y, 90
    middle = 0.4 if "first" in name else 0.5
    pixels[(x - middle) ** 2 + (y - 0.5) ** 2 < 0.03] = (240, 220, 60)
    return pixels.astype(np.uint8)


def read(wanted, _ctx=None):
    """Colour scenes, a deep ramp (0 to 1999) in grey, or a stack of five frames, by file name."""
    name, size = wanted.source.path.name, 120
    side = min(size, *wanted.box) if wanted.box else size
    if "deep" in name:
        values = np.tile(np.linspace(0, 1999, side).astype(np.uint16), (side, 1))
        image = to_image(window_to_bytes(values, WINDOWS[0]))
        facts = Facts(spacing=(0.5, 0.25), windows=WINDOWS, unit="HU")
        return DecodedImage(image, (size, size), side == size, pixels=values, window=WINDOWS[0], facts=facts)
    if "stack" in name:
        shade = np.full((side, side, 3), 40 * (wanted.frame + 1), np.uint8)
        facts = Facts(frames=5)
        return DecodedImage(to_image(shade), (size, size), side == size, facts=facts, frame=wanted.frame)
    return DecodedImage(to_image(scene(name, side)), (size, size), side == size)


@pytest.fixture
def lane():
    return Lane()


@pytest.fixture
def panes(qtbot, lane):
    widget = Panes(Pictures(lane.run, read=read))
    qtbot.addWidget(widget)
    widget.resize(770, 200)
    widget.show()
    qtbot.waitUntil(widget.isVisible)
    yield widget
    widget.close()


def show(panes, lane, first="first.png", second="second.png", case=1):
    panes.show_contents([content(case, first), content(case, second, "Right eye", "right")])
    lane.finish_all()


def pixels_of(image):
    image = image.convertToFormat(QImage.Format.Format_RGB888)
    lines = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), -1)
    return lines[:, : 3 * image.width()].reshape(image.height(), image.width(), 3).astype(int)


def wheel(pane, steps, modifiers=Qt.KeyboardModifier.NoModifier):
    at = QPointF(pane.width() / 2, pane.height() / 2)
    none, phase = Qt.MouseButton.NoButton, Qt.ScrollPhase.NoScrollPhase
    QApplication.sendEvent(pane, QWheelEvent(at, at, QPoint(), QPoint(0, 120 * steps), none, modifiers, phase, False))


def mouse(widget, kind, x, y, button=Qt.MouseButton.LeftButton):
    at = QPointF(x, y)
    buttons = Qt.MouseButton.NoButton if kind == QEvent.Type.MouseButtonRelease else button
    QApplication.sendEvent(widget, QMouseEvent(kind, at, at, button, buttons, Qt.KeyboardModifier.NoModifier))


@pytest.mark.parametrize("mode", MODES)
def test_each_mode_paints_as_it_did(panes, lane, mode, tmp_path):
    show(panes, lane)
    if mode == SIDE_BY_SIDE:
        images = []
        for pane in panes.panes:
            image = QImage(*pane.view.pane, QImage.Format.Format_RGB32)
            images.append(image)
            image.fill(pane.surround)
        from PySide6.QtGui import QPainter

        for pane, image in zip(panes.panes, images, strict=True):
            painter = QPainter(image)
            pane.picture.paint(painter, image.rect(), 1.0)
            painter.end()
        shown = np.concatenate([pixels_of(image) for image in images], axis=1)
    else:
        panes.set_mode(mode)
        lane.finish_all()
        panes.compare.amounts[mode] = {"difference": 2.0, "fade": 0.25}.get(mode, panes.compare.amounts[mode])
        shown = pixels_of(panes.compare.picture())
    golden = GOLDENS / f"compare-{mode.replace(' ', '-')}.png"
    small = shown[::2, ::2].astype(np.uint8)
    if not golden.exists():
        to_image(np.ascontiguousarray(small)).save(str(tmp_path / golden.name))
        pytest.fail(f"no golden picture; this run's is {tmp_path / golden.name}")
    kept = pixels_of(QImage(str(golden)))
    assert kept.shape == small.shape
    assert np.abs(kept - small).max() <= 3


def test_modes_mix_as_their_names_say():
    first, second = (QImage(64, 32, QImage.Format.Format_RGB32) for _ in range(2))
    first.fill(QColor(200, 100, 50))
    second.fill(QColor(100, 140, 50))
    at = lambda image, x: QColor(image.pixel(x, 8)).getRgb()[:3]  # noqa: E731
    swiped = mix("swipe", first, second, 0.25, line=False)
    assert [at(swiped, x) for x in (10, 47, 48, 60)] == [(200, 100, 50)] * 2 + [(100, 140, 50)] * 2
    assert at(mix("fade", first, second, 0.5), 5) == pytest.approx((150, 120, 50), abs=1)
    assert at(mix("difference", first, second, 1), 5) == (100, 40, 0)
    assert at(mix("difference", first, second, 4), 5) == (255, 160, 0)
    board = mix("checkerboard", first, second, 4)
    assert [at(board, x)[0] for x in (4, 20, 40, 60)] == [200, 100, 200, 100]


def test_swipe_and_others_wait_for_both_pictures_of_the_next_case(panes, lane, qtbot):
    show(panes, lane)
    panes.set_mode("fade")
    lane.finish_all()
    seen = []
    panes.case_painted.connect(seen.append)
    panes.show_contents([content(2, "first.png?2"), content(2, "second.png?2", "Right eye", "right")])
    lane.finish(0)
    panes.grab()
    assert 2 not in seen
    lane.finish_all()
    qtbot.waitUntil(lambda: 2 in seen)


def test_a_late_picture_never_shows_in_the_mix_of_the_next_case(panes, lane):
    show(panes, lane)
    panes.set_mode("fade")
    lane.finish_all()
    panes.show_contents([content(2, "stack_a"), content(2, "stack_b", "Right eye", "right")])
    late, lane.waiting = lane.waiting, []
    panes.show_contents([content(3, "first.png?3"), content(3, "second.png?3", "Right eye", "right")])
    lane.waiting = late + lane.waiting
    lane.finish(0)
    lane.finish(0)
    assert (pixels_of(panes.compare.picture()) == 0x1A).all()


def test_blink_alternates_by_clock_and_by_hand(panes, lane, qtbot):
    show(panes, lane)
    panes.set_mode("blink")
    lane.finish_all()
    compare = panes.compare
    assert "2 a second" in compare.say()
    compare.adjust(1)
    assert "3 a second" in compare.say()
    first = pixels_of(compare.picture())
    qtbot.waitUntil(lambda: compare.second_shown)
    compare.flip_by_hand()
    assert not compare.running
    compare.flip()
    assert (pixels_of(compare.picture()) != first).any()
    panes.set_mode(SIDE_BY_SIDE)
    assert not compare.isVisible()
    assert not compare.running


def test_the_line_of_a_swipe_is_dragged_and_the_rest_moves_the_picture(panes, lane):
    show(panes, lane)
    panes.set_mode("swipe")
    lane.finish_all()
    panes.zoom(8.0)
    top, compare = panes.panes[0], panes.compare
    middle = top.width() / 2
    mouse(top, QEvent.Type.MouseButtonPress, middle, 50)
    mouse(top, QEvent.Type.MouseMove, middle + 100, 50)
    mouse(top, QEvent.Type.MouseButtonRelease, middle + 100, 50)
    assert compare.amounts["swipe"] == pytest.approx(0.5 - 100 / (top.width() - 6), abs=0.01)
    before = top.view.x
    mouse(top, QEvent.Type.MouseButtonPress, 50, 50)
    mouse(top, QEvent.Type.MouseMove, 90, 50)
    mouse(top, QEvent.Type.MouseButtonRelease, 90, 50)
    assert [pane.view.x < before for pane in panes.panes] == [True, True]


def test_zoom_in_a_mode_moves_both_and_stays_after_it(panes, lane):
    show(panes, lane)
    panes.set_mode("checkerboard")
    lane.finish_all()
    wheel(panes.panes[0], 2)
    assert [pane.view.zoom for pane in panes.panes] == [pytest.approx(1.44)] * 2
    panes.set_mode(SIDE_BY_SIDE)
    assert [pane.view.zoom for pane in panes.panes] == [pytest.approx(1.44)] * 2


def test_an_alignment_holds_for_its_two_pictures_only(panes, lane):
    show(panes, lane, "first_flat", "second_flat")
    panes.set_mode("difference")
    lane.finish_all()
    compare = panes.compare
    before = (pixels_of(compare.picture()) > 60).sum()
    compare.set_alignment(Rigid(0.0, -0.1, 0.0, 0.5, 0.9), compare.standing())
    assert (pixels_of(compare.picture()) > 60).sum() < before / 10
    assert "second image aligned: turned 0.0°, moved -10.0 % +0.0 %" in compare.say()
    show(panes, lane, "first.png?2", "second.png?2", case=2)
    assert "aligned" not in compare.say()


def test_one_image_cannot_be_compared(panes, lane):
    panes.show_contents([content(1, "first.png")])
    lane.finish_all()
    assert not panes.set_mode("blink")
    assert panes.mode == SIDE_BY_SIDE


def test_the_window_is_dragged_together_relative_to_where_each_stands(panes, lane):
    show(panes, lane, "deep_a", "deep_b")
    first, second = panes.panes
    second.picture.set_tone(Tone(window="narrow"))
    mouse(first, QEvent.Type.MouseButtonPress, 50, 50, Qt.MouseButton.RightButton)
    mouse(first, QEvent.Type.MouseMove, 50 + first.inner().width() / 2, 50, Qt.MouseButton.RightButton)
    mouse(first, QEvent.Type.MouseButtonRelease, 50, 50, Qt.MouseButton.RightButton)
    assert first.picture.tone.width == pytest.approx(4000, rel=0.03)
    assert second.picture.tone.width == pytest.approx(400, rel=0.03)
    assert second.picture.tone.centre == pytest.approx(1500)
    assert "window" in first.detail()


def test_windows_go_round_by_name_and_unlinked_ones_stay(panes, lane):
    show(panes, lane, "deep_a", "deep_b")
    panes.panes[1].links = ("zoom", "pan")
    names = toning.window_names(panes.panes[0].picture.shown)
    assert names[:2] == ["", "narrow"]
    panes.step_window(1)
    assert panes.panes[0].picture.tone.window == "narrow"
    assert panes.panes[1].picture.tone == Tone()
    panes.step_window(-1)
    panes.step_window(-1)
    assert panes.panes[0].picture.tone.window == names[-1]
    image = toning.toned(panes.panes[0].picture.shown, Tone(window="narrow"))
    shades = pixels_of(image)[0, :, 0]
    assert shades[0] == 0
    assert shades[-1] == 255
    assert pixels_of(toning.toned(panes.panes[0].picture.shown, Tone(invert=True)))[0, 0, 0] == 255


def test_colour_tools_change_what_they_say():
    shown = DecodedImage(to_image(np.full((4, 6, 3), (200, 100, 50), np.uint8)), (6, 4), whole=True)
    at = lambda tone: tuple(pixels_of(toning.toned(shown, tone))[1, 2])  # noqa: E731
    assert at(Tone(channel="red-free")) == (100, 100, 100)
    assert at(Tone(channel="red")) == (200, 200, 200)
    assert at(Tone(channel="blue")) == (50, 50, 50)
    assert at(Tone(channel="brightness"))[0] == pytest.approx((11 * 200 + 16 * 100 + 5 * 50) / 32, abs=2)
    assert at(Tone(invert=True)) == (55, 155, 205)
    assert at(Tone(brightness=0.1)) == pytest.approx((225, 125, 75), abs=1)
    assert at(Tone(contrast=2.0)) == pytest.approx((255, 72, 0), abs=1)
    assert at(Tone(gamma=2.0))[1] == pytest.approx(255 * (100 / 255) ** 0.5, abs=1)


def test_turning_is_linked_and_mirroring_is_not_and_both_wear_a_mark(panes, lane):
    show(panes, lane)
    panes.rotate()
    panes.mirror()
    first, second = panes.panes
    assert first.marks() == "turned 90°, mirrored"
    assert second.marks() == "turned 90°"
    upright = pixels_of(first.picture.shown.image)
    image = QImage(*first.view.pane, QImage.Format.Format_RGB32)
    from PySide6.QtGui import QPainter

    painter = QPainter(image)
    first.picture.paint(painter, image.rect(), 1.0)
    painter.end()
    for x, y in ((10.5, 10.5), (100.5, 20.5), (30.5, 90.5)):
        at_x, at_y = first.picture.pane_point(x, y)
        assert first.picture.file_point(at_x, at_y) == pytest.approx((x, y))
        seen = pixels_of(image)[int(at_y), int(at_x)]
        scale = upright.shape[0] / 120
        assert seen == pytest.approx(upright[int(y * scale), int(x * scale)], abs=6)


def test_values_under_the_cursor_are_said_in_every_linked_pane(panes, lane):
    show(panes, lane, "deep_a", "first.png")
    panes.set_values(True)
    first, second = panes.panes
    middle = first.inner().center()
    mouse(first, QEvent.Type.MouseMove, middle.x(), middle.y(), Qt.MouseButton.NoButton)
    assert first.value_words().endswith("HU")
    assert float(first.value_words().split()[-2]) == pytest.approx(1000, abs=20)
    assert second.value_words().startswith("59, 59: ") or second.value_words().startswith("60, 60: ")
    assert "R " in second.value_words()
    panes.set_linked(False)
    mouse(first, QEvent.Type.MouseMove, middle.x(), middle.y(), Qt.MouseButton.NoButton)
    assert second.value_words() == ""


def test_the_magnifier_wears_case_and_side(panes, lane, monkeypatch):
    show(panes, lane)
    said = []
    monkeypatch.setattr(
        "mmdesk.ui.images.magnifier.pane_paint.plate",
        lambda _painter, _corner, texts, **_more: said.append([text for text, _ in texts]),
    )
    panes.set_magnified(True)
    lane.finish_all()
    first = panes.panes[0]
    mouse(first, QEvent.Type.MouseMove, 100, 90, Qt.MouseButton.NoButton)
    first.grab()
    assert any({"c1", "Left eye", "L"} <= set(words) for words in said)
    assert all(words[0].endswith("%") for words in said if "c1" in words and len(words) == 4)


@pytest.mark.parametrize("mode", MODES)
def test_case_side_and_what_stands_otherwise_are_painted_in_every_mode(panes, lane, mode, monkeypatch):
    panes.set_hanging(Hanging((Hang("Right eye", turn=Turn(0, True)), Hang("Left eye"))))
    show(panes, lane)
    panes.set_mode(mode)
    lane.finish_all()
    said = []
    for name in ("plate", "plate_at_right", "plate_right"):
        monkeypatch.setattr(
            f"mmdesk.ui.images.pane_paint.{name}",
            lambda _painter, _corner, texts, **_more: said.append(texts),
        )
    if mode == SIDE_BY_SIDE:
        for pane in panes.panes:
            pane.grab()
    else:
        panes.compare.grab()
        panes.compare.flip()
        panes.compare.grab()
    words = {text for texts in said for text, _ in ([(texts, True)] if isinstance(texts, str) else texts)}
    assert {"c1", "Right eye", "R", "Left eye", "L", "mirrored, order changed", "order changed"} <= words


@pytest.mark.parametrize("mode", ["swipe", "fade", "difference", "checkerboard"])
def test_a_missing_picture_is_told_once_on_its_own_side_of_a_mix(panes, lane, mode, monkeypatch):
    panes.show_contents([content(1, "first.png"), content(1, "", "Right eye", "right", missing="No image was given")])
    lane.finish_all()
    panes.set_mode(mode)
    lane.finish_all()
    told, plates = [], []
    monkeypatch.setattr(
        "mmdesk.ui.images.pane_paint.nothing_here",
        lambda _painter, room, words, **_more: told.append((words, room.left())),
    )
    for name in ("plate", "plate_at_right"):
        monkeypatch.setattr(
            f"mmdesk.ui.images.pane_paint.{name}",
            lambda _painter, _corner, texts, **_more: plates.extend(text for text, _ in texts),
        )
    panes.compare.grab()
    assert [words for words, _ in told] == ["No image was given"]
    assert told[0][1] >= panes.compare.rect().center().x()
    assert plates.count("Right eye") == plates.count("Left eye") == 1


@pytest.mark.parametrize("missing", [0, 1])
@pytest.mark.parametrize("mode", ["fade", "difference", "checkerboard"])
def test_a_picture_whose_other_is_missing_is_mixed_with_nothing(panes, lane, mode, missing):
    names = ["first.png", "second.png"]
    names[missing] = ""
    panes.show_contents(
        [content(1, names[0], missing="None"), content(1, names[1], "Right eye", "right", missing="None")]
    )
    lane.finish_all()
    panes.set_mode("blink")
    panes.compare.second_shown = missing == 0
    alone = pixels_of(panes.compare.picture())
    panes.set_mode(mode)
    lane.finish_all()
    assert (pixels_of(panes.compare.picture()) == alone).all()
    assert panes.compare.say().endswith("nothing to compare with")


def test_frames_go_by_wheel_and_key_and_play_no_faster_than_they_come(panes, lane, qtbot):
    show(panes, lane, "stack_a", "stack_b")
    first, second = panes.panes
    wheel(first, -1)
    assert (first.picture.frame, second.picture.frame) == (1, 1)
    assert first.view.fitted
    lane.finish_all()
    assert "frame 2 of 5" in first.detail()
    wheel(first, 1, Qt.KeyboardModifier.ControlModifier)
    assert not first.view.fitted
    panes.step_frame(-9)
    assert first.picture.frame == 0
    lane.finish_all()
    cine = Cine(panes)
    panes.step_frame(4)
    cine._on_tick()
    assert first.picture.frame == 4
    assert "frame 1 of 5" in first.detail()
    lane.finish_all()
    cine._on_tick()
    assert first.picture.frame == 0
    cine.toggle()
    assert cine.playing
    cine.toggle()
    assert not cine.playing


def test_an_arrangement_orders_sizes_and_shades_and_swapped_images_say_so(panes, lane):
    hang = Hang("Right eye", "1:1", tone=Tone(channel="red-free"), turn=Turn(0, mirrored=True))
    panes.set_hanging(Hanging((hang, Hang("Left eye"))))
    show(panes, lane)
    first, second = panes.panes
    assert [pane.content.field for pane in panes.panes] == ["Right eye", "Left eye"]
    assert first.view.scale == pytest.approx(1.0)
    assert first.marks() == "mirrored, order changed"
    assert first.picture.tone.channel == "red-free"
    assert second.view.fitted
    assert panes.standing().panes[0] == hang
    panes.swap()
    assert [pane.content.field for pane in panes.panes] == ["Left eye", "Right eye"]
    assert panes.panes[0].marks() == ""


def test_a_next_case_opens_as_arranged_and_not_as_the_one_before(panes, lane):
    show(panes, lane)
    panes.change_tone(lambda _tone, _pane: Tone(invert=True))
    panes.zoom(3.0)
    show(panes, lane, "first.png?2", "second.png?2", case=2)
    assert panes.panes[0].picture.tone == Tone()
    assert panes.panes[0].view.fitted


def test_real_size_needs_a_spacing(panes, lane):
    show(panes, lane, "deep_a", "deep_b")
    assert panes.set_fit("real size")
    dots = panes.screen().physicalDotsPerInch()
    assert panes.panes[0].view.scale == pytest.approx(0.25 * dots / 25.4)
    show(panes, lane, case=2)
    assert not panes.set_fit("real size")
    assert panes.set_fit("fill")
    left, top, width, height = panes.panes[0].view.rect()
    pane = panes.panes[0].view.pane
    assert left <= 0.5
    assert top <= 0.5
    assert left + width >= pane[0] - 0.5
    assert top + height >= pane[1] - 0.5


def test_what_was_displayed_is_told(panes, lane):
    show(panes, lane, "deep_a", "first.png")
    panes.panes[0].picture.set_tone(Tone(window="narrow", invert=True))
    told = panes.used()
    assert told["Left eye"]["window"] == [1500.0, 200.0]
    assert told["Left eye"]["invert"] is True
    assert set(told["Right eye"]) == {"zoom"}
    assert SimpleNamespace(**told["Right eye"]).zoom > 0
