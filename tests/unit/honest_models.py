"""Forty models as people write them with plain Keras, knowing nothing of mmdesk."""

from __future__ import annotations

from collections.abc import Callable

import keras
import numpy as np
from keras import layers, ops

Build = Callable[[], keras.Model]
MODELS: dict[str, Build] = {}


def honest(build: Build) -> Build:
    MODELS[build.__name__] = build
    return build


@honest
def sequential_dense():
    return keras.Sequential([keras.Input((8,)), layers.Dense(4, "relu"), layers.Dense(1, "sigmoid")])


@honest
def functional_dense():
    x = keras.Input((8,), name="numbers")
    return keras.Model(x, layers.Dense(3, "softmax", name="choice")(layers.Dense(4, "tanh")(x)))


@honest
def sequential_convolution():
    return keras.Sequential(
        [
            keras.Input((32, 32, 3)),
            layers.Rescaling(1 / 255),
            layers.Conv2D(4, 3, activation="relu"),
            layers.MaxPooling2D(),
            layers.BatchNormalization(),
            layers.Flatten(),
            layers.Dropout(0.5),
            layers.Dense(1, activation="sigmoid"),
        ]
    )


@honest
def image_and_numbers():
    image, numbers = keras.Input((32, 32, 3), name="image"), keras.Input((20,), name="numbers")
    x = layers.GlobalAveragePooling2D()(layers.Conv2D(4, 3, padding="same")(image))
    x = layers.concatenate([x, layers.Dense(4)(numbers)])
    return keras.Model([image, numbers], layers.Dense(1, "sigmoid")(x))


@honest
def dict_inputs():
    a, b = keras.Input((3,), name="a"), keras.Input((5,), name="b")
    out = layers.Dense(1)(ops.concatenate([a, b], axis=-1))
    return keras.Model({"a": a, "b": b}, {"y": out})


@honest
def product_of_tensors():
    a, b = keras.Input((4,), name="a"), keras.Input((4,), name="b")
    return keras.Model([a, b], layers.Dense(1)(layers.Dense(6)(a) * layers.Dense(6)(b)))


@honest
def slices():
    x = keras.Input((6,), name="x")
    return keras.Model(x, layers.Dense(2)(ops.stack([x[:, 0], x[:, 3]], axis=1) + x[:, 1:3] - x[:, ::3] / 2.0))


@honest
def last_step():
    x = keras.Input((10, 5), name="x")
    return keras.Model(x, layers.Dense(1)(layers.LSTM(4, return_sequences=True)(x)[:, -1, :]))


@honest
def lstm():
    x = keras.Input((10, 5), name="x")
    return keras.Model(x, layers.Dense(1, "sigmoid")(layers.LSTM(6)(x)))


@honest
def gru_stack():
    return keras.Sequential(
        [keras.Input((10, 3)), layers.GRU(4, return_sequences=True), layers.GRU(4), layers.Dense(2)]
    )


@honest
def bidirectional():
    x = keras.Input((12, 3), name="x")
    y = layers.Bidirectional(layers.LSTM(4, return_sequences=True))(x)
    return keras.Model(x, layers.Dense(1)(layers.Bidirectional(layers.GRU(3), merge_mode="sum")(y)))


@honest
def masked_sequence():
    x = keras.Input((7, 3), name="x")
    return keras.Model(x, layers.Dense(1)(layers.LSTM(4)(layers.Masking(0.0)(x))))


@honest
def simple_rnn_cell():
    x = keras.Input((7, 3), name="x")
    return keras.Model(x, layers.Dense(1)(layers.RNN(layers.SimpleRNNCell(4))(x)))


@honest
def convolution_1d():
    x = keras.Input((50, 4), name="signal")
    y = layers.Conv1D(8, 5, activation="relu", padding="causal")(x)
    y = layers.SeparableConv1D(4, 3)(layers.MaxPooling1D(2)(y))
    return keras.Model(x, layers.Dense(3, "softmax")(layers.GlobalMaxPooling1D()(y)))


@honest
def convolution_3d():
    x = keras.Input((8, 8, 8, 1), name="volume")
    y = layers.GlobalAveragePooling3D()(layers.MaxPooling3D()(layers.Conv3D(3, 3)(x)))
    return keras.Model(x, layers.Dense(1)(y))


@honest
def separable_image():
    x = keras.Input((32, 32, 3), name="x")
    y = layers.SeparableConv2D(8, 3, strides=2, padding="same")(layers.ZeroPadding2D(1)(x))
    y = layers.DepthwiseConv2D(3, activation="relu6")(layers.ReLU(6.0)(y))
    return keras.Model(x, layers.Dense(2, "softmax")(layers.GlobalAveragePooling2D()(y)))


