"""Inputs that a case names and that could not be read: counted, said, and too many of them refused."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from mmdesk.core.cases.case import Case
from mmdesk.core.errors import TrainingRefused
from mmdesk.core.fields.kinds import kind_of
from mmdesk.core.fields.schema import Schema
from mmdesk.core.fields.values import Missing, Reason
from mmdesk.words import QT_TR_NOOP, tr

MOST_UNREAD: Final = 0.2
"""Share of an image's cases above which nothing is trained: the model would learn without looking."""
NOT_READ: Final = QT_TR_NOOP("Inputs that could not be read count as missing")
"""How the sentence begins that says what could not be read."""
_LISTED: Final = 10
_KEPT: Final = 200
_NOT_READ: Final = (Reason.NO_FILE, Reason.UNREADABLE)


@dataclass(frozen=True, slots=True)
class Unread:
    """An input that could not be read.

    Attributes:
        case: The case's name.
        input: The input's title.
        why: Why, in words.
    """

    case: str
    input: str
    why: str

    def say(self) -> str:
        """Return it in words."""
        return tr("case {case}, {input}: {why}", case=self.case, input=self.input, why=self.why)


@dataclass(frozen=True, slots=True)
class InputsRead:
    """How many inputs some cases name, and which of them could not be read.

    Attributes:
        asked: Cases that name a value, by input's title.
        unread: What could not be read, in the order of the cases.
        images: Titles of the images.
    """

    asked: Mapping[str, int] = field(default_factory=dict)
    unread: tuple[Unread, ...] = ()
    images: frozenset[str] = frozenset()

    def __add__(self, other: InputsRead) -> InputsRead:
        """Return both together, as of two lots of cases."""
        asked = dict(Counter(self.asked) + Counter(other.asked))
        return InputsRead(asked, self.unread + other.unread, self.images | other.images)

    def say(self) -> str:
        """Return in one sentence what could not be read; empty when all was."""
        counts = Counter(one.input for one in self.unread)
        parts = [
            tr("{count:,} of {asked:,} of {title}", count=count, asked=self.asked[title], title=title)
            for title, count in counts.items()
        ]
        return f"{tr(NOT_READ)}: {', '.join(parts)}." if parts else ""

    def as_json(self) -> dict[str, Any]:
        """Return the counts by input and the first of the list, for the card and for `--json`."""
        counts = Counter(one.input for one in self.unread)
        return {
            "unread": len(self.unread),
            "by_input": {title: {"unread": counts[title], "of": of} for title, of in self.asked.items()},
            "list": [one.say() for one in self.unread[:_KEPT]],
        }

    def check(self) -> None:
        """See that enough could be read to learn from.

        Raises:
            TrainingRefused: More than `MOST_UNREAD` of an image could not be read.
        """
        counts = Counter(one.input for one in self.unread)
        for title in sorted(self.images):
            if counts[title] <= MOST_UNREAD * self.asked.get(title, 0):
                continue
            some = [one for one in self.unread if one.input == title]
            more = tr("; and {count:,} more", count=len(some) - _LISTED) if len(some) > _LISTED else ""
            raise TrainingRefused(
                tr(
                    "{counts:,} of {asked:,} images of {title} could not be read, more than {most_unread:.0%}",
                    counts=counts[title],
                    asked=self.asked[title],
                    title=title,
                    most_unread=MOST_UNREAD,
                ).replace("%", " %")
                + f": {'; '.join(one.say() for one in some[:_LISTED])}{more}.",
                do=tr("Put the files back or import the table again, or mark these images missing."),
                details="\n".join(one.say() for one in some),
            )


def inputs_read(
    schema: Schema, cases: Sequence[Case], failed: Mapping[tuple[int, str], str], names: Collection[str]
) -> InputsRead:
    """Count what cases name and what of it could not be read.

    What a table leaves out, or a reader marked missing, is not named.

    Args:
        schema: The fields.
        cases: The cases.
        failed: Why images could not be used, by case id and input.
        names: The inputs that count.
    """
    asked: Counter[str] = Counter()
    unread = []
    fields = [entry for entry in schema.inputs if entry.name in names]
    for case in cases:
        for entry in fields:
            value = case.inputs.get(entry.name)
            why = failed.get((case.id, entry.name), "")
            if isinstance(value, Missing):
                if value.reason not in _NOT_READ:
                    continue
                why = value.say()
            elif value is None:
                continue
            asked[entry.title] += 1
            if why:
                unread.append(Unread(case.name, entry.title, why))
    images = frozenset(entry.title for entry in fields if kind_of(entry).is_image)
    return InputsRead(dict(asked), tuple(unread), images)
