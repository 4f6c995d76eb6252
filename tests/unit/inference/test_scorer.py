"""Scoring by a version's compiled parts: right answers, masking, cache, cancelling."""

import shutil

import numpy as np
import pytest

from mmdesk.core.cases.case import ImageRef
from mmdesk.core.errors import Cancelled, ModelProblem
from mmdesk.core.fields.values import Missing, Reason
from mmdesk.core.job import SilentContext
from mmdesk.core.versions.version import Parts, write_parts
from mmdesk.inference import embedding
from mmdesk.inference.scorer import Scorer
from mmdesk.storage.embedding_cache import EmbeddingCache
from tests.unit import tiny_model as tiny

ABSENT = Missing(Reason.ABSENT)


@pytest.fixture
def place(tmp_path):
    tiny.write_version(tmp_path / "v1", tmp_path / "parts", familiar=True)
    return tmp_path


@pytest.fixture
def cache(tmp_path):
    cache = EmbeddingCache(tmp_path / "cache")
    yield cache
    cache.close()


@pytest.fixture
def scorer(place, cache):
    scorer = Scorer(place / "v1", place / "parts", cache, schema=tiny.SCHEMA)
    yield scorer
    scorer.close()


def many(place, count: int) -> tuple[list, list[float]]:
    rng = np.random.default_rng(7)
    cases, wanted = [], []
    for number in range(count):
        left, right = (tuple(int(v) for v in rng.integers(0, 256, 3)) for _ in range(2))
        age = float(rng.integers(20, 90))
        refs = [tiny.colour_file(place, f"{number}{side}.png", c) for side, c in (("l", left), ("r", right))]
        cases.append(tiny.case_of(number, *refs, age))
        wanted.append(tiny.expected_score(left, right, age))
    return cases, wanted


def test_answers_are_those_of_the_parts(place, scorer):
    cases, wanted = many(place, 40)
    found = scorer.score(cases, place)
    assert [p.case for p in found] == list(range(40))
    assert np.allclose([p.targets["score"].value for p in found], wanted, atol=1e-4)
    first = found[0].targets
    assert first["bad"].probabilities["bad"] == pytest.approx(1 / (1 + np.exp(-wanted[0])), abs=1e-5)
    assert first["score"].low == pytest.approx(first["score"].value - 2)
    assert found[0].version == "v1"
    assert found[0].missing == ()
    assert found[0].at


def test_cold_warm_alone_and_together_give_the_same(place, scorer, monkeypatch):
    cases, _ = many(place, 20)
    cold = scorer.score(cases, place)
    alone = [scorer.score([case], place)[0] for case in cases]
    plain = Scorer(place / "v1", place / "parts", None, schema=tiny.SCHEMA)
    uncached = plain.score(cases, place)
    plain.close()
    monkeypatch.setattr(embedding, "_read", None)
    warm = scorer.score(cases, place)
    for one, two, three, four in zip(cold, alone, warm, uncached, strict=True):
        assert one.targets == two.targets == three.targets == four.targets
        assert one.inputs_hash == two.inputs_hash == three.inputs_hash == four.inputs_hash


def test_an_embedding_belongs_to_the_part_that_made_it(place, scorer, cache):
    cases, _ = many(place, 3)
    scorer.score(cases, place)
    other = tiny.write_encoder(place / "parts", 2 * tiny.encoder_weights())
    first = scorer.arrays(cases, place)["left__embedding"]
    tiny.write_version(place / "v2", place / "parts", encoder=other)
    second = Scorer(place / "v2", place / "parts", cache, schema=tiny.SCHEMA)
    assert np.allclose(second.arrays(cases, place)["left__embedding"], 2 * first, rtol=1e-5)
    second.close()


def test_an_embedding_belongs_to_the_preparation_it_was_made_with(place, scorer, monkeypatch):
    cases, _ = many(place, 3)
    first = scorer.arrays(cases, place)["left__embedding"]
    monkeypatch.setattr(embedding, "PREPARATION", "another rule")
    plain = embedding.bytes_for_model
    monkeypatch.setattr(embedding, "bytes_for_model", lambda data, size: 255 - plain(data, size))
    assert not np.allclose(scorer.arrays(cases, place)["left__embedding"], first)


