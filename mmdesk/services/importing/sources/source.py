"""What a path that is to be imported holds: a table, DICOM files, marks, or a folder of images."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from mmdesk.core.errors import TableProblem
from mmdesk.core.fields.kinds import kind_of
from mmdesk.core.fields.schema import Schema
from mmdesk.core.job import JobContext
from mmdesk.services.importing import guess
from mmdesk.services.importing.choices import TableChoices
from mmdesk.services.importing.from_dicom import holds_dicom, look_at_dicom, table_of
from mmdesk.services.importing.guess import TableLook
from mmdesk.services.importing.laid import Laid
from mmdesk.services.importing.sources.file_pattern import CASE
from mmdesk.services.importing.sources.from_annotations import (
    ENDINGS,
    look_at_annotations,
    read_annotations,
    table_of_annotations,
)
from mmdesk.services.importing.sources.from_images import holds_images, look_at_images, table_of_images
from mmdesk.words import tr

Held = Literal["table", "dicom", "marks", "images", ""]


def held_by(path: Path, schema: Schema | None = None, choices: TableChoices | None = None) -> Held:
    """Return what a path holds; empty for a folder with nothing that can be imported.

    Args:
        path: A file or a folder.
        schema: The schema that it is to be read by, where there is one.
        choices: What was decided about it.
    """
    if not path.is_dir():
        if path.suffix.lower() in ENDINGS:
            return "marks"
        return "dicom" if path.name.upper() == "DICOMDIR" else "table"
    if choices and choices.pattern:
        return "images"
    if (schema is None or schema.case != CASE) and holds_dicom(path):
        return "dicom"
    if read_annotations(path):
        return "marks"
    return "images" if holds_images(path) else ""


def can_be_read(path: Path) -> bool:
    """Tell whether a folder, or a file that is no table by its ending, can be imported."""
    return bool(held_by(path)) if path.is_dir() else held_by(path) in ("dicom", "marks")


def look_at(
    path: Path,
    *,
    name: str = "",
    images: Path | None = None,
    choices: TableChoices | None = None,
    ctx: JobContext | None = None,
) -> TableLook:
    """Look at what a path holds, and guess its schema.

    Args:
        path: The table, the folder or the DICOMDIR; a case of DICOM files is a study.
        name: The project's name; that of the file or folder when empty.
        images: A folder to look for a table's images in; its own and those below it when None.
        choices: What was decided about it.
        ctx: Told about progress, asked whether to stop.

    Raises:
        TableProblem: It is no table, nothing names the cases, or no image files match.
    """
    match held_by(path, choices=choices):
        case "table":
            return guess.look_at(path, name=name, images=images, choices=choices, ctx=ctx)
        case "dicom":
            return look_at_dicom(path, name=name, ctx=ctx)
        case "marks":
            return look_at_annotations(path, name=name)
        case "images":
            return look_at_images(path, name=name, pattern=choices.pattern if choices else "", ctx=ctx)
        case _:
            raise _nothing(path)


@contextmanager
def as_table(path: Path, schema: Schema | None, choices: TableChoices | None, ctx: JobContext) -> Iterator[Laid]:
    """Give the table itself, or one laid out from what a path holds, with what has to be known of it.

    Raises:
        TableProblem: There is nothing that can be imported.
    """
    match held_by(path, schema, choices):
        case "table":
            yield Laid(path)
        case "dicom":
            known = [entry.columns[0] for entry in schema.images] if schema else ()
            stacks = [entry.columns[0] for entry in schema.images if kind_of(entry).is_stack] if schema else None
            by = schema.case if schema else "study"
            with table_of(path, by=by, known=known, stacks=stacks, ctx=ctx) as laid:
                yield laid
        case "marks":
            with table_of_annotations(path) as laid:
                yield laid
        case "images":
            with table_of_images(path, pattern=choices.pattern if choices else "", ctx=ctx) as laid:
                yield laid
        case _:
            raise _nothing(path)


def _nothing(path: Path) -> TableProblem:
    return TableProblem(
        tr("{name} holds no table, DICOM files or images.", name=path.name),
        do=tr("Choose a table, or the folder with the images."),
    )
