"""Every claim of speed, measured: `python -m tests.benchmarks [--save] [--runs N] [--only NAME]`.

Needs a display or Xvfb (it starts `xvfb-run` by itself), and for the real cases the folder
`shared` beside the project or `MMDESK_SHARED`.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from mmdesk.services.demo.phantoms import PhantomOptions
from tests.benchmarks.table import Row, as_markdown

RESULTS = Path(__file__).with_name("RESULTS.md")
Part = Callable[[], Iterator[Row]]


def parts(options: argparse.Namespace) -> dict[str, Part]:
    """Return the parts of the table by name; each makes its projects when it is run."""
    from mmdesk.services.models.prediction import resolve_version
    from mmdesk.services.project import open_project
    from tests.benchmarks import finetuning, launch, scoring, window, worklist
    from tests.benchmarks.projects import odir_project, phantom_project, write_exchange

    def exchange(project: Path) -> Path:
        opened = open_project(project)
        try:
            return write_exchange(opened, resolve_version(opened, "")[1], project.parent / "one")
        finally:
            opened.close()

    def many() -> Path:
        return phantom_project("many", PhantomOptions(options.cases, seed=7))

    def read_ones() -> Path:
        project = phantom_project("tuning", PhantomOptions(1300, seed=8, labelled=0.55))
        finetuning.prepare_reading(project)
        return project

    def real() -> Path:
        shared = Path(os.environ.get("MMDESK_SHARED") or Path(__file__).parents[3] / "shared")
        odir = shared / "data" / "odir"
        return odir_project(odir) if odir.exists() else many()

    def start() -> Iterator[Row]:
        project = many()
        yield from launch.rows(project, exchange(project), options.runs)

    def score() -> Iterator[Row]:
        project = real()
        yield from scoring.rows(project, exchange(project), min(options.runs, 3))

    def tune() -> Iterator[Row]:
        yield from finetuning.rows(read_ones(), options.runs, options.seeds)

    def pulse() -> Iterator[Row]:
        project = many()
        yield from window.stalls(project, exchange(project), options.runs, read_ones())

    def browse() -> Iterator[Row]:
        project = phantom_project("large", PhantomOptions(70, seed=9, size=2000, missing=0.0))
        yield from window.next_case(project, min(options.runs, 3))

    return {
        "launch": start,
        "browse": browse,
        "viewer": lambda: _viewer(options),
        "score": score,
        "tune": tune,
        "pulse": pulse,
        "worklist": lambda: worklist.rows(options.listed),
        "pipelines": lambda: _pipelines(options),
    }


def _viewer(options: argparse.Namespace) -> Iterator[Row]:
    from tests.benchmarks import viewer
    from tests.benchmarks.projects import phantom_project

    project = phantom_project("reading", PhantomOptions(260, seed=9, size=2000, missing=0.0))
    yield from viewer.rows(project, min(options.runs, 3), options.browsed)


def _pipelines(options: argparse.Namespace) -> Iterator[Row]:
    from tests.benchmarks import pipelines
    from tests.benchmarks.projects import bench_home, phantom_project

    project = phantom_project("pipelines", PhantomOptions(150, seed=11, labelled=1.0))
    yield from pipelines.rows(project, bench_home(), min(options.runs, 3))


def main() -> int:
    """Run the parts asked for, print their table, and save it when asked to."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--save", action="store_true", help=f"write the table to {RESULTS.name}")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--seeds", type=int, default=5, help="fine-tunings whose AUC is compared")
    parser.add_argument("--cases", type=int, default=2700)
    parser.add_argument("--browsed", type=int, default=1500, help="cases browsed for the memory's curve")
    parser.add_argument("--listed", type=int, default=100_000, help="cases of the large worklist")
    parser.add_argument("--only", action="append", default=[])
    options = parser.parse_args()
    if not os.environ.get("DISPLAY") and sys.platform == "linux":
        screen = ["xvfb-run", "-a", "-s", "-screen 0 1920x1080x24"]
        if not shutil.which(screen[0]):
            sys.exit("These timings need a display. Install xvfb and run them again.")
        os.execvp(screen[0], [*screen, sys.executable, "-m", "tests.benchmarks", *sys.argv[1:]])
    found: list[Row] = []
    for name, part in parts(options).items():
        if not options.only or name in options.only:
            for row in part():
                found.append(row)
                print(as_markdown([row]).splitlines()[-1], flush=True)
    print(as_markdown(found))
    if options.save:
        RESULTS.write_text(as_markdown(found), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
