"""Ten ways in which a mapping is wrong without a word: the labels say which answer is right."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

import mmdesk.storage.database.dialect  # noqa: F401  # before TensorFlow's older SQLite
from mmdesk.core.cases.case import ImageRef
from mmdesk.core.fields.schema import Field, Schema
from mmdesk.core.job import SilentContext
from mmdesk.core.model.reading import Reading
from mmdesk.services.models import foreign_models
from mmdesk.services.project import create_project
from mmdesk.storage.store import NewCase
from mmdesk.support.files import sha256_of

keras = pytest.importorskip("keras")

from keras import layers, ops  # noqa: E402

pytestmark = [
    pytest.mark.tf,
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"),
]
CASES = 60
KIND = Field("kind", "target", "choice", options=("a", "b", "c"))
ILL = Field("ill", "target", "flag")
RNG = np.random.default_rng(7)
IMAGE, TRACE = Field("left", "input", "image"), Field("trace", "input", "sequence", channels=("v",))
SEX = Field("sex", "input", "choice", options=("f", "m", "x"))
X = tuple(Field(f"x{at}", "input", "number") for at in range(1, 4))


def picture(folder, number, pixels):
    path = folder / f"{number}.png"
    Image.fromarray(pixels.astype(np.uint8)).save(path)
    return {"left": ImageRef(path.name, sha256_of(path))}


def bright(folder, number):
    return picture(folder, number, np.full((8, 8, 3), (30, 120, 210)[number % 3]))


def coloured(folder, number):
    colour = [(210, 90, 60), (90, 90, 90), (60, 90, 210)][number % 3]
    return picture(folder, number, np.full((8, 8, 3), colour))


def tall(folder, number):
    """A bright square in a tall picture: cropped, it is whole; stretched, it is flat."""
    pixels = np.zeros((48, 16, 3))
    top = 16 + 3 * (number % 3)
    pixels[top : top + 8] = 255
    return picture(folder, number, pixels)


def sized(folder, number):
    """A picture whose size tells its class."""
    side = (16, 24, 32)[number % 3]
    return picture(folder, number, np.full((side, side, 3), 100))


def steps(_folder, number):
    return {"trace": tuple((float(1 + number % 3),) for _ in range(3 + number % 4))}


def lengths(_folder, number):
    return {"trace": tuple((1.0,) for _ in range(4 + 4 * (number % 3)))}


def classes(end, mean, levels, sharp=200.0):
    scores = -sharp * ops.square(mean - np.array(levels, "float32"))
    return keras.Model(end, layers.Activation("softmax", name="kind")(scores))


def mean_of(end, axes):
    return layers.Reshape((1,))(ops.mean(end, axis=axes))


def by_pixels(factor=1.0, offset=0.0):
    end = keras.Input((8, 8, 3), name="left")
    levels = np.array([30, 120, 210]) * factor + offset
    return classes(end, mean_of(end, (1, 2, 3)), levels, 200.0 / (255 * factor) ** 2)


def by_blue():
    """Blue comes first, less the means of ImageNet, as for VGG and ResNet."""
    end = keras.Input((8, 8, 3), name="left")
    first = mean_of(end[..., :1], (1, 2, 3))
    return classes(end, first, np.array([60, 90, 210]) - 103.939, 0.01)


def by_place():
    end = keras.Input((16, 16, 3), name="left")
    down = np.arange(16, dtype="float32").reshape(1, 16, 1, 1)
    place = mean_of(end * down, (1, 2, 3)) / (mean_of(end, (1, 2, 3)) + 1e-6)
    return classes(end, place, [3.5, 6.5, 9.5], 4.0)


def by_size():
    end = keras.Input((None, None, 3), name="left")
    rows = ops.sum(ops.ones_like(end[:, :, :1, :1]), axis=(1, 2, 3))
    return classes(end, layers.Reshape((1,))(rows), [16, 24, 32], 0.1)


def by_code():
    end = keras.Input((1,), dtype="int32", name="sex")
    table = 8.0 * np.eye(3, dtype="float32")[[2, 0, 1, 2, 2]]
    return keras.Model(
        end, layers.Activation("softmax", name="kind")(layers.Flatten()(layers.Embedding(5, 3, weights=[table])(end)))
    )


def by_order():
    end = keras.Input((1,), name="x1")
    return classes(end, end, [20, 0, 10], 1.0)


def by_standard():
    end = keras.Input((3,), name="vector")
    return classes(end, mean_of(end, (1,)), [-1.2247, 0, 1.2247], 4.0)


def by_last_step():
    end = keras.Input((8, 1), name="trace")
    return classes(end, end[:, -1], [1, 2, 3], 4.0)


def by_length():
    end = keras.Input((None, 1), name="trace")
    count = ops.sum(ops.ones_like(end), axis=(1, 2))
    return classes(end, layers.Reshape((1,))(count), [4, 8, 12], 0.5)


def by_estimate():
    end = keras.Input((1,), name="x1")
    return keras.Model(end, layers.Dense(1, kernel_initializer=keras.initializers.Constant(0.05), name="ill")(end))


def numbers(names):
    return lambda _folder, number: dict.fromkeys(names, 10.0 * (number % 3))


VECTOR = {"vector": ["x1..x3"]}
FAULTS = {
    "pixels": ((IMAGE,), KIND, bright, lambda: by_pixels(1 / 255), {}, ("left", "pixels", {"unit"})),
    "caffe": ((IMAGE,), KIND, coloured, by_blue, {}, ("left", "pixels", {"caffe"})),
    "fitting": ((IMAGE,), KIND, tall, by_place, {}, ("left", "fit", {"crop"})),
    "codes": ((SEX,), KIND, lambda _f, n: {"sex": "fmx"[n % 3]}, by_code, {}, ("sex", "offset", {1})),
    "order": ((X[0],), KIND, numbers(["x1"]), by_order, {}, ("kind", "order", {("c", "a", "b")})),
    "numbers": (X, KIND, numbers(["x1", "x2", "x3"]), by_standard, VECTOR, ("vector", "scale", {"standardised"})),
    "padding": ((TRACE,), KIND, steps, by_last_step, {}, ("trace", "padding", {"before"})),
    "length": ((TRACE,), KIND, lengths, by_length, {}, ("trace", "length", {0})),
    "size": ((IMAGE,), KIND, sized, by_size, {}, ("left", "size", {()})),
    "link": ((X[0],), ILL, numbers(["x1"]), by_estimate, {}, ("ill", "link", {"linear"})),
}
WRONG = {"length": ("trace", "length", 64), "size": ("left", "size", (224, 224))}
"""What is said wrongly where the file alone would be read rightly."""


def found_by_probe(name, folder, child):
    inputs, target, values, make, said, (end, key, right) = FAULTS[name]
    project = create_project(folder / f"{name}.mmdesk", Schema("P", "ID", "ID", (*inputs, target)))
    truth = (lambda n: n % 3 == 2) if target is ILL else (lambda n: "abc"[n % 3])
    project.store.add_cases(
        [NewCase(f"c{n}", inputs=values(project.folder, n), labels={target.name: truth(n)}) for n in range(CASES)]
    )
    try:
        file = folder / f"{name}.keras"
        make().save(file)
        foreign = foreign_models.look_at(project, file, SilentContext(), child)
        match = foreign_models.match_settled(foreign, project, said)
        from mmdesk.core.model.suggested import suggested

        reading = suggested(foreign, match, project.schema)[0]
        if name in WRONG:
            reading = reading.said([WRONG[name]])
        proof = foreign_models.prove(
            project, file, foreign, match, reader="Ann", ctx=SilentContext(), reading=reading, child=child
        )
    finally:
        project.close()
    probe = proof.probe
    assert len(proof.cases) == 3
    if probe.reading is None:
        return False, probe.say()
    return getattr(Reading.from_json(probe.reading).of(end), key) in right, probe.say()


def test_at_least_nine_of_ten_silent_faults_are_found(tmp_path, child):
    found = {name: found_by_probe(name, tmp_path, child) for name in FAULTS}
    print("\n".join(f"{name}: {right} {words}" for name, (right, words) in found.items()))
    assert sum(right for right, _ in found.values()) >= 9, found
