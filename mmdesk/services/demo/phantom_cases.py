"""Phantom cases: made-up patients whose truth is known, because a rule makes it.

Every input is drawn independently; each target's score is a weighted sum of all of
them, plus noise. So the best possible prediction can be computed, and it needs every
input. Values go missing completely at random: a blank cell says nothing of the label.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from mmdesk.words import QT_TR_NOOP

Array = NDArray[np.float64]

CAMERAS = ("Alpha", "Beta", "Gamma")
CAMERA_EFFECT = np.array([-1.2, 0.0, 1.2])
GRADES = ("none", "mild", "moderate", "severe", QT_TR_NOOP("very severe"))
PHRASES = {
    "no complaints": -1.4,
    "routine check": -1.0,
    "dry eyes": -0.6,
    "reading glasses": -0.3,
    "headache": 0.2,
    "floaters": 0.7,
    "blurred vision": 1.1,
    "flashes of light": 1.5,
}
FILLERS = (
    QT_TR_NOOP("since spring"),
    QT_TR_NOOP("told by phone"),
    QT_TR_NOOP("as last year"),
    QT_TR_NOOP("with spouse"),
    QT_TR_NOOP("in the morning"),
    QT_TR_NOOP("left and right"),
)
TODAY = date(2025, 1, 1)
INPUTS = ("left", "right", "age", "pressure", "camera", "diabetic", "history", "curve", "last_visit")
TARGETS = ("referable", "severity", "thickness")

_WEIGHTS = {
    #                      sum   gap   cup   age   iop   cam   dia   his   cur   vis
    "referable": np.array([1.5, 0.2, 0.9, 0.3, 0.4, 0.3, 1.2, 1.2, 0.3, 0.3]),
    "severity": np.array([0.9, 0.1, 0.2, 0.2, 1.0, 0.9, 0.3, 0.3, 0.2, 0.2]),
    "thickness": np.array([2.0, 9.0, 2.0, -11.0, 3.0, 2.0, 2.0, 2.0, 12.0, 11.0]),
}
_CUTS = np.array([-1.3, -0.35, 0.5, 1.4])
SEVERITY_NOISE = 0.55
THICKNESS_NOISE = 7.0
THICKNESS_MEAN = 270.0


@dataclass(frozen=True, slots=True)
class Clinic:
    """How one clinic's readers decide; a model from another clinic is off by this much.

    Attributes:
        referral: Added to the score of `referable`: above 0 refers more.
        pressure: Added weight of the eye pressure in `referable`.
        severity: Added to the score of `severity`.
        thickness: Added to `thickness`, in micrometres (another device's zero).
    """

    referral: float = 0.0
    pressure: float = 0.0
    severity: float = 0.0
    thickness: float = 0.0


HOME = Clinic()
"""The clinic that `phantom-pair` was trained at."""
STRICT = Clinic(referral=0.6, pressure=2.2, severity=0.8, thickness=18.0)
"""The demo's clinic: refers high eye pressure, grades higher, measures thicker."""


@dataclass(frozen=True, slots=True)
class Hidden:
    """What is drawn for `n` phantom cases, before anything is rendered or goes missing.

    Attributes:
        load: Lesion load of left and right eye, 0 to 1, shape (n, 2).
        cup: Cup-to-disc ratio of left and right eye, 0.2 to 0.8, shape (n, 2).
        age: Years, 20 to 90.
        pressure: Millimetres of mercury, 8 to 38.
        camera: Index into `CAMERAS`.
        diabetic: 0 or 1.
        phrases: Indices into `PHRASES`, shape (n, 2).
        swing: Amplitude of the pressure curve, 0 to 6.
        drift: Slope of the saturation curve over the day, -4 to 4.
        days: Days since the last visit, 0 to 2000.
    """

    load: Array
    cup: Array
    age: Array
    pressure: Array
    camera: NDArray[np.int64]
    diabetic: NDArray[np.int64]
    phrases: NDArray[np.int64]
    swing: Array
    drift: Array
    days: NDArray[np.int64]


def draw(count: int, rng: np.random.Generator) -> Hidden:
    """Draw `count` independent phantom cases."""
    first = rng.integers(0, len(PHRASES), count)
    step = rng.integers(1, len(PHRASES), count)
    return Hidden(
        load=rng.uniform(0, 1, (count, 2)) ** 1.3,
        cup=rng.uniform(0.2, 0.8, (count, 2)),
        age=rng.uniform(20, 90, count).round(),
        pressure=np.clip(rng.normal(18, 5, count), 8, 38).round(1),
        camera=rng.integers(0, len(CAMERAS), count),
        diabetic=(rng.uniform(size=count) < 0.4).astype(np.int64),
        phrases=np.stack([first, (first + step) % len(PHRASES)], axis=1),
        swing=rng.uniform(0, 6, count),
        drift=rng.uniform(-4, 4, count),
        days=rng.integers(0, 2001, count),
    )


def factors(hidden: Hidden) -> Array:
    """Return the standardised factors of the rule, shape (n, 10), in the order of `_WEIGHTS`.

    These are the sum of both loads, their gap, that of the cups, age, pressure, camera, diabetic,
    history, curve and visit.
    """
    strength = np.array(list(PHRASES.values()))
    load_mean, load_sd = 1 / 2.3, 0.295
    cup_gap = np.abs(hidden.cup[:, 0] - hidden.cup[:, 1])
    columns = (
        (hidden.load.sum(axis=1) - 2 * load_mean) / (load_sd * np.sqrt(2)),
        (hidden.load[:, 0] - hidden.load[:, 1]) / (load_sd * np.sqrt(2)),
        (cup_gap - 0.2) / 0.1414,
        (hidden.age - 55) / 20.2,
        (hidden.pressure - 18) / 5,
        CAMERA_EFFECT[hidden.camera] / 0.98,
        (hidden.diabetic - 0.4) / 0.49,
        strength[hidden.phrases].sum(axis=1) / 1.28,
        ((hidden.swing - 3) / 1.732 + hidden.drift / 2.309) / np.sqrt(2),
        (hidden.days - 1000) / 577.6,
    )
    return np.stack(columns, axis=1)


def scores(hidden: Hidden, clinic: Clinic = HOME) -> dict[str, Array]:
    """Return each target's noise-free score, shape (n,): a logit, a severity, micrometres."""
    x = factors(hidden)
    return {
        "referable": x @ _WEIGHTS["referable"] - 0.3 + clinic.referral + clinic.pressure * x[:, 4],
        "severity": x @ _WEIGHTS["severity"] / 1.5 + clinic.severity,
        "thickness": x @ _WEIGHTS["thickness"] + THICKNESS_MEAN + clinic.thickness,
    }


def truth(hidden: Hidden, rng: np.random.Generator, clinic: Clinic = HOME) -> dict[str, Array]:
    """Draw the targets: `referable` 0 or 1, `severity` 0 to 4, `thickness` in micrometres."""
    score = scores(hidden, clinic)
    count = len(hidden.age)
    noisy = score["severity"] + rng.normal(0, SEVERITY_NOISE, count)
    return {
        "referable": (rng.uniform(size=count) < _sigmoid(score["referable"])).astype(float),
        "severity": np.searchsorted(_CUTS, noisy).astype(float),
        "thickness": (score["thickness"] + rng.normal(0, THICKNESS_NOISE, count)).round(1),
    }


def best_guess(
    hidden: Hidden,
    missing: dict[str, NDArray[np.bool_]],
    rng: np.random.Generator,
    clinic: Clinic = HOME,
    draws: int = 100,
) -> dict[str, Array]:
    """Return the Bayes-optimal prediction from what is not missing.

    What a missing input would have held is integrated over by drawing it anew: the
    inputs are independent, so their prior is their distribution given the rest.

    Args:
        hidden: The cases as drawn.
        missing: Mask, shape (n,), of each name in `INPUTS` that may be missing.
        rng: Source of the redraws.
        clinic: Whose rule.
        draws: Redraws per case.

    Returns:
        `referable`: probability. `severity`: expected grade. `thickness`: expected micrometres.
    """
    total = {name: np.zeros(len(hidden.age)) for name in TARGETS}
    for _ in range(draws):
        score = scores(_redrawn(hidden, missing, rng), clinic)
        total["referable"] += _sigmoid(score["referable"])
        total["severity"] += _expected_grade(score["severity"])
        total["thickness"] += score["thickness"]
    return {name: sums / draws for name, sums in total.items()}


def curve_of(hidden: Hidden, row: int, rng: np.random.Generator) -> Array:
    """Return the day's curve of one case: pressure and saturation, shape (16..24, 2)."""
    steps = int(rng.integers(16, 25))
    hour = np.linspace(0, 1, steps)
    phase = rng.uniform(0, 2 * np.pi)
    pressure = 16 + hidden.swing[row] * np.sin(2 * np.pi * hour + phase) + rng.normal(0, 0.5, steps)
    saturation = 95 + hidden.drift[row] * (hour - 0.5) + rng.normal(0, 0.3, steps)
    return np.stack([pressure, saturation], axis=1).round(2)


def history_of(hidden: Hidden, row: int, rng: np.random.Generator) -> str:
    """Return the free text of one case: two telling phrases among idle words."""
    names = list(PHRASES)
    words = [names[index] for index in hidden.phrases[row]]
    words += list(rng.choice(FILLERS, size=int(rng.integers(0, 3)), replace=False))
    rng.shuffle(words)
    return ", ".join(words).capitalize() + "."


def visit_of(hidden: Hidden, row: int) -> date:
    """Return the date of the last visit of one case."""
    return TODAY - timedelta(days=int(hidden.days[row]))


def _sigmoid(x: Array) -> Array:
    return 1 / (1 + np.exp(-x))


def _expected_grade(score: Array) -> Array:
    from statistics import NormalDist

    above = np.linspace(-8, 8, 3201)
    table = np.array([NormalDist().cdf(x) for x in above])
    z = (score[:, None] - _CUTS) / SEVERITY_NOISE
    return np.asarray(np.interp(z, above, table).sum(axis=1))


def _redrawn(hidden: Hidden, missing: dict[str, NDArray[np.bool_]], rng: np.random.Generator) -> Hidden:
    fresh = draw(len(hidden.age), rng)

    def pick(name: str, old: NDArray, new: NDArray) -> NDArray:  # type: ignore[type-arg]
        mask = missing.get(name)
        return old if mask is None else np.where(mask, new, old)

    eyes = np.stack([missing.get(eye, np.zeros(len(hidden.age), bool)) for eye in ("left", "right")], axis=1)
    told = missing.get("history")
    return Hidden(
        load=np.where(eyes, fresh.load, hidden.load),
        cup=np.where(eyes, fresh.cup, hidden.cup),
        age=pick("age", hidden.age, fresh.age),
        pressure=pick("pressure", hidden.pressure, fresh.pressure),
        camera=pick("camera", hidden.camera, fresh.camera),
        diabetic=pick("diabetic", hidden.diabetic, fresh.diabetic),
        phrases=hidden.phrases if told is None else np.where(told[:, None], fresh.phrases, hidden.phrases),
        swing=pick("curve", hidden.swing, fresh.swing),
        drift=pick("curve", hidden.drift, fresh.drift),
        days=pick("last_visit", hidden.days, fresh.days),
    )
