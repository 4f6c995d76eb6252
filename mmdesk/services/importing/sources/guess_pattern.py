"""A first pattern for the names of image files that nobody has described yet."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Final

from mmdesk.services.importing.sources.file_pattern import CASE, CLASS, GROUP, IMAGE, SPLIT, escaped

_FAMILIES: Final = tuple(
    tuple(words.split())
    for words in (
        "l r",
        "left right",
        "od os",
        "re le",
        "links rechts",
        "pre post",
        "before after",
        "baseline followup",
        "cc mlo",
        "ap pa lat lateral",
        "frontal lateral",
        "t1 t1c t1ce t1gd t2 flair dwi adc",
        "image mask",
        "images masks",
        "imgs masks",
        "img mask",
    )
)
"""Words that tell the images of one case from one another."""
_SIDES: Final = frozenset("l r left right od os re le".split())  # noqa: SIM905  (reads better)
_SPLITS: Final = frozenset("train training val valid validation test testing".split())  # noqa: SIM905
_APART: Final = re.compile(r"([_\-. ]+)")
_GLUED: Final = re.compile(r"(.*\d)(l|r|od|os)", re.IGNORECASE)
_MOST_IMAGES: Final = 6
_MOST_CLASSES: Final = 50
_MOST_IN_CASE: Final = 8
_LEAST_SHARE: Final = 0.5


def guess_pattern(names: Sequence[str]) -> str:
    """Return the pattern that paths seem to follow, without their endings.

    Args:
        names: Paths relative to the folder, with `/`.
    """
    deep = Counter(name.count("/") for name in names)
    depth = max(deep, key=lambda level: (deep[level], -level))
    paths = [tuple(name.split("/")) for name in names if name.count("/") == depth]
    levels: list[str] = []
    used: set[str] = set()
    for level in range(depth):
        part = _folder(paths, level, used)
        levels.append(part)
        used.update(re.findall(r"\{(\w+)", part))
    if CASE in used:
        case_level = next(level for level, part in enumerate(levels) if part == f"{{{CASE}}}")
        return "/".join([*levels, _inside_case(paths, case_level, IMAGE in used)])
    return "/".join([*levels, _stem(paths, IMAGE in used)])


def _folder(paths: Sequence[tuple[str, ...]], level: int, used: set[str]) -> str:
    """Return what the folders of one level are."""
    held: dict[str, list[tuple[str, ...]]] = defaultdict(list)
    for path in paths:
        held[path[level]].append((*path[:level], *path[level + 1 :]))
    folded = {name.casefold() for name in held}
    if len(held) == 1:
        return escaped(next(iter(held)))
    if folded <= _SPLITS and SPLIT not in used:
        return f"{{{SPLIT}}}"
    if IMAGE not in used and _are_images(held, folded):
        return _images(held)
    if CASE not in used and _are_cases(held):
        return f"{{{CASE}}}"
    if CLASS not in used and len(held) <= _MOST_CLASSES and len(paths) >= 3 * len(held):
        return f"{{{CLASS}}}"
    return f"{{{GROUP}}}" if GROUP not in used else f"{{folder{level + 1}}}"


def _are_images(held: dict[str, list[tuple[str, ...]]], folded: set[str]) -> bool:
    """Tell whether each folder holds one image of every case: the same names come again."""
    if _known(folded):
        return True
    if len(held) > _MOST_IMAGES:
        return False
    seen = Counter(rest for files in held.values() for rest in set(files))
    if all(rest[-1].isdigit() for rest in seen):
        return False  # numbered files come again in the folders of classes too
    return sum(count > 1 for count in seen.values()) >= 0.8 * len(seen) and len(seen) > len(held)


def _are_cases(held: dict[str, list[tuple[str, ...]]]) -> bool:
    """Tell whether each folder is a case: few files, with names that come again in the others."""
    if len(held) < 2 or max(map(len, held.values())) > _MOST_IN_CASE:
        return False
    seen = Counter(_without(rest[-1], name) for name, files in held.items() for rest in set(files))
    return len(seen) <= _MOST_IN_CASE and min(seen.values()) >= _LEAST_SHARE * len(held) and len(seen) <= len(held)


def _without(stem: str, case: str) -> str:
    return stem.replace(case, f"{{{CASE}}}")


def _inside_case(paths: Sequence[tuple[str, ...]], level: int, images: bool) -> str:
    """Return the part for the files in a case's folder."""
    stems = {_without(path[-1], path[level]) for path in paths}
    if len(stems) == 1:
        return next(iter(stems))
    if images:
        return "*"
    before = _shared(stems)
    after = _shared([stem[len(before) :][::-1] for stem in stems])[::-1]
    parts = [stem[len(before) : len(stem) - len(after)] for stem in stems]
    return f"{before}{_images(parts)}{after}"


