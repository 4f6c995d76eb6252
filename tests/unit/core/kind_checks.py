"""What proves a kind of field complete: each of its facets is there, and they fit one another."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
import pytest

from mmdesk.core.cases.case import Case
from mmdesk.core.errors import FieldProblem
from mmdesk.core.fields.columns import ColumnTexts
from mmdesk.core.fields.guess import guess_kind
from mmdesk.core.fields.kind import CONTENT, Storage, lacks
from mmdesk.core.fields.kinds import KINDS, PLAIN, kind_of
from mmdesk.core.fields.schema import ROLES, Field, Schema
from mmdesk.core.fields.schema_toml import read_schema, write_schema
from mmdesk.core.fields.search import parse_search
from mmdesk.core.fields.states import Limits
from mmdesk.core.fields.values import Missing, Reason
from mmdesk.core.model.prepare import Preparation, learn_preparation, prepare, prepare_targets
from mmdesk.core.recipe.check import check_recipe
from mmdesk.core.recipe.options import loss_words
from mmdesk.core.recipe.recipe import default_recipe, read_recipe, write_recipe
from mmdesk.ui.record.editor_choice import EDITORS
from mmdesk.ui.targets.target_rows import CONTROLS

_STORED = {Storage.REAL: float, Storage.WHOLE: int, Storage.TEXT: str}


def check_kind(kind, field, text, value):
    """See that a kind can do all that its roles need.

    Args:
        kind: It.
        field: A field of it, with a column.
        text: What a person may write into it.
        value: What that means.
    """
    assert KINDS[kind.name] is kind
    assert kind_of(field) is kind
    assert lacks(kind) == []
    assert kind.roles
    assert set(kind.roles) <= set(ROLES)
    assert field.role in kind.roles
    check_words(kind, field, text, value)
    check_schema_and_storage(kind, field, value)
    check_table(kind, field, text)
    check_search(kind, field, text, value)
    if "input" in kind.roles:
        check_input(kind, replace(field, role="input"), value)
    if "target" in kind.roles:
        check_target(kind, replace(field, role="target"), value)


def check_words(kind, field, text, value):
    assert kind.parse(text, field) == value
    kind.check(value, field)
    assert kind.parse(kind.show(value, field), field) == value
    assert kind.say(field)
    assert kind.brief(field)
    if wrong := kind.wrong(field):
        with pytest.raises(FieldProblem) as told:
            kind.parse(wrong, field)
        assert kind.say(field) in told.value.say()


def check_schema_and_storage(kind, field, value):
    assert set(kind.keys) <= {known.name for known in fields(Field)}
    other = Field("other", "input", "number", ("other",))
    schema = Schema("One", "ID", "ID", tuple(sorted((other, field), key=lambda f: ROLES.index(f.role))))
    assert read_schema(write_schema(schema)) == schema
    stored = kind.to_store(value, field)
    assert isinstance(stored, _STORED[kind.storage])
    assert kind.from_store(stored, field) == value


def check_table(kind, field, text):
    """A kind that a note may be is guessed from texts; files and targets are found in other ways."""
    value = kind.parse(text, field)
    assert kind.parse(kind.write(value, field), field) == value
    assert isinstance(kind.to_cell(value, field), kind.cell_type)
    column = ColumnTexts("x")
    for _ in range(4):
        for some in (text, kind.show(value, field), f"{text} "):
            column.add(some)
    if "note" in kind.roles:
        guess = kind.guess(column, PLAIN)
        assert guess is not None, "its columns are never guessed"
        assert guess.kind == kind.name
        assert guess.because
    assert guess_kind(column, PLAIN).because


def check_search(kind, field, text, value):
    schema = Schema("One", "ID", "ID", (field,))
    (term,) = parse_search(f'{field.name}:"{text.strip()}"', schema).terms
    assert term.kind == ("contains" if kind.contained and "|" not in text else "equal")
    if kind.orders:
        (term,) = parse_search(f"{field.name}:>{kind.show(value, field)}", schema).terms
        assert (term.kind, term.low, term.strict) == ("between", kind.to_store(value, field), True)


def check_input(kind, field, value):
    schema = Schema("One", "ID", "ID", (field, Field("sick", "target", "flag", ("sick",))))
    recipe = default_recipe(schema)
    check_recipe(recipe, schema)
    assert read_recipe(write_recipe(recipe)) == recipe
    assert recipe.encoder_of(field.name).kind == kind.encoder[0]
    if kind.is_image:
        assert kind.learn([value], field, Limits()).kind == kind.name
        return
    assert kind.editor in EDITORS
    cases = [
        Case(number, str(number), str(number), "train", {field.name: held})
        for number, held in enumerate((value, Missing(Reason.ABSENT), value))
    ]
    learnt = learn_preparation(schema, cases, [{}, {}, {}], recipe)
    assert Preparation.from_json(learnt.to_json()) == learnt
    state = learnt.inputs[field.name]
    arrays = kind.arrays(state, [value, None, value])
    assert arrays.keys() == kind.shapes(state).keys()
    assert CONTENT in arrays
    for key, shape in kind.shapes(state).items():
        assert arrays[key].shape == (3, *shape.sizes)
        assert arrays[key].dtype == shape.dtype
        assert not arrays[key][1].any(), "what is missing is zero"
    prepared = prepare(learnt, schema, cases, {})
    assert prepared[f"{field.name}__present"][:, 0].tolist() == [1, 0, 1]


def check_target(kind, field, value):
    schema = Schema("One", "ID", "ID", (field,))
    assert kind.control in CONTROLS
    wanted, weights = prepare_targets(schema, [{field.name: value}, {field.name: None}])
    assert wanted[field.name].shape == (2, kind.outputs(field))
    assert weights[field.name].tolist() == [1, 0]
    assert kind.outputs(field) in kind.widths(field)
    assert kind.answers(field) or kind.is_amount, "nothing can be answered"
    state = kind.learn_target([value], field, log=False)
    assert state.kind == kind.name
    read = kind.read(np.asarray(wanted[field.name][0], np.float64), state, field.name)
    assert read.value == value
    assert tuple(read.probabilities) == kind.chances(field)
    assert {kind.chance(one, field) for one, _ in kind.answers(field)} == set(kind.chances(field))
    assert kind.loss.value in loss_words(default_recipe(schema), field)
    if kind.is_amount:
        assert kind.show_estimate(float(value), 0, field)
