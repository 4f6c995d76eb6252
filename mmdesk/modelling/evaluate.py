"""Jobs that say how good a version is: the figures of a split, and two versions side by side.

Nothing here needs keras: the compiled parts are scored, so an evaluation begins at once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mmdesk.core.cases.case import Case
from mmdesk.core.cases.disagreement import disagreeing
from mmdesk.core.cases.truth import Truth, labelled
from mmdesk.core.errors import ModelProblem, Situation, TrainingRefused
from mmdesk.core.fields.kinds import kind_of
from mmdesk.core.fields.splits import TEST, TRAIN
from mmdesk.core.job import Progress
from mmdesk.core.judge.baseline import blank_cells_baseline
from mmdesk.core.judge.charts import chart_key, charts
from mmdesk.core.judge.evaluation import Scored, compare, evaluate, questions, right_answers
from mmdesk.core.judge.verdict import CORRECTED, OLD, Comparison, judge
from mmdesk.core.model.outputs import read_outputs
from mmdesk.core.model.prepare import Preparation
from mmdesk.core.model.refused_cases import RefusedCase, say_refused
from mmdesk.core.model.unread import NOT_READ
from mmdesk.core.versions.learnt import learnt_notes
from mmdesk.inference.embedding import ImageFailure
from mmdesk.inference.model import learnt_of, read_version
from mmdesk.jobs.protocol import ChildContext
from mmdesk.modelling.snapshot import Snapshot, VersionPlace, rows_of, scorer_of, take_snapshot
from mmdesk.support.clock import utc_now
from mmdesk.words import tr

Arrays = Mapping[str, NDArray[Any]]

FEWEST_IN_GROUP = 10
"""Cases of a group below which its figure is shown grey."""


def run(job: Mapping[str, Any], ctx: ChildContext) -> dict[str, Any]:
    """Evaluate one version on a split.

    Args:
        job: `project` (folder), `version` (its place), `split`, `seed`.
        ctx: Told the progress.

    Returns:
        The evaluation: `version`, `split`, `cases`, `labels` (hash), `at`, `figures`,
        `charts` by question, `groups`, `baselines`, `inputs` (what could not be read), `refused` (cases
        that the version does not take) and `notes`.

    Raises:
        Situation: The split has no labelled cases.
    """
    place = VersionPlace.from_json(job["version"])
    snapshot = take_snapshot(Path(job["project"])).fitting(preparation_of(place))
    split = str(job.get("split", "test"))
    cases = labelled(snapshot.cases, snapshot.truths, split)
    if not cases:
        raise Situation(
            tr("The {split} split has no labelled cases.", split=split), do=tr("Read some of its cases first.")
        )
    with scorer_of(place, snapshot.folder, snapshot.schema) as scorer:
        failures: list[ImageFailure] = []
        arrays = scorer.arrays(cases, snapshot.folder, ctx, failures.append)
        read = snapshot.inputs_read(cases, failures, scorer.inputs)
        ctx.progress(Progress(0, 0, tr("Working out the figures")))
        outputs, refused = scorer.answers(cases, arrays)
        left_out = _refused(cases, refused)
        kept = _taken(cases, refused, place.id)
        cases = [cases[row] for row in kept]
        arrays, outputs = rows_of(arrays, kept), rows_of(outputs, kept)
        baselines = {name: scorer.run_head(some) for name, some in _baseline_inputs(arrays, snapshot).items()}
    return {
        "version": place.id,
        "split": split,
        "at": utc_now(),
        "inputs": read.as_json(),
        "refused": [one.as_json() for one in left_out],
        "notes": [
            *filter(None, (read.say(), say_refused(left_out))),
            *_learnt_from(cases, place),
        ],
        **figures_of(snapshot, cases, outputs, seed=int(job.get("seed", 1))),
        "groups": _by_group(snapshot, cases, outputs),
        "baselines": _baselines(snapshot, cases, baselines),
    }


def run_comparison(job: Mapping[str, Any], ctx: ChildContext) -> dict[str, Any]:
    """Compare a version with the current one on the labelled test cases.

    Args:
        job: `project` (folder), `current` and `candidate` (their places), `counts` and `notes`
            of the candidate's training, `seed`.
        ctx: Told the progress.

    Returns:
        `comparison`, as JSON values.

    Raises:
        Situation: They answer no target in common, or no test case is labelled.
    """
    current, candidate = (VersionPlace.from_json(job[name]) for name in ("current", "candidate"))
    preparations = preparation_of(current), preparation_of(candidate)
    snapshot = take_snapshot(Path(job["project"]))
    try:
        snapshot.fitting(*preparations)
    except TrainingRefused as why:
        raise Situation(
            tr(
                "{id} and {id_2} answer no target in common, so they cannot be compared.",
                id=candidate.id,
                id_2=current.id,
            ),
            do=tr("Evaluate {id} by itself.", id=candidate.id),
        ) from why
    cases = labelled(snapshot.cases, snapshot.truths, TEST)
    if not cases:
        raise Situation(
            tr(
                "{id} cannot be compared with {id_2}: the test split has no labelled cases.",
                id=candidate.id,
                id_2=current.id,
            ),
            do=tr("Read some of its cases first."),
        )
    failures: list[ImageFailure] = []
    answered = [
        answers_of(current, snapshot, cases, ctx),
        answers_of(candidate, snapshot, cases, ctx, failures.append),
    ]
    refused = {row: why for _outputs, some in answered for row, why in some.items()}
    left_out = _refused(cases, refused)
    kept = _taken(cases, refused, tr("{id} or {id_2}", id=current.id, id_2=candidate.id))
    cases = [cases[row] for row in kept]
    outputs = rows_of(answered[0][0], kept), rows_of(answered[1][0], kept)
    read = snapshot.inputs_read(cases, failures, preparation_of(candidate).inputs)
    notes = [note for note in job.get("notes") or () if not note.startswith(NOT_READ)]
    notes += filter(None, (read.say(), say_refused(left_out)))
    ctx.progress(Progress(0, 0, tr("Working out the figures")))
    made = compare_versions(
        snapshot,
        cases,
        outputs,
        preparations,
        (current.id, candidate.id),
        counts=job.get("counts") or {},
        notes=[*notes, *_learnt_from(cases, current, candidate)],
        seed=int(job.get("seed", 1)),
    )
    return {"comparison": made.as_json()}


def outputs_of(
    place: VersionPlace,
    snapshot: Snapshot,
    cases: Sequence[Case],
    ctx: ChildContext,
    on_failure: Callable[[ImageFailure], None] | None = None,
) -> dict[str, NDArray[Any]]:
    """Return a version's outputs for some cases, all of which it takes.

    Raises:
        ModelProblem: It does not take one of them.
    """
    outputs, refused = answers_of(place, snapshot, cases, ctx, on_failure)
    if refused:
        raise ModelProblem(
            tr(
                "{id} cannot be compared on these cases. {say_refused}",
                id=place.id,
                say_refused=say_refused(_refused(cases, refused)),
            ),
            do=tr("Correct the values, then compare again."),
        )
    return outputs


def answers_of(
    place: VersionPlace,
    snapshot: Snapshot,
    cases: Sequence[Case],
    ctx: ChildContext,
    on_failure: Callable[[ImageFailure], None] | None = None,
) -> tuple[dict[str, NDArray[Any]], dict[int, str]]:
    """Return a version's outputs for some cases, and why it does not take some, by row."""
    with scorer_of(place, snapshot.folder, snapshot.schema) as scorer:
        return scorer.answers(cases, scorer.arrays(cases, snapshot.folder, ctx, on_failure))


