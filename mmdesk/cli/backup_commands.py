"""Commands about backups: backup, restore."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from mmdesk.cli.options import Json, ProjectPath, opened
from mmdesk.cli.terminal import Terminal, table
from mmdesk.core.errors import NotAProject
from mmdesk.words import QT_TR_NOOP, tr

if TYPE_CHECKING:
    from mmdesk.services.backups import BackupPreviews


def add_to(app: typer.Typer) -> None:
    """Add these commands to the program."""
    app.command("backup")(backup)
    app.command("restore")(restore)


def backup(project: ProjectPath, json: Json = False) -> None:
    """Make a backup of a project now.

    One is made by itself too: when a project is closed and half an hour after the last one, if
    something changed, and before each import, migration and restore.
    """
    from mmdesk.services.backups import back_up

    terminal = Terminal(as_json=json)
    with opened(project) as target, terminal.working() as work:
        made = back_up(target, work)
    terminal.finish({"project": str(project), "backup": str(made)}, tr("Backed up: {made}", made=made))


def restore(
    project: ProjectPath,
    name: Annotated[
        str,
        typer.Option("--backup", metavar="NAME", help=QT_TR_NOOP("The backup to put in place; a name from the list.")),
    ] = "",
    recover: Annotated[
        bool,
        typer.Option(
            "--recover",
            help=QT_TR_NOOP(
                "Make a damaged project again: the newest good backup, and each change since from the journal's mirror."
            ),
        ),
    ] = False,
    json: Json = False,
) -> None:
    """List a project's backups, or put one in place.

    What stands before is kept as a backup, or in backups/replaced-... where it is damaged.
    """
    from mmdesk.services import backups

    if name and recover:
        raise typer.BadParameter(tr("--backup and --recover exclude each other."))
    terminal = Terminal(as_json=json)
    facts: dict[str, Any] = {"project": str(project)}
    if recover:
        done = backups.recover(project)
        facts |= {"backup": done.backup.name, "changes": done.replayed, "left_out": dict(done.left_out)}
        terminal.finish(facts, backups.say_recovered(done))
        return
    looks = backups.look_at_backups(project)
    if not name:
        _list(terminal, facts, looks)
        return
    chosen = next((look.backup for look in looks.looks if name in (look.backup.path.name, look.backup.path.stem)), None)
    if chosen is None:
        what = tr("This project has no backup '{name}'.", name=name)
        raise NotAProject(what, tr("The project is untouched."), tr("See them with: mmdesk restore PROJECT"))
    backups.restore(project, chosen.path)
    facts["backup"] = chosen.path.name
    words = tr("Restored: {name}. What stood before is kept in the backups.", name=chosen.path.name)
    terminal.finish(facts, words)


def _list(terminal: Terminal, facts: dict[str, Any], looks: BackupPreviews) -> None:
    facts["backups"] = [
        {
            "name": look.backup.path.name,
            "at": look.backup.at.isoformat(),
            "size": look.backup.size,
            "cases": look.cases,
            "labels": look.labels,
            "lost": look.lost,
            "problem": look.problem,
        }
        for look in looks.looks
    ]
    nothing = tr("nothing") if looks.cases is not None else tr("not known")
    rows = [
        (look.backup.path.name, f"{look.cases:,}", f"{look.labels:,}", look.problem or look.lost or nothing)
        for look in looks.looks
    ]
    heads = ("backup", "cases", "labels", tr("lost by restoring it"))
    words = [] if looks.looks else [tr("This project has no backup yet. Make one with: mmdesk backup PROJECT")]
    damaged = []
    if looks.cases is None:
        damaged.append(
            tr("The project as it stands cannot be read. Make it again with: mmdesk restore PROJECT --recover")
        )
    terminal.finish(facts, *([table(heads, rows)] if rows else words), *damaged)
