"""From the head's input tensors to what encoders are handed: what is absent is taken out here.

What is absent is replaced with `where` before anything is computed from it, never by
multiplication: NaN times zero is NaN. So no encoder can get this wrong.
"""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from mmdesk.core.fields.kind import CONTENT, MASK, Form
from mmdesk.core.fields.kinds import KINDS
from mmdesk.core.fields.states import Shape
from mmdesk.core.model.prepare import FIRST, InputState
from mmdesk.core.recipe.encoder import Encoder, Seen
from mmdesk.core.recipe.image_encoder import ImageEncoder

Tensors = dict[str, Any]


def head_inputs(name: str, state: InputState, encoder: Encoder) -> Tensors:
    """Return the head's input tensors for one input of the schema, by name."""
    present = {f"{name}__present": keras.Input((1,), name=f"{name}__present")}
    if isinstance(encoder, ImageEncoder):
        shapes = {f"{name}__embedding": Shape((encoder.embedding,))}
    else:
        shapes = {f"{name}{key}": shape for key, shape in KINDS[state.kind].shapes(state).items()}
    inputs = {key: keras.Input(shape.sizes, dtype=shape.dtype, name=key) for key, shape in shapes.items()}
    return inputs | present


def seen_input(name: str, state: InputState, tensors: Tensors) -> Seen:
    """Return what an encoder may see of an input: only what is there.

    Args:
        name: The input.
        state: Its preparation.
        tensors: The head's inputs, as `head_inputs` gives them.
    """
    present = tensors[f"{name}__present"] > 0.5
    codes = len(state.known) + FIRST
    match KINDS[state.kind].form:
        case Form.IMAGE | Form.VOLUME:
            return Seen(name, ops.where(present, tensors[f"{name}__embedding"], 0.0), present)
        case Form.CODE:
            return Seen(name, ops.where(present, tensors[f"{name}{CONTENT}"], 0), present, codes=codes)
        case Form.WORDS:
            words = ops.where(present, tensors[f"{name}{CONTENT}"], 0)
            return Seen(name, words, present, words > 0, codes)
        case Form.STEPS:
            mask = ops.logical_and(present, tensors[f"{name}{MASK}"])
            steps = ops.where(ops.expand_dims(mask, -1), tensors[f"{name}{CONTENT}"], 0.0)
            return Seen(name, steps, present, mask)
    return Seen(name, ops.where(present, tensors[f"{name}{CONTENT}"], 0.0), present)
