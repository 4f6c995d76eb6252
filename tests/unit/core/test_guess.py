"""What a column seems to be, and because of what."""

import pytest

from mmdesk.core.fields.guess import (
    ColumnTexts,
    Evidence,
    case_column,
    evidence_of,
    field_name,
    group_column,
    guess_kind,
    names_target,
    side_of,
    trailing_flags,
)
from mmdesk.core.fields.kinds_sequence import sequence_width
from mmdesk.core.fields.kinds_style import PLAIN, Style


def column(name: str, *texts: str, times: int = 1) -> ColumnTexts:
    made = ColumnTexts(name)
    for text in texts * times:
        made.add(text)
    return made


@pytest.mark.parametrize(
    ("texts", "kind"),
    [
        (("1", "0", "NA"), "flag"),
        (("Yes", "no"), "flag"),
        (("63", "50", "71.5"), "number"),
        (("63", "50", "71", "50+"), "number"),
        (("a lot", "little", "63", "1"), "text"),
        (("2020-01-02", "2021-12-31"), "date"),
        (("31.12.2020", "01.02.2020"), "date"),
        (("[[1, 2], [3, 4]]", "[[1, 2]]"), "sequence"),
        (("1 2;3 4", "5 6; 7 8"), "sequence"),
        (("F", "M", "F", "m"), "choice"),
        (("one", "two", "three"), "text"),
        (("", "NA", "?"), ""),
    ],
)
def test_kinds(texts: tuple[str, ...], kind: str) -> None:
    assert guess_kind(column("x", *texts), PLAIN).kind == kind


def test_reasons_tell_shares_and_odd_ones() -> None:
    odd = guess_kind(column("crp", "63", "50", "71", "<5"), PLAIN)
    assert odd.because == "75 % are numbers; not <5"
    assert guess_kind(column("sex", "F", "M", times=3), PLAIN).because == "2 values: F and M"


def test_options_differing_in_letter_case_are_one() -> None:
    assert guess_kind(column("sex", "F", "f", "F", "M", "M", "M"), PLAIN).options == ("F", "M")


def test_names_and_constants_do_not_measure() -> None:
    assert not guess_kind(column("lesion_id", "1765", "881", "12"), PLAIN).measures
    assert not guess_kind(column("modality", "X-ray", "X-ray"), PLAIN).measures
    assert guess_kind(column("covid", "1.5", "2"), PLAIN).measures


def test_sequence_channels_come_from_the_width() -> None:
    assert guess_kind(column("s", "1 2 3;4 5 6"), PLAIN).channels == ("channel 1", "channel 2", "channel 3")
    assert [sequence_width(text) for text in ("[1, 2]", "[]", "[nonsense", "63")] == [1, 0, 0, 0]


def test_decimal_comma_is_seen_and_said() -> None:
    evidence = evidence_of([column("a", "1,5", "2,25", "3")])
    assert evidence.style() == Style(",")
    assert "decimal comma" in evidence.warnings()[0]
    assert guess_kind(column("a", "1,5", "2,25"), evidence.style()).kind == "number"


def test_a_number_with_two_readings_is_told() -> None:
    evidence = evidence_of([column("a", "1,500", "2,250")])
    assert evidence.style() == PLAIN
    assert "could be read in two ways; it is read as 1500" in evidence.warnings()[0]
    assert "0,125" in evidence_of([column("a", "0,125")]).comma


def test_points_and_commas_together_are_told() -> None:
    assert "both commas and points" in evidence_of([column("a", "1,5", "1.5")]).warnings()[0]


@pytest.mark.parametrize(
    ("texts", "day_first", "words"),
    [
        (("31/12/2020", "01/02/2020"), True, "day before month"),
        (("12/31/2020", "01/02/2020"), False, "month before day"),
        (("01/02/2020",), None, "does not say which is the day"),
        (("31/12/2020", "12/31/2020", "01/02/2020"), None, "does not say which is the day"),
        (("31/12/2020", "12/31/2020"), None, ""),
        (("2020-01-02", "05/05/2020"), None, ""),
    ],
)
def test_day_and_month_are_never_guessed_in_silence(texts: tuple[str, ...], day_first: bool | None, words: str) -> None:
    evidence = Evidence()
    for text in texts:
        evidence.date(text)
    assert evidence.style().day_first is day_first
    assert words in "".join(evidence.warnings())
    assert bool(words) == bool(evidence.warnings())


def test_a_chosen_way_of_writing_is_told_too() -> None:
    evidence = evidence_of([column("d", "01/02/2020"), column("n", "1,500")])
    assert evidence.warnings(Style(",", day_first=False)) == [
        "'1,500' could be read in two ways; it is read as 1.5. Check it.",
        "Dates are read month before day. Check '01/02/2020'.",
    ]


def test_case_column_prefers_names_over_measurements() -> None:
    age, name = column("age", "1", "2", "3"), column("patient id", "a", "b", "c")
    assert case_column([age, name], {}) == ("patient id", "unique in every row")


def test_case_column_may_repeat_when_its_rows_agree() -> None:
    name, eye = column("ID", "1", "1", "2"), column("eye", "l", "r", "l")
    assert case_column([name, eye], {"ID": 1.0, "eye": 0.0}) == (
        "ID",
        "unique after joining the rows of each case",
    )
    assert case_column([name, eye], {"ID": 0.5}) is None


def test_a_blank_cannot_name_a_case() -> None:
    assert case_column([column("ID", "1", "", "3")], {}) is None


def test_group_is_the_person_behind_several_cases() -> None:
    image, person = column("image_id", "1", "2", "3"), column("patient_id", "a", "a", "b")
    assert group_column([image, person], "image_id") == "patient_id"
    assert group_column([image], "image_id") == "image_id"
    assert group_column([image, column("Patient Sex", "F", "F", "M")], "image_id") == "image_id"


def test_three_columns_of_0_and_1_at_the_end_are_findings() -> None:
    end = [column(name, "0", "1") for name in "abc"]
    assert trailing_flags([column("age", "1", "5"), *end]) == ("a", "b", "c")
    assert trailing_flags(end[:2]) == ()
    assert trailing_flags([*end, column("note", "x")]) == ()


@pytest.mark.parametrize("name", ["target", "disease_label", "Finding", "label 1", "ground truth"])
def test_names_that_say_target(name: str) -> None:
    assert names_target(name)


@pytest.mark.parametrize("name", ["age", "labelled_by", "classic", "yes"])
def test_names_that_do_not(name: str) -> None:
    assert not names_target(name)


@pytest.mark.parametrize(
    ("name", "side"),
    [
        ("Left-Fundus", "left"),
        ("rightEye", "right"),
        ("eye_R", "right"),
        ("OD", "right"),
        ("os_path", "left"),
    ],
)
def test_sides(name: str, side: str) -> None:
    assert side_of(name) == side


@pytest.mark.parametrize("name", ["alright", "left or right", "LVEF", "odd", "image"])
def test_no_sides(name: str) -> None:
    assert side_of(name) == ""


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Patient Age ", "age"),
        ("1. Wert", "wert"),
        ("a__b", "a_b"),
        ("split", "split_2"),
        ("日本", "日本"),
        ("%", "field"),
    ],
)
def test_field_names_are_valid(text: str, name: str) -> None:
    assert field_name(text, ()) == name
    assert field_name(text, (name,)) != name
