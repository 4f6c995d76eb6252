"""Images for a notebook, by the program's own decoding."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

from mmdesk.core.cases.case import ImageRef
from mmdesk.core.errors import Situation
from mmdesk.core.fields.kinds import kind_of
from mmdesk.imaging.base.bound import images_of
from mmdesk.imaging.base.rendering import as_rgb, rendered
from mmdesk.imaging.decode import decode_for_model
from mmdesk.imaging.opening import open_image
from mmdesk.imaging.volume.source import open_volume
from mmdesk.services.project import Project
from mmdesk.words import tr


def read_image(
    project: Project, case: str, field: str, frame: int, *, size: int | None, values: bool
) -> NDArray[Any] | None:
    """Return one picture of a case; see `api.project.Project.image`."""
    images = {entry.name: entry for entry in project.schema.images}
    if field not in images:
        raise Situation(
            tr("This project has no image input '{field}'.", field=field),
            do=tr("It has {known}.", known=", ".join(images) or tr("none")),
        )
    number = project.store.case_id(case)
    if number is None:
        raise Situation(tr("No case has the name {name}.", name=case), do=tr("Look at the names in cases()."))
    ref = project.store.case(number).inputs.get(field)
    if not isinstance(ref, ImageRef):
        return None
    path = images_of(project.folder).check(ref)
    stack = kind_of(images[field]).is_stack
    if size is not None and not stack and frame == 0 and not values:
        return decode_for_model(path, size)
    if size is not None:
        raise Situation(
            tr("A model sees the first picture of an image, through its window; nothing else has a size."),
            do=tr("Leave size out, or take the batches of to_tf_dataset."),
        )
    with open_volume(path, images[field].window) if stack else open_image(path) as source:
        if not 0 <= frame < source.frames:
            raise Situation(
                tr("{name} has {frames} pictures, counted from 0.", name=path.name, frames=source.frames),
                do=tr("Give another frame."),
            )
        plane = source.complete(frame)
        return plane.pixels if values else as_rgb(rendered(source, plane, frame))
