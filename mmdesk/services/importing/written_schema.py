"""A schema that was guessed, written to a file to be edited, with the reasons beside it."""

from __future__ import annotations

from pathlib import Path

from mmdesk.core.errors import Situation
from mmdesk.core.fields.schema_toml import write_schema
from mmdesk.services.importing.guess import TableLook
from mmdesk.support.files import write_whole
from mmdesk.words import tr


def write_guess(look: TableLook, path: Path) -> None:
    """Write the schema with a comment for each column; a file that is there stays.

    Raises:
        Situation: The file is there, or cannot be written.
    """
    if path.exists():
        raise Situation(
            tr("{path} is there already.", path=path),
            tr("Nothing was written."),
            tr("Give another name for the schema."),
        )
    said = [
        *look.columns(),
        *([tr("Pattern: {pattern}; {fit}.", pattern=look.pattern, fit=look.fit)] if look.pattern else []),
        *look.warnings,
    ]
    comments = "".join(f"# {' '.join(line.split())}\n" for line in said)
    try:
        write_whole(path, f"{comments}\n{write_schema(look.schema)}")
    except OSError as reason:
        raise Situation(
            tr("{path} cannot be written.", path=path),
            tr("Nothing was written."),
            tr("Choose a folder that can be written."),
            details=str(reason),
        ) from reason
