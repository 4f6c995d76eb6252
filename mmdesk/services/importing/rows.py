"""A table's rows become cases: rows of one case are joined, cells become values."""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from mmdesk.core.cases.case import ImageRef, InputValue
from mmdesk.core.fields.kinds import is_sheet_error, kind_of, read_cell, says_missing
from mmdesk.core.fields.kinds_style import Style
from mmdesk.core.fields.schema import Field, Schema
from mmdesk.core.fields.values import Missing, Reason, Value, is_present
from mmdesk.core.fields.words import SHEET_ERRORS
from mmdesk.services.images.lookup import Found
from mmdesk.services.importing.group_splits import GroupSplits, Identity
from mmdesk.services.importing.image_questions import Unclear
from mmdesk.services.importing.images import ImageFinder
from mmdesk.services.importing.readable import ReadCheck
from mmdesk.services.importing.survey import WHOLE, Places, case_name, no_case
from mmdesk.storage.store import NewCase
from mmdesk.tabular.table import RowProblem, Table, TableRow
from mmdesk.words import tr

_MEMO = 50_000
"""Short texts whose values are remembered, since most columns repeat theirs."""


@dataclass(slots=True)
class ImportLog:
    """What was found wrong while cases were made.

    Attributes:
        refused: Rows that became no part of a case.
        marked: Cells that could not be used as they are; the case is there.
        files_missing: Image cells whose file is not there.
        files_found: How many image cells name a file that is there.
        unreadable: Images that cannot be read, in words.
        cases_marked: Cases with anything marked.
        words: How often each word of a column was taken as missing, by column and word.
        by_tail: How many images were found though folders of their cells are not here, by column,
            folders, and whether only the name fits.
        without_group: Cases whose group is not given; each is a group of its own.
        kept_group: Cases whose group is not given now, which stay in the one they had.
        bare: Row and name of the cases of which the table says nothing but the name.
        warnings: Sentences about the whole table.
    """

    refused: list[RowProblem] = field(default_factory=list)
    marked: list[RowProblem] = field(default_factory=list)
    files_missing: list[RowProblem] = field(default_factory=list)
    files_found: int = 0
    unreadable: list[str] = field(default_factory=list)
    cases_marked: int = 0
    words: Counter[tuple[str, str]] = field(default_factory=Counter)
    by_tail: Counter[tuple[str, str, bool]] = field(default_factory=Counter)
    without_group: list[str] = field(default_factory=list)
    kept_group: list[str] = field(default_factory=list)
    bare: list[tuple[int, str]] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


def joined_rows(
    table: Table, places: Places, names: Counter[str], log: ImportLog, tick: Callable[[int], None]
) -> Iterator[tuple[str, list[TableRow]]]:
    """Yield each case's name and rows, in the order of its first row.

    Only rows of cases that are not yet whole are held in memory.
    """
    pending: OrderedDict[str, list[TableRow]] = OrderedDict()
    for row in table.rows():
        if isinstance(row, RowProblem):
            log.refused.append(row)
            continue
        tick(row.number)
        name = case_name(row.cells[places.case])
        if reason := no_case(name, table.columns[places.case]):
            log.refused.append(RowProblem(row.number, table.columns[places.case], reason))
            continue
        if len(row.cells) > 2 and sum(bool(cell.strip()) for cell in row.cells) == 1:
            log.bare.append((row.number, name))
        pending.setdefault(name, []).append(row)
        while pending:
            first = next(iter(pending))
            if len(pending[first]) < names[first]:
                break
            yield first, pending.pop(first)
    yield from pending.items()


