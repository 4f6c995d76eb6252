"""Use case: a model version leaves the project, in a form that other programs read."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from mmdesk.core.errors import ModelProblem, Situation
from mmdesk.core.job import JobContext
from mmdesk.core.versions.version import say_compiled_only
from mmdesk.jobs.child import Child
from mmdesk.services.models.making import own_or_given
from mmdesk.services.models.prediction import resolve_version
from mmdesk.services.project import Project
from mmdesk.support.build import can_train
from mmdesk.support.unfinished import whole
from mmdesk.words import tr


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written, and how it was proven.

    Attributes:
        out: The absolute path.
        runtime: The library that loaded it; empty where there is none here.
        cases: Made-up cases on which it gave what the model gives.
        largest_difference: Of any answer.
    """

    out: Path
    runtime: str = ""
    cases: int = 0
    largest_difference: float = 0.0

    def say(self) -> str:
        """Return the proof in words."""
        if not self.runtime:
            return tr("It is the model's own file, byte for byte; it was not loaded: this mmdesk has no Keras.")
        return tr(
            "{runtime} loaded it; it gives what the model gives on {cases} made-up cases "
            "(largest difference {largest_difference:.1g}).",
            runtime=self.runtime,
            cases=self.cases,
            largest_difference=self.largest_difference,
        )


def export_model(
    project: Project, name: str, form: str, out: Path, ctx: JobContext, child: Child | None = None
) -> Exported:
    """Write a model version to a file or folder of its own, and prove it.

    Args:
        project: The project.
        name: A bundled model, a version of the project, or a version's folder.
        form: `keras` (the model's own file), `onnx` (one graph of its proven compiled parts),
            `savedmodel` (a folder) or `litert`.
        out: Where to; nothing may be there yet.
        ctx: Told about progress, asked whether to stop.
        child: The model process to use; one of its own when None.

    Raises:
        Situation: There is something at `out`, or no folder to hold it.
        ModelProblem: There is no such version, or it cannot be written in this form.
    """
    out = out.absolute()
    if out.exists():
        raise Situation(tr("{out} is already there.", out=out), do=tr("Choose another name, or move it away."))
    if not out.parent.is_dir():
        raise Situation(
            tr("There is no folder {parent}.", parent=out.parent), do=tr("Make the folder first, or choose another.")
        )
    _version, folder, parts = resolve_version(project, name)
    source = folder / "model.keras"
    only_compiled = say_compiled_only(name, {file.name for file in folder.iterdir()})
    if only_compiled and form != "onnx":
        raise ModelProblem(
            only_compiled,
            do=tr("Export it as onnx, or add the Keras model that it was made from."),
        )
    if not source.is_file() and not only_compiled:
        raise ModelProblem(
            tr("The Keras model of {name} is not here; only its compiled parts are.", name=name),
            do=tr("Export it with the full mmdesk, which also trains."),
        )
    if form == "keras" and not can_train():
        _copy_whole(source, out)
        return Exported(out)
    job = {
        "kind": "export",
        "folder": str(folder),
        "parts": str(parts),
        "project": str(project.folder),
        "form": form,
        "out": str(out),
    }
    with own_or_given(child) as process:
        made = process.run(job, ctx)
    return Exported(out, made["runtime"], int(made["cases"]), float(made["largest_difference"]))


def _copy_whole(source: Path, out: Path) -> None:
    with whole(out) as partial:
        shutil.copyfile(source, partial)
