"""What texts of real tables mean: words for missing, yes and no, dates, ages, times, codes, lists."""

import math
from datetime import date

import numpy as np
import pytest

from mmdesk.core.fields.amounts import read_age, read_clock
from mmdesk.core.fields.arrays import learn_steps, step_arrays
from mmdesk.core.fields.columns import ColumnTexts
from mmdesk.core.fields.dates import read_written
from mmdesk.core.fields.guess import Evidence, guess_kind
from mmdesk.core.fields.kinds import is_sheet_error, kind_of, read_cell, says_missing
from mmdesk.core.fields.kinds_number import read_number
from mmdesk.core.fields.kinds_style import PLAIN, Style
from mmdesk.core.fields.schema import Field
from mmdesk.core.fields.schema_toml import read_schema, with_options, write_schema
from mmdesk.core.fields.states import Limits
from mmdesk.core.fields.values import Missing, Reason
from mmdesk.core.fields.words import are_yes_no


def column(name: str, *texts: str, times: int = 1) -> ColumnTexts:
    made = ColumnTexts(name)
    for text in texts * times:
        made.add(text)
    return made


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("110 70", None),
        ("1 1", None),
        ("110\u00a070", None),
        ("12 50", None),
        ("8 2.5", None),
        ("012 500", None),
        ("12 500", 12500.0),
        ("1 234 567.5", 1234567.5),
        ("1\u202f234,5", 1234.5),
        ("- 5", -5.0),
        ("1.5 e-3", 0.0015),
    ],
)
def test_blanks_only_group_thousands(text: str, number: float | None) -> None:
    assert read_number(text) == number


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("01-Mar-2021", date(2021, 3, 1)),
        ("1 March 2021", date(2021, 3, 1)),
        ("March 1st, 2021", date(2021, 3, 1)),
        ("Mar. 1, 2021 10:30 PM", date(2021, 3, 1)),
        ("2021/03/01", date(2021, 3, 1)),
        ("2021.3.1", date(2021, 3, 1)),
        ("2021-03-01T10:11:12Z", date(2021, 3, 1)),
        ("20210301", date(2021, 3, 1)),
        ("20210301101112.25", date(2021, 3, 1)),
        ("2021-Mar-01", date(2021, 3, 1)),
        ("31.12.2020", date(2020, 12, 31)),
        ("13.1.21", date(2021, 1, 13)),
        ("1/13/21 10:30", date(2021, 1, 13)),
        ("01/01/45", date(1945, 1, 1)),
        ("1. M\u00e4rz 2021", date(2021, 3, 1)),
        ("3. Dez. 2021", date(2021, 12, 3)),
        ("1er ao\u00fbt 2021", date(2021, 8, 1)),
        ("12 f\u00e9vr. 2021", date(2021, 2, 12)),
        ("3 de enero de 2021", date(2021, 1, 3)),
        ("3 gennaio 2021", date(2021, 1, 3)),
        ("07-set-2021", date(2021, 9, 7)),
        ("7 out 2021", date(2021, 10, 7)),
        ("3 \u044f\u043d\u0432\u0430\u0440\u044f 2021", date(2021, 1, 3)),
        ("03/04/2021", None),
        ("31.02.2021", None),
        ("20211301", None),
        ("12 jui 2021", None),
        ("45 March 2021", None),
        ("110 70", None),
    ],
)
def test_dates_as_people_write_them(text: str, day: date | None) -> None:
    written = read_written(text)
    assert (written.day(None) if written else None) == day


def test_dates_of_every_form_are_guessed_as_dates() -> None:
    for texts in (
        ["01-Mar-2021", "02-Apr-2021"],
        ["20210301", "20210302"],
        ["3/1/21", "3/13/21"],
        ["01/01/21", "02/02/21"],
        ["1. Mai 2021", "2. Juni 2021"],
    ):
        assert guess_kind(column("seen", *texts), PLAIN).kind == "date"
    assert guess_kind(column("count", "20211399", "20219999", "20210301"), PLAIN).kind == "number"


