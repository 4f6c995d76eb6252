"""Use case: marks leave the project as COCO JSON, and as DICOM SR or presentation states of DICOM images."""

from __future__ import annotations

import json
import re
import struct
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mmdesk.core.cases.case import Case, ImageRef
from mmdesk.core.cases.coco import MarkedImage, to_coco
from mmdesk.core.cases.geometry import scale_of
from mmdesk.core.cases.marks import Mark
from mmdesk.core.disk import disk_words, is_full
from mmdesk.core.errors import Situation
from mmdesk.core.fields.kinds import kind_of
from mmdesk.core.job import JobContext, Progress
from mmdesk.imaging.base.source import ImageSource
from mmdesk.services.cases.reading import lying_marks
from mmdesk.services.marks.dicom import NEEDED, MarkedSource, Shades
from mmdesk.services.project import Project
from mmdesk.support.clock import utc_now
from mmdesk.support.unfinished import whole
from mmdesk.words import tr

_DAMAGE = (OSError, EOFError, ValueError, LookupError, TypeError, AttributeError, RuntimeError, struct.error)
"""What pydicom may raise on a file that is none."""


@dataclass(slots=True)
class MarksExported:
    """What an export of marks wrote.

    Attributes:
        marks: How many marks.
        images: On how many pictures.
        files: Written files.
        left_out: Why marks were left out, one line for each picture.
    """

    marks: int = 0
    images: int = 0
    files: list[Path] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)

    def say(self) -> str:
        """Return it in words."""
        files = tr(" in {counted}", counted=_counted(len(self.files), "file")) if len(self.files) != 1 else ""
        words = tr(
            "Exported: {counted} on {counted_2}{files}.",
            counted=_counted(self.marks, "mark"),
            counted_2=_counted(self.images, "image"),
            files=files,
        )
        if self.left_out:
            words += tr(
                " Left out: {counted}, {left_out}",
                counted=_counted(len(self.left_out), "image"),
                left_out=self.left_out[0],
            )
        return words


@dataclass(frozen=True, slots=True)
class _Drawn:
    """A picture and the marks on it.

    Attributes:
        case: The case.
        field: The image.
        frame: Which picture of it.
        marks: What is drawn there.
        window: Of a volume the window that its field declares; None for other images.
    """

    case: Case
    field: str
    frame: int
    marks: list[Mark]
    window: str | None = None

    @property
    def file(self) -> ImageRef:
        value = self.case.inputs[self.field]
        if not isinstance(value, ImageRef):
            raise TypeError(self.field)
        return value

    @property
    def words(self) -> str:
        return tr("case {name}, {field}", name=self.case.name, field=self.field)


@dataclass(frozen=True, slots=True)
class _Facts:
    """What a file says of a picture, as `ImageSource` has it.

    Attributes:
        size: Width and height.
        frames: Pictures of the file that holds it.
        spacing: Millimetres between pixels.
        aspect: Of a pixel.
        grey: It has no colours.
        file: The file of a slice, where the image is a folder of them.
        frame: Which picture of its file it is.
    """

    size: tuple[int, int]
    frames: int
    spacing: tuple[float, float] | None
    aspect: float
    grey: bool = False
    file: Path | None = None
    frame: int = 0


def export_coco(project: Project, out: Path, *, ctx: JobContext, reader: str = "") -> MarksExported:
    """Write all marks and the pictures they lie on as one COCO JSON file; see `core.coco`.

    Args:
        project: The project.
        out: The file, replaced when there.
        ctx: Told about progress, asked whether to stop.
        reader: Whose eyes it is for: where the own read comes first, other readers' marks on
            cases that this reader has not labelled are left out. Empty for everything.

    Raises:
        Situation: The file cannot be written.
    """
    report = MarksExported()
    images = []
    for drawn in _pictures(project, reader, ctx):
        facts = _facts(project, drawn, report)
        if facts is not None:
            images.append(_marked(drawn, facts))
            report.marks += len(drawn.marks)
    report.images = len(images)
    whole = to_coco(project.schema, images, utc_now())
    _write(out, json.dumps(whole, ensure_ascii=False, indent=1).encode())
    report.files.append(out)
    return report


