"""Use case: predictions and labels leave the project as a table, one row a case.

A prediction belongs to its inputs and version: a stale one is left out, never written as
if it held.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from mmdesk.core.cases.case import REFERENCE, Case, Label, Prediction, TargetPrediction
from mmdesk.core.cases.truth import CONSENSUS, counting_label
from mmdesk.core.errors import TableProblem
from mmdesk.core.fields.kinds import kind_of
from mmdesk.core.fields.schema import Field, Schema
from mmdesk.core.fields.values import Missing, Reason, Value, is_present
from mmdesk.core.job import JobContext, Progress
from mmdesk.services.project import Project
from mmdesk.tabular.writers import Cell, write_table
from mmdesk.words import QT_TR_NOOP, tr

MISSING = "missing"
"""A label by which a reader says that a target cannot be judged."""
STALE = QT_TR_NOOP("stale: an input changed after it was predicted")
HIDDEN = QT_TR_NOOP("hidden until the reader's own label is stored")
NONE = QT_TR_NOOP("not predicted")
_TELL_EVERY = 200
_Cells = Callable[["_Row"], Cell]


@dataclass(frozen=True, slots=True)
class Exported:
    """What an export wrote.

    Attributes:
        rows: How many cases.
        hidden: How many of them without what their reader may not see yet.
        apart: How many others without other readers' labels, by the rule of second reading.
    """

    rows: int
    hidden: int = 0
    apart: int = 0

    def say(self) -> str:
        """Return what is not in the file, in words; empty when all is."""
        return " ".join(part for part in (self._say_hidden(), self._say_apart()) if part)

    def _say_apart(self) -> str:
        if not self.apart:
            return ""
        cases = tr("case") if self.apart == 1 else tr("cases")
        return tr(
            "Other readers' labels are left out for {apart:,} {cases} by the rule of second reading.",
            apart=self.apart,
            cases=cases,
        )

    def _say_hidden(self) -> str:
        if not self.hidden:
            return ""
        cases = tr("case that is") if self.hidden == 1 else tr("cases that are")
        return tr(
            "Predictions, the reference and other readers' labels are left out for {hidden:,} {cases} not read yet.",
            hidden=self.hidden,
            cases=cases,
        )


@dataclass(frozen=True, slots=True)
class _Row:
    """What is known of one case.

    Attributes:
        case: The case.
        prediction: The version's answer, or None when there is none that may be shown.
        note: Why there is none; empty when there is one.
        labels: Labels by target and reader.
    """

    case: Case
    prediction: Prediction | None
    note: str
    labels: Mapping[str, Mapping[str, Label]]


@dataclass(frozen=True, slots=True)
class _Column:
    name: str
    kind: type
    cell: _Cells


def write_predictions(project: Project, version: str, out: Path, ids: Iterable[int] | None = None) -> int:
    """Write a version's predictions, one row a case, and return the number of rows.

    Columns: `case`; for each target its value under its own name and its probabilities as
    `p(LABEL)` (a flag's under its own name, a number's ends as `low(NAME)` and
    `high(NAME)`); `missing` with the inputs that are masked, apart by `|`; `model`. A case
    whose prediction is stale or not there has empty cells and no model.

    Args:
        project: The project.
        version: Id of the model version.
        out: A file ending in .csv, .tsv, .xlsx, .parquet or .jsonl; replaced when there.
        ids: The cases, in this order; all of them when None.

    Raises:
        TableProblem: The file cannot be written.
        DiskFull: It does not fit.
    """
    wanted = None if ids is None else list(ids)
    cases = project.store.cases(wanted)
    predictions = project.store.predictions(version, wanted)
    rows = (_Row(case, *_usable(predictions.get(case.id)), {}) for case in cases)
    return _write(out, prediction_columns(project.schema), rows)


def export_project(project: Project, out: Path, *, ctx: JobContext, reader: str = "") -> Exported:
    """Write predictions of the current version and all labels, one row a case.

    After the columns of `write_predictions` stand, for each target, `label(NAME)` with
    `reader(NAME)` and `time(NAME)`: the label that counts, see `counting_label`, or that nobody
    can judge it; then
    `label(NAME@READER)` and `time(NAME@READER)` for every reader of a label that is written, the
    table's own labels first as `label(NAME@reference)`; then `model_note`, which says why a
    prediction is left out. Times are UTC.

    Args:
        project: The project.
        out: A file ending in .csv, .tsv, .xlsx, .parquet or .jsonl; replaced when there.
        ctx: Told about progress, asked whether to stop.
        reader: Whose eyes it is for: where the own read comes first, cases that this reader
            has not read come without predictions and without others' labels, the table's
            included. Empty for everything.

    Raises:
        TableProblem: The file cannot be written.
        DiskFull: It does not fit.
    """
    store, schema = project.store, project.schema
    current = store.current_version()
    cases = store.cases()
    predictions = store.predictions(current) if current else {}
    labels = {
        case: {target: {label.reader: label for label in given} for target, given in by_target.items()}
        for case, by_target in (project.seen_labels(reader) if reader else store.labels()).items()
    }
    rule = store.setting(CONSENSUS)
    unread: set[int] = set()
    if reader:
        ids = [case.id for case in cases]
        unread = set(ids) - set(project.read_cases(ids, reader))

    def rows() -> Iterator[_Row]:
        for index, case in enumerate(cases, 1):
            ctx.check_cancelled()
            if index % _TELL_EVERY == 0:
                ctx.progress(Progress(index, len(cases), tr("Writing cases")))
            prediction, note = _usable(predictions.get(case.id))
            if case.id in unread:
                prediction, note = None, tr(HIDDEN)
            yield _Row(case, prediction, note, labels.get(case.id, {}))

    readers = {name for by_target in labels.values() for given in by_target.values() for name in given}
    ordered = sorted(readers, key=lambda name: (name != REFERENCE, name.casefold(), name))
    columns = [
        *prediction_columns(schema),
        *(column for target in schema.targets for column in _counting_columns(target, rule)),
        *(column for target in schema.targets for name in ordered for column in _reader_columns(target, name)),
        _Column("model_note", str, lambda row: row.note),
    ]
    apart = _apart(project, labels, unread) if reader else 0
    return Exported(_write(out, columns, rows()), len(unread), apart)


def _apart(project: Project, seen: Mapping[int, Mapping[str, Mapping[str, Label]]], unread: set[int]) -> int:
    """Return for how many read cases others' labels are withheld from the reader."""

    def count(labels: Mapping[str, Collection[object]]) -> int:
        return sum(len(given) for given in labels.values())

    every = project.store.labels()
    return sum(count(every[case]) > count(seen.get(case, {})) for case in every.keys() - unread)


