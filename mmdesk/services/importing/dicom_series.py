"""Which column a DICOM picture belongs in: by what it is, never by its order in a study.

A column is one kind of picture in every case: modality, side, view, intent and, where side and view do
not tell enough, the description of the series. Where even these are the same, numbers of series or
images tell apart, if every case has the same ones. All else is a question.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from mmdesk.services.importing.image_questions import ImageQuestion
from mmdesk.words import QT_TR_NOOP, tr

_STACKS = frozenset({"CT", "MR", "PT", "NM", "OPT", "OCT", "IVOCT"})
"""Modalities of which a series is one body in slices."""
_MOST_COLUMNS = 12
_LISTED = 200
TAKEN = frozenset(("patient", "study", "series", "age", "sex", "laterality", "view", "modality", "body_part"))
"""Names of columns that hold no image."""
ASKED = "studies"
"""What stands for a column in the question about studies."""


@dataclass(frozen=True, slots=True)
class Kind:
    """What a picture is.

    Attributes:
        side: `left`, `right`, `both` or "".
        view: View position, as a word of a column's name.
        description: The series' description, as a word; "" where side and view tell enough.
        intent: `processing` for raw pictures, else "".
        modality: `mr`, or "".
        number: Series or image number that tells it from others like it.
    """

    side: str = ""
    view: str = ""
    description: str = ""
    intent: str = ""
    modality: str = ""
    number: str = ""

    @property
    def name(self) -> str:
        """The column's name where no other modality has it."""
        parts = (self.side, self.view, self.description, self.intent, self.number)
        return "_".join(part for part in parts if part)


@dataclass(frozen=True, slots=True)
class Image:
    """What is taken of one DICOM file.

    Attributes:
        path: The file.
        names: Its patient, study, series and image, as hashes.
        order: Sorts the images of a series.
        tags: Text by column of `from_dicom.TAGS`, only those that the file has.
        marked: The file says that words are burned into the picture, or that it is a screenshot.
        description: The series' description.
        intent: The file's presentation intent.
        series: The series' number, as text.
        placed: It has a place in the body, as slices have.
        slices: Of how many slices of a series it is the middle one; 1 where it stands for itself.
        folder: The folder of these slices, where it holds nothing else that could be taken for them.
    """

    path: Path
    names: dict[str, str]
    order: tuple[float, str]
    tags: dict[str, str]
    marked: bool = False
    description: str = ""
    intent: str = ""
    series: str = ""
    placed: bool = False
    slices: int = 1
    folder: Path | None = None

    @property
    def kind(self) -> Kind:
        """What it is, description and all."""
        raw = "processing" if "PROCESSING" in self.intent.upper() else ""
        modality = self.tags.get("modality", "")
        side, view = self.tags.get("laterality", ""), word(self.tags.get("view", ""))
        return Kind(side, view, word(self.description), raw, word(modality))

    @property
    def slice(self) -> bool:
        """Whether others of its series show the same body beside it."""
        return self.placed or self.tags.get("modality", "").upper() in _STACKS


@dataclass(slots=True)
class Placed:
    """Where the pictures of all cases belong.

    Attributes:
        columns: Names of the image columns.
        images: By case, the picture of each column.
        warnings: What has to be known, as sentences.
        questions: What only a person can decide.
    """

    columns: list[str]
    images: dict[str, dict[str, Image]]
    warnings: list[str] = field(default_factory=list)
    questions: list[ImageQuestion] = field(default_factory=list)


