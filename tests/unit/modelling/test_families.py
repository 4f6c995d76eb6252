"""Families of `keras.applications` pass the gate, compile, and answer compiled as they do in Keras."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import pytest

from mmdesk.inference.runtime import onnxruntime

keras = pytest.importorskip("keras")

from mmdesk.modelling.foreign.loading import load_foreign  # noqa: E402
from mmdesk.modelling.foreign.replacements import replace_uncompiled  # noqa: E402
from mmdesk.modelling.network.export import export_part  # noqa: E402
from mmdesk.modelling.network.graph import layers_within  # noqa: E402
from mmdesk.modelling.safety.repack import pass_gate  # noqa: E402

pytestmark = [pytest.mark.tf, pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")]
FAMILIES = {
    "MobileNetV3Small": 32, "EfficientNetB0": 32, "ResNet50": 32, "DenseNet121": 32, "Xception": 71,
    "NASNetMobile": 32, "ConvNeXtTiny": 32, "InceptionV3": 75, "InceptionResNetV2": 75,
}  # fmt: skip
"""Networks by name, with the fewest pixels that each takes, or 32."""
VISIBLE = 0.01
"""How much the answers to different cases differ at least, a hundred times what compiling may change."""


def largest_difference(model, folder: Path) -> tuple[float, list[str]]:
    """Take a model as `models add` does; return how far its compiled form is off, and what was replaced."""
    folder.mkdir()
    model.save(folder / "m.keras")
    (folder / "in").mkdir()
    passed = pass_gate(folder / "m.keras", folder / "in")
    loaded, copy = load_foreign(passed.clean), load_foreign(passed.clean)
    replaced = replace_uncompiled(copy)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        file = export_part(copy, folder / "parts")
    rows = np.random.default_rng(2).uniform(0, 255, (8, *loaded.inputs[0].shape[1:])).astype(np.float32)
    wanted = np.asarray(loaded(rows, training=False))
    session = onnxruntime.InferenceSession(str(folder / "parts" / file))
    found = session.run(None, {session.get_inputs()[0].name: rows})[0]
    return float(np.abs(wanted - found).max() / max(1.0, np.abs(wanted).max())), replaced


@pytest.mark.slow
@pytest.mark.parametrize("name", FAMILIES)
def test_a_family_is_accepted_compiled_and_the_same(name: str, tmp_path: Path):
    size = FAMILIES[name]
    keras.utils.set_random_seed(1)
    make = getattr(keras.applications, name)
    model = make(weights=None, input_shape=(size, size, 3), classes=3, classifier_activation=None)
    rows = np.random.default_rng(2).uniform(0, 255, (16, size, size, 3)).astype(np.float32)
    for layer in layers_within(model):
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.momentum = 0.0
        if type(layer).__name__ == "LayerScale":
            layer.gamma.assign(np.full(layer.gamma.shape, 0.5))  # at first it all but leaves its block out
    model(rows, training=True)  # so that cases differ in what comes out
    assert np.ptp(np.asarray(model(rows, training=False)), axis=0).max() > VISIBLE
    worst, _replaced = largest_difference(model, tmp_path / "m")
    assert worst < 1e-4


def test_convolutions_by_groups_have_equal_forms(tmp_path: Path):
    layers = keras.layers
    image = keras.Input((12, 12, 6))
    x = layers.Conv2D(12, 3, groups=6, strides=2, activation="relu", bias_initializer="ones")(image)
    x = layers.Conv2D(8, 3, groups=4, padding="same", dilation_rate=2, use_bias=False)(x)
    x = layers.Conv1D(8, 3, groups=8, padding="causal", activation="gelu")(layers.Reshape((25, 8))(x))
    worst, replaced = largest_difference(keras.Model(image, layers.Dense(2)(layers.Flatten()(x))), tmp_path / "m")
    assert worst < 1e-5
    assert [one.split("(")[1] for one in sorted(replaced)] == ["Conv1D)", "Conv2D)", "Conv2D)"]
