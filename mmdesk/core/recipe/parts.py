"""What a recipe consists of: encoders, fusion, targets, augmentation, training; and its tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

BACKBONES = {"efficientnet-lite0": (224, 1280), "efficientnet-lite0-fundus": (224, 1280)}
"""Image backbones by name: pixels of the square image, width of the embedding."""

BLOCKS = 16
"""Blocks of a backbone, of which the last ones can be trained."""

CNN_WIDTH = 64
"""Width of the embedding that a `cnn` gives."""

CNN_CHANNELS = (16, 32, 48, CNN_WIDTH)
"""Channels of the convolutions of a `cnn`, each with 3 x 3 kernels."""

APPLICATIONS: Mapping[str, tuple[int, int, int]] = {
    "ConvNeXtTiny": (32, 768, 27_820_128),
    "ConvNeXtSmall": (32, 768, 49_454_688),
    "ConvNeXtBase": (32, 1024, 87_566_464),
    "ConvNeXtLarge": (32, 1536, 196_230_336),
    "DenseNet121": (32, 1024, 7_037_504),
    "DenseNet169": (32, 1664, 12_642_880),
    "DenseNet201": (32, 1920, 18_321_984),
    "EfficientNetB0": (32, 1280, 4_049_571),
    "EfficientNetB1": (32, 1280, 6_575_239),
    "EfficientNetB2": (32, 1408, 7_768_569),
    "EfficientNetB3": (32, 1536, 10_783_535),
    "EfficientNetB4": (32, 1792, 17_673_823),
    "EfficientNetB5": (32, 2048, 28_513_527),
    "EfficientNetB6": (32, 2304, 40_960_143),
    "EfficientNetB7": (32, 2560, 64_097_687),
    "EfficientNetV2B0": (32, 1280, 5_919_312),
    "EfficientNetV2B1": (32, 1280, 6_931_124),
    "EfficientNetV2B2": (32, 1408, 8_769_374),
    "EfficientNetV2B3": (32, 1536, 12_930_622),
    "EfficientNetV2S": (32, 1280, 20_331_360),
    "EfficientNetV2M": (32, 1280, 53_150_388),
    "EfficientNetV2L": (32, 1280, 117_746_848),
    "InceptionResNetV2": (75, 1536, 54_336_736),
    "InceptionV3": (75, 2048, 21_802_784),
    "MobileNet": (32, 1024, 3_228_864),
    "MobileNetV2": (32, 1280, 2_257_984),
    "MobileNetV3Large": (32, 960, 2_996_352),
    "MobileNetV3Small": (32, 576, 939_120),
    "NASNetMobile": (32, 1056, 4_269_716),
    "ResNet50": (32, 2048, 23_587_712),
    "ResNet101": (32, 2048, 42_658_176),
    "ResNet152": (32, 2048, 58_370_944),
    "ResNet50V2": (32, 2048, 23_564_800),
    "ResNet101V2": (32, 2048, 42_626_560),
    "ResNet152V2": (32, 2048, 58_331_648),
    "VGG16": (32, 512, 14_714_688),
    "VGG19": (32, 512, 20_024_384),
    "Xception": (71, 2048, 20_861_480),
}
"""Architectures of `keras.applications`: fewest pixels of the square, width of the embedding, weights."""

IMAGE_KINDS = ("backbone", "cnn", "application")
"""Kinds of encoder that take images."""

ENCODER_KINDS: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "backbone": (("image",), ("backbone", "compare", "shared", "blocks")),
    "cnn": (("image",), ("compare", "shared", "size")),
    "application": (("image",), ("compare", "shared", "size", "architecture", "weights")),
    "dense": (("number", "flag", "date"), ("scaling",)),
    "vector": (("number", "flag", "date"), ("scaling",)),
    "embedding": (("choice",), ()),
    "words": (("text",), ("length", "vocabulary", "reading")),
    "convolution": (("sequence",), ("length",)),
    "recurrent": (("sequence",), ("length", "cell")),
}
"""By kind of encoder: the kinds of input it takes, the options it has beside `width`."""


def kinds_for(field_kind: str) -> tuple[str, ...]:
    """Return the kinds of encoder that take an input of some kind, the usual one first."""
    return tuple(kind for kind, (kinds, _) in ENCODER_KINDS.items() if field_kind in kinds)


WORDS_ALLOWED: Mapping[str, tuple[str, ...]] = {
    "scaling": ("standardise", "quantile"),
    "reading": ("mean", "lstm", "gru", "convolution"),
    "cell": ("gru", "lstm"),
    "merge": ("concatenate", "sum", "average", "maximum", "multiply", "gated", "attention"),
    "scale": ("linear", "log"),
    "schedule": ("constant", "cosine", "plateau"),
    "precision": ("full", "mixed"),
    "broken": ("mask", "leave out"),
    "pipeline": ("tf.data", "pydataset"),
    "architecture": tuple(APPLICATIONS),
    "backbone": tuple(BACKBONES),
}
"""Options that are one of some words."""

RANGES: Mapping[str, tuple[float, float]] = {
    "width": (1, 4096),
    "layers": (0, 4),
    "heads": (1, 16),
    "dropout": (0, 0.95),
    "length": (1, 4096),
    "vocabulary": (1, 100_000),
    "blocks": (0, BLOCKS),
    "size": (16, 1024),
    "epochs": (1, 10_000),
    "batch": (1, 4096),
    "rate": (1e-8, 1),
    "patience": (1, 10_000),
    "weight_decay": (0, 1),
    "smoothing": (0, 0.49),
    "focal": (0, 5),
    "drop_inputs": (0, 0.9),
    "towards": (0, 1000),
    "seed": (0, 2**31 - 1),
    "rotation": (0, 180),
    "shift": (0, 0.5),
    "zoom": (0, 0.5),
    "brightness": (0, 0.9),
    "contrast": (0, 0.9),
    "blur": (0, 10),
    "jpeg": (0, 90),
    "variants": (1, 64),
}
"""Smallest and largest value of each option that is a number."""

RESERVED = ("backbone", "head")
"""Names of a model's own parts, which no input may have."""