class CaseMaker:
    """Makes cases from joined rows.

    Args:
        schema: The schema, options known.
        table: For the names of its columns.
        places: Where the schema's columns are.
        style: How the table writes numbers and dates.
        images: Finds image files.
        log: Filled with what was found wrong.
        hashing: Read each image's bytes; False to see only whether its file is there.
        owners: Group and case that pictures already belong to, by SHA-256.
        readable: Tells which files cannot be read; None to take them as they are.
        unclear: Images that count as missing, because nobody said which file is meant.
        identity: Gives each case's name, group and split; the rule's where None.
    """

    def __init__(
        self,
        schema: Schema,
        table: Table,
        places: Places,
        style: Style,
        images: ImageFinder,
        log: ImportLog,
        *,
        hashing: bool = True,
        owners: Mapping[str, tuple[str, str]] | None = None,
        unclear: Unclear | None = None,
        readable: ReadCheck | None = None,
        identity: Callable[[str], Identity] | None = None,
    ) -> None:
        self._schema = schema
        self._columns = table.columns
        self._places = places
        self._style = style
        self._images = images
        self._log = log
        self._hashing = hashing
        self._owners = dict(owners or {})
        self._unclear = unclear or Unclear()
        self._readable = readable
        self._identity = identity
        self._problems: list[str] = []
        self._memo: dict[tuple[str, str], Value] = {}
        self._assumed: dict[tuple[str, str], str] = {}
        self._flags: dict[tuple[str, int], Field] = {}

    def make(self, name: str, rows: Sequence[TableRow]) -> NewCase:
        """Make one case from all its rows; what cannot be used is marked."""
        self._problems = []
        name, group, split = self._identified(name, rows)
        inputs: dict[str, InputValue] = {}
        notes: dict[str, Value] = {}
        labels: dict[str, Value] = {}
        for row in rows:
            if row.short:
                self._mark(
                    row.number,
                    "",
                    tr("the row has {short} of {count} cells", short=row.short, count=len(self._columns)),
                )
        for entry in self._schema:
            places = self._places.fields.get(entry.name)
            if places is None:
                continue
            if entry.role == "target":
                value = self._target(entry, rows, places)
                if value is not None:
                    labels[entry.name] = value
            elif kind_of(entry).is_image:
                inputs[entry.name] = self._image(entry, name, rows, places[0])
            elif entry.role == "input":
                inputs[entry.name] = self._cell(entry, rows, places[0])  # type: ignore[assignment]
            else:
                notes[entry.name] = self._cell(entry, rows, places[0])
        self._same_pictures(name, group, inputs, rows[0].number)
        if self._problems:
            self._log.cases_marked += 1
        return NewCase(name, group, split, inputs, notes, labels, "; ".join(self._problems))

    def _mark(self, row: int, column: str, reason: str) -> None:
        self._log.marked.append(RowProblem(row, column, reason))
        words = f"{column}: {reason}" if column else reason
        self._problems.append(words.replace("; ", ", "))  # a case's problems are told apart by "; "

    def _texts(self, rows: Sequence[TableRow], place: int) -> dict[str, int]:
        """Return the different trimmed texts of a column in a case, with the row each is from."""
        if len(rows) == 1:
            return {rows[0].cells[place].strip(): rows[0].number}
        texts: dict[str, int] = {}
        for row in rows:
            texts.setdefault(row.cells[place].strip(), row.number)
        return texts

    def _identified(self, name: str, rows: Sequence[TableRow]) -> Identity:
        """Return name, group and split of a case; say where its rows tell no group."""
        group = self._group(name, rows)
        identity = self._identity or GroupSplits((), {name: group} if group else {}).identity
        found = identity(name)
        if not group:
            (self._log.without_group if found.group == found.name else self._log.kept_group).append(name)
        return found

    def _group(self, name: str, rows: Sequence[TableRow]) -> str:
        """Return the group that a case's rows tell; empty where they tell none."""
        groups = {case_name(text): row for text, row in self._texts(rows, self._places.group).items()}
        groups.pop("", None)
        if len(groups) > 1:
            column = self._columns[self._places.group]
            reason = tr(
                "rows of case {name} belong to different groups: {groups}",
                name=name,
                groups=" and ".join(list(groups)[:3]),
            )
            self._mark(list(groups.values())[1], column, reason)
            self._log.warnings.append(
                tr(
                    "Case {name} joins rows of different groups: {groups}.",
                    name=name,
                    groups=", ".join(list(groups)[:3]),
                )
            )
        return next(iter(groups), "")

    def _cell(self, entry: Field, rows: Sequence[TableRow], place: int) -> Value:
        """Read a field's one cell, or the cells of several rows that must agree."""
        texts = self._texts(rows, place)
        text, row = next(iter(texts.items()))
        value = self._read(text, entry)
        if len(texts) > 1:
            different = self._different(texts, entry)
            if len(different) > 1:
                held = " | ".join(text for _, text, _ in different)
                self._mark(different[1][2], entry.columns[0], tr("its rows differ: {held}", held=held[:200]))
                return None if entry.role == "target" else Missing(Reason.UNREADABLE, held)
            value, text, row = different[0]
        if isinstance(value, Missing) and value.reason in {Reason.UNREADABLE, Reason.OUT_OF_RANGE}:
            self._mark(row, entry.columns[0], _reason(entry, value))
            if entry.role == "target":
                return None
        elif text and (value is None or isinstance(value, Missing)):
            self._log.words[self._columns[place], text] += 1
        elif text and (assumed := self._assumed.get((entry.name, text))):
            self._mark(row, self._columns[place], assumed)
        return value

    def _different(self, texts: Mapping[str, int], entry: Field) -> list[tuple[Value, str, int]]:
        """Return the values that differ, with text and row; blanks count only where all are blank."""
        values: list[tuple[Value, str, int]] = []
        for text, row in texts.items():
            value = self._read(text, entry)
            if all(value != known for known, _, _ in values):
                values.append((value, text, row))
        full = [known for known in values if known[0] is not None and not _is_blank(known[0])]
        return full or values[:1]

    def _read(self, text: str, entry: Field) -> Value:
        key = (entry.name, text)
        if key in self._memo:
            return self._memo[key]
        value = read_text(text, entry, self._style)
        if is_present(value) and (assumed := kind_of(entry).assumes(text, entry, self._style)):
            self._assumed[key] = assumed
        if len(self._memo) < _MEMO and len(text) < 40:
            self._memo[key] = value
        return value

    def _target(self, entry: Field, rows: Sequence[TableRow], places: tuple[int, ...]) -> Value:
        if not kind_of(entry).several or len(places) == 1 != len(entry.options):
            return self._cell(entry, rows, places[0])
        flags = [self._flag(entry, rows, place) for place in places]
        blanks = [self._columns[place] for place, flag in zip(places, flags, strict=True) if flag is None]
        if blanks:
            if len(blanks) < len(flags):
                self._mark(rows[0].number, blanks[0], tr("without it {title} is not labelled", title=entry.title))
            return None
        return tuple(option for option, flag in zip(entry.options, flags, strict=True) if flag)

    def _flag(self, entry: Field, rows: Sequence[TableRow], place: int) -> bool | None:
        flag = self._flags.get((entry.name, place))
        if flag is None:
            column = self._columns[place]
            flag = Field(f"{entry.name} {place}", "target", "flag", (column,), column, missing=entry.missing)
            self._flags[entry.name, place] = flag
        value = self._cell(flag, rows, place)
        return value if isinstance(value, bool) else None

    def _image(self, entry: Field, name: str, rows: Sequence[TableRow], place: int) -> InputValue:
        """Find the file that a case's rows name."""
        texts = self._texts(rows, place)
        named = [text for text in texts if not says_missing(text, entry)]
        if not named:
            token = next(iter(texts))
            return Missing(Reason.TOKEN, token) if token else Missing(Reason.ABSENT)
        if len(named) > 1:
            self._mark(
                texts[named[1]],
                entry.columns[0],
                tr("its rows name different files: {named}", named=", ".join(named[:3])),
            )
            return Missing(Reason.UNREADABLE, " | ".join(named))
        text, row = named[0], texts[named[0]]
        if (entry.name, text) in self._unclear.texts or (entry.name, name) in self._unclear.cases:
            self._mark(row, entry.columns[0], tr("it is not clear which file '{text_}' is", text_=text))
            return Missing(Reason.NO_FILE, text)
        return self._file(entry, text, row)

    def _file(self, entry: Field, text: str, row: int) -> ImageRef | Missing:
        stack = kind_of(entry).is_stack
        found = self._images.find(entry.folder, text, stacks=stack)
        path = found.path
        if path is None:
            self._log.files_missing.append(RowProblem(row, entry.columns[0], _not_there(text, found)))
            return Missing(Reason.NO_FILE, text)
        self._log.files_found += 1
        if found.unknown:
            self._log.by_tail[entry.columns[0], found.unknown, found.by_name] += 1
        try:
            why = self._readable.problem(path, stack=stack) if self._readable and path.stat().st_size else ""
            if why:
                self._mark(row, entry.columns[0], tr("the file '{text_}' cannot be used: {why}", text_=text, why=why))
                self._log.unreadable.append(tr("row {row}, '{text_}': {why}", row=row, text_=text, why=why))
                return Missing(Reason.UNREADABLE, text)
            if not self._hashing:
                return ImageRef(text, "")
            ref = self._images.ref(path)
        except OSError as why:
            words = tr("the file '{text_}' may not be read", text_=text)
            if not isinstance(why, PermissionError):
                words = tr("the file '{text_}' cannot be read: {why}", text_=text, why=why.strerror or why)
            self._mark(row, entry.columns[0], words)
            return Missing(Reason.UNREADABLE, text)
        if not ref.size:
            self._mark(row, entry.columns[0], tr("the file '{text_}' is empty", text_=text))
            return Missing(Reason.UNREADABLE, text)
        return ref

    def _same_pictures(self, name: str, group: str, inputs: dict[str, InputValue], row: int) -> None:
        """Mark pictures that stand twice in a case or belong to another group's case as well."""
        mine: dict[str, str] = {}
        for key, value in inputs.items():
            digest = getattr(value, "sha256", "")
            if not digest:
                continue
            title = self._schema.field(key).title
            if digest in mine:
                self._mark(row, "", tr("{mine} and {title} are the same picture", mine=mine[digest], title=title))
                self._log.warnings.append(
                    tr(
                        "Case {name}: {mine} and {title} are the same picture.",
                        name=name,
                        mine=mine[digest],
                        title=title,
                    )
                )
            mine[digest] = title
            owner, other = self._owners.setdefault(digest, (group, name))
            if owner != group and other != name:
                self._mark(
                    row, "", tr("{title} is also a picture of case {other}, of another group", title=title, other=other)
                )
                self._log.warnings.append(
                    tr(
                        "Case {name}: {title} is also a picture of case {other}, which belongs to another group.",
                        name=name,
                        title=title,
                        other=other,
                    )
                )


