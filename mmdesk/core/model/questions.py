"""What is asked of a model made elsewhere: each question once, for window, command line and file."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from mmdesk.core.fields.volume_form import FITS
from mmdesk.core.model.layout import VOLUME_AXES
from mmdesk.core.model.pixels import PIXELS, RANGES
from mmdesk.core.model.readings import DISTANCE, LINEAR, LOGIT, MINMAX, NONE, PROBABILITY, STANDARDISED
from mmdesk.words import QT_TR_NOOP, tr

LARGEST = 4096
"""Pixels a side and steps that may be said."""
_MOST_WORDS = 500_000
_LONGEST_WORD = 500
_SIZE = re.compile(r"\s*(\d{1,5})\s*[xX*]\s*(\d{1,5})\s*")


@dataclass(frozen=True, slots=True)
class Question:
    """One question about an input or output.

    Attributes:
        key: Its name in `mapping.toml` and for `--read`.
        title: The question in words.
        choices: By value what it means; empty where the answer is typed.
        parse: Returns what a text or a value of TOML means; raises ValueError, with words.
    """

    key: str
    title: str
    choices: Mapping[Any, str] = field(default_factory=dict)
    parse: Callable[[Any], Any] = str


def show(value: Any) -> str:
    """Return an answer as a person types it, which `parse` reads again."""
    if isinstance(value, Mapping):
        return "; ".join(f"{name}: {low:.9g}, {by:.9g}" for name, (low, by) in value.items())
    if isinstance(value, tuple):
        whole = len(value) == 2 and all(isinstance(one, int) for one in value)
        return "x".join(map(str, value)) if whole else "|".join(map(str, value))
    return f"{value:.9g}" if isinstance(value, float) else str(value)


def _among(key: str, title: str, choices: Mapping[Any, str], others: Mapping[str, Any] | None = None) -> Question:
    def parse(value: Any) -> Any:
        found = (others or {}).get(value, value) if isinstance(value, str) else value
        if isinstance(found, bool) or found not in choices:
            known = ", ".join(str(one) for one in choices if one != "")
            raise ValueError(tr("'{value}' is not one of {known}", value=_short(value), known=known))
        return found

    return Question(key, title, choices, parse)


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 40 else f"{text[:40]}..."


def _whole(low: int, high: int) -> Callable[[Any], int]:
    def parse(value: Any) -> int:
        if isinstance(value, str) and re.fullmatch(r"\s*\d{1,9}\s*", value):
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise ValueError(
                tr("'{value}' is no whole number from {low} to {high}", value=_short(value), low=low, high=high)
            )
        return value

    return parse


def _number(value: Any) -> float:
    try:
        found = math.nan if isinstance(value, bool) or len(str(value)) > 60 else float(value)
    except (TypeError, ValueError):
        found = math.nan
    if not math.isfinite(found) or abs(found) > 1e12:
        raise ValueError(tr("'{value}' is no number", value=_short(value)))
    return found


def _positive(value: Any) -> float:
    found = _number(value)
    if found <= 0:
        raise ValueError(tr("'{value}' is not above 0", value=_short(value)))
    return found


def _factor(value: Any) -> float:
    found = _number(value)
    if abs(found) < 1e-12:
        raise ValueError(tr("'{value}' would make every answer the same", value=_short(value)))
    return found


def _words(value: Any) -> tuple[str, ...]:
    some = [part.strip() for part in value.split("|")] if isinstance(value, str) else value
    if value in ("", []):
        return ()
    if not isinstance(some, list | tuple) or not all(isinstance(one, str) and one for one in some):
        raise ValueError(tr("'{value}' is no list of texts", value=_short(value)))
    if len(some) > _MOST_WORDS or any(len(one) > _LONGEST_WORD for one in some):
        raise ValueError(tr("it is longer than mmdesk takes"))
    if len(set(some)) != len(some):
        twice = next(one for at, one in enumerate(some) if one in some[:at])
        raise ValueError(tr("'{twice}' stands in it twice", twice=_short(twice)))
    return tuple(some)


def _vocabulary(value: Any) -> tuple[str, ...]:
    """Return words in the order of their codes; several codes may stand for no word."""
    some = list(_words(value)) if isinstance(value, str) else value
    if not isinstance(some, list | tuple) or not all(isinstance(one, str) for one in some):
        raise ValueError(tr("'{value}' is no list of texts", value=_short(value)))
    words = [one for one in some if one]
    if len(some) > _MOST_WORDS or any(len(one) > _LONGEST_WORD for one in words):
        raise ValueError(tr("it is longer than mmdesk takes"))
    if len(set(words)) != len(words):
        raise ValueError(tr("a word stands in it twice"))
    return tuple(some)


def _code(value: Any) -> int:
    return -1 if value in (-1, "-1") else _whole(0, 1_000_000)(value)


def _size(value: Any) -> tuple[int, ...]:
    if value in ("", "free", [], ()):
        return ()
    if isinstance(value, str) and (found := _SIZE.fullmatch(value)):
        value = [int(found[1]), int(found[2])]
    sides = _whole(1, LARGEST)
    if not isinstance(value, list | tuple) or len(value) != 2:
        raise ValueError(tr("'{value}' is no height and width, such as 48x80", value=_short(value)))
    return tuple(sides(one) for one in value)


def _scales(value: Any) -> dict[str, tuple[float, float]]:
    if isinstance(value, str):
        found = {}
        for part in filter(str.strip, value.split(";")):
            name, _, numbers = part.rpartition(":")
            found[name.strip()] = [one.strip() for one in numbers.split(",")]
        value = found
    if not isinstance(value, Mapping) or len(value) > _MOST_WORDS:
        raise ValueError(tr("'{value}' is no table of scales, such as age: 50, 12", value=_short(value)))
    scales = {}
    for name, pair in value.items():
        if not isinstance(pair, list | tuple) or len(pair) != 2:
            raise ValueError(tr("'{name}' needs two numbers: what is taken off, and what is divided by", name=name))
        scales[str(name)] = (_number(pair[0]), _positive(pair[1]))
    return scales


_SCALES = {
    NONE: QT_TR_NOOP("as they are"),
    STANDARDISED: QT_TR_NOOP("less their mean, by their standard deviation"),
    MINMAX: QT_TR_NOOP("0 to 1, from the smallest to the largest"),
}
_PADDING = _among(
    "padding",
    QT_TR_NOOP("Short ones are filled"),
    {"after": QT_TR_NOOP("after the last step"), "before": QT_TR_NOOP("before the first step")},
)
_SCALE = _among("scale", QT_TR_NOOP("Scale"), _SCALES, {"raw": NONE})
_GIVEN = Question("scales", QT_TR_NOOP("Scales given, as name: mean, deviation"), parse=_scales)

QUESTIONS: Mapping[str, tuple[Question, ...]] = {
    "image": (
        _among("pixels", QT_TR_NOOP("Pixels"), {name: told.words for name, told in PIXELS.items()}, RANGES),
        _among(
            "fit",
            QT_TR_NOOP("Other shapes"),
            {
                "stretch": QT_TR_NOOP("are stretched"),
                "pad": QT_TR_NOOP("fit, with black beside them"),
                "crop": QT_TR_NOOP("are cropped in the middle"),
            },
        ),
        Question("size", QT_TR_NOOP("Height x width"), parse=_size),
        _among(
            "colours",
            QT_TR_NOOP("Colours"),
            {"rgb": QT_TR_NOOP("red, green, blue"), "grey": QT_TR_NOOP("grey in every channel")},
        ),
        _among(
            "axes",
            QT_TR_NOOP("Channels"),
            {"last": QT_TR_NOOP("after height and width"), "first": QT_TR_NOOP("before height and width")},
        ),
    ),
    "volume": (
        _among("pixels", QT_TR_NOOP("Pixels"), {name: told.words for name, told in PIXELS.items()}, RANGES),
        _among("slices", QT_TR_NOOP("Slices"), {"": QT_TR_NOOP("as the field declares"), **FITS}),
        Question("size", QT_TR_NOOP("Height x width"), parse=_size),
        _among("axes", QT_TR_NOOP("Axes"), VOLUME_AXES),
    ),
    "numbers": (_SCALE, _GIVEN),
    "codes": (
        Question("offset", QT_TR_NOOP("Code of the first option"), parse=_whole(0, 1000)),
        Question("order", QT_TR_NOOP("Options in the order of their codes"), parse=_words),
    ),
    "steps": (
        _PADDING,
        Question("value", QT_TR_NOOP("Filled with"), parse=_number),
        Question("length", QT_TR_NOOP("Steps; 0 for each its own"), parse=_whole(0, LARGEST)),
        _among(
            "kept",
            QT_TR_NOOP("Of long ones"),
            {"last": QT_TR_NOOP("the last steps are kept"), "first": QT_TR_NOOP("the first steps are kept")},
        ),
        _SCALE,
        _GIVEN,
        Question("channels", QT_TR_NOOP("Channels in the model's order"), parse=_words),
    ),
    "texts": (
        Question("vocabulary", QT_TR_NOOP("Words in the order of their codes"), parse=_vocabulary),
        Question("first", QT_TR_NOOP("Code of the first word"), parse=_whole(0, 1000)),
        Question("unknown", QT_TR_NOOP("Code of an unknown word; -1 where it is left out"), parse=_code),
        _among(
            "split",
            QT_TR_NOOP("Texts are cut"),
            {
                "words": QT_TR_NOOP("into words"),
                "blanks": QT_TR_NOOP("at blanks"),
                "characters": QT_TR_NOOP("into characters"),
            },
        ),
        _among("case", QT_TR_NOOP("Letters"), {"lower": QT_TR_NOOP("made small"), "kept": QT_TR_NOOP("as they are")}),
        _among(
            "signs",
            QT_TR_NOOP("Punctuation"),
            {
                "kept": QT_TR_NOOP("as it is"),
                "dropped": QT_TR_NOOP("left out"),
                "blanks": QT_TR_NOOP("made blanks"),
            },
        ),
        _PADDING,
        Question("value", QT_TR_NOOP("Filled with the code"), parse=_whole(0, 1000)),
        Question("length", QT_TR_NOOP("Words; 0 for the model's own"), parse=_whole(0, LARGEST)),
        _among(
            "kept",
            QT_TR_NOOP("Of long ones"),
            {"first": QT_TR_NOOP("the first words are kept"), "last": QT_TR_NOOP("the last words are kept")},
        ),
    ),
    "lookup": (),
    "output": (
        _among(
            "link",
            QT_TR_NOOP("It gives"),
            {
                PROBABILITY: QT_TR_NOOP("a probability"),
                LOGIT: QT_TR_NOOP("a logit, which a sigmoid or softmax makes a probability"),
                LINEAR: QT_TR_NOOP("the estimate itself"),
                DISTANCE: QT_TR_NOOP("a distance, small for yes"),
            },
        ),
        Question("order", QT_TR_NOOP("Order of its classes"), parse=_words),
        Question("threshold", QT_TR_NOOP("Distance between yes and no"), parse=_positive),
        _among("scale", QT_TR_NOOP("Scale of the target"), {**_SCALES, "given": QT_TR_NOOP("as given")}),
        Question("offset", QT_TR_NOOP("Added to it"), parse=_number),
        Question("factor", QT_TR_NOOP("Multiplied by, before that"), parse=_factor),
        _among(
            "log",
            QT_TR_NOOP("Logarithm"),
            {
                "": QT_TR_NOOP("none"),
                "log": QT_TR_NOOP("the number was learnt by its logarithm"),
                "log1p": QT_TR_NOOP("by the logarithm of one more"),
            },
        ),
    ),
}
"""The questions of each form, in the order in which they are asked."""


def question(form: str, key: str) -> Question | None:
    """Return a form's question of that name, if it has one."""
    return next((one for one in QUESTIONS[form] if one.key == key), None)