def _shared(texts: Iterable[str]) -> str:
    """Return the beginning that all texts have, up to a place where words end."""
    ordered = sorted(texts)
    first, last = ordered[0], ordered[-1]
    size = next((at for at, (one, other) in enumerate(zip(first, last, strict=False)) if one != other), len(first))
    while size and (size == min(map(len, ordered)) or not _APART.fullmatch(first[size - 1])):
        size -= 1
    return first[:size]


def _stem(paths: Sequence[tuple[str, ...]], images: bool) -> str:
    """Return the part for names of files that hold the case, and perhaps which image it is."""
    if images:
        return f"{{{CASE}}}"
    ways: tuple[Callable[[str], tuple[str, str, str] | None], ...] = (_last_two, _last, _first, _before_last, _glued)
    for way in ways:
        split = [(path[:-1], found) for path in paths if (found := way(path[-1]))]
        if len(split) >= 0.8 * len(paths) and (part := _pairs(split, way)):
            return part
    return f"{{{CASE}}}"


def _pairs(split: Sequence[tuple[tuple[str, ...], tuple[str, str, str]]], way: object) -> str:
    """Return the part where the words at one place tell the images of one case apart; else empty."""
    words = Counter(found[1].casefold() for _, found in split)
    cases: dict[tuple[tuple[str, ...], str], set[str]] = defaultdict(set)
    for folders, (case, word, _) in split:
        cases[folders, case].add(word.casefold())
    known = bool(_known(words))
    if not 2 <= len(words) <= _MOST_IMAGES:
        return ""
    if way is _last_two:
        both = [_APART.split(word) for word in words]
        known = all(len(part) == 3 and part[0] in _SIDES for part in both) and len({p[2] for p in both}) > 1
        if not known:
            return ""
    paired = sum(len(seen) > 1 for seen in cases.values())
    if known:
        enough = paired > 0
    else:
        often = min(words.values()) >= _LEAST_SHARE * len(cases)
        enough = way is _last and often and len(cases) > 2 and paired >= 0.8 * len(cases)
    if not enough:
        return ""
    between = Counter(found[2] for _, found in split).most_common(1)[0][0]
    return between.replace("\0", _images(found[1] for _, found in split))


def _images(words: Iterable[str]) -> str:
    spelled: dict[str, str] = {}
    for word in words:
        spelled.setdefault(word.casefold(), word)
    family = _known(spelled)
    order = sorted(spelled, key=family.index if family else None)
    return f"{{{IMAGE}={'|'.join(spelled[word] for word in order)}}}"


def _known(words: Collection[str]) -> tuple[str, ...]:
    """Return the family that words are of; empty where they are of none."""
    return next((family for family in _FAMILIES if set(words) <= set(family)), ())


def _last_two(stem: str) -> tuple[str, str, str] | None:
    parts = _APART.split(stem)
    if len(parts) < 5 or not parts[0]:
        return None
    return "".join(parts[:-4]), "".join(parts[-3:]), f"{{{CASE}}}{parts[-4]}\0"


def _last(stem: str) -> tuple[str, str, str] | None:
    parts = _APART.split(stem)
    return ("".join(parts[:-2]), parts[-1], f"{{{CASE}}}{parts[-2]}\0") if len(parts) > 2 and parts[0] else None


def _first(stem: str) -> tuple[str, str, str] | None:
    parts = _APART.split(stem)
    return ("".join(parts[2:]), parts[0], f"\0{parts[1]}{{{CASE}}}") if len(parts) > 2 and parts[0] else None


def _before_last(stem: str) -> tuple[str, str, str] | None:
    parts = _APART.split(stem)
    if len(parts) < 5 or not parts[0]:
        return None
    return "".join(parts[:-4]), parts[-3], f"{{{CASE}}}{parts[-4]}\0{parts[-2]}*"


def _glued(stem: str) -> tuple[str, str, str] | None:
    found = _GLUED.fullmatch(stem)
    return (found[1], found[2], f"{{{CASE}}}\0") if found else None


__all__ = ["guess_pattern"]
