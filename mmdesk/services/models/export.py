"""Use case: a model version leaves the project, in a form that other programs read."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from mmdesk.core.errors import ModelProblem, Situation
from mmdesk.core.job import JobContext
from mmdesk.jobs.child import Child
from mmdesk.services.models.prediction import resolve_version
from mmdesk.services.project import Project


def export_model(
    project: Project, name: str, form: str, out: Path, ctx: JobContext, child: Child | None = None
) -> Path:
    """Write a model version to a file or folder of its own.

    Args:
        project: The project.
        name: A bundled model, a version of the project, or a version's folder.
        form: `keras` (the model's own file), `onnx`, `savedmodel` (a folder) or `litert`.
        out: Where to; nothing may be there yet.
        ctx: Told about progress, asked whether to stop.
        child: The model process to use; one of its own when None.

    Returns:
        The absolute path that was written.

    Raises:
        Situation: There is something at `out`, or no folder to hold it.
        ModelProblem: There is no such version, or it cannot be written in this form.
    """
    out = out.absolute()
    if out.exists():
        raise Situation(f"{out} is already there.", do="Choose another name, or move it away.")
    if not out.parent.is_dir():
        raise Situation(f"There is no folder {out.parent}.", do="Make the folder first, or choose another.")
    _version, folder, _parts = resolve_version(project, name)
    source = folder / "model.keras"
    if not source.is_file():
        raise ModelProblem(
            f"The Keras model of {name} is not here; only its compiled parts are.",
            do="Export it with the full mmdesk, which also trains.",
        )
    if form == "keras":
        _copy_whole(source, out)
        return out
    process = child or Child()
    try:
        process.run({"kind": "export", "model": str(source), "form": form, "out": str(out)}, ctx)
    finally:
        if child is None:
            process.close()
    return out


def _copy_whole(source: Path, out: Path) -> None:
    partial = out.with_name(f".{out.name}.{os.getpid()}.part")
    try:
        shutil.copyfile(source, partial)
        partial.replace(out)
    finally:
        partial.unlink(missing_ok=True)