@dataclass(frozen=True, slots=True)
class EncoderRecipe:
    """How one input, or several that share their weights, become vectors.

    Attributes:
        kind: `backbone` (pretrained; then a trained projection), `cnn` (a small convolutional
            network from scratch), `application` (an architecture of `keras.applications` with
            weights from a file, frozen), `dense` (one value each), `vector` (several values as
            one vector), `embedding`, `words`, `convolution` or `recurrent`.
        inputs: Inputs that it serves.
        width: Length of the vector for each input; for a `vector`, of the one for all.
        backbone: Name of the pretrained backbone.
        compare: For exactly two images: the fusion also sees how they differ and agree.
        length: Words or time steps kept at most.
        vocabulary: Words known at most.
        shared: All images go through the same weights; else each has a branch of its own.
            The frozen part of a backbone is the same for all either way.
        blocks: Last blocks of the backbone that are trained, its batch norms excepted.
        size: Pixels of the square image that a `cnn` or `application` sees.
        architecture: Name in `keras.applications`.
        weights: File of its weights without the top, `.h5`.
        reading: How the vectors of a text's words become one.
        cell: `gru` or `lstm`.
        scaling: `standardise` (mean 0, deviation 1) or `quantile` (even over the training cases).
    """

    kind: str
    inputs: tuple[str, ...]
    width: int = 32
    backbone: str = "efficientnet-lite0"
    compare: bool = False
    length: int = 64
    vocabulary: int = 2000
    shared: bool = True
    blocks: int = 0
    size: int = 96
    architecture: str = ""
    weights: str = ""
    reading: str = "mean"
    cell: str = "gru"
    scaling: str = "standardise"

    @property
    def trained(self) -> bool:
        """Whether image weights are trained, so that images are looked at in every epoch."""
        return self.kind == "cnn" or (self.kind == "backbone" and self.blocks > 0)

    @property
    def pixels(self) -> int:
        """Side of the square image that it sees."""
        return BACKBONES[self.backbone][0] if self.kind == "backbone" else self.size

    @property
    def embedding(self) -> int:
        """Width of the embedding of one image."""
        if self.kind == "backbone":
            return BACKBONES[self.backbone][1]
        return CNN_WIDTH if self.kind == "cnn" else APPLICATIONS[self.architecture][1]

    @property
    def branches(self) -> tuple[tuple[str, ...], ...]:
        """The inputs that share all weights, branch by branch."""
        return (self.inputs,) if self.shared else tuple((name,) for name in self.inputs)


@dataclass(frozen=True, slots=True)
class Fusion:
    """How the vectors of all inputs become one.

    Attributes:
        width: Length of the fused vector.
        layers: Dense layers after the merge; with none each answer is a weighted sum of the vector.
        dropout: Share dropped before each dense layer and before the outputs, 0 to below 1.
        merge: `concatenate`; or, after a projection of each vector to `width`, `sum`,
            `average`, `maximum`, `multiply`, `gated` (each vector weighed by a gate that sees
            all) or `attention` (one token for each vector and one that is always there).
        heads: Heads of the attention.
    """

    width: int = 128
    layers: int = 1
    dropout: float = 0.4
    merge: str = "concatenate"
    heads: int = 4


