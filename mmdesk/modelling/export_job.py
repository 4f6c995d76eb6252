"""The job that writes a whole model in a form that other programs read, and proves what it wrote."""

from __future__ import annotations

import shutil
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import keras
import numpy as np

from mmdesk.core.fields.schema import Schema
from mmdesk.core.fields.schema_toml import read_schema
from mmdesk.core.job import Progress
from mmdesk.core.versions.card import Card
from mmdesk.core.versions.version import ORIGINAL_ONNX
from mmdesk.inference.model import read_version
from mmdesk.inference.session import part_file
from mmdesk.jobs.protocol import ChildContext
from mmdesk.modelling.network.bundle import MODEL_FILE, load_model
from mmdesk.modelling.network.compiled import CompiledModel
from mmdesk.modelling.network.made_up import made_up_rows
from mmdesk.modelling.network.merging import merge_parts
from mmdesk.modelling.network.runtimes import check_written, runtime_of, unwritten
from mmdesk.support.files import sync
from mmdesk.support.unfinished import private_folder
from mmdesk.words import tr

FORMS = {
    "keras": ("", "model.keras"),
    "onnx": ("", "model.onnx"),
    "savedmodel": ("tf_saved_model", "model"),
    "litert": ("litert", "model.tflite"),
}
"""Form as the command line calls it: Keras' word for it where Keras writes it, and a file name."""
_STEPS = 3


def run(job: Mapping[str, Any], ctx: ChildContext) -> dict[str, Any]:
    """Export a model whole; what its runtime does not load and run alike is not left behind.

    Args:
        job: `folder`, the version's; `parts`, where its compiled parts lie; `project`, the folder of
            the project; `form`, one of `FORMS`; `out`, the file or folder to write, which must not exist.
        ctx: Told about progress.

    Returns:
        `out`, the path that was written; `runtime`, what loaded it; `cases`, how many it was tried on;
        `largest_difference`.

    Raises:
        ModelProblem: The model cannot be had in this form; the words say what it lacks.
    """
    form, out = str(job["form"]), Path(job["out"])
    ctx.progress(Progress(0, _STEPS, tr("Loading the model")))
    folder = Path(job["folder"])
    if (folder / ORIGINAL_ONNX).is_file():
        model: Any = CompiledModel(part_file(Path(job["parts"]), read_version(folder).parts.head))
    else:
        model = load_model(folder / MODEL_FILE)
    rows = made_up_rows(model, read_version(folder).preparation, _schema(Path(job["project"])))
    wanted = {name: np.asarray(values, np.float32) for name, values in model(rows, training=False).items()}
    ctx.check_cancelled()
    ctx.progress(Progress(1, _STEPS, tr("Writing it")))
    with private_folder(".export-", out.parent) as place:
        written = place / FORMS[form][1]
        _write(form, model, folder, Path(job["parts"]), written)
        ctx.check_cancelled()
        ctx.progress(Progress(2, _STEPS, tr("Trying it in {runtime_of}", runtime_of=runtime_of(form))))
        worst = check_written(form, written, rows, wanted)
        if written.is_file():
            sync(written)
        shutil.move(written, out)
    ctx.progress(Progress(_STEPS, _STEPS, "Written"))
    count = len(next(iter(rows.values())))
    return {"out": str(out), "runtime": runtime_of(form), "cases": count, "largest_difference": worst}


def _write(form: str, model: keras.Model, folder: Path, parts_folder: Path, file: Path) -> None:
    if form == "keras":
        shutil.copyfile(folder / MODEL_FILE, file)
        return
    if form == "onnx":
        parts = read_version(folder).parts
        if not parts.head:
            raise unwritten(form, tr("it has no compiled form{because}", because=_because(folder)))
        merge_parts(parts, parts_folder, file)
        return
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of the exporters' own dependencies
            model.export(str(file), format=FORMS[form][0], verbose=False)
    except Exception as why:  # the exporters raise what they like; it is one situation
        raise unwritten(
            form, tr("Keras does not write it in this form on this computer"), f"{type(why).__name__}: {why}"
        ) from why


def _because(folder: Path) -> str:
    """Return what prevented the compilation, as the end of a sentence; empty when nobody knows."""
    try:
        card = Card.from_text((folder / "card.json").read_text(encoding="utf-8", errors="replace"))
    except OSError:
        return ""
    layer = card.facts.get("prevented_by", "")
    return tr(", because of {layer}", layer=layer) if layer else ""


def _schema(project: Path) -> Schema:
    file = project / "project.toml"
    return read_schema(file.read_text(encoding="utf-8-sig"), file.name)
