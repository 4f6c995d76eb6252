"""What the recipe says of each architecture of `keras.applications` is what Keras makes."""

import pytest

pytestmark = [pytest.mark.tf, pytest.mark.slow]

keras = pytest.importorskip("keras")

from mmdesk.core.recipe.encoders.application import APPLICATIONS  # noqa: E402

SMALL = ("MobileNet", "MobileNetV2", "MobileNetV3Small", "NASNetMobile", "EfficientNetB0")


@pytest.mark.parametrize("name", SMALL)
def test_an_architecture_has_the_width_that_is_told(name):
    pixels, width = APPLICATIONS[name]
    make = getattr(keras.applications, name)
    model = make(include_top=False, weights=None, input_shape=(pixels, pixels, 3), pooling="avg")
    assert model.output_shape[-1] == width