def test_two_halves_lose_less_than_a_millionth():
    rows = np.random.default_rng(1).normal(0, 0.5, (200, 64)).astype(np.float32)
    rows[0, :3] = (1e6, -1e6, 65504.0)
    rows[1, :3] = (0.0, 1e-9, 2.0)
    again = embedding.joined(embedding.halved(rows))
    assert again.dtype == np.float32
    assert np.abs(again[1:] - rows[1:]).max() < 5e-7
    assert again[0, :3].tolist() == [65504.0, -65504.0, 65504.0]


def test_another_process_finds_the_embeddings_of_a_cancelled_run(place, scorer, cache):
    cases, _ = many(place, 60)
    ctx = SilentContext(lambda progress: setattr(ctx, "cancelled", progress.done >= 32))
    with pytest.raises(Cancelled):
        scorer.score(cases, place, ctx)
    part = embedding._part_key(scorer._files.parts.encoders[0])
    shas = [case.inputs["left"].sha256 for case in cases]
    found = EmbeddingCache(place / "cache").get(part, shas, 2 * tiny.WIDTH)[0]
    assert 32 <= found.sum() < 60


def test_progress_counts_images(place, scorer):
    cases, _ = many(place, 20)
    seen = []
    scorer.score(cases, place, SilentContext(seen.append))
    assert seen[-1].done == seen[-1].total == 40
    assert seen[0].done == 16


def test_missing_inputs_are_masked_and_named(place, scorer):
    red = tiny.colour_file(place, "red.png", (255, 0, 0))
    cases = [
        tiny.case_of(1, red, ABSENT, ABSENT),
        tiny.case_of(2, ABSENT, ABSENT, Missing(Reason.OUT_OF_RANGE, "500")),
    ]
    one, none = scorer.score(cases, place)
    assert one.missing == ("right", "age")
    assert one.targets["score"].value == pytest.approx(tiny.expected_score((255, 0, 0), None, None), abs=1e-4)
    assert none.missing == ("left", "right", "age")
    assert none.targets["score"].value == 0
    assert one.inputs_hash != none.inputs_hash


def test_an_image_that_cannot_be_used_is_masked_told_and_never_black(place, scorer):
    red = tiny.colour_file(place, "red.png", (255, 0, 0))
    (place / "bad.png").write_bytes((place / "red.png").read_bytes()[:60])
    bad = tiny.ref_to(place, "bad.png")
    gone = ImageRef("gone.png", "0" * 64, 5, 5)
    failures = []
    found = scorer.score(
        [tiny.case_of(1, red, bad, 50.0), tiny.case_of(2, gone, red, 50.0)], place, on_failure=failures.append
    )
    wanted = tiny.expected_score((255, 0, 0), None, 50.0)
    assert [p.missing for p in found] == [("right",), ("left",)]
    assert [p.targets["score"].value for p in found] == pytest.approx([wanted, wanted], abs=1e-4)
    told = {(f.case, f.input, f.problem.reason) for f in failures}
    assert told == {(1, "right", "unreadable"), (2, "left", "no-file")}


def test_a_file_that_changed_since_import_is_masked_even_when_its_embedding_is_known(place, scorer):
    red = tiny.colour_file(place, "red.png", (255, 0, 0))
    case = tiny.case_of(1, red, ABSENT, 50.0)
    assert scorer.score([case], place)[0].missing == ("right",)
    tiny.colour_file(place, "red.png", (0, 0, 255))
    failures = []
    assert scorer.score([case], place, on_failure=failures.append)[0].missing == ("left", "right")
    assert "not the one that was imported" in failures[0].problem.what


def test_a_copied_file_with_the_same_bytes_is_used(place, scorer, tmp_path):
    red = tiny.colour_file(place, "red.png", (255, 0, 0))
    moved = ImageRef("red.png", red.sha256, red.size, 1)
    expected = scorer.score([tiny.case_of(1, red, red, 50.0)], place)[0]
    assert scorer.score([tiny.case_of(1, moved, moved, 50.0)], place)[0].targets == expected.targets


def test_images_unlike_the_training_cases_are_named(place, scorer):
    grey = tiny.colour_file(place, "grey.png", (128, 128, 128))
    green = tiny.colour_file(place, "green.png", (0, 255, 0))
    found = scorer.score([tiny.case_of(1, grey, green, 1.0), tiny.case_of(2, green, grey, 1.0)], place)
    assert [p.unlike for p in found] == [(), ("left",)]