def placed(cases: Mapping[str, Sequence[Image]], known: Collection[str] = ()) -> Placed:
    """Work out which picture of each case belongs in which column.

    Args:
        cases: The pictures of each case.
        known: Image columns that the project has.
    """
    result = Placed([], {case: {} for case in cases})
    held = Counter(image.path.parent for images in cases.values() for image in images)
    kinds = {case: _by_kind(images, held) for case, images in cases.items()}
    kinds = _described(kinds, result.warnings)
    kinds = _numbered(kinds, result.warnings)
    counts = Counter(kind for found in kinds.values() for kind in found)
    names = _names(counts, known)
    common = _common(counts, names, known, len(cases))
    usual = _usual(counts, names, common, known, len(cases))
    unclear: dict[str, str] = {}
    asked: set[Kind] = set()
    for case, found in kinds.items():
        where = tr("{case}, in folder {name},", case=case, name=cases[case][0].path.parent.name)
        several = [kind for kind, images in found.items() if len(images) > 1]
        lacking = usual - {names[kind] for kind in found}
        odd = [kind for kind in found if kind not in common]
        if several:
            numbers = "; ".join(f"{_how_many(found[kind])} {_said(kind)}" for kind in several)
            unclear[case] = tr("{where} has {numbers}", where=where, numbers=numbers)
        elif lacking and odd:
            none = ", ".join(f"'{name}'" for name in sorted(lacking))
            unclear[case] = tr(
                "{where} has {map} and no {none}", where=where, map=", ".join(map(_said, odd)), none=none
            )
            asked.update(odd)
    columns = _columns(counts, common, asked, len(cases))
    for case, found in kinds.items():
        for kind, images in found.items():
            if kind in columns and len(images) == 1:
                result.images[case][names[kind]] = images[0]
    _say_left(kinds, columns, asked, result.warnings)
    lacked = [name for name in known if name not in {names[kind] for kind in columns}]
    result.columns = sorted({*(names[kind] for kind in columns), *known}) or ["image"]
    result.warnings += [tr("No series of these files belongs in the column '{name}'.", name=name) for name in lacked]
    if unclear:
        result.questions.append(
            ImageQuestion(ASKED, ASKED, len(unclear), tuple(list(unclear.values())[:_LISTED]), series=True)
        )
    return result


def word(text: str) -> str:
    """Return a text as part of a column's name; the same for spellings that differ in case and spaces."""
    kept = "".join(sign if f"a{sign}".isidentifier() else "_" for sign in text.casefold())
    return re.sub("_+", "_", kept).strip("_")


Kinds = dict[str, dict[Kind, list[Image]]]
"""By case, the pictures that stand for each kind."""


def _by_kind(images: Sequence[Image], held: Mapping[Path, int]) -> dict[Kind, list[Image]]:
    """Return pictures by kind; of slices the middle one of each series."""
    series: dict[tuple[Kind, str], list[Image]] = defaultdict(list)
    for image in images:
        series[image.kind, image.names["series"]].append(image)
    found: dict[Kind, list[Image]] = defaultdict(list)
    for (kind, _), members in series.items():
        members.sort(key=lambda image: image.order)
        if len(members) > 1 and all(image.slice for image in members):
            found[kind].append(middle_of(members, held))
        else:
            found[kind] += members
    return dict(found)


