"""A model version small enough for tests: ONNX parts written by hand, no TensorFlow."""

from hashlib import sha256
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from PIL import Image

from mmdesk.core.cases.case import Case, ImageRef
from mmdesk.core.fields.schema import Field, Schema
from mmdesk.core.model.out_of_distribution import learn, pack
from mmdesk.core.model.prepare import InputState, Preparation, TargetState
from mmdesk.core.versions.version import EncoderPart, Parts, write_parts

SIZE, WIDTH = 24, 4
SCHEMA = Schema(
    "Tiny",
    "ID",
    "ID",
    (
        Field("left", "input", "image", ("L",)),
        Field("right", "input", "image", ("R",)),
        Field("age", "input", "number", ("Age",)),
        Field("bad", "target", "flag", ("Bad",)),
        Field("score", "target", "number", ("Score",)),
    ),
)
PREPARATION = Preparation(
    {
        "left": InputState("image"),
        "right": InputState("image"),
        "age": InputState("number", (50.0,), (10.0,)),
    },
    {"bad": TargetState("flag", ("bad",)), "score": TargetState("number", interval=2.0)},
)


def constant(name: str, values: np.ndarray) -> onnx.TensorProto:
    return numpy_helper.from_array(values.astype(np.float32), name)


def floats(name: str, *shape) -> onnx.ValueInfoProto:
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)


def save(folder: Path, graph: onnx.GraphProto) -> str:
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    onnx.checker.check_model(model)
    data = model.SerializeToString()
    folder.mkdir(parents=True, exist_ok=True)
    name = f"{sha256(data).hexdigest()}.onnx"
    (folder / name).write_bytes(data)
    return name


def encoder_weights() -> np.ndarray:
    return np.random.default_rng(3).normal(size=(3, WIDTH)) / 255


def write_encoder(parts: Path, weights: np.ndarray | None = None) -> str:
    """The mean of each channel, times a matrix."""
    weights = encoder_weights() if weights is None else weights
    nodes = [
        helper.make_node("ReduceMean", ["image"], ["mean"], axes=[1, 2], keepdims=0),
        helper.make_node("MatMul", ["mean", "w"], ["embedding"]),
    ]
    return save(
        parts,
        helper.make_graph(
            nodes,
            "encoder",
            [floats("image", "n", SIZE, SIZE, 3)],
            [floats("embedding", "n", WIDTH)],
            [constant("w", weights)],
        ),
    )


def write_head(parts: Path, kick: float = 0.0) -> str:
    """A sum over what is present: `bad` is its sigmoid, `score` itself."""
    nodes, terms = [], []
    for name, width in (("left__embedding", WIDTH), ("right__embedding", WIDTH), ("age", 1)):
        present = name.split("__", 1)[0] + "__present"
        nodes += [
            helper.make_node("Mul", [name, present], [f"{name}_in"]),
            helper.make_node("MatMul", [f"{name}_in", f"w{width}"], [f"{name}_term"]),
        ]
        terms.append(f"{name}_term")
    nodes += [
        helper.make_node("Sum", [*terms, "kick"], ["score"]),
        helper.make_node("Sigmoid", ["score"], ["bad"]),
    ]
    inputs = [floats("left__embedding", "n", WIDTH), floats("right__embedding", "n", WIDTH)]
    inputs += [floats(f"{name}__present", "n", 1) for name in ("left", "right", "age")] + [floats("age", "n", 1)]
    weights = [
        constant(f"w{WIDTH}", np.ones((WIDTH, 1))),
        constant("w1", np.ones((1, 1))),
        constant("kick", np.array([[kick]])),
    ]
    graph = helper.make_graph(nodes, "head", inputs, [floats("bad", "n", 1), floats("score", "n", 1)], weights)
    return save(parts, graph)


def write_version(folder: Path, parts: Path, *, kick: float = 0.0, familiar: bool = False, encoder: str = "") -> None:
    """Write a version's folder with an encoder that serves both images, and a head."""
    folder.mkdir(parents=True)
    backbone = EncoderPart("backbone", encoder or write_encoder(parts), ("left", "right"), SIZE, WIDTH)
    (folder / "parts.toml").write_text(write_parts(Parts((backbone,), write_head(parts, kick))))
    (folder / "preparation.json").write_text(PREPARATION.to_json())
    if familiar:
        rng = np.random.default_rng(1)
        greys = rng.normal(128, 4, (60, 3)) @ encoder_weights() + rng.normal(0, 0.01, (60, WIDTH))
        known = learn(greys.astype(np.float32), greys[:20].astype(np.float32))
        np.savez(folder / "familiarity.npz", **pack({"left": known}))


def colour_file(root: Path, name: str, colour: tuple[int, int, int]) -> ImageRef:
    """Write a PNG of one colour and return its reference."""
    path = root / name
    Image.new("RGB", (40, 30), colour).save(path, "PNG")
    return ref_to(root, name)


def ref_to(root: Path, name: str) -> ImageRef:
    facts = (root / name).stat()
    digest = sha256((root / name).read_bytes()).hexdigest()
    return ImageRef(name, digest, facts.st_size, facts.st_mtime_ns)


def expected_score(left, right, age, kick: float = 0.0) -> float:
    """What the tiny model must answer; None is missing."""
    total = kick if age is None else kick + (age - 50) / 10
    for colour in (left, right):
        if colour is not None:
            total += float((np.array(colour, np.float64) @ encoder_weights()).sum())
    return total


def case_of(number: int, left, right, age) -> Case:
    return Case(number, f"c{number}", f"c{number}", "train", {"left": left, "right": right, "age": age})
