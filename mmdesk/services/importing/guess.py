"""A first schema for a table nobody has described yet, with a reason for each column."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import NamedTuple

from mmdesk.core.errors import TableProblem
from mmdesk.core.fields.columns import ColumnTexts, Guess, listed
from mmdesk.core.fields.guess import (
    case_column,
    evidence_of,
    field_name,
    group_column,
    guess_kind,
    may_betray,
    names_cases,
    names_target,
    shortened_ids,
    side_of,
    torn_groups,
    trailing_flags,
)
from mmdesk.core.fields.kind import Form
from mmdesk.core.fields.kinds import KINDS, kind_of
from mmdesk.core.fields.kinds_number import codes_of
from mmdesk.core.fields.kinds_style import PLAIN, Style
from mmdesk.core.fields.schema import ROLES, Field, Schema
from mmdesk.core.fields.schema_toml import read_schema
from mmdesk.core.job import JobContext, SilentContext
from mmdesk.services.images.lookup import names_image
from mmdesk.services.importing.choices import TableChoices
from mmdesk.services.importing.counted import CountedTexts, count_texts
from mmdesk.services.importing.folders import ImageFolders, Match
from mmdesk.services.importing.identity import refuse_shortened
from mmdesk.services.importing.stacks import slices_of
from mmdesk.services.importing.telling_notes import find_telling
from mmdesk.support.resources import resource
from mmdesk.tabular.opening import open_table
from mmdesk.tabular.table import Table, TablePlace
from mmdesk.words import tr

_MOST_CODES = 20

_CALLED_IMAGE = re.compile(r"image|img|photo|picture|scan|slice|fundus|file|path", re.IGNORECASE)


class ColumnLine(NamedTuple):
    """What one column is taken for.

    Attributes:
        column: Its name.
        use: What it is used as, in words.
        because: Why.
        examples: Up to three texts of it.
    """

    column: str
    use: str
    because: str
    examples: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TableLook:
    """What a table seems to hold.

    Attributes:
        schema: A schema to start from.
        because: Why each column is used as it is, by column.
        examples: Up to three different texts of each column.
        warnings: What was assumed or has to be decided, as sentences.
        rows: How many rows were looked at.
        either_order: A date whose order nothing in the table proves; empty where it is known.
        either_decimal: A number that could be read in two ways; empty where it is known.
        place: Where in its file the table was found.
        pattern: How the names of a folder's files were read; empty for a table.
        fit: How many files match the pattern, in words.
    """

    schema: Schema
    because: Mapping[str, str]
    examples: Mapping[str, tuple[str, ...]]
    warnings: tuple[str, ...]
    rows: int
    either_order: str = ""
    place: TablePlace = field(default_factory=TablePlace)
    either_decimal: str = ""
    pattern: str = ""
    fit: str = ""

    def columns(self) -> tuple[str, ...]:
        """Return what each column is taken for and why, one line a column."""
        return tuple(f"'{line.column}': {line.use}; {line.because}".rstrip("; ") for line in self.lines())

    def lines(self) -> tuple[ColumnLine, ...]:
        """Return what each column is taken for, why, and examples."""
        schema = self.schema
        uses: dict[str, str] = {}
        for entry in schema:
            uses.update(dict.fromkeys(entry.columns, f"{entry.kind} {entry.role}"))
        uses[schema.group or schema.case] = "group"
        uses[schema.case] = "case" if schema.group not in ("", schema.case) else tr("case and group")
        return tuple(
            ColumnLine(column, uses.get(column, tr("not used")), self.because.get(column, ""), examples)
            for column, examples in self.examples.items()
        )


def look_at(
    path: Path,
    *,
    name: str = "",
    images: Path | None = None,
    choices: TableChoices | None = None,
    ctx: JobContext | None = None,
) -> TableLook:
    """Look at a table and guess its schema.

    A table with the columns of a schema that comes with mmdesk gets that schema.

    Args:
        path: The table.
        name: The project's name; the table's when empty.
        images: A folder to look for the images in; the table's own and those below it when None.
        choices: What was decided about the table.
        ctx: Asked whether to stop.

    Raises:
        TableProblem: It is no table, nothing names the cases, or no image files match.
    """
    choices = choices or TableChoices()
    table = open_table(path, choices.layout)
    texts = count_texts(table, ctx or SilentContext())
    if not texts.rows and texts.refused:
        raise TableProblem(
            tr("No row of {name} can be used; of the first: {refused}.", name=path.name, refused=texts.refused),
            do=tr("Choose the row with the columns' names, or write the table again from its source.")
            + (tr(" A comma within a cell needs quotes round the cell.") if table.delimiter == "," else ""),
        )
    if not texts.rows:
        raise TableProblem(tr("The table {name} has no rows.", name=path.name), do=tr("Choose another file."))
    files = ImageFolders(path.parent, images)
    evidence = evidence_of(texts.columns, table.delimiter)
    style = evidence.style(choices.day_first, choices.decimal)
    known = _known_schema(table, files, texts)
    if known is not None:
        schema = known.renamed(name or known.name)
        because = _because_known(schema, known.name, texts, files)
        warnings = [*table.warnings, *evidence.warnings(style)]
    else:
        guesser = _Guesser(texts, files, style)
        schema = guesser.schema(name or path.stem)
        because = guesser.because
        warnings = [*table.warnings, *guesser.warnings, *evidence.warnings(style)]
    telling = find_telling(table, schema, ctx or SilentContext())
    for column, why in telling.because.items():
        because[column] = tr("{because}; shown after the own read, for {why}", because=because[column], why=why)
    warnings += telling.warnings()
    examples = {column.name: tuple(text for text, _ in column.counts.most_common(3)) for column in texts.columns}
    return TableLook(
        telling.schema,
        because,
        examples,
        tuple(warnings),
        texts.rows,
        evidence.either_order,
        table.place,
        evidence.either_decimal,
    )


def _known_schema(table: Table, files: ImageFolders, texts: CountedTexts) -> Schema | None:
    """Return the schema that comes with mmdesk and has just this table's columns, its folders adjusted."""
    for file in sorted(resource("schemas").glob("*.toml")):
        schema = read_schema(file.read_text(encoding="utf-8"), file.name)
        needed = [schema.case, schema.group, *(column for entry in schema for column in entry.columns)]
        try:
            for column in needed:
                table.column(column)
        except KeyError:
            continue
        fields, files_found = [], 0
        for entry in schema:
            if kind_of(entry).is_image:
                named = texts.columns[table.column(entry.columns[0])]
                best, here = files.match(named), files.match(named, entry.folder)
                entry = replace(entry, folder=best.folder if best.found > here.found else entry.folder)  # noqa: PLW2901
                files_found += max(best.found, here.found)
            fields.append(entry)
        if schema.images and not files_found:
            raise _no_files([entry.columns[0] for entry in schema.images])
        return replace(schema, fields=tuple(fields))
    return None


