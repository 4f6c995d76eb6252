"""The job that writes a whole model in another form: ONNX, SavedModel, LiteRT."""

from __future__ import annotations

import shutil
import tempfile
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mmdesk.core.errors import ModelProblem
from mmdesk.core.job import Progress
from mmdesk.jobs.protocol import ChildContext
from mmdesk.modelling.network.bundle import load_model

FORMS = {
    "onnx": ("onnx", "model.onnx"),
    "savedmodel": ("tf_saved_model", "model"),
    "litert": ("litert", "model.tflite"),
}
"""Form as the command line calls it: Keras' word for it, and a name with the suffix that Keras wants."""


def run(job: Mapping[str, Any], ctx: ChildContext) -> dict[str, Any]:
    """Export a model whole.

    Args:
        job: `model`, the `.keras` file; `form`, one of `FORMS`; `out`, the file or folder to write,
            which must not exist.
        ctx: Told about progress.

    Returns:
        `out`, the path that was written.

    Raises:
        ModelProblem: Keras cannot write this model in this form here; the details say why.
    """
    form, name = FORMS[job["form"]]
    out = Path(job["out"])
    ctx.progress(Progress(0, 2, "Loading the model"))
    model = load_model(Path(job["model"]))
    ctx.check_cancelled()
    ctx.progress(Progress(1, 2, "Writing it"))
    with tempfile.TemporaryDirectory(dir=out.parent, prefix=".export-") as folder:
        written = Path(folder) / name
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of the exporters' own dependencies
                model.export(str(written), format=form, verbose=False)
        except Exception as reason:  # the exporters raise what they like; it is one situation
            raise ModelProblem(
                f"This model cannot be written as {job['form']} on this computer.",
                "The model is unchanged.",
                "Choose another form; keras always works.",
                details=f"{type(reason).__name__}: {reason}"[:2000],
            ) from reason
        shutil.move(written, out)
    ctx.progress(Progress(2, 2, "Written"))
    return {"out": str(out)}