def test_centuries_and_times_that_are_taken_for_granted_are_said() -> None:
    evidence = Evidence()
    for text in ("1/13/21", "2021-03-01 10:30"):
        evidence.date(text)
    said = " ".join(evidence.warnings())
    assert "'1/13/21' is in 2021" in said
    assert "time of day in '2021-03-01 10:30' is left out" in said


@pytest.mark.parametrize("text", ["1.200", "12.500"])
def test_points_that_may_group_thousands_are_a_question_where_commas_may_stand_before_fractions(text) -> None:
    for delimiter, either in ((";", text), ("\t", text), (",", ""), ("", "")):
        evidence = Evidence(delimiter=delimiter)
        evidence.number(text)
        assert evidence.either_decimal == either
    evidence = Evidence(delimiter=";")
    for number in (text, "1,5"):
        evidence.number(number)
    assert evidence.either_decimal == ""
    assert read_number(text, evidence.style()) == float(text) * 1000
    assert read_number(text, Evidence(delimiter=";").style(decimal=",")) == float(text) * 1000


@pytest.mark.parametrize(
    "word",
    [
        "k. A.",
        "k.A.",
        "n. d.",
        "n/a",
        "N/A",
        "unbekannt",
        "Inconnu",
        "\u043d/\u0434",
        "-",
        ".",
        "NA",
        "Unknown",
        "none",
    ],
)
def test_words_for_missing_in_many_languages(word: str) -> None:
    for kind in ("number", "flag", "date"):
        assert says_missing(word, Field("x", "input", kind))
        assert read_cell(word, Field("x", "input", kind)) == Missing(Reason.TOKEN, word)
    assert read_cell(word, Field("x", "target", "number")) is None
    assert not says_missing("70", Field("x", "input", "number"))


def test_words_are_content_in_free_text() -> None:
    assert read_cell("Unknown", Field("x", "note", "text")) == "Unknown"
    assert read_cell("-", Field("x", "note", "text")) == "-"


@pytest.mark.parametrize("word", ["None", "NA", "Nan", "Unknown"])
def test_a_class_with_the_name_of_nothing_is_a_class(word: str) -> None:
    guess = guess_kind(column("severity", "Mild", "Severe", word, "", times=3), PLAIN)
    assert guess.kind == "choice"
    assert set(guess.options) == {"Mild", "Severe", word}
    one = guess_kind(column("diagnosis", "AMD", word, times=4), PLAIN)
    assert (one.kind, set(one.options)) == ("choice", {"AMD", word})
    assert guess_kind(column("size", "1.5", "2.25", word, "3.1"), PLAIN).kind == "number"


def test_declared_words_stay_missing_and_options_survive_the_schema_file() -> None:
    text = '[project]\nname = "s"\ncase = "ID"\n[[input]]\nname = "s"\nkind = "choice"\n{}'
    free = read_schema(text.format("")).field("s")
    assert not says_missing("None", free)
    assert says_missing("k. A.", free)
    declared = read_schema(text.format('missing = ["None"]')).field("s")
    assert says_missing("None", declared)
    learnt = with_options(read_schema(text.format("")), {"s": ("Mild", "None")})
    assert read_schema(write_schema(learnt)) == learnt
    assert read_cell("None", learnt.field("s")) == "None"
    assert read_cell("NA", learnt.field("s")) == Missing(Reason.TOKEN, "NA")


@pytest.mark.parametrize(
    ("yes", "no"),
    [
        ("ja", "Nein"),
        ("Oui", "non"),
        ("s\u00ed", "no"),
        ("Si", "No"),
        ("sim", "n\u00e3o"),
        ("\u0434\u0430", "\u043d\u0435\u0442"),
        ("Y", "N"),
        ("j", "n"),
        ("T", "F"),
    ],
)
def test_yes_and_no_in_the_readers_language(yes: str, no: str) -> None:
    assert guess_kind(column("dm", yes, no, no), PLAIN).kind == "flag"
    flag = Field("dm", "input", "flag")
    assert read_cell(yes, flag) is True
    assert read_cell(no, flag) is False


