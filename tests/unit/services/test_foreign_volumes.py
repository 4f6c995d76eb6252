"""Models made elsewhere that take volumes or films: matched, compiled, and as plain Keras answers."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.ndimage import zoom

import mmdesk.storage.database.dialect  # noqa: F401  # before TensorFlow's older SQLite
from mmdesk.core.fields.schema import Field, Schema
from mmdesk.core.job import SilentContext
from mmdesk.core.model.layout import volume_layout
from mmdesk.core.model.reading import Reading
from mmdesk.core.model.readings import VolumeReading
from mmdesk.imaging.base.bound import images_of
from mmdesk.inference.scorer import Scorer
from mmdesk.services.models import comparing, foreign_models
from mmdesk.services.project import create_project
from mmdesk.storage.store import NewCase
from tests.volume_files import ball, dicom_series, nifti

keras = pytest.importorskip("keras")

from keras import layers  # noqa: E402

pytestmark = [
    pytest.mark.tf,
    pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"),
]
SCHEMA = Schema(
    "CT",
    "ID",
    "ID",
    (
        Field("ct", "input", "volume", ("ct",), depth=6, window="-100..900"),
        Field("age", "input", "number", ("age",)),
        Field("sick", "target", "flag", ("sick",)),
    ),
)
AGES = np.array([[0.3], [0.6], [0.1], [0.9]], np.float32)


def volumes():
    return [ball(9 + index, centre=0.2 + 0.2 * index, seed=index) for index in range(4)]


@pytest.mark.parametrize(
    ("shape", "axes"),
    [((6, 24, 24, 1), "slices"), ((24, 24, 6, 1), "rows"), ((6, 24, 24, 3), "slices"), ((1, 6, 24, 24), "first")],
)
def test_a_model_of_volumes_answers_as_plain_keras_does(tmp_path, child, shape, axes):
    keras.utils.set_random_seed(4)
    end, age = keras.Input(shape, name="scan"), keras.Input((1,), name="age")
    x = keras.ops.transpose(end, (0, 2, 3, 4, 1)) if axes == "first" else end
    x = layers.Conv3D(4, 3, activation="relu")(x)
    x = layers.GlobalAveragePooling3D()(layers.MaxPooling3D(2)(x))
    model = keras.Model([end, age], layers.Dense(1, "sigmoid", name="sick")(layers.Concatenate()([x, age])))
    model.save(tmp_path / "m.keras")
    project = create_project(tmp_path / "p.mmdesk", SCHEMA)
    try:
        images = images_of(project.folder)
        cases = []
        for index, volume in enumerate(volumes()):
            if index % 2:
                dicom_series(project.folder / f"c{index}", volume)
                ref = images.refer(f"c{index}")
            else:
                nifti(project.folder / f"c{index}.nii.gz", volume)
                ref = images.refer(f"c{index}.nii.gz")
            inputs = {"ct": ref, "age": float(AGES[index, 0])}
            cases.append(NewCase(f"c{index}", inputs=inputs, labels={"sick": bool(index % 2)}))
        project.store.add_cases(cases)
        foreign = foreign_models.look_at(project, tmp_path / "m.keras", SilentContext(), child)
        found = foreign_models.match_settled(foreign, project, {"scan": ("ct",)})
        version, _proof = foreign_models.add(
            project, tmp_path / "m.keras", foreign, found, reader="Ann", ctx=SilentContext(),
            reading=Reading({"scan": VolumeReading("unit")}), child=child,
        )  # fmt: skip
        card = comparing.version(project, version).card
        assert card.facts["compiled"] is True
        assert card.facts["parity"]["largest_difference"]["model"] < 1e-4
        wanted = model.predict([np.stack([as_authors_do(one, shape, axes) for one in volumes()]), AGES], verbose=0)
        models = project.folder / "models"
        scorer = Scorer(models / version, models / "parts", None, schema=SCHEMA)
        answers = scorer.score(list(project.store.cases()), project.folder)
        scorer.close()
        given = [one.targets["sick"].probabilities["sick"] for one in answers]
        np.testing.assert_allclose(given, wanted[:, 0], atol=1e-5)
        assert np.ptp(wanted) > 1e-3
    finally:
        project.close()


def as_authors_do(volume, shape, axes):
    """Return a volume as the programs that such models come from make it: resampled, cut to a window, 0 to 1."""
    resampled = zoom(volume.astype(np.float64), (6 / len(volume), 1, 1), order=1)
    unit = np.clip((resampled + 100) / 1000, 0, 1)
    if axes == "first":
        return unit[None]
    if axes == "rows":
        return np.transpose(unit, (1, 2, 0))[..., None]
    return np.repeat(unit[..., None], shape[-1], axis=-1)


def test_how_a_volume_lies_in_a_shape():
    assert volume_layout((16, 64, 64, 1))[:5] == (16, 64, 64, 1, "slices")
    assert volume_layout((128, 128, 64, 1))[:5] == (64, 128, 128, 1, "rows")
    assert volume_layout((128, 128, 64, 1), "slices")[:5] == (128, 128, 64, 1, "slices")
    assert volume_layout((1, 16, 64, 64))[:5] == (16, 64, 64, 1, "first")
    assert volume_layout((16, 64, 64)).flat
    assert volume_layout((64, 64, 3)) is None
    assert volume_layout((16, 64, 64, 7)) is None