@honest
def embedding_text():
    x = keras.Input((20,), dtype="int32", name="words")
    y = layers.GlobalAveragePooling1D()(layers.Embedding(100, 8)(x))
    return keras.Model(x, layers.Dense(1, "sigmoid")(y))


@honest
def embedding_masked():
    x = keras.Input((20,), dtype="int32", name="words")
    return keras.Model(x, layers.Dense(1, "sigmoid")(layers.LSTM(8)(layers.Embedding(50, 4, mask_zero=True)(x))))


@honest
def attention():
    x = keras.Input((9, 8), name="x")
    y = layers.LayerNormalization()(layers.Add()([x, layers.MultiHeadAttention(2, 4)(x, x)]))
    return keras.Model(x, layers.Dense(1)(layers.GlobalAveragePooling1D()(y)))


@honest
def plain_attention():
    q, v = keras.Input((4, 8), name="q"), keras.Input((6, 8), name="v")
    y = layers.Flatten()(layers.concatenate([layers.Attention()([q, v]), layers.AdditiveAttention()([q, v])]))
    return keras.Model([q, v], layers.Dense(1)(y))


@honest
def normalised_numbers():
    x = keras.Input((5,), name="x")
    norm = layers.Normalization()
    norm.adapt(np.random.default_rng(1).normal(50, 10, (100, 5)).astype("float32"))
    return keras.Model(x, layers.Dense(1, "sigmoid")(norm(x)))


@honest
def normalised_image():
    x = keras.Input((16, 16, 3), name="x")
    y = layers.Normalization(mean=[120.0, 110.0, 100.0], variance=[3000.0, 2900.0, 2800.0])(x)
    return keras.Model(x, layers.Dense(1)(layers.Flatten()(y)))


@honest
def rescaled_by_vectors():
    x = keras.Input((16, 16, 3), name="x")
    y = layers.Rescaling(scale=[0.01, 0.02, 0.03], offset=[-1.0, 0.0, 1.0])(x)
    return keras.Model(x, layers.Dense(1)(layers.GlobalMaxPooling2D()(y)))


@honest
def several_outputs():
    x = keras.Input((6,), name="x")
    y = layers.Dense(8, "elu")(x)
    return keras.Model(
        x,
        {
            "flag": layers.Dense(1, "sigmoid")(y),
            "size": layers.Dense(1)(y),
            "kind": layers.Dense(3, "softmax")(y),
        },
    )


@honest
def outputs_in_a_list():
    x = keras.Input((6,), name="x")
    y = layers.Dense(8, "selu")(x)
    return keras.Model(x, [layers.Dense(1, "sigmoid", name="ill")(y), layers.Dense(1, name="age")(y)])


@honest
def siamese():
    left, right = keras.Input((16, 16, 3), name="left"), keras.Input((16, 16, 3), name="right")
    shared = keras.Sequential([layers.Conv2D(4, 3, activation="relu"), layers.GlobalAveragePooling2D()])
    a, b = shared(left), shared(right)
    return keras.Model([left, right], layers.Dense(2, "softmax")(layers.concatenate([ops.abs(a - b), a * b])))


@honest
def shared_layer():
    a, b = keras.Input((4,), name="a"), keras.Input((4,), name="b")
    dense = layers.Dense(5, "relu")
    return keras.Model([a, b], layers.Dense(1)(layers.average([dense(a), dense(b)])))


@honest
def nested_functional():
    inner_in = keras.Input((8,))
    inner = keras.Model(inner_in, layers.Dense(4, "relu")(inner_in), name="inner")
    x = keras.Input((8,), name="x")
    return keras.Model(x, layers.Dense(1)(inner(x)))


@honest
def nested_twice():
    core = keras.Sequential([keras.Input((4,)), layers.Dense(4)], name="core")
    middle = keras.Sequential([keras.Input((4,)), core, layers.Dense(3)], name="middle")
    return keras.Sequential([keras.Input((4,)), middle, layers.Dense(1)])


@honest
def residual_gelu():
    x = keras.Input((8,), name="x")
    y = layers.Dense(8, activation="gelu")(x)
    y = layers.Activation("gelu")(layers.Add()([x, y]))
    return keras.Model(x, layers.Dense(1)(ops.gelu(y, approximate=False)))


@honest
def augmenting():
    x = keras.Input((32, 32, 3), name="x")
    y = layers.RandomFlip("horizontal")(x)
    y = layers.RandomZoom(0.1)(layers.RandomRotation(0.1)(layers.RandomContrast(0.2)(y)))
    return keras.Model(x, layers.Dense(1)(layers.GlobalAveragePooling2D()(layers.Conv2D(3, 3)(y))))


