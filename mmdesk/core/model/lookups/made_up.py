"""Made-up words and numbers for what is looked up: known ones, others, and what stands for nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from mmdesk.core.model.lookups.plan import Lookup, walk
from mmdesk.core.model.lookups.steps import Binned, Buckets, Codes, Rows, Taken, Tokens

_MOST_WORDS = 8
_SIGNS = ("", ".", ",", "-")


def made_up_raw(
    lookups: Iterable[Lookup], widths: Mapping[str, int], words: frozenset[str], rng: np.random.Generator, count: int
) -> dict[str, Rows]:
    """Return words or numbers of each input that is looked up.

    Args:
        lookups: What is looked up.
        widths: By input how many words or numbers it takes.
        words: Inputs that take words, not numbers.
        rng: Draws them.
        count: How many rows.
    """
    some = list(lookups)
    return {
        end: _drawn([one for lookup in some for one in _after(lookup, end)], width, end in words, rng, count)
        for end, width in widths.items()
        if any(end in lookup.ends for lookup in some)
    }


def _after(lookup: Lookup, end: str) -> list[Any]:
    """Return the steps that have an input among those before them."""
    return [
        one for one in walk(lookup.step) if any(isinstance(start, Taken) and start.end == end for start in walk(one))
    ]


def _drawn(steps: list[Any], width: int, words: bool, rng: np.random.Generator, count: int) -> Rows:
    codes = [one for one in steps if isinstance(one, Codes)]
    known: list[Any] = list(dict.fromkeys(word for one in codes for word in one.known[:1000]))
    if all(one.others for one in codes):
        masks = [one.mask for one in steps if isinstance(one, Codes | Buckets) and one.mask is not None]
        known += masks + (["zzz-unknown", "?"] if words else [-7, 987_654])
    bounds = [bound for one in steps if isinstance(one, Binned) for bound in one.bounds]
    if bounds and not codes:
        return [[float(one) for one in row] for row in rng.normal(np.mean(bounds), np.std(bounds) + 1, (count, width))]
    if not known:
        known = ["a", "bc", "def"] if words else list(range(20))
    if not any(isinstance(one, Tokens) for one in steps):
        return [[known[at] for at in rng.integers(len(known), size=width)] for _ in range(count)]
    return [[_text(known, rng) for _ in range(width)] for _ in range(count)]


def _text(known: list[Any], rng: np.random.Generator) -> str:
    picked = [str(known[at]) for at in rng.integers(len(known), size=int(rng.integers(1, _MOST_WORDS)))]
    signs = [_SIGNS[at] for at in rng.integers(len(_SIGNS), size=len(picked))]
    return " ".join(
        word.title() + sign if sign == "-" else word + sign for word, sign in zip(picked, signs, strict=True)
    )
