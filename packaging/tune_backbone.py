"""Train the last blocks of the backbone on the eyes of ODIR-5K, for the model `fundus-pair`.

    PYTHONPATH=. python packaging/tune_backbone.py --data ODIR --backbone BUILD --out TUNED

Each eye is trained on what its own keywords say, as far as the patient's labels agree, so that
a healthy eye is not taught its neighbour's disease. The first blocks stay as ImageNet left them:
what they make of each eye, seen in several changed copies, is computed once and kept.
TUNED holds what BUILD holds (`backbone.keras` and `parts/`), for `train_fundus_pair.py`, and
`tuning.json` with the macro AUC of the validation patients after each epoch.
"""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import bundled_training as shared
import keras
import numpy as np
from numpy.typing import NDArray

from mmdesk.core.cases.case import Case, ImageRef
from mmdesk.core.fields.schema_toml import read_schema
from mmdesk.core.fields.values import Value
from mmdesk.core.recipe.parts import Augment
from mmdesk.imaging.augment import Draw, change, draw
from mmdesk.imaging.decode import decode_for_model
from mmdesk.modelling.network.bundle import load_model
from mmdesk.modelling.network.export import check_parity, export_part
from mmdesk.modelling.version_writer import made_up_pictures
from mmdesk.support.files import sha256_of
from mmdesk.support.resources import resource

TARGET, CUT = "findings", "block04_add"
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
AUGMENT = Augment(flip=True, rotation=20, shift=0.05, zoom=0.12, brightness=0.08, contrast=0.25, blur=0.6)
VIEWS, SIZE, BATCH, SEED = 6, 224, 32, 1
RATE, DECAY, SMOOTHING, MIX, DROPPED = 3e-4, 0.05, 0.05, 0.2, 0.3


@dataclass(frozen=True)
class Eyes:
    """Eyes of one split.

    Attributes:
        patient: Place of each eye's patient among the cases, (n,).
        seen: What the frozen part made of them, float16 (n, views, h, w, channels).
        told: What their keywords say, float32 (n, 8); NaN where they say nothing.
    """

    patient: NDArray[np.int64]
    seen: NDArray[np.float16]
    told: NDArray[np.float32]


def main() -> None:
    """Look at every eye, train, write the encoder."""
    arguments = _arguments()
    schema = read_schema(resource("schemas", "odir.toml").read_text("utf-8"))
    cases, labels = shared.read_table(arguments.data / "full_df.csv", schema)
    options = schema.field(TARGET).options
    wanted = np.array([[option in _found(label) for option in options] for label in labels], np.float32)
    words = shared.read_words(arguments.data / "full_df.csv", schema, tuple(SIDES.values()))
    backbone = load_model(arguments.backbone / "backbone.keras")
    front = keras.Model(backbone.input, backbone.get_layer(CUT).output)
    back = keras.Model(front.output, backbone.output)
    train = look(front, cases, wanted, words, "train", VIEWS)
    validation = look(front, cases, wanted, words, "validation", 1)
    keras.utils.set_random_seed(SEED)
    report = fit(back, train, validation, wanted, arguments.epochs)
    write(backbone, arguments.out, report)


def _found(label: Mapping[str, Value]) -> tuple[str, ...]:
    value = label[TARGET]
    return tuple(str(option) for option in value) if isinstance(value, tuple) else ()


def look(
    front: keras.Model,
    cases: Sequence[Case],
    wanted: NDArray[np.float32],
    words: Sequence[Mapping[str, str]],
    split: str,
    views: int,
) -> Eyes:
    """Return the eyes of a split; the first view is the eye as it is, the others are changed."""
    patients, told, pictures = [], [], []
    for place, case in enumerate(cases):
        for side, column in SIDES.items():
            image = case.inputs[side]
            if case.split == split and isinstance(image, ImageRef):
                patients.append(place)
                pictures.append(image.path)
                told.append(told_by(words[place][column], wanted[place]))
    seen = np.empty((len(pictures), views, *front.output_shape[1:]), np.float16)
    for start in range(0, len(pictures), BATCH):
        eyes = range(start, min(start + BATCH, len(pictures)))
        plain = [decode_for_model(Path(pictures[eye]), SIZE) for eye in eyes]
        for view in range(views):
            pixels = [change(p, _draw(eye, view)) for eye, p in zip(eyes, plain, strict=True)]
            seen[eyes.start : eyes.stop, view] = front.predict_on_batch(np.stack(pixels).astype(np.float32))
        if start % (20 * BATCH) == 0:
            print(f"{split}: {start} of {len(pictures)} eyes", flush=True)
    return Eyes(np.array(patients), seen, np.array(told))


