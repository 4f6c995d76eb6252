"""What the training scripts of the bundled models share: tables, embeddings, figures."""

from __future__ import annotations

import csv
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mmdesk.core.cases.case import Case, ImageRef
from mmdesk.core.fields.kinds import read_cell
from mmdesk.core.fields.schema import Field, Schema
from mmdesk.core.fields.splits import SPLITS, split_of
from mmdesk.core.fields.values import Missing, Reason, Value
from mmdesk.core.judge.bootstrap import draws, replicated
from mmdesk.core.judge.metrics import auc
from mmdesk.core.model.prepare import Preparation, prepare, prepare_targets
from mmdesk.core.recipe.recipe import Recipe
from mmdesk.imaging.decode import decode_for_model
from mmdesk.modelling.training.fit import Examples

Arrays = dict[str, NDArray[Any]]
WIDTH, BATCH = 1280, 16


@dataclass(frozen=True)
class Data:
    """All cases of a table with the embeddings of their images.

    Attributes:
        schema: Their fields.
        cases: n cases.
        labels: Value of each target, case by case.
        embeddings: By image input, float32 (n, variants, 1280); the first variant is the
            image as it is, a second one its mirror image.
        present: By image input, (n,) true where the image could be read.
    """

    schema: Schema
    cases: Sequence[Case]
    labels: Sequence[Mapping[str, Value]]
    embeddings: Arrays
    present: Arrays

    def rows(self, split: str) -> NDArray[np.int64]:
        """Return the places of a split's cases."""
        return np.flatnonzero([case.split == split for case in self.cases])

    def groups(self, rows: NDArray[np.int64]) -> list[str]:
        """Return the group of each of some cases."""
        return [self.cases[row].group for row in rows]

    def counts(self) -> dict[str, int]:
        """Return the number of cases of each split."""
        return {split: len(self.rows(split)) for split in SPLITS}


def read_table(table: Path, schema: Schema) -> tuple[list[Case], list[dict[str, Value]]]:
    """Read a table of cases, one case a name; columns match after trimming blanks."""
    cases, labels = [], []
    for number, (name, row) in enumerate(_rows(table, schema), 1):
        group = row[schema.group or schema.case].strip()
        inputs = {field.name: _read_input(row, field, table.parent) for field in schema.inputs}
        cases.append(Case(number, name, group, split_of(group), inputs))
        labels.append({target.name: _read_target(row, target) for target in schema.targets})
    return cases, labels


def read_words(table: Path, schema: Schema, columns: Sequence[str]) -> list[dict[str, str]]:
    """Return columns that the schema leaves out, in the order of `read_table`'s cases."""
    return [{column: row[column] or "" for column in columns} for _, row in _rows(table, schema)]


def embed(
    cases: Sequence[Case], schema: Schema, part: Path, *, size: int = 224, mirrored: bool, cache: Path | None
) -> tuple[Arrays, Arrays]:
    """Return embeddings and presence of all images, as in `Data`; read from the cache if there."""
    paths = sorted({v.path for case in cases for v in case.inputs.values() if isinstance(v, ImageRef)})
    known = _read_cache(cache)
    missing = [path for path in paths if Path(path).name not in known]
    known |= _embed_files(missing, part, size=size, mirrored=mirrored)
    if cache and missing:
        np.savez(cache, files=np.array(list(known)), emb=np.stack(list(known.values())))
    variants = 2 if mirrored else 1
    embeddings, present = {}, {}
    for image in schema.images:
        values = [case.inputs[image.name] for case in cases]
        names = [Path(value.path).name if isinstance(value, ImageRef) else "" for value in values]
        present[image.name] = np.array([name in known for name in names])
        blank = np.zeros((variants, WIDTH), np.float16)
        embeddings[image.name] = np.stack([known.get(name, blank) for name in names]).astype(np.float32)
    return embeddings, present


def examples(data: Data, rows: NDArray[np.int64], preparation: Preparation, recipe: Recipe) -> Examples:
    """Return some cases as they are, for the head of a recipe."""
    cases = [data.cases[row] for row in rows]
    present = {name: data.present[name][rows] for name in recipe.images}
    inputs = prepare(preparation, data.schema, cases, present)
    for name in recipe.images:
        inputs[f"{name}__embedding"] = data.embeddings[name][rows, 0]
    targets, weights = prepare_targets(data.schema, [data.labels[row] for row in rows])
    return Examples(inputs, targets, weights)


def joined(parts: Sequence[Examples]) -> Examples:
    """Return several sets of examples as one."""

    def join(dicts: Sequence[Mapping[str, NDArray[Any]]]) -> Arrays:
        return {name: np.concatenate([part[name] for part in dicts]) for name in dicts[0]}

    return Examples(join([p.inputs for p in parts]), join([p.targets for p in parts]), join([p.weights for p in parts]))


def interval(values: NDArray[np.float64]) -> list[float]:
    """Return the 95 % interval of a figure's replicates, rounded."""
    low, high = np.nanpercentile(values, [2.5, 97.5])
    return [round(float(low), 4), round(float(high), 4)]


