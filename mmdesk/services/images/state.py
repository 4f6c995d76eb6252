"""Use cases: see whether images are still those that were imported, and say where they are not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from mmdesk.core.cases.case import Case, ImageRef
from mmdesk.core.changes import Change
from mmdesk.core.errors import ImageProblem
from mmdesk.core.job import JobContext, SilentContext
from mmdesk.imaging.base.bound import CHANGED, State, images_of
from mmdesk.services.project import Project


def look_at_images(project: Project, case: Case) -> dict[str, State]:
    """Return how a case's image files stand, from sizes and times alone; nothing is read."""
    images = images_of(project.folder)
    return {name: images.look(value) for name, value in case.inputs.items() if isinstance(value, ImageRef)}


def check_images(project: Project, case: Case, ctx: JobContext | None = None) -> dict[str, State]:
    """Return how a case's image files stand for certain; what cannot be read is left out.

    Files whose digest is not known yet are read whole.
    """
    images, found = images_of(project.folder), {}
    for name, value in case.inputs.items():
        if isinstance(value, ImageRef):
            (ctx or SilentContext()).check_cancelled()
            try:
                found[name] = images.state(value)
            except ImageProblem:
                continue
    return found


def note_states(project: Project, found: Mapping[int, Mapping[str, bool]]) -> Change:
    """Let cases whose files are others be a problem, and those be none whose files are back.

    Args:
        project: The project; one that can only be looked at stays as it is.
        found: By case and image input whether its file is another one.

    Returns:
        What changed in the worklist; nothing when nothing did.
    """
    if project.look_only or not found:
        return Change()
    told: dict[int, str] = {}
    for case in project.store.cases(list(found)):
        parts = [part for part in case.problem.split("; ") if part]
        for name, changed in found[case.id].items():
            words = f"{project.schema.field(name).title}: {CHANGED}"
            if changed and words not in parts:
                parts.append(words)
            elif not changed and words in parts:
                parts.remove(words)
        if (problem := "; ".join(parts)) != case.problem:
            told[case.id] = problem
    if not told:
        return Change()
    project.store.set_problems(told)
    return Change(cases=frozenset(told))


def changed_of(problems: Iterable[tuple[str, ImageProblem]]) -> dict[str, bool]:
    """Return, of images that could not be used, which are other files than the imported ones."""
    return {name: CHANGED in problem.what for name, problem in problems}
