"""Phantom cases for each recipe in `resources/recipes`, by a known rule, seeded and fast.

Every input holds a hidden strength; the score of a case is their weighted sum (the product of
the two vectors where the recipe multiplies), and all targets follow from the score with noise.
"""

from dataclasses import dataclass

import numpy as np
from PIL import Image

from mmdesk.core.cases.case import Case, ImageRef
from mmdesk.core.fields.arrays import grade_probabilities
from mmdesk.core.fields.schema_toml import read_schema
from mmdesk.core.fields.values import Missing, Reason
from mmdesk.core.judge.bootstrap import replicated
from mmdesk.core.judge.metrics import accuracy, auc, mean_absolute_error, quadratic_kappa
from mmdesk.core.recipe.image_encoder import ImageEncoder
from mmdesk.core.recipe.recipe import read_recipe
from mmdesk.support.resources import resource

NAMES = tuple(sorted(path.name for path in resource("recipes").iterdir() if path.is_dir()))
STRENGTHS = {"well": -1.5, "better": -0.8, "tired": 0.3, "pain": 0.9, "worse": 1.6}
FILLERS = ("since", "monday", "with", "family", "again", "the", "morning")
DEVIATIONS = 3
"""How many deviations of chance a figure must be better than chance."""
SHUFFLES = 300
"""How often labels are shuffled to see how far chance alone reaches."""


@dataclass(frozen=True)
class Shape:
    """Cases of one recipe: n cases, their labels, and each image input's pictures (n, s, s, 3)."""

    schema: object
    recipe: object
    cases: list
    labels: list
    pictures: dict

    def present(self, name):
        return np.array([isinstance(case.inputs[name], ImageRef) for case in self.cases])


def load(name):
    """Return schema and recipe of one folder."""
    folder = resource("recipes", name)
    schema = read_schema((folder / "schema.toml").read_text("utf-8"))
    return schema, read_recipe((folder / "recipe.toml").read_text("utf-8"))


def make(name, count, seed=1, missing=0.0, size=0):
    """Return `count` cases of a recipe; `missing` is the share of each input that is absent."""
    schema, recipe = load(name)
    rng = np.random.default_rng([seed, sum(map(ord, name))])
    strengths = {field.name: np.clip(rng.normal(size=count), -2, 2) for field in schema.inputs}
    values = {field.name: _render(field, recipe, strengths, rng) for field in schema.inputs}
    score = _score(recipe, strengths)
    labels = _labels(schema, score, rng)
    cases = []
    for row in range(count):
        inputs = {
            key: Missing(Reason.ABSENT) if rng.random() < missing else column[row] for key, column in values.items()
        }
        cases.append(Case(row + 1, f"C{row:04}", f"P{row:04}", "train", inputs))
    pictures = {
        key: np.stack([disc(z, size or recipe.encoder_of(key).pixels, rng) for z in strengths[key]])
        for key in recipe.images
    }
    return Shape(schema, recipe, cases, labels, pictures)


def disc(strength, size, rng):
    """Return a grey, noisy picture with a disc whose radius tells the strength."""
    down, across = np.mgrid[0:size, 0:size] / size
    y, x = rng.uniform(0.35, 0.65, 2)
    inside = (down - y) ** 2 + (across - x) ** 2 < (0.2 + 0.07 * strength) ** 2
    picture = np.where(inside[..., None], [230, 180, 60], [70, 60, 80]) + rng.normal(0, 8, (size, size, 1))
    return np.clip(picture, 0, 255).astype(np.uint8)


def write_pictures(shape, folder):
    """Write the pictures as PNG and return the cases that name them."""
    folder.mkdir(parents=True, exist_ok=True)
    cases = []
    for row, case in enumerate(shape.cases):
        inputs = dict(case.inputs)
        for name in shape.pictures:
            if isinstance(inputs[name], ImageRef):
                file = folder / f"{row}-{name}.png"
                Image.fromarray(shape.pictures[name][row]).save(file, compress_level=1)
                inputs[name] = ImageRef(str(file), "")
        cases.append(Case(case.id, case.name, case.group, case.split, inputs))
    return cases


def figures(schema, labels, outputs):
    """Return rows of target, metric, value, chance, and the value that is needed.

    Chance is what one gets without looking at the inputs: an AUC of 0.5, the commonest class, a
    kappa of 0, the median. Needed is better than that by `DEVIATIONS` deviations of the same
    figure over shuffled labels, so fewer cases ask for more.
    """
    rows = []
    for target in schema.targets:
        truth = [label[target.name] for label in labels]
        found = np.asarray(outputs[target.name], np.float64)
        for name, metric, wanted, answers, chance in _figures(target, truth, found):
            rng = np.random.default_rng(1)
            shuffled = [_one(metric, rng.permutation(wanted), answers) for _ in range(SHUFFLES)]
            margin = DEVIATIONS * float(np.std(shuffled))
            needed = chance - margin if name == "error" else chance + margin
            rows.append((target.name, name, _one(metric, wanted, answers), chance, needed))
    return rows


