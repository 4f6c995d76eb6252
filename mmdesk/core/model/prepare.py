"""From field values to arrays: the one preparation that window and child share.

Its state is learnt on the training split alone and stored as `preparation.json`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from dataclasses import field as dataclass_field
from hashlib import sha256
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from mmdesk.core.cases.case import Case
from mmdesk.core.errors import ModelProblem
from mmdesk.core.fields.arrays import FIRST, words_of
from mmdesk.core.fields.kinds import KINDS, kind_of
from mmdesk.core.fields.schema import Schema
from mmdesk.core.fields.states import InputState, TargetState
from mmdesk.core.fields.values import Missing, Value, is_present
from mmdesk.core.model.lookups.plan import Plan
from mmdesk.core.model.lookups.values import raw_values
from mmdesk.core.recipe.recipe import Recipe, default_recipe
from mmdesk.words import tr

__all__ = ["FIRST", "InputState", "Preparation", "TargetState", "words_of"]


@dataclass(frozen=True, slots=True)
class Preparation:
    """The state of the preparation: by input and by target, and what is looked up for a model made elsewhere."""

    inputs: Mapping[str, InputState] = dataclass_field(default_factory=dict)
    targets: Mapping[str, TargetState] = dataclass_field(default_factory=dict)
    plan: Plan = dataclass_field(default_factory=Plan)

    def to_json(self) -> str:
        """Return the text of a `preparation.json`."""
        return json.dumps(
            {
                "inputs": {name: asdict(state) for name, state in self.inputs.items()},
                "targets": {name: asdict(state) for name, state in self.targets.items()},
            }
            | (self.plan.as_json() if self.plan.lookups else {}),
            indent=1,
            ensure_ascii=False,
        )

    @classmethod
    def from_json(cls, text: str) -> Preparation:
        """Read the text of a `preparation.json`.

        Raises:
            ModelProblem: The text is no preparation.
        """
        try:
            raw = json.loads(text)
            inputs = {name: InputState(**_tuples(state)) for name, state in raw["inputs"].items()}
            targets = {name: TargetState(**_tuples(state)) for name, state in raw["targets"].items()}
            plan = Plan.from_json(raw) if "lookups" in raw else Plan()
            for kind in (state["kind"] for part in ("inputs", "targets") for state in raw[part].values()):
                KINDS[kind]  # that of a later program is not known here
        except (KeyError, TypeError, ValueError, AttributeError) as reason:
            raise ModelProblem(
                tr("The preparation of this model version cannot be read."),
                do=tr("Choose another model version."),
                details=repr(reason),
            ) from reason
        return cls(inputs, targets, plan)


def learn_preparation(
    schema: Schema,
    cases: Sequence[Case],
    labels: Sequence[Mapping[str, Value]],
    recipe: Recipe | None = None,
) -> Preparation:
    """Learn scaling and vocabularies.

    Args:
        schema: The fields.
        cases: Cases of the training split, and of no other.
        labels: Value of each target, case by case.
        recipe: Which inputs the model sees, how long texts and sequences may be; the
            default recipe when not given.

    Raises:
        ModelProblem: A number that the recipe learns by its logarithm is zero or below.
    """
    recipe = recipe or default_recipe(schema)
    inputs = {}
    for encoder in recipe.encoders:
        for name in encoder.inputs:
            field = schema.field(name)
            values = [value for case in cases if is_present(value := _plain(case.inputs.get(name)))]
            inputs[name] = kind_of(field).learn(values, field, encoder.limits)
    targets = {}
    for target in schema.targets:
        known = [value for row in labels if is_present(value := row.get(target.name))]
        log = {"log": True, "linear": False}.get(recipe.scale_of(target.name))
        targets[target.name] = kind_of(target).learn_target(known, target, log=log)
    return Preparation(inputs, targets)


def prepare(
    preparation: Preparation,
    schema: Schema,
    cases: Sequence[Case],
    images_present: Mapping[str, NDArray[np.bool_]],
) -> dict[str, NDArray[Any]]:
    """Return the head's inputs for some cases, all but the embeddings.

    Args:
        preparation: What was learnt on the training split.
        schema: The project's fields. An input of the model that the schema does not have,
            or has as another kind, is missing in every case.
        cases: n cases.
        images_present: For each image input, (n,) true where its embedding is there.

    Returns:
        By the names of the model's inputs: `NAME` (number, flag, date: float32 (n, 1)
        standardised; choice int32 (n, 1); text int32 (n, length); sequence float32
        (n, time, channels)), `NAME__present` float32 (n, 1), `NAME__mask` bool (n, time).
        What is missing is zero. For a model made elsewhere also the arrays of what it looks up.
    """
    kinds = {record.name: record.kind for record in schema.inputs}
    arrays: dict[str, NDArray[Any]] = {}
    for name, state in preparation.inputs.items():
        kind = KINDS[state.kind]
        if kind.is_image:
            present = np.asarray(images_present.get(name, np.zeros(len(cases), bool)), np.float32)
        else:
            fits = kinds.get(name) == state.kind
            values = [_plain(case.inputs.get(name)) if fits else None for case in cases]
            arrays |= {f"{name}{key}": array for key, array in kind.arrays(state, values).items()}
            present = np.array([is_present(value) for value in values], np.float32)
        arrays[f"{name}__present"] = present.reshape(len(cases), 1)
    if preparation.plan.lookups:
        raw = raw_values(preparation.plan, schema, preparation.inputs, cases)
        arrays |= {name: lookup.array(raw) for name, lookup in preparation.plan.lookups.items()}
    return arrays


def prepare_targets(
    schema: Schema, labels: Sequence[Mapping[str, Value]]
) -> tuple[dict[str, NDArray[np.float32]], dict[str, NDArray[np.float32]]]:
    """Return what to train towards.

    Args:
        schema: The fields.
        labels: Value of each target for n cases.

    Returns:
        By target name, the values (flag and number (n, 1), number in the field's unit;
        choice and labels (n, k) of 0 and 1; grade (n, k - 1), 1 where it is above each
        step), and weights (n,): 1 where labelled, 0 where unread or missing.
    """
    wanted: dict[str, NDArray[np.float32]] = {}
    weights: dict[str, NDArray[np.float32]] = {}
    for target in schema.targets:
        kind = kind_of(target)
        wanted[target.name] = np.zeros((len(labels), kind.outputs(target)), np.float32)
        weights[target.name] = np.zeros(len(labels), np.float32)
        for row, values in enumerate(labels):
            value = values.get(target.name)
            if is_present(value):
                wanted[target.name][row] = kind.wanted(value, target)
                weights[target.name][row] = 1
    return wanted, weights


def inputs_hash(arrays: Mapping[str, NDArray[Any]], row: int) -> str:
    """Return the hex digest of one case's prepared arrays, whatever their batch.

    Args:
        arrays: Prepared inputs by name, embeddings too if they are to count.
        row: Which case of the batch.
    """
    digest = sha256()
    for name in sorted(arrays):
        values = np.ascontiguousarray(arrays[name][row])
        digest.update(f"{name} {values.dtype.str} {values.shape}\n".encode())
        digest.update(values.tobytes())
    return digest.hexdigest()


def _plain(value: object) -> Value:
    return None if isinstance(value, Missing) else cast("Value", value)


def _tuples(state: Mapping[str, Any]) -> dict[str, Any]:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in state.items()}