def _no_files(columns: list[str]) -> TableProblem:
    return TableProblem(
        tr("No column matches image files in this folder."),
        tr("Your table is untouched."),
        tr("Choose the column or another folder."),
        details=tr("Columns with file names: {columns}", columns=", ".join(columns)),
    )


def _because_known(schema: Schema, known: str, texts: CountedTexts, files: ImageFolders) -> dict[str, str]:
    used = {column: entry for entry in schema for column in entry.columns}
    because = {}
    for column in texts.columns:
        if column.name == schema.case:
            because[column.name] = tr("it names the cases in {known}", known=known)
        elif entry := used.get(column.name):
            because[column.name] = tr(
                "the columns are those of {known}: {role} {name}", known=known, role=entry.role, name=entry.name
            )
            if kind_of(entry).is_image:
                match = files.match(column, entry.folder)
                because[column.name] += tr(
                    "; names match {found:,} of {asked:,} files", found=match.found, asked=match.asked
                )
        else:
            because[column.name] = tr("not used in {known}", known=known)
    return because


class _Guesser:
    """Makes a schema from counted columns."""

    def __init__(self, texts: CountedTexts, files: ImageFolders, style: Style) -> None:
        self._texts = texts
        self._files = files
        self._style = style
        self._names: list[str] = []
        self._fields: list[Field] = []
        self.because: dict[str, str] = {}
        self.warnings: list[str] = []

    def schema(self, name: str) -> Schema:
        """Return the schema.

        Raises:
            TableProblem: Nothing names the cases, or file names match no file.
        """
        columns = self._texts.columns
        found = case_column(columns, self._texts.joined)
        if shortened := shortened_ids(columns):
            if found is None or found[0] == shortened[0] or not names_cases(found[0]):
                raise refuse_shortened(*shortened)
            self.warnings.append(
                tr(
                    "The ids in '{shortened}' were shortened by a spreadsheet program, such as "
                    "'{shortened_2}': different ones may look the same.",
                    shortened=shortened[0],
                    shortened_2=shortened[1],
                )
            )
        if found is None:
            raise TableProblem(
                tr("No column names the cases: none has a text of its own in every row."),
                tr("Your table is untouched."),
                tr("Add a column with a different name for each case, or choose one in project.toml."),
            )
        case, why = found
        group = group_column(columns, case)
        self.warnings += torn_groups(columns, case, group)
        self.because[case] = why
        self._related(case, group)
        self._images(case)
        self._findings(case, group)
        for column in columns:
            if column.name not in self.because:
                self._one(column, group)
        if not any(entry.role == "target" for entry in self._fields):
            self.warnings.append(tr("No column says what is to be predicted; the project starts without a target."))
        if not any(entry.role == "input" for entry in self._fields):
            raise TableProblem(
                tr("No column of the table can be shown to a model."),
                tr("Your table is untouched."),
                tr("Add a column of image files, numbers, choices or yes and no."),
                details="\n".join(f"'{column}': {why}" for column, why in self.because.items()),
            )
        fields = sorted(self._fields, key=lambda entry: ROLES.index(entry.role))
        return Schema(name, case, group, tuple(fields))

    def _related(self, case: str, group: str) -> None:
        """Warn of names such as 3a and 3b, which may be one person's."""
        names = next(column.counts for column in self._texts.columns if column.name == case)
        stems = Counter(name[:-1] for name in names if name[-2:-1].isdigit() and name[-1].isalpha())
        stem, count = stems.most_common(1)[0] if stems else ("", 0)
        if case == group and count > 1:
            self.warnings.append(
                tr(
                    "{count} cases are called '{stem}' and a letter. If they are one person's, "
                    "choose a group column, so that they stay in one split.",
                    count=count,
                    stem=stem,
                )
            )

    def _images(self, case: str) -> None:
        """Take the columns of image files: first those whose cells look like it, then other names."""
        columns = self._texts.columns
        named = [
            column for column in columns if column.share(text for text in column.counts if names_image(text)) >= 0.5
        ]
        others = [
            column
            for column in columns
            if column not in named and column.counts and (column.name == case or _may_be_names(column))
        ]
        others.sort(key=lambda column: column.name == case)
        taken: dict[frozenset[Path], str] = {}
        for column in [*named, *others]:
            if column.name == case and taken:
                continue
            match = self._files.match(column)
            if column in others and match.found < match.asked / 2:
                match = self._files.match(column, stacks=True)
            if not match.found or (column in others and match.found < match.asked / 2):
                continue
            same = next((name for files, name in taken.items() if _mostly(match.files, files)), "")
            if same:
                if column.name != case:
                    self.because[column.name] = tr("the same files as another column; not used")
                    self.warnings.append(
                        tr(
                            "'{name}' names the same files as '{same}' and is not used as an image.",
                            name=column.name,
                            same=same,
                        )
                    )
                continue
            taken[match.files] = column.name
            self._warn_of_files(column, match)
            self._image(column, match, case)
        if named and not taken:
            raise _no_files([column.name for column in named])

    def _warn_of_files(self, column: ColumnTexts, match: Match) -> None:
        if match.found < 0.9 * match.asked:
            self.warnings.append(
                tr(
                    "Only {found:,} of the {asked:,} files named in '{name}' are there.",
                    found=match.found,
                    asked=match.asked,
                    name=column.name,
                )
            )
        if match.because:
            self.warnings.append(
                tr(
                    "The files of '{name}' are in several folders: {folder} is taken by its name.",
                    name=column.name,
                    folder=match.folder,
                )
            )

    def _image(self, column: ColumnTexts, match: Match, case: str) -> None:
        because, kind = match.say(), "volume" if match.stacks else "image"
        if not match.stacks and (slices := slices_of(match.files)):
            kind, because = "volume", f"{because}; {slices}"
        side = side_of(column.name)
        name = side if side and side not in self._names else column.name
        if column.name == case:
            name, because = kind, f"{self.because[case]}; {because}"
        self._add(name, "input", kind, (column.name,), because, folder=match.folder, side=side)

    def _findings(self, case: str, group: str) -> None:
        free = [column for column in self._texts.columns if column.name not in {case, group}]
        names = trailing_flags(free)
        if any(names_target(column.name) for column in free if column.name not in names):
            return
        if names:
            self._add("findings", "target", "labels", names, "", options=names)
            because = tr(
                "one of {count} columns of 0 and 1 at the table's end, taken for findings to predict", count=len(names)
            )
            self.because.update(dict.fromkeys(names, because))
            self.warnings.append(
                tr("The last {count} columns are taken for findings to predict. Check them.", count=len(names))
            )

    def _one(self, column: ColumnTexts, group: str) -> None:
        guess = guess_kind(column, self._style)
        if column.name == group:
            self.because[column.name] = tr("it repeats, and keeps the cases of one person together")
            return
        is_target = names_target(column.name)
        kind = KINDS.get(guess.kind)
        if is_target and kind and not kind.two_valued and (codes := codes_of(column, _MOST_CODES)):
            guess = _as_codes(codes)
        elif kind and kind.roles == ("target",) and not is_target:
            guess = replace(guess, kind="text", options=())
        because = guess.because
        if guess.doubt:
            self.warnings.append(guess.doubt)
        if not guess.kind:
            self.because[column.name] = tr("{because}; not used", because=because)
            return
        if is_target and "target" in KINDS[guess.kind].roles:
            self._guessed(
                column, "target", guess, tr("{because}; its name says that it is to be predicted", because=because)
            )
        elif not guess.measures:
            self._guessed(column, "note", guess, because)
        elif KINDS[guess.kind].form is Form.WORDS or may_betray(column.name):
            known = tr("may hold the answer") if may_betray(column.name) else tr("free text may hold the answer")
            self._guessed(
                column,
                "note",
                guess,
                tr("{because}; {known}, so the model does not see it", because=because, known=known),
            )
        else:
            self._guessed(column, "input", guess, because)

    def _guessed(self, column: ColumnTexts, role: str, guess: Guess, because: str) -> None:
        more = {"options": guess.options, "channels": guess.channels, "unit": guess.unit}
        self._add(column.name, role, guess.kind, (column.name,), because, **more)
        if guess.options and all(option.lstrip("-").isdigit() for option in guess.options):
            taken = tr("grades in this order") if KINDS[guess.kind].orders else "classes"
            self.warnings.append(
                tr(
                    "'{name}' holds codes, {listed}: taken for {taken}, not for amounts. Check it.",
                    name=column.name,
                    listed=listed(guess.options),
                    taken=taken,
                )
            )

    def _add(self, name: str, role: str, kind: str, columns: tuple[str, ...], because: str, **more: object) -> None:
        free = field_name(name, self._names)
        self._names.append(free)
        label = name.capitalize() if KINDS[kind].several else columns[0]
        entry = replace(Field(free, role, kind, columns, label=label), **more)  # type: ignore[arg-type]
        missing = tuple(token for token in entry.missing if token not in entry.options)
        self._fields.append(replace(entry, missing=missing))
        self.because[columns[0]] = because


def _as_codes(codes: tuple[str, ...]) -> Guess:
    """Return what codes to be predicted are: grades where they count from 0 or 1 on, else classes."""
    values = [int(code) for code in codes]
    graded = values[0] in {0, 1} and values == list(range(values[0], values[-1] + 1)) and len(values) > 2
    return Guess(
        "grade" if graded else "choice", tr("{count} codes: {listed}", count=len(codes), listed=listed(codes)), codes
    )


def _mostly(files: frozenset[Path], others: frozenset[Path]) -> bool:
    return bool(files) and 2 * len(files & others) > len(files)


def _may_be_names(column: ColumnTexts) -> bool:
    """Tell whether cells without an image's ending may be names; numbers only in a column called so."""
    kind = KINDS[guess_kind(column, PLAIN).kind]
    if kind.several or kind.form is not Form.SCALAR:
        return True
    return bool(_CALLED_IMAGE.search(column.name))
