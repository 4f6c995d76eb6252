"""The job that trains image weights: from a project to a version that predicts in the window."""

import json
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest

pytestmark = [
    pytest.mark.tf,
    pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"),  # TensorFlow on numpy 2
]

keras = pytest.importorskip("keras")

from PIL import Image  # noqa: E402

from mmdesk.core.cases.case import ImageRef  # noqa: E402
from mmdesk.core.errors import Cancelled  # noqa: E402
from mmdesk.core.fields.schema import Field, Schema  # noqa: E402
from mmdesk.core.recipe.recipe import Augment, Recipe, Training, new_encoder, new_fusion, write_recipe  # noqa: E402
from mmdesk.core.versions.version import read_parts  # noqa: E402
from mmdesk.imaging.augment import change  # noqa: E402
from mmdesk.inference.scorer import Scorer  # noqa: E402
from mmdesk.modelling.network.bundle import bundled_encoder  # noqa: E402
from mmdesk.modelling.training import train  # noqa: E402
from mmdesk.modelling.training.train_whole import STATE  # noqa: E402
from mmdesk.services.project import create_project  # noqa: E402
from mmdesk.storage.store import NewCase  # noqa: E402
from tests.recipe_cases import disc  # noqa: E402
from tests.unit.training_projects import Talk  # noqa: E402

SCHEMA = Schema(
    "Discs",
    "ID",
    "ID",
    (
        Field("scan", "input", "image", ("Scan",)),
        Field("age", "input", "number", ("Age",)),
        Field("large", "target", "flag", ("Large",)),
        Field("cost", "target", "number", ("Cost",), min=0),
    ),
)
RECIPE = write_recipe(
    Recipe(
        (new_encoder("cnn", ("scan",), width=16, size=24), new_encoder("dense", ("age",), width=4)),
        new_fusion(width=16, dropout=0.0),
        Training(epochs=14, batch=16, rate=0.01, patience=14),
    )
)


@pytest.fixture
def folder(tmp_path):
    """A project of 160 pictures, two of whose files are damaged."""
    project = create_project(tmp_path / "discs.mmdesk", SCHEMA)
    rng = np.random.default_rng(1)
    rows = []
    for number in range(160):
        strength, age = float(rng.uniform(-2, 2)), float(rng.integers(20, 90))
        file = project.folder / f"{number}.png"
        Image.fromarray(disc(strength, 24, rng)).save(file)
        if number in (3, 4):
            file.write_bytes(b"no picture")
        data, facts = file.read_bytes(), file.stat()
        ref = ImageRef(file.name, sha256(data).hexdigest(), facts.st_size, facts.st_mtime_ns)
        labels = {"large": strength > 0, "cost": float(np.exp(age / 30))}
        rows.append(NewCase(f"c{number}", inputs={"scan": ref, "age": age}, labels=labels))
    project.store.add_cases(rows)
    project.close()
    return project.folder


def job(folder):
    place = {"id": "v1", "folder": str(folder / "models" / "v1"), "parts": str(folder / "models" / "parts")}
    return {"project": str(folder), "out": place, "recipe": RECIPE, "current": None}


@pytest.mark.slow
def test_a_version_with_its_own_image_encoder_predicts(folder):
    talk = Talk()
    made = train.run(job(folder), talk)
    card = made["card"]
    assert card["compiled"] is True
    assert set(card["parity"]["largest_difference"]) == {"scan__encoder", "head"}
    assert max(card["parity"]["largest_difference"].values()) < 1e-4
    assert any("2 images of scan" in note and "masked" in note for note in card["notes"]), card["notes"]
    trainable = dict(talk.events)["trainable"]
    assert {"conv0", "conv3", "large"} <= set(trainable["layers"])
    assert not (folder / "cache" / STATE).exists()
    cases = train.take_snapshot(folder).cases
    with_parts = Scorer(folder / "models" / "v1", folder / "models" / "parts", None, schema=SCHEMA)
    try:
        found = with_parts.score(cases, folder)
    finally:
        with_parts.close()
    truths = train.take_snapshot(folder).truths
    right = [one.targets["large"].value == truths[one.case].values["large"] for one in found]
    assert np.mean(right) > 0.85
    assert found[0].targets["cost"].low < found[0].targets["cost"].high


@pytest.mark.slow
def test_a_killed_training_goes_on_and_a_cancelled_one_does_not(folder):
    class Killed(Talk):
        def tell(self, event, **facts):
            super().tell(event, **facts)
            if event == "epoch" and facts["epoch"] == 3:
                raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train.run(job(folder), Killed())
    assert (folder / "cache" / STATE).exists()
    made = train.run(job(folder), Talk())
    assert made["card"]["training"]["resumed_after_epoch"] == 3
    card = json.loads((Path(job(folder)["out"]["folder"]) / "card.json").read_text("utf-8"))
    assert card["training"]["epochs"] == 11
    second = job(folder)
    second["out"] = second["out"] | {"id": "v2", "folder": str(folder / "models" / "v2")}
    with pytest.raises(Cancelled):
        train.run(second, Talk(cancel_after=2))
    assert not (folder / "cache" / STATE).exists()
    assert not Path(second["out"]["folder"]).exists()


@pytest.mark.slow
def test_a_frozen_backbone_learns_from_changed_copies_too(folder, monkeypatch):
    from mmdesk.modelling.training import pipelines

    turned = []

    def watched(pixels, how):
        turned.append(how.angle)
        return change(pixels, how)

    monkeypatch.setattr(pipelines, "change", watched)
    recipe = Recipe(
        (new_encoder("backbone", ("scan",), width=16), new_encoder("dense", ("age",), width=4)),
        new_fusion(width=16, dropout=0.0),
        Training(epochs=2, batch=16),
        augment=Augment(rotation=20, variants=2),
    )
    made = train.run(job(folder) | {"recipe": write_recipe(recipe)}, Talk())
    changed = [angle for angle in turned if angle]
    assert 90 < len(changed) < 140, "one changed copy of each training image"
    assert max(map(abs, changed)) <= 20
    assert made["card"]["compiled"] is True
    parts = read_parts((folder / "models/v1/parts.toml").read_text("utf-8"))
    bundled = bundled_encoder(recipe.encoders[0].backbone)
    assert parts.encoders[0].file == bundled.file, "the part that embeddings are kept for"
