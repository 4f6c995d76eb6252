"""How a model made elsewhere is fed and read: what is said of each of its inputs and outputs."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any

from mmdesk.core.errors import Situation
from mmdesk.core.fields.kind import Form
from mmdesk.core.fields.kinds import kind_of
from mmdesk.core.fields.schema import Field, Schema
from mmdesk.core.model.foreign import End, Foreign, Match
from mmdesk.core.model.layout import layout_of
from mmdesk.core.model.questions import QUESTIONS, question, show
from mmdesk.core.model.readings import (
    FORMS,
    LINEAR,
    LOGIT,
    InputReading,
    LookedUpReading,
    OutputReading,
    TextsReading,
    as_json,
    from_json,
)
from mmdesk.words import tr

_BARE = re.compile(r"[\w.=-]+")
SHORT = {"pixels": "pixels", "offset": "offset", "scale": "numbers", "padding": "padding"}
"""Questions that an option of `models add` answers for all inputs at once, with its name."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What is said of each input and output of a model, by the names that the model gives them."""

    inputs: Mapping[str, InputReading] = field(default_factory=dict)
    outputs: Mapping[str, OutputReading] = field(default_factory=dict)

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> Reading:
        """Return what a job says."""
        return cls(
            {name: from_json(one) for name, one in raw["inputs"].items()},
            {name: from_json(one) for name, one in raw["outputs"].items()},
        )

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return {
            "inputs": {name: as_json(one) for name, one in self.inputs.items()},
            "outputs": {name: as_json(one) for name, one in self.outputs.items()},
        }

    def of(self, end: str) -> InputReading | OutputReading | None:
        """Return what is said of an input or output; None where nothing is asked of it."""
        return self.inputs.get(end) or self.outputs.get(end)

    def plus(self, end: str, key: str, value: Any) -> Reading:
        """Return the same with another answer to one question.

        Args:
            end: An input or output of which that is asked.
            key: The question's.
            value: An answer, parsed.
        """
        if end in self.inputs:
            return replace(self, inputs={**self.inputs, end: replace(self.inputs[end], **{key: value})})
        return replace(self, outputs={**self.outputs, end: replace(self.outputs[end], **{key: value})})

    def asking(self, key: str) -> list[str]:
        """Return the inputs of which a question is asked."""
        return [name for name, one in self.inputs.items() if question(one.form, key)]

    def for_all(self, key: str, value: Any) -> Reading:
        """Return the same with one answer for all inputs of which that is asked.

        Raises:
            Situation: The answer is not known, or no input is asked that.
        """
        return self.said([(end, key, value) for end in self.asking(key)])

    def said(self, answers: list[tuple[str, str, Any]]) -> Reading:
        """Return the same with what a person answered: end, question, text or value.

        Raises:
            Situation: There is no such end or question, or the answer is not understood.
        """
        found = self
        for end, key, value in answers:
            one = found.of(end)
            if one is None:
                ends = ", ".join((*found.inputs, *found.outputs))
                raise Situation(
                    tr("The model has no input or output called {end} of which anything is asked.", end=end),
                    do=tr("It has: {ends}.", ends=ends),
                )
            asked = question(one.form, key)
            if asked is None:
                keys = ", ".join(other.key for other in QUESTIONS[one.form])
                raise Situation(
                    tr("Nothing called {key} is asked of {end}.", key=key, end=end),
                    do=tr("Use one of: {keys}.", keys=keys),
                )
            try:
                found = found.plus(end, key, asked.parse(value))
            except ValueError as why:
                raise Situation(
                    tr("{end}.{key} cannot be used: {why}.", end=end, key=key, why=why),
                    do=tr("Correct it and try again."),
                ) from None
        return found

    def options(self, usual: Reading) -> str:
        """Return the options of `models add` that say it beyond what is usual; empty when nothing does."""
        changed = [
            (end, one.name, getattr(reading, one.name))
            for end, reading in (*self.inputs.items(), *self.outputs.items())
            for one in fields(reading)
            if (before := usual.of(end)) is None or getattr(before, one.name) != getattr(reading, one.name)
        ]
        said: dict[str, None] = {}
        for end, key, value in changed:
            same = [getattr(self.inputs[other], key) == value for other in self.asking(key)]
            if end in self.inputs and key in SHORT and all(same):
                said[f"--{SHORT[key]} {show(value)}"] = None
            elif key == "vocabulary":
                said[f'--words "{end}=FILE"'] = None
            elif end in self.outputs and key == "order":
                said[f'--order "{end}={show(value)}"'] = None
            else:
                text = f"{end}.{key}={show(value)}"
                said["--read " + (text if _BARE.fullmatch(text) else f'"{text}"')] = None
        return " ".join(said)

    def checked(self, foreign: Foreign, found: Match, schema: Schema) -> Reading:
        """Return it whole, with what is usual where nothing is said, once it fits model and project.

        Raises:
            Situation: An order lacks or repeats a class, a scale names no field, a field is to be given
                in two ways, or an end has another form.
        """
        usual = usual_reading(foreign, found, schema)
        for end, reading in (*self.inputs.items(), *self.outputs.items()):
            known = usual.of(end)
            if known is None or known.form != reading.form:
                raise _unfit(tr("{end} of the model is not of the form {form}.", end=end, form=reading.form))
        whole = Reading({**usual.inputs, **self.inputs}, {**usual.outputs, **self.outputs})
        names = {one.name: one for one in schema}
        for put in foreign.inputs:
            if put.name in whole.inputs:
                _check_input(put, whole.inputs[put.name], [names[name] for name in found.inputs[put.name]])
        for name, output in whole.outputs.items():
            _check_output(name, output, names[found.outputs[name]])
        _check_shared(whole, found)
        return whole


