"""What a foreign model may consist of: every layer and operation known to compute and nothing else.

A list of what is allowed, never of what is forbidden: what nobody looked at stays outside.
"""

from __future__ import annotations

from mmdesk.words import QT_TR_NOOP, tr

_SIZES = ("1D", "2D", "3D")


def _sized(*names: str) -> set[str]:
    return {f"{name}{size}" for name in names for size in _SIZES}


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


MODELS = frozenset({"Functional", "Sequential", "Model"})

LAYERS = frozenset(
    _sized("Conv", "AveragePooling", "MaxPooling", "GlobalAveragePooling", "GlobalMaxPooling")
    | _sized("AdaptiveAveragePooling", "AdaptiveMaxPooling", "ConvLSTM", "SpatialDropout")
    | _sized("Cropping", "UpSampling", "ZeroPadding")
    | {f"Conv{size}Transpose" for size in _SIZES}
    | _names(
        QT_TR_NOOP("""
        DepthwiseConv1D DepthwiseConv2D SeparableConv1D SeparableConv2D
        InputLayer Dense EinsumDense Embedding ReversibleEmbedding Identity Masking
        Flatten Reshape Permute RepeatVector
        Add Average Concatenate Dot Maximum Minimum Multiply Subtract
        Activation ELU LeakyReLU PReLU ReLU Softmax ActivityRegularization
        BatchNormalization GroupNormalization LayerNormalization RMSNormalization
        SpectralNormalization UnitNormalization
        Dropout AlphaDropout GaussianDropout GaussianNoise
        Attention AdditiveAttention MultiHeadAttention GroupedQueryAttention GroupQueryAttention
        RNN SimpleRNN LSTM GRU SimpleRNNCell LSTMCell GRUCell StackedRNNCells Bidirectional TimeDistributed
        CategoryEncoding CenterCrop Discretization Normalization Rescaling Resizing
        StringLookup IntegerLookup TextVectorization Hashing HashedCrossing TFDConcat TFDIdentity
        RandomBrightness RandomColorDegeneration RandomColorJitter RandomContrast RandomCrop RandomErasing
        RandomFlip RandomGaussianBlur RandomGrayscale RandomHue RandomInvert RandomPerspective
        RandomPosterization RandomRotation RandomSaturation RandomSharpness RandomShear RandomTranslation
        RandomZoom
        """)
    )
)

OPERATIONS = {
    "numpy": _names(
        QT_TR_NOOP("""
        Absolute Abs Fabs Add All AllClose Amax Amin Any Append Arange Arccos Arccosh Arcsin Arcsinh Arctan
        Arctan2 Arctanh Argmax Argmin Argsort Average BroadcastTo Cbrt Ceil Clip Concatenate Copy Cos Cosh
        CountNonzero Cross Cumprod Cumsum Deg2rad Diag Diagonal Diff Digitize Divide DivideNoNan Dot Dstack
        Einsum Equal Exp Exp2 ExpandDims Expm1 Flip Fliplr Flipud Floor FloorDivide Full FullLike GetItem
        Greater GreaterEqual Heaviside Hstack Hypot Inner Isclose Isfinite Isinf Isnan Kron Less LessEqual
        Linspace Log Log10 Log1p Log2 Logaddexp LogicalAnd LogicalNot LogicalOr LogicalXor Matmul Max
        Maximum Mean Median Min Minimum Mod Moveaxis Multiply NanToNum Nanmax Nanmean Nanmin Nansum Ndim
        Negative NotEqual OnesLike Outer Pad Percentile Power Prod Quantile Rad2deg Ravel Reciprocal Repeat
        Reshape Roll Rot90 Round Select Sign Sin Sinc Sinh Size Sort Split Sqrt Square Squeeze Stack Std
        Subtract Sum Swapaxes Take TakeAlongAxis Tan Tanh Tensordot Tile Trace Transpose Tril Triu
        TrueDivide Trunc Var Vdot Vstack Where ZerosLike
        """)
    ),
    "nn": _names(
        QT_TR_NOOP("""
        AdaptiveAveragePool AdaptiveMaxPool AveragePool BatchNorm Celu Conv ConvTranspose DepthToSpace
        DepthwiseConv DotProductAttention Elu Gelu Glu HardShrink HardSigmoid HardSilu HardTanh LayerNorm
        LeakyRelu LogSigmoid LogSoftmax MaxPool Moments MultiHot Normalize OneHot RMSNorm Relu Relu6 Selu
        SeparableConv Sigmoid Silu SoftShrink Softmax Softplus Softsign SpaceToDepth Sparsemax SparsePlus
        SparseSigmoid Squareplus TanhShrink Threshold
        """)
    ),
    "math": _names(QT_TR_NOOP("CDist Erf Erfc Erfinv InTopK Logsumexp Rsqrt SegmentReduction TopK")),
    "core": _names(QT_TR_NOOP("Cast SaturateCast Slice SliceUpdate StopGradient Unstack")),
    "image": _names(QT_TR_NOOP("CropImages ExtractPatches HSVToRGB PadImages RGBToGrayscale RGBToHSV Resize")),
    "linalg": _names(QT_TR_NOOP("Det Inv Norm Solve")),
}
"""Operations by their module under `keras.src.ops`: `x * y` is saved as one of them."""