def _refused(cases: Sequence[Case], refused: Mapping[int, str]) -> list[RefusedCase]:
    return [RefusedCase(cases[row].name, why) for row, why in sorted(refused.items())]


def _taken(cases: Sequence[Case], refused: Mapping[int, str], version: str) -> NDArray[np.int_]:
    """Return the rows that were answered.

    Raises:
        ModelProblem: There are none.
    """
    kept = np.array([row for row in range(len(cases)) if row not in refused], int)
    if not len(kept):
        raise ModelProblem(
            tr(
                "{version} takes none of these cases. {say_refused}",
                version=version,
                say_refused=say_refused(_refused(cases, refused)),
            ),
            do=tr("Choose another model version, or correct the values."),
        )
    return kept


def figures_of(snapshot: Snapshot, cases: Sequence[Case], outputs: Arrays, seed: int = 1) -> dict[str, Any]:
    """Return the figures and charts of some labelled cases as JSON values."""
    scored = snapshot.scored(cases)
    asked = questions(snapshot.schema, scored)
    figures = evaluate(snapshot.schema, scored, outputs, seed=seed)
    return {
        "cases": len(cases),
        "labels": snapshot.hash,
        "figures": [figure.as_json() for figure in figures],
        "charts": {chart_key(question): charts(question, outputs) for question in asked if len(question.rows)},
    }


def compare_versions(
    snapshot: Snapshot,
    cases: Sequence[Case],
    outputs: tuple[Arrays, Arrays],
    preparations: tuple[Preparation, Preparation],
    ids: tuple[str, str],
    *,
    counts: Mapping[str, int],
    notes: Sequence[str] = (),
    seed: int = 1,
) -> Comparison:
    """Return a candidate against the current version on the same labelled test cases.

    Args:
        snapshot: The labels.
        cases: Labelled test cases, n of them.
        outputs: Outputs of the current version and of the candidate.
        preparations: Of the current version and of the candidate, which say what each answers;
            only what both answer is compared, and the notes say what is not.
        ids: Ids of the current version and of the candidate.
        counts: How many cases went where, for the gate.
        notes: What the reader should know.
        seed: Of the bootstrap.

    Raises:
        TrainingRefused: They answer no target in common.
    """
    current, candidate = outputs
    left_out = [note for one, id_ in zip(preparations, ids, strict=True) if (note := _not_answered(snapshot, one, id_))]
    snapshot = snapshot.fitting(*preparations)
    scored = snapshot.scored(cases)
    corrected = corrected_cases(snapshot, cases, current, preparations[0])
    none = Truth()
    old = np.array([not snapshot.truths.get(case.id, none).own for case in cases], bool)
    rows = compare(snapshot.schema, scored, current, candidate, {OLD: old, CORRECTED: corrected}, seed=seed)
    judged, verdict, words = judge(rows)
    lost, won = _lost_and_won(snapshot, cases, scored, current, candidate)
    return Comparison(
        candidate=ids[1],
        current=ids[0],
        rows=judged,
        verdict=verdict,
        words=words,
        labels=snapshot.hash,
        counts={**counts, "test_old": int(old.sum()), "test_corrected": int(corrected.sum())},
        lost=lost,
        won=won,
        notes=(*left_out, *notes),
    )


