"""Whether the names in a table are those of a project: zeros that were lost, ids that were shortened."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from mmdesk.core.errors import TableProblem
from mmdesk.words import tr

_ZEROS = re.compile(r"(?<!\d)0+(?=\d)")
_LISTED = 5


@dataclass(frozen=True, slots=True)
class NamesQuestion:
    """Names of a table that are those of a project but for leading zeros or letter case.

    Attributes:
        column: The column that they stand in.
        pairs: The name in the table, and the one in the project.
    """

    column: str
    pairs: tuple[tuple[str, str], ...]

    def say(self, listed: int = _LISTED) -> str:
        """Return what is not clear, with examples."""
        shown = ", ".join(f"'{new}' and '{old}'" for new, old in self.pairs[:listed])
        more = tr(" and {count:,} more", count=len(self.pairs) - listed) if len(self.pairs) > listed else ""
        count = f"{len(self.pairs):,} names" if len(self.pairs) > 1 else "1 name"
        differ = "differ" if len(self.pairs) > 1 else "differs"
        return tr(
            "{count} in '{column}' {differ} from the project's only by leading zeros or letter case: {shown}{more}.",
            count=count,
            column=self.column,
            differ=differ,
            shown=shown,
            more=more,
        )


def alike(names: Iterable[str], known: Iterable[str]) -> dict[str, str]:
    """Return, for each name that is not known, the one known name that it may be meant for.

    Example:
        >>> alike(["1", "2", "007"], ["001", "2"])
        {'1': '001'}
    """
    names, held = set(names), set(known)
    by_key: defaultdict[str, list[str]] = defaultdict(list)
    for name in held - names:
        by_key[_key(name)].append(name)
    found = {name: by_key.get(_key(name), []) for name in sorted(names - held)}
    return {name: meant[0] for name, meant in found.items() if len(meant) == 1}


def same_but_zeros(names: Iterable[str]) -> list[tuple[str, str]]:
    """Return pairs of names of one table that differ only by leading zeros or letter case."""
    first: dict[str, str] = {}
    pairs = []
    for name in names:
        other = first.setdefault(_key(name), name)
        if other != name:
            pairs.append((other, name))
    return pairs


def refuse_names(questions: Iterable[NamesQuestion]) -> TableProblem:
    """Return what is to be said where nobody decided whether names mean the same."""
    return TableProblem(
        " ".join(question.say() for question in questions),
        tr("Nothing was changed."),
        tr("Say whether they are the same: --ids same, or --ids different."),
    )


def refuse_shortened(column: str, example: str) -> TableProblem:
    """Return what is to be said where a column's ids have lost digits."""
    return TableProblem(
        tr(
            "The ids in '{column}' were shortened by a spreadsheet program, such as '{example}': their last "
            "digits are lost.",
            column=column,
            example=example,
        ),
        tr("Your table is untouched."),
        tr(
            "Write the table again from its source with that column as text. Another column can name the "
            "cases where a schema says so."
        ),
    )


def _key(name: str) -> str:
    return _ZEROS.sub("", name).casefold()