def read_text(text: str, entry: Field, style: Style) -> Value:
    """Read a cell; whole numbers among the options are matched with and without `.0`."""
    kind = kind_of(entry)
    if not kind.has_options or kind.several or text in entry.options:
        return read_cell(text, entry, style)
    whole = WHOLE.fullmatch(text)
    if whole and whole.group(1) in entry.options:
        return read_cell(whole.group(1), entry, style)
    return read_cell(text, entry, style)


def _not_there(text: str, found: Found) -> str:
    if found.elsewhere:
        return tr(
            "the file '{text_}' is not there; {elsewhere} has its name but lies in another folder",
            text_=text,
            elsewhere=found.elsewhere,
        )
    return tr("the file '{text_}' is not there", text_=text)


def _is_blank(value: Value) -> bool:
    return isinstance(value, Missing) and value.reason in {Reason.ABSENT, Reason.TOKEN}


def _reason(entry: Field, value: Missing) -> str:
    if is_sheet_error(value.held):
        why = SHEET_ERRORS[value.held.casefold()]
        return tr(
            "'{held}': the spreadsheet program could not compute it ({why}); missing here", held=value.held, why=why
        )
    if value.reason == Reason.OUT_OF_RANGE:
        return tr("'{held}' is not {say}; not used until confirmed", held=value.held, say=kind_of(entry).say(entry))
    return tr("'{held}' is not {say}", held=value.held[:80], say=kind_of(entry).say(entry))