@pytest.mark.parametrize("texts", [("T", "N"), ("F", "M"), ("yes", "no", "Unknown"), ("Y", "F")])
def test_letters_that_are_no_pair_are_classes(texts: tuple[str, ...]) -> None:
    assert guess_kind(column("x", *texts, times=4), PLAIN).kind == "choice"


def test_one_letter_alone_says_neither_yes_nor_no() -> None:
    assert guess_kind(column("sex", "F", times=9), PLAIN).kind == "text"
    assert not are_yes_no(["n"])
    assert guess_kind(column("dm", "no", times=9), PLAIN).kind == "flag"


@pytest.mark.parametrize(
    ("texts", "options"),
    [
        (("0", "1", "2", "3"), ("0", "1", "2", "3")),
        (("-1", "0", "1"), ("-1", "0", "1")),
        (("1.0", "2.0", "NA"), ("1", "2")),
    ],
)
def test_codes_are_classes(texts: tuple[str, ...], options: tuple[str, ...]) -> None:
    guess = guess_kind(column("stage", *texts, times=6), PLAIN)
    assert (guess.kind, guess.options) == ("choice", options)


def test_amounts_are_no_codes() -> None:
    assert guess_kind(column("number of nodes", "0", "1", "2", "3", times=6), PLAIN).kind == "number"
    assert guess_kind(column("x", *map(str, range(30)), times=4), PLAIN).kind == "number"
    assert guess_kind(column("x", "0.5", "1", "2", times=6), PLAIN).kind == "number"


def test_lists_of_labels_are_labels() -> None:
    guess = guess_kind(column("findings", "normal", "effusion|mass", "mass", "A;effusion", "a|mass", times=3), PLAIN)
    assert (guess.kind, guess.options) == ("labels", ("A", "effusion", "mass", "normal"))
    field = Field("findings", "target", "labels", options=("A", "B", "C"))
    assert kind_of(field).parse("A|B;C", field) == ("A", "B", "C")


@pytest.mark.parametrize(
    ("text", "years", "assumed"),
    [
        ("018Y", 18, False),
        ("6 months", 0.5, False),
        ("006M", 0.5, False),
        ("63 years old", 63, False),
        ("52 Jahre", 52, False),
        ("50+", 50, True),
        (">89", 89, True),
        ("early 40s", 42, True),
        ("late 60s", 68, True),
        ("70s", 75, True),
        ("40-49", 44.5, True),
        ("~55", 55, True),
    ],
)
def test_ages_as_people_write_them(text: str, years: float, assumed: bool) -> None:
    found = read_age(text)
    assert found is not None
    assert found[0] == pytest.approx(years, abs=0.01)
    assert bool(found[1]) is assumed
    field = Field("age", "input", "number", unit="years")
    assert read_cell(text, field) == pytest.approx(years, abs=0.01)
    assert bool(kind_of(field).assumes(text, field)) is assumed


def test_an_age_that_is_assumed_is_not_typed() -> None:
    from mmdesk.core.errors import FieldProblem

    field = Field("age", "input", "number", unit="years")
    assert kind_of(field).parse("018Y", field) == 18
    with pytest.raises(FieldProblem):
        kind_of(field).parse("50+", field)


@pytest.mark.parametrize("text", ["old", "5 apples", "49-40", "1/2", "50 mg"])
def test_what_is_no_age(text: str) -> None:
    assert read_age(text) is None