def usual_reading(foreign: Foreign, found: Match, schema: Schema) -> Reading:
    """Return how most models are fed and read, for each input that has fields and output that has a target."""
    names = {one.name: one for one in schema.inputs}
    inputs = {
        end.name: _usual_input(end, _form([names[name] for name in found.inputs[end.name]]))
        for end in foreign.inputs
        if all(name in names for name in found.inputs.get(end.name, ("",)))
    }
    outputs = {}
    for end in foreign.outputs:
        if end.name in found.outputs:
            amount = kind_of(schema.field(found.outputs[end.name])).is_amount
            outputs[end.name] = OutputReading(LINEAR if amount else LOGIT if end.logits else OutputReading().link)
    return Reading(inputs, outputs)


def _usual_input(end: End, form: Form) -> InputReading:
    if end.dtype == "string" or (end.looked_up and form is Form.SCALAR):
        return LookedUpReading()
    return FORMS[form]()


def classes_of(target: Field) -> tuple[str, ...]:
    """Return what a target's outputs may be of, in its own order; none for numbers."""
    kind = kind_of(target)
    if kind.two_valued:
        return ("no", "yes")
    return () if kind.is_amount else tuple(target.options)


def _form(some: list[Field]) -> Form:
    return kind_of(some[0]).form


def _unfit(what: str, do: str = "") -> Situation:
    return Situation(what, do=do or tr("Correct it and try again."))


def _check_input(end: End, reading: InputReading, some: list[Field]) -> None:
    orders = {
        "order": tuple(some[0].options),
        "channels": tuple(some[0].channels) or ("",),
    }
    for key, wanted in orders.items():
        order = getattr(reading, key, ())
        lacks = [name for name in wanted if name not in order]
        more = [name for name in order if name not in wanted] if key == "channels" else []
        if order and (lacks or more):
            raise _unfit(
                tr("The order {order} of {end} does not name each once.", order=show(order)[:200], end=end.name),
                tr("Write {wanted} in the model's order.", wanted="|".join(wanted)[:200]),
            )
    if isinstance(reading, TextsReading):
        _check_texts(end, reading)
    known = [one.name for one in some] if reading.form == "numbers" else list(some[0].channels)
    if strange := [name for name in getattr(reading, "scales", {}) if name not in known]:
        raise _unfit(
            tr("{end} is given no {strange}, for which a scale is said.", end=end.name, strange=strange[0]),
            tr("It is given: {known}.", known=", ".join(known)[:200]),
        )
    if reading.form == "image":
        layout = layout_of(end.shape, len(some), getattr(reading, "axes", "last"))
        size = getattr(reading, "size", ())
        if layout is not None and size and layout.height is not None and size != (layout.height, layout.width):
            raise _unfit(
                tr(
                    "{end} takes {height} x {width} pixels, and {size} are said.",
                    end=end.name,
                    height=layout.height,
                    width=layout.width,
                    size=show(size),
                ),
                tr("Leave the size out: the model says it."),
            )
    length = getattr(reading, "length", 0)
    if length and end.shape and end.shape[0] not in (None, length):
        raise _unfit(
            tr("{end} takes {steps} steps, and {length} are said.", end=end.name, steps=end.shape[0], length=length),
            tr("Leave the length out: the model says it."),
        )


def _check_texts(end: End, reading: TextsReading) -> None:
    if not reading.vocabulary:
        raise _unfit(
            tr("{end} takes codes of words, and no word list is given for them.", end=end.name),
            tr("Give it with --words {end}=FILE, one word a line in the order of their codes.", end=end.name),
        )
    if end.shape and end.shape[0] is None and not reading.length:
        raise _unfit(
            tr("{end} takes any number of words.", end=end.name),
            tr("Say how many it was trained with: --read {end}.length=N.", end=end.name),
        )
    last = max(reading.first + len(reading.vocabulary) - 1, reading.unknown, reading.value)
    if end.codes and last >= end.codes:
        raise _unfit(
            tr(
                "The word list of {end} gives codes up to {last:,}, and the model knows 0 to {most:,}.",
                end=end.name,
                last=last,
                most=end.codes - 1,
            ),
            tr("Give the list that the model was trained with, or another code for the first or an unknown word."),
        )


def _check_output(name: str, reading: OutputReading, target: Field) -> None:
    wanted = classes_of(target)
    if reading.order and sorted(reading.order) != sorted(wanted):
        raise _unfit(
            tr(
                "The order {order} does not name each class of {name} once.", order=show(reading.order)[:200], name=name
            ),
            tr("Write {name}={wanted} in the model's order.", name=name, wanted="|".join(wanted))
            if wanted
            else tr("It is a number: leave the order out."),
        )
    if wanted and (reading.scale != "none" or reading.log):
        raise _unfit(tr("{target} is no number, so it has no scale.", target=target.name), tr("Leave the scale out."))
    if not wanted and reading.link != LINEAR:
        raise _unfit(tr("{target} is a number, so {name} gives the estimate itself.", target=target.name, name=name))


def _check_shared(reading: Reading, found: Match) -> None:
    """See that a field that goes into two inputs is prepared in one way."""
    ways: dict[str, tuple[str, Any]] = {}
    for end, one in reading.inputs.items():
        keys = {
            "image": ("fit", "size"),
            "numbers": ("scale", "scales"),
            "steps": ("padding", "value", "length", "kept", "scale", "scales"),
        }
        way = tuple(getattr(one, key) for key in keys.get(one.form, ()))
        for name in found.inputs[end]:
            first, other = ways.setdefault(name, (end, way))
            if other != way:
                raise _unfit(
                    tr("{name} goes into {first} and {end}, in two ways.", name=name, first=first, end=end),
                    tr("Say the same of both."),
                )