def middle_of(members: Sequence[Image], held: Mapping[Path, int]) -> Image:
    """Return the picture that stands for a series of slices, and the folder that is their volume.

    Args:
        members: The slices in their order.
        held: How many pictures each folder holds.
    """
    folders = {image.path.parent for image in members}
    alone = len(folders) == 1 and held[members[0].path.parent] == len(members) >= LEAST
    return replace(members[len(members) // 2], slices=len(members), folder=folders.pop() if alone else None)


LEAST = 4
"""Slices from which on a series is a volume."""
VOLUME = QT_TR_NOOP("The series of slices in '{column}' are volumes; each is the folder that holds it.")
MIDDLE = QT_TR_NOOP("Of a series of slices the middle one is the case's image.")


def _described(cases: Kinds, warnings: list[str]) -> Kinds:
    """Leave the description out where side and view tell enough, or where no two studies share it."""
    bases: dict[Kind, list[str]] = defaultdict(list)
    crowded: set[Kind] = set()
    for found in cases.values():
        seen = Counter(replace(kind, description="") for kind in found)
        crowded.update(base for base, count in seen.items() if count > 1)
        for kind in found:
            bases[replace(kind, description="")].append(kind.description)
    plain = {base for base in bases if base not in crowded and base.side and base.view}
    for base, words in bases.items():
        spread = len(set(words)) > 2 and max(Counter(words).values()) == 1
        if base not in crowded and spread:
            plain.add(base)
            warnings.append(tr("The descriptions of series differ from study to study; they do not tell images apart."))
    merged: Kinds = {}
    for case, found in cases.items():
        merged[case] = {}
        for kind, images in found.items():
            base = replace(kind, description="")
            merged[case].setdefault(base if base in plain else kind, []).extend(images)
    return merged


def _numbered(cases: Kinds, warnings: list[str]) -> Kinds:
    """Tell pictures of one kind apart by number, where every case has the same numbers."""
    numbers: dict[Kind, list[dict[str, Image] | None]] = defaultdict(list)
    for found in cases.values():
        for kind, images in found.items():
            numbers[kind].append(_numbers(images))
    told = {
        kind
        for kind, (first, *others) in numbers.items()
        if others and first and len(first) > 1 and all(one is not None and one.keys() == first.keys() for one in others)
    }
    warnings += [
        tr("Several images are {said}; their numbers alone tell them apart: check some.", said=_said(kind))
        for kind in told
    ]
    result: Kinds = {}
    for case, found in cases.items():
        result[case] = {}
        for kind, images in found.items():
            if kind in told:
                for number, image in (_numbers(images) or {}).items():
                    result[case][replace(kind, number=number)] = [image]
            else:
                result[case][kind] = images
    return result


def _numbers(images: Sequence[Image]) -> dict[str, Image] | None:
    """Return pictures by their series' numbers, or their own within one series; None if these do not tell."""
    several = len({image.names["series"] for image in images}) > 1
    keyed = {
        (image.series and f"series_{word(image.series)}") if several else f"image_{image.order[0]:g}": image
        for image in images
    }
    usable = len(keyed) == len(images) and not {"", "image_inf"} & keyed.keys()
    return keyed if usable else None


def _names(counts: Iterable[Kind], known: Collection[str]) -> dict[Kind, str]:
    """Return a column name for each kind; those that the project has first."""
    kinds = list(counts)
    modalities = {kind.modality for kind in kinds}
    shared = Counter(kind.name for kind in kinds)
    names: dict[Kind, str] = {}
    for kind in kinds:
        long = "_".join(part for part in (kind.modality, kind.name) if part) or "image"
        long = long if _usable(long) else f"image_{long}"
        short = kind.name if not kind.name or _usable(kind.name) else f"image_{kind.name}"
        short = short or ("image" if len(modalities) == 1 else long)
        choices = [name for name in (long, short, *(() if kind.name else ("image",))) if name in known]
        taken = choices[0] if choices else (long if shared[kind.name] > 1 else short)
        names[kind] = taken if taken not in names.values() else long
    return names


def _usable(name: str) -> bool:
    return name.isidentifier() and name not in TAKEN


def _common(counts: Counter[Kind], names: Mapping[Kind, str], known: Collection[str], cases: int) -> set[Kind]:
    """Return the kinds that make up the pattern: the project's, else those of a quarter of the cases."""
    if known:
        return {kind for kind in counts if names[kind] in known}
    often = {kind for kind, count in counts.items() if count > 1 and 4 * count >= cases}
    return often or set(counts)


def _usual(
    counts: Counter[Kind],
    names: Mapping[Kind, str],
    common: set[Kind],
    known: Collection[str],
    cases: int,
) -> set[str]:
    """Return the columns that a case is expected to fill; of the project's those not seen here too."""
    often = {names[kind] for kind in common if not known or 4 * counts[kind] >= cases}
    return often | (set(known) - {names[kind] for kind in counts})


def _columns(counts: Counter[Kind], common: set[Kind], asked: set[Kind], cases: int) -> set[Kind]:
    """Return the kinds with a column: the pattern's, and further ones that are no question, not too rare."""
    more = {kind for kind, count in counts.items() if kind not in asked and 10 * count >= cases}
    ordered = sorted(common | more, key=lambda kind: (kind not in common, -counts[kind]))
    return set(ordered[: max(_MOST_COLUMNS, len(common))])


def _say_left(cases: Kinds, columns: set[Kind], asked: set[Kind], warnings: list[str]) -> None:
    left: dict[str, list[str]] = defaultdict(list)
    for case, found in cases.items():
        for kind in found:
            if kind not in columns and kind not in asked:
                left[_said(kind)].append(case)
    for kind_words, names in left.items():
        more = tr(" and {count} more", count=len(names) - 3) if len(names) > 3 else ""
        warnings.append(
            tr(
                "Images that are {kind_words} have no column and are left out: {names}{more}.",
                kind_words=kind_words,
                names=", ".join(names[:3]),
                more=more,
            )
        )


def _said(kind: Kind) -> str:
    parts = (kind.modality.upper(), kind.side, kind.view.upper(), kind.description, kind.intent, kind.number)
    words = " ".join(part.replace("_", " ") for part in parts if part)
    return f"'{words}'" if words else "'image'"


def _how_many(images: Sequence[Image]) -> str:
    several = {image.series for image in images if image.series}
    count = f"{len(images)} times"
    return (
        tr("{count} (series {several})", count=count, several=", ".join(sorted(several))) if len(several) > 1 else count
    )
