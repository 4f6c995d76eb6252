"""The helper that decodes: it may refuse, die or hang, and the next frame is decoded all the same."""

import sys

import numpy as np
import pytest

from mmdesk.core.errors import ImageProblem
from mmdesk.imaging.dicom import file as dicom
from mmdesk.imaging.dicom.decoder_process import DecoderProcess
from mmdesk.imaging.opening import open_bytes
from tests import fuzz_images
from tests.corpus.zoo import DEEP
from tests.corpus.zoo import dicom as made

SCRIPT = """
import sys
from mmdesk.imaging.dicom.decoder_process import receive, send
while True:
    words, data = receive(sys.stdin.buffer)
    if data == b"die":
        sys.exit(3)
    if data == b"late":
        send(sys.stdout.buffer, {"dtype": "|u1", "shape": [1]}, b"x")
        sys.exit(3)
    while data == b"hang":
        pass
    send(sys.stdout.buffer, {"dtype": "|u1", "shape": [len(data)]}, data)
"""


@pytest.fixture
def helper(monkeypatch):
    monkeypatch.setattr("mmdesk.imaging.dicom.decoder_process.STARTING", 5.0)
    monkeypatch.setattr("mmdesk.imaging.dicom.decoder_process.PATIENCE", 3.0)
    aside = DecoderProcess([sys.executable, "-c", SCRIPT], seconds=0.5)
    yield aside
    aside.close()


def test_one_helper_serves_many_frames(helper):
    assert helper.decode(b"abc", {}).tobytes() == b"abc"
    first = helper._process
    assert helper.decode(b"de", {}).tobytes() == b"de"
    assert helper._process is first


def test_a_helper_that_dies_costs_one_frame(helper):
    with pytest.raises(ImageProblem, match="the file is damaged"):
        helper.decode(b"die", {})
    assert helper.decode(b"abc", {}).tobytes() == b"abc"


def test_a_helper_that_dies_after_its_answer_is_not_held_against_the_next_frame(helper):
    helper.decode(b"late", {})
    assert helper.decode(b"abc", {}).tobytes() == b"abc"


def test_a_helper_that_hangs_is_stopped(helper):
    helper.decode(b"abc", {})
    with pytest.raises(ImageProblem, match="takes too long"):
        helper.decode(b"hang", {})
    assert helper.decode(b"abc", {}).tobytes() == b"abc"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows does not limit processor time")
def test_the_system_ends_a_helper_that_takes_too_much_processor_time(monkeypatch):
    script = SCRIPT.replace(
        "import receive, send", "import receive, send\nfrom mmdesk.imaging.dicom import decoder_child"
    )
    script = script.replace('    if data == b"die"', '    decoder_child._limit_time(0.1)\n    if data == b"die"')
    monkeypatch.setattr("mmdesk.imaging.dicom.decoder_process.PATIENCE", 1000.0)
    helper = DecoderProcess([sys.executable, "-c", script])
    try:
        assert helper.decode(b"abc", {}).tobytes() == b"abc"
        with pytest.raises(ImageProblem, match="takes too long"):
            helper.decode(b"hang", {})
        assert helper.decode(b"abc", {}).tobytes() == b"abc"
    finally:
        helper.close()


def test_the_real_helper_decodes_and_names_what_it_cannot(monkeypatch):
    helper = DecoderProcess()
    monkeypatch.setattr(dicom, "DECODER", helper)
    data = made(DEEP, "1.2.840.10008.1.2.4.90")
    try:
        with open_bytes(data) as source:
            assert np.array_equal(source.read().pixels, DEEP)
        at = data.index(b"\xff\x4f\xff\x51") + 60
        with (
            open_bytes(data[:at] + bytes(400) + data[at + 400 :]) as source,
            pytest.raises(ImageProblem) as why,
        ):
            source.read()
        assert "JPEG 2000" in why.value.what or "damaged" in why.value.what
        with open_bytes(data) as source:
            assert source.read().pixels.max() == DEEP.max()
    finally:
        helper.close()


def test_mutated_files_are_opened_or_refused():
    outcome = fuzz_images.run(240, seed=7)
    assert outcome.done == 240
    assert outcome.bad == []
    assert outcome.kinds["dcm", "opened"] > 5


@pytest.mark.slow
def test_ten_thousand_mutated_files_are_opened_or_refused():
    outcome = fuzz_images.run(10_000, seed=1)
    assert outcome.done == 10_000
    assert outcome.bad == []
