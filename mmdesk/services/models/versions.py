"""Use cases: register model versions, and choose which one is in use."""

from __future__ import annotations

from mmdesk.core.changes import Change
from mmdesk.core.errors import Situation
from mmdesk.core.versions.card import Card
from mmdesk.core.versions.standing import standing_of
from mmdesk.core.versions.version import VersionRow, VersionState
from mmdesk.services.models.comparing import keep_scores, version
from mmdesk.services.models.prediction import resolve_version
from mmdesk.services.project import Project
from mmdesk.words import tr

_BEFORE = "current before"
"""Setting with the ids of the versions that were current before, the last one last."""


def register(project: Project, name: str, card: Card, reader: str, why: str) -> None:
    """Make a version that was written known to the project, as a candidate.

    Args:
        project: A project open for writing.
        name: The version's id, and the name of its folder under `models`.
        card: As it was written.
        reader: Who had it made, for the journal.
        why: How it came, for the journal.
    """
    row = VersionRow(
        id=name,
        name=card.name or name,
        state=VersionState.CANDIDATE.value,
        parent=card.parent,
        created=card.created,
        folder=f"models/{name}",
        card=card,
    )
    with project.store.write():
        project.store.add_version(row, reader, why)
        if card.comparison:
            keep_scores(project, card.comparison, reader)
    project.changed(at_once=True)


def promote(project: Project, name: str, reader: str, why: str, *, anyway: bool = False) -> Change:
    """Make a version the current one; the one before becomes an earlier one.

    Predictions of the version before keep its name. The reason goes into the journal.

    Args:
        project: A project open for writing.
        name: The version.
        reader: Who decides.
        why: The reason.
        anyway: Although its comparison is out of date, was not made or has no figures; the
            journal says so.

    Raises:
        Situation: No reason is given, it is current already, or no comparison stands.
        ModelProblem: There is no such version, or its files are gone.
        LookOnly: The project cannot be changed here.
    """
    row = version(project, name)
    if not why.strip():
        raise Situation(
            tr("{name} is not promoted yet: there is no reason.", name=name),
            do=tr("Write why; it goes into the journal."),
        )
    if row.state == VersionState.CURRENT:
        raise Situation(tr("{name} is current already.", name=name), do=tr("Choose another version."))
    resolve_version(project, name)
    store, reason = project.store, why.strip()
    stand = standing_of(row, store.current_version())
    if doubt := stand.doubt:
        if not anyway:
            first = tr("Compare it first, or say") if stand.again else "Say"
            raise Situation(
                tr("{name} is not promoted. {doubt}", name=name, doubt=doubt),
                tr("Nothing was changed."),
                tr("{first} that it is to be promoted anyway, and why.", first=first),
            )
        reason = tr("{reason} (Promoted anyway. {doubt})", reason=reason, doubt=doubt)
    with store.write():
        before = store.current_version()
        if before:
            store.set_setting(_BEFORE, [*_history(project), before], reader)
        store.set_version_state(name, VersionState.CURRENT.value, reader, reason)
    kept = tr(" Predictions made by {before} keep its name.", before=before) if before else ""
    return _changed(project, tr("{name} is current.{kept}", name=name, kept=kept))


def rollback(project: Project, reader: str, why: str = "") -> Change:
    """Make the version current again that was so before the last promotion.

    Raises:
        Situation: Nothing was promoted.
        ModelProblem: That version's files are gone.
        LookOnly: The project cannot be changed here.
    """
    history = _history(project)
    if not history:
        raise Situation(tr("No version was current before this one."), do=tr("Promote another version instead."))
    store, name = project.store, history[-1]
    resolve_version(project, name)
    with store.write():
        before = store.current_version()
        store.set_setting(_BEFORE, history[:-1], reader)
        reason = why.strip() or tr("Rolled back.")
        store.set_version_state(name, VersionState.CURRENT.value, reader, reason)
    return _changed(
        project, tr("{name} is current again. Predictions made by {before} keep its name.", name=name, before=before)
    )


def discard(project: Project, name: str, reader: str, why: str = "") -> Change:
    """Put a candidate aside; its files stay, so that it can still be promoted later.

    Raises:
        Situation: It is no candidate.
        ModelProblem: There is no such version.
        LookOnly: The project cannot be changed here.
    """
    if version(project, name).state != VersionState.CANDIDATE:
        raise Situation(tr("{name} is no candidate.", name=name), do=tr("Only candidates can be discarded."))
    project.store.set_version_state(name, VersionState.DISCARDED.value, reader, why.strip() or "Discarded.")
    return Change(
        versions=True, saved_at=project.store.last_stored, words=tr("{name} is discarded; its files stay.", name=name)
    )


def _history(project: Project) -> list[str]:
    known = {row.id for row in project.store.versions()}
    return [name for name in project.store.setting(_BEFORE) or [] if name in known]


def _changed(project: Project, words: str) -> Change:
    return Change(predictions=True, versions=True, saved_at=project.store.last_stored, words=words)
