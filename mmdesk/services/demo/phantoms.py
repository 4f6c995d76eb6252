"""Makes folders of phantom cases: a table, pictures, and the truth beside them."""

from __future__ import annotations

import csv
import multiprocessing
import os
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mmdesk.core.job import JobContext, Progress, SilentContext
from mmdesk.words import QT_TR_NOOP, tr

if TYPE_CHECKING:
    import numpy as np

    from mmdesk.services.demo.phantom_cases import Clinic, Hidden

TABLE = "cases.csv"
TRUTH = "truth.csv"
COLUMNS = {
    "left": "Left",
    "right": "Right",
    "age": "Age",
    "pressure": "Pressure",
    "camera": "Camera",
    "diabetic": "Diabetic",
    "history": "History",
    "curve": QT_TR_NOOP("Day curve"),
    "last_visit": QT_TR_NOOP("Last visit"),
}
_BATCH = 32


@dataclass(frozen=True, slots=True)
class PhantomOptions:
    """What a set of phantom cases is like.

    Attributes:
        count: Number of cases; every tenth belongs to the patient of the one before.
        seed: The same seed gives the same cases and pictures.
        size: Width and height of the pictures in pixels.
        missing: Share of each input that goes missing, 0 to 1.
        labelled: Share of cases whose targets stand in the table, 0 to 1.
        images: Draw the pictures; without them the table names files that are not there.
    """

    count: int
    seed: int = 0
    size: int = 288
    missing: float = 0.1
    labelled: float = 0.6
    images: bool = True


def generate(
    folder: Path, options: PhantomOptions, *, clinic: Clinic | None = None, ctx: JobContext | None = None
) -> Path:
    """Write phantom cases into a folder: `cases.csv`, `truth.csv` and `images/`.

    `truth.csv` has a row a case: the labels, and the Bayes-optimal prediction from what
    is not missing, as `best_referable`, `best_severity`, `best_thickness`.

    Args:
        folder: Where to write; made when it is not there.
        options: How many and what they are like.
        clinic: Whose readers decide; the bundled model's own clinic when None.
        ctx: Told about progress, asked whether to stop.

    Returns:
        The table's path.
    """
    import numpy as np

    from mmdesk.services.demo import phantom_cases as phantom

    ctx = ctx or SilentContext()
    clinic = clinic or phantom.HOME
    rng = np.random.default_rng(options.seed)
    hidden = phantom.draw(options.count, rng)
    targets = phantom.truth(hidden, rng, clinic)
    missing = {name: rng.uniform(size=options.count) < options.missing for name in phantom.INPUTS}
    best = phantom.best_guess(hidden, missing, rng, clinic)
    labelled = rng.uniform(size=options.count) < options.labelled
    folder.mkdir(parents=True, exist_ok=True)
    if options.images:
        _draw_all(folder / "images", hidden, missing, options, ctx)
    _write(folder / TRUTH, _truth_rows(options.count, targets, best))
    _write(folder / TABLE, _table_rows(hidden, targets, missing, labelled, rng))
    return folder / TABLE


def case_name(index: int) -> str:
    """Return the name of the case at a place in the table."""
    return f"C{index + 1:05d}"


def _patient(index: int) -> str:
    return f"P{(index - 1 if index % 10 == 9 else index) + 1:05d}"


def _table_rows(
    hidden: Hidden,
    targets: dict[str, Any],
    missing: dict[str, Any],
    labelled: Any,
    rng: np.random.Generator,
) -> Iterator[dict[str, object]]:
    from mmdesk.services.demo import phantom_cases as phantom

    for row in range(len(hidden.age)):
        name = case_name(row)
        cells: dict[str, object] = {
            "left": f"{name}_left.jpg",
            "right": f"{name}_right.jpg",
            "age": int(hidden.age[row]),
            "pressure": hidden.pressure[row],
            "camera": phantom.CAMERAS[hidden.camera[row]],
            "diabetic": "yes" if hidden.diabetic[row] else "no",
            "history": phantom.history_of(hidden, row, rng),
            "curve": "; ".join(f"{a:g} {b:g}" for a, b in phantom.curve_of(hidden, row, rng)),
            "last_visit": phantom.visit_of(hidden, row).isoformat(),
        }
        shown = {COLUMNS[key]: "" if missing[key][row] else cell for key, cell in cells.items()}
        label = {
            "Referable": "yes" if targets["referable"][row] else "no",
            "Severity": phantom.GRADES[int(targets["severity"][row])],
            "Thickness": targets["thickness"][row],
        }
        blank = dict.fromkeys(label, "")
        yield {"Case": name, "Patient": _patient(row), **shown, **(label if labelled[row] else blank)}


def _truth_rows(count: int, targets: dict[str, Any], best: dict[str, Any]) -> Iterator[dict[str, object]]:
    for row in range(count):
        yield {
            "case": case_name(row),
            "referable": int(targets["referable"][row]),
            "severity": int(targets["severity"][row]),
            "thickness": targets["thickness"][row],
            **{f"best_{name}": round(float(best[name][row]), 5) for name in best},
        }


def _write(path: Path, rows: Iterator[dict[str, object]]) -> None:
    first = next(rows)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(first))
        writer.writeheader()
        writer.writerow(first)
        writer.writerows(rows)


def _draw_all(folder: Path, hidden: Hidden, missing: dict[str, Any], options: PhantomOptions, ctx: JobContext) -> None:
    folder.mkdir(exist_ok=True)
    jobs = [
        (str(folder / f"{case_name(row)}_{eye}.jpg"), hidden.load[row, side], hidden.cup[row, side],
         eye == "left", options.size, [options.seed, row, side])
        for row in range(options.count)
        for side, eye in enumerate(("left", "right"))
        if not missing[eye][row]
    ]  # fmt: skip
    batches = [jobs[start : start + _BATCH] for start in range(0, len(jobs), _BATCH)]
    done = 0
    for finished in _in_processes(batches):
        ctx.check_cancelled()
        done += finished
        ctx.progress(Progress(done, len(jobs), tr("Drawing phantom images")))


def _in_processes(batches: list[list[Any]]) -> Iterator[int]:
    if len(batches) < 4:
        yield from map(_draw_batch, batches)
        return
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(os.cpu_count() or 1, mp_context=spawn) as pool:
        waiting = [pool.submit(_draw_batch, batch) for batch in batches]
        try:
            yield from (future.result() for future in waiting)
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _draw_batch(batch: list[Any]) -> int:
    import numpy as np

    from mmdesk.services.demo.phantom_images import draw_retina

    for path, load, cup, left, size, seed in batch:
        picture = draw_retina(load, cup, left=left, size=size, rng=np.random.default_rng(seed))
        picture.save(path, quality=90)
    return len(batch)
