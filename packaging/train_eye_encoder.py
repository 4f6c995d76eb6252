"""Train the whole backbone on the single eyes of ODIR-5K, for the model `fundus-pair`.

    PYTHONPATH=. python packaging/train_eye_encoder.py --data ODIR --backbone BUILD --out EYES [--weights FILE]

Each eye is trained on what its own keywords say, as far as the patient's labels agree, so that
a healthy eye is not taught its neighbour's disease. It needs a GPU: 25 epochs of 3,859 eyes. With
`--weights` nothing is trained: the weights of an earlier run are taken, and rounded and compiled.
EYES holds what BUILD holds (`backbone.keras` and `parts/`), for `train_fundus_pair.py`, and
`eye_encoder.npz` with the weights by name and the macro AUC of the validation patients by epoch.
"""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import bundled_training as shared
import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from mmdesk.core.cases.case import Case, ImageRef
from mmdesk.core.fields.schema_toml import read_schema
from mmdesk.core.fields.values import Value
from mmdesk.core.recipe.encoders.backbone import BACKBONES
from mmdesk.imaging.decode import decode_for_model
from mmdesk.modelling.network.backbones import efficientnet_lite0
from mmdesk.modelling.network.bundle import load_model
from mmdesk.modelling.network.export import check_parity, export_part
from mmdesk.modelling.version_writer import made_up_pictures
from mmdesk.support.files import sha256_of
from mmdesk.support.resources import resource

TARGET = "findings"
SIZE = BACKBONES["efficientnet-lite0-fundus"][0]
SIDES = {"left": "Left-Diagnostic Keywords", "right": "Right-Diagnostic Keywords"}
FINDINGS = (
    ("Diabetes", r"diabetic|proliferative"),
    ("Glaucoma", "glaucoma"),
    ("Cataract", "cataract"),
    ("Age related Macular Degeneration", "age-related macular"),
    ("Hypertension", "hypertensive"),
    ("Pathological Myopia", "myopi"),
)
"""Columns of the table, and the pattern of the keywords that mean them; others are `Other`."""
UNSAID = {
    "lens dust",
    "optic disk photographically invisible",
    "low image quality",
    "image offset",
    "anterior segment image",
    "no fundus image",
    "",
}
"""Keywords that tell nothing of the eye's health."""
EPOCHS, WARM_UP, BATCH, SEED = 25, 2, 64, 1
RATE, DECAY, SMOOTHING, CLIP = 8e-4, 0.05, 0.03, 5.0
MIX, DROPPED_BLOCKS, DROPPED = 0.4, 0.25, 0.3
KEPT, STATISTICS = 0.998, 0.97
"""Momentum of the moving mean of weights that is kept, and of the statistics of batch normalisation."""


@dataclass(frozen=True)
class Eyes:
    """Eyes of one split.

    Attributes:
        patient: Index of each eye's patient among the cases, (n,).
        pixels: uint8 (n, size, size, 3).
        labels: What their keywords say, float32 (n, 8); NaN where they say nothing.
    """

    patient: NDArray[np.int64]
    pixels: NDArray[np.uint8]
    labels: NDArray[np.float32]


def main() -> None:
    """Look at every eye, train, write the encoder."""
    arguments = _arguments()
    report: list[dict[str, float]] = []
    if arguments.weights:
        with np.load(arguments.weights) as arrays:
            weights = {name: arrays[name] for name in arrays.files}
    else:
        schema = read_schema(resource("schemas", "odir.toml").read_text("utf-8"))
        cases, labels = shared.read_table(arguments.data / "full_df.csv", schema)
        options = schema.field(TARGET).options
        wanted = np.array([[option in _found(label) for option in options] for label in labels], np.float32)
        words = shared.read_words(arguments.data / "full_df.csv", schema, tuple(SIDES.values()))
        read = partial(look, cases, wanted, words, limit=arguments.limit)
        start = weights_of(load_model(arguments.backbone / "backbone.keras"))
        weights, report = fit(start, read("train"), read("validation"), wanted, arguments.epochs)
    write(weights, arguments.out, report)


def _found(label: Mapping[str, Value]) -> tuple[str, ...]:
    value = label[TARGET]
    return tuple(str(option) for option in value) if isinstance(value, tuple) else ()


