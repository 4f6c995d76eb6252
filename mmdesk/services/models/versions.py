"""Use cases: look at model versions, compare them, and choose which one is in use."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from mmdesk.core.changes import Change
from mmdesk.core.errors import ModelProblem, Situation
from mmdesk.core.judge.verdict import OPEN, Comparison, figure
from mmdesk.core.model.version import VersionRow, VersionState
from mmdesk.services.models.prediction import resolve_version
from mmdesk.services.models.training import SCORES
from mmdesk.services.project import Project

_BEFORE = "current before"
"""Setting with the ids of the versions that were current before, the last one last."""


def versions(project: Project) -> list[VersionRow]:
    """Return the project's model versions, oldest first.

    The card of a version that a candidate was compared with says under `scores` how it did
    there: `labels` (hash of the snapshot, the same as on the candidate's card), `beside`
    (the candidate) and `figures`.
    """
    return [_with_scores(project, row) for row in project.store.versions()]


def version(project: Project, name: str) -> VersionRow:
    """Return one version.

    Raises:
        ModelProblem: The project has no such version.
    """
    for row in versions(project):
        if row.id == name:
            return row
    known = ", ".join(row.id for row in project.store.versions()) or "none yet"
    raise ModelProblem(f"There is no model version {name} in this project.", do=f"Its versions: {known}.")


def comparison(project: Project, candidate: str) -> Comparison:
    """Return how a candidate did against the version that was current when it was made.

    A first version has nothing to be compared with: its comparison has no rows, and its words
    give its primary figure.

    Raises:
        ModelProblem: The project has no such version.
    """
    card = version(project, candidate).card
    if "comparison" in card:
        return Comparison.from_json(card["comparison"])
    return Comparison(
        candidate, "", (), OPEN, f"There is no version to compare it with. {_primary(card)}".strip()
    )


def promote(project: Project, name: str, reader: str, why: str) -> Change:
    """Make a version the current one; the one before becomes an earlier one.

    Predictions of the version before keep its name. The reason goes into the journal.

    Raises:
        Situation: No reason is given, or it is current already.
        ModelProblem: There is no such version, or its files are gone.
        LookOnly: The project cannot be changed here.
    """
    row = version(project, name)
    if not why.strip():
        raise Situation(
            f"{name} is not promoted yet: there is no reason.", do="Write why; it goes into the journal."
        )
    if row.state == VersionState.CURRENT:
        raise Situation(f"{name} is current already.", do="Choose another version.")
    resolve_version(project, name)
    store = project.store
    with store.write():
        before = store.current_version()
        if before:
            store.set_setting(_BEFORE, [*_history(project), before], reader)
        store.set_version_state(name, VersionState.CURRENT.value, reader, why.strip())
    kept = f" Predictions made by {before} keep its name." if before else ""
    return _changed(project, f"{name} is current.{kept}")


def rollback(project: Project, reader: str, why: str = "") -> Change:
    """Make the version current again that was so before the last promotion.

    Raises:
        Situation: Nothing was promoted.
        ModelProblem: That version's files are gone.
        LookOnly: The project cannot be changed here.
    """
    history = _history(project)
    if not history:
        raise Situation("No version was current before this one.", do="Promote another version instead.")
    store, name = project.store, history[-1]
    resolve_version(project, name)
    with store.write():
        before = store.current_version()
        store.set_setting(_BEFORE, history[:-1], reader)
        reason = why.strip() or "Rolled back."
        store.set_version_state(name, VersionState.CURRENT.value, reader, reason)
    return _changed(project, f"{name} is current again. Predictions made by {before} keep its name.")


def discard(project: Project, name: str, reader: str, why: str = "") -> Change:
    """Put a candidate aside; its files stay, so that it can still be promoted later.

    Raises:
        Situation: It is no candidate.
        ModelProblem: There is no such version.
        LookOnly: The project cannot be changed here.
    """
    if version(project, name).state != VersionState.CANDIDATE:
        raise Situation(f"{name} is no candidate.", do="Only candidates can be discarded.")
    project.store.set_version_state(name, VersionState.DISCARDED.value, reader, why.strip() or "Discarded.")
    return Change(
        versions=True, saved_at=project.store.last_stored, words=f"{name} is discarded; its files stay."
    )


def _history(project: Project) -> list[str]:
    known = {row.id for row in project.store.versions()}
    return [name for name in project.store.setting(_BEFORE) or [] if name in known]


def _changed(project: Project, words: str) -> Change:
    return Change(predictions=True, versions=True, saved_at=project.store.last_stored, words=words)


def _with_scores(project: Project, row: VersionRow) -> VersionRow:
    scores: Any = project.store.setting(SCORES + row.id)
    return replace(row, card={**row.card, "scores": scores}) if scores else row


def _primary(card: Mapping[str, Any]) -> str:
    """Return the first figure of a card's evaluation in words."""
    evaluation = card.get("evaluation")
    figures = evaluation.get("figures") if isinstance(evaluation, dict) else None
    if not figures or not isinstance(figures, list):
        return ""
    first = figures[0]
    if first.get("value") is None:
        return str(first.get("words", ""))
    name = f"{first['metric'][0].upper()}{first['metric'][1:]}"
    low, high = first.get("low"), first.get("high")
    span = f" ({figure(low)} to {figure(high)})" if low is not None and high is not None else ""
    return f"{name} {figure(first['value'])}{span} on {first['n']} test cases."
