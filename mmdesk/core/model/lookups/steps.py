"""What the layers that look up words and numbers do, one step each, without Keras.

A model made elsewhere may begin with such layers. They are taken off it and become steps of the
preparation, which give the very numbers that the layer gave: to the model, the words are gone.
"""

from __future__ import annotations

import re
import string
import unicodedata
from abc import ABC, abstractmethod
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from mmdesk.core.model.lookups.hashes import crossed, fingerprint, siphash

Rows = list[list[Any]]
"""Case by case the words or numbers, in their order."""
OUTSIDE = -1
"""Code of a word that a list without a code for others does not know."""

_LOWER = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)
_NO_SIGNS = str.maketrans("", "", string.punctuation)
_BLANKS = str.maketrans(dict.fromkeys(string.punctuation, " "))
_WORD = re.compile(r"\w+(?:['\u2019]\w+)*")
_SPACE = re.compile(r"[ \t\n\v\f\r]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Step(ABC):
    """One step; what it needs comes from the steps before it.

    Attributes:
        of: The steps before it.
    """

    takes: ClassVar[int] = 1
    of: tuple[Step, ...] = ()

    def rows(self, raw: Mapping[str, Rows]) -> Rows:
        """Return what it gives for some cases.

        Args:
            raw: Words or numbers of each of the model's inputs.
        """
        return self.done(*(one.rows(raw) for one in self.of))

    @abstractmethod
    def done(self, *rows: Rows) -> Rows:
        """Return what becomes of what the steps before it gave."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken(Step):
    """An input of the model as it comes.

    Attributes:
        end: The model's name for it.
    """

    takes: ClassVar[int] = 0
    end: str

    def rows(self, raw: Mapping[str, Rows]) -> Rows:
        """Return the cases' own."""
        return raw[self.end]

    def done(self, *rows: Rows) -> Rows:
        """Nothing comes before it."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True, kw_only=True)
class Joined(Step):
    """Several inputs, one behind the other."""

    takes: ClassVar[int] = -1

    def done(self, *rows: Rows) -> Rows:
        """Return them in one row a case."""
        return [list(chain.from_iterable(some)) for some in zip(*rows, strict=True)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Picked(Step):
    """Some columns of an input.

    Attributes:
        columns: Which, in their order.
    """

    columns: tuple[int, ...]

    def done(self, *rows: Rows) -> Rows:
        """Return those columns."""
        return [[row[at] for at in self.columns] for row in rows[0]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens(Step):
    """A text becomes words, as `TextVectorization` and other programs do it.

    Attributes:
        lower: Capital letters of ASCII become small; `all` those of every script.
        signs: What becomes of ASCII punctuation: `keep`, `drop` or `blank`.
        split: `whitespace`, `character`, `words` of letters and digits, or nothing: the text is one word.
        ngrams: Lengths of the runs of words that count as words.
    """

    lower: str = ""
    signs: str = "keep"
    split: str = "whitespace"
    ngrams: tuple[int, ...] = ()

    def done(self, *rows: Rows) -> Rows:
        """Return the words of each case."""
        return [list(chain.from_iterable(map(self._words, row))) for row in rows[0]]

    def _words(self, text: str) -> list[str]:
        if self.lower:
            text = text.lower() if self.lower == "all" else text.translate(_LOWER)
        if self.signs != "keep":
            text = text.translate(_NO_SIGNS if self.signs == "drop" else _BLANKS)
        words = [text]
        if self.split == "whitespace":
            words = [word for word in _SPACE.split(text) if word]
        elif self.split == "character":
            words = list(text)
        elif self.split == "words":
            words = _WORD.findall(unicodedata.normalize("NFC", text))
        if not self.ngrams:
            return words
        return [" ".join(words[at : at + size]) for size in self.ngrams for at in range(len(words) - size + 1)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Codes(Step):
    """Words or whole numbers become the codes of a list.

    Attributes:
        known: The list.
        codes: Code of each; counted from `first` when empty.
        first: Code of the first.
        others: How many codes there are for what the list does not know; they lie before the first.
        others_first: The first of those; below 0 where what the list does not know is left out.
        mask: The word or number that stands for nothing; None for no such.
        mask_code: Its code.
        hashed: A whole number outside the list is put among several codes by its hash, not by its remainder.
        salt: Key of the hash; empty for none.
    """

    known: tuple[str | int, ...]
    codes: tuple[int, ...] = ()
    first: int = 1
    others: int = 1
    others_first: int = 0
    mask: str | int | None = None
    mask_code: int = 0
    hashed: bool = False
    salt: tuple[int, ...] = ()
    _table: dict[str | int, int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        table = dict(zip(self.known, self.codes or range(self.first, self.first + len(self.known)), strict=False))
        if self.mask is not None:
            table[self.mask] = self.mask_code
        object.__setattr__(self, "_table", table)

    def done(self, *rows: Rows) -> Rows:
        """Return the code of each."""
        known = self._table
        if self.others_first < 0:
            return [[known[one] for one in row if one in known] for row in rows[0]]
        if self.others == 1:
            return [[known.get(one, self.others_first) for one in row] for row in rows[0]]
        return [[known[one] if one in known else self._other(one) for one in row] for row in rows[0]]

    def knows(self, one: str | int) -> bool:
        """Tell whether a word or number has a code of its own."""
        return one in self._table

    def _other(self, one: Any) -> int:
        if not self.others:
            return OUTSIDE
        if isinstance(one, int) and not self.hashed:
            return self.others_first + one % self.others
        return self.others_first + _bucket(one, self.others, self.salt)


@dataclass(frozen=True, slots=True, kw_only=True)
class Buckets(Step):
    """Words or whole numbers become the number of the bucket that their hash falls into.

    Attributes:
        bins: How many buckets.
        mask: What has the first bucket for itself; None for nothing.
        salt: Key of the hash; empty for none.
    """

    bins: int
    mask: str | int | None = None
    salt: tuple[int, ...] = ()

    def done(self, *rows: Rows) -> Rows:
        """Return the bucket of each."""
        kept = self.mask is not None and self.bins > 1
        return [
            [0 if kept and one == self.mask else kept + _bucket(one, self.bins - kept, self.salt) for one in row]
            for row in rows[0]
        ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Crossed(Step):
    """The combination of several words or whole numbers becomes the number of a bucket.

    Attributes:
        bins: How many buckets.
    """

    takes: ClassVar[int] = -1
    bins: int

    def done(self, *rows: Rows) -> Rows:
        """Return the bucket of each case's combination."""
        return [[crossed([_whole(one[0]) for one in some]) % self.bins] for some in zip(*rows, strict=True)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Binned(Step):
    """Numbers become the number of the range that they lie in.

    Attributes:
        bounds: Where each range but the first begins.
    """

    bounds: tuple[float, ...]

    def done(self, *rows: Rows) -> Rows:
        """Return the range of each."""
        bounds = [float(np.float32(one)) for one in self.bounds]
        return [[bisect_right(bounds, float(np.float32(one))) for one in row] for row in rows[0]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitted(Step):
    """Rows of one length: longer ones are cut, shorter ones filled up.

    Attributes:
        length: The length.
        fill: The code that fills up.
        before: It fills up in front, not behind.
        cut_before: It cuts in front, not behind.
    """

    length: int
    fill: int = 0
    before: bool = False
    cut_before: bool = False

    def done(self, *rows: Rows) -> Rows:
        """Return rows of that length."""
        found = []
        for row in rows[0]:
            kept = row[-self.length :] if self.cut_before else row[: self.length]
            fill = [self.fill] * (self.length - len(kept))
            found.append(fill + kept if self.before else kept + fill)
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted(Step):
    """The codes of a case become one number for each code there is.

    Attributes:
        depth: How many codes.
        mode: `multi_hot`, whether the code is there, `count`, how often, or `one_hot`, for each code alone.
        weights: What counts are multiplied by, code by code; empty for nothing.
    """

    depth: int
    mode: str = "multi_hot"
    weights: tuple[float, ...] = ()

    def done(self, *rows: Rows) -> Rows:
        """Return the numbers; not a number throughout where a code lies outside."""
        found = []
        for row in rows[0]:
            if OUTSIDE in row:
                found.append(np.full(self.depth * (len(row) if self.mode == "one_hot" else 1), np.nan, np.float32))
                continue
            codes = np.array(row, np.int64)
            there = (codes >= 0) & (codes < self.depth)
            if self.mode == "one_hot":
                hot = np.zeros((len(row), self.depth), np.float32)
                hot[np.flatnonzero(there), codes[there]] = 1
                found.append(hot.reshape(-1))
                continue
            counts = np.bincount(codes[there], minlength=self.depth).astype(np.float32)
            if self.mode == "multi_hot":
                counts = np.minimum(counts, 1)
            found.append(counts * np.array(self.weights, np.float32) if self.weights else counts)
        return found  # type: ignore[return-value]  # rows of arrays, the last step of all


def array_of(step: Step, raw: Mapping[str, Rows], shape: Sequence[int], dtype: str) -> NDArray[Any]:
    """Return what a step gives as an array, (n, *shape).

    Args:
        step: The last step.
        raw: Words or numbers of each of the model's inputs, n rows.
        shape: Of one case.
        dtype: Of its numbers.
    """
    rows = step.rows(raw)
    return np.array(rows, np.float64 if dtype.startswith("float") else np.int64).astype(dtype).reshape(-1, *shape)


def _bucket(one: Any, bins: int, salt: tuple[int, ...]) -> int:
    data = str(one).encode("utf-8", "surrogatepass")
    return (siphash(data, (salt[0], salt[1])) if salt else fingerprint(data)) % bins


def _whole(one: Any) -> int:
    return fingerprint(one.encode("utf-8", "surrogatepass")) if isinstance(one, str) else int(one) & (1 << 64) - 1