def beats(row):
    """Tell whether a row of `figures` is at least as good as needed."""
    _, metric, value, _, needed = row
    return value <= needed if metric == "error" else value >= needed


def _figures(target, truth, found):
    if target.kind == "flag":
        return [("AUC", auc, np.array(truth, bool), found[:, 0], 0.5)]
    if target.kind == "labels":
        return [
            ("AUC", auc, np.array([option in row for row in truth]), found[:, place], 0.5)
            for place, option in enumerate(target.options)
        ]
    if target.kind == "choice":
        classes = np.array([target.options.index(value) for value in truth])
        chance = float(np.bincount(classes).max() / len(classes))
        return [("accuracy", accuracy, classes, found.argmax(1), chance)]
    if target.kind == "grade":
        grades = grade_probabilities(found).argmax(1)
        return [("kappa", quadratic_kappa, np.array(truth), grades, 0.0)]
    numbers, estimates = np.array(truth), found[:, 0]
    if target.name == "price":
        numbers, estimates = np.log(numbers), np.log(estimates)
    chance = _one(mean_absolute_error, numbers, np.full(len(numbers), np.median(numbers)))
    return [("error", mean_absolute_error, numbers, estimates, chance)]


def _one(metric, truth, answers):
    return float(replicated(metric, truth, answers, np.ones((1, len(truth))))[0])


def _render(field, recipe, strengths, rng):
    """Return the column of one input; a kind with few values changes the strength to what it tells."""
    z = strengths[field.name]
    match field.kind:
        case "image":
            return [ImageRef(f"{row}-{field.name}.png", "") for row in range(len(z))]
        case "number":
            return [float(50 + 10 * value) for value in z]
        case "choice":
            effects = np.random.default_rng(len(field.options)).normal(size=len(field.options))
            effects = (effects - effects.mean()) / effects.std()
            codes = rng.integers(len(effects), size=len(z))
            strengths[field.name] = effects[codes]
            return [field.options[code] for code in codes]
        case "text":
            picks = rng.integers(len(STRENGTHS), size=(len(z), 2))
            strengths[field.name] = np.array(list(STRENGTHS.values()))[picks].sum(1) / 1.6
            return [_sentence(pick, rng) for pick in picks]
    return _steps(field, recipe.encoder_of(field.name).length, z, rng)


def _steps(field, longest, z, rng):
    signs = np.random.default_rng(3).choice([-1.0, 1.0], len(field.channels))
    steps = rng.integers(int(0.6 * longest), longest + 1, len(z))
    return [
        tuple(map(tuple, (value * signs + rng.normal(0, 1, (many, len(signs)))).round(3).tolist()))
        for value, many in zip(z, steps, strict=True)
    ]


def _sentence(pick, rng):
    words = [list(STRENGTHS)[word] for word in pick] + list(rng.choice(FILLERS, 3))
    rng.shuffle(words)
    return " ".join(words)


def _score(recipe, strengths):
    groups = []
    for encoder in recipe.encoders:
        columns = [strengths[name] for name in encoder.inputs]
        if encoder.kind == "vector":
            weights = np.random.default_rng(len(columns)).choice([-1.0, 1.0], len(columns))
            groups.append(weights @ np.stack(columns) / np.sqrt(len(columns)))
        elif isinstance(encoder, ImageEncoder) and encoder.compare:
            groups.append(columns[0] - columns[1])
        else:
            groups += columns
    if recipe.fusion.merge == "multiply":
        return np.prod(groups, axis=0)
    return np.sum(groups, axis=0) / np.sqrt(len(groups))


def _labels(schema, score, rng):
    score = (score - score.mean()) / score.std()
    noisy = score[:, None] + rng.normal(0, 0.15, (len(score), 6))
    rows = [{} for _ in score]
    for place, target in enumerate(schema.targets):
        own = noisy[:, place]
        cuts = np.quantile(own, np.linspace(0, 1, max(2, len(target.options)) + 1)[1:-1])
        bins = np.searchsorted(cuts, own)
        for row, values in enumerate(rows):
            match target.kind:
                case "flag":
                    values[target.name] = bool(own[row] > 0)
                case "choice":
                    values[target.name] = target.options[bins[row]]
                case "grade":
                    values[target.name] = int(bins[row])
                case "labels":
                    values[target.name] = tuple(
                        option for k, option in enumerate(target.options) if noisy[row, place + k] > 0.5 * (k - 1)
                    )
                case _ if target.min is not None:
                    values[target.name] = float(np.exp(12 + own[row]))
                case _:
                    values[target.name] = float(50 + 10 * own[row])
    return rows
