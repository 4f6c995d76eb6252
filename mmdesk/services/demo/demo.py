"""The demo: phantom cases, and on request the whole job done on them without a window."""

from __future__ import annotations

import csv
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mmdesk.core.cases.case import REFERENCE
from mmdesk.core.fields.schema_toml import read_schema
from mmdesk.core.job import JobContext, SilentContext
from mmdesk.services import doctor
from mmdesk.services.cases import reading as cases
from mmdesk.services.demo.phantom_cases import STRICT
from mmdesk.services.demo.phantoms import TABLE, TRUTH, PhantomOptions, generate
from mmdesk.services.exporting.table import export_project
from mmdesk.services.importing.from_table import new_project
from mmdesk.services.models import training
from mmdesk.services.models import versions as results
from mmdesk.services.models.comparing import standing
from mmdesk.services.models.prediction import Predictor
from mmdesk.services.project import Project, open_project
from mmdesk.support.build import can_train
from mmdesk.support.files import write_whole
from mmdesk.support.paths import is_project
from mmdesk.support.resources import resource
from mmdesk.words import QT_TR_NOOP, tr

READER = "Demo reader"
PROJECT = "Phantom eyes.mmdesk"
REPORT = "report.md"
WHY = QT_TR_NOOP("The demo promotes what its rules recommend.")


@dataclass(slots=True)
class Steps:
    """What the demo did, how long each step took and what came out of it."""

    say: Callable[[str], None]
    done: list[dict[str, Any]] = field(default_factory=list)

    def run(self, words: str, work: Callable[[], Any], tell: Callable[[Any], str]) -> Any:
        """Do one step, time it, and say what came out."""
        start = time.perf_counter()
        outcome = work()
        seconds = round(time.perf_counter() - start, 2)
        told = tell(outcome)
        self.done.append({"step": words, "seconds": seconds, "outcome": told})
        self.say(f"{words}: {told} ({seconds:.1f} s)")
        return outcome


def make_demo(folder: Path, *, count: int = 160, ctx: JobContext | None = None) -> Path:
    """Make the demo's phantom cases and project, or find the ones made before.

    Args:
        folder: Where `cases.csv`, `images/` and the project go.
        count: Number of cases when they have to be made.
        ctx: Told about progress, asked whether to stop.

    Returns:
        The project's folder.
    """
    project = folder / PROJECT
    if is_project(project):
        return project
    if not (folder / TABLE).exists():
        generate(folder, PhantomOptions(count, seed=20), clinic=STRICT, ctx=ctx)
    schema_file = resource("schemas", "phantom.toml")
    schema = read_schema(schema_file.read_text(encoding="utf-8"), str(schema_file))
    new_project(project, folder / TABLE, schema=schema, ctx=ctx or SilentContext())
    return project


def run_demo(
    folder: Path,
    *,
    count: int = 600,
    ctx: JobContext | None = None,
    say: Callable[[str], None] = lambda _: None,
) -> dict[str, Any]:
    """Do the whole job once without a window and write a report of it.

    Cases are made and imported, predicted, read by a made-up reader who knows the truth,
    the model is fine-tuned on those labels, compared, promoted when its rules recommend
    it, and everything is predicted again.

    Args:
        folder: Where everything goes; an earlier demo there is used again.
        count: Number of phantom cases.
        ctx: Told about progress, asked whether to stop.
        say: Given one line a step.

    Returns:
        `project`, `report`, `steps`, `comparison` and `promoted`, ready for JSON.
    """
    ctx = ctx or SilentContext()
    steps = Steps(say)
    path = steps.run(
        tr("Make and import cases"), lambda: make_demo(folder, count=count, ctx=ctx), lambda made: made.name
    )
    project = open_project(path)
    try:
        facts = _whole_job(project, folder, steps, ctx)
    finally:
        project.close()
    report = folder / REPORT
    write_whole(report, _report(steps, facts))
    return {"project": str(path), "report": str(report), "steps": steps.done, **facts}


