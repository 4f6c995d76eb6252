"""What a recipe consists of: encoders, fusion, targets, augmentation, training."""

from __future__ import annotations

from dataclasses import dataclass, field

from mmdesk.core.recipe.encoder import Encoder
from mmdesk.core.recipe.fusion import Fusion
from mmdesk.core.recipe.image_encoder import ImageEncoder
from mmdesk.core.recipe.option import option
from mmdesk.core.recipe.registry import new_fusion
from mmdesk.words import QT_TR_NOOP

RESERVED = ("backbone", "head")
"""Names of a model's own parts, which no input may have."""


@dataclass(frozen=True, slots=True)
class TargetRecipe:
    """What is special about one target.

    Attributes:
        name: The target.
        scale: `linear`; `log` for a positive number whose steps are factors; `automatic` chooses on
            the training cases.
    """

    name: str
    scale: str = option(
        "automatic",
        QT_TR_NOOP("Learnt as"),
        QT_TR_NOOP(
            "log: by its logarithm, for positive numbers whose steps are factors; automatic: whichever suits the "
            "training cases."
        ),
        allowed=("automatic", "linear", "log"),
    )


@dataclass(frozen=True, slots=True)
class Augment:
    """How training images are changed at random; never a layer of the model.

    Attributes:
        blur: Deviation of a Gauss in pixels.
        same: Else each image gets its own draw. Where the fields are left and right, a mirrored
            pair also changes sides.
        variants: Behind a cache of embeddings or activations: changed copies that are kept, the
            first one unchanged.
    """

    flip: bool = option(
        False,
        QT_TR_NOOP("Mirror left to right"),
        QT_TR_NOOP("Half of the images; a left and right pair also changes sides."),
    )
    flip_vertical: bool = option(False, QT_TR_NOOP("Mirror top to bottom"), QT_TR_NOOP("Half of the images."))
    rotation: float = option(0.0, QT_TR_NOOP("Turn by degrees"), QT_TR_NOOP("At most, either way."), high=180, step=5)
    shift: float = option(0.0, "Move", QT_TR_NOOP("By this share of the side, at most."), high=0.5, step=0.05)
    zoom: float = option(0.0, "Zoom", QT_TR_NOOP("Larger or smaller by this share, at most."), high=0.5, step=0.05)
    brightness: float = option(
        0.0, "Brightness", QT_TR_NOOP("By this share of the full range, at most."), high=0.9, step=0.05
    )
    contrast: float = option(0.0, "Contrast", QT_TR_NOOP("By this share, at most."), high=0.9, step=0.05)
    blur: float = option(0.0, "Blur", QT_TR_NOOP("By so many pixels, at most."), high=10, step=0.5)
    jpeg: int = option(
        0, "JPEG", QT_TR_NOOP("Saved with a quality lower than 100 by so much, at most."), high=90, step=10
    )
    same: bool = option(True, QT_TR_NOOP("Alike for all images"), QT_TR_NOOP("All images of a case are changed alike."))
    variants: int = option(
        1,
        QT_TR_NOOP("Changed copies"),
        QT_TR_NOOP("Kept of each image where a frozen part looks at it once."),
        low=1,
        high=64,
        step=1,
    )

    @property
    def active(self) -> bool:
        """Whether anything is changed."""
        turned = self.flip or self.flip_vertical or self.rotation or self.shift or self.zoom
        return bool(turned or self.brightness or self.contrast or self.blur or self.jpeg)


