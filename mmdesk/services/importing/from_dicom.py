"""A folder of DICOM files or a DICOMDIR, laid out as a table of cases for the ordinary import.

What a case is follows from the schema: its case column is `patient`, `study`, `series` or `image`.
Of the files' elements only those in `TAGS` reach the table, and descriptions of series where they name
a column or are asked about. Patients, studies, series and images are
named by keyed hashes, so that no name or number of a hospital enters the project; the key stays in
the user's data folder. The pixels and the files themselves stay as they are.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import re
import secrets
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mmdesk.core.errors import ImageProblem, TableProblem
from mmdesk.core.fields.kinds import kind_of
from mmdesk.core.fields.schema import Field, Schema
from mmdesk.core.job import JobContext, Progress, SilentContext
from mmdesk.services.importing.dicom_series import MIDDLE, VOLUME, Image, Placed, middle_of, placed
from mmdesk.services.importing.guess import TableLook
from mmdesk.services.importing.laid import Laid, written
from mmdesk.support.files import write_whole
from mmdesk.support.paths import data_dir
from mmdesk.words import tr

LEVELS = ("patient", "study", "series", "image")
"""What a case may be."""
TAGS = ("age", "sex", "laterality", "view", "modality", "body_part")
"""Columns that elements of the files become; no other element is taken."""
MOST_FILES = 200_000
"""Files looked at in a folder; beyond them it is no folder of one import."""
_LOOKED_AT = 200
_SIDES = {"L": "left", "R": "right", "B": "both"}
_AGE = re.compile(r"\s*(\d{1,3})([DWMY])\s*")
_YEARS = {"D": 1 / 365.25, "W": 7 / 365.25, "M": 1 / 12, "Y": 1.0}
_SEX = {"F": "F", "M": "M", "O": "O"}


@dataclass(slots=True)
class Found:
    """What a folder holds.

    Attributes:
        images: Files with pictures, in the order of their names.
        without: Files of DICOM that hold no picture.
        problems: Files that cannot be read, with the reason.
    """

    images: list[Image] = field(default_factory=list)
    without: int = 0
    problems: list[tuple[Path, str]] = field(default_factory=list)


def holds_dicom(place: Path) -> bool:
    """Tell whether a DICOMDIR, or a folder with DICOM files among the first it holds, is meant."""
    if place.is_file():
        return place.name.upper() == "DICOMDIR"
    for seen, path in enumerate(found for found in place.rglob("*") if found.is_file()):
        if path.name.upper() == "DICOMDIR" or _starts_as_dicom(path):
            return True
        if seen >= _LOOKED_AT:
            break
    return False


def find_images(place: Path, *, ctx: JobContext | None = None) -> Found:
    """Read the description of each DICOM file in a folder or listed in a DICOMDIR.

    Args:
        place: The folder, looked through with all folders below it, or the DICOMDIR.
        ctx: Told about progress, asked whether to stop.

    Raises:
        TableProblem: No picture is found.
    """
    work, found = ctx or SilentContext(), Found()
    paths = _listed(place) if place.is_file() else _files(place)
    key = _key()
    for count, path in enumerate(paths):
        work.check_cancelled()
        if count % 20 == 0:
            work.progress(Progress(count, len(paths), tr("Reading DICOM files")))
        try:
            image = _image(path, key)
        except ImageProblem as problem:
            found.problems.append((path, problem.what))
            continue
        if image is None:
            found.without += 1
        else:
            found.images.append(image)
    if not found.images:
        raise TableProblem(
            tr("{name} holds no DICOM pictures.", name=place.name),
            do=tr("Choose the folder or the DICOMDIR with the images."),
        )
    return found


@contextmanager
def table_of(
    place: Path,
    *,
    by: str,
    known: Collection[str] = (),
    stacks: Collection[str] | None = None,
    ctx: JobContext | None = None,
) -> Iterator[Laid]:
    """Lay a folder of DICOM files out as a table, which is gone afterwards.

    Args:
        place: A folder or a DICOMDIR.
        by: What a case is, one of `LEVELS`.
        known: Image columns that the project has.
        stacks: Which of them are volumes; None where that is to be found out.
        ctx: Told about progress, asked whether to stop.

    Yields:
        The table, and what has to be known and decided of it.

    Raises:
        TableProblem: No picture is found, or `by` is no level.
    """
    if by not in LEVELS:
        raise TableProblem(
            tr("A case of DICOM files cannot be named by '{by}'.", by=by),
            do=tr("Let the schema's case column be patient, study, series or image."),
        )
    found = find_images(place, ctx=ctx)
    columns, rows, laid, _ = _rows(found, by, known, stacks)
    with written(columns, rows, "dicom") as table:
        yield Laid(table, laid.warnings, laid.questions, (place if place.is_dir() else place.parent,))


def look_at_dicom(place: Path, *, name: str = "", by: str = "study", ctx: JobContext | None = None) -> TableLook:
    """Look at a folder of DICOM files or a DICOMDIR as `import_guess.look_at` does at a table.

    Args:
        place: The folder or the DICOMDIR.
        name: The project's name; the folder's when empty.
        by: What a case is, one of `LEVELS`.
        ctx: Told about progress, asked whether to stop.

    Raises:
        TableProblem: No picture is found.
    """
    found = find_images(place, ctx=ctx)
    columns, rows, laid, volumes = _rows(found, by)
    schema = _schema(place, by, columns, rows, volumes)
    because = dict.fromkeys(columns, tr("from the DICOM files"))
    examples = {
        column: tuple(text for text, _ in Counter(row[at] for row in rows if row[at]).most_common(3))
        for at, column in enumerate(columns)
    }
    return TableLook(schema.renamed(name or schema.name), because, examples, tuple(laid.warnings), len(rows))


def _starts_as_dicom(path: Path) -> bool:
    from mmdesk.imaging.base.signatures import is_dicom

    try:
        with path.open("rb") as file:
            return is_dicom(file.read(132))
    except OSError:
        return False


def _files(folder: Path) -> list[Path]:
    found: list[Path] = []
    for base, folders, names in os.walk(folder):
        folders[:] = sorted(f for f in folders if not f.startswith(".") and not f.endswith(".mmdesk"))
        found += [Path(base, name) for name in sorted(names) if not name.startswith(".")]
        if len(found) > MOST_FILES:
            raise TableProblem(
                tr("{name} holds more than {most_files:,} files.", name=folder.name, most_files=MOST_FILES),
                do=tr("Choose the folder with the images."),
            )
    return found


def _listed(directory: Path) -> list[Path]:
    """Return the files that a DICOMDIR lists; those outside of its folder are left out."""
    from mmdesk.imaging.base.limited_reader import LimitedFile
    from mmdesk.imaging.dicom.file import Header, plainly

    base = directory.parent.resolve()
    found = []
    try:
        with LimitedFile(directory) as file, plainly():
            records = Header(file).dataset.get("DirectoryRecordSequence") or ()
            for record in records:
                parts = record.get("ReferencedFileID")
                if parts:
                    words = [parts] if isinstance(parts, str) else [str(part) for part in parts]
                    path = base.joinpath(*words).resolve()
                    if path.is_relative_to(base):
                        found.append(path)
    except ImageProblem as problem:
        raise TableProblem(
            tr("{name} cannot be read.", name=directory.name),
            do=tr("Choose its folder instead."),
            details=problem.details,
        ) from problem
    return list(dict.fromkeys(found))


def _image(path: Path, key: bytes) -> Image | None:
    """Return what is taken of a file; None when it is no DICOM file or holds no picture."""
    from mmdesk.imaging.base.limited_reader import LimitedFile
    from mmdesk.imaging.base.signatures import is_dicom
    from mmdesk.imaging.dicom.file import Header, plainly

    if not path.exists():
        raise ImageProblem(tr("{name} is listed but not there.", name=path.name))
    if not path.stat().st_size:
        return None
    with LimitedFile(path) as file:
        if not is_dicom(file.read(132)):
            return None
        header = Header(file)
        if not header.keyword:
            return None
        with plainly():
            return _taken(path, header.dataset, key)


def _taken(path: Path, dataset: Any, key: bytes) -> Image:
    def uid(name: str) -> str:
        return str(dataset.get(name) or "")

    study = uid("StudyInstanceUID") or str(path.parent)
    series = uid("SeriesInstanceUID") or study
    patient = " ".join(part for part in (uid("PatientID"), uid("IssuerOfPatientID")) if part)
    names = {
        "patient": _hashed("P", patient or study, key),
        "study": _hashed("S", study, key),
        "series": _hashed("R", series, key),
        "image": _hashed("I", uid("SOPInstanceUID") or str(path), key),
    }
    kinds = [str(kind).upper() for kind in _many(dataset.get("ImageType"))]
    burned = uid("BurnedInAnnotation").upper() == "YES" or "SECONDARY" in kinds
    return Image(
        path,
        names,
        (_number(dataset.get("InstanceNumber")), path.name),
        _tags(dataset),
        burned,
        uid("SeriesDescription").strip()[:64],
        uid("PresentationIntentType"),
        uid("SeriesNumber").strip(),
        placed="ImagePositionPatient" in dataset or "SliceLocation" in dataset,
    )


def _tags(dataset: Any) -> dict[str, str]:
    age = _AGE.fullmatch(str(dataset.get("PatientAge") or ""))
    codes = dataset.get("ViewCodeSequence")
    view = str(dataset.get("ViewPosition") or "") or (str(codes[0].get("CodeMeaning") or "") if codes else "")
    side = str(dataset.get("ImageLaterality") or dataset.get("Laterality") or "").strip().upper()
    tags = {
        "age": f"{int(age[1]) * _YEARS[age[2]]:.4g}" if age else "",
        "sex": _SEX.get(str(dataset.get("PatientSex") or "").strip().upper(), ""),
        "laterality": _SIDES.get(side, ""),
        "view": view.strip()[:40],
        "modality": str(dataset.get("Modality") or "").strip()[:16],
        "body_part": str(dataset.get("BodyPartExamined") or "").strip()[:40],
    }
    return {name: text for name, text in tags.items() if text}


def _rows(
    found: Found, by: str, known: Collection[str] = (), stacks: Collection[str] | None = None
) -> tuple[list[str], list[list[str]], Placed, set[str]]:
    """Return the columns, a row for each case, where the images belong, and which columns are volumes."""
    cases: dict[str, list[Image]] = defaultdict(list)
    for image in found.images:
        cases[image.names[by]].append(image)
    laid = _single(cases) if by in ("image", "series") else placed(cases, known)
    volumes = _volumes(laid) if stacks is None else {name for name in laid.columns if name in stacks}
    laid.warnings = list(dict.fromkeys([*_warnings(found), *laid.warnings, *_of_slices(laid, volumes)]))
    tags = [tag for tag in TAGS if any(tag in image.tags for image in found.images)]
    columns = list(dict.fromkeys([by, "patient", *laid.columns, *tags]))
    rows = []
    for name, images in cases.items():
        cells = {by: name, "patient": images[0].names["patient"]}
        for slot, image in laid.images[name].items():
            taken = image.folder if slot in volumes and image.folder else image.path
            cells[slot] = taken.absolute().as_posix()
        for tag in tags:
            texts = {image.tags[tag] for image in images if tag in image.tags}
            cells[tag] = texts.pop() if len(texts) == 1 else ""
        rows.append([cells.get(column, "") for column in columns])
    return columns, rows, laid, volumes


def _volumes(laid: Placed) -> set[str]:
    """Return the columns of which every image is a folder of slices."""
    columns: dict[str, bool] = {}
    for images in laid.images.values():
        for name, image in images.items():
            columns[name] = columns.get(name, True) and image.folder is not None
    return {name for name, stacked in columns.items() if stacked}


def _of_slices(laid: Placed, volumes: Collection[str]) -> list[str]:
    """Say what became of series of slices."""
    said = [tr(VOLUME).format(column=name) for name in sorted(volumes)]
    single = any(
        image.slices > 1 and name not in volumes for images in laid.images.values() for name, image in images.items()
    )
    return [*said, *([tr(MIDDLE)] if single else [])]


def _single(cases: Mapping[str, Sequence[Image]]) -> Placed:
    """Return the one image of each case that is a series or an image; of a series the middle one."""
    held = Counter(image.path.parent for images in cases.values() for image in images)
    middle = {
        case: {"image": middle_of(sorted(images, key=lambda image: image.order), held)}
        for case, images in cases.items()
    }
    return Placed(["image"], middle)


def _warnings(found: Found) -> list[str]:
    warnings = [tr("The files keep what they hold of a person; only the project's own names are made up.")]
    if marked := sum(image.marked for image in found.images):
        warnings.append(
            tr("{marked} pictures may have words burned into them: look before you pass them on.", marked=marked)
        )
    if found.without:
        warnings.append(tr("{without} files hold no picture and are left out.", without=found.without))
    for path, why in found.problems[:20]:
        warnings.append(tr("{name} is left out. {why}", name=path.name, why=why))
    if len(found.problems) > 20:
        warnings.append(tr("{count} more files cannot be read and are left out.", count=len(found.problems) - 20))
    return warnings


def _schema(
    place: Path, by: str, columns: Sequence[str], rows: Sequence[Sequence[str]], volumes: Collection[str]
) -> Schema:
    fields = []
    for at, column in enumerate(columns):
        texts = sorted({row[at] for row in rows if row[at]})
        if column in (by, "patient"):
            continue
        if column == "age":
            fields.append(Field("age", "input", "number", ("age",), "Age", "years", 0.0, 130.0))
        elif column in TAGS:
            title = column.replace("_", " ").capitalize()
            kind, options = ("choice", tuple(texts)) if 1 < len(texts) <= 20 else ("text", ())
            fields.append(Field(column, "note", kind, (column,), title, options=options))
        else:
            side = next((side for side in ("left", "right") if column.startswith(side)), "")
            fields.append(Field(column, "input", "volume" if column in volumes else "image", (column,), side=side))
    fields = [
        Field("sex", "input", entry.kind, entry.columns, "Sex", options=entry.options)
        if entry.name == "sex" and entry.options
        else entry
        for entry in fields
    ]
    fields.sort(key=lambda entry: (entry.role != "input", not kind_of(entry).is_image))
    name = place.name if place.is_dir() else place.parent.name
    return Schema(name or "DICOM", by, "patient", tuple(fields))


def _key() -> bytes:
    """Return the key that names are hashed with; made once for each user."""
    path = data_dir() / "dicom.key"
    try:
        return path.read_bytes()
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, secrets.token_bytes(32))
        path.chmod(0o600)
        return path.read_bytes()


def _hashed(letter: str, text: str, key: bytes) -> str:
    return letter + hmac.new(key, text.encode("utf-8", "replace"), hashlib.sha256).hexdigest()[:12]


def _many(value: Any) -> list[Any]:
    if value is None or value == "":
        return []
    return [value] if isinstance(value, str) else list(value)


def _number(value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        return float("inf")
