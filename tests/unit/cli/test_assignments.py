"""What `mmdesk label` takes."""

from __future__ import annotations

import pytest

from mmdesk.cli.assignments import read_assignments
from mmdesk.core.errors import FieldProblem
from mmdesk.core.fields.schema import Field, Schema
from mmdesk.core.fields.values import Missing, Reason

SCHEMA = Schema(
    "Test",
    "case",
    "",
    (
        Field("left", "input", "image"),
        Field("age", "input", "number", min=0, max=120),
        Field("visit", "input", "date"),
        Field("findings", "target", "labels", options=("Cataract", "Glaucoma", "Myopia")),
        Field("referable", "target", "flag"),
        Field("thickness", "target", "number"),
        Field("remark", "note", "text"),
    ),
)


def read(*words):
    return read_assignments(words, SCHEMA)


def test_several_labels_stand_in_the_schemas_order():
    assert read("findings=Myopia|cataract") == {"findings": ("Cataract", "Myopia")}


def test_no_label_at_all_is_a_dash():
    assert read("findings=-") == {"findings": ()}


def test_an_empty_value_makes_a_target_unread():
    assert read("referable=") == {"referable": None}


def test_missing_is_a_readers_decision():
    assert read("referable=@missing", "age=@missing", "left=@missing") == dict.fromkeys(
        ("referable", "age", "left"), Missing(Reason.READER)
    )


def test_numbers_have_a_point_and_dates_are_iso():
    values = read("thickness=1.5", "age=40", "visit=2024-02-29")
    assert values["thickness"] == 1.5
    assert values["age"] == 40
    assert values["visit"].isoformat() == "2024-02-29"


def test_an_equals_sign_may_stand_in_a_value():
    assert read(" referable = yes") == {"referable": True}


@pytest.mark.parametrize(
    ("word", "says"),
    [
        ("findngs=Cataract", "Did you mean findings?"),
        ("zzz=1", "Choose one of"),
        ("findings=Cataract|Cold", "Cold"),
        ("referable=perhaps", "yes or no"),
        ("age=300", "300"),
        ("visit=03/02/2024", "03/02/2024"),
        ("referable", "gives no value"),
        ("=yes", "no field"),
        ("age=", "only a target"),
        ("left=a.png", "mark missing"),
        ("remark=hello", "is a note"),
    ],
)
def test_what_cannot_be_stored_is_said_and_nothing_is_written(word, says):
    with pytest.raises(FieldProblem) as caught:
        read("referable=yes", word) if not word.startswith("referable") else read(word)
    assert says in caught.value.say()
    assert caught.value.safe == "Nothing was written."
    assert caught.value.do


def test_a_field_is_given_once():
    with pytest.raises(FieldProblem, match="twice"):
        read("referable=yes", "referable=no")
