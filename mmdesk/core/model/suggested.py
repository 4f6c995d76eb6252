"""What a model's file tells of how it is fed and read: a first answer to some questions, with the reason."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from mmdesk.core.fields.kinds import kind_of
from mmdesk.core.fields.schema import Schema
from mmdesk.core.model.foreign import End, Foreign, Hint, Match
from mmdesk.core.model.layout import layout_of
from mmdesk.core.model.reading import Reading, usual_reading
from mmdesk.words import tr

_SCALING = ("Rescaling", "Normalization", "TrueDivide", "Divide", "Multiply", "Subtract")
Reasons = Mapping[tuple[str, str], str]
"""By input or output and question why it is answered so."""


def suggested(foreign: Foreign, found: Match, schema: Schema) -> tuple[Reading, Reasons]:
    """Return the usual reading as far as the file tells nothing else, and the reasons.

    Args:
        foreign: The model.
        found: Which fields its ends are.
        schema: The project's fields.
    """
    reading = usual_reading(foreign, found, schema)
    reasons: dict[tuple[str, str], str] = {}
    for end in (*foreign.inputs, *foreign.outputs):
        said = reading.of(end.name)
        if said is None:
            continue
        if end.name in reading.inputs:
            told = _FORMS.get(said.form, _nothing)(end, found.inputs[end.name], schema)
        else:
            told = _output(end, found.outputs[end.name], schema)
        for key, value, why in told:
            if value is not None:
                reading = reading.plus(end.name, key, value)
            reasons[end.name, key] = why
    return reading, reasons


Told = Iterator[tuple[str, Any, str]]


def _nothing(_end: End, _names: tuple[str, ...], _schema: Schema) -> Told:
    return iter(())


def _hint(end: End, *names: str) -> Hint | None:
    return next((one for one in end.hints if one.what in names), None)


def _image(end: End, names: tuple[str, ...], _schema: Schema) -> Told:
    layout = layout_of(end.shape, len(names))
    scaled = _hint(end, *_SCALING)
    if scaled:
        yield (
            "pixels",
            "bytes",
            tr("The model scales them itself: its layer {name} is a {what}.", name=scaled.name, what=scaled.what),
        )
    elif known := _hint(end, "application"):
        words = tr("It holds {name}, which is usually trained so.", name=known.name)
        yield "pixels", _APPLICATIONS.get(known.name, "bytes"), words
    else:
        yield "pixels", None, tr("The file does not tell the range. Many are trained on 0 to 1; the labels can tell.")
    if layout is not None and layout.axes == "first":
        yield "axes", "first", tr("Its shape begins with the channels.")
    if layout is not None and layout.height is None:
        yield "size", None, tr("The file takes any size, so each picture keeps its own, up to 1,024 pixels a side.")
    elif layout is not None:
        why = tr("The model takes {height} x {width} pixels.", height=layout.height, width=layout.width)
        yield "size", None, why


def _numbers(end: End, _names: tuple[str, ...], _schema: Schema) -> Told:
    if scaled := _hint(end, "BatchNormalization", *_SCALING):
        yield (
            "scale",
            None,
            tr("The model scales them itself: its layer {name} is a {what}.", name=scaled.name, what=scaled.what),
        )
    else:
        yield (
            "scale",
            None,
            tr("No layer of the model scales them. If they were scaled before, say so; the labels can tell."),
        )


def _codes(end: End, names: tuple[str, ...], schema: Schema) -> Told:
    rows = _hint(end, "Embedding")
    options = schema.field(names[0]).options
    if rows and rows.values and rows.values[0] == len(options) + 1:
        yield (
            "offset",
            1,
            tr(
                "Its layer {name} knows {rows} codes for {count} options: code 0 is usually for what is not known.",
                name=rows.name,
                rows=int(rows.values[0]),
                count=len(options),
            ),
        )
    elif rows and rows.values:
        yield "offset", None, tr("Its layer {name} knows {rows} codes.", name=rows.name, rows=int(rows.values[0]))
    else:
        yield "offset", None, tr("The file does not tell the first code.")


def _steps(end: End, _names: tuple[str, ...], _schema: Schema) -> Told:
    if masked := _hint(end, "Masking"):
        value = masked.values[0] if masked.values else 0.0
        yield "value", float(value), tr("Its layer {name} masks {value:g}.", name=masked.name, value=value)
    if end.shape and end.shape[0] is None:
        yield "length", None, tr("The file takes any number of steps, so each sequence keeps its own.")
    else:
        yield "padding", None, tr("The file does not tell the side. Keras' pad_sequences fills before the first step.")


def _output(end: End, target: str, schema: Schema) -> Told:
    if kind_of(schema.field(target)).is_amount:
        yield "scale", None, tr("The file does not tell whether the target was scaled; the labels can tell.")
        return
    told = _hint(end, "activation")
    if end.logits:
        yield (
            "link",
            None,
            tr("Its last layer has no activation: logits, or the estimate itself if it was trained by squared error."),
        )
    elif told:
        yield "link", None, tr("Its last layer ends with {name}.", name=told.name)
    yield "order", None, tr("The file does not name its classes: this is the project's order.")


_FORMS: Mapping[str, Any] = {"image": _image, "numbers": _numbers, "codes": _codes, "steps": _steps}
_APPLICATIONS = {
    "vgg16": "caffe",
    "vgg19": "caffe",
    "resnet50": "caffe",
    "resnet101": "caffe",
    "resnet152": "caffe",
    "resnet50v2": "signed",
    "resnet101v2": "signed",
    "resnet152v2": "signed",
    "inception_v3": "signed",
    "inception_resnet_v2": "signed",
    "xception": "signed",
    "mobilenet": "signed",
    "mobilenetv2": "signed",
    "nasnet": "signed",
    "densenet121": "imagenet",
    "densenet169": "imagenet",
    "densenet201": "imagenet",
}
"""The range of pixels that `keras.applications` trained each on, by the name that it gives the model."""
