"""Use cases: look at model versions, and compare one again with what is current now."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from mmdesk.core.cases.truth import judged_hash
from mmdesk.core.errors import LookOnly, ModelProblem, Situation
from mmdesk.core.fields.splits import TEST
from mmdesk.core.job import JobContext
from mmdesk.core.judge.verdict import Comparison
from mmdesk.core.versions.card import scores_of
from mmdesk.core.versions.learnt import LEARNT, LEARNT_FROM, TEST_LABELS, digests
from mmdesk.core.versions.standing import Standing, standing_of
from mmdesk.core.versions.version import VersionRow
from mmdesk.inference.model import learnt_of
from mmdesk.jobs.child import Child
from mmdesk.services.models.making import own_or_given, place_of
from mmdesk.services.project import Project
from mmdesk.words import tr

_SCORES = "scores of "
"""Settings: how a version did where a candidate was compared with it."""
_COMPARISON = "comparison of "
"""Settings: a version's comparison that was made after the version."""


def versions(project: Project) -> list[VersionRow]:
    """Return the project's model versions, oldest first, with what was found out since they were made.

    A card's `comparison` is the last one; `scores` says how the version did where a candidate was
    compared with it, on the same cases and labels; `learnt_from_test_cases` how many cases that it
    learnt from are test cases now.
    """
    rows = [_with_news(project, row) for row in project.store.versions()]
    if any(row.card.comparison and row.card.comparison.judged for row in rows):
        now = judged_hash(project.store.cases(split=TEST), project.truths())
        rows = [replace(row, card=row.card.plus(**{TEST_LABELS: now})) for row in rows]
    if not any((project.folder / row.folder / LEARNT).exists() for row in rows if row.folder):
        return rows
    judged = digests(case.name for case in project.store.cases(split=TEST))
    return [_with_learnt(project, row, judged) for row in rows]


def version(project: Project, name: str) -> VersionRow:
    """Return one version.

    Raises:
        ModelProblem: The project has no such version.
    """
    rows = versions(project)
    for row in rows:
        if row.id == name:
            return row
    known = ", ".join(row.id for row in rows) or tr("none yet")
    raise ModelProblem(
        tr("There is no model version {name} in this project.", name=name), do=tr("Its versions: {known}.", known=known)
    )


def standing(project: Project, name: str) -> Standing:
    """Return how a version stands beside the one that is current now.

    Raises:
        ModelProblem: The project has no such version.
    """
    return standing_of(version(project, name), project.store.current_version())


def compare_again(project: Project, name: str, reader: str, ctx: JobContext, child: Child | None = None) -> Comparison:
    """Compare a version with the current one on the labelled test cases, and store it.

    Args:
        project: A project open for writing.
        name: The version.
        reader: Who asks, for the journal.
        ctx: Told the progress.
        child: The model process to use; one of its own when None.

    Raises:
        Situation: There is nothing to compare it with or on.
        ModelProblem: There is no such version, or one of the two cannot be used.
        JobDied: The model process ended early.
        LookOnly: The project cannot be changed here.
    """
    if project.look_only:
        raise LookOnly(project.look_only)
    row, current = version(project, name), project.store.current_version()
    if not current:
        raise Situation(tr("No version is in use, so there is nothing to compare it with."), do=tr("Promote one."))
    if name == current:
        raise Situation(tr("{name} is the current version.", name=name), do=tr("Choose another version."))
    before = row.card.comparison
    job = {
        "kind": "compare",
        "project": str(project.folder),
        "current": place_of(project, current),
        "candidate": place_of(project, name),
        "counts": dict(before.counts) if before else {},
        "notes": [*row.card.notes],
    }
    with own_or_given(child) as process:
        made = Comparison.from_json(process.run(job, ctx)["comparison"])
    with project.store.write():
        project.store.set_setting(_COMPARISON + name, made.as_json(), reader)
        keep_scores(project, made, reader)
    return made


def keep_scores(project: Project, made: Comparison, reader: str) -> None:
    """Store how the current version did in a comparison, for its own card."""
    project.store.set_setting(_SCORES + made.current, scores_of(made).to_json(), reader)


def _with_learnt(project: Project, row: VersionRow, judged: frozenset[str]) -> VersionRow:
    """Return a version whose card tells how many cases of the test split it learnt from."""
    count = len(learnt_of(project.folder / row.folder) & judged) if row.folder else 0
    return replace(row, card=row.card.plus(**{LEARNT_FROM: count})) if count else row


def _with_news(project: Project, row: VersionRow) -> VersionRow:
    news: dict[str, Any] = {
        "comparison": project.store.setting(_COMPARISON + row.id),
        "scores": project.store.setting(_SCORES + row.id),
    }
    found = {name: value for name, value in news.items() if value}
    return replace(row, card=row.card.plus(**found)) if found else row
