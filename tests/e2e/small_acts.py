"""Imports direct dependencies and lets each do one small act, in mmdesk's own environment.

python tests/e2e/small_acts.py NAME...

A name is that of a dependency in pyproject.toml. One that is added gets a function here: its name with `_`.
"""

from __future__ import annotations

import io
import sys

import mmdesk.storage.database.dialect  # noqa: F401  (first of all, as in the model process)


def alembic():
    from alembic.config import Config

    assert Config().attributes == {}


def h5py():
    import h5py

    with h5py.File("small", "w", driver="core", backing_store=False) as file:
        file["x"] = [1, 2]
        assert file["x"][1] == 2


def highdicom():
    from highdicom import sr

    assert sr.CodedConcept("mm", "UCUM", "mm").value == "mm"


def keras():
    import keras
    import numpy as np

    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.compile("adam", "mse")
    model.fit(np.ones((4, 2)), np.ones((4, 1)), verbose=0)


def nibabel():
    import nibabel
    import numpy as np

    assert nibabel.Nifti1Image(np.zeros((2, 2, 2), np.uint8), np.eye(4)).to_bytes()


def numpy():
    import numpy as np

    np.linalg.inv(np.eye(3))


def onnx():
    import onnx

    onnx.checker.check_model(_graph())


def onnxruntime():
    import numpy as np

    from mmdesk.inference.runtime import onnxruntime

    session = onnxruntime.InferenceSession(_graph().SerializeToString())
    session.run(None, {"x": np.ones(2, np.float32)})


def pillow():
    from PIL import Image

    Image.new("L", (8, 8)).save(io.BytesIO(), "PNG")


def platformdirs():
    import platformdirs

    assert platformdirs.user_data_dir("mmdesk")


def polars():
    import polars

    frame = polars.DataFrame({"a": [1, 1, 2]}).lazy().group_by("a").len().collect()
    frame.write_parquet(io.BytesIO())


def pydicom():
    import pydicom

    assert pydicom.Dataset().to_json() == "{}"


def pylibjpeg():
    import pylibjpeg

    assert pylibjpeg.__version__


def pylibjpeg_openjpeg():
    import numpy as np
    import openjpeg

    assert openjpeg.encode(np.zeros((64, 64), np.uint8))


def pyqtgraph():
    import pyqtgraph

    pyqtgraph.mkColor("r")


def pyside6_essentials():
    from PySide6.QtWidgets import QApplication, QLabel

    app = QApplication([])
    label = QLabel("words")
    label.show()
    app.processEvents()
    label.grab()


def pysqlite3():
    import pysqlite3

    pysqlite3.connect(":memory:").execute("select 1")


def python_gdcm():
    import gdcm

    assert gdcm.Version.GetVersion()


def rich():
    from rich.console import Console

    Console(file=io.StringIO()).print("words")


def sqlalchemy():
    import sqlalchemy

    sqlalchemy.create_engine("sqlite://").connect().close()


def tensorflow():
    import tensorflow as tf

    tf.function(lambda x: x + 1)(tf.constant(1))


tensorflow_cpu = tensorflow


def tf2onnx():
    import tensorflow as tf
    import tf2onnx

    taken = [tf.TensorSpec([2], tf.float32)]
    tf2onnx.convert.from_function(tf.function(lambda x: x + 1), input_signature=taken)


def tifffile():
    import numpy as np
    import tifffile

    tifffile.imwrite(io.BytesIO(), np.zeros((4, 4), np.uint8))


def tomli_w():
    import tomli_w

    tomli_w.dumps({"a": 1})


def typer():
    import typer

    typer.Typer()


def xlsxwriter():
    assert _workbook()


def _graph():
    """Return the smallest model that ONNX Runtime takes."""
    from onnx import TensorProto, helper

    ends = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [2]) for name in "xy"]
    graph = helper.make_graph([helper.make_node("Identity", ["x"], ["y"])], "small", ends[:1], ends[1:])
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)


def openpyxl():
    from openpyxl import load_workbook

    assert load_workbook(io.BytesIO(_workbook()), read_only=True).sheetnames == ["Sheet1"]


def typing_extensions():
    from typing_extensions import Buffer

    assert isinstance(b"x", Buffer)


def _workbook():
    """Return the bytes of an empty workbook."""
    import xlsxwriter

    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as workbook:
        workbook.add_worksheet()
    return file.getvalue()


if __name__ == "__main__":
    for _name in sys.argv[1:]:
        globals()[_name.replace("-", "_")]()
        print(_name, flush=True)
