"""Real records whose blank cells betray the label: what a model knows beyond which cells are blank.

PAD-UFES-20 (Pacheco et al. 2020, Data in Brief 32:106221, CC BY 4.0): a lesion that was not
biopsied lacks most of its record, and which lesions are biopsied depends on the diagnosis.
`biopsed` and `diagnostic_code` say the label outright and are left out.
"""

import csv
from dataclasses import dataclass, replace

import numpy as np
import pytest

pytestmark = [
    pytest.mark.tf,
    pytest.mark.slow,
    pytest.mark.shared,
    pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"),  # TensorFlow on numpy 2
]

keras = pytest.importorskip("keras")

from mmdesk.core.cases.case import Case  # noqa: E402
from mmdesk.core.fields.kinds import read_cell  # noqa: E402
from mmdesk.core.fields.schema import Field, Schema  # noqa: E402
from mmdesk.core.fields.splits import TEST, TRAIN, VALIDATION, split_of  # noqa: E402
from mmdesk.core.fields.values import Missing  # noqa: E402
from mmdesk.core.judge.bootstrap import draws, interval_of, plain, replicated  # noqa: E402
from mmdesk.core.model.prepare import learn_preparation, prepare, prepare_targets  # noqa: E402
from mmdesk.core.recipe.recipe import default_recipe  # noqa: E402
from mmdesk.modelling.network.build import build_model, head_of  # noqa: E402
from mmdesk.modelling.training.fit import Examples, fit_head  # noqa: E402

NUMBERS = ("age", "diameter_1", "diameter_2", "fitspatrick")
CHOICES = ("background_father", "background_mother", "sex", "anatomical_site")
FLAGS = (
    *("smoke", "drink", "pesticide", "skin_cancer_history", "cancer_history", "has_piped_water"),
    *("has_sewage_system", "itch", "grew", "hurt", "changed", "bleed", "elevation"),
)
LABEL = "disease_label"
BETRAYING = {"biopsed", "diagnostic_code"}


@dataclass(frozen=True)
class Table:
    """A schema with its n cases and their labels."""

    schema: Schema
    cases: list
    labels: list

    def rows(self, split):
        return np.array([case.split == split for case in self.cases])

    def some(self, keep):
        pick = [place for place, kept in enumerate(keep) if kept]
        cases, labels = [self.cases[p] for p in pick], [self.labels[p] for p in pick]
        return replace(self, cases=cases, labels=labels)


def read_table(shared):
    """Return the records as published, without the columns that say the label."""
    folder = shared / "data" / "pad-ufes-20"
    rows = []
    for part in ("train", "val"):
        with (folder / f"metadata_{part}.csv").open(encoding="utf-8", newline="") as file:
            rows += csv.DictReader(file)
    fields = [Field(name, "input", "number", (name,)) for name in NUMBERS]
    fields += [Field(name, "input", "flag", (name,)) for name in FLAGS]
    for name in CHOICES:
        options = tuple(sorted({row[name] for row in rows} - {"", "UNK"}))
        fields.append(Field(name, "input", "choice", (name,), options=options, missing=("", "UNK")))
    classes = tuple(sorted({row[LABEL] for row in rows}))
    target = Field(LABEL, "target", "choice", (LABEL,), options=classes)
    cases = [
        Case(
            number,
            row["image_id"],
            row["patient_id"],
            split_of(row["patient_id"]),
            {field.name: read_cell(row[field.name], field) for field in fields},
        )
        for number, row in enumerate(rows)
    ]
    schema = Schema("Skin lesions", "image_id", "patient_id", (*fields, target))
    return Table(schema, cases, [{LABEL: row[LABEL]} for row in rows])


def masks_alone(table):
    """Return the same cases with nothing in their record but which cells are there."""
    names = {field.name: f"{field.name}_there" for field in table.schema.inputs}
    fields = tuple(Field(there, "input", "flag") for there in names.values())
    cases = [
        replace(
            case,
            inputs={there: not isinstance(case.inputs[name], Missing) for name, there in names.items()},
        )
        for case in table.cases
    ]
    return replace(table, schema=replace(table.schema, fields=(*fields, *table.schema.targets)), cases=cases)


def answers_of(table):
    """Train the default recipe on the training split; return the probabilities for the test split."""
    recipe = default_recipe(table.schema)
    parts = {split: table.some(table.rows(split)) for split in (TRAIN, VALIDATION, TEST)}
    preparation = learn_preparation(table.schema, parts[TRAIN].cases, parts[TRAIN].labels, recipe)
    known = {
        split: Examples(prepare(preparation, table.schema, part.cases, {}), *prepare_targets(table.schema, part.labels))
        for split, part in parts.items()
    }
    keras.utils.set_random_seed(recipe.training.seed)
    head = head_of(build_model(recipe, table.schema, preparation))
    train = known[TRAIN]
    fit_head(head, train.inputs, train.targets, train.weights, recipe.training, validation=known[VALIDATION])
    return np.asarray(head.predict(known[TEST].inputs, verbose=0)[LABEL])


def macro_f1(truth, answers, weights):
    """Return the mean F1 over the classes that occur, (r,) for weights (r, n)."""
    found = []
    for one in np.unique(truth):
        hits = weights @ ((truth == one) & (answers == one))
        both = weights @ (truth == one) + weights @ (answers == one)
        found.append(np.divide(2 * hits, both, out=np.full(len(hits), np.nan), where=both > 0))
    return np.nanmean(found, axis=0)


def test_the_record_says_more_than_which_cells_are_blank(shared, record_property):
    table = read_table(shared)
    assert not BETRAYING & {column for field in table.schema.inputs for column in field.columns}
    test = table.some(table.rows(TEST))
    classes = table.schema.targets[0].options
    truth = np.array([classes.index(label[LABEL]) for label in test.labels])
    filled = np.array([not isinstance(case.inputs["smoke"], Missing) for case in test.cases])
    whole = np.array([not isinstance(case.inputs["smoke"], Missing) for case in table.cases])
    found = {
        "record": answers_of(table).argmax(1),
        "which cells are blank": answers_of(masks_alone(table)).argmax(1),
        "commonest class": np.full(len(truth), np.bincount(truth).argmax()),
    }
    alone = np.full(len(truth), -1)
    alone[filled] = answers_of(table.some(whole)).argmax(1)
    found["record, trained on filled rows"] = alone
    print(f"\n{len(table.cases)} cases; test {len(truth)}, of them filled {filled.sum()}, {np.bincount(truth)}")
    figures = {}
    for part, rows in (("all rows", truth >= 0), ("filled rows", filled)):
        times = draws([case.group for case, kept in zip(test.cases, rows, strict=True) if kept])
        replicates = {}
        for name, answers in found.items():
            if part == "all rows" and (answers < 0).any():
                continue
            value = plain(macro_f1, truth[rows], answers[rows])
            replicates[name] = replicated(macro_f1, truth[rows], answers[rows], times)
            figures[part, name] = interval_of(value, replicates[name])
        gap = replicates["record"] - replicates["which cells are blank"]
        both = figures[part, "record"].value - figures[part, "which cells are blank"].value
        figures[part, "record above blank cells"] = interval_of(both, gap)
    for (part, name), one in figures.items():
        print(f"{part:12} {name:32} macro F1 {one.value:.3f} [{one.low:.3f}, {one.high:.3f}]")
    record_property("figures", {" / ".join(key): one.value for key, one in figures.items()})
    assert figures["all rows", "record above blank cells"].low > 0
    assert figures["filled rows", "record above blank cells"].low > 0