def test_an_image_that_is_not_there_does_not_look_unlike_anything(place, scorer, monkeypatch):
    """Its embedding is all zeros, which may well be far from every training case."""
    monkeypatch.setattr("mmdesk.inference.scorer.is_unlike", lambda _known, values: np.ones(len(values), bool))
    grey = tiny.colour_file(place, "grey.png", (128, 128, 128))
    found = scorer.score([tiny.case_of(1, Missing(Reason.ABSENT), grey, 1.0)], place)[0]
    assert "left" not in found.unlike
    assert scorer.score([tiny.case_of(1, grey, grey, 1.0)], place)[0].unlike == ("left",)


def test_arrays_hold_all_that_the_head_takes(place, scorer):
    red = tiny.colour_file(place, "red.png", (255, 0, 0))
    arrays = scorer.arrays([tiny.case_of(1, red, ABSENT, 60.0)], place)
    assert set(arrays) == set(scorer._head.inputs)
    assert arrays["left__embedding"].dtype == np.float32
    assert arrays["age"].tolist() == [[1.0]]
    assert arrays["right__present"].tolist() == [[0.0]]
    again = scorer.embed([tiny.case_of(1, red, ABSENT, 60.0)], place)
    assert np.array_equal(again.values["left"], arrays["left__embedding"])
    assert again.present["right"].tolist() == [False]


def test_no_cases_give_no_predictions(place, scorer):
    assert scorer.score([], place) == []


@pytest.mark.parametrize(
    ("harm", "words"),
    [
        (lambda place: shutil.rmtree(place / "v1"), "parts.toml is not there"),
        (lambda place: (place / "v1" / "preparation.json").write_text("{"), "preparation"),
        (lambda place: (place / "v1" / "familiarity.npz").write_bytes(b"PK junk"), "familiarity.npz"),
        (lambda place: shutil.rmtree(place / "parts"), "part of this model is not there"),
        (lambda place: [p.write_bytes(b"junk") for p in (place / "parts").iterdir()], "is damaged"),
        (lambda place: (place / "v1" / "parts.toml").write_text(write_parts(Parts())), "no compiled form"),
    ],
)
def test_a_version_that_cannot_be_used_says_so(place, harm, words):
    harm(place)
    with pytest.raises(ModelProblem, match=words):
        Scorer(place / "v1", place / "parts", None, schema=tiny.SCHEMA).warm()


def test_a_file_that_is_no_graph_says_so(place):
    (place / "junk.onnx").write_bytes(b"junk")
    from mmdesk.inference.session import OnnxSession

    with pytest.raises(ModelProblem, match="cannot be used"):
        OnnxSession(place / "junk.onnx")


def test_a_foreign_model_takes_whole_images(tmp_path):
    from onnx import helper

    nodes = [
        helper.make_node("ReduceMean", ["left"], ["mean"], axes=[1, 2, 3], keepdims=0),
        helper.make_node("Unsqueeze", ["mean", "axis"], ["score"]),
    ]
    from onnx import numpy_helper

    axis = numpy_helper.from_array(np.array([1], np.int64), "axis")
    graph = helper.make_graph(
        nodes,
        "foreign",
        [tiny.floats("left", "n", 16, 16, 3)],
        [tiny.floats("score", "n", 1)],
        [axis],
    )
    (tmp_path / "v1").mkdir()
    (tmp_path / "v1" / "parts.toml").write_text(write_parts(Parts((), tiny.save(tmp_path / "parts", graph))))
    (tmp_path / "v1" / "preparation.json").write_text(tiny.PREPARATION.to_json())
    scorer = Scorer(tmp_path / "v1", tmp_path / "parts", None, schema=tiny.SCHEMA)
    red = tiny.colour_file(tmp_path, "red.png", (255, 0, 0))
    failures = []
    gone = ImageRef("gone.png", "0" * 64, 5, 5)
    found = scorer.score(
        [tiny.case_of(i, red, ABSENT, 1.0) for i in range(20)] + [tiny.case_of(20, gone, ABSENT, 1.0)],
        tmp_path,
        on_failure=failures.append,
    )
    assert [round(p.targets["score"].value) for p in found[:-1]] == [85] * 20
    assert found[-1].targets == {}, "what it cannot mask it must not answer"
    assert found[0].missing == ("right",)
    assert found[-1].missing == ("left", "right")
    assert [f.case for f in failures] == [20]
    scorer.close()
