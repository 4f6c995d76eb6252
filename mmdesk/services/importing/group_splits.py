"""The split of each case of a table: stored once, and moved only when a person says so."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from mmdesk.core.cases.case import Case
from mmdesk.core.errors import TableProblem
from mmdesk.core.fields.splits import SPLITS, split_of
from mmdesk.words import tr

_LISTED = 20


class Identity(NamedTuple):
    """What a case is called in the project, and what keeps it apart from the others."""

    name: str
    group: str
    split: str


@dataclass(frozen=True, slots=True)
class SplitMove:
    """A known case that goes to another split, because the table gives it another group.

    Attributes:
        case: Its name.
        before: The split it is in.
        after: The split of its new group.
        old_group: The group it was in.
        group: The group that the table tells.
    """

    case: str
    before: str
    after: str
    old_group: str
    group: str

    def say(self) -> str:
        """Return the move in few words."""
        return tr(
            "{case} from {before} to {after} (group '{old_group}', now '{group}')",
            case=self.case,
            before=self.before,
            after=self.after,
            old_group=self.old_group,
            group=self.group,
        )


class GroupSplits:
    """Which group and split each case has once a table is imported.

    A group that the project knows keeps its split; another one gets what the rule gives, or with
    `keep` the split that its known cases are in: of several the training split before validation
    before test, so that no case that was learnt from is ever a test case.

    Args:
        known: The project's cases.
        told: Group of each case of the table that tells one, by the project's name of the case.
        keep: Keep cases in their splits where their group changed.

    Attributes:
        regrouped: How many known cases get another group.
        moves: Those of them that go to another split.
    """

    def __init__(self, known: Sequence[Case], told: Mapping[str, str], *, keep: bool = False) -> None:
        self._groups = {case.name: case.group for case in known} | dict(told)
        self._splits: dict[str, str] = {}
        changed = [case for case in known if self._groups[case.name] != case.group]
        for case in known:
            if self._groups[case.name] == case.group:
                self._splits[case.group] = case.split
        if keep:
            for case in sorted(changed, key=lambda case: SPLITS.index(case.split)):
                self._splits.setdefault(self._groups[case.name], case.split)
        self.regrouped = len(changed)
        self.moves = tuple(
            SplitMove(case.name, case.split, after, case.group, self._groups[case.name])
            for case in changed
            if (after := self.split(self._groups[case.name])) != case.split
        )

    def group(self, name: str) -> str:
        """Return the group of a case: what the table tells, what is known, or its own name."""
        return self._groups.get(name, name)

    def split(self, group: str) -> str:
        """Return the split of a group."""
        return self._splits.get(group) or split_of(group)

    def identity(self, name: str) -> Identity:
        """Return name, group and split of a case."""
        group = self.group(name)
        return Identity(name, group, self.split(group))


def say_moves(moves: Sequence[SplitMove], *, done: bool = False, listed: int = _LISTED) -> str:
    """Say how many cases move between which splits, and which."""
    ways = Counter((move.before, move.after) for move in moves)
    counts = ", ".join(
        tr("{count:,} from {before} to {after}", count=count, before=before, after=after)
        for (before, after), count in ways.most_common()
    )
    shown = "; ".join(move.say() for move in moves[:listed])
    more = tr("; and {count:,} more", count=len(moves) - listed) if len(moves) > listed else ""
    some = f"{len(moves):,} cases" if len(moves) != 1 else "1 case"
    verb = (tr("were moved") if len(moves) != 1 else tr("was moved")) if done else tr("would move")
    return tr(
        "{some} {verb} to another split, as the table gives another group: {counts}. {shown}{more}.",
        some=some,
        verb=verb,
        counts=counts,
        shown=shown,
        more=more,
    )


def refuse_moves(moves: Iterable[SplitMove]) -> TableProblem:
    """Return what is to be said where nobody decided whether cases may change their split."""
    return TableProblem(
        say_moves(tuple(moves)),
        tr("Nothing was changed."),
        tr(
            "Say --keep-splits to leave these cases in their splits, or --move-splits to move them: then models "
            "that learnt from cases that are test cases now can no longer be judged on these."
        ),
    )