def look(
    cases: Sequence[Case],
    wanted: NDArray[np.float32],
    words: Sequence[Mapping[str, str]],
    split: str,
    *,
    limit: int | None,
) -> Eyes:
    """Return the eyes of a split, at most `limit`."""
    patients: list[int] = []
    labels, pixels = [], []
    for index, case in enumerate(cases):
        for side, column in SIDES.items():
            image = case.inputs[side]
            if case.split == split and isinstance(image, ImageRef) and len(patients) != limit:
                patients.append(index)
                pixels.append(decode_for_model(Path(image.path), SIZE))
                labels.append(told_by(words[index][column], wanted[index]))
    print(f"{split}: {len(pixels)} eyes", flush=True)
    return Eyes(np.array(patients), np.stack(pixels), np.array(labels))


def told_by(words: str, patient: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return what one eye's keywords say of the eight findings, (8,); NaN when nothing.

    Args:
        words: The keywords, divided by plain or full-width commas.
        patient: The patient's labels, (8,): a finding that they lack is not believed.
    """
    said = {part.strip().lower() for part in re.split("[,\N{FULLWIDTH COMMA}]", words)} - UNSAID
    if not said:
        return np.full(8, np.nan, np.float32)
    healthy = "normal fundus" in said
    found = [any(re.search(pattern, word) for word in said) for _, pattern in FINDINGS]
    known = "normal fundus|" + "|".join(pattern for _, pattern in FINDINGS)
    other = any(not re.search(known, word) for word in said)
    told = np.array([healthy, *found, other], np.float32)
    told[1:] *= patient[1:]
    return told


def weights_of(model: keras.Model) -> dict[str, NDArray[np.float32]]:
    """Return the weights of a model as LAYER/VARIABLE."""
    return {f"{layer.name}/{one.name}": np.array(one) for layer in model.layers for one in layer.weights}


def assign(model: keras.Model, weights: Mapping[str, Any]) -> None:
    """Give a model the weights of its name; others, such as those of a classifier, are left out."""
    for layer in model.layers:
        for one in layer.weights:
            one.assign(weights[f"{layer.name}/{one.name}"])


def fit(
    start: Mapping[str, Any], train: Eyes, validation: Eyes, wanted: NDArray[np.float32], epochs: int
) -> tuple[dict[str, NDArray[np.float32]], list[dict[str, float]]]:
    """Train every layer and return the moving mean of the weights over the steps.

    Blocks are left out at random, the deeper the more often (stochastic depth, Huang et al. 2016),
    eyes are mixed in pairs (mixup, Zhang et al. 2018), weights decay apart from the gradient (AdamW,
    Loshchilov and Hutter 2019).

    Returns:
        Weights by name, and by epoch the loss and the macro AUC of the validation patients.
    """
    keras.utils.set_random_seed(SEED)
    if tf.config.list_physical_devices("GPU"):
        keras.config.set_dtype_policy("mixed_bfloat16")
    encoder = efficientnet_lite0(size=SIZE, dropped_blocks=DROPPED_BLOCKS)
    assign(encoder, start)
    for layer in encoder.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.momentum = STATISTICS
    known = np.flatnonzero(np.isfinite(train.labels).all(1))
    frequency = np.clip(train.labels[known].mean(0), 1e-3, 1 - 1e-3)
    bias = keras.initializers.Constant(np.log(frequency / (1 - frequency)))
    classifier = keras.layers.Dense(
        8,
        name="findings",
        dtype="float32",
        bias_initializer=bias,
        kernel_initializer=keras.initializers.RandomNormal(stddev=0.01),
    )
    model = keras.Model(encoder.input, classifier(keras.layers.Dropout(DROPPED)(encoder.output)))
    steps = len(known) // BATCH
    rate = keras.optimizers.schedules.CosineDecay(
        RATE / 20, steps * max(1, epochs - WARM_UP), alpha=0.01, warmup_target=RATE, warmup_steps=steps * WARM_UP
    )
    optimiser = keras.optimizers.AdamW(rate, weight_decay=DECAY, global_clipnorm=CLIP)
    optimiser.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
    optimiser.build(model.trainable_variables)
    loss = keras.losses.BinaryCrossentropy(from_logits=True, label_smoothing=SMOOTHING)
    kept = [tf.Variable(one.value) for one in model.weights]

    @tf.function  # type: ignore[untyped-decorator]
    def step(pixels: tf.Tensor, labels: tf.Tensor, share: tf.Tensor) -> tf.Tensor:
        seen = changed(tf.cast(pixels, tf.float32))
        seen = share * seen + (1 - share) * seen[::-1]
        mixed = share * labels + (1 - share) * labels[::-1]
        with tf.GradientTape() as tape:
            value = loss(mixed, model(seen, training=True))
        optimiser.apply(tape.gradient(value, model.trainable_variables), model.trainable_variables)
        for mean, one in zip(kept, model.weights, strict=True):
            mean.assign(KEPT * mean + (1 - KEPT) * tf.cast(one.value, mean.dtype))
        return value

    report = []
    for epoch in range(epochs):
        losses = [float(step(*batch)) for batch in _batches(train, known, epoch)]
        latest = model.get_weights()
        model.set_weights([np.array(mean) for mean in kept])
        figure = judge(model, validation, wanted)
        report.append({"loss": round(float(np.mean(losses)), 4), "validation_macro_auc": round(figure, 4)})
        print(epoch + 1, report[-1], flush=True)
        if epoch + 1 < epochs:
            model.set_weights(latest)
    return weights_of(encoder), report


def _batches(eyes: Eyes, rows: NDArray[np.int64], epoch: int) -> Iterator[tuple[Any, Any, Any]]:
    rng = np.random.default_rng([SEED, epoch])
    order = rng.permutation(rows)
    for start in range(0, len(order) - BATCH + 1, BATCH):
        chosen = order[start : start + BATCH]
        share = rng.beta(MIX, MIX)
        yield eyes.pixels[chosen], eyes.labels[chosen], np.float32(max(share, 1 - share))


def changed(pixels: tf.Tensor) -> tf.Tensor:
    """Return eyes as another photograph might show them: turned, zoomed, shifted, in another light.

    Args:
        pixels: float32 (n, size, size, 3), 0 to 255.
    """
    count, size = tf.shape(pixels)[0], tf.cast(tf.shape(pixels)[1], tf.float32)

    def drawn(low: float, high: float, *more: int) -> tf.Tensor:
        return tf.random.uniform([count, *more], low, high)

    angle, zoom, aspect = drawn(-25, 25) * np.pi / 180, drawn(0.85, 1.15), drawn(0.93, 1.07)
    across = tf.where(drawn(0, 1) < 0.5, -1.0, 1.0)
    down = tf.where(drawn(0, 1) < 0.25, -1.0, 1.0)
    cos, sin = tf.cos(angle) * zoom, tf.sin(angle) * zoom
    # Rows of the output pixel (x, y, 1) > the pixel of the input, about the centre.
    matrix = [aspect * cos * across, aspect * sin * down, -sin * across, cos * down]
    centre = (size - 1) / 2
    shift_x, shift_y = drawn(-0.06, 0.06) * size, drawn(-0.06, 0.06) * size
    a, b, c, d = matrix
    zero = tf.zeros_like(a)
    rows = [a, b, centre - (a + b) * centre + shift_x, c, d, centre - (c + d) * centre + shift_y, zero, zero]
    moved = tf.raw_ops.ImageProjectiveTransformV3(
        images=pixels,
        transforms=tf.stack(rows, 1),
        output_shape=tf.shape(pixels)[1:3],
        fill_value=0.0,
        interpolation="BILINEAR",
        fill_mode="CONSTANT",
    )
    mean = tf.reduce_mean(moved, (1, 2), keepdims=True)
    contrast, brightness = drawn(0.7, 1.35, 1, 1, 1), drawn(0.8, 1.2, 1, 1, 1)
    lit = ((moved - mean) * contrast + mean) * brightness * drawn(0.9, 1.1, 1, 1, 3)
    return tf.clip_by_value(_with_a_square(lit, mean, size, drawn), 0.0, 255.0)


def _with_a_square(pixels: tf.Tensor, mean: tf.Tensor, size: tf.Tensor, drawn: Any) -> tf.Tensor:
    """Cover a square of up to a fifth of the side with the mean colour (cutout, DeVries and Taylor 2017)."""
    ramp = tf.range(size)
    half = drawn(0, 0.2)[:, None] * size / 2
    rows = tf.abs(ramp[None] - drawn(0, 1)[:, None] * size) < half
    columns = tf.abs(ramp[None] - drawn(0, 1)[:, None] * size) < half
    return tf.where((rows[:, :, None] & columns[:, None, :])[..., None], mean, pixels)


def judge(model: keras.Model, eyes: Eyes, wanted: NDArray[np.float32]) -> float:
    """Return the patients' macro AUC when the worse eye speaks for the patient."""
    answers = model.predict(eyes.pixels, batch_size=BATCH, verbose=0)
    answers[:, 0] *= -1
    patients = np.unique(eyes.patient)
    worst = np.stack([answers[eyes.patient == one].max(0) for one in patients])
    worst[:, 0] *= -1
    return float(shared.macro_auc(wanted[patients], worst, np.ones((1, len(patients))))[0])


def write(weights: Mapping[str, Any], out: Path, report: Sequence[Mapping[str, float]]) -> None:
    """Write the encoder, its ONNX part, its weights by name and the report."""
    keras.config.set_dtype_policy("float32")
    backbone = efficientnet_lite0(size=SIZE)
    assign(backbone, weights)
    out.mkdir(parents=True, exist_ok=True)
    if report:
        np.savez(out / "eye_encoder.npz", **weights, size=SIZE, log=json.dumps(report))
    backbone.trainable = False
    fold(backbone)
    backbone.save(out / "backbone.keras")
    name = halve(out / "parts" / export_part(backbone, out / "parts"))
    difference = check_parity(backbone, out / "parts" / name, {"image": made_up_pictures(SIZE)})
    print(f"{name}: ONNX differs from Keras by at most {difference:.2g}")


def fold(backbone: keras.Model) -> None:
    """Move each batch normalisation's scale into the kernel before it, rounded to float16.

    What is left of it adds its offset and nothing else, so that the compiled kernels are the
    rounded ones too.
    """
    kernels = [layer for layer in backbone.layers if "kernel" in dir(layer) and layer.weights]
    norms = [layer for layer in backbone.layers if isinstance(layer, keras.layers.BatchNormalization)]
    for layer, norm in zip(kernels, norms, strict=True):
        gamma, beta, mean, variance = map(np.array, norm.get_weights())
        scale = gamma / np.sqrt(variance + norm.epsilon)
        (kernel,) = layer.get_weights()
        depthwise = isinstance(layer, keras.layers.DepthwiseConv2D)
        folded = kernel * (scale[:, None] if depthwise else scale)
        layer.set_weights([folded.astype(np.float16).astype(np.float32)])
        one = np.ones_like(gamma)
        norm.set_weights([one, beta - mean * scale, 0 * one, one * np.float32(1 - norm.epsilon)])


def halve(part: Path) -> str:
    """Keep a part's kernels as float16, which they are but for rounding; return its new name."""
    import onnx
    from onnx import numpy_helper

    model = onnx.load(part)
    casts = []
    for tensor in model.graph.initializer:
        values = numpy_helper.to_array(tensor)
        half = values.astype(np.float16)
        if values.ndim == 4 and values.size > 1000 and np.allclose(half, values, rtol=1e-6, atol=1e-9):
            name = tensor.name
            tensor.CopyFrom(numpy_helper.from_array(half, f"{name}_half"))
            casts.append(onnx.helper.make_node("Cast", [f"{name}_half"], [name], to=onnx.TensorProto.FLOAT))
    for cast in reversed(casts):
        model.graph.node.insert(0, cast)
    part.unlink()
    written = part.with_name("part.onnx")
    onnx.save(model, written)
    named = part.with_name(f"{sha256_of(written)}.onnx")
    written.replace(named)
    print(f"{len(casts)} kernels halved, {named.stat().st_size:,} bytes")
    return named.name


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Train the whole backbone on the single eyes of ODIR-5K.")
    parser.add_argument("--data", type=Path, required=True, help="folder of full_df.csv and images/")
    parser.add_argument("--backbone", type=Path, required=True, help="folder that build_backbone.py wrote")
    parser.add_argument("--out", type=Path, required=True, help="folder for the eye encoder")
    parser.add_argument("--weights", type=Path, help="eye_encoder.npz of an earlier run; nothing is trained")
    parser.add_argument("--epochs", type=int, default=EPOCHS)
    parser.add_argument("--limit", type=int, help="eyes of each split, to try it")
    return parser.parse_args()


if __name__ == "__main__":
    main()
