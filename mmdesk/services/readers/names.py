"""Use case: a reader gets another name, or two names that are one person become one."""

from __future__ import annotations

from dataclasses import dataclass, field

from mmdesk.core.changes import Change
from mmdesk.core.errors import Situation
from mmdesk.services.project import Project
from mmdesk.services.readers.second_reading import ADJUDICATOR, usable_name
from mmdesk.storage.cases import assignments, readers
from mmdesk.storage.cases.answers import label_cells
from mmdesk.storage.database.cells import cells_to_text
from mmdesk.words import tr

_EXAMPLES = 5


@dataclass(frozen=True, slots=True)
class Renamed:
    """What a change of name did.

    Attributes:
        old: The name that ended.
        new: The name that goes on.
        merged: Both were known before.
        clashes: Case and target that both had labelled differently; the later label stays.
    """

    old: str
    new: str
    merged: bool
    clashes: tuple[tuple[str, str], ...] = field(default=())


def rename_reader(
    project: Project, old: str, new: str, *, who: str, merge: bool = False, later: bool = False
) -> tuple[Renamed, Change]:
    """Let everything of one reader stand under another name; the journal keeps both.

    Args:
        project: The project.
        old: The name that ends.
        new: The name that goes on.
        who: Who asks for it, for the journal.
        merge: The new name is known, and both are one person.
        later: Where both labelled differently, the later label stays; else that is refused.

    Raises:
        Situation: Nobody has the old name; somebody has the new one and they are not to be merged;
            they labelled differently; or one decides where the other read.
    """
    new = usable_name(new)
    store = project.store
    with store.write() as writing:
        known = assignments.readers(writing.connection)
        if old not in known:
            raise Situation(
                tr("Nobody called '{old}' has read here.", old=old),
                do=tr("The readers are: {known}.", known=", ".join(known) or tr("none")),
            )
        if old == new:
            raise Situation(tr("'{old}' is the name already.", old=old), do=tr("Give another name."))
        if new in known and not merge:
            raise Situation(
                tr("There is a reader '{new}' already.", new=new),
                do=tr("If both are one person, merge them; else choose another name."),
            )
        adjudicator = store.setting(ADJUDICATOR) or ""
        if adjudicator == new:
            raise Situation(
                tr("'{new}' decides where readers differ, so cannot be one of them.", new=new),
                do=tr("Choose another name."),
            )
        clashed = readers.clashes(writing.connection, old, new)
        names = assignments.names(writing.connection, store.cases_table, [case for case, _ in clashed])
        told = tuple((names.get(case, str(case)), target) for case, target in clashed)
        if told and not later:
            listed = ", ".join(f"{case} ({target})" for case, target in told[:_EXAMPLES])
            raise Situation(
                tr(
                    "'{old}' and '{new}' labelled {count} targets differently, such as {listed}.",
                    old=old,
                    new=new,
                    count=len(told),
                    listed=listed,
                ),
                do=tr("Look whether both are one person. To go on, let the later label stay."),
            )

        def text(row: object) -> str | None:
            target = project.schema.field(row["target"])  # type: ignore[index]
            return cells_to_text(label_cells(target, row["number"], row["words"], row["missing"]))  # type: ignore[index]

        readers.rename(writing, project.schema, old, new, who, text)
    project.changed()
    change = Change(worklist=True, marks=True, saved_at=store.last_stored)
    return Renamed(old, new, new in known, told), change
