"""A folder of image files, laid out as a table of cases by the names of its files."""

from __future__ import annotations

import os
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from mmdesk.core.errors import TableProblem
from mmdesk.core.fields.guess import IMAGE_ENDINGS, TABLE_ENDINGS, field_name, side_of
from mmdesk.core.fields.schema import Field, Schema
from mmdesk.core.job import JobContext, Progress, SilentContext
from mmdesk.services.importing.guess import TableLook
from mmdesk.services.importing.laid import Laid, written
from mmdesk.services.importing.sources.file_pattern import CASE, CLASS, GROUP, IMAGE, SPLIT, FilePattern
from mmdesk.services.importing.sources.guess_pattern import guess_pattern
from mmdesk.services.importing.stacks import slices_of
from mmdesk.words import tr

MOST_FILES = 200_000
"""Image files of a folder; beyond them it is no folder of one import."""
_NAMED = 5
_MASKS = frozenset({"mask", "masks", "seg", "segmentation", "annotation", "gt"})


@dataclass(slots=True)
class Folder:
    """What the files of a folder are by a pattern.

    Attributes:
        place: The folder.
        pattern: The pattern.
        columns: Names of the columns.
        rows: One row for each case, and one more for each further file of the same name.
        images: The files of each image column.
        warnings: What was assumed or left out, as sentences.
        files: How many image files there are.
        unmatched: Image files that do not fit the pattern.
    """

    place: Path
    pattern: str
    columns: list[str]
    rows: list[list[str]]
    images: dict[str, list[Path]]
    warnings: list[str] = field(default_factory=list)
    files: int = 0
    unmatched: list[str] = field(default_factory=list)


def holds_images(place: Path) -> bool:
    """Tell whether there is an image file in a folder or below it."""
    return place.is_dir() and next(_walk(place, Counter()), None) is not None


def look_at_images(place: Path, *, name: str = "", pattern: str = "", ctx: JobContext | None = None) -> TableLook:
    """Look at a folder of images and say what its files are.

    Args:
        place: The folder.
        name: The project's name; the folder's when empty.
        pattern: How the files' names are read; guessed when empty.
        ctx: Told about progress, asked whether to stop.

    Raises:
        TableProblem: It holds no images, or none fits the pattern.
        FieldProblem: The pattern cannot be read.
    """
    folder = read_folder(place, pattern, ctx)
    examples = {
        column: tuple(text for text, _ in Counter(row[at] for row in folder.rows if row[at]).most_common(3))
        for at, column in enumerate(folder.columns)
    }
    for column, paths in folder.images.items():
        examples[column] = tuple(path.relative_to(place).as_posix() for path in paths[:3])
    schema, because = _schema(folder, name or place.name or "images")
    matched = folder.files - len(folder.unmatched)
    return TableLook(
        schema,
        because,
        examples,
        tuple(folder.warnings),
        len(folder.rows),
        pattern=folder.pattern,
        fit=tr("{matched:,} of {files:,} image files match", matched=matched, files=folder.files),
    )


@contextmanager
def table_of_images(place: Path, *, pattern: str = "", ctx: JobContext | None = None) -> Iterator[Laid]:
    """Lay a folder of images out as a table, which is gone afterwards; see `look_at_images`."""
    folder = read_folder(place, pattern, ctx)
    with written(folder.columns, folder.rows, "images") as table:
        yield Laid(table, folder.warnings, (), (place,))


def read_folder(place: Path, pattern: str = "", ctx: JobContext | None = None) -> Folder:
    """Read the names of the files in a folder by a pattern; see `look_at_images`."""
    others: Counter[str] = Counter()
    work, files = ctx or SilentContext(), []
    for path in _walk(place, others):
        files.append(path)
        if len(files) % 500 == 0:
            work.check_cancelled()
            work.progress(Progress(len(files), 0, tr("Reading the names of the files")))
        if len(files) > MOST_FILES:
            raise TableProblem(
                tr("{name} holds more than {most_files:,} files.", name=place.name, most_files=MOST_FILES),
                do=tr("Choose the folder with the images."),
            )
    if not files:
        raise TableProblem(
            tr("{name} holds no image files.", name=place.name), do=tr("Choose the folder with the images.")
        )
    named = {path: _plain(path.relative_to(place).as_posix()) for path in files}
    read = FilePattern.read(pattern or guess_pattern(list(named.values())))
    told = {path: found for path, text in named.items() if (found := read.match(text)) is not None}
    if not told:
        raise TableProblem(
            tr("None of the {count:,} image files fits the pattern '{text}'.", count=len(files), text=read.text),
            do=tr("Change the pattern. The first file is {file}.", file=files[0].relative_to(place).as_posix()),
        )
    folder = _laid(place, read, told)
    folder.files = len(files)
    folder.unmatched = [path.relative_to(place).as_posix() for path in files if path not in told]
    folder.warnings = [
        *([] if pattern else [tr("The files' names are read as {text}.", text=read.text)]),
        *_left_out(folder, others),
        *folder.warnings,
    ]
    return folder


