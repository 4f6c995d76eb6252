"""Every kind of field: reads, checks, shows, stores and explains its values."""

from dataclasses import replace
from datetime import date

import pytest

from mmdesk.core.errors import FieldProblem
from mmdesk.core.fields.kinds import KINDS, Kind, OutOfRange, Style, kind_of, read_cell, register
from mmdesk.core.fields.schema import Field
from mmdesk.core.fields.values import Missing, Reason
from tests.unit.core.kind_checks import check_kind

EXAMPLES = {
    "image": (Field("left", "input", "image"), "a.jpg", "a.jpg"),
    "volume": (Field("ct", "input", "volume", depth=24, fit="crop", window="-160..240"), "ct.nii.gz", "ct.nii.gz"),
    "number": (Field("age", "input", "number", min=0, max=120, unit="years"), "63", 63.0),
    "choice": (Field("sex", "input", "choice", options=("Female", "Male")), " female ", "Female"),
    "flag": (Field("dm", "input", "flag"), "Yes", True),
    "text": (Field("history", "input", "text"), " blurred ", "blurred"),
    "sequence": (
        Field("day", "input", "sequence", channels=("a", "b")),
        "1 2; 3 4",
        ((1.0, 2.0), (3.0, 4.0)),
    ),
    "date": (Field("seen", "input", "date"), "2024-02-29", date(2024, 2, 29)),
    "labels": (Field("found", "target", "labels", options=("A", "B", "C")), "C|A", ("A", "C")),
    "grade": (Field("worse", "target", "grade", options=("none", "mild")), "mild", 1),
}


def test_every_kind_has_an_example():
    assert set(EXAMPLES) == set(KINDS)


@pytest.mark.parametrize("name", KINDS)
def test_check_kind(name):
    field, text, value = EXAMPLES[name]
    check_kind(kind_of(field), replace(field, columns=(field.name,)), text, value)


@pytest.mark.parametrize("facet", ["form", "encoder", "arrays", "loss", "judged", "control", "wanted", "read"])
def test_a_kind_that_lacks_a_facet_is_not_registered(facet):
    whole = type(KINDS["flag"])
    lacking = type("Lacking", (whole,), {"name": "lacking", facet: getattr(Kind, facet, None)})
    with pytest.raises(TypeError, match=facet):
        register(lacking())
    assert "lacking" not in KINDS


def test_two_kinds_cannot_have_one_name():
    with pytest.raises(TypeError, match="flag"):
        register(type("Other", (type(KINDS["text"]),), {"name": "flag"})())


@pytest.mark.parametrize(
    ("text", "style", "number"),
    [
        ("1,5", Style(), 1.5),
        ("1,5", Style(","), 1.5),
        ("1,500", Style(), 1500.0),
        ("1,500", Style(","), 1.5),
        ("0,125", Style(), 0.125),
        ("0.125", Style(","), 0.125),
        ("12,34,567.5", Style(), 1234567.5),
        ("82\u066b7", Style("\u066b"), 82.7),
        ("\u0668\u0662\u066b\u0667", Style(), 82.7),
        ("\u200e\u22121\u202f234,5", Style(","), -1234.5),
        ("1.500,25", Style(","), 1500.25),
        ("1,234,567.5", Style(), 1234567.5),
        ("-3e2", Style(), -300.0),
        ("\u22123", Style(), -3.0),
    ],
)
def test_numbers_as_people_write_them(text, style, number):
    assert KINDS["number"].parse(text, Field("n", "input", "number"), style) == number


@pytest.mark.parametrize("text", ["50+", "nan", "inf", "1e400", "1,2,3", "1.2.3", "", "0x10", "--1"])
def test_what_is_no_number_is_refused(text):
    with pytest.raises(FieldProblem):
        KINDS["number"].parse(text, Field("n", "input", "number"))


def test_day_and_month_are_never_guessed():
    field, dates = Field("seen", "input", "date"), KINDS["date"]
    with pytest.raises(FieldProblem):
        dates.parse("03/04/2024", field)
    assert dates.parse("03/04/2024", field, Style(day_first=True)) == date(2024, 4, 3)
    assert dates.parse("03/04/2024", field, Style(day_first=False)) == date(2024, 3, 4)
    assert dates.parse("25/04/2024", field) == date(2024, 4, 25)


def test_cells_say_why_they_are_missing():
    age = EXAMPLES["number"][0]
    assert read_cell(None, age) == Missing(Reason.ABSENT)
    assert read_cell(" NA ", age) == Missing(Reason.TOKEN, "NA")
    assert read_cell("old", age) == Missing(Reason.UNREADABLE, "old")
    assert read_cell("500", age) == Missing(Reason.OUT_OF_RANGE, "500")
    assert read_cell("0", age) == 0.0


def test_an_empty_target_is_unread_not_missing():
    assert read_cell("", EXAMPLES["grade"][0]) is None


def test_out_of_range_is_told_apart():
    with pytest.raises(OutOfRange):
        KINDS["number"].parse("121", EXAMPLES["number"][0])


def test_no_finding_at_all_is_a_value():
    labels, field = KINDS["labels"], EXAMPLES["labels"][0]
    assert labels.parse("-", field) == ()
    assert labels.from_store(labels.to_store((), field), field) == ()


def test_a_grade_with_numbers_for_options_takes_no_places():
    field = Field("stage", "target", "grade", options=("1", "2", "3"))
    assert kind_of(field).parse("1", field) == 0
    for text in ("0", "4", "1.0"):
        with pytest.raises(FieldProblem):
            kind_of(field).parse(text, field)