@dataclass(frozen=True, slots=True)
class TargetRecipe:
    """What is special about one target.

    Attributes:
        name: The target.
        scale: `linear`, or `log` for a positive number whose steps are factors.
    """

    name: str
    scale: str = "linear"


@dataclass(frozen=True, slots=True)
class Augment:
    """How training images are changed at random; never a layer of the model.

    Attributes:
        flip: Mirror half of them left to right.
        flip_vertical: Mirror half of them top to bottom.
        rotation: Turned by so many degrees at most.
        shift: Moved by this share of the side at most.
        zoom: Made larger or smaller by this share at most.
        brightness: Made brighter or darker by this share of the full range at most.
        contrast: Contrast changed by this share at most.
        blur: Blurred by so many pixels at most (deviation of a Gauss).
        jpeg: Saved as JPEG with a quality lower than 100 by so much at most.
        same: All images of a case get the same draw; else each its own. Where the fields are
            left and right, a mirrored pair also changes sides.
        variants: Behind a cache of embeddings or activations: changed copies that are kept,
            the first one unchanged.
    """

    flip: bool = False
    flip_vertical: bool = False
    rotation: float = 0.0
    shift: float = 0.0
    zoom: float = 0.0
    brightness: float = 0.0
    contrast: float = 0.0
    blur: float = 0.0
    jpeg: int = 0
    same: bool = True
    variants: int = 1

    @property
    def active(self) -> bool:
        """Whether anything is changed."""
        turned = self.flip or self.flip_vertical or self.rotation or self.shift or self.zoom
        return bool(turned or self.brightness or self.contrast or self.blur or self.jpeg)


@dataclass(frozen=True, slots=True)
class Training:
    """How a model is trained.

    Attributes:
        epochs: Passes over the training cases at most.
        batch: Cases per step.
        rate: Step size of the optimiser.
        patience: Epochs without a better validation loss before it stops.
        weight_decay: Decay of all dense kernels per step, times the rate.
        smoothing: Share of label smoothing, 0 to below 0.5.
        drop_inputs: Chance that a present input is hidden from a training case, so that
            missing inputs are learnt.
        balance: Weigh rare classes up to ten times; probabilities then lean towards them.
        towards: Strength of the pull to the starting weights when fine-tuning.
        seed: Seed of all randomness.
        deterministic: Repeat to the last bit, at some cost of speed.
        focal: Exponent of the focal loss (Lin et al. 2017) of classes; 0 for the plain one.
        schedule: Step size over the epochs: `constant`; `cosine` down to a hundredth; or
            `plateau`, halved down to a hundredth whenever half the patience brought nothing better.
        precision: `full`, or `mixed`: training calculates in bfloat16, with weights in float32.
        broken: A case with an image that cannot be read: `mask` that image, or `leave out` the case.
        pipeline: What feeds images: `tf.data` or `pydataset`, with the same batches.
    """

    epochs: int = 40
    batch: int = 64
    rate: float = 0.001
    patience: int = 6
    weight_decay: float = 0.01
    smoothing: float = 0.0
    drop_inputs: float = 0.1
    balance: bool = False
    towards: float = 0.01
    seed: int = 1
    deterministic: bool = False
    focal: float = 0.0
    schedule: str = "constant"
    precision: str = "full"
    broken: str = "mask"
    pipeline: str = "tf.data"


@dataclass(frozen=True, slots=True)
class Recipe:
    """From which a model is built and trained: encoders, fusion, targets, images, training."""

    encoders: tuple[EncoderRecipe, ...]
    fusion: Fusion = field(default_factory=Fusion)
    training: Training = field(default_factory=Training)
    targets: tuple[TargetRecipe, ...] = ()
    augment: Augment = field(default_factory=Augment)

    @property
    def images(self) -> tuple[str, ...]:
        """Image inputs, in the order of the recipe."""
        return tuple(name for e in self.encoders if e.kind in IMAGE_KINDS for name in e.inputs)

    @property
    def trains_images(self) -> bool:
        """Whether any image weights are trained."""
        return any(encoder.trained for encoder in self.encoders)

    def encoder_of(self, name: str) -> EncoderRecipe:
        """Return the encoder of an input.

        Raises:
            KeyError: The recipe leaves that input out.
        """
        for encoder in self.encoders:
            if name in encoder.inputs:
                return encoder
        raise KeyError(name)

    def scale_of(self, target: str) -> str:
        """Return `linear` or `log`."""
        return next((one.scale for one in self.targets if one.name == target), "linear")