def _walk(place: Path, others: Counter[str]) -> Iterator[Path]:
    """Yield the image files below a folder in order; count files of other kinds by their ending."""
    for base, folders, names in os.walk(place):
        folders[:] = sorted(name for name in folders if not name.startswith(".") and not name.endswith(".mmdesk"))
        for name in sorted(names):
            if name.startswith("."):
                continue
            if name.casefold().endswith(IMAGE_ENDINGS):
                yield Path(base, name)
            else:
                others[Path(name).suffix.lower() or name] += 1


def _plain(path: str) -> str:
    """Return a path without the ending of an image."""
    fitting = [ending for ending in IMAGE_ENDINGS if path.casefold().endswith(ending)]
    return path[: -len(max(fitting, key=len))]


def _laid(place: Path, pattern: FilePattern, told: dict[Path, dict[str, str]]) -> Folder:
    """Return columns and rows: cases in the order of their first file."""
    image = {path: found.get(IMAGE) or IMAGE for path, found in told.items()}
    order = pattern.options.get(IMAGE) or tuple(dict.fromkeys(image.values()))
    slots = {word: _column(word) for word in order}
    extra = [name for name in pattern.names if name not in (CASE, IMAGE, GROUP)]
    names, warnings = _case_names(told, pattern)
    cases: dict[str, dict[str, list[str]]] = {}
    images: dict[str, list[Path]] = {slots[word]: [] for word in order}
    for path, found in told.items():
        case = cases.setdefault(names[path], {part: [found[part]] for part in (GROUP, *extra) if part in found})
        slot = slots[image[path]]
        case.setdefault(slot, []).append(path.absolute().as_posix())
        images[slot].append(path)
    images = {slot: paths for slot, paths in images.items() if paths}
    columns = [CASE, *([GROUP] if GROUP in pattern.names else []), *images, *extra]
    rows = []
    for name, cells in cases.items():
        for at in range(max(len(cells.get(slot, ())) for slot in images)):
            texts = {column: held[min(at, len(held) - 1)] for column, held in cells.items()}
            rows.append([name, *(texts.get(column, "") for column in columns[1:])])
    warnings += _incomplete(cases, list(images))
    return Folder(place, pattern.text, columns, rows, images, warnings)


def _case_names(told: dict[Path, dict[str, str]], pattern: FilePattern) -> tuple[dict[Path, str], list[str]]:
    """Name the case of each file: by its folders too where a name comes again in others.

    A class never stands in a name, where a reader would see it before the own read.
    """
    parts = [part for part in pattern.names if part not in (CASE, IMAGE)]
    open_parts = [part for part in parts if part != CLASS]
    homes: dict[str, set[tuple[str, ...]]] = defaultdict(set)
    for found in told.values():
        homes[found[CASE]].add(tuple(found[part] for part in parts))
    twice = next((case for case, held in homes.items() if len(held) > 1), "")
    names: dict[Path, str] = {}
    for path, found in told.items():
        names[path] = found[CASE]
        if twice:
            names[path] = "/".join([*(found[part] for part in open_parts), found[CASE]])
        if twice and CLASS in parts:
            names[path] += f"-{sha256('/'.join(found[part] for part in parts).encode()).hexdigest()[:4]}"
    said = []
    if twice:
        said.append(
            tr(
                "The name '{twice}' comes again in other folders and is taken for other cases, so the cases "
                "are named as {name} is. If these are images of one case, write {image} for the folder "
                "in the pattern.",
                twice=twice,
                name=next(iter(names.values())),
                image="{image}",
            )
        )
    telling = sum(CLASS in found and found[CLASS].casefold() in names[path].casefold() for path, found in told.items())
    if 2 * telling > len(told):
        said.append(
            tr(
                "The cases' names hold their class, such as {name}: a reader sees it before reading. "
                "Name the files otherwise, or leave that part out of {case} in the pattern.",
                name=next(iter(names.values())),
                case="{case}",
            )
        )
    return names, said


