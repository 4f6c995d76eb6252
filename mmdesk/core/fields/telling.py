"""Whether a note tells the answer: a word or value in it that goes with one value of a target."""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from mmdesk.core.fields.kinds_number import read_number
from mmdesk.words import tr

SURE = 0.01
"""Largest probability that chance alone makes any of the words tried look so."""
FEWEST = 3
"""Rows that a word stands in before it is tried."""
LEAST_SHARE = 0.75
"""Of the rows with a word, the share that has the same answer."""
_LONGEST_VALUE = 60
_MOST_WORDS = 200
_BETWEEN = re.compile(r"[^\w.-]+")


@dataclass(frozen=True, slots=True)
class Telling:
    """A word of a note that tells a target's value.

    Attributes:
        word: The word or value, in small letters.
        answer: What it goes with.
        rows: Rows that have the word.
        share: The part of them that has the answer.
        base: The part of all rows that has it.
    """

    word: str
    answer: str
    rows: int
    share: float
    base: float

    def say(self) -> str:
        """Return it in words."""
        return tr(
            "'{word}' in it goes with {answer} in {share:.0f} % of {rows:,} rows, against {base:.0f} % of all",
            word=self.word,
            answer=self.answer,
            share=self.share * 100,
            rows=self.rows,
            base=self.base * 100,
        )


def words_of(text: str) -> set[str]:
    """Return the words of a cell and, where it is short, the whole of it.

    Example:
        >>> sorted(words_of("Cataract, H25.1"))
        ['cataract', 'cataract, h25.1', 'h25.1']
    """
    whole = text.strip().casefold()
    words = {word.strip(".-") for word in _BETWEEN.split(whole)[:_MOST_WORDS]}
    return {word for word in (*words, whole if len(whole) <= _LONGEST_VALUE else "") if word}


def words_of_numbers(texts: Sequence[str]) -> list[set[str]]:
    """Return for each cell of a column of numbers which tenths of the column it lies above or not."""
    numbers = [read_number(text) if text else None for text in texts]
    known = sorted(number for number in numbers if number is not None)
    marks = sorted({known[len(known) * tenth // 10] for tenth in range(1, 10)})
    return [
        set()
        if number is None
        else {
            tr("more than {mark:g}", mark=mark) if number > mark else tr("at most {mark:g}", mark=mark)
            for mark in marks
        }
        for number in numbers
    ]


def what_tells(words: Sequence[Iterable[str]], answers: Sequence[Iterable[str]]) -> Telling | None:
    """Return the word that tells most of the answers, or None where no word does.

    A word tells an answer when most of its rows have it, with at most half of the exceptions
    that all rows have, and chance does not explain it: one-sided Fisher's exact test, with the
    number of words tried taken into account.

    Args:
        words: The words of a note, a row each.
        answers: What the targets are in the same rows; a row without any counts for none.
    """
    known = [place for place, given in enumerate(answers) if given]
    rows_of = _rows([words[place] for place in known])
    tried = {word: rows for word, rows in rows_of.items() if rows.bit_count() >= FEWEST}
    having = _rows([answers[place] for place in known])
    best: tuple[float, Telling] | None = None
    for answer, with_answer in having.items():
        base = with_answer.bit_count() / len(known)
        for word, with_word in tried.items():
            count, both = with_word.bit_count(), (with_word & with_answer).bit_count()
            share = both / count
            if share < LEAST_SHARE or 1 - share > (1 - base) / 2:
                continue
            chance = _tail(len(known), with_answer.bit_count(), count, both)
            if chance * len(tried) * len(having) < SURE and (best is None or chance < best[0]):
                best = chance, Telling(word, answer, count, share, base)
    return best[1] if best else None


def answers_of(texts: Mapping[str, str], numbers: Mapping[str, float]) -> set[str]:
    """Return what a row says of the targets, one text for each answer.

    Args:
        texts: The cells of the targets' columns, by title.
        numbers: The medians of the columns that hold many numbers; above and below are answers.
    """
    said = set()
    for title, text in texts.items():
        if title in numbers:
            if (number := read_number(text)) is not None:
                side = "above" if number > numbers[title] else tr("not above")
                said.add(f"{title} {side} {numbers[title]:g}")
        else:
            said |= {f"{title} {part.strip()}" for part in text.split("|") if part.strip()}
    return said


def _rows(items: Sequence[Iterable[str]]) -> dict[str, int]:
    """Return for each item the rows that have it, as the bits of a number."""
    places: dict[str, list[int]] = defaultdict(list)
    for index, held in enumerate(items):
        for item in held:
            places[item].append(index)
    return {item: _bits(found, len(items)) for item, found in places.items()}


def _bits(places: list[int], size: int) -> int:
    made = bytearray(size // 8 + 1)
    for place in places:
        made[place // 8] |= 1 << place % 8
    return int.from_bytes(made, "little")


def _tail(rows: int, having: int, drawn: int, both: int) -> float:
    """Return the probability that `drawn` rows of `rows` have `both` or more of the `having`."""
    whole = _choose(rows, drawn)
    most = min(having, drawn)
    return sum(
        math.exp(_choose(having, k) + _choose(rows - having, drawn - k) - whole)
        for k in range(both, most + 1)
        if drawn - k <= rows - having
    )


def _choose(whole: int, part: int) -> float:
    return math.lgamma(whole + 1) - math.lgamma(part + 1) - math.lgamma(whole - part + 1)
