"""Use cases: decide about an image whose file is not the one that was imported."""

from __future__ import annotations

from pathlib import Path

from mmdesk.core.cases.case import ImageRef
from mmdesk.core.changes import Change
from mmdesk.core.errors import FieldProblem
from mmdesk.imaging.base.bound import images_of
from mmdesk.services.cases.reading import set_input
from mmdesk.services.images.kept_path import kept_path
from mmdesk.services.images.state import note_states
from mmdesk.services.project import Project
from mmdesk.words import tr


def take_new(project: Project, case_id: int, field: str, reader: str) -> Change:
    """Bind an image to the file that lies in its place now; one undo takes it back.

    Raises:
        ImageProblem: The file cannot be read.
        FieldProblem: The case has no such image.
        LookOnly: The project cannot be changed here.
    """
    ref = _ref(project, case_id, field)
    fresh = images_of(project.folder).refer(ref.path)
    change = set_input(project, case_id, field, fresh, reader, tr("The file in its place was taken."))
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
    fresh = images_of(project.folder).refer(kept_path(file, project.folder))
    if fresh.sha256 != ref.sha256:
        raise FieldProblem(
            tr(
                "{name} is not the file that was imported for case {name_2}.",
                name=file.name,
                name_2=project.store.case(case_id).name,
            ),
            tr("The case stays as it is."),
            tr("Choose the imported file, or take the one in its place."),
        )
    change = set_input(project, case_id, field, fresh, reader, tr("The imported file was found."))
    note_states(project, {case_id: {field: False}})
    return change


def _ref(project: Project, case_id: int, field: str) -> ImageRef:
    value = project.store.case(case_id).inputs.get(field)
    if not isinstance(value, ImageRef):
        raise FieldProblem(tr("This case has no image '{field}'.", field=field), do=tr("Import the table again."))
    return value