def macro_auc(wanted: NDArray[Any], found: NDArray[Any], weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the mean AUC of the columns in each replicate, (r,)."""
    columns = range(wanted.shape[1])
    return np.asarray(np.mean([replicated(auc, wanted[:, k] > 0.5, found[:, k], weights) for k in columns], axis=0))


def figure(metric: Callable[[NDArray[np.float64]], NDArray[np.float64]], groups: Sequence[str]) -> dict[str, Any]:
    """Return a figure with its interval by drawing groups again.

    Args:
        metric: From weights (r, n) to values (r,).
        groups: Group of each of the n cases.
    """
    value = metric(np.ones((1, len(groups))))[0]
    return {"value": round(float(value), 4), "interval": interval(metric(draws(groups)))}


def prototypes(
    head_inputs: Mapping[str, NDArray[Any]], targets: Mapping[str, NDArray[Any]], count: int, fewest: int = 5
) -> Arrays:
    """Return cluster means of complete training cases with their mean labels: no patient's data.

    Clusters are those of k-means (Lloyd 1982) on the embeddings; those with fewer cases than
    `fewest` are left out.

    Returns:
        `NAME__embedding` float16 and the means of the other float inputs, `target__NAME`, and
        `cases` (clusters,).
    """
    images = [name for name in head_inputs if name.endswith("__embedding")]
    whole = np.all([head_inputs[name.replace("__embedding", "__present")][:, 0] > 0 for name in images], axis=0)
    points = np.hstack([head_inputs[name][whole] for name in images])
    places = _k_means(points, count)
    kept = [place for place in range(count) if (places == place).sum() >= fewest]

    def means(values: NDArray[Any]) -> NDArray[Any]:
        return np.stack([values[whole][places == place].mean(0) for place in kept])

    arrays: Arrays = {name: means(head_inputs[name]).astype(np.float16) for name in images}
    arrays |= {f"target__{name}": means(values).astype(np.float32) for name, values in targets.items()}
    return arrays | {"cases": np.array([(places == place).sum() for place in kept])}


def _k_means(points: NDArray[Any], count: int, rounds: int = 30) -> NDArray[np.int64]:
    rng = np.random.default_rng(1)
    centres = points[rng.choice(len(points), count, replace=False)]
    places = np.zeros(len(points), np.int64)
    for _ in range(rounds):
        near = (centres**2).sum(1) - 2 * points @ centres.T
        places = near.argmin(1)
        means = [points[places == k].mean(0) if (places == k).any() else centres[k] for k in range(count)]
        centres = np.stack(means)
    return places


def pack(model: Path) -> None:
    """Compress a `.keras` archive in place: kernels rounded to float16 take half the room."""
    packed = model.with_suffix(".packed")
    with (
        zipfile.ZipFile(model) as plain,
        zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as small,
    ):
        for name in plain.namelist():
            small.writestr(name, plain.read(name))
    packed.replace(model)


def _rows(table: Path, schema: Schema) -> list[tuple[str, dict[str, str]]]:
    with table.open(encoding="utf-8", newline="") as file:
        rows = [{(key or "").strip(): cell for key, cell in row.items()} for row in csv.DictReader(file)]
    return sorted({row[schema.case].strip(): row for row in reversed(rows)}.items())


def _read_input(row: Mapping[str, str], field: Field, folder: Path) -> Any:
    cell = (row.get(field.columns[0]) or "").strip()
    if field.kind != "image":
        return read_cell(cell, field)
    path = folder / field.folder / cell
    if not cell:
        return Missing(Reason.ABSENT)
    return ImageRef(str(path), "") if path.is_file() else Missing(Reason.NO_FILE, cell)


def _read_target(row: Mapping[str, str], target: Field) -> Value:
    if target.kind == "labels":
        names = zip(target.options or target.columns, target.columns, strict=True)
        return tuple(option for option, column in names if row[column].strip() in {"1", "1.0"})
    return read_cell(row.get(target.columns[0]), target)


def _read_cache(cache: Path | None) -> dict[str, NDArray[Any]]:
    if cache is None or not cache.exists():
        return {}
    with np.load(cache) as arrays:
        return dict(zip(arrays["files"].tolist(), arrays["emb"], strict=True))


def _embed_files(paths: Sequence[str], part: Path, *, size: int, mirrored: bool) -> dict[str, NDArray[Any]]:
    from mmdesk.inference.runtime import onnxruntime

    if not paths:
        return {}
    session = onnxruntime.InferenceSession(str(part), providers=["CPUExecutionProvider"])
    found: dict[str, NDArray[Any]] = {}
    for start in range(0, len(paths), BATCH):
        batch = paths[start : start + BATCH]
        pixels = np.stack([decode_for_model(Path(path), size) for path in batch]).astype(np.float32)
        views = [pixels, np.ascontiguousarray(pixels[:, :, ::-1])] if mirrored else [pixels]
        vectors = np.stack([session.run(["embedding"], {"image": view})[0] for view in views], axis=1)
        found |= {Path(path).name: vector.astype(np.float16) for path, vector in zip(batch, vectors, strict=True)}
        if start % (BATCH * 50) == 0:
            print(f"{start} of {len(paths)} images", flush=True)
    return found
