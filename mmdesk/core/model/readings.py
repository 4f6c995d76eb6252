"""How one input or output of a model made elsewhere is to be fed or read.

Each class is what is asked of one form of input, or of an output; `questions.py` says the questions in
words. Whatever is not said stands as most models have it, or as the model's file tells.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, ClassVar

from mmdesk.core.fields.kind import Form

NONE, STANDARDISED, MINMAX = "none", "standardised", "minmax"
PROBABILITY, LOGIT, LINEAR, DISTANCE = "probability", "logit", "linear", "distance"
FREE = 0
"""A length that is the case's own."""

Scales = Mapping[str, tuple[float, float]]
"""By name of a field or channel what is taken off and what is then divided by."""


@dataclass(frozen=True, slots=True)
class ImageReading:
    """How a model takes images.

    Attributes:
        pixels: A key of `core.model.pixels.PIXELS`.
        fit: How a picture of another shape is made to fit: `stretch`, `pad` with black, or `crop`.
        size: Height and width; empty where the model says them, or where each picture keeps its own.
        colours: `rgb`, or `grey` where a model with three channels was trained on grey pictures.
        axes: Where the channels are: `last` or `first`.
    """

    form: ClassVar[str] = "image"
    pixels: str = "bytes"
    fit: str = "stretch"
    size: tuple[int, ...] = ()
    colours: str = "rgb"
    axes: str = "last"


@dataclass(frozen=True, slots=True)
class VolumeReading:
    """How a model takes volumes and films.

    Attributes:
        pixels: As for images.
        slices: How slices are made as many as it takes, one of `core.fields.volume_form.FITS`; as the
            field declares where empty.
        size: Height and width of a slice; empty where the model says them.
        axes: The order of its axes, a key of `core.model.layout.VOLUME_AXES`; as the shape tells where empty.
    """

    form: ClassVar[str] = "volume"
    pixels: str = "bytes"
    slices: str = ""
    size: tuple[int, ...] = ()
    axes: str = ""


@dataclass(frozen=True, slots=True)
class NumbersReading:
    """How a model takes numbers, flags and dates.

    Attributes:
        scale: `none`, `standardised` by mean and standard deviation or `minmax` to 0..1, each learnt
            from the training split.
        scales: Fields whose scale is given, in place of that.
    """

    form: ClassVar[str] = "numbers"
    scale: str = NONE
    scales: Scales = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CodesReading:
    """How a model takes a choice.

    Attributes:
        offset: Code of the first option.
        order: The options, maybe with others between them, in the order of their codes; the field's own
            where none is said.
    """

    form: ClassVar[str] = "codes"
    offset: int = 0
    order: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StepsReading:
    """How a model takes sequences.

    Attributes:
        padding: Where the steps that a short sequence lacks are filled in: `after` or `before` it.
        value: What they are filled with, as the model sees it.
        length: Steps that it takes; `FREE` where the model says it or each sequence keeps its own.
        kept: Which steps of a long sequence are kept: `last` or `first`.
        scale: As for numbers, by channel.
        scales: Channels whose scale is given.
        channels: The channels in the model's order; the field's own where none is said.
    """

    form: ClassVar[str] = "steps"
    padding: str = "after"
    value: float = 0.0
    length: int = FREE
    kept: str = "last"
    scale: str = NONE
    scales: Scales = field(default_factory=dict)
    channels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LookedUpReading:
    """How a model takes what its own layers look up: as it is, so nothing is asked."""

    form: ClassVar[str] = "lookup"


@dataclass(frozen=True, slots=True)
class TextsReading:
    """How a model that takes codes of words takes texts.

    Attributes:
        vocabulary: Its words in the order of their codes; an empty one where a code stands for no word.
        first: Code of the first of them.
        unknown: Code of a word that is not among them; -1 where such a word is left out.
        split: How a text is cut: `words`, `blanks` or `characters`.
        case: `lower` where letters are made small first, else `kept`.
        signs: Whether ASCII punctuation is `kept`, `dropped` or made `blanks` first.
        padding: As for sequences.
        value: Code that fills short texts up.
        length: Words that it takes; `FREE` where the model says it.
        kept: Which words of a long text are kept: `first` or `last`.
    """

    form: ClassVar[str] = "texts"
    vocabulary: tuple[str, ...] = ()
    first: int = 0
    unknown: int = 1
    split: str = "words"
    case: str = "lower"
    signs: str = "kept"
    padding: str = "after"
    value: int = 0
    length: int = FREE
    kept: str = "first"


@dataclass(frozen=True, slots=True)
class OutputReading:
    """How an output is read as a target.

    Attributes:
        link: What it is of the target: a `probability`, a `logit`, the `linear` estimate itself, or a
            `distance` that is small where the answer is yes.
        order: The classes in the order of the model's numbers; the field's own where none is said.
        threshold: The distance at which yes and no are equally probable.
        scale: Of a number: `none`, `standardised` or `minmax`, learnt from the labels of the training
            split, or `given`.
        offset: Added to a number whose scale is given.
        factor: What it is multiplied by before.
        log: `log` or `log1p` where the number was learnt so; empty where not.
    """

    form: ClassVar[str] = "output"
    link: str = PROBABILITY
    order: tuple[str, ...] = ()
    threshold: float = 0.5
    scale: str = NONE
    offset: float = 0.0
    factor: float = 1.0
    log: str = ""


InputReading = (
    ImageReading | VolumeReading | NumbersReading | CodesReading | StepsReading | TextsReading | LookedUpReading
)
FORMS: Mapping[Form, type[InputReading]] = {
    Form.IMAGE: ImageReading,
    Form.VOLUME: VolumeReading,
    Form.SCALAR: NumbersReading,
    Form.CODE: CodesReading,
    Form.STEPS: StepsReading,
    Form.WORDS: TextsReading,
}
"""What is asked of an input, by the form of its fields."""
_BY_NAME: Mapping[str, type[InputReading | OutputReading]] = {
    one.form: one for one in (*FORMS.values(), LookedUpReading, OutputReading)
}


def plain(reading: InputReading | OutputReading, *, whole: bool = False) -> dict[str, Any]:
    """Return what a reading says, as values of JSON and TOML.

    Args:
        reading: The reading.
        whole: Also what is usual for its form, but for texts and lists that are empty.
    """
    usual = type(reading)()
    said = {one.name: getattr(reading, one.name) for one in fields(reading)}
    return {
        name: _plain(value)
        for name, value in said.items()
        if value != getattr(usual, name) or (whole and value not in ("", (), {}))
    }


def as_json(reading: InputReading | OutputReading) -> dict[str, Any]:
    """Return a reading as JSON values, with its form."""
    return {"form": reading.form, **plain(reading)}


def from_json(raw: Mapping[str, Any]) -> Any:
    """Return what `as_json` gave."""
    values = {name: _frozen(value) for name, value in raw.items() if name != "form"}
    return _BY_NAME[raw["form"]](**values)


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: list(pair) for name, pair in value.items()}
    return list(value) if isinstance(value, tuple) else value


def _frozen(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: tuple(pair) for name, pair in value.items()}
    return tuple(value) if isinstance(value, list) else value