def test_units_are_guessed_from_the_texts() -> None:
    assert guess_kind(column("dicomage", "018Y", "052Y", "006M"), PLAIN).unit == "years"
    assert guess_kind(column("age", "63", "50+", "early 40s"), PLAIN).unit == "years"
    assert guess_kind(column("start", "10:00", "11:30:15"), PLAIN).unit == "hours"
    assert guess_kind(column("ef", "40%", "55 %"), PLAIN).unit == "%"
    assert guess_kind(column("crp", "63", "50", "71", "<5"), PLAIN).unit == ""
    assert guess_kind(column("x", "018Y", "50+", "early 40s", times=5), PLAIN).unit == "years"
    assert guess_kind(column("distance", "10m", "20m", "30m", "45m"), PLAIN).unit == ""
    assert read_clock("25:61") is None
    assert read_cell("55,5 %", Field("ef", "input", "number", unit="%"), Style(",")) == 55.5


@pytest.mark.parametrize("text", ["#DIV/0!", "#N/A", "#REF!", "#NAME?", "#value!", "#NUM!", "#NULL!", "#WERT!", "#NV"])
def test_errors_of_spreadsheets_are_unreadable_in_every_kind(text: str) -> None:
    assert is_sheet_error(text)
    for kind in ("number", "text", "choice", "date", "flag"):
        assert read_cell(text, Field("x", "input", kind, options=("A", "B"))) == Missing(Reason.UNREADABLE, text)
    assert guess_kind(column("bmi", "21.5", "22", text, text), PLAIN).kind == "number"


STEPS = Field("ecg", "input", "sequence", channels=("a", "b"))


@pytest.mark.parametrize(
    "text", ["1 2; nan 4; 5 6", "1 2; NA 4; 5 6", "[[1, 2], [null, 4], [5, 6]]", "[[1, 2], [NaN, 4], [5, 6]]"]
)
def test_a_missing_value_masks_its_step_and_keeps_the_others(text: str) -> None:
    steps = read_cell(text, STEPS)
    assert isinstance(steps, tuple)
    assert steps[0] == (1.0, 2.0)
    assert math.isnan(steps[1][0])
    assert steps[2] == (5.0, 6.0)
    kind = kind_of(STEPS)
    assert kind.assumes(text, STEPS) == "1 of its 3 steps are missing and masked; the others are used"
    assert kind.from_store(kind.to_store(steps, STEPS), STEPS) == steps
    assert kind.parse(kind.show(steps, STEPS), STEPS) == steps
    state = learn_steps("sequence", [steps], 2, Limits())
    assert state.offset == (3.0, 4.0)
    arrays, mask = step_arrays(state, [steps])
    assert mask.tolist() == [[True, False, True]]
    assert np.isfinite(arrays).all()
    assert (arrays[0, 1] == 0).all()


@pytest.mark.parametrize("text", ["1 2; 3; 5 6", "1 2;; 5 6", "[[1, 2], [3], [5, 6]]"])
def test_a_short_step_is_missing(text: str) -> None:
    steps = read_cell(text, STEPS)
    assert isinstance(steps, tuple)
    assert len(steps) == 3
    assert all(map(math.isnan, steps[1]))


@pytest.mark.parametrize("text", ["nan nan; nan 1", "1;2;3", "1 2 3; 4 5 6", "[1, 2, 3]", "[[1, 2], [1e999, 2]]"])
def test_a_sequence_without_a_whole_step_is_unreadable(text: str) -> None:
    assert read_cell(text, STEPS) == Missing(Reason.UNREADABLE, text)


def test_sequences_with_gaps_are_guessed() -> None:
    guess = guess_kind(column("ecg", "nan;0.18;0.17", "0.5;nan;0.2", "1;2;"), PLAIN)
    assert (guess.kind, len(guess.channels)) == ("sequence", 1)
    assert guess_kind(column("words", "no; nan; none", "a;b"), PLAIN).kind != "sequence"


def test_one_word_in_two_letter_cases_is_the_same_in_every_row() -> None:
    guess = guess_kind(column("sex", "F", "f", times=4), PLAIN)
    assert (guess.kind, guess.measures) == ("text", False)
