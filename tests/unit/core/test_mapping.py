"""A mapping is kept, read again and refused where it says what nobody asked."""

import pytest

from mmdesk.core.errors import Situation
from mmdesk.core.fields.schema import Field, Schema
from mmdesk.core.model.foreign import End, Foreign, Hint, match
from mmdesk.core.model.mapping import MOST_BYTES, read_mapping, write_mapping
from mmdesk.core.model.reading import Reading
from mmdesk.core.model.suggested import suggested

NUMBERS = tuple(Field(f"x{at}", "input", "number") for at in range(1, 6))
SCHEMA = Schema(
    "S",
    "ID",
    "ID",
    (
        Field("left", "input", "image"),
        Field("right", "input", "image"),
        *NUMBERS,
        Field("sex", "input", "choice", options=("f", "m")),
        Field("trace", "input", "sequence", channels=("a", "b")),
        Field("ill", "target", "flag"),
        Field("size", "target", "number"),
    ),
)
MODEL = Foreign(
    "m.keras",
    "0" * 64,
    1,
    "3.15.1",
    (
        End("pair", (48, 80, 6)),
        End("first", (3,)),
        End("second", (2,)),
        End("sex", (1,), "int32", hints=(Hint("Embedding", "looked", (3.0,)),)),
        End("trace", (None, 2)),
    ),
    (End("dense", (1,), logits=True), End("size", (1,), logits=True)),
)
SAID = {"pair": ["left", "right"], "first": ["x1..x3"], "second": ["x4", "x5"], "dense": ["ill"]}


def settled():
    found = match(MODEL, SCHEMA, SAID)
    assert found.settled
    return found, suggested(MODEL, found, SCHEMA)


def test_a_mapping_comes_back_as_it_was_said():
    found, (usual, _) = settled()
    reading = usual.said(
        [
            ("pair", "pixels", "0..1"),
            ("pair", "fit", "pad"),
            ("first", "scales", "x1: 50, 12; x3: 1, 2"),
            ("second", "scale", "minmax"),
            ("trace", "channels", "b|a"),
            ("dense", "link", "linear"),
            ("dense", "order", "yes|no"),
            ("size", "log", "log1p"),
        ]
    ).checked(MODEL, found, SCHEMA)
    assert Reading.from_json(reading.as_json()) == reading
    mapped = read_mapping(write_mapping(found, reading).encode())
    again = match(MODEL, SCHEMA, mapped.fields)
    assert (again.inputs, again.outputs) == (found.inputs, found.outputs)
    assert usual.said(list(mapped.answers)).checked(MODEL, again, SCHEMA) == reading
    assert "--read pair.pixels" not in reading.options(usual)
    assert "--pixels unit" in reading.options(usual)


def test_what_the_file_tells_is_said_with_the_reason():
    _, (usual, reasons) = settled()
    assert usual.inputs["sex"].offset == 1
    assert "3 codes for 2 options" in reasons["sex", "offset"]
    assert usual.outputs["dense"].link == "logit"
    assert "no activation" in reasons["dense", "link"]
    assert "48 x 80" in reasons["pair", "size"]


@pytest.mark.parametrize(
    ("end", "key", "value"),
    [
        ("first", "scales", "x4: 1, 2"),
        ("first", "scales", "x1: 1, 0"),
        ("pair", "size", "80x48"),
        ("dense", "order", "yes|maybe"),
        ("dense", "log", "log"),
        ("size", "link", "probability"),
        ("sex", "order", "m|x"),
        ("sex", "pixels", "unit"),
        ("nobody", "pixels", "unit"),
    ],
)
def test_an_answer_that_does_not_fit_is_refused(end, key, value):
    found, (usual, _) = settled()
    with pytest.raises(Situation):
        usual.said([(end, key, value)]).checked(MODEL, found, SCHEMA)


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"\xff\xfe\x00",
        b"format = 2",
        b"format = true",
        b"format = 1\nexec = 'x'",
        b"format = 1\ninputs = 3",
        b"format = 1\n[inputs.a]\n",
        b"format = 1\n[inputs.a]\nfields = [3]",
        b"format = 1\n[inputs.a]\nfields = ['x']\ncode = 'import os'",
        b"format = 1\n[inputs.a]\nfields = ['x']\npixels = '../../etc/passwd'",
        b"format = 1\n[inputs.a]\nfields = ['x']\nsize = [1000000000, 3]",
        b"format = 1\n[inputs.a]\nfields = ['x']\nlength = 999999999",
        b"format = 1\n[inputs.a]\nfields = ['x']\nscales = {x = [nan, 1.0]}",
        b"format = 1\n[inputs.a]\nfields = ['x']\nscales = {x = [1.0, inf]}",
        b"format = 1\n[inputs.a]\nfields = ['x']\n[outputs.a]\ntarget = 'x'",
        b"format = 1\n[outputs.a]\ntarget = 'x'\nfactor = 0",
        b"format = 1\nx = " + b"[" * 5000,
        b"#" * (MOST_BYTES + 1),
    ],
)
def test_a_hostile_mapping_is_refused_in_words(text):
    with pytest.raises(Situation, match="mapping"):
        read_mapping(text)
