"""Own models of volumes: from scratch, and by a backbone slice by slice; trained, compiled, predicting."""

from __future__ import annotations

import numpy as np
import pytest

import mmdesk.storage.database.dialect  # noqa: F401  # before TensorFlow's older SQLite
from mmdesk.core.errors import RecipeRefused
from mmdesk.core.fields.schema import Field, Schema
from mmdesk.core.recipe.recipe import (
    Recipe,
    Training,
    check_recipe,
    default_recipe,
    new_encoder,
    new_fusion,
    read_recipe,
    write_recipe,
)
from mmdesk.core.recipe.registry import kinds_for
from mmdesk.core.versions.version import read_parts
from mmdesk.imaging.base.bound import images_of
from mmdesk.services.project import create_project
from mmdesk.storage.embedding_cache import EmbeddingCache
from mmdesk.storage.store import NewCase
from tests.volume_files import ball, nifti

SCHEMA = Schema(
    "CT",
    "ID",
    "ID",
    (
        Field("ct", "input", "volume", ("ct",), depth=8, window="-100..900"),
        Field("sick", "target", "flag", ("sick",)),
    ),
)


def test_a_recipe_begins_with_the_network_and_offers_slices():
    recipe = default_recipe(SCHEMA)
    assert recipe.encoder_of("ct").kind == "cnn3d"
    assert kinds_for("volume") == ("slices", "cnn3d")
    check_recipe(recipe, SCHEMA)
    assert read_recipe(write_recipe(recipe)) == recipe
    with pytest.raises(RecipeRefused, match="does not take"):
        check_recipe(Recipe((new_encoder("cnn", ("ct",)),)), SCHEMA)
    two = Schema("CT", "ID", "ID", (*SCHEMA.fields, Field("old", "input", "volume", ("old",), depth=9)))
    with pytest.raises(RecipeRefused, match="different depths"):
        check_recipe(Recipe((new_encoder("cnn3d", ("ct", "old")),)), two)


@pytest.mark.tf
@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
class TestTrained:
    def project(self, folder, count):
        project = create_project(folder, SCHEMA)
        cases, splits = [], ("train", "train", "train", "validation", "test")
        for index in range(count):
            sick = index % 2 == 1
            path = nifti(folder / f"{index}.nii", ball(8, centre=0.75 if sick else 0.25, seed=index))
            ref = images_of(project.folder).refer(path.name)
            split = splits[index // 2 % 5]
            cases.append(NewCase(f"c{index}", split=split, inputs={"ct": ref}, labels={"sick": sick}))
        project.store.add_cases(cases)
        project.close()
        return folder

    def trained(self, folder, recipe):
        from mmdesk.modelling.training import train
        from tests.unit.training_projects import Talk

        out = {"id": "v1", "folder": str(folder / "models/v1"), "parts": str(folder / "models/parts")}
        return train.run({"project": str(folder), "out": out, "recipe": write_recipe(recipe), "current": None}, Talk())

    def test_a_network_from_scratch_beats_the_majority(self, tmp_path):
        pytest.importorskip("keras")
        from mmdesk.inference.scorer import Scorer
        from mmdesk.modelling.snapshot import take_snapshot

        folder = self.project(tmp_path / "p.mmdesk", 60)
        training = Training(epochs=25, rate=0.01, batch=12, patience=25, drop_inputs=0.0)
        recipe = Recipe(
            (new_encoder("cnn3d", ("ct",), size=24, width=16),), new_fusion(width=16, dropout=0.0), training
        )
        card = self.trained(folder, recipe)["card"]
        assert card["compiled"] is True
        assert max(card["parity"]["largest_difference"].values()) < 1e-4
        (part,) = read_parts((folder / "models/v1/parts.toml").read_text("utf-8")).encoders
        assert (part.depth, part.slices, part.window, part.channels) == (8, "resample", "-100..900", 1)
        snapshot = take_snapshot(folder)
        test = [case for case in snapshot.cases if case.split == "test"]
        cache = EmbeddingCache(folder / "cache")
        scorer = Scorer(folder / "models/v1", folder / "models/parts", cache, schema=SCHEMA)
        found = scorer.score(test, folder)
        again = scorer.score(test, folder)
        scorer.close()
        cache.close()
        right = [one.targets["sick"].value == snapshot.truths[one.case].values["sick"] for one in found]
        assert np.mean(right) > 0.8
        assert [one.targets for one in again] == [one.targets for one in found]

    def test_slices_are_pooled_as_the_backbone_sees_them(self):
        keras = pytest.importorskip("keras")
        from mmdesk.core.recipe.image_encoder import ImageTools
        from mmdesk.modelling.network.image_encoders import cut_of

        image = keras.Input((224, 224, 3))
        rows = keras.layers.Dense(1280)(keras.layers.GlobalAveragePooling2D()(image))
        backbone = keras.Model(image, rows)
        encoder = new_encoder("slices", ("ct",))
        model = encoder.look(ImageTools(keras, backbone, lambda *_: None, depth=3), "ct__encoder")
        volume = np.random.default_rng(1).uniform(0, 255, (2, 3, 224, 224, 3)).astype(np.float32)
        seen = backbone.predict(volume.reshape(-1, 224, 224, 3), verbose=0).reshape(2, 3, 1280)
        wanted = np.concatenate([seen.mean(axis=1), seen.max(axis=1)], axis=-1)
        np.testing.assert_allclose(model.predict(volume, verbose=0), wanted, rtol=1e-4, atol=1e-3)
        model.trainable = False
        assert cut_of(model) == "pools", "activations are kept after the pooling"