def _draw(eye: int, view: int) -> Draw:
    return draw(AUGMENT, np.random.default_rng([SEED, eye, view])) if view else Draw()


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


def fit(
    back: keras.Model, train: Eyes, validation: Eyes, wanted: NDArray[np.float32], epochs: int
) -> list[dict[str, float]]:
    """Train the last blocks; the weights left in them are the moving mean over the steps.

    Batch normalisation keeps the statistics of ImageNet; activations are mixed in pairs
    (mixup, Zhang et al. 2018, in a hidden layer: Verma et al. 2019).

    Returns:
        By epoch the loss and the macro AUC of the validation patients.
    """
    for layer in back.layers:
        layer.trainable = not isinstance(layer, keras.layers.BatchNormalization)
    logits = keras.layers.Dense(8, name="findings")(keras.layers.Dropout(DROPPED)(back.output))
    model = keras.Model(back.input, logits)
    told = np.isfinite(train.told).all(1)
    steps = int(told.sum()) // BATCH
    rate = keras.optimizers.schedules.CosineDecay(
        RATE / 20, steps * (epochs - 1), warmup_target=RATE, warmup_steps=steps
    )
    optimiser = keras.optimizers.AdamW(rate, weight_decay=DECAY, use_ema=True, ema_momentum=0.995)
    model.compile(optimiser, keras.losses.BinaryCrossentropy(from_logits=True, label_smoothing=SMOOTHING))
    report = []
    for epoch in range(epochs):
        losses = [model.train_on_batch(*batch) for batch in _batches(train, np.flatnonzero(told), epoch)]
        kept = [np.array(weight) for weight in model.trainable_weights]
        optimiser.finalize_variable_values(model.trainable_weights)
        figure = judge(model, validation, wanted)
        report.append({"loss": round(float(np.mean(losses)), 4), "validation_macro_auc": round(figure, 4)})
        print(epoch + 1, report[-1], flush=True)
        if epoch + 1 < epochs:
            for weight, value in zip(model.trainable_weights, kept, strict=True):
                weight.assign(value)
    return report


def _batches(eyes: Eyes, rows: NDArray[np.int64], epoch: int) -> Iterator[tuple[Any, Any]]:
    rng = np.random.default_rng([SEED, epoch])
    order = rng.permutation(rows)
    for start in range(0, len(order) - BATCH + 1, BATCH):
        chosen = order[start : start + BATCH]
        views = rng.integers(eyes.seen.shape[1], size=BATCH)
        seen, told = eyes.seen[chosen, views].astype(np.float32), eyes.told[chosen]
        share = max(rng.beta(MIX, MIX), 0.0)
        yield share * seen + (1 - share) * seen[::-1], share * told + (1 - share) * told[::-1]


def judge(model: keras.Model, eyes: Eyes, wanted: NDArray[np.float32]) -> float:
    """Return the patients' macro AUC when the worse eye speaks for the patient."""
    answers = np.concatenate(
        [
            model.predict_on_batch(eyes.seen[start : start + BATCH, 0].astype(np.float32))
            for start in range(0, len(eyes.seen), BATCH)
        ]
    )
    answers[:, 0] *= -1
    places = np.unique(eyes.patient)
    worst = np.stack([answers[eyes.patient == place].max(0) for place in places])
    worst[:, 0] *= -1
    return float(shared.macro_auc(wanted[places], worst, np.ones((1, len(places))))[0])


def write(backbone: keras.Model, out: Path, report: Sequence[Mapping[str, float]]) -> None:
    """Write the encoder with its trained last blocks, its ONNX part and the report."""
    backbone.trainable = False
    fold(backbone)
    out.mkdir(parents=True, exist_ok=True)
    backbone.save(out / "backbone.keras")
    name = halve(out / "parts" / export_part(backbone, out / "parts"))
    difference = check_parity(backbone, out / "parts" / name, {"image": made_up_pictures(SIZE)})
    print(f"{name}: ONNX differs from Keras by at most {difference:.2g}")
    (out / "tuning.json").write_text(json.dumps(report, indent=1), encoding="utf-8")


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
    parser = argparse.ArgumentParser(description="Train the backbone's last blocks on ODIR-5K.")
    parser.add_argument("--data", type=Path, required=True, help="folder of full_df.csv and images/")
    parser.add_argument("--backbone", type=Path, required=True, help="folder that build_backbone.py wrote")
    parser.add_argument("--out", type=Path, required=True, help="folder for the tuned backbone")
    parser.add_argument("--epochs", type=int, default=12)
    return parser.parse_args()


if __name__ == "__main__":
    main()
