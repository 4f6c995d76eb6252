"""What an ONNX file may consist of: operators that compute numbers, and what their sizes depend on.

A list of what is allowed, as for Keras' layers: what nobody looked at stays outside.
"""

from __future__ import annotations

from mmdesk.words import QT_TR_NOOP, tr

STANDARD, CLASSIC, MICROSOFT = "", "ai.onnx.ml", "com.microsoft"
OLDEST = {STANDARD: 7, CLASSIC: 1, MICROSOFT: 1}
NEWEST = {STANDARD: 23, CLASSIC: 5, MICROSOFT: 1}
"""Versions of the operator sets that the ONNX Runtime of this program has."""


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


OPERATORS = {
    STANDARD: _names(
        QT_TR_NOOP("""
        Abs Acos Acosh Add And ArgMax ArgMin Asin Asinh Atan Atanh Attention AveragePool BatchNormalization
        BitShift BitwiseAnd BitwiseNot BitwiseOr BitwiseXor Cast CastLike Ceil Celu CenterCropPad Clip Concat
        Constant ConstantOfShape Conv ConvInteger ConvTranspose Cos Cosh CumSum DepthToSpace DequantizeLinear
        Det Div Dropout DynamicQuantizeLinear Einsum Elu Equal Erf Exp Expand EyeLike Flatten Floor GRU Gather
        GatherElements GatherND Gelu Gemm GlobalAveragePool GlobalLpPool GlobalMaxPool Greater GreaterOrEqual
        GridSample GroupNormalization HardSigmoid HardSwish Hardmax Identity InstanceNormalization IsInf IsNaN
        LRN LSTM LayerNormalization LeakyRelu Less LessOrEqual Log LogSoftmax LpNormalization LpPool MatMul
        MatMulInteger Max MaxPool Mean MeanVarianceNormalization Min Mish Mod Mul Neg Not OneHot Or PRelu Pad
        Pow QLinearConv QLinearMatMul QuantizeLinear RMSNormalization RNN Range Reciprocal ReduceL1 ReduceL2
        ReduceLogSum ReduceLogSumExp ReduceMax ReduceMean ReduceMin ReduceProd ReduceSum ReduceSumSquare Relu
        Reshape Resize ReverseSequence RotaryEmbedding Round ScatterElements ScatterND Selu Shape Shrink
        Sigmoid Sign Sin Sinh Size Slice Softmax Softplus Softsign SpaceToDepth Split Sqrt Squeeze Sub Sum
        Swish Tan Tanh ThresholdedRelu Tile TopK Transpose Trilu Unsqueeze Upsample Where Xor
        """)
    ),
    CLASSIC: _names(
        QT_TR_NOOP("""
        ArrayFeatureExtractor Binarizer FeatureVectorizer Imputer LabelEncoder LinearClassifier
        LinearRegressor Normalizer OneHotEncoder SVMClassifier SVMRegressor Scaler TreeEnsemble
        TreeEnsembleClassifier TreeEnsembleRegressor ZipMap
        """)
    ),
    MICROSOFT: _names(
        QT_TR_NOOP("""
        BiasGelu DynamicQuantizeMatMul FastGelu FusedConv FusedGemm FusedMatMul Gelu MatMulIntegerToFloat
        QGemm QLinearAdd QLinearAveragePool QLinearConcat QLinearGlobalAveragePool QLinearLeakyRelu QLinearMul
        QLinearReduceMean QLinearSigmoid QLinearSoftmax QuickGelu SkipLayerNormalization DequantizeLinear
        QuantizeLinear
        """)
    ),
}
"""Operators by domain."""

SIZED_BY = {
    "CenterCropPad": (1,),
    "ConstantOfShape": (0,),
    "Expand": (1,),
    "OneHot": (1,),
    "Pad": (1, 3),
    "Range": (0, 1, 2),
    "ReduceL1": (1,),
    "ReduceL2": (1,),
    "ReduceLogSum": (1,),
    "ReduceLogSumExp": (1,),
    "ReduceMax": (1,),
    "ReduceMean": (1,),
    "ReduceMin": (1,),
    "ReduceProd": (1,),
    "ReduceSum": (1,),
    "ReduceSumSquare": (1,),
    "Reshape": (1,),
    "Resize": (2, 3),
    "Slice": (1, 2, 3, 4),
    "Split": (1,),
    "Squeeze": (1,),
    "Tile": (1,),
    "TopK": (1,),
    "Unsqueeze": (1,),
    "Upsample": (1,),
}
"""Inputs of an operator that say how large its result is."""
SIZES_ONLY = frozenset({"Shape", "Size"})
"""Operators whose result depends on how large their input is and not on the numbers in it."""

_WHY_NOT = {
    "If": QT_TR_NOOP("a branch (If), of which mmdesk cannot tell how much it computes"),
    "Loop": QT_TR_NOOP("a loop (Loop), of which mmdesk cannot tell when it ends"),
    "Scan": QT_TR_NOOP("a loop (Scan), of which mmdesk cannot tell when it ends"),
}
_DO_BRANCH = QT_TR_NOOP(
    "Export it again with inputs of fixed sizes, only the number of cases left free; such branches and loops are "
    "then written out."
)


def why_no_operator(domain: str, name: str) -> tuple[str, str]:
    """Return what is wrong with an operator, and what to do; empty when it is allowed.

    Args:
        domain: The operator's domain; the standard one is empty.
        name: The operator.
    """
    if name in OPERATORS.get(domain, frozenset()):
        return "", ""
    if domain == STANDARD and name in _WHY_NOT:
        return tr(_WHY_NOT[name]), tr(_DO_BRANCH)
    if domain == STANDARD and name.startswith(("Random", "Bernoulli", "Multinomial")):
        return (
            tr("the operator {name}, which draws by chance, so that a case has no one answer", name=_short(name)),
            tr("Export it for inference: with PyTorch, call model.eval() first."),
        )
    if domain in OPERATORS:
        shown = f"{domain}.{name}" if domain else name
        return (
            tr("the operator {name}, which is not among those that mmdesk knows to be safe", name=_short(shown)),
            tr("Export it again from plain layers."),
        )
    return (
        tr("the operator {name}, which is not part of ONNX", name=_short(f"{domain}.{name}")),
        tr("Export it again without operators of its own."),
    )


def _short(name: str) -> str:
    return name if len(name) <= 80 else f"{name[:77]}..."