@honest
def resizing():
    x = keras.Input((64, 48, 3), name="x")
    y = layers.CenterCrop(28, 28)(layers.Resizing(32, 32)(x))
    return keras.Model(x, layers.Dense(1)(layers.Flatten()(y)))


@honest
def upsampling():
    x = keras.Input((8, 8, 3), name="x")
    y = layers.Conv2DTranspose(4, 3, strides=2)(layers.UpSampling2D(2)(x))
    return keras.Model(x, layers.Dense(1)(layers.GlobalMaxPooling2D()(layers.Cropping2D(1)(y))))


@honest
def reshaping():
    x = keras.Input((12,), name="x")
    y = layers.Permute((2, 1))(layers.Reshape((3, 4))(x))
    return keras.Model(x, layers.Dense(1)(layers.Flatten()(layers.Dot(axes=1)([y, layers.RepeatVector(4)(x)]))))


@honest
def regularised():
    x = keras.Input((8,), name="x")
    y = layers.Dense(
        8,
        kernel_regularizer="l2",
        kernel_initializer=keras.initializers.HeNormal(seed=1),
        bias_regularizer=keras.regularizers.L1L2(1e-4, 1e-4),
        kernel_constraint=keras.constraints.MaxNorm(2),
        activity_regularizer=keras.regularizers.L1(1e-5),
        bias_initializer=keras.initializers.Constant(0.1),
    )(x)
    y = layers.GaussianNoise(0.1)(layers.PReLU()(layers.LeakyReLU(0.1)(y)))
    return keras.Model(x, layers.Dense(1)(y))


@honest
def gated():
    a, b = keras.Input((6,), name="a"), keras.Input((6,), name="b")
    gate = ops.sigmoid(layers.Dense(6)(a))
    fused = gate * layers.Dense(6)(a) + (1.0 - gate) * layers.Dense(6)(b)
    fused = ops.where(ops.isnan(fused), ops.zeros_like(fused), fused)
    return keras.Model([a, b], layers.Dense(1, "sigmoid")(fused))


@honest
def arithmetic():
    x = keras.Input((6,), name="x")
    y = ops.log1p(ops.square(x)) + ops.sqrt(ops.abs(x)) - ops.exp(-ops.maximum(x, 0.0)) ** 2
    z = ops.mean(y, axis=-1, keepdims=True) / (ops.std(y, axis=-1, keepdims=True) + 1e-6)
    z = ops.clip(z, -3, 3) @ ops.ones((1, 1)) if False else ops.clip(z, -3, 3)
    return keras.Model(x, layers.Dense(1)(ops.concatenate([y, z, ops.sum(x, 1, keepdims=True)], -1)))


@honest
def compiled_and_trained():
    x = keras.Input((4,), name="x")
    model = keras.Model(x, layers.Dense(1, "sigmoid")(layers.Dense(4, "relu")(x)))
    model.compile(keras.optimizers.AdamW(1e-3), loss="binary_crossentropy", metrics=["accuracy", keras.metrics.AUC()])
    model.fit(np.zeros((8, 4), "float32"), np.zeros((8, 1), "float32"), epochs=1, verbose=0)
    return model


@honest
def from_applications():
    return keras.applications.MobileNetV2((32, 32, 3), weights=None, classes=3, alpha=0.35)


@honest
def on_top_of_applications():
    base = keras.applications.EfficientNetB0(include_top=False, weights=None, input_shape=(32, 32, 3))
    base.trainable = False
    x = keras.Input((32, 32, 3), name="picture")
    y = layers.GlobalAveragePooling2D()(base(x, training=False))
    return keras.Model(x, layers.Dense(1, "sigmoid", name="ill")(layers.Dropout(0.2)(y)))


@honest
def time_distributed():
    x = keras.Input((5, 16, 16, 3), name="frames")
    frame = keras.Sequential([keras.Input((16, 16, 3)), layers.Conv2D(3, 3), layers.GlobalAveragePooling2D()])
    return keras.Model(x, layers.Dense(1)(layers.GRU(4)(layers.TimeDistributed(frame)(x))))


@honest
def half_precision():
    x = keras.Input((8,), name="x")
    y = layers.Dense(4, "relu", dtype="mixed_float16")(x)
    return keras.Model(x, layers.Dense(1, dtype="float32")(y))


@honest
def ordinary_categories():
    x = keras.Input((1,), dtype="int32", name="kind")
    y = layers.CategoryEncoding(5, output_mode="one_hot")(x)
    return keras.Model(x, layers.Dense(1)(ops.concatenate([y, ops.cast(x, "float32")], -1)))


@honest
def binned():
    x = keras.Input((1,), name="age")
    y = layers.Flatten()(layers.Embedding(4, 3)(layers.Discretization([20.0, 40.0, 60.0])(x)))
    return keras.Model(x, layers.Dense(1)(y))
