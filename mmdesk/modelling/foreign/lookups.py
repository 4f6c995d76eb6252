"""Take the layers that look up words and numbers off a foreign model, and say them as steps of preparation.

What remains takes numbers alone and can be compiled: an input for each lookup, in its form after it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import keras
import numpy as np

from mmdesk.core.model.foreign import End
from mmdesk.core.model.lookups.made_up import made_up_raw
from mmdesk.core.model.lookups.plan import Lookup, walk
from mmdesk.core.model.lookups.planning import whole_ends
from mmdesk.core.model.lookups.steps import Codes, Counted, Joined, Picked, Step, Taken
from mmdesk.modelling.foreign.loading import codes_of, input_structure, inputs_of, outputs_of
from mmdesk.modelling.foreign.lookup_layers import STEPS
from mmdesk.modelling.network.export import TOLERANCE
from mmdesk.modelling.network.graph import layers_within, run_anew
from mmdesk.modelling.safety.refusal import LOADED, TRIED, refused
from mmdesk.words import tr

_SAME_VALUES = frozenset(("Cast", "Reshape", "Squeeze", "ExpandDims", "Flatten", "Identity", "TFDIdentity"))
_MOST_KNOWN = 1000
_SOME = 100
_JOINS = frozenset(("Concatenate", "TFDConcat"))


@dataclass(frozen=True, slots=True)
class Apart:
    """A foreign model without its lookups.

    Attributes:
        model: What remains; itself where it has none. Its inputs bear the names of the model's own, or of lookups.
        lookups: By the name of an input of what remains, how it is made.
        ends: The inputs of the model as it came.
        words: Those of them that take words.
    """

    model: keras.Model
    lookups: Mapping[str, Lookup]
    ends: tuple[End, ...]

    @property
    def words(self) -> frozenset[str]:
        """Names of the inputs that take words."""
        return frozenset(end.name for end in self.ends if end.dtype == "string")

    def codes(self) -> dict[str, tuple[bool, int]]:
        """Return which inputs take whole numbers only, by name, and one past the last code that they know."""
        known = {name: some for name, some in codes_of(self.model).items() if name not in self.lookups}
        return known | {name: (True, 0) for name in whole_ends(self.lookups) - self.words if name not in known}


def take_apart(model: keras.Model) -> Apart:
    """Return a model without its lookups.

    Raises:
        Refusal: It does something else with words, or looks up what it computed itself.
    """
    ends = inputs_of(model)
    if not any(type(layer).__name__ in STEPS for layer in layers_within(model)):
        _check_words(ends)
        return Apart(model, {}, _told(model, {}, ends))
    return _Taking(model, ends).apart()


@dataclass(slots=True)
class _Taking:
    model: keras.Model
    ends: tuple[End, ...]
    lookups: dict[str, Lookup] = field(default_factory=dict)
    _steps: dict[int, tuple[Any, Step]] = field(default_factory=dict)
    _made: dict[str, Any] = field(default_factory=dict)

    def apart(self) -> Apart:
        """Return the parts."""
        names = [end.name for end in outputs_of(self.model)]
        given = []
        for end, tensor in zip(self.ends, self.model.inputs, strict=True):
            made = keras.Input(batch_shape=tensor.shape, dtype=tensor.dtype, name=end.name)
            self._made[end.name] = made
            self._keep(made, Taken(end=end.name))
            given.append(made)
        try:
            found = keras.tree.flatten(run_anew(self.model, given, self._call))
        except (ValueError, TypeError, RuntimeError) as why:
            raise refused(
                tr("its lookups cannot be taken off it"), details=f"{type(why).__name__}: {why}"[:2000], safe=LOADED
            ) from why
        outputs = dict(zip(names, found, strict=True))
        needed = _reached(list(outputs.values()))
        inputs = [made for made in self._made.values() if id(made) in needed]
        kept = {name: one for name, one in self.lookups.items() if id(self._made[name]) in needed}
        remains = keras.Model(inputs, outputs)
        return Apart(remains, kept, _told(remains, kept, self.ends))

    def _call(self, operation: Any, *args: Any, **kwargs: Any) -> Any:
        tensors = [one for one in keras.tree.flatten((args, kwargs)) if isinstance(one, keras.KerasTensor)]
        name = type(operation).__name__
        if name in STEPS:
            return self._look_up(operation, tensors, args)
        if isinstance(operation, keras.Model) and any(type(one).__name__ in STEPS for one in layers_within(operation)):
            return run_anew(operation, keras.tree.flatten(args[0]), self._call)
        if any(one.dtype == "string" for one in tensors) and not self._passes(operation, tensors):
            raise refused(
                tr("its {name} ({kind}) does something with words that mmdesk does not know", **_named(operation)),
                tr("Let StringLookup, TextVectorization or Hashing follow the input directly, and save it again."),
                safe=LOADED,
            )
        given = operation(*args, **kwargs)
        step = self._passed(operation, tensors, args)
        if step is not None:
            self._keep(given, step)
        return given

    def _look_up(self, operation: Any, tensors: list[Any], args: tuple[Any, ...]) -> Any:
        before = [self._steps[id(one)][1] for one in tensors if id(one) in self._steps]
        shape = tuple(tensors[0].shape[1:]) if tensors else ()
        binned = type(operation).__name__ == "Discretization"
        if len(before) != len(tensors) or any(size is None for size in shape):
            if binned:
                return operation(*args)
            raise refused(
                tr(
                    "its {name} ({kind}) looks up what the model computed, and not an input of known size",
                    **_named(operation),
                ),
                safe=LOADED,
            )
        given = operation(*args)
        found = STEPS[type(operation).__name__](operation, tuple(before), shape)
        if binned:
            if found is not None:
                self._keep(given, found)
            return given
        if found is None or any(size is None for size in given.shape[1:]):
            raise refused(
                tr("its {name} ({kind}) gives rows of different lengths, or words", **_named(operation)),
                tr("Set output_sequence_length, or take that layer out of the model, and save it again."),
                safe=LOADED,
            )
        dtype = "int32" if "int" in str(given.dtype) and not _is_counted(operation) else "float32"
        shape = tuple(given.shape[1:])
        if isinstance(found, Counted) and found.mode != "one_hot":
            shape = (found.depth,)  # TextVectorization declares an axis more than it gives
        name = self._free_name(operation.name)
        made = keras.Input(shape, dtype=dtype, name=name)
        self._made[name] = made
        self.lookups[name] = Lookup(found, shape, dtype, f"{operation.name} ({type(operation).__name__})")
        handed = made if made.dtype == given.dtype else keras.ops.cast(made, given.dtype)
        self._keep(handed, found)
        return handed

    def _free_name(self, name: str) -> str:
        wanted, count = f"{name}__lookup", 1
        while wanted in self._made:
            count += 1
            wanted = f"{name}__lookup{count}"
        return wanted

    def _keep(self, tensor: Any, step: Step) -> None:
        self._steps[id(tensor)] = (tensor, step)

    def _passes(self, operation: Any, tensors: list[Any]) -> bool:
        name = type(operation).__name__
        known = all(id(one) in self._steps for one in tensors)
        return known and (name in _SAME_VALUES or name in _JOINS or name == "GetItem")

    def _passed(self, operation: Any, tensors: list[Any], args: tuple[Any, ...]) -> Step | None:
        """Return the step that an operation is which only hands on what it takes; None for any other."""
        if not tensors or not self._passes(operation, tensors):
            return None
        steps = tuple(self._steps[id(one)][1] for one in tensors)
        name = type(operation).__name__
        if name in _SAME_VALUES:
            return steps[0]
        if name in _JOINS:
            flat = all(len(one.shape) == 2 for one in tensors)
            return Joined(of=steps) if flat and operation.axis in (-1, 1) else None
        key = tuple(args[1]) if isinstance(args[1], tuple | list) else (args[1],)
        shape = tensors[0].shape[1:]
        if key[0] != slice(None) or None in shape or not all(isinstance(one, int | slice) for one in key):
            return None
        at = np.arange(int(np.prod(shape))).reshape((1, *shape))[key]
        return Picked(of=steps, columns=tuple(int(one) for one in at.reshape(-1)))


def _told(model: keras.Model, lookups: Mapping[str, Lookup], ends: tuple[End, ...]) -> tuple[End, ...]:
    """Return the inputs of a model as it came, with what its layers tell of them."""
    codes = codes_of(model)
    looked_up = {end for one in lookups.values() for end in one.ends}
    known: dict[str, dict[str, None]] = {name: {} for name in looked_up}
    for one in lookups.values():
        for step in walk(one.step):
            if isinstance(step, Codes):
                for end in one.ends:
                    known[end] |= dict.fromkeys(map(str, step.known[:_MOST_KNOWN]))
    return tuple(
        replace(
            end,
            codes=codes.get(end.name, (False, 0))[1],
            looked_up=end.name in looked_up,
            known=tuple(known.get(end.name, ())),
        )
        for end in ends
    )


def check_lookups(model: keras.Model, apart: Apart) -> dict[str, Any]:
    """See that a model fed by steps answers as it does with words; return the facts for its card.

    Raises:
        Refusal: It does not.
    """
    if not apart.lookups:
        return {}
    worst = largest_difference(model, apart)
    if not worst < TOLERANCE:
        raise refused(
            tr("its answers to looked-up words are not those of Keras"),
            details=tr("largest difference {worst:.3g}", worst=worst),
            safe=TRIED,
        )
    return {"layers": [one.layer for one in apart.lookups.values()], "largest_difference": worst}


def largest_difference(model: keras.Model, apart: Apart, count: int = 64) -> float:
    """Return how far a model's own answers to made-up words are from those of what remains, fed by steps.

    Args:
        model: The model as it came.
        apart: The same without its lookups.
        count: How many rows.
    """
    rng = np.random.default_rng(1)
    shapes = {end.name: tuple(size or 1 for size in end.shape) for end in apart.ends}
    widths = {name: int(np.prod(shape)) for name, shape in shapes.items()}
    raw = made_up_raw(apart.lookups.values(), widths, apart.words, rng, count)
    given = {}
    for end, tensor in zip(apart.ends, model.inputs, strict=True):
        shape = (count, *shapes[end.name])
        if end.name in raw:
            kind = object if end.name in apart.words else np.float64 if "float" in end.dtype else np.int64
            given[end.name] = np.array(raw[end.name], kind).reshape(shape)
        else:
            most = end.codes or (_SOME if "int" in end.dtype else 0)
            given[end.name] = rng.integers(0, most, shape) if most else rng.normal(size=shape)
        given[end.name] = keras.ops.convert_to_tensor(given[end.name], dtype=tensor.dtype)
    wanted = keras.tree.flatten(
        model(keras.tree.pack_sequence_as(input_structure(model), [given[end.name] for end in apart.ends]))
    )
    arrays = given | {name: lookup.array(raw) for name, lookup in apart.lookups.items()}
    found = apart.model([arrays[one.name] for one in apart.model.inputs])
    worst = 0.0
    for end, one in zip(outputs_of(model), wanted, strict=True):
        mine = np.asarray(found[end.name], np.float64)
        away = np.abs(np.asarray(one, np.float64) - mine)
        worst = max(worst, float(np.nanmax(away, initial=0)) / max(1.0, float(np.nanmax(np.abs(mine), initial=0))))
    return worst


def _check_words(ends: tuple[End, ...]) -> None:
    for end in ends:
        if end.dtype == "string":
            raise refused(
                tr("its input {name} takes words, and nothing in it looks them up", name=end.name), safe=LOADED
            )


def _reached(outputs: list[Any]) -> set[int]:
    """Return which tensors some outputs come from."""
    from mmdesk.modelling.network.graph import inputs_behind

    return {id(one) for one in inputs_behind(outputs)}


def _is_counted(operation: Any) -> bool:
    mode: Callable[[], str] | str = getattr(operation, "output_mode", getattr(operation, "_output_mode", "int"))
    return mode != "int"


def _named(operation: Any) -> dict[str, str]:
    return {"name": str(operation.name), "kind": type(operation).__name__}