APPLICATIONS = {"convnext": frozenset({"LayerScale"}), "inception_resnet_v2": frozenset({"CustomScaleLayer"})}
"""Layers that networks of `keras.applications` bring of their own, by module: each multiplies by a scale."""

INITIALIZERS = _names(
    QT_TR_NOOP("""
    Constant GlorotNormal GlorotUniform HeNormal HeUniform Identity IdentityInitializer LecunNormal
    LecunUniform Ones Orthogonal OrthogonalInitializer RandomNormal RandomUniform TruncatedNormal
    VarianceScaling Zeros
    """)
)
REGULARIZERS = frozenset({"L1", "L2", "L1L2", "OrthogonalRegularizer"})
CONSTRAINTS = frozenset({"MaxNorm", "MinMaxNorm", "NonNeg", "UnitNorm"})
ACTIVATIONS = _names("""
    celu elu exponential gelu glu hard_shrink hard_sigmoid hard_silu hard_swish hard_tanh leaky_relu linear
    log_sigmoid log_softmax mish relu relu6 selu sigmoid silu soft_shrink softmax softplus softsign
    sparse_plus sparse_sigmoid sparsemax squareplus swish tanh tanh_shrink threshold
    """)
VALUES = frozenset({"__keras_tensor__", "__tensor__", "__numpy__", "__ellipsis__", "__slice__"})
"""Constants and tensors, which Keras writes in the form of classes."""

_APPLICATIONS = "keras.src.applications."
_CODE = {
    "Lambda": QT_TR_NOOP("a Lambda layer, which runs Python code of its own"),
    "__lambda__": QT_TR_NOOP("Python code of its own"),
    "TFSMLayer": "a layer that loads another program from the disk",
    "TorchModuleWrapper": QT_TR_NOOP("a PyTorch module, which is loaded as code"),
    "JaxLayer": QT_TR_NOOP("a JAX layer, which is loaded as code"),
    "FlaxLayer": QT_TR_NOOP("a Flax layer, which is loaded as code"),
    "__typespec__": QT_TR_NOOP("a TensorFlow type, which mmdesk does not take from files"),
}


def why_not(module: object, name: object, registered: object, config: object) -> str:
    """Return what is wrong with a class that a model names; empty when it is allowed.

    Args:
        module: The module that the file names.
        name: The class that it names.
        registered: The name under which a program may have registered a class of its own.
        config: What the class is made from; for a function its name.
    """
    if not isinstance(name, str):
        return tr("a class without a name")
    if name in _CODE or name in VALUES:
        return _CODE.get(name, "")
    if name == "function":
        return _why_not_function(module, config)
    own = registered not in (None, name)
    if not own and isinstance(module, str) and _is_allowed(module, name):
        return ""
    if not own and str(module).partition(".")[0] == "keras":
        return tr(
            "{shown}, which is not among the layers that mmdesk knows to be safe", shown=_shown(f"{module}.{name}")
        )
    return tr("{shown}, a class that is not part of Keras", shown=_shown(registered if own else name))


def _is_allowed(module: str, name: str) -> bool:
    if module in {"keras", "keras.models"} or module.startswith("keras.src.models."):
        return name in MODELS or (module == "keras" and name == "DTypePolicy")
    if module.startswith("keras.src.ops."):
        return name in OPERATIONS.get(module.removeprefix("keras.src.ops."), frozenset())
    if module.startswith(_APPLICATIONS):
        return name in APPLICATIONS.get(module.removeprefix(_APPLICATIONS), frozenset())
    if module == "keras.layers" or module.startswith("keras.src.layers."):
        return name in LAYERS
    return name in {
        "keras.initializers": INITIALIZERS,
        "keras.regularizers": REGULARIZERS,
        "keras.constraints": CONSTRAINTS,
        "keras.dtype_policies": frozenset({"DTypePolicy"}),
    }.get(module, frozenset())


def _why_not_function(module: object, config: object) -> str:
    known = isinstance(config, str) and config in ACTIVATIONS
    if known and module in (None, "builtins", "keras.activations"):
        return ""
    return tr("the function {shown}, which is not an activation of Keras", shown=_shown(config))


def _shown(name: object) -> str:
    text = str(name)
    return text if len(text) <= 80 else f"{text[:77]}..."