def _whole_job(project: Project, folder: Path, steps: Steps, ctx: JobContext) -> dict[str, Any]:
    before = _predict_all(project, steps, ctx, tr("Predict all cases"))
    steps.run(tr("Read cases"), lambda: _read_cases(project, folder, ctx), lambda n: tr("{n} cases labelled", n=n))
    steps.run(tr("Undo and redo"), lambda: _undo_and_redo(project), lambda words: words)
    learnt = _learn(project, steps, ctx) if can_train() else {"promoted": False, "comparison": None}
    after = _predict_all(project, steps, ctx, tr("Predict again"))
    steps.run(
        "Export",
        lambda: export_project(project, folder / "demo-export.csv", ctx=ctx),
        lambda _: "demo-export.csv",
    )
    problems = steps.run("Doctor", lambda: doctor.examine(project, ctx), lambda found: f"{len(found)} problems")
    return {
        "version_before": before,
        "version_after": after,
        **learnt,
        "doctor": list(problems),
    }


def _learn(project: Project, steps: Steps, ctx: JobContext) -> dict[str, Any]:
    candidate = steps.run(
        tr("Fine-tune on the corrections"),
        lambda: training.finetune(project, reader=READER, ctx=ctx),
        lambda version: tr("candidate {version}", version=version),
    )
    comparison = steps.run(
        tr("Compare with the current model"), lambda: standing(project, candidate).comparison, lambda c: c.words
    )
    promoted = bool(comparison.recommended)
    if promoted:
        steps.run(
            "Promote",
            lambda: results.promote(project, candidate, READER, tr(WHY)),
            lambda _: tr("{candidate} is current", candidate=candidate),
        )
    return {"promoted": promoted, "comparison": comparison.as_json()}


def _predict_all(project: Project, steps: Steps, ctx: JobContext, words: str) -> str:
    predictor = Predictor(project)
    try:
        ids = cases.case_ids(project, cases.WorklistQuery(), READER)
        steps.run(
            words,
            lambda: predictor.predict_cases(ids, ctx),
            lambda n: tr("{n} cases by {version}", n=n, version=predictor.version),
        )
        return predictor.version
    finally:
        predictor.close()


def _read_cases(project: Project, folder: Path, ctx: JobContext) -> int:
    known = project.store.labels()
    read = 0
    for name, values in _truth(folder).items():
        ctx.check_cancelled()
        case = project.store.case_id(name)
        if case is None or _has_reference(known.get(case, {})):
            continue
        cases.store_labels(project, case, values, READER)
        read += 1
    return read


def _has_reference(labels: dict[str, list[Any]]) -> bool:
    return any(label.reader == REFERENCE for given in labels.values() for label in given)


def _undo_and_redo(project: Project) -> str:
    undone = cases.undo(project, READER)
    redone = cases.redo(project, READER)
    return f"{undone.words if undone else tr('nothing to undo')} {redone.words if redone else ''}".strip()


def _truth(folder: Path) -> dict[str, dict[str, Any]]:
    with (folder / TRUTH).open(encoding="utf-8", newline="") as file:
        return {
            row["case"]: {
                "referable": row["referable"] == "1",
                "severity": int(row["severity"]),
                "thickness": float(row["thickness"]),
            }
            for row in csv.DictReader(file)
        }


def _report(steps: Steps, facts: dict[str, Any]) -> str:
    lines = [
        tr("# mmdesk demo"),
        "",
        tr("Research use. Phantom cases: no patient's data."),
        "",
        "| step | outcome | seconds |",
        "|---|---|---|",
        *(f"| {step['step']} | {step['outcome']} | {step['seconds']} |" for step in steps.done),
        "",
        *_compared(facts["comparison"]),
        "",
    ]
    return "\n".join(lines)


def _compared(comparison: dict[str, Any] | None) -> list[str]:
    if comparison is None:
        return [tr("Not fine-tuned: this mmdesk was installed without the libraries for training.")]
    return [
        tr("## Candidate against current, on the test split"),
        "",
        tr("| metric | current | candidate | difference (95 %) | n | verdict |"),
        "|---|---|---|---|---|---|",
        *(_row(row) for row in comparison["rows"]),
        "",
        comparison["words"],
    ]


def _row(row: dict[str, Any]) -> str:
    def figure(value: float | None) -> str:
        return tr("too few cases") if value is None else f"{value:.3f}"

    interval = "" if row["low"] is None else f" [{row['low']:.3f}, {row['high']:.3f}]"
    difference = figure(row["difference"]) + interval
    return (
        f"| {row['metric']} | {figure(row['current'])} | {figure(row['candidate'])} "
        f"| {difference} | {row['n']} | {row['verdict']} |"
    )