def _write(out: Path, columns: list[_Column], rows: Iterable[_Row]) -> int:
    types = {column.name: column.kind for column in columns}
    if len(types) != len(columns):
        twice = Counter(column.name for column in columns).most_common(1)[0][0]
        raise TableProblem(
            tr("Two columns would be called '{twice}'.", twice=twice),
            tr("Nothing is written."),
            tr("Rename one field."),
        )
    return write_table(out, types, ([column.cell(row) for column in columns] for row in rows))


def _usable(prediction: Prediction | None) -> tuple[Prediction | None, str]:
    if prediction is None:
        return None, tr(NONE)
    return (None, tr(STALE)) if prediction.stale else (prediction, "")


def prediction_columns(schema: Schema) -> list[_Column]:
    """Return the columns of a prediction, in the order of the contract."""
    columns = [_Column("case", str, lambda row: row.case.name)]
    shared = Counter(option for target in schema.targets for option in kind_of(target).chances(target))
    for target in schema.targets:
        columns.append(_Column(target.name, kind_of(target).cell_type, _value(target)))
        for option in kind_of(target).chances(target):
            name = f"p({target.name}.{option})" if shared[option] > 1 else f"p({option})"
            columns.append(_Column(name, float, _probability(target, option)))
        if kind_of(target).is_amount:
            cell_type = kind_of(target).cell_type
            columns += [_Column(f"{end}({target.name})", cell_type, _end(target, end)) for end in ("low", "high")]
    columns.append(_Column("missing", str, lambda row: "|".join(_masked(row, schema))))
    columns.append(_Column("model", str, lambda row: row.prediction.version if row.prediction else None))
    return columns


def _masked(row: _Row, schema: Schema) -> tuple[str, ...]:
    if row.prediction:
        return row.prediction.missing
    return tuple(field.name for field in schema.inputs if isinstance(row.case.inputs.get(field.name), Missing | None))


def _answer(row: _Row, target: Field) -> TargetPrediction | None:
    return row.prediction.targets.get(target.name) if row.prediction else None


def _value(target: Field) -> _Cells:
    def cell(row: _Row) -> Cell:
        answer = _answer(row, target)
        return None if answer is None else kind_of(target).to_cell(answer.value, target)

    return cell


def _probability(target: Field, option: str) -> _Cells:
    def cell(row: _Row) -> Cell:
        answer = _answer(row, target)
        share = answer.probabilities.get(option) if answer else None
        return None if share is None else round(float(share), 6)

    return cell


def _end(target: Field, end: str) -> _Cells:
    def cell(row: _Row) -> Cell:
        answer = _answer(row, target)
        number = getattr(answer, end) if answer else None
        return None if number is None else kind_of(target).to_cell(float(number), target)

    return cell


def _counting_columns(target: Field, rule: str | None) -> list[_Column]:
    def newest(row: _Row) -> Label | None:
        given = row.labels.get(target.name, {}).values()
        judged = any(is_present(label.value) for label in given)
        return counting_label(given, rule) if judged else max(given, key=lambda label: label.at, default=None)

    def text(row: _Row) -> Cell:
        label = newest(row)
        return as_text(label.value, target) if label else None

    def who(row: _Row) -> Cell:
        label = newest(row)
        return label.reader if label else None

    def when(row: _Row) -> Cell:
        label = newest(row)
        return label.at if label else None

    name = target.name
    return [
        _Column(f"label({name})", str, text),
        _Column(f"reader({name})", str, who),
        _Column(f"time({name})", str, when),
    ]


def _reader_columns(target: Field, reader: str) -> list[_Column]:
    def text(row: _Row) -> Cell:
        label = row.labels.get(target.name, {}).get(reader)
        return as_text(label.value, target) if label else None

    def when(row: _Row) -> Cell:
        label = row.labels.get(target.name, {}).get(reader)
        return label.at if label and label.value is not None else None

    name = f"{target.name}@{reader}"
    return [_Column(f"label({name})", str, text), _Column(f"time({name})", str, when)]


def as_text(value: Value, field: Field) -> str | None:
    """Return a value as an import reads it: true, false, `A|B`, `-` for none of the labels.

    A label that says the target cannot be judged is the word `missing`; one whose option
    the schema does not list any more stays that option; unread is None.
    """
    if value is None:
        return None
    if isinstance(value, Missing):
        return value.held if value.reason is Reason.NO_OPTION else MISSING
    return kind_of(field).write(value, field)
