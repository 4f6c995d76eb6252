"""How the names of files tell which case, which image of it and which class each file is of.

A pattern is a path without its ending, in which braces stand for what differs:

- `{case}_{image=left|right}`: two images of each case, by the end of the name;
- `{class}/{case}`: a folder for each class;
- `{group}/{case}`: a folder for each person;
- `*` is any text within a name. Another word in braces, such as `{site}`, becomes a column.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from mmdesk.core.errors import FieldProblem
from mmdesk.words import tr

CASE, IMAGE, GROUP, CLASS, SPLIT = "case", "image", "group", "class", "split"
EXAMPLE: Final = "{case}_{image=left|right}"
_PART: Final = re.compile(r"\{([^{}=]*)(?:=([^{}]*))?\}|\*")
_NAME: Final = re.compile(r"[^\W\d]\w*")


@dataclass(frozen=True, slots=True)
class FilePattern:
    """A pattern that can be held against paths.

    Attributes:
        text: As a person writes it.
        names: What it tells of a file, in the order of the pattern.
        options: The texts that a part may have, where the pattern lists them.
    """

    text: str
    names: tuple[str, ...]
    options: dict[str, tuple[str, ...]]
    _expression: re.Pattern[str]

    @classmethod
    def read(cls, text: str) -> FilePattern:
        """Read a pattern.

        Raises:
            FieldProblem: It does not say what names the case, or a brace is not closed.
        """
        plain = text.strip().replace("\\", "/").strip("/")
        names: dict[str, None] = {}
        options: dict[str, tuple[str, ...]] = {}
        made, end = "", 0
        for found in _PART.finditer(plain):
            made += _literal(plain[end : found.start()], text)
            end = found.end()
            if found.group() == "*":
                made += "[^/]*"
                continue
            name = found[1].strip().lower()
            if not _NAME.fullmatch(name):
                raise _refused(tr("'{part}' in the pattern '{text_}' is no name.", part=found.group(), text_=text))
            if name in names:
                made += f"(?P={name})"
                continue
            names[name] = None
            if found[2] is not None:
                options[name] = tuple(dict.fromkeys(part.strip() for part in found[2].split("|") if part.strip()))
            made += f"(?P<{name}>{_choice(options.get(name, ()))})"
        made += _literal(plain[end:], text)
        if CASE not in names:
            raise _refused(tr("The pattern '{text_}' does not say which part names the case.", text_=text))
        return cls(plain, tuple(names), options, re.compile(made, re.IGNORECASE))

    def match(self, path: str) -> dict[str, str] | None:
        """Return what a path without its ending tells; None when it does not fit."""
        found = self._expression.fullmatch(path)
        if found is None:
            return None
        told = found.groupdict()
        for name, options in self.options.items():
            alike = [option for option in options if option.casefold() == told[name].casefold()]
            told[name] = alike[0] if alike else told[name]
        return told


def escaped(text: str) -> str:
    """Return a folder's or file's own text as it stands in a pattern."""
    return re.sub(r"[{}*]", "*", text)


def _literal(text: str, whole: str) -> str:
    if "{" in text or "}" in text:
        raise _refused(tr("A brace in the pattern '{whole}' has no partner.", whole=whole))
    return re.escape(text)


def _choice(options: tuple[str, ...]) -> str:
    return "|".join(re.escape(option) for option in sorted(options, key=len, reverse=True)) or "[^/]+?"


def _refused(what: str) -> FieldProblem:
    return FieldProblem(what, tr("Nothing was written."), tr("Write it as in {example}.", example=EXAMPLE))
