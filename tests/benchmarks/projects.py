"""Projects to measure on, and the same cases as plain arrays for the naive program."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from mmdesk.core.fields.schema_toml import read_schema
from mmdesk.core.fields.values import Value
from mmdesk.core.job import SilentContext
from mmdesk.core.model.prepare import Preparation, prepare, prepare_targets
from mmdesk.services.cases.first_page import FILE, close_project
from mmdesk.services.demo.phantom_cases import STRICT
from mmdesk.services.demo.phantoms import TABLE, PhantomOptions, generate
from mmdesk.services.importing.from_table import new_project
from mmdesk.services.project import Project, open_project
from mmdesk.support.resources import resource
from mmdesk.ui.kit.preferences import Preferences


def bench_home() -> Path:
    """Return the folder that keeps made projects between runs: `MMDESK_BENCH` or the cache's."""
    import platformdirs

    home = Path(os.environ.get("MMDESK_BENCH") or platformdirs.user_cache_path("mmdesk-benchmarks"))
    home.mkdir(parents=True, exist_ok=True)
    return home


def phantom_project(name: str, options: PhantomOptions, *, blind: bool = False) -> Path:
    """Make a fresh project of phantom cases; the drawn cases are kept for the next run."""
    cases = bench_home() / name
    if not (cases / TABLE).exists():
        generate(cases, options, clinic=STRICT)
    schema_file = resource("schemas", "phantom.toml")
    schema = read_schema(schema_file.read_text(encoding="utf-8"), str(schema_file))
    return _fresh(cases / "bench.mmdesk", cases / TABLE, schema, blind=blind)


def odir_project(odir: Path, *, blind: bool = False) -> Path:
    """Make a fresh project of the real fundus pairs."""
    schema_file = resource("schemas", "odir.toml")
    schema = read_schema(schema_file.read_text(encoding="utf-8"), str(schema_file))
    return _fresh(bench_home() / "odir.mmdesk", odir / "full_df.csv", schema, blind=blind)


def _fresh(folder: Path, table: Path, schema: Any, *, blind: bool) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    new_project(folder, table, schema=schema, ctx=SilentContext())
    project = open_project(folder)
    try:
        project.set_own_read_first(blind, "Benchmark")
    finally:
        project.close()
    return folder


def set_aside(project: Path, *, predictions: bool = True) -> None:
    """Keep a copy of a project as a window leaves it, so that each run can begin with the same one.

    Args:
        project: Its folder.
        predictions: With the predictions and embeddings in it; without, the first case of a
            run is really predicted.
    """
    opened = open_project(project)
    if not predictions:
        for version in opened.store.versions():
            opened.store.drop_predictions(version.id)
        shutil.rmtree(project / "cache", ignore_errors=True)
    with TemporaryDirectory() as nowhere:
        close_project(opened, str(Preferences(Path(nowhere)).get("reader")))
    shutil.rmtree(_aside(project), ignore_errors=True)
    shutil.copytree(project, _aside(project))


def put_back(project: Path, *, first: bool = False) -> None:
    """Make a project again as it was set aside.

    Args:
        project: Its folder.
        first: As if no window had ever closed it: without the kept first page.
    """
    shutil.rmtree(project)
    shutil.copytree(_aside(project), project)
    if first:
        (project / FILE).unlink()


def _aside(project: Path) -> Path:
    return project.with_name(f"{project.stem}-aside{project.suffix}")


def write_exchange(
    project: Project,
    version: Path,
    out: Path,
    *,
    rows: dict[str, Sequence[int]] | None = None,
    labels: Sequence[dict[str, Value]] | None = None,
    **facts: Any,
) -> Path:
    """Write cases as the naive program reads them.

    Args:
        project: The project; its first `len(labels)` cases, or the first two, are written.
        version: Folder of the model version that the naive program loads.
        out: Folder to write into.
        rows: Places of the train, validation and test cases.
        labels: Values by target for each case.
        facts: More for `facts.json`.
    """
    out.mkdir(parents=True, exist_ok=True)
    cases = project.store.cases()[: len(labels) if labels is not None else 2]
    preparation = Preparation.from_json((version / "preparation.json").read_text(encoding="utf-8"))
    paths = {
        field.name: [
            str(project.path_of(ref.path)) if hasattr(ref := case.inputs[field.name], "path") else None
            for case in cases
        ]
        for field in project.schema.images
    }
    present = {name: np.array([path is not None for path in found]) for name, found in paths.items()}
    np.savez(out / "record.npz", **prepare(preparation, project.schema, cases, present))
    given = labels if labels is not None else [dict.fromkeys(f.name for f in project.schema.targets)] * 2
    targets, weights = prepare_targets(project.schema, given)
    np.savez(out / "targets.npz", **targets)
    np.savez(out / "weights.npz", **weights)
    told = {"model": str(version / "model.keras"), "size": 224, "images": paths, "repeats": 30, **facts}
    for name, places in (rows or {}).items():
        told[name] = [int(place) for place in places]
    (out / "facts.json").write_text(json.dumps(told), encoding="utf-8")
    return out