def _not_answered(snapshot: Snapshot, preparation: Preparation, version: str) -> str:
    """Return which targets a version does not answer, in a sentence; empty when it answers all."""
    answered = {field.name for field in snapshot.fitting(preparation).schema.targets}
    names = [field.title for field in snapshot.schema.targets if field.name not in answered]
    if not names:
        return ""
    return tr(
        "{version} does not answer {names}; the versions are compared without that.",
        version=version,
        names=", ".join(names),
    )


def corrected_cases(
    snapshot: Snapshot, cases: Sequence[Case], outputs: Arrays, preparation: Preparation
) -> NDArray[np.bool_]:
    """Return which of the cases (n,) a reader labelled otherwise than a version answered."""
    said = read_outputs(snapshot.schema, preparation, outputs)
    none = Truth()
    return np.array(
        [
            bool(disagreeing(snapshot.schema, snapshot.truths.get(case.id, none).by_readers, answer))
            for case, answer in zip(cases, said, strict=True)
        ],
        bool,
    )


def preparation_of(place: VersionPlace) -> Preparation:
    """Return what a version learnt of its inputs and targets."""
    return read_version(place.folder).preparation


def _learnt_from(cases: Sequence[Case], *places: VersionPlace) -> list[str]:
    """Return which versions learnt from some of the test cases that they are judged on."""
    judged = [case.name for case in cases if case.split == TEST]
    return learnt_notes({place.id: learnt_of(place.folder) for place in places}, judged)


def _lost_and_won(
    snapshot: Snapshot, cases: Sequence[Case], scored: Scored, current: Arrays, candidate: Arrays
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    asked = questions(snapshot.schema, scored)
    gain = right_answers(asked, candidate, len(cases)) - right_answers(asked, current, len(cases))
    ids = np.array([case.id for case in cases], int)
    return tuple(ids[gain < 0].tolist()), tuple(ids[gain > 0].tolist())


def _baseline_inputs(arrays: Arrays, snapshot: Snapshot) -> dict[str, Arrays]:
    """Return what each baseline leaves of the inputs: the fields without the images."""
    images = [field.name for field in snapshot.schema.images]
    hidden = {f"{name}__present" for name in images} & set(arrays)
    if not hidden or len(hidden) == len([name for name in arrays if name.endswith("__present")]):
        return {}
    return {"fields only": {k: np.zeros_like(v) if k in hidden else v for k, v in arrays.items()}}


def _baselines(snapshot: Snapshot, cases: Sequence[Case], baselines: Mapping[str, Arrays]) -> dict[str, Any]:
    """Return what less than the model reaches: its fields alone, and which cells are blank."""
    schema, scored = snapshot.schema, snapshot.scored(cases)
    made = {name: evaluate(schema, scored, outputs, n=200)[0] for name, outputs in baselines.items()}
    train = labelled(snapshot.cases, snapshot.truths, TRAIN)
    blank = blank_cells_baseline(schema, (train, snapshot.scored(train)), (cases, scored))
    if blank is not None:
        made[tr("which cells are blank")] = blank
    return {name: figure.as_json() for name, figure in made.items()}


def _by_group(snapshot: Snapshot, cases: Sequence[Case], outputs: Arrays) -> list[dict[str, Any]]:
    """Return the primary figure for each answer to each input that has answers."""
    rows: list[dict[str, Any]] = []
    for field in snapshot.schema.record:
        values = [case.inputs.get(field.name) for case in cases]
        for value, words in kind_of(field).answers(field):
            held = np.array([known == value and isinstance(known, type(value)) for known in values], bool)
            if not held.any():
                continue
            some = snapshot.scored([case for case, keep in zip(cases, held, strict=True) if keep])
            figure = evaluate(snapshot.schema, some, {k: v[held] for k, v in outputs.items()}, n=200)[0]
            told = replace(figure, metric=f"{field.title}: {words}, {figure.metric}", n=int(held.sum()))
            few = int(held.sum()) < FEWEST_IN_GROUP
            rows.append({"field": field.name, "group": words, "few": few, **told.as_json()})
    return rows
