"""How a table differs from the project that it is imported into."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mmdesk.core.cases.case import Case, ImageRef
from mmdesk.services.importing.group_splits import GroupSplits, Identity, refuse_moves, say_moves
from mmdesk.services.importing.identity import NamesQuestion, alike, refuse_names
from mmdesk.services.importing.run import ImportRun
from mmdesk.storage.store import NewCase
from mmdesk.words import tr

_NAMED = 10
"""Examples that a sentence names."""


class Known:
    """What a project holds already, beside a table that is imported into it.

    Args:
        cases: The project's cases.
        run: The import; filled with what differs.
    """

    def __init__(self, cases: Sequence[Case], run: ImportRun) -> None:
        self._run = run
        names = run.surveyed.names
        held = {case.name for case in cases}
        groups = {case.group for case in cases}
        self._names = alike(names, held)
        self._groups = alike(run.surveyed.groups.values(), groups)
        case_column, group_column = run.schema.case, run.schema.group or run.schema.case
        found = {case_column: self._names}
        if group_column != case_column:
            found[group_column] = self._groups
        run.names = tuple(NamesQuestion(column, tuple(pairs.items())) for column, pairs in found.items() if pairs)
        told = {self._known_as(n): self._group(g) for n, g in run.surveyed.groups.items()}
        self.splits = GroupSplits(cases, told, keep=run.choices.splits == "keep")
        run.moves = self.splits.moves
        if count := self.splits.regrouped:
            some = (
                tr("{count:,} cases are in another group", count=count)
                if count > 1
                else tr("1 case is in another group")
            )
            stay = "" if run.moves else tr(", and in the same split as before")
            run.log.warnings.append(tr("{some} than before{stay}.", some=some, stay=stay))
        if run.moves and run.choices.splits:
            run.log.warnings.append(say_moves(run.moves, done=True))
        meant = {*names, *self._names.values()} if run.choices.same_ids else set(names)
        run.left = tuple(case.name for case in cases if case.name not in meant)
        if run.left:
            listed = ", ".join(run.left[:_NAMED])
            more = tr(" and {count:,} more", count=len(run.left) - _NAMED) if len(run.left) > _NAMED else ""
            some = f"{len(run.left):,} cases" if len(run.left) > 1 else "1 case"
            run.log.warnings.append(
                tr(
                    "{some} of the project {value} not in this table and {value_2} as before: {listed}{more}.",
                    some=some,
                    value="are" if len(run.left) > 1 else "is",
                    value_2="stay" if len(run.left) > 1 else "stays",
                    listed=listed,
                    more=more,
                )
            )

    def refuse_unclear(self) -> None:
        """Stop an import while something is open that only a person can decide.

        Raises:
            TableProblem: Names or splits are not clear.
        """
        if self._run.names and self._run.choices.same_ids is None:
            raise refuse_names(self._run.names)
        if self.splits.moves and not self._run.choices.splits:
            raise refuse_moves(self.splits.moves)

    def identity(self, name: str) -> Identity:
        """Return what the project calls a case of the table, its group and its split."""
        return self.splits.identity(self._known_as(name))

    def _known_as(self, name: str) -> str:
        return self._names.get(name, name) if self._run.choices.same_ids else name

    def _group(self, group: str) -> str:
        return self._groups.get(group, group) if self._run.choices.same_ids else group


def compared(before: Sequence[Case], cases: Iterator[NewCase], run: ImportRun) -> Iterator[NewCase]:
    """Pass cases on; say at the end which known ones come with other pictures than before."""
    known = {case.name: case for case in before}
    other: list[str] = []
    for case in cases:
        earlier = known.get(case.name)
        for name, value in case.inputs.items():
            held = earlier.inputs.get(name) if earlier else None
            if isinstance(value, ImageRef) and isinstance(held, ImageRef) and value.sha256 != held.sha256:
                other.append(tr("case {name}, {name_2}", name=case.name, name_2=name))
        yield case
    if other:
        more = tr(" and {count:,} more", count=len(other) - _NAMED) if len(other) > _NAMED else ""
        said = (
            tr("{count:,} images are not the ones", count=len(other))
            if len(other) > 1
            else tr("1 image is not the one")
        )
        run.log.warnings.append(
            tr(
                "{said} imported before: {other}{more}. Labels given on the earlier ones stay: look at them again.",
                said=said,
                other="; ".join(other[:_NAMED]),
                more=more,
            )
        )
