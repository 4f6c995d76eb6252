"""`project.toml`: reads, writes, and says file, line and key of what it does not take."""

import pytest

from mmdesk.core.errors import SchemaProblem
from mmdesk.core.fields.schema import DEFAULT_MISSING, Field, Schema
from mmdesk.core.fields.schema_toml import read_schema, with_options, write_schema
from mmdesk.support.resources import resource

GOOD = """[project]
name = "Fundus pairs"
case = "ID "
group = "Patient"

[[input]]
name = "left"
kind = "image"
column = "Left-Fundus"
folder = "images\\\\left/"
side = "left"
label = "Left eye"

[[input]]
name = "age"
kind = "number"
column = "Patient Age "
unit = "years"
min = 0
max = 120
missing = ["todo", 999]

[[input]]
name = "smoker"
kind = "choice"
options = ["None", "Daily"]

[[input]]
name = "gait"
kind = "sequence"
channels = ["x", "y"]

[[target]]
name = "findings"
kind = "labels"
columns = ["Normal ", "Diabetes"]

[[target]]
name = "stage"
kind = "grade"
options = ["0", "1", "2"]

[[note]]
name = "words"
kind = "text"
help = "Where the labels came from."
"""


def test_reads_every_key() -> None:
    schema = read_schema(GOOD)
    assert (schema.name, schema.case, schema.group) == ("Fundus pairs", "ID", "Patient")
    assert [field.name for field in schema] == ["left", "age", "smoker", "gait", "findings", "stage", "words"]
    assert schema.field("left") == Field(
        "left", "input", "image", ("Left-Fundus",), label="Left eye", folder="images/left", side="left"
    )
    age = schema.field("age")
    assert (age.columns, age.unit, age.min, age.max) == (("Patient Age",), "years", 0.0, 120.0)
    assert age.missing == (*DEFAULT_MISSING, "todo", "999")
    assert schema.field("findings").options == ("Normal", "Diabetes")
    assert schema.field("gait").columns == ("gait",)
    assert schema.field("words").help == "Where the labels came from."


NOTED = """[project]
name = "x"
case = "ID"

[[input]]
name = "age"
kind = "number"

[[note]]
name = "code"
kind = "text"
show = "after"
"""


def test_a_note_says_when_it_is_shown() -> None:
    schema = read_schema(NOTED)
    assert schema.field("code").show == "after"
    assert schema.field("age").show == "always"
    assert read_schema(write_schema(schema)) == schema
    with pytest.raises(SchemaProblem, match=r"line 12, key show: 'later' is not a time"):
        read_schema(NOTED.replace("after", "later"))
    with pytest.raises(SchemaProblem, match=r"key show: only a note has it"):
        read_schema(NOTED.replace("[[note]]", "[[target]]").replace('"text"', '"flag"'))


def test_an_option_wins_over_a_missing_token() -> None:
    assert "None" not in read_schema(GOOD).field("smoker").missing


def test_group_falls_back_to_the_case() -> None:
    assert read_schema(GOOD.replace('group = "Patient"\n', "")).group == "ID"


def test_writes_what_it_reads() -> None:
    schema = read_schema(GOOD)
    text = write_schema(schema)
    assert read_schema(text) == schema
    assert '[[input]]\nname = "left"\nkind = "image"' in text


def test_a_schema_that_would_not_read_back_is_refused() -> None:
    with pytest.raises(SchemaProblem):
        write_schema(Schema("p", "ID", "ID", (Field("a__b", "input", "text"),)))


def test_options_learnt_from_a_table() -> None:
    schema = with_options(read_schema(GOOD), {"stage": ("0", "1", "NA")})
    assert schema.field("stage").options == ("0", "1", "NA")
    assert "NA" not in schema.field("stage").missing
    assert schema.field("smoker").options == ("None", "Daily")


def test_odir_schema_ships() -> None:
    text = resource("schemas", "odir.toml").read_text(encoding="utf-8")
    schema = read_schema(text, "odir.toml")
    assert [field.side for field in schema.images] == ["left", "right"]
    assert len(schema.field("findings").options) == 8
    assert (schema.field("age").min, schema.field("age").max) == (2, 120)
    assert read_schema(write_schema(schema)) == schema


@pytest.mark.parametrize(
    ("old", "new", "line", "key"),
    [
        ('kind = "number"', 'kind = "numbr"', 16, "kind"),
        ('kind = "grade"', 'kind = "image"', 40, "kind"),
        ('name = "age"', 'name = "a__b"', 15, "name"),
        ('name = "age"', 'name = "1st"', 15, "name"),
        ('name = "age"', 'name = "left"', 15, "name"),
        ('name = "age"', 'name = "split"', 15, "name"),
        ('name = "stage"', 'name = "model"', 39, "name"),
        ('name = "age"\n', "", 14, "name"),
        ("max = 120", "max = -1", 20, "max"),
        ("max = 120", 'max = "120"', 20, "max"),
        ("max = 120", "max = nan", 20, "max"),
        ("max = 120", "maximum = 120", 20, "maximum"),
        ('side = "left"', 'side = "top"', 11, "side"),
        ('unit = "years"', 'side = "left"', 18, "side"),
        ('missing = ["todo", 999]', 'missing = "todo"', 21, "missing"),
        ('options = ["None", "Daily"]', 'options = ["None"]', 26, "options"),
        ('options = ["None", "Daily"]', 'options = ["a", "a"]', 26, "options"),
        ('columns = ["Normal ", "Diabetes"]', "columns = []", 36, "columns"),
        ('columns = ["Normal ", "Diabetes"]', 'columns = ["a|b", "c"]', 33, "options"),
        ('columns = ["Normal ", "Diabetes"]', 'columns = ["a", "Patient Age"]', 17, "column"),
        ('case = "ID "', "case = 5", 3, "case"),
        ('case = "ID "\n', "", 1, "case"),
        ("[[note]]", "[[notes]]", 43, "notes"),
        ("[[note]]", "[note]", 43, "note"),
    ],
)
def test_problems_name_file_line_and_key(old: str, new: str, line: int, key: str) -> None:
    assert old in GOOD
    with pytest.raises(SchemaProblem) as problem:
        read_schema(GOOD.replace(old, new, 1), "my.toml")
    assert problem.value.what.startswith(f"my.toml, line {line}, key {key}: ")
    assert problem.value.do.endswith((".", "?"))


def test_a_near_key_is_suggested() -> None:
    with pytest.raises(SchemaProblem, match="Did you mean options"):
        read_schema(GOOD.replace("options = [", "optons = [", 1))


@pytest.mark.parametrize(("text", "line"), [("[project]\nname = \n", 2), ("[project]\na = 1\na = 2\n", 3)])
def test_what_is_not_toml_names_its_line(text: str, line: int) -> None:
    with pytest.raises(SchemaProblem) as problem:
        read_schema(text, "my.toml")
    assert problem.value.what.startswith(f"my.toml, line {line}: ")


def test_no_project_and_no_input_are_said() -> None:
    with pytest.raises(SchemaProblem, match=r"\[project\]"):
        read_schema("")
    with pytest.raises(SchemaProblem, match="no input"):
        read_schema('[project]\nname = "a"\ncase = "ID"\n')
