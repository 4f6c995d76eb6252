"""The options of a recipe in words, declared once: the page that edits a recipe is made from them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from mmdesk.core.errors import RecipeRefused
from mmdesk.core.fields.schema import Field
from mmdesk.core.recipe.parts import BACKBONES, ENCODER_KINDS, EncoderRecipe, Fusion, Recipe, Training


@dataclass(frozen=True, slots=True)
class Option:
    """One option of a part of a recipe.

    Attributes:
        key: Its name in `recipe.toml`.
        words: What it is called.
        help: One sentence about it.
        step: By how much an arrow changes it; 0 for what is no number.
        main: Shown at once; the others on request.
    """

    key: str
    words: str
    help: str
    step: float = 0
    main: bool = True


KIND_WORDS: Final = {
    "backbone": "pretrained backbone",
    "cnn": "network from scratch",
    "application": "network of keras.applications",
    "dense": "dense layer",
    "vector": "vector of several values",
    "embedding": "embedding",
    "words": "embedded words",
    "convolution": "convolution over time",
    "recurrent": "recurrent layer",
}
"""Kinds of encoder in words."""

ENCODER: Final = (
    Option("width", "Width", "Length of the vector that stands for each input.", 8),
    Option("backbone", "Backbone", "Which of the pretrained backbones that come with the program."),
    Option("blocks", "Blocks trained", "Last blocks of the backbone that are trained; 0 keeps it frozen.", 1),
    Option("size", "Pixels", "Side of the square image that it sees.", 16),
    Option("architecture", "Network", "Which network of keras.applications; it stays frozen."),
    Option("weights", "Weights file", "Its .h5 file without the top, from the project's folder on."),
    Option("compare", "Compare the two", "The fusion also sees how two images differ and where they agree."),
    Option("shared", "Same weights for all", "Off: each image has a branch of its own."),
    Option("scaling", "Scaling", "standardise: mean 0, deviation 1; quantile: even over the training cases."),
    Option("reading", "Reading", "How the vectors of a text's words become one."),
    Option("vocabulary", "Words known", "The most frequent words of the training cases, at most.", 100),
    Option("cell", "Cell", "Which recurrent layer."),
    Option("length", "Longest", "Words or time steps that are kept, at most.", 8),
)

FUSION: Final = (
    Option("merge", "Joined by", "How the vectors of all inputs become one."),
    Option("width", "Width", "Length of the fused vector.", 16),
    Option("layers", "Dense layers", "Layers after the merge.", 1),
    Option(
        "dropout", "Dropout", "Share of values dropped in training, so that it does not learn by heart.", 0.05
    ),
    Option("heads", "Heads", "Heads of the attention; the width is divided among them.", 1),
)

TRAINING: Final = (
    Option("epochs", "Epochs", "Passes over the training cases, at most.", 5),
    Option("rate", "Learning rate", "Step size of the optimiser.", 0.0005),
    Option("batch", "Batch", "Cases in one step.", 8),
    Option(
        "drop_inputs",
        "Input dropout",
        "Chance that an input is hidden, so that missing ones are learnt.",
        0.05,
    ),
    Option("patience", "Patience", "Epochs without a better validation loss before it stops.", 1, main=False),
    Option(
        "schedule",
        "Schedule",
        "Step size over the epochs: constant, falling by a cosine, or halved on a plateau.",
        main=False,
    ),
    Option(
        "precision",
        "Precision",
        "mixed: calculates in bfloat16, which only some processors do faster.",
        main=False,
    ),
    Option("weight_decay", "Weight decay", "Pulls all dense weights towards zero.", 0.005, main=False),
    Option("smoothing", "Label smoothing", "Share by which labels are made less sure.", 0.05, main=False),
    Option(
        "focal",
        "Focal loss",
        "Turns training to what is still unsure; 0 for the plain loss.",
        0.5,
        main=False,
    ),
    Option("balance", "Balance classes", "Weighs rare classes up to ten times.", main=False),
    Option(
        "broken", "Unreadable images", "Mask such an image, or leave its case out of training.", main=False
    ),
    Option("pipeline", "Fed by", "Both ways give the same batches.", main=False),
    Option("seed", "Seed", "The same seed and labels give the same model.", 1, main=False),
    Option("deterministic", "Repeat exactly", "To the last bit, at some cost of speed.", main=False),
)

AUGMENT: Final = (
    Option("flip", "Mirror left to right", "Half of the images; a left and right pair also changes sides."),
    Option("flip_vertical", "Mirror top to bottom", "Half of the images."),
    Option("rotation", "Turn by degrees", "At most, either way.", 5),
    Option("shift", "Move", "By this share of the side, at most.", 0.05),
    Option("zoom", "Zoom", "Larger or smaller by this share, at most.", 0.05),
    Option("brightness", "Brightness", "By this share of the full range, at most.", 0.05),
    Option("contrast", "Contrast", "By this share, at most.", 0.05),
    Option("blur", "Blur", "By so many pixels, at most.", 0.5),
    Option("jpeg", "JPEG", "Saved with a quality lower than 100 by so much, at most.", 10),
    Option("same", "Alike for all images", "All images of a case are changed alike."),
    Option("variants", "Changed copies", "Kept of each image where a frozen part looks at it once.", 1),
)

TARGET: Final = (
    Option("scale", "Learnt as", "log: by its logarithm, for positive numbers whose steps are factors."),
)


def encoder_options(encoder: EncoderRecipe) -> tuple[Option, ...]:
    """Return the options that an encoder of its kind has, those of several images only for several."""
    allowed = {"width", *ENCODER_KINDS[encoder.kind][1]}
    if len(BACKBONES) < 2:
        allowed -= {"backbone"}
    if len(encoder.inputs) < 2:
        allowed -= {"shared"} if encoder.compare else {"shared", "compare"}
    return tuple(option for option in ENCODER if option.key in allowed)


def fusion_options(fusion: Fusion) -> tuple[Option, ...]:
    """Return the options of a fusion; heads only where there is attention."""
    return tuple(option for option in FUSION if option.key != "heads" or fusion.merge == "attention")


def loss_words(recipe: Recipe, target: Field) -> str:
    """Return what a target's training makes small, in words."""
    training: Training = recipe.training
    if target.kind == "number":
        return "Huber loss of the logarithm" if recipe.scale_of(target.name) == "log" else "Huber loss"
    loss = "categorical cross-entropy" if target.kind == "choice" else "binary cross-entropy"
    if target.kind == "grade":
        loss += " of each step"
    if training.focal:
        loss += f", focal {training.focal:g}"
    if training.smoothing:
        loss += f", smoothed by {training.smoothing:g}"
    return f"{loss}, rare classes weighed more" if training.balance else loss


def repair_words(problem: RecipeRefused) -> str:
    """Return what a button would do that mends a refused recipe; empty when there is no one way."""
    if not problem.repair:
        return ""
    if len(problem.repair) > 1:
        return "Change no image at random"
    ((key, value),) = problem.repair.items()
    if key == "kind":
        return f"Use {KIND_WORDS[str(value)]}"
    if key == "inputs":
        return "Take it out"
    words = next(option.words for option in _ALL if option.key == key)
    if isinstance(value, bool):
        return f"Switch {'on' if value else 'off'}: {words}"
    return f"Set {words} to {f'{value:g}' if isinstance(value, float) else value}"


_ALL: Final = (*FUSION, *TRAINING, *AUGMENT, *TARGET, *ENCODER)
