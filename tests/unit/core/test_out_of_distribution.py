"""Images unlike the training cases."""

import numpy as np
import pytest

from mmdesk.core.model.out_of_distribution import (
    EmbeddingDistribution,
    distance,
    is_unlike,
    learn,
    pack,
    unpack,
)

RNG = np.random.default_rng(3)
MIX = RNG.normal(size=(8, 40))


def draw(count):
    return (RNG.normal(size=(count, 8)) @ MIX + 0.1 * RNG.normal(size=(count, 40))).astype(np.float32)


KNOWN = learn(draw(400), draw(300))


def test_one_in_a_hundred_familiar_images_is_called_unlike():
    assert is_unlike(KNOWN, draw(4000)).mean() == pytest.approx(0.01, abs=0.012)


def test_an_image_off_the_training_cases_is_unlike():
    outside = draw(50) + 3 * RNG.normal(size=(50, 40)).astype(np.float32)
    far = draw(50) * 12
    assert is_unlike(KNOWN, outside).all()
    assert is_unlike(KNOWN, far).mean() > 0.9


def test_it_survives_its_arrays():
    again = unpack(pack({"left": KNOWN}))["left"]
    rows = draw(5)
    np.testing.assert_allclose(distance(again, rows), distance(KNOWN, rows), rtol=1e-6)
    assert again.limit == pytest.approx(KNOWN.limit)


def test_few_cases_and_none_for_validation_still_give_a_limit():
    few = learn(draw(3), np.zeros((0, 40), np.float32))
    assert np.isfinite(few.limit)
    assert np.isfinite(distance(few, draw(4))).all()


def test_the_distance_counts_main_directions_in_their_spread_and_the_rest_in_its_own():
    known = EmbeddingDistribution(
        mean=np.array([1.0, 0.0, 0.0], np.float32),
        basis=np.array([[1.0], [0.0], [0.0]], np.float32),
        scale=np.array([2.0], np.float32),
        residual=0.5,
        limit=3.0,
    )
    embeddings = np.array([[1.0, 0.0, 0.0], [5.0, 0.0, 0.0], [1.0, 0.6, 0.8], [5.0, 1.0, 0.0]])
    assert distance(known, embeddings) == pytest.approx([0.0, 2.0, 2.0, np.sqrt(8.0)])