def export_sr(project: Project, folder: Path, *, ctx: JobContext, reader: str = "") -> MarksExported:
    """Write marks on DICOM images as structured reports, one a case, study and reader.

    Marks on other images are left out and counted.

    Args:
        project: The project.
        folder: Where the files go; made when it is not there.
        ctx: Told about progress, asked whether to stop.
        reader: As in `export_coco`.

    Raises:
        Situation: A file cannot be written.
    """
    from mmdesk.services.marks.sr import report_bytes

    report = MarksExported()
    found: dict[tuple[str, str, str], list[MarkedSource]] = defaultdict(list)
    for drawn, who, source in _dicom_sources(project, reader, ctx, report):
        found[drawn.case.name, who, str(source.header.StudyInstanceUID)].append(source)
    _make_folder(folder)
    for (case, who, _study), sources in found.items():
        _keep(report, folder, f"{_plain(case)}-{_plain(who)}", report_bytes(project.schema, sources, who))
    return report


def export_gsps(project: Project, folder: Path, *, ctx: JobContext, reader: str = "") -> MarksExported:
    """Write marks on grey DICOM images as presentation states, one a picture and reader.

    Marks on other images are left out and counted.

    Args:
        project: The project.
        folder: Where the files go; made when it is not there.
        ctx: Told about progress, asked whether to stop.
        reader: As in `export_coco`.

    Raises:
        Situation: A file cannot be written.
    """
    from mmdesk.services.marks.gsps import state_bytes

    report = MarksExported()
    _make_folder(folder)
    for drawn, who, source in _dicom_sources(project, reader, ctx, report, grey=True):
        state = state_bytes(project.schema, source, _shades(project, drawn), who)
        _keep(report, folder, f"{_plain(drawn.case.name)}-{_plain(drawn.field)}-{_plain(who)}", state)
    return report


def _dicom_sources(
    project: Project, reader: str, ctx: JobContext, report: MarksExported, *, grey: bool = False
) -> Iterator[tuple[_Drawn, str, MarkedSource]]:
    """Give each DICOM picture with each reader's marks on it; counts them, and says what is left out.

    Args:
        project: The project.
        reader: As in `export_coco`.
        ctx: Told about progress.
        report: Told what is given and what is left out.
        grey: Leave out pictures in colour.
    """
    for drawn in _pictures(project, reader, ctx):
        facts = _facts(project, drawn, report)
        header = _header(project, drawn, facts, report) if facts is not None else None
        if facts is None or header is None:
            continue
        if grey and not facts.grey:
            report.left_out.append(tr("{words}: it is in colour.", words=drawn.words))
            continue
        report.images += 1
        report.marks += len(drawn.marks)
        scale = scale_of(facts.spacing, facts.aspect)
        for who in sorted({mark.reader for mark in drawn.marks}):
            own = [mark for mark in drawn.marks if mark.reader == who]
            yield drawn, who, MarkedSource(header, facts.frame, facts.frames, scale, own)


def _keep(report: MarksExported, folder: Path, name: str, data: bytes) -> None:
    path = folder / f"{len(report.files) + 1:05d}-{name}.dcm"
    _write(path, data)
    report.files.append(path)


def _shades(project: Project, drawn: _Drawn) -> Shades:
    """Return how a picture opens here; without a table of its own, which a window cannot stand for."""
    from mmdesk.imaging.base.window import percentile_window

    with _opened(project, drawn) as source:
        plane = source.read(drawn.frame, (1000, 1000))
        window = source.first_window(plane, drawn.frame)
        if window.table or window.width <= 0:
            window = percentile_window(plane.pixels, "")
        return Shades(float(window.centre), float(window.width), source.inverted)


