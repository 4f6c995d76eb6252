"""Jobs that say how good a version is: the figures of a split, and two versions side by side.

Nothing here needs keras: the compiled parts are scored, so an evaluation begins at once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mmdesk.core.cases.case import Case
from mmdesk.core.cases.disagreement import disagreeing
from mmdesk.core.cases.truth import Truth, judged_hash, labelled
from mmdesk.core.errors import ModelProblem, Situation, TrainingRefused
from mmdesk.core.fields.splits import TEST, TRAIN
from mmdesk.core.job import Progress
from mmdesk.core.judge.evaluation import Scored, compare, evaluate, questions, right_answers
from mmdesk.core.judge.plain_models import plain_models
from mmdesk.core.judge.report import choice_tables, report
from mmdesk.core.judge.subgroups import subgroups
from mmdesk.core.judge.verdict import CORRECTED, OLD, Comparison, judge
from mmdesk.core.model.outputs import read_outputs
from mmdesk.core.model.prepare import Preparation
from mmdesk.core.model.refused_cases import RefusedCase, say_refused
from mmdesk.core.model.unread import NOT_READ
from mmdesk.core.versions.learnt import LEARNT, learnt_notes, say_unknown
from mmdesk.inference.embedding import ImageFailure
from mmdesk.inference.model import learnt_of, read_version
from mmdesk.jobs.protocol import ChildContext
from mmdesk.modelling.snapshot import Snapshot, VersionPlace, rows_of, scorer_of, take_snapshot
from mmdesk.storage.cases.seen import Eyes
from mmdesk.support.clock import utc_now
from mmdesk.words import tr

Arrays = Mapping[str, NDArray[Any]]


def run(job: Mapping[str, Any], ctx: ChildContext) -> dict[str, Any]:
    """Evaluate one version on a split.

    Args:
        job: `project` (folder), `version` (its place), `split` (empty for all), `seed`. May hold `reference` and
            `eyes` (`reader`, `own_first`), see `take_snapshot`; `only`, the ids of the cases that may be judged;
            `beside`, the place of another version; `thresholds` by question.
        ctx: Told the progress.

    Returns:
        The evaluation: `version`, `split`, `cases`, `labels` (hash), `at`, `figures`, `targets` and
        `choices` (see `core.judge.report`), `inputs` (what could not be read), `refused` (cases
        that the version does not take) and `notes`.

    Raises:
        Situation: The split has no labelled cases.
    """
    place = VersionPlace.from_json(job["version"])
    other = VersionPlace.from_json(job["beside"]) if job.get("beside") else None
    eyes = Eyes(**job["eyes"]) if job.get("eyes") else None
    snapshot = take_snapshot(Path(job["project"]), str(job.get("reference", "")), eyes)
    snapshot = snapshot.fitting(*(preparation_of(one) for one in (place, other) if one))
    split = str(job.get("split", "test"))
    cases = labelled(snapshot.cases, snapshot.truths, split)
    if (only := job.get("only")) is not None:
        allowed = set(only)
        cases = [case for case in cases if case.id in allowed]
    if not cases:
        where = tr("The {split} split has", split=split) if split else tr("The project has")
        raise Situation(tr("{where} no labelled cases.", where=where), do=tr("Read some of its cases first."))
    with scorer_of(place, snapshot.folder, snapshot.schema) as scorer:
        failures: list[ImageFailure] = []
        arrays = scorer.arrays(cases, snapshot.folder, ctx, failures.append)
        read = snapshot.inputs_read(cases, failures, scorer.inputs)
        outputs, refused = scorer.answers(cases, arrays)
        second, more = answers_of(other, snapshot, cases, ctx) if other else (None, {})
        left_out = _refused(cases, refused | more)
        kept = _taken(cases, refused | more, place.id)
        cases = [cases[row] for row in kept]
        arrays, outputs = rows_of(arrays, kept), rows_of(outputs, kept)
        reduced = {name: scorer.run_head(some) for name, some in _reduced_inputs(arrays, snapshot).items()}
    return {
        "version": place.id,
        "beside": other.id if other else "",
        "split": split,
        "reference": str(job.get("reference", "")),
        "at": utc_now(),
        "inputs": read.as_json(),
        "refused": [one.as_json() for one in left_out],
        "notes": [
            *filter(None, (read.say(), say_refused(left_out))),
            *_learnt_from(cases, *(one for one in (place, other) if one)),
            *_seen_before(cases),
        ],
        **figures_of(snapshot, cases, outputs, seed=int(job.get("seed", 1))),
        **_shown(job, ctx, snapshot, cases, (outputs, rows_of(second, kept) if second else None), reduced),
    }


def _seen_before(cases: Sequence[Case]) -> list[str]:
    """Say that some of the cases are those which models learn from."""
    count = sum(case.split == TRAIN for case in cases)
    if not count:
        return []
    some = tr("1 of these cases is") if count == 1 else tr("{count:,} of these cases are", count=count)
    words = tr(
        "{some} of the training split: figures of models and of what they must beat look better than they are.",
        some=some,
    )
    return [words]


def _shown(
    job: Mapping[str, Any],
    ctx: ChildContext,
    snapshot: Snapshot,
    cases: Sequence[Case],
    both: tuple[Arrays, Arrays | None],
    reduced: Mapping[str, Arrays],
) -> dict[str, Any]:
    """Return everything that is shown of each question, as JSON values."""

    def step(done: int, total: int, words: str) -> None:
        ctx.check_cancelled()
        ctx.progress(Progress(done, total, tr("Working out the figures: {words}", words=words)))

    schema, scored, ids = snapshot.schema, snapshot.scored(cases), [case.id for case in cases]
    outputs, beside = both
    train = labelled(snapshot.cases, snapshot.truths, TRAIN)
    targets = report(
        schema,
        scored,
        outputs,
        ids,
        train=snapshot.scored(train),
        plain_models=list(plain_models(schema, train, cases)),
        reduced=reduced,
        groups=list(subgroups(schema, cases)),
        beside=beside,
        thresholds=job.get("thresholds") or {},
        step=step,
        seed=int(job.get("seed", 1)),
    )
    return {"targets": targets, "choices": choice_tables(schema, scored, outputs, ids)}


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
    """Return the figures of some labelled cases as JSON values, for a card."""
    figures = evaluate(snapshot.schema, snapshot.scored(cases), outputs, seed=seed)
    return {
        "cases": len(cases),
        "labels": snapshot.hash,
        "figures": [figure.as_json() for figure in figures],
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
        judged=judged_hash(snapshot.cases, snapshot.truths),
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
    """Say which versions learnt from some of the test cases that they are judged on, or may have."""
    judged = [case.name for case in cases if case.split == TEST]
    unknown = [say_unknown(place.id) for place in places if not (place.folder / LEARNT).is_file()]
    return [*learnt_notes({place.id: learnt_of(place.folder) for place in places}, judged), *unknown]


def _lost_and_won(
    snapshot: Snapshot, cases: Sequence[Case], scored: Scored, current: Arrays, candidate: Arrays
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    asked = questions(snapshot.schema, scored)
    gain = right_answers(asked, candidate, len(cases)) - right_answers(asked, current, len(cases))
    ids = np.array([case.id for case in cases], int)
    return tuple(ids[gain < 0].tolist()), tuple(ids[gain > 0].tolist())


def _reduced_inputs(arrays: Arrays, snapshot: Snapshot) -> dict[str, Arrays]:
    """Return the inputs where the version sees its fields but no image."""
    images = [field.name for field in snapshot.schema.images]
    hidden = {f"{name}__present" for name in images} & set(arrays)
    if not hidden or len(hidden) == len([name for name in arrays if name.endswith("__present")]):
        return {}
    words = tr("this model without the images")
    return {words: {k: np.zeros_like(v) if k in hidden else v for k, v in arrays.items()}}
