"""The columns of an export: each makes the cell of a row."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from mmdesk.core.cases.case import Case, Label, Prediction, TargetPrediction
from mmdesk.core.errors import TableProblem
from mmdesk.core.fields.kinds import kind_of
from mmdesk.core.fields.schema import Field, Schema
from mmdesk.core.fields.values import Missing, Reason, Value
from mmdesk.services.cases.reads import Read
from mmdesk.storage.cases.worklist import State
from mmdesk.tabular.writers import Cell, write_table
from mmdesk.words import QT_TR_NOOP, tr

MISSING = "missing"
"""A label by which a reader says that a target cannot be judged."""
STALE = QT_TR_NOOP("stale: an input changed after it was predicted")
HIDDEN = QT_TR_NOOP("hidden until the reader's own label is stored")
NONE = QT_TR_NOOP("not predicted")


@dataclass(frozen=True, slots=True)
class Row:
    """What is known of one case.

    Attributes:
        case: The case, without what may not be seen of it.
        answers: By model version its answer, or None and why there is none.
        labels: Labels by target and reader.
        reads: By target and reader what was said before and after the model's answer was seen.
        states: How far each reader is with it.
    """

    case: Case
    answers: Mapping[str, tuple[Prediction | None, str]] = field(default_factory=dict)
    labels: Mapping[str, Mapping[str, Label]] = field(default_factory=dict)
    reads: Mapping[tuple[str, str], Read] = field(default_factory=dict)
    states: Mapping[str, State] = field(default_factory=dict)

    def answer(self, version: str) -> Prediction | None:
        """Return a version's answer that may be used, or None."""
        return self.answers.get(version, (None, ""))[0]

    @property
    def missing(self) -> dict[str, Missing]:
        """The inputs that are not there, with the reason."""
        return {name: value for name, value in self.case.inputs.items() if isinstance(value, Missing)}


Cells = Callable[[Row], Cell]


@dataclass(frozen=True, slots=True)
class Column:
    """One column.

    Attributes:
        name: Its header.
        kind: The Python type of its cells.
        cell: Makes the cell of a row.
    """

    name: str
    kind: type
    cell: Cells


CASE = Column("case", str, lambda row: row.case.name)


def usable(prediction: Prediction | None) -> tuple[Prediction | None, str]:
    """Return a prediction that may be used, or None and why there is none."""
    if prediction is None:
        return None, tr(NONE)
    return (None, tr(STALE)) if prediction.stale else (prediction, "")


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


def answer_columns(schema: Schema, version: str, *, named: bool) -> list[Column]:
    """Return the columns of what a model version says of each target.

    Args:
        schema: The fields.
        version: Whose answers.
        named: The version stands in each column's name, as `model(NAME@VERSION)`, `p(OPTION@VERSION)`,
            `low(NAME@VERSION)`; else a target's answer stands under the target's own name.
    """
    at = f"@{version}" if named else ""
    shared = Counter(option for target in schema.targets for option in kind_of(target).chances(target))
    columns = []
    for target in schema.targets:
        name, cell_type = target.name, kind_of(target).cell_type
        columns.append(Column(f"model({name}{at})" if named else name, cell_type, _value(target, version)))
        for option in kind_of(target).chances(target):
            whose = f"{name}.{option}" if shared[option] > 1 else option
            columns.append(Column(f"p({whose}{at})", float, _probability(target, option, version)))
        if kind_of(target).is_amount:
            columns += [Column(f"{end}({name}{at})", cell_type, _end(target, end, version)) for end in ("low", "high")]
    return columns


def write(out: Path, columns: Collection[Column], rows: Iterable[Row]) -> int:
    """Write a table of these columns and return the number of rows.

    Raises:
        TableProblem: Two columns would have one name, or the file cannot be written.
        DiskFull: It does not fit.
    """
    check_names(column.name for column in columns)
    types = {column.name: column.kind for column in columns}
    return write_table(out, types, ([column.cell(row) for column in columns] for row in rows))


def check_names(names: Iterable[str]) -> None:
    """Refuse two columns of one name.

    Raises:
        TableProblem: There are two.
    """
    name, count = Counter(names).most_common(1)[0]
    if count > 1:
        raise TableProblem(
            tr("Two columns would be called '{twice}'.", twice=name),
            tr("Nothing is written."),
            tr("Rename one field."),
        )


def _answer(row: Row, target: Field, version: str) -> TargetPrediction | None:
    prediction = row.answer(version)
    return prediction.targets.get(target.name) if prediction else None


def _value(target: Field, version: str) -> Cells:
    def cell(row: Row) -> Cell:
        answer = _answer(row, target, version)
        return None if answer is None else kind_of(target).to_cell(answer.value, target)

    return cell


def _probability(target: Field, option: str, version: str) -> Cells:
    def cell(row: Row) -> Cell:
        answer = _answer(row, target, version)
        share = answer.probabilities.get(option) if answer else None
        return None if share is None else round(float(share), 6)

    return cell


def _end(target: Field, end: str, version: str) -> Cells:
    def cell(row: Row) -> Cell:
        answer = _answer(row, target, version)
        number = getattr(answer, end) if answer else None
        return None if number is None else kind_of(target).to_cell(float(number), target)

    return cell
