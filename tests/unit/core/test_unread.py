"""Inputs that could not be read: what counts, what is said, and when training stops."""

import pytest

from mmdesk.core.cases.case import Case, ImageRef
from mmdesk.core.errors import TrainingRefused
from mmdesk.core.fields.schema import Field, Schema
from mmdesk.core.fields.values import Missing, Reason
from mmdesk.core.model.unread import MOST_UNREAD, inputs_read

SCHEMA = Schema(
    "s",
    "case",
    "case",
    (Field("photo", "input", "image", ("Photo",), "Photo"), Field("age", "input", "number", ("age",), "Age")),
)


def case(number: int, photo: object, age: object = 50.0) -> Case:
    return Case(number, f"c{number}", f"c{number}", "train", {"photo": photo, "age": age})  # type: ignore[dict-item]


def some(unread: int, of: int) -> list[Case]:
    gone = Missing(Reason.NO_FILE, "x.png")
    return [case(n, gone if n < unread else ImageRef("a.png", "")) for n in range(of)]


def test_only_what_is_named_and_cannot_be_read_counts() -> None:
    cases = [
        case(1, ImageRef("a.png", "")),
        case(2, ImageRef("b.png", "")),
        case(3, Missing(Reason.NO_FILE, "c.png"), Missing(Reason.UNREADABLE, "50+")),
        case(4, Missing(Reason.ABSENT), Missing(Reason.TOKEN, "NA")),
        case(5, Missing(Reason.READER), Missing(Reason.OUT_OF_RANGE, "500")),
    ]
    read = inputs_read(SCHEMA, cases, {(2, "photo"): "It is damaged."}, ["photo", "age"])
    assert read.asked == {"Photo": 3, "Age": 3}
    assert [one.say() for one in read.unread] == [
        "case c2, Photo: It is damaged.",
        "case c3, Photo: file not found: c.png",
        "case c3, Age: cannot be read: 50+",
    ]
    assert read.say() == "Inputs that could not be read count as missing: 2 of 3 of Photo, 1 of 3 of Age."
    assert read.as_json()["by_input"] == {"Photo": {"unread": 2, "of": 3}, "Age": {"unread": 1, "of": 3}}
    only_age = inputs_read(SCHEMA, cases, {}, ["age"])
    assert [one.input for one in only_age.unread] == ["Age"]


def test_training_stops_beyond_the_share_and_names_the_cases() -> None:
    at_most = round(MOST_UNREAD * 50)
    inputs_read(SCHEMA, some(at_most, 50), {}, ["photo"]).check()
    with pytest.raises(TrainingRefused) as problem:
        inputs_read(SCHEMA, some(at_most + 1, 50), {}, ["photo"]).check()
    assert problem.value.what.startswith(
        "11 of 50 images of Photo could not be read, more than 20 %: case c0, Photo: file not found: x.png; "
    )
    assert "and 1 more" in problem.value.what
    assert problem.value.details.count("\n") == 10


def test_two_lots_are_added() -> None:
    both = inputs_read(SCHEMA, some(1, 4), {}, ["photo"]) + inputs_read(SCHEMA, some(2, 3), {}, ["photo"])
    assert (both.asked, len(both.unread)) == ({"Photo": 7}, 3)
    assert inputs_read(SCHEMA, some(0, 4), {}, ["photo"]).say() == ""