def _column(word: str) -> str:
    return f"{word} image" if word.casefold() in (CASE, GROUP, CLASS, SPLIT) else word


def _incomplete(cases: dict[str, dict[str, list[str]]], slots: Sequence[str]) -> Iterator[str]:
    """Say which images some cases lack, and which cases have two files for one."""
    for slot in slots:
        lacking = [name for name, cells in cases.items() if slot not in cells]
        if lacking and len(slots) > 1:
            yield tr(
                "Cases without the image '{slot}': {count:,} of {all:,}, such as {name}. It is missing there.",
                slot=slot,
                count=len(lacking),
                all=len(cases),
                name=lacking[0],
            )
        twice = [(name, cells[slot]) for name, cells in cases.items() if len(cells.get(slot, ())) > 1]
        if twice:
            yield tr(
                "Cases with several files for the image '{slot}': {count:,}, such as {name}: {files}. "
                "None of them is taken. Change the pattern so that they differ.",
                slot=slot,
                count=len(twice),
                name=twice[0][0],
                files=", ".join(Path(path).name for path in twice[0][1][:3]),
            )


def _left_out(folder: Folder, others: Counter[str]) -> Iterator[str]:
    """Say which files are not used."""
    if folder.unmatched:
        named = ", ".join(folder.unmatched[:_NAMED])
        more = tr(" and {count:,} more", count=len(folder.unmatched) - _NAMED) if len(folder.unmatched) > _NAMED else ""
        yield tr(
            "Image files that do not match and are left out: {count:,} of {files:,}: {named}{more}.",
            count=len(folder.unmatched),
            files=folder.files,
            named=named,
            more=more,
        )
    if others:
        listed = ", ".join(f"{ending} ({count:,})" for ending, count in others.most_common(_NAMED))
        tables = any(ending in TABLE_ENDINGS for ending in others)
        hint = tr(" To use a table, choose the table itself.") if tables else ""
        yield tr("Files of other kinds are left out: {listed}.{hint}", listed=listed, hint=hint)


def _schema(folder: Folder, name: str) -> tuple[Schema, dict[str, str]]:
    """Return a schema for the columns, and why each is used as it is."""
    because = {CASE: tr("the part that the pattern calls case")}
    if GROUP in folder.columns:
        because[GROUP] = tr("a folder that keeps the cases of one person together")
    fields: list[Field] = []
    taken: list[str] = []
    for column, files in folder.images.items():
        if len(folder.images) > 1 and column.casefold() in _MASKS:
            because[column] = tr("its name says that it is drawn on the image; not used")
            continue
        slices = slices_of(files)
        side = side_of(column)
        key = field_name(side if side and side not in taken else column, taken)
        taken.append(key)
        label = column if column != IMAGE else "Image"
        fields.append(Field(key, "input", "volume" if slices else "image", (column,), label=label, side=side))
        because[column] = tr("{count:,} image files", count=len(files)) + (f"; {slices}" if slices else "")
    for at, column in enumerate(folder.columns):
        if column in because:
            continue
        texts = sorted({row[at] for row in folder.rows if row[at]}, key=str.casefold)
        key = field_name(column, taken)
        taken.append(key)
        choice = 2 <= len(texts) <= 50
        if column == CLASS and choice:
            fields.append(Field(key, "target", "choice", (column,), label="Class", options=tuple(texts)))
            because[column] = tr("the folders' names, taken for what is to be predicted")
            continue
        kind, options = ("choice", tuple(texts)) if choice else ("text", ())
        label = column.capitalize()
        fields.append(Field(key, "note", kind, (column,), label=label, options=options))
        because[column] = tr("from the files' names; the model does not see it")
    order = ("input", "target", "note")
    fields.sort(key=lambda entry: order.index(entry.role))
    if not any(entry.role == "target" for entry in fields):
        folder.warnings.append(
            tr("No folder or name says what is to be predicted; the project starts without a target.")
        )
    return Schema(name, CASE, GROUP if GROUP in folder.columns else CASE, tuple(fields)), because
