"""Inputs that give a target away are named, whatever their kind; honest ones are not."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest

from mmdesk.core.cases.case import Case, ImageRef
from mmdesk.core.fields.schema import Field, Schema
from mmdesk.core.fields.values import Missing, Reason
from mmdesk.core.judge.leaks import FEWEST, find_leaks

N = 200
RNG = np.random.default_rng(4)
SICK = RNG.random(N) < 0.3
DOSE = RNG.normal(50, 10, N)
NOISE = RNG.normal(0, 1, N)
ABSENT = Missing(Reason.ABSENT)
PICTURE = ImageRef("a.png", "ab" * 32, 1, 1)
WORDS = ("calm", "tired", "well", "pale")
TARGETS = {
    "sick": (Field("sick", "target", "flag", ("S",), "Sick"), [bool(s) for s in SICK]),
    "dose": (Field("dose", "target", "number", ("D",), "Dose"), [float(d) for d in DOSE]),
    "kind": (
        Field("kind", "target", "choice", ("K",), "Kind", options=("a", "b", "c")),
        ["c" if s else "ab"[n % 2] for n, s in enumerate(SICK)],
    ),
    "signs": (
        Field("signs", "target", "labels", ("A", "B"), "Signs", options=("A", "B")),
        [("B",) if s else (("A",) if n % 2 else ()) for n, s in enumerate(SICK)],
    ),
    "stage": (
        Field("stage", "target", "grade", ("G",), "Stage", options=("0", "1", "2")),
        [2 if s else n % 2 for n, s in enumerate(SICK)],
    ),
}


def leaks(kind, values, target="sick", **more):
    field, truth = TARGETS[target]
    schema = Schema("E", "ID", "ID", (Field("x", "input", kind, ("X",), "X thing", **more), field))
    cases = [Case(n, f"c{n}", f"c{n}", "train", {"x": value}) for n, value in enumerate(values)]
    return find_leaks(schema, cases, [{target: value} for value in truth[: len(cases)]])


GIVEN_AWAY = {
    "flag": ("flag", [bool(s) for s in SICK]),
    "flag turned round": ("flag", [not s for s in SICK]),
    "flag with gaps": ("flag", [ABSENT if n % 5 == 0 else bool(s) for n, s in enumerate(SICK)]),
    "number": ("number", [float(5 * s + n) for s, n in zip(SICK, NOISE, strict=True)]),
    "number turned round": ("number", [float(-9 * s + n) for s, n in zip(SICK, NOISE, strict=True)]),
    "code without order": ("number", [2.0 if s else float(n % 2 * 4) for n, s in enumerate(SICK)]),
    "choice": ("choice", ["x" if s else "yz"[n % 2] for n, s in enumerate(SICK)]),
    "text": ("text", ["Positive " if s else "negative" for s in SICK]),
    "word of a text": (
        "text",
        [f"{WORDS[n % 4]} note {n} {'treated' if s else 'seen'}" for n, s in enumerate(SICK)],
    ),
    "date": ("date", [date(2024 if s else 2020, 1, 1) + timedelta(n) for n, s in enumerate(SICK)]),
    "sequence": ("sequence", [((float(9 * s + n),),) * 3 for s, n in zip(SICK, NOISE, strict=True)]),
    "missing": ("number", [float(n) if s else ABSENT for n, s in zip(NOISE, SICK, strict=True)]),
    "missing image": ("image", [ABSENT if s else PICTURE for s in SICK]),
}


@pytest.mark.parametrize("target", ["sick", "kind", "signs", "stage"])
@pytest.mark.parametrize("name", GIVEN_AWAY)
def test_what_tells_the_answer_alone_is_named(name, target):
    kind, values = GIVEN_AWAY[name]
    more = {"options": ("x", "y", "z")} if kind == "choice" else {"channels": ("a",)} if kind == "sequence" else {}
    (found,) = leaks(kind, values, target, **more)
    assert (found.input, found.target) == ("x", target)
    assert found.score > 0.97
    assert "X thing" in found.words
    assert TARGETS[target][0].title in found.words
    assert ("Whether X thing is there" in found.words) == name.startswith("missing")
    assert ("c) in" in found.words) == (target == "kind")


def test_a_number_that_is_the_target_in_another_unit_is_named():
    (found,) = leaks("number", [float(d * 1.8 + 32) for d in DOSE], "dose")
    assert found.score == 1
    (found,) = leaks(
        "choice",
        ["lmh"[int(d > 45) + int(d > 55)] for d in np.round(DOSE / 10) * 10],
        "dose",
        options=("l", "m", "h"),
    ) or [None]
    assert found is None


HONEST = {
    "good number": ("number", [float(2 * s + n) for s, n in zip(SICK, NOISE, strict=True)]),
    "noise": ("number", [float(n) for n in NOISE]),
    "good flag": ("flag", [bool(s) if n % 10 else not s for n, s in enumerate(SICK)]),
    "names": ("text", [f"patient {n}" for n in range(N)]),
    "constant": ("flag", [True] * N),
    "missing by chance": ("number", [float(n) if n > 0 else ABSENT for n in NOISE]),
}


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("name", HONEST)
def test_what_is_plausible_is_not_named(name, target):
    assert leaks(*HONEST[name], target) == []


def test_few_cases_prove_nothing():
    order = np.argsort(SICK, kind="stable")
    some = [*order[:FEWEST], *order[-FEWEST:]]
    field, truth = TARGETS["sick"]
    schema = Schema("E", "ID", "ID", (Field("x", "input", "flag", ("X",)), field))
    cases = [Case(int(n), f"c{n}", "g", "train", {"x": truth[n]}) for n in some]
    assert find_leaks(schema, cases, [{"sick": truth[n]} for n in some]) == []
    assert find_leaks(schema, [], []) == []


def test_only_inputs_that_the_model_sees_are_looked_at():
    field, truth = TARGETS["sick"]
    schema = Schema("E", "ID", "ID", (Field("x", "input", "flag", ("X",)), Field("y", "input", "flag", ("Y",)), field))
    cases = [Case(n, f"c{n}", "g", "train", {"x": value, "y": value}) for n, value in enumerate(truth)]
    labels = [{"sick": value} for value in truth]
    assert [leak.input for leak in find_leaks(schema, cases, labels)] == ["x", "y"]
    assert [leak.input for leak in find_leaks(schema, cases, labels, ["y"])] == ["y"]
