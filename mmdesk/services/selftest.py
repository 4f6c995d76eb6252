"""Use case: an installed program tries itself, from the decoders to the model process.

Everything happens in a folder of its own with made-up cases; the person's projects are not
touched. What it finds is compared with what a checkout found when the golden files in
`resources/selftest/` were made (`packaging/make_selftest.py`).
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mmdesk.core.cases.case import Prediction
from mmdesk.core.errors import ModelProblem, Situation, TrainingRefused
from mmdesk.core.fields.values import Missing
from mmdesk.core.job import SilentContext
from mmdesk.services import doctor
from mmdesk.services.cases import reading as cases
from mmdesk.services.demo.demo import make_demo
from mmdesk.services.exporting.table import export_project
from mmdesk.services.models import training
from mmdesk.services.models.prediction import Predictor
from mmdesk.services.project import Project, open_project
from mmdesk.support import build
from mmdesk.support.resources import resource
from mmdesk.words import tr

READER = "Self-test"
MODEL = "phantom-pair"
PICTURE_SIDE = 8
"""Side of the small picture that each golden file is compared by, in pixels."""
PICTURE_SLACK = 3
"""Grey levels by which a decoded picture may differ; decoders of JPEG round differently."""
ANSWER_SLACK = 0.005
"""By how much a probability may differ, or a number relative to 1 + its size."""
READ = 12
"""Cases that are labelled before the fine-tuning, which refuses to learn from fewer than ten."""
TABLES = (".csv", ".parquet", ".xlsx", ".jsonl")
"""Endings of tables that are written and read."""
FORMS = ("keras", "onnx", "savedmodel", "litert")
"""Forms in which a model leaves the program; all but the first need TensorFlow."""


class Differs(Exception):
    """Something came out otherwise than it should."""


@dataclass(slots=True)
class Checks:
    """The checks so far; each is tried, whatever became of the one before."""

    say: Callable[[str], None]
    done: list[dict[str, Any]] = field(default_factory=list)

    def run(self, name: str, check: Callable[[], str]) -> None:
        """Run one check and keep how it went; what it returns says what was seen."""
        start = time.perf_counter()
        try:
            ok, outcome = True, check()
        except Exception as problem:  # noqa: BLE001  (the border: every failure belongs in the report)
            ok, outcome = False, f"{type(problem).__name__}: {problem}"
        seconds = round(time.perf_counter() - start, 2)
        self.done.append({"check": name, "ok": ok, "seconds": seconds, "outcome": outcome})
        self.say(f"{'passed' if ok else 'FAILED'}  {name}: {outcome} ({seconds:.1f} s)")


def self_test(
    folder: Path,
    *,
    pictures_of: Callable[[str, Path], list[str]] | None = None,
    say: Callable[[str], None] = lambda _: None,
) -> dict[str, Any]:
    """Try the whole program on made-up cases.

    Args:
        folder: An empty folder for all that is made.
        pictures_of: Takes pictures of a project's pages in the window into a folder; without
            it the window is not tried.
        say: Given one line a check.

    Returns:
        `ok`, `version`, `commit`, `built`, `flavour`, `computer`, and `checks` with `check`,
        `ok`, `seconds` and `outcome` each; ready for JSON.
    """
    checks = Checks(say)
    checks.run("pictures", _pictures)
    checks.run("migrations", _migrations)
    checks.run("project", lambda: _project(folder))
    checks.run("predictions", lambda: _with(folder, _predictions))
    checks.run("tables", lambda: _with(folder, lambda project: _tables(project, folder)))
    checks.run("fine-tuning", lambda: _with(folder, _finetuning))
    checks.run(tr("model forms"), lambda: _with(folder, lambda project: _forms(project, folder)))
    checks.run("doctor", lambda: _with(folder, _doctor))
    if pictures_of:
        checks.run("window", lambda: _window(folder, pictures_of))
    return {
        "ok": all(check["ok"] for check in checks.done),
        "version": build.version(),
        "commit": build.commit(),
        "built": build.build_date(),
        "flavour": build.flavour(),
        "computer": doctor.computer(),
        "checks": checks.done,
    }


def golden(name: str) -> Any:
    """Return what a golden file holds."""
    return json.loads(resource("selftest", name).read_text(encoding="utf-8"))


def picture_facts(path: Path) -> dict[str, Any]:
    """Return what a picture is compared by: its full size and its pixels made small, in hex."""
    from mmdesk.imaging.decode import check_image, decode_for_model

    return {
        "size": list(check_image(path).full_size),
        "pixels": decode_for_model(path, PICTURE_SIDE).tobytes().hex(),
    }


def answers(prediction: Prediction) -> dict[str, dict[str, Any]]:
    """Return what a prediction is compared by: numbers by target, probabilities by option."""
    return {
        name: dict(target.probabilities) if target.probabilities else {"value": target.value}
        for name, target in prediction.targets.items()
    }


def _pictures() -> str:
    wanted = golden("pictures.json")
    wrong = [name for name, facts in wanted.items() if not _same_picture(name, facts)]
    if wrong:
        raise Differs(tr("decoded otherwise: {wrong}", wrong=", ".join(wrong)))
    return f"{len(wanted)} files, " + ", ".join(dict.fromkeys(facts["kind"] for facts in wanted.values()))


def _same_picture(name: str, wanted: Mapping[str, Any]) -> bool:
    found = picture_facts(resource("selftest", name))
    pairs = zip(bytes.fromhex(found["pixels"]), bytes.fromhex(wanted["pixels"]), strict=True)
    return found["size"] == wanted["size"] and all(abs(a - b) <= PICTURE_SLACK for a, b in pairs)


def _migrations() -> str:
    from importlib import import_module

    from mmdesk.storage.database.dialect import sqlite_version
    from mmdesk.storage.database.migrate import REVISIONS

    made = [import_module(name).revision for name in REVISIONS]
    return tr("SQLite {sqlite_version}, revisions {made}", sqlite_version=sqlite_version(), made=", ".join(made))


def _project(folder: Path) -> str:
    project = open_project(make_demo(folder))
    try:
        read = [case.id for case in project.store.cases(split="train")[:READ]]
        for index, case in enumerate(read):
            cases.store_labels(project, case, _label(index), READER)
        total = cases.counts(project, READER).total
    finally:
        project.close()
    return _with(folder, lambda again: _read_back(again, read, total))


def _label(place: int) -> dict[str, Any]:
    return {"referable": place % 2 == 0, "severity": place % 5, "thickness": 240.0 + 5 * place}


def _read_back(project: Project, read: list[int], total: int) -> str:
    for index, case in enumerate(read):
        labels = cases.open_case(project, case, READER).labels
        if {name: label.value for name, label in labels.items()} != _label(index):
            raise Differs(tr("case {case} came back as {labels}", case=case, labels=labels))
    return tr(
        "{total} cases made and imported, {count} labelled, found again after reopening", total=total, count=len(read)
    )


def _predictions(project: Project) -> str:
    wanted = golden("predictions.json")
    predictor = Predictor(project, MODEL)
    try:
        furthest = max(
            _distance(answers(predictor.predict_case(_id(project, name))), targets)
            for name, targets in wanted["cases"].items()
        )
    finally:
        predictor.close()
    if furthest > ANSWER_SLACK:
        raise Differs(tr("answers are up to {furthest:.4f} away from the golden ones", furthest=furthest))
    return tr(
        "{count} cases by {model}, at most {furthest:.1e} from the golden answers",
        count=len(wanted["cases"]),
        model=MODEL,
        furthest=furthest,
    )


def _id(project: Project, name: str) -> int:
    found = project.store.case_id(name)
    if found is None:
        raise Differs(tr("case {name} is not there", name=name))
    return found


def _distance(found: Mapping[str, Any], wanted: Mapping[str, Any]) -> float:
    """Return the largest difference, of numbers relative to 1 + their size."""
    if {name: set(said) for name, said in found.items()} != {name: set(said) for name, said in wanted.items()}:
        raise Differs(tr("other targets or options: {found}", found=found))
    return max(
        float(abs(found[name][option] - value)) / (1.0 + abs(value) if option == "value" else 1.0)
        for name, said in wanted.items()
        for option, value in said.items()
    )


def _tables(project: Project, folder: Path) -> str:
    from mmdesk.tabular.opening import open_table

    total = len(project.store.cases())
    for suffix in TABLES:
        out = folder / f"export{suffix}"
        export_project(project, out, ctx=SilentContext())
        rows = sum(1 for _ in open_table(out).rows())
        if rows != total:
            raise Differs(tr("{name} came back with {rows} of {total} rows", name=out.name, rows=rows, total=total))
    return tr("{total} rows written and read back as {tables}", total=total, tables=", ".join(TABLES))


def _finetuning(project: Project) -> str:
    if not build.can_train():
        try:
            training.finetune(project, reader=READER, ctx=SilentContext())
        except TrainingRefused as refused:
            return tr("left out of this flavour, and said so: {what}", what=refused.what)
        raise Differs(tr("a fine-tuning began without TensorFlow"))
    candidate = training.finetune(project, reader=READER, ctx=SilentContext())
    predictor = Predictor(project, candidate)
    try:
        said = predictor.predict_case(project.store.cases(split="train")[0].id)
    finally:
        predictor.close()
    if any(isinstance(target.value, Missing) for target in said.targets.values()):
        raise Differs(tr("the candidate {candidate} gives no answer", candidate=candidate))
    return tr("candidate {candidate} from {read} read cases, made in the model process", candidate=candidate, read=READ)


def _forms(project: Project, folder: Path) -> str:
    from mmdesk.services.models.export import export_model

    if build.flavour() == build.READER:
        try:
            export_model(project, MODEL, FORMS[0], folder / "model", SilentContext())
        except ModelProblem as refused:
            return tr("left out of this flavour, and said so: {what}", what=refused.what)
        raise Differs(tr("a Keras model was written that this flavour leaves out"))
    written = []
    for form in FORMS if build.can_train() else FORMS[:1]:
        out = export_model(project, MODEL, form, folder / f"model-{form}", SilentContext()).out
        size = sum(path.stat().st_size for path in (out.rglob("*") if out.is_dir() else [out]))
        if size < 1000:
            raise Differs(tr("{form} is only {size} bytes", form=form, size=size))
        written.append(form)
    return tr("{model} written as {written}", model=MODEL, written=", ".join(written))


def _doctor(project: Project) -> str:
    if found := doctor.examine(project, SilentContext()):
        raise Differs(" ".join(found))
    return tr("no problem found")


def _window(folder: Path, pictures_of: Callable[[str, Path], list[str]]) -> str:
    taken = pictures_of(str(make_demo(folder)), folder / "pictures")
    if not taken or any(Path(path).stat().st_size < 5000 for path in taken):
        raise Differs(tr("pictures of the window are empty: {taken}", taken=taken))
    return tr("{count} pages painted", count=len(taken))


def _with(folder: Path, check: Callable[[Project], str]) -> str:
    """Open the project for one check."""
    place = make_demo(folder)
    if not (place / "project.db").exists():
        raise Situation(tr("The project was not made."))
    project = open_project(place)
    try:
        return check(project)
    finally:
        project.close()
