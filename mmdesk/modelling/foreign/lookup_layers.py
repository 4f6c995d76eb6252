"""Keras' layers that look up words and numbers, each as the steps that do the same."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from mmdesk.core.model.lookups.steps import (
    Binned,
    Buckets,
    Codes,
    Counted,
    Crossed,
    Fitted,
    Step,
    Tokens,
)
from mmdesk.modelling.safety.lookups import WIDEST
from mmdesk.modelling.safety.refusal import LOADED, refused
from mmdesk.words import tr

_DROPPED = int(np.iinfo(np.int64).max)
"""Code of the mask where codes are counted: it lies outside and so is left out."""
Made = Callable[[Any, tuple[Step, ...], tuple[int, ...]], Step | None]


def _index(layer: Any, of: tuple[Step, ...], shape: tuple[int, ...]) -> Step | None:
    return None if layer.invert else _counted(layer, _codes(layer, of), shape)


def _codes(layer: Any, of: tuple[Step, ...]) -> Step:
    whole = layer.vocabulary_dtype != "string"
    known = [int(one) if whole else str(one) for one in layer.get_vocabulary(include_special_tokens=False)]
    mask = layer.mask_token
    masked = mask is not None and layer.output_mode == "int"
    salt = layer.salt
    return Codes(
        of=of,
        known=tuple(known),
        first=int(masked) + layer.num_oov_indices,
        others=layer.num_oov_indices,
        others_first=int(masked),
        mask=None if mask is None else (int(mask) if whole else str(mask)),
        mask_code=0 if masked else _DROPPED,
        hashed=layer.oov_method == "farmhash",
        salt=tuple(salt or ()),
    )


def _counted(layer: Any, codes: Step, shape: tuple[int, ...], *, ragged: bool = False) -> Step | None:
    if layer.output_mode == "int":
        return codes
    depth = layer.max_tokens if layer.pad_to_max_tokens else layer.vocabulary_size()
    mode, weights = str(layer.output_mode), tuple[float, ...]()
    if mode == "tf_idf":
        mode, weights = "count", tuple(float(one) for one in np.asarray(layer.idf_weights_const))
    return _by_mode(layer, codes, int(depth), mode, () if ragged else shape, weights=weights, ragged=ragged)


def _by_mode(
    layer: Any,
    codes: Step,
    depth: int,
    mode: str,
    shape: tuple[int, ...],
    *,
    weights: tuple[float, ...] = (),
    ragged: bool = False,
) -> Step | None:
    if depth > WIDEST:
        raise refused(
            tr("its {name} makes {depth:,} numbers of each case", name=layer.name, depth=depth),
            tr("Ask for a model that embeds its codes, or knows fewer words."),
            safe=LOADED,
        )
    if mode == "one_hot" and not ragged:
        return Counted(of=(codes,), depth=depth, mode=mode)
    # Without an axis of its own the layer counts over all cases of a batch, which no case alone can tell.
    return Counted(of=(codes,), depth=depth, mode=mode, weights=weights) if ragged or len(shape) == 1 else None


def _text(layer: Any, of: tuple[Step, ...], shape: tuple[int, ...]) -> Step | None:
    lookup = layer._lookup_layer  # noqa: SLF001
    standard, split, length = layer._standardize, layer._split, layer._output_sequence_length  # noqa: SLF001
    if not (standard is None or isinstance(standard, str)) or not (split is None or isinstance(split, str)):
        return None
    if int(np.prod(shape)) != 1:
        return None
    tokens = Tokens(
        of=of,
        lower="ascii" if standard in ("lower", "lower_and_strip_punctuation") else "",
        signs="drop" if standard in ("strip_punctuation", "lower_and_strip_punctuation") else "keep",
        split=split or "",
        ngrams=tuple(layer._ngrams or ()),  # noqa: SLF001
    )
    codes = _codes(lookup, (tokens,))
    if lookup.output_mode != "int":
        return _counted(lookup, codes, shape, ragged=True)
    if length is None:
        return codes if split is None and not tokens.ngrams else None
    return Fitted(of=(codes,), length=int(length))


def _hashing(layer: Any, of: tuple[Step, ...], shape: tuple[int, ...]) -> Step | None:
    codes = Buckets(of=of, bins=layer.num_bins, mask=layer.mask_value, salt=tuple(layer.salt or ()))
    if layer.output_mode == "int":
        return codes
    return _by_mode(layer, codes, layer.num_bins, layer.output_mode, shape)


def _crossing(layer: Any, of: tuple[Step, ...], shape: tuple[int, ...]) -> Step | None:
    codes = Crossed(of=of, bins=layer.num_bins)
    if layer.output_mode == "int":
        return codes
    return Counted(of=(codes,), depth=layer.num_bins, mode="one_hot")


def _bins(layer: Any, of: tuple[Step, ...], _shape: tuple[int, ...]) -> Step | None:
    if layer.output_mode != "int" or not layer.bin_boundaries:
        return None
    return Binned(of=of, bounds=tuple(float(one) for one in layer.bin_boundaries))


STEPS: Mapping[str, Made] = {
    "StringLookup": _index,
    "IntegerLookup": _index,
    "TextVectorization": _text,
    "Hashing": _hashing,
    "HashedCrossing": _crossing,
    "Discretization": _bins,
}
"""By class, what gives the steps for a layer, the steps before it and the shape of what it takes.

None where no steps do the same. A `Discretization` stays in the model too; its codes may be crossed with others.
"""
