"""Ranges of pixels are those that Keras' own applications were trained on."""

import keras
import numpy as np
import pytest

from mmdesk.core.model.readings import ImageReading
from mmdesk.modelling.foreign.adapter import _image

pytestmark = pytest.mark.tf


@pytest.mark.parametrize(("name", "mode"), [("imagenet", "torch"), ("caffe", "caffe"), ("signed", "tf")])
def test_a_range_is_what_keras_applications_do(name, mode):
    pixels = np.random.default_rng(1).uniform(0, 255, (2, 4, 4, 3)).astype("float32")
    wanted = keras.applications.imagenet_utils.preprocess_input(pixels.copy(), mode=mode)
    found = keras.ops.convert_to_numpy(_image(pixels, 3, ImageReading(name)))
    np.testing.assert_allclose(found, wanted, atol=1e-4)
