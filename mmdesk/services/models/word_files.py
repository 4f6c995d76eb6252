"""A word list that goes with a model: one word a line, or JSON, read as data."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mmdesk.core.errors import Situation
from mmdesk.words import tr

LARGEST = 16 << 20
"""Bytes of a list at most."""
_LARGEST_CODE = 1_000_000
_PADS = frozenset(("", "[pad]", "<pad>", "<PAD>", "[PAD]"))
_UNKNOWN = frozenset(("[UNK]", "<unk>", "<UNK>", "[unk]", "<OOV>", "[OOV]", "<oov>", "[oov]"))


@dataclass(frozen=True, slots=True)
class WordList:
    """A word list.

    Attributes:
        words: Its words in the order of their codes; an empty one where a code stands for no word.
        first: Code of the first.
        unknown: Code of an unknown word, where the list tells; None where it does not.
    """

    words: tuple[str, ...]
    first: int
    unknown: int | None

    def say(self) -> str:
        """Return in words what the list tells of codes."""
        last = self.first + len(self.words) - 1
        unknown = (
            tr("an unknown word has the code {unknown}", unknown=self.unknown)
            if self.unknown is not None
            else tr("it names no code for unknown words")
        )
        return tr("codes {first:,} to {last:,}, {unknown}", first=self.first, last=last, unknown=unknown)


def read_word_list(file: Path) -> WordList:
    """Read a word list.

    Args:
        file: One word a line, where the line's number counts from 0 if the first lines stand for padding or
            unknown words and from 2 if they do not; or JSON, a list of words or an object of words and codes.

    Raises:
        Situation: It is no such list; the words say why.
    """
    try:
        if file.stat().st_size > LARGEST:
            raise _unread(file, tr("it is larger than {most} MB", most=LARGEST >> 20))
        text = file.read_bytes().decode("utf-8-sig")
        parsed = json.loads(text) if file.suffix.lower() == ".json" else text.splitlines()
    except (OSError, ValueError, RecursionError) as why:
        raise _unread(file, tr("it is no plain text or JSON of words"), str(why)[:300]) from why
    if isinstance(parsed, dict):
        return _by_codes(file, parsed)
    if not isinstance(parsed, list) or not all(isinstance(one, str) for one in parsed):
        raise _unread(file, tr("it is neither a list of words nor an object of words and codes"))
    words = ["" if one in _PADS else one for one in parsed]
    while words and not words[-1]:
        words.pop()
    if not words:
        raise _unread(file, tr("it holds no word"))
    special = parsed[0] in _PADS or bool(_UNKNOWN & set(words[:2]))
    return WordList(tuple(words), 0 if special else 2, _unknown(words, 0 if special else 2))


def _by_codes(file: Path, parsed: dict[str, Any]) -> WordList:
    codes = list(parsed.values())
    if not codes or not all(type(code) is int and 0 <= code <= _LARGEST_CODE for code in codes):
        raise _unread(file, tr("its codes are not whole numbers from 0 to {most:,}", most=_LARGEST_CODE))
    if len(set(codes)) != len(codes):
        raise _unread(file, tr("two of its words have the same code"))
    first = min(codes)
    words = [""] * (max(codes) - first + 1)
    for word, code in parsed.items():
        words[code - first] = "" if word in _PADS else word
    return WordList(tuple(words), first, _unknown(words, first))


def _unknown(words: list[str], first: int) -> int | None:
    return next((code for code, word in enumerate(words, first) if word in _UNKNOWN), None)


def _unread(file: Path, why: str, details: str = "") -> Situation:
    return Situation(
        tr("The word list {name} was not taken: {why}.", name=file.name, why=why),
        tr("Nothing was changed."),
        tr("Give a text with one word a line in the order of their codes, or JSON such as a tokeniser's word_index."),
        details=details,
    )
