"""Phantom cases: seeded, with blanks, and truth that needs every input."""

import csv
import time

import numpy as np
import pytest

from mmdesk.services.demo import phantom_cases as phantom
from mmdesk.services.demo.phantoms import COLUMNS, TRUTH, PhantomOptions, generate


def rows_of(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_same_seed_same_cases(tmp_path):
    first, second = (generate(tmp_path / name, PhantomOptions(6, seed=3, size=64)) for name in "ab")
    assert first.read_bytes() == second.read_bytes()
    pictures = sorted((tmp_path / "a" / "images").iterdir())
    assert pictures
    for picture in pictures:
        assert picture.read_bytes() == (tmp_path / "b" / "images" / picture.name).read_bytes()
    assert generate(tmp_path / "c", PhantomOptions(6, seed=4, images=False)).read_bytes() != first.read_bytes()


def test_blanks_are_the_share_asked_for(tmp_path):
    rows = rows_of(generate(tmp_path, PhantomOptions(600, missing=0.2, labelled=0.5, images=False)))
    for column in COLUMNS.values():
        assert 0.12 < sum(row[column] == "" for row in rows) / 600 < 0.28
    assert 0.4 < sum(row["Referable"] == "" for row in rows) / 600 < 0.6


def test_truth_stands_beside_every_case(tmp_path):
    table = generate(tmp_path, PhantomOptions(50, labelled=1.0, images=False))
    for row, true in zip(rows_of(table), rows_of(tmp_path / TRUTH), strict=True):
        assert row["Case"] == true["case"]
        assert (row["Referable"] == "yes") == (true["referable"] == "1")
        assert float(row["Thickness"]) == float(true["thickness"])
        assert 0 <= float(true["best_referable"]) <= 1


def test_every_input_moves_every_target():
    rng = np.random.default_rng(0)
    hidden = phantom.draw(4000, rng)
    full = phantom.best_guess(hidden, {}, rng, draws=1)
    for name in phantom.INPUTS:
        blind = phantom.best_guess(hidden, {name: np.ones(4000, bool)}, rng, draws=20)
        for target in phantom.TARGETS:
            spread = np.std(full[target] - blind[target]) / np.std(full[target])
            assert spread > 0.05, (name, target)


def test_best_guess_is_best(tmp_path):
    rng = np.random.default_rng(1)
    hidden = phantom.draw(3000, rng)
    true = phantom.truth(hidden, rng)
    best = phantom.best_guess(hidden, {}, rng, draws=1)
    error = np.abs(best["thickness"] - true["thickness"]).mean()
    assert error == pytest.approx(phantom.THICKNESS_NOISE * np.sqrt(2 / np.pi), rel=0.05)


def test_a_stricter_clinic_refers_more_and_minds_the_pressure():
    rng = np.random.default_rng(2)
    hidden = phantom.draw(2000, rng)
    home = phantom.truth(hidden, np.random.default_rng(0))
    strict = phantom.truth(hidden, np.random.default_rng(0), phantom.STRICT)
    assert strict["referable"].mean() > home["referable"].mean() + 0.03
    high = hidden.pressure > 23
    assert strict["referable"][high].mean() > home["referable"][high].mean() + 0.2
    assert strict["thickness"].mean() == pytest.approx(home["thickness"].mean() + 18, abs=0.2)


@pytest.mark.slow
def test_a_thousand_cases_within_a_minute(tmp_path):
    start = time.perf_counter()
    generate(tmp_path, PhantomOptions(1000))
    print(f"1,000 phantom cases with pictures: {time.perf_counter() - start:.1f} s")
    assert len(list((tmp_path / "images").iterdir())) > 1700
