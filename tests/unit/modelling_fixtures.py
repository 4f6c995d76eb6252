"""A schema with every kind of field, made-up cases of it, and a tiny backbone."""

from datetime import date, timedelta

import keras
import numpy as np

from mmdesk.core.cases.case import Case, ImageRef
from mmdesk.core.fields.schema import Field, Schema
from mmdesk.core.fields.values import Missing, Reason
from mmdesk.core.model.prepare import learn_preparation, prepare, prepare_targets
from mmdesk.core.recipe.encoders.backbone import BACKBONES
from mmdesk.core.recipe.recipe import Recipe, new_encoder, new_fusion

SCHEMA = Schema(
    "All kinds",
    "ID",
    "ID",
    (
        Field("left", "input", "image", side="left"),
        Field("right", "input", "image", side="right"),
        Field("age", "input", "number"),
        Field("sex", "input", "choice", options=("f", "m")),
        Field("smoker", "input", "flag"),
        Field("complaint", "input", "text"),
        Field("pressure", "input", "sequence", channels=("high", "low")),
        Field("seen", "input", "date"),
        Field("sick", "target", "flag"),
        Field("cause", "target", "choice", options=("a", "b", "c")),
        Field("findings", "target", "labels", options=("x", "y")),
        Field("dose", "target", "number"),
        Field("stage", "target", "grade", options=("none", "some", "much")),
    ),
)
PIXELS = 8
SMALL = new_fusion(width=16, dropout=0.1)
RECIPES = {
    "convolution": Recipe(
        (
            new_encoder("backbone", ("left", "right"), width=6, compare=True),
            new_encoder("dense", ("age", "smoker"), width=4),
            new_encoder("embedding", ("sex",), width=3),
            new_encoder("words", ("complaint",), width=5, length=6),
            new_encoder("convolution", ("pressure",), width=4, length=7),
            new_encoder("dense", ("seen",), width=4),
        ),
        SMALL,
    ),
    "recurrent": Recipe(
        (
            new_encoder("backbone", ("left",), width=6),
            new_encoder("backbone", ("right",), width=5),
            new_encoder("dense", ("age",), width=4),
            new_encoder("recurrent", ("pressure",), width=4, length=7),
        ),
        new_fusion(width=8, layers=2, dropout=0.0),
    ),
    "record only": Recipe((new_encoder("words", ("complaint",), width=5), new_encoder("embedding", ("sex",))), SMALL),
}
_WORDS = ("pain", "cough", "fever", "none", "headache")


def tiny_backbone():
    """Return an encoder of 8 x 8 pictures with the width of the real one."""
    keras.utils.set_random_seed(5)
    image = keras.Input((PIXELS, PIXELS, 3), name="image")
    pooled = keras.layers.GlobalAveragePooling2D()(keras.layers.Rescaling(1 / 255)(image))
    width = BACKBONES["efficientnet-lite0"][1]
    return keras.Model(image, keras.layers.Dense(width, "relu")(pooled), name="backbone")


def made_up_cases(count, seed=1):
    """Return cases with their labels; about one input in five is missing."""
    rng = np.random.default_rng(seed)
    cases, labels = [], []
    for number in range(count):
        age, sick = float(rng.integers(20, 90)), bool(rng.random() < 0.5)
        inputs = {
            "left": ImageRef("l.png", "0" * 64),
            "right": ImageRef("r.png", "1" * 64),
            "age": age,
            "sex": "fm"[rng.integers(2)],
            "smoker": bool(rng.random() < 0.5),
            "complaint": " ".join(rng.choice(_WORDS, 3)) + (" sick" if sick else ""),
            "pressure": tuple((float(a), float(a) - 40) for a in rng.normal(130, 9, rng.integers(0, 9))),
            "seen": date(2020, 1, 1) + timedelta(days=int(rng.integers(900))),
        }
        for name in inputs:
            if rng.random() < 0.2:
                inputs[name] = Missing(Reason.ABSENT)
        cases.append(Case(number, str(number), str(number), "train", inputs))
        labels.append(
            {
                "sick": sick,
                "cause": "abc"[int(age) % 3],
                "findings": ("x",) if sick else ("y",),
                "dose": 100 + 2 * age,
                "stage": int(age > 40) + int(age > 65),
            }
        )
    return cases, labels


def made_up_data(recipe, count=80, seed=1):
    """Return preparation, the head's inputs with embeddings, targets and weights."""
    cases, labels = made_up_cases(count, seed)
    preparation = learn_preparation(SCHEMA, cases, labels, recipe)
    present = {name: np.array([isinstance(case.inputs[name], ImageRef) for case in cases]) for name in recipe.images}
    inputs = prepare(preparation, SCHEMA, cases, present)
    rng = np.random.default_rng(seed)
    for name in recipe.images:
        inputs[f"{name}__embedding"] = rng.random((count, 1280), np.float32)
    targets, weights = prepare_targets(SCHEMA, labels)
    return preparation, inputs, targets, weights
