"""One import from the first look at the table to its report."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from mmdesk.core.cases.marks import Mark
from mmdesk.core.errors import TableProblem
from mmdesk.core.fields.schema import Schema
from mmdesk.core.fields.words import CLASS_WORDS, fold
from mmdesk.core.job import JobContext, Progress
from mmdesk.services.images.lookup import MOST_FOLDERS
from mmdesk.services.importing.choices import TableChoices
from mmdesk.services.importing.group_splits import Identity, SplitMove
from mmdesk.services.importing.identity import NamesQuestion, refuse_shortened, same_but_zeros
from mmdesk.services.importing.image_questions import ImageChoices, ImageQuestion, ImageQuestions, Unclear
from mmdesk.services.importing.images import ImageFinder
from mmdesk.services.importing.readable import ReadCheck
from mmdesk.services.importing.report import ImportReport
from mmdesk.services.importing.rows import CaseMaker, ImportLog, joined_rows
from mmdesk.services.importing.survey import Places, Survey, places_of, survey
from mmdesk.storage.store import NewCase
from mmdesk.tabular.opening import open_table
from mmdesk.tabular.table import Table
from mmdesk.words import tr

_TELL_EVERY = 200
_WORDS = 20
_NAMED = 10
"""Images that a sentence names."""


class ImportRun:
    """One import: the table, surveyed, and what is found wrong with it.

    Args:
        path: The table.
        schema: The schema to read it by.
        ctx: Told about progress, asked whether to stop.
        choices: What was decided about the table.
        images: What was decided about images that are not clear.
        given: Questions that arose before there was a table.

    Attributes:
        choices: What was decided about the table.
        named: Folders besides the table's that a person named.
        marks: What comes along as reference, by case and column.
        schema: The schema, with the folders that were chosen.
        table: The table.
        places: Where its columns are.
        surveyed: What a first pass over it found.
        log: What is found wrong with it.
        unused: Columns that the schema does not use.
        columns: What each column was taken for, where the schema was guessed.
        left: Cases of the project that are not in the table.
        names: Names that may be those of the project.
        moves: Known cases that would go to another split, or go as was chosen.
    """

    def __init__(
        self,
        path: Path,
        schema: Schema,
        ctx: JobContext,
        choices: TableChoices,
        images: ImageChoices,
        given: Sequence[ImageQuestion] = (),
    ) -> None:
        self._ctx = ctx
        self._given = tuple(given)
        self._ticked_at = 0.0
        self._images = images
        self.choices = choices
        self._unclear = Unclear()
        self._questions: tuple[ImageQuestion, ...] = ()
        self._finder: ImageFinder | None = None
        self._readable = ReadCheck()
        self.named: tuple[Path, ...] = ()
        self.marks: Mapping[tuple[str, str], Sequence[Mark]] = {}
        self.columns: tuple[str, ...] = ()
        self.left: tuple[str, ...] = ()
        self.names: tuple[NamesQuestion, ...] = ()
        self.moves: tuple[SplitMove, ...] = ()
        self.schema = schema = self._images.applied(schema)
        self.table: Table = open_table(path, choices.layout)
        self.places: Places = places_of(self.table, schema)
        self.surveyed: Survey = survey(
            self.table, schema, self.places, choices, self._ticker(tr("Reading the table"), 0)
        )
        if self.surveyed.shortened and not self.surveyed.names:
            raise refuse_shortened(self.table.columns[self.places.case], self.surveyed.shortened[0])
        if not self.surveyed.names:
            raise TableProblem(
                tr("No row of {name} names a case in column '{case}'.", name=path.name, case=schema.case),
                do=tr("Choose another case column."),
            )
        self.log = ImportLog(warnings=[*self.table.warnings, *self.surveyed.warnings])
        for entry in self.places.lacking:
            self.log.warnings.append(
                tr(
                    "The table has no column for the {role} '{name}'; it stays as it is.",
                    role=entry.role,
                    name=entry.name,
                )
            )

        self.log.warnings += self._about_names()
        self.log.warnings += self._about_classes()
        self.unused = self._unused()
        if self.unused:
            listed = ", ".join(f"'{column}'" for column in self.unused)
            self.log.warnings.append(tr("Columns that are not used: {listed}.", listed=listed))

    def _about_names(self) -> list[str]:
        """Say which ids were shortened, and which differ by zeros only."""
        said = []
        if shortened := self.surveyed.shortened:
            said.append(
                tr(
                    "{count:,} ids were shortened by a spreadsheet program, such as '{shortened}'; "
                    "their rows are refused. Write the table again with that column as text.",
                    count=len(shortened),
                    shortened=shortened[0],
                )
            )
        if pairs := same_but_zeros(self.surveyed.names):
            one, other = pairs[0]
            said.append(
                tr(
                    "'{one}' and '{other}' differ only by leading zeros or letter case and are two cases here",
                    one=one,
                    other=other,
                )
                + (tr("; so are {count:,} other pairs.", count=len(pairs) - 1) if len(pairs) > 1 else ".")
            )
        return said

    def _about_classes(self) -> list[str]:
        """Say which classes have a name that means missing elsewhere."""
        return [
            tr(
                "'{option}' is a class of '{column}' here. If it means that nothing is known, write "
                'missing = ["{option}"] for it into the schema.',
                option=option,
                column=column,
            )
            for _, column, option in self._classes()
        ]

    def _classes(self) -> tuple[tuple[str, str, str], ...]:
        """Return field, column and option of such classes."""
        return tuple(
            (entry.name, entry.columns[0], option)
            for entry in self.surveyed.schema
            if entry.name in self.places.fields
            for option in entry.options
            if fold(option) in CLASS_WORDS
        )

    def _unused(self) -> tuple[str, ...]:
        """Return the columns that the schema does not use."""
        used = {self.places.case, self.places.group, *(p for ps in self.places.fields.values() for p in ps)}
        return tuple(name for index, name in enumerate(self.table.columns) if index not in used)

    def ask(self, images: ImageFinder) -> tuple[ImageQuestion, ...]:
        """Return what only a person can decide about the images, and what they did not decide yet."""
        asking = ImageQuestions(self.schema, self.table, self.places, images.lookup)
        names = self.surveyed.names
        answers = asking.ask(names, self._ticker(tr("Looking for the images"), names.total() + 1))
        found = (*self._given, *answers)
        if self._images.same_file:
            asking.forget_twice()
            found = tuple(question for question in found if not question.twice)
        self._unclear = asking.unclear
        self._questions = () if self._images.unclear_missing else found
        if self._images.unclear_missing:
            self.log.warnings += [tr("Left missing: {say}", say=question.say()) for question in self._given]
        return self._questions

    def cases(
        self,
        images: ImageFinder,
        owners: Mapping[str, tuple[str, str]] | None = None,
        *,
        hashing: bool = True,
        identity: Callable[[str], Identity] | None = None,
    ) -> Iterator[NewCase]:
        """Make the cases, in the order of the table; see `CaseMaker`."""
        found = self.surveyed
        readable = ReadCheck(len(found.names) * len(found.schema.images), sample=hashing)
        maker = CaseMaker(
            found.schema,
            self.table,
            self.places,
            found.style,
            images,
            self.log,
            hashing=hashing,
            owners=owners,
            unclear=self._unclear,
            readable=readable,
            identity=identity,
        )
        self._finder, self._readable = images, readable
        tick = self._ticker(tr("Importing cases"), found.names.total() + 1)
        for name, joined in joined_rows(self.table, self.places, self.surveyed.names, self.log, tick):
            yield maker.make(name, joined)

    def report(self, added: int = 0, updated: int = 0, kept: int = 0) -> ImportReport:
        """Return the report so far."""
        log = self.log
        if log.files_missing and not log.files_found:
            folders = " and ".join(dict.fromkeys(f"'{f.folder or '.'}'" for f in self.surveyed.schema.images))
            log.warnings.append(
                tr(
                    "None of the image files is there. They were looked for in {folders} beside the table.",
                    folders=folders,
                )
            )
        for (column, folder, by_name), count in log.by_tail.most_common():
            how = tr("their names alone. Check some of them.") if by_name else tr("the rest of their paths.")
            log.warnings.append(
                tr(
                    "The folder '{folder}' that '{column}' names is not here: "
                    "{count:,} of its images were found by {how}",
                    folder=folder,
                    column=column,
                    count=count,
                    how=how,
                )
            )
        if log.words:
            listed = [f"'{word}' in '{column}' ({count:,})" for (column, word), count in log.words.most_common()]
            more = tr(" and {count:,} more", count=len(listed) - _WORDS) if len(listed) > _WORDS else ""
            log.warnings.append(
                tr("Words taken as missing: {listed}{more}.", listed=", ".join(listed[:_WORDS]), more=more)
            )
        grouped = self.places.group != self.places.case
        column = self.table.columns[self.places.group]
        if log.kept_group and grouped:
            log.warnings.append(
                tr(
                    "Cases without text in '{column}' stay in the group they were in: {count:,}, such as {kept_group}.",
                    column=column,
                    count=len(log.kept_group),
                    kept_group=log.kept_group[0],
                )
            )
        if log.without_group and grouped:
            first = log.without_group[0]
            log.warnings.append(
                tr(
                    "Cases without text in '{column}': {count:,}, such as {first}. Each is a "
                    "group of its own, though they may be of one person. Fill the column in.",
                    column=column,
                    count=len(log.without_group),
                    first=first,
                )
            )
        if log.bare:
            row, name = log.bare[0]
            log.warnings.append(
                tr(
                    "Cases of which the table gives only the name: {count:,}, such as '{name}' in "
                    "row {row}. Take out rows that are remarks and no cases.",
                    count=len(log.bare),
                    name=name,
                    row=row,
                )
            )
        if log.unreadable:
            more = (
                tr("; and {count:,} more", count=len(log.unreadable) - _NAMED) if len(log.unreadable) > _NAMED else ""
            )
            log.warnings.append(
                tr(
                    "Images that cannot be read: {unreadable}{more}.",
                    unreadable="; ".join(log.unreadable[:_NAMED]),
                    more=more,
                )
            )
        for folder in self._finder.lookup.incomplete if self._finder else ():
            log.warnings.append(
                tr(
                    "Only the first {most_folders:,} folders below {folder} were looked through for images.",
                    most_folders=MOST_FOLDERS,
                    folder=folder,
                )
            )
        return ImportReport(
            cases=len(self.surveyed.names),
            added=added,
            updated=updated,
            kept=kept,
            marked=log.cases_marked,
            refused=tuple(log.refused),
            files_missing=len(log.files_missing),
            warnings=tuple(dict.fromkeys(log.warnings)),
            problems=(*log.marked, *log.files_missing),
            either_order=self.surveyed.either_order,
            either_decimal=self.surveyed.either_decimal,
            words={f"{column}: {word}": count for (column, word), count in log.words.items()},
            questions=self._questions,
            images=self._readable.seen,
            images_decoded=self._readable.decoded,
            images_unreadable=len(log.unreadable),
            images_words=self._readable.say(len(log.unreadable)),
            place=self.table.place,
            columns=self.columns,
            unused=self.unused,
            classes=self._classes(),
            left=self.left,
            names=self.names,
            moves=self.moves,
            without_group=len(log.without_group) if grouped else 0,
            kept_group=len(log.kept_group) if grouped else 0,
        )

    def _ticker(self, words: str, total: int) -> Callable[[int], None]:
        def tick(row: int) -> None:
            self._ctx.check_cancelled()
            now = time.monotonic()
            if row % _TELL_EVERY == 0 or now - self._ticked_at > 0.25:
                self._ticked_at = now
                self._ctx.progress(Progress(row, total, words))

        return tick
