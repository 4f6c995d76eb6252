"""A file or a folder of marks, of any form that is known, laid out as a table with marks beside it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from hashlib import sha256
from pathlib import Path, PurePosixPath
from typing import Final

from mmdesk.core.cases.case import REFERENCE, ImageRef
from mmdesk.core.cases.marks import Mark, check_mark, rounded
from mmdesk.core.errors import FieldProblem, TableProblem
from mmdesk.core.fields.schema import Field, Schema
from mmdesk.services.images.lookup import Lookup
from mmdesk.services.importing.guess import TableLook
from mmdesk.services.importing.laid import Laid, written
from mmdesk.services.importing.sources.annotated import Annotated, Annotations
from mmdesk.services.importing.sources.annotation_forms import labelme_in, read_json, read_xml
from mmdesk.services.importing.sources.yolo import read_yolo
from mmdesk.services.project import Project
from mmdesk.storage.cases.marks import key_of
from mmdesk.storage.store import Edit
from mmdesk.words import QT_TR_NOOP, tr

CASE, IMAGE, FINDINGS = "case", "image", "findings"
ENDINGS: Final = (".json", ".xml", ".yaml", ".yml")
_BAD: Final = QT_TR_NOOP("marks with too few points, or outside of all numbers")


def read_annotations(place: Path) -> Annotations | None:
    """Read marks of a file or a folder; None where it holds none of a form that is known.

    Raises:
        TableProblem: A file cannot be read.
    """
    try:
        if place.is_dir():
            return read_yolo(place) or labelme_in(place)
        if place.suffix.lower() == ".json":
            return read_json(place)
        if place.suffix.lower() == ".xml":
            return read_xml(place)
        return read_yolo(place.parent) if place.suffix.lower() in ENDINGS else None
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as problem:
        raise TableProblem(
            tr("{name} does not have the form that it begins with.", name=place.name),
            tr("It is untouched."),
            tr("Write it again from the program that made it."),
            details=repr(problem),
        ) from problem


def look_at_annotations(place: Path, *, name: str = "") -> TableLook:
    """Look at a file or a folder of marks, and give the schema of the project that it makes.

    Raises:
        TableProblem: It is of no form that is known, or lists no image.
    """
    columns, rows, found, warnings, _ = _laid(place)
    options = tuple(found.names)
    fields = [Field(IMAGE, "input", "image", (IMAGE,), "Image")]
    because = {CASE: tr("the images' names"), IMAGE: tr("images listed in the file")}
    if options:
        fields.append(Field(FINDINGS, "target", "labels", (FINDINGS,), "Findings", options=options))
        because[FINDINGS] = tr("the labels of the marks and images, {form}", form=found.form)
    else:
        warnings.append(tr("No mark has a label; the project starts without a target."))
    examples = {
        column: tuple(text for text, _ in Counter(row[at] for row in rows if row[at]).most_common(3))
        for at, column in enumerate(columns)
    }
    return TableLook(
        Schema(name or place.stem, CASE, CASE, tuple(fields)), because, examples, tuple(warnings), len(rows)
    )


@contextmanager
def table_of_annotations(place: Path) -> Iterator[Laid]:
    """Lay marks out as a table, which is gone afterwards; see `look_at_annotations`."""
    columns, rows, _, warnings, marks = _laid(place)
    with written(columns, rows, "marks") as table:
        yield Laid(table, warnings, (), _roots(place), marks)


def store_marks(project: Project, given: Mapping[tuple[str, str], Sequence[Mark]]) -> int:
    """Store marks as reference, on the images that are there; those that are there already stay one.

    Args:
        project: The project, with the cases.
        given: Marks by case and column.

    Returns:
        How many were stored.
    """
    fields = {field.columns[0]: field.name for field in project.schema.images}
    targets = {field.name: field for field in project.schema.targets}
    edits = []
    for case in project.store.cases():
        for column, name in fields.items():
            value = case.inputs.get(name)
            if not isinstance(value, ImageRef):
                continue
            for mark in given.get((case.name, column), ()):
                target = targets.get(mark.target)
                known = target is not None and mark.option in target.options
                stored = replace(
                    mark,
                    case=case.id,
                    field=name,
                    image=value.sha256,
                    target=mark.target if known else "",
                    option=mark.option if known else "",
                    note=mark.note if known else mark.option,
                    reader=REFERENCE,
                )
                edits.append(Edit("mark", case.id, key_of(stored), stored))
    if edits:
        project.store.change(REFERENCE, edits)
    return len(edits)


def _roots(place: Path) -> tuple[Path, ...]:
    """Return the folders that the images are looked for in."""
    return (place,) if place.is_dir() else (place.parent, place.parent.parent)


def _laid(
    place: Path,
) -> tuple[list[str], list[list[str]], Annotations, list[str], dict[tuple[str, str], list[Mark]]]:
    """Return columns, rows, what was read, what has to be said of it, and the marks."""
    found = read_annotations(place)
    if found is None:
        raise TableProblem(
            tr("{name} is no file of marks that is known here.", name=place.name),
            do=tr("Choose a file of COCO, labelme, Label Studio or CVAT, or a folder of YOLO."),
        )
    if not found.images:
        raise TableProblem(tr("{name} lists no images.", name=place.name), do=tr("Choose another file."))
    for image in found.images:
        found.names.update(image.labels)
    names, lookups = _names(found.images), [Lookup(root) for root in _roots(place)]
    rows, marks = [], {}
    for image, name in zip(found.images, names, strict=True):
        paths = (lookup.find("", image.image).path for lookup in lookups)
        path = next((path for path in paths if path), None)
        rows.append([name, path.absolute().as_posix() if path else image.image, _cell(image, len(found.names))])
        kept = list(_marks(name, image, found))
        if kept:
            marks[name, IMAGE] = kept
    columns = [CASE, IMAGE, FINDINGS] if found.names else [CASE, IMAGE]
    warnings = list(_said(found, sum(map(len, marks.values()))))
    return columns, [row[: len(columns)] for row in rows], found, warnings, marks


def _cell(image: Annotated, options: int) -> str:
    """Return the labels as a cell; one option of all is yes or no."""
    if not image.read:
        return ""
    if options == 1:
        return "1" if image.labels else "0"
    return "|".join(image.labels) or "-"


def _names(images: Sequence[Annotated]) -> list[str]:
    """Return the cases' names: the images' without folder and ending, where those tell them apart."""
    paths = [PurePosixPath(image.image.replace("\\", "/")) for image in images]
    for short in (lambda path: path.stem, lambda path: path.name, str):
        names = [short(path) for path in paths]
        if len(set(names)) == len(names):
            return names
    seen: dict[str, int] = defaultdict(int)
    unique = []
    for path in paths:
        seen[str(path)] += 1
        unique.append(f"{path} ({seen[str(path)]})" if seen[str(path)] > 1 else str(path))
    return unique


def _marks(name: str, image: Annotated, found: Annotations) -> Iterator[Mark]:
    for at, (shape, points, label) in enumerate(image.marks):
        mark = Mark(0, IMAGE, shape, points, target=FINDINGS if label else "", option=label)
        try:
            check_mark(mark)
        except FieldProblem:
            found.left_out[_BAD] += 1
            continue
        told = repr((name, at, shape, mark.points, label))
        yield replace(mark, id=sha256(told.encode()).hexdigest()[:16], points=rounded(points))


def _said(found: Annotations, marks: int) -> Iterator[str]:
    unread = [image.image for image in found.images if not image.read]
    yield tr(
        "{form}: {images:,} images, {marks:,} marks that come along as reference.",
        form=found.form,
        images=len(found.images),
        marks=marks,
    )
    if unread:
        yield tr(
            "Images that nothing is said of: {count:,}, such as {name}. "
            "They count as not read, not as without findings.",
            count=len(unread),
            name=unread[0],
        )
    for words, count in found.left_out.items():
        if count:
            yield tr("Left out: {words}, {count:,}.", words=tr(words), count=count)
