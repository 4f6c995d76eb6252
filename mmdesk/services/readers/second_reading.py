"""Use case: cases are assigned to readers who do not see one another, by rules that the project keeps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mmdesk.core.agreement.assigning import drawn_share
from mmdesk.core.cases.case import NO_READERS
from mmdesk.core.cases.truth import CONSENSUS, Rule
from mmdesk.core.changes import Change
from mmdesk.core.errors import Situation
from mmdesk.services.project import Project
from mmdesk.storage.cases import assignments
from mmdesk.storage.cases.assignments import Share
from mmdesk.storage.cases.seen import UNTIL, Until
from mmdesk.support.policy import policy
from mmdesk.words import tr

__all__ = ["Plan", "Rule", "Share", "Until", "assign", "plan_of", "set_rules", "unassign", "usable_name"]

ADJUDICATOR = "adjudicator"
"""The setting that names the person who decides where readers differ."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How a project is read by several.

    Attributes:
        until: How long readers do not see one another.
        rule: Which label counts where they differ.
        adjudicator: Who decides where they differ; empty for nobody yet.
        shares: What is assigned to whom.
        readers: Everybody who labelled, referred or is to read.
    """

    until: Until
    rule: Rule
    adjudicator: str
    shares: tuple[Share, ...]
    readers: tuple[str, ...]


def plan_of(project: Project) -> Plan:
    """Return how the project is read by several."""
    store = project.store
    with store.reading() as connection:
        return Plan(
            Until(store.setting(UNTIL) or Until.OWN),
            Rule(store.setting(CONSENSUS) or Rule.LATEST),
            store.setting(ADJUDICATOR) or "",
            tuple(assignments.shares(connection)),
            tuple(assignments.readers(connection)),
        )


def assign(
    project: Project,
    reader: str,
    *,
    share: float = 1.0,
    seed: int = 1,
    by_group: bool = False,
    read_by: str = "",
    who: str = "",
) -> tuple[int, Change]:
    """Assign all cases, or a share of them, to a reader; what is assigned already stays so.

    Args:
        project: The project.
        reader: Who is to read them.
        share: More than 0, at most 1.
        seed: The same seed draws the same cases.
        by_group: Draw whole groups.
        read_by: Draw among the cases that are assigned to this reader, or labelled by this reader;
            they are then assigned to both.
        who: Who assigns, for the journal.

    Returns:
        How many cases the reader has now that were not assigned before, and what changed.

    Raises:
        Situation: The share or the name cannot be; the adjudicator cannot read; there is no case.
    """
    reader = usable_name(reader)
    if not 0 < share <= 1:
        raise Situation(
            tr("A share of {share:g} of the cases cannot be assigned.", share=share),
            tr("Nothing is assigned."),
            tr("Give more than 0 and at most 1, such as 0.2 for a fifth."),
        )
    if reader == plan_of(project).adjudicator:
        raise Situation(
            tr("{reader} decides where readers differ, so reads no case of them.", reader=reader),
            tr("Nothing is assigned."),
            tr("Name another reader, or another adjudicator first."),
        )
    cases = project.store.cases()
    with project.store.write() as writing:
        known = writing.connection
        if read_by:
            theirs = {*assignments.assigned(known, read_by), *assignments.read_by(known, read_by)}
            cases = [case for case in cases if case.id in theirs]
        if not cases:
            raise Situation(
                tr("There is no case to assign."), tr("Nothing is assigned."), tr("Check the names of the readers.")
            )
        groups = [case.group for case in cases] if by_group else None
        picked = drawn_share([case.name for case in cases], groups, share, seed)
        ids = [cases[index].id for index in picked]
        how = tr("share {share:g}, seed {seed}", share=share, seed=seed) + (tr(", by group") if by_group else "")
        fresh = assignments.assign(writing, reader, ids, who, how)
        if read_by:
            assignments.assign(writing, read_by, ids, who, how)
    return fresh, _changed(project, ids)


def unassign(project: Project, reader: str, who: str = "") -> tuple[int, Change]:
    """Take back the cases of a reader that the reader has not read."""
    with project.store.write() as writing:
        gone = assignments.unassign(writing, reader, who)
    return gone, _changed(project, [])


def set_rules(
    project: Project, *, until: Until | None = None, rule: Rule | None = None, adjudicator: str | None = None, who: str
) -> Change:
    """Set the rules of the project for everyone, each journalled; None leaves one as it is.

    Raises:
        Situation: The adjudicator is one of those who are to read.
    """
    if adjudicator and any(share.reader == adjudicator for share in plan_of(project).shares):
        raise Situation(
            tr("{adjudicator} is to read cases, so cannot decide between readers.", adjudicator=adjudicator),
            do=tr("Name a third person."),
        )
    wanted = {UNTIL: until and str(until), CONSENSUS: rule and str(rule)}
    if adjudicator is not None:
        wanted[ADJUDICATOR] = usable_name(adjudicator) if adjudicator else ""
    with project.store.write():
        for key, value in wanted.items():
            if value is not None and value != project.store.setting(key):
                project.store.set_setting(key, value, who)
    return _changed(project, [])


def usable_name(name: str) -> str:
    """Return a reader's name without blanks around it.

    Raises:
        Situation: Nobody can be called so, or this computer's administrator lists others.
    """
    name = name.strip()
    if not name or name in NO_READERS:
        raise Situation(
            tr("'{name}' cannot be a reader's name.", name=name), do=tr("Give the name of the person who reads.")
        )
    listed = policy().readers
    if listed and name not in listed:
        raise Situation(
            tr("'{name}' is not one of this computer's readers.", name=name),
            do=tr("Give one of these: {listed}.", listed=", ".join(listed)),
        )
    return name


def _changed(project: Project, ids: Sequence[int]) -> Change:
    project.changed()
    return Change(frozenset(ids), worklist=True, saved_at=project.store.last_stored)
