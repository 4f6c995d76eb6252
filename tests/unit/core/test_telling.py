"""A note that tells the answer is found by its words, and chance alone is not taken for it."""

from __future__ import annotations

import random

from mmdesk.core.fields.telling import answers_of, what_tells, words_of, words_of_numbers


def cells(number: int, seed: int = 0) -> list[set[str]]:
    """Return cells of a few words that mean nothing."""
    chosen = random.Random(seed)
    return [words_of(" ".join(chosen.choices("abcdefghij", k=4))) for _ in range(number)]


def test_a_word_that_goes_with_an_answer_is_named():
    answers = [{"Dx glaucoma"} if row % 4 == 0 else {"Dx none"} for row in range(200)]
    words = [held | ({"cupping"} if row % 8 == 0 else set()) for row, held in enumerate(cells(200))]
    found = what_tells(words, answers)
    assert (found.word, found.answer, found.rows, found.share, found.base) == (
        "cupping",
        "Dx glaucoma",
        25,
        1.0,
        0.25,
    )
    assert found.say() == "'cupping' in it goes with Dx glaucoma in 100 % of 25 rows, against 25 % of all"


def test_chance_is_not_taken_for_it():
    for seed in range(100):
        chosen = random.Random(seed)
        answers = [{chosen.choice(("Dx 0", "Dx 1"))} for _ in range(30)]
        assert what_tells(cells(30, seed), answers) is None


def test_a_few_rows_prove_nothing_and_unlabelled_ones_do_not_count():
    assert what_tells([{"x"}, {"x"}, {"y"}, {"y"}], [{"1"}, {"1"}, {"0"}, {"0"}]) is None
    assert what_tells([{"x"}] * 50, [set()] * 50) is None


def test_codes_numbers_and_words_without_spaces_are_words():
    assert words_of("H40.1; left eye") == {"h40.1", "left", "eye", "h40.1; left eye"}
    assert words_of("\u767d\u5167\u969c\uff0c\u5de6\u773c") >= {"\u767d\u5167\u969c", "\u5de6\u773c"}
    numbers = [str(number / 7) for number in range(100)]
    answers = [answers_of({"Thickness": text}, {"Thickness": 7.0}) for text in numbers]
    assert answers[0] == {"Thickness not above 7"}
    found = what_tells(words_of_numbers(numbers), answers)
    assert found.word.startswith(("more than", "at most"))


def test_each_label_of_several_is_an_answer():
    assert answers_of({"Findings": "A|B", "Sick": "1"}, {}) == {"Findings A", "Findings B", "Sick 1"}
