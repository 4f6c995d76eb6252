"""The word lists that a model's archive brings for its lookup layers: bounded plain text, read and never run."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from pathlib import Path

from mmdesk.modelling.safety.refusal import refused
from mmdesk.words import tr

FOLDER = "assets/"
LARGEST = 16 << 20
"""Bytes of one word list at most."""
MOST_LISTS = 200
MOST_WORDS = 500_000
LONGEST_WORD = 1_000
_NAME = re.compile(r"assets/(?:[A-Za-z0-9_.-]{1,200}/){1,30}vocabulary\.txt")
_KEPT = "\t\v\f\x1c\x1d\x1e\x85"
"""Control characters that a word may hold; Keras ends a line at some of them, as mmdesk does then."""


def is_word_list(name: str) -> bool:
    """Tell whether a member's name is one that Keras gives to a word list."""
    return _NAME.fullmatch(name) is not None and not any(set(part) == {"."} for part in name.split("/"))


def why_no_asset(name: str) -> str:
    """Return why a file among the assets of an archive is not taken, in words."""
    return tr("it brings a file of its own, {name}, that is no word list of a lookup layer", name=name[:80])


def check_word_list(file: Path) -> None:
    """See that a file that was taken out of an archive is a word list.

    Raises:
        Refusal: It is no plain text, or holds more or longer words than a model needs.
    """
    try:
        text = file.read_bytes().decode("utf-8")
    except UnicodeDecodeError as why:
        raise refused(tr("its word list is no plain text"), details=str(why)[:200]) from why
    _check_text(text)
    check_words(text.splitlines())


def check_words(words: Sequence[object]) -> None:
    """See that the words of a list are as many and as long as words are.

    Raises:
        Refusal: They are not.
    """
    if len(words) > MOST_WORDS:
        raise refused(
            tr("its word list has {count:,} entries, more than {most:,}", count=len(words), most=MOST_WORDS),
            tr("Ask the one who made it for a model with fewer words (max_tokens)."),
        )
    for word in words:
        if isinstance(word, bool) or not isinstance(word, str | int):
            raise refused(tr("its word list holds something that is neither a word nor a whole number"))
        if isinstance(word, str):
            if len(word) > LONGEST_WORD:
                raise refused(tr("its word list holds a word longer than {most:,} letters", most=LONGEST_WORD))
            _check_text(word)
        elif abs(word) >= 1 << 63:
            raise refused(tr("its word list holds a number larger than any model needs"))


def _check_text(text: str) -> None:
    strange = {one for one in set(text) if unicodedata.category(one) in ("Cc", "Cs") and one not in "\r\n" + _KEPT}
    if strange:
        raise refused(tr("its word list is no plain text"), details=", ".join(f"U+{ord(one):04X}" for one in strange))
