"""What an export holds: which cases, whose labels, which columns."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from mmdesk.core.cases.case import REFERENCE
from mmdesk.core.errors import FieldProblem, Situation
from mmdesk.core.fields.search import parse_search
from mmdesk.services.exporting.parts import USUAL, Part
from mmdesk.services.project import Project
from mmdesk.words import tr


@dataclass(frozen=True, slots=True)
class Choices:
    """What an export holds.

    Attributes:
        search: Which cases: a search line, see `core.fields.search`; all when empty.
        split: Of this split only; of all when empty.
        status: Of this state only, a word of `is:` in the search line; any when empty.
        whose: Whose labels, `reference` for the table's; everybody's when empty.
        parts: Which columns.
        models: Versions whose predictions are written; the current one when empty.
    """

    search: str = ""
    split: str = ""
    status: str = ""
    whose: tuple[str, ...] = ()
    parts: tuple[Part, ...] = USUAL
    models: tuple[str, ...] = ()

    @property
    def line(self) -> str:
        """The search line that all choices of cases make together."""
        split, status = (f"split:{self.split}" if self.split else ""), (f"is:{self.status}" if self.status else "")
        return " ".join(part for part in (self.search, split, status) if part)


def chosen_ids(project: Project, choices: Choices, reader: str) -> list[int] | None:
    """Return the ids of the cases that are chosen, in the table's order; None for all.

    Args:
        project: The project.
        choices: The search line is understood as this reader sees the worklist.
        reader: For whom; empty for everything.

    Raises:
        Situation: The search line is not understood, or would tell what the own read comes before.
    """
    if not choices.line.strip():
        return None
    store = project.store
    blind = bool(reader) and project.own_read_first and not store.is_done(reader)
    search = parse_search(choices.line, project.schema, blind=blind)
    if not reader and (
        words := [term.value for term in search.terms if term.kind == "is" and term.value in _BY_READER]
    ):
        raise Situation(
            tr("'is:{word}' is about a reader, and none is named.", word=words[0]),
            tr("Nothing is written."),
            tr("Name the reader too."),
        )
    return store.case_ids(search, "position", reader)


_BY_READER = ("unread", "read", "corrected", "referred", "conflict", "assigned")


def check_readers(choices: Choices, known: Iterable[str]) -> None:
    """See that those whose labels are chosen have labelled.

    Raises:
        FieldProblem: One has no label that may be written.
    """
    names = sorted({*known} - {REFERENCE}, key=str.casefold)
    for name in choices.whose:
        if name != REFERENCE and name not in names:
            raise FieldProblem(
                tr("There is no label of {name} that may be written.", name=name),
                tr("Nothing is written."),
                tr("Choose among {names}.", names=", ".join([*names, REFERENCE])),
            )


def chosen_versions(project: Project, choices: Choices) -> tuple[str, ...]:
    """Return the model versions whose predictions are written.

    Raises:
        FieldProblem: There is no such version.
    """
    known = [row.id for row in project.store.versions()]
    for name in choices.models:
        if name not in known:
            raise FieldProblem(
                tr("There is no model version {model}.", model=name),
                tr("Nothing is written."),
                tr("Choose one of: {known}.", known=", ".join(known)),
            )
    current = project.store.current_version()
    return choices.models or ((current,) if current else ())
