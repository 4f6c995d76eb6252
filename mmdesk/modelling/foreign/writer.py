"""Write a foreign model as a version of the project, whole or not at all."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import keras

from mmdesk.core.cases.case import Case, ImageRef
from mmdesk.core.fields.kind import Form
from mmdesk.core.fields.kinds import kind_of
from mmdesk.core.fields.schema import Field, Schema
from mmdesk.core.fields.states import Limits
from mmdesk.core.fields.values import Missing, Value, is_present
from mmdesk.core.model.prepare import InputState, Preparation, TargetState
from mmdesk.core.model.reading import Reading
from mmdesk.core.versions.card import Card
from mmdesk.core.versions.card_words import card_files
from mmdesk.core.versions.version import ORIGINAL, Parts, write_parts
from mmdesk.modelling.network.bundle import MODEL_FILE
from mmdesk.modelling.network.signature import write_signature
from mmdesk.support.files import whole_folder

STANDARDISED, BEFORE = "standardised", "before"


def preparation_for(
    wrapped: keras.Model,
    schema: Schema,
    codes: Mapping[str, tuple[bool, int]] | None = None,
    reading: Reading | None = None,
    cases: Sequence[Case] = (),
) -> Preparation:
    """Return a preparation that gives a wrapped model its fields' values as it was trained to read them.

    Args:
        wrapped: The model in the project's clothes.
        schema: The project's fields.
        codes: By field whether it takes whole numbers only, and one past the last code (0 for no codes).
        reading: How it was trained to read them; as they are when None.
        cases: Where the mean and spread of numbers are learnt from, when they are standardised.
    """
    known, told = codes or {}, reading or Reading()
    fields = {one.name: one for one in schema.inputs}
    inputs = {
        tensor.name: _state(fields[tensor.name], tensor.shape, *known.get(tensor.name, (False, 0)))
        for tensor in wrapped.inputs
        if tensor.name in fields
    }
    for name, state in inputs.items():
        if told.numbers == STANDARDISED and not state.whole:
            inputs[name] = _standardised(state, fields[name], cases)
        inputs[name] = replace(inputs[name], before=told.padding == BEFORE)
    targets = {
        one.name: TargetState(one.kind, kind_of(one).chances(one) or (one.name,))
        for one in schema.targets
        if one.name in wrapped.output
    }
    return Preparation(inputs, targets)


def write_foreign(
    folder: Path,
    original: Path,
    wrapped: keras.Model,
    preparation: Preparation,
    parts: Parts,
    card: Card,
) -> None:
    """Write the version's folder.

    Args:
        folder: The folder; must not exist yet.
        original: The file as it came.
        wrapped: The model in the project's clothes.
        preparation: How its inputs are made.
        parts: Its compiled form; none where it cannot be compiled.
        card: What is known of it.

    Raises:
        FileExistsError: The folder is there already.
    """
    if folder.exists():
        raise FileExistsError(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with whole_folder(folder) as partial:
        wrapped.save(partial / MODEL_FILE)
        shutil.copyfile(original, partial / ORIGINAL)
        write_signature(partial, wrapped)
        texts = {
            "parts.toml": write_parts(parts),
            "preparation.json": preparation.to_json(),
            **card_files(card),
        }
        for name, text in texts.items():
            (partial / name).write_text(text, "utf-8")


def _value(case: Case, name: str) -> Value:
    value = case.inputs.get(name)
    return None if isinstance(value, Missing | ImageRef) else value


def _standardised(state: InputState, field: Field, cases: Sequence[Case]) -> InputState:
    """Return a number's or a sequence's state with mean and spread of the cases; others as they are."""
    kind = kind_of(field)
    if kind.two_valued or kind.form not in (Form.SCALAR, Form.STEPS):
        return state
    values = [value for case in cases if is_present(value := _value(case, field.name))]
    learnt = kind.learn(values, field, Limits())
    return replace(state, offset=learnt.offset, scale=learnt.scale)


def _state(field: Field, shape: tuple[int | None, ...], whole: bool, below: int) -> InputState:
    match kind_of(field).form:
        case Form.IMAGE:
            return InputState(field.kind)
        case Form.CODE:
            return kind_of(field).learn([], field, Limits())
        case Form.STEPS:
            channels = int(shape[2] or 1)
            return InputState(
                field.kind,
                offset=(0.0,) * channels,
                scale=(1.0,) * channels,
                length=int(shape[1] or 1),
                whole=whole,
                below=below,
            )
    return InputState(field.kind, offset=(0.0,), scale=(1.0,), whole=whole, below=below)
