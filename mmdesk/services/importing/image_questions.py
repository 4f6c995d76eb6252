"""What has to be asked before images are imported: names that fit several files, files named twice."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from mmdesk.core.errors import SchemaProblem, TableProblem
from mmdesk.core.fields.kinds import kind_of, says_missing
from mmdesk.core.fields.schema import Field, Schema
from mmdesk.services.images.lookup import Lookup, parts_of
from mmdesk.services.importing.survey import Places, case_name
from mmdesk.tabular.table import Table, TableRow
from mmdesk.words import tr

_LISTED = 10
"""Examples in a sentence; the details hold more."""
_KEPT = 200


@dataclass(frozen=True, slots=True)
class ImageChoices:
    """What a person decided about images that are not clear.

    Attributes:
        folders: Folder to look in, by field or column; relative to the table's.
        same_file: One file may stand for two inputs of a case, or for two different names.
        unclear_missing: Images that are not clear count as missing.
    """

    folders: Mapping[str, str] = field(default_factory=dict)
    same_file: bool = False
    unclear_missing: bool = False

    def applied(self, schema: Schema) -> Schema:
        """Return a schema with the folders that were chosen.

        Raises:
            SchemaProblem: A folder is given for what is no image.
        """
        left = dict(self.folders)
        fields = []
        for entry in schema:
            chosen = [left.pop(key) for key in (entry.name, *entry.columns) if key in left]
            if chosen and not kind_of(entry).is_image:
                raise SchemaProblem(
                    tr("'{title}' is no image.", title=entry.title), do=tr("Give a folder for an image's column.")
                )
            fields.append(replace(entry, folder=chosen[0]) if chosen else entry)
        if left:
            images = ", ".join(entry.columns[0] for entry in schema.images) or "none"
            raise SchemaProblem(
                tr("No image is called '{left}'.", left=next(iter(left))),
                do=tr("The columns of images are: {images}.", images=images),
            )
        return replace(schema, fields=tuple(fields))


@dataclass(frozen=True, slots=True)
class ImageQuestion:
    """Something about images that only a person can decide.

    Attributes:
        column: The table's column.
        field: The image's field.
        cells: How many cells it is about.
        examples: Some of them, each with its row and the files.
        folders: Folders of which one may be chosen for the column, relative to the table's; none
            when the same file is named twice.
        twice: The same file is named twice, rather than one name fitting several files.
        series: Cases of DICOM files whose series do not fit those of the others.
        outside: Files that lie outside of the table's folder and of those that were named.
    """

    column: str
    field: str
    cells: int
    examples: tuple[str, ...]
    folders: tuple[str, ...] = ()
    twice: bool = False
    series: bool = False
    outside: bool = False

    def say(self, listed: int = _LISTED) -> str:
        """Return what is not clear, with examples."""
        if self.series:
            return self._said_of_series(listed)
        if self.outside:
            more = tr("; and {cells:,} more", cells=self.cells - listed) if self.cells > listed else ""
            return tr(
                "'{column}' names files outside of the folders that you named; they are not opened: {examples}{more}.",
                column=self.column,
                examples="; ".join(self.examples[:listed]),
                more=more,
            )
        what = tr("name a file that is taken already") if self.twice else tr("fit several files")
        if self.cells == 1:
            what = what.replace(tr("name a"), tr("names a"), 1).replace("fit", "fits", 1)
        count = f"{self.cells:,} {'image' if self.cells == 1 else 'images'} of '{self.column}'"
        more = tr("; and {cells:,} more", cells=self.cells - listed) if self.cells > listed else ""
        return f"{count} {what}: {'; '.join(self.examples[:listed])}{more}."

    def _said_of_series(self, listed: int) -> str:
        count = tr("1 case does") if self.cells == 1 else tr("{cells:,} cases do", cells=self.cells)
        more = tr("; and {cells:,} more", cells=self.cells - listed) if self.cells > listed else ""
        return tr(
            "{count} not have the series of the others: {examples}{more}.",
            count=count,
            examples="; ".join(self.examples[:listed]),
            more=more,
        )


@dataclass(slots=True)
class Unclear:
    """Cells whose image is not clear.

    Attributes:
        texts: Field and text of cells, wherever they stand.
        cases: Field and case, where only that case is concerned.
    """

    texts: set[tuple[str, str]] = field(default_factory=set)
    cases: set[tuple[str, str]] = field(default_factory=set)


class ImageQuestions:
    """Goes through a table's image cells before anything is imported.

    Args:
        schema: The schema, folders as chosen.
        table: The table.
        places: Where its columns are.
        lookup: Finds the files.

    Attributes:
        unclear: Which cells the questions are about.
    """

    def __init__(self, schema: Schema, table: Table, places: Places, lookup: Lookup) -> None:
        self._table = table
        self._places = places
        self._lookup = lookup
        self._images = [(f, places.fields[f.name][0]) for f in schema.images if f.name in places.fields]
        self._cells: dict[tuple[str, bool], dict[str, str]] = {}
        self._folders: dict[str, set[str]] = {}
        self._away: dict[str, dict[str, str]] = {}
        self._away_folders: dict[str, set[str]] = {}
        self._named: dict[Path, tuple[str, str, int]] = {}
        self._cases: dict[str, dict[Path, Field]] = {}
        self._twice: set[tuple[str, str]] = set()
        self.unclear = Unclear()

    def ask(self, names: Mapping[str, int], tick: Callable[[int], None]) -> tuple[ImageQuestion, ...]:
        """Return the questions; none when every image is clear.

        Args:
            names: How many rows each case has.
            tick: Told the number of each row.
        """
        for row in self._table.rows():
            if isinstance(row, TableRow):
                tick(row.number)
                self._row(row, names)
        questions = [self._question(entry, twice) for entry, _ in self._images for twice in (False, True)
                     if (entry.name, twice) in self._cells]  # fmt: skip
        return (*questions, *(self._away_question(entry) for entry, _ in self._images if entry.name in self._away))

    def forget_twice(self) -> None:
        """Let a file be named twice; only names that fit several files stay unclear."""
        self.unclear.cases.clear()
        self.unclear.texts -= self._twice

    def _row(self, row: TableRow, names: Mapping[str, int]) -> None:
        case = case_name(row.cells[self._places.case])
        files: dict[Path, Field] = self._cases.setdefault(case, {}) if names.get(case, 1) > 1 else {}
        for entry, place in self._images:
            text = row.cells[place].strip()
            if says_missing(text, entry):
                continue
            found = self._lookup.find(entry.folder, text, stacks=kind_of(entry).is_stack)
            if found.several:
                held = " or ".join(found.several[:4])
                self._note(
                    entry, text, tr("row {number}, '{text_}' may be {held}", number=row.number, text_=text, held=held)
                )
                self.unclear.texts.add((entry.name, text))
                self._folders.setdefault(entry.name, set()).update(found.folders)
            elif found.outside:
                words = tr("row {number}, '{text_}'", number=row.number, text_=text)
                self._away.setdefault(entry.name, {}).setdefault(text, words)
                self._away_folders.setdefault(entry.name, set()).add(found.outside)
                self.unclear.texts.add((entry.name, text))
            elif found.path:
                self._once(entry, text, row.number, found.path)
                other = files.setdefault(found.path, entry)
                if other.columns != entry.columns:
                    words = tr(
                        "row {number}, '{text_}' is the file of '{columns}' too",
                        number=row.number,
                        text_=text,
                        columns=other.columns[0],
                    )
                    self._note(entry, f"{case} {text}", words, twice=True)
                    self.unclear.cases.update({(entry.name, case), (other.name, case)})

    def _once(self, entry: Field, text: str, row: int, path: Path) -> None:
        """See that no two different names, in whatever cells, come to one file."""
        name, known, first = self._named.setdefault(path, (entry.name, text, row))
        if known == text:
            return
        one, two = parts_of(known), parts_of(text)
        shorter = min(len(one), len(two))
        if one[-shorter:] != two[-shorter:]:
            words = tr(
                "row {row}, '{text_}' is the file that '{known}' in row {first} is",
                row=row,
                text_=text,
                known=known,
                first=first,
            )
            self._note(entry, text, words, twice=True)
            self._twice.update({(entry.name, text), (name, known)})
            self.unclear.texts |= self._twice

    def _note(self, entry: Field, key: str, words: str, *, twice: bool = False) -> None:
        self._cells.setdefault((entry.name, twice), {}).setdefault(key, words)

    def _away_question(self, entry: Field) -> ImageQuestion:
        cells, folders = self._away[entry.name], self._away_folders[entry.name]
        with suppress(ValueError):  # of different drives
            above = os.path.commonpath(folders)
            folders = {above} if above != os.path.dirname(above) else folders  # noqa: PTH120
        examples = tuple(list(cells.values())[:_KEPT])
        return ImageQuestion(entry.columns[0], entry.name, len(cells), examples, tuple(sorted(folders)), outside=True)

    def _question(self, entry: Field, twice: bool) -> ImageQuestion:
        cells = self._cells[entry.name, twice]
        folders = () if twice else tuple(sorted(self._folders.get(entry.name, ())))
        examples = tuple(list(cells.values())[:_KEPT])
        return ImageQuestion(entry.columns[0], entry.name, len(cells), examples, folders, twice)


def refused(questions: Sequence[ImageQuestion]) -> TableProblem:
    """Return the problem that images are not clear, with the list and the ways to decide."""
    ways = [f"--folder '{question.column}={folder}'" for question in questions for folder in question.folders[:4]]
    if any(question.twice for question in questions):
        ways.append(tr("--same-file, if one file is meant twice"))
    ways.append(tr("--unclear-missing, to leave these images missing"))
    return TableProblem(
        " ".join(question.say() for question in questions),
        do=tr("Say which are meant: {ways}.", ways="; ".join(ways)),
        details="\n".join(words for question in questions for words in question.examples),
    )