def _marked(drawn: _Drawn, facts: _Facts) -> MarkedImage:
    return MarkedImage(
        case=drawn.case.name,
        field=drawn.field,
        frame=drawn.frame,
        file=drawn.file.path,
        sha256=drawn.file.sha256,
        size=facts.size,
        spacing=facts.spacing,
        aspect=facts.aspect,
        marks=drawn.marks,
    )


def _pictures(project: Project, reader: str, ctx: JobContext) -> Iterator[_Drawn]:
    """Give each picture that has marks which may be seen, in the order of the table."""
    store = project.store
    with store.reading():
        drawn = project.seen_marks(reader) if reader else store.marks()
        cases = store.cases(sorted(drawn))
    for index, case in enumerate(cases, 1):
        ctx.check_cancelled()
        ctx.progress(Progress(index, len(cases), tr("Exporting marks")))
        pictures: dict[tuple[str, int], list[Mark]] = defaultdict(list)
        for mark in lying_marks(case, drawn[case.id]):
            pictures[mark.field, mark.frame].append(mark)
        for (name, frame), marks in sorted(pictures.items()):
            field = project.schema.field(name)
            yield _Drawn(case, name, frame, marks, field.window if kind_of(field).is_stack else None)


def _facts(project: Project, drawn: _Drawn, report: MarksExported) -> _Facts | None:
    """Return what a picture's file says of it; None, and a line in the report, if it cannot be read."""
    try:
        with _opened(project, drawn) as source:
            if drawn.frame < source.frames:
                size, (file, frame) = source.size_of(drawn.frame), source.origin(drawn.frame)
                frames = source.frames if file is None else 1
                grey = source.kind == "grey"
                return _Facts(size, frames, source.spacing, source.aspect, grey, file, frame)
        words = tr("it has no picture {frame} any more.", frame=drawn.frame + 1)
    except Situation as problem:
        words = problem.say()
    report.left_out.append(f"{drawn.words}: {words}")
    return None


def _opened(project: Project, drawn: _Drawn) -> ImageSource:
    """Open the image of a picture as a pane does."""
    from mmdesk.imaging.base.bound import images_of
    from mmdesk.imaging.opening import open_image
    from mmdesk.imaging.volume.source import open_volume

    path = images_of(project.folder).check(drawn.file)
    return open_image(path) if drawn.window is None else open_volume(path, drawn.window)


def _header(project: Project, drawn: _Drawn, facts: _Facts, report: MarksExported) -> Any:
    """Return the DICOM attributes of a picture's file; None, and a line in the report, for others."""
    from pydicom import config, dcmread
    from pydicom.errors import InvalidDicomError

    from mmdesk.imaging.base.bound import images_of

    config.settings.reading_validation_mode = config.IGNORE
    try:
        file = facts.file or images_of(project.folder).check(drawn.file)
        header = dcmread(file, stop_before_pixels=True)
    except Situation as problem:
        report.left_out.append(f"{drawn.words}: {problem.say()}")
        return None
    except (InvalidDicomError, *_DAMAGE):
        report.left_out.append(tr("{words}: it is no DICOM file.", words=drawn.words))
        return None
    lacking = [name for name in NEEDED if not header.get(name)]
    if lacking:
        report.left_out.append(tr("{words}: it does not tell its {lacking}.", words=drawn.words, lacking=lacking[0]))
        return None
    return header


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as why:
        raise _not_written(folder, why) from why


def _write(path: Path, data: bytes) -> None:
    try:
        with whole(path) as partial:
            partial.write_bytes(data)
    except OSError as why:
        raise _not_written(path, why) from why


def _not_written(path: Path, why: OSError) -> Situation:
    if is_full(why) and (full := disk_words(why, tr("The project is unchanged."), subject=path.name)):
        return full
    return Situation(
        tr("{name} cannot be written there.", name=path.name),
        tr("The project is unchanged."),
        tr("Choose another place."),
        details=str(why),
    )


def _counted(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def _plain(name: str) -> str:
    return re.sub(r"[^\w-]+", "_", name)[:40] or "_"