@dataclass(frozen=True, slots=True)
class Training:
    """How a model is trained.

    Attributes:
        balance: Probabilities then lean towards rare classes.
        weight_decay: Of all dense kernels per step, times the rate.
        towards: Strength of the pull to the starting weights when fine-tuning.
        focal: Exponent of the focal loss (Lin et al. 2017) of classes; 0 for the plain one.
        schedule: `constant`; `cosine` down to a hundredth; or `plateau`, halved down to a
            hundredth whenever half the patience brought nothing better.
        precision: `full`, or `mixed`: training calculates in bfloat16, with weights in float32.
        broken: A case with an image that cannot be read: `mask` that image, or `leave out` the case.
        pipeline: What feeds images: `tf.data` or `pydataset`, with the same batches.
    """

    epochs: int = option(
        40, "Epochs", QT_TR_NOOP("Passes over the training cases, at most."), low=1, high=10_000, step=5
    )
    rate: float = option(
        0.001, QT_TR_NOOP("Learning rate"), QT_TR_NOOP("Step size of the optimiser."), low=1e-8, high=1, step=0.0005
    )
    batch: int = option(64, "Batch", QT_TR_NOOP("Cases in one step."), low=1, high=4096, step=8)
    drop_inputs: float = option(
        0.1,
        QT_TR_NOOP("Input dropout"),
        QT_TR_NOOP("Chance that an input is hidden, so that missing ones are learnt."),
        high=0.9,
        step=0.05,
    )
    patience: int = option(
        6,
        "Patience",
        QT_TR_NOOP("Epochs without a better validation loss before it stops."),
        low=1,
        high=10_000,
        step=1,
        main=False,
    )
    schedule: str = option(
        "constant",
        "Schedule",
        QT_TR_NOOP("Step size over the epochs: constant, falling by a cosine, or halved on a plateau."),
        allowed=("constant", "cosine", "plateau"),
        main=False,
    )
    precision: str = option(
        "full",
        "Precision",
        QT_TR_NOOP("mixed: calculates in bfloat16, which only some processors do faster."),
        allowed=("full", "mixed"),
        main=False,
    )
    weight_decay: float = option(
        0.01,
        QT_TR_NOOP("Weight decay"),
        QT_TR_NOOP("Pulls all dense weights towards zero."),
        high=1,
        step=0.005,
        main=False,
    )
    smoothing: float = option(
        0.0,
        QT_TR_NOOP("Label smoothing"),
        QT_TR_NOOP("Share by which labels are made less sure."),
        high=0.49,
        step=0.05,
        main=False,
    )
    focal: float = option(
        0.0,
        QT_TR_NOOP("Focal loss"),
        QT_TR_NOOP("Turns training to what is still unsure; 0 for the plain loss."),
        high=5,
        step=0.5,
        main=False,
    )
    balance: bool = option(
        False, QT_TR_NOOP("Balance classes"), QT_TR_NOOP("Weighs rare classes up to ten times."), main=False
    )
    broken: str = option(
        "mask",
        QT_TR_NOOP("Unreadable images"),
        QT_TR_NOOP("Mask such an image, or leave its case out of training."),
        allowed=("mask", "leave out"),
        main=False,
    )
    pipeline: str = option(
        "tf.data",
        QT_TR_NOOP("Fed by"),
        QT_TR_NOOP("Both ways give the same batches."),
        allowed=("tf.data", "pydataset"),
        main=False,
    )
    towards: float = option(
        0.01,
        QT_TR_NOOP("Pull to the start"),
        QT_TR_NOOP("When fine-tuning: how strongly weights are held near those of the version it began with."),
        high=1000,
        step=0.01,
        main=False,
    )
    seed: int = option(
        1, "Seed", QT_TR_NOOP("The same seed and labels give the same model."), high=2**31 - 1, step=1, main=False
    )
    deterministic: bool = option(
        False, QT_TR_NOOP("Repeat exactly"), QT_TR_NOOP("To the last bit, at some cost of speed."), main=False
    )


@dataclass(frozen=True, slots=True)
class Recipe:
    """From which a model is built and trained: encoders, fusion, targets, images, training."""

    encoders: tuple[Encoder, ...]
    fusion: Fusion = field(default_factory=new_fusion)
    training: Training = field(default_factory=Training)
    targets: tuple[TargetRecipe, ...] = ()
    augment: Augment = field(default_factory=Augment)

    @property
    def image_encoders(self) -> tuple[ImageEncoder, ...]:
        """Encoders that take images."""
        return tuple(one for one in self.encoders if isinstance(one, ImageEncoder))

    @property
    def images(self) -> tuple[str, ...]:
        """Image inputs, in the order of the recipe."""
        return tuple(name for encoder in self.image_encoders for name in encoder.inputs)

    @property
    def trains_images(self) -> bool:
        """Whether any image weights are trained."""
        return any(encoder.trained for encoder in self.image_encoders)

    @property
    def bundled_backbone(self) -> str:
        """The backbone of the program through which all images go as it is; empty when not all do."""
        found = {encoder.bundled for encoder in self.image_encoders}
        return found.pop() if len(found) == 1 else ""

    def encoder_of(self, name: str) -> Encoder:
        """Return the encoder of an input.

        Raises:
            KeyError: The recipe leaves that input out.
        """
        for encoder in self.encoders:
            if name in encoder.inputs:
                return encoder
        raise KeyError(name)

    def image_encoder_of(self, name: str) -> ImageEncoder:
        """Return the encoder of an image input.

        Raises:
            KeyError: The recipe leaves that input out, or it is no image.
        """
        encoder = self.encoder_of(name)
        if not isinstance(encoder, ImageEncoder):
            raise KeyError(name)
        return encoder

    def scale_of(self, target: str) -> str:
        """Return `automatic`, `linear` or `log`."""
        return next((one.scale for one in self.targets if one.name == target), "automatic")
