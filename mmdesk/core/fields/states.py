"""What preparation learnt of an input or a target, and what a model says of a target."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from mmdesk.core.fields.values import Plain


@dataclass(frozen=True, slots=True)
class InputState:
    """What was learnt of one input on the training split.

    Attributes:
        kind: The field's kind.
        offset: Per channel, taken off before scaling.
        scale: Per channel, positive, divided by after the offset.
        known: Options of a choice or words of a text, in the order of their codes.
        length: Words, time steps or slices kept; 0 where each sequence keeps its own.
        knots: Quantiles of a number from the smallest to the largest, rising; empty when it
            is standardised.
        whole: The model takes whole numbers only, as a model made elsewhere may.
        before: The steps that a short sequence lacks are filled in before it, not after it.
        slices: How the slices of a volume are made to fit, as the field declared it.
        window: In which window a volume is seen, likewise.
        below: The model's codes are 0 to one less than this; 0 where it has no codes.
        fill: What the steps that a sequence lacks are filled with, as the model sees it.
        first: The first steps of a long sequence are kept, not the last.
        fit: How a picture of another shape is made to fit, for a model that takes pixels: `stretch`,
            `pad` or `crop`.
        rule: The scale of a number, see `core.fields.scales`; offset and scale are those on it.
        low: The smallest number of the training split, where the scale is the logarithm.
    """

    kind: str
    offset: tuple[float, ...] = ()
    scale: tuple[float, ...] = ()
    known: tuple[str, ...] = ()
    length: int = 0
    knots: tuple[float, ...] = ()
    before: bool = False
    slices: str = ""
    window: str = ""
    whole: bool = False
    below: int = 0
    fill: float = 0.0
    first: bool = False
    fit: str = "stretch"
    rule: str = ""
    low: float = 0.0


@dataclass(frozen=True, slots=True)
class TargetState:
    """What is needed to train towards one target and to read its output.

    Attributes:
        kind: The field's kind.
        options: Its options, in the order of the outputs.
        offset: Middle of a number on the training split, in the field's unit.
        scale: Spread of a number there, positive.
        interval: Half width of the 90 % interval of a number in the field's unit, from
            validation residuals; None while not known.
        log: The number is positive and learnt by its natural logarithm: offset, scale and
            interval are those of the logarithm.
        rule: By which scale offset and scale were found, see `core.fields.scales`.
    """

    kind: str
    options: tuple[str, ...] = ()
    offset: float = 0.0
    scale: float = 1.0
    interval: float | None = None
    log: bool = False
    rule: str = ""


class Shape(NamedTuple):
    """Shape of one case's array, and the type of its numbers."""

    sizes: tuple[int, ...]
    dtype: str = "float32"


@dataclass(frozen=True, slots=True)
class Limits:
    """How an input is learnt.

    Attributes:
        length: Words or time steps kept at most.
        vocabulary: Words known at most.
        quantiles: A number is spread evenly by its quantiles, not standardised.
        suitable: The scale that suits a number is chosen, see `core.fields.scales`.
    """

    length: int = 64
    vocabulary: int = 2000
    quantiles: bool = False
    suitable: bool = False


@dataclass(frozen=True, slots=True)
class TargetPrediction:
    """A model version's answer for one target.

    Attributes:
        value: The most probable value (number: the estimate, in the field's unit).
        probabilities: By option; a flag has one entry under its own name; empty for numbers.
        low: Lower end of a number's 90 % interval, else None.
        high: Upper end of it, else None.
    """

    value: Plain
    probabilities: Mapping[str, float] = field(default_factory=dict)
    low: float | None = None
    high: float | None = None
