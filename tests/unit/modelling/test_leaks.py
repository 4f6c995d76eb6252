"""A training and a fine-tuning name the inputs that give a target away, on the card and in the notes."""

from __future__ import annotations

from dataclasses import replace

import pytest

pytestmark = [
    pytest.mark.tf,
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"),  # TensorFlow on numpy 2
]

import mmdesk.storage.database.dialect  # noqa: E402, F401  # isort: skip  # before TensorFlow's older SQLite

pytest.importorskip("keras")

from mmdesk.core.fields.schema import Field, Schema  # noqa: E402
from mmdesk.core.recipe.recipe import default_recipe, write_recipe  # noqa: E402
from mmdesk.core.versions.card import SUSPICIOUS, Card  # noqa: E402
from mmdesk.core.versions.card_words import card_text  # noqa: E402
from mmdesk.modelling.training import finetune, train  # noqa: E402
from mmdesk.services.cases.reading import store_labels  # noqa: E402
from mmdesk.services.project import create_project  # noqa: E402
from mmdesk.storage.store import NewCase  # noqa: E402
from tests.unit.training_projects import Talk  # noqa: E402

SCHEMA = Schema(
    "Leaky",
    "ID",
    "ID",
    (
        Field("age", "input", "number", ("Age",)),
        Field("treated", "input", "flag", ("T",), "Treated"),
        Field("sick", "target", "flag", ("Sick",), "Sick"),
    ),
)


def test_training_and_finetuning_name_the_input(tmp_path):
    project = create_project(tmp_path / "p.mmdesk", SCHEMA)
    rows = [
        NewCase(f"c{n}", inputs={"age": float(40 + n % 7), "treated": n % 2 == 0}, labels={"sick": n % 2 == 0})
        for n in range(120)
    ]
    project.store.add_cases(rows, "importer", "t.csv")
    for case in project.store.cases(split="train")[:12]:
        store_labels(project, case.id, {"sick": bool(case.inputs["treated"])}, "Ann")
    project.close()
    recipe = default_recipe(SCHEMA)
    text = write_recipe(replace(recipe, training=replace(recipe.training, epochs=1)))
    models = tmp_path / "p.mmdesk" / "models"
    places = {name: {"id": name, "folder": str(models / name), "parts": str(models / "parts")} for name in ("v1", "v2")}
    job = {"project": str(tmp_path / "p.mmdesk"), "recipe": text}
    made = [
        train.run({**job, "out": places["v1"]}, Talk()),
        finetune.run({**job, "base": places["v1"], "out": places["v2"]}, Talk()),
    ]
    for card in (Card.from_json(one["card"]) for one in made):
        assert [(leak["input"], leak["target"]) for leak in card.facts[SUSPICIOUS]] == [("treated", "sick")]
        assert card.notes[0].startswith("Treated alone tells Sick in ")
        assert card_text(card).count("Treated alone tells Sick") == 1
    assert made[1]["card"]["comparison"]["notes"][0].startswith("Treated alone tells Sick")
