"""Use cases: see whether images are still those that were imported, and decide about others."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from mmdesk.core.cases.case import Case, ImageRef
from mmdesk.core.changes import Change
from mmdesk.core.errors import FieldProblem, ImageProblem
from mmdesk.core.job import JobContext, Quiet
from mmdesk.imaging.base.bound import CHANGED, State, images_of
from mmdesk.services.cases.reading import set_input
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
            (ctx or Quiet()).check_cancelled()
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


def take_new(project: Project, case_id: int, field: str, reader: str) -> Change:
    """Bind an image to the file that lies in its place now; one undo takes it back.

    Raises:
        ImageProblem: The file cannot be read.
        FieldProblem: The case has no such image.
        LookOnly: The project cannot be changed here.
    """
    ref = _ref(project, case_id, field)
    fresh = images_of(project.folder).refer(ref.path)
    change = set_input(project, case_id, field, fresh, reader, "The file in its place was taken.")
    note_states(project, {case_id: {field: False}})
    return change


def take_found(project: Project, case_id: int, field: str, file: Path, reader: str) -> Change:
    """Refer to the imported file where it lies now; its content has to be the imported one.

    Raises:
        FieldProblem: The file is another one, or the case has no such image.
        ImageProblem: The file cannot be read.
        LookOnly: The project cannot be changed here.
    """
    ref = _ref(project, case_id, field)
    fresh = images_of(project.folder).refer(_kept(project, file))
    if fresh.sha256 != ref.sha256:
        raise FieldProblem(
            f"{file.name} is not the file that was imported for case {project.store.case(case_id).name}.",
            "The case stays as it is.",
            "Choose the imported file, or take the one in its place.",
        )
    change = set_input(project, case_id, field, fresh, reader, "The imported file was found.")
    note_states(project, {case_id: {field: False}})
    return change


def changed_of(problems: Iterable[tuple[str, ImageProblem]]) -> dict[str, bool]:
    """Return, of images that could not be used, which are other files than the imported ones."""
    return {name: CHANGED in problem.what for name, problem in problems}


def _ref(project: Project, case_id: int, field: str) -> ImageRef:
    value = project.store.case(case_id).inputs.get(field)
    if not isinstance(value, ImageRef):
        raise FieldProblem(f"This case has no image '{field}'.", do="Import the table again.")
    return value


def _kept(project: Project, file: Path) -> str:
    """Return the path to keep: relative when the image moves along with the project."""
    absolute = Path(os.path.abspath(file))  # noqa: PTH100  (links are kept as they are)
    if absolute.is_relative_to(project.folder.parent):
        return Path(os.path.relpath(absolute, project.folder)).as_posix()
    return absolute.as_posix()
