"""Use case: what is known of the cases leaves the project as a table, one row a case.

The label that counts stands under the target's name; a model's answer stands only under names
that hold the model's.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from mmdesk.core.cases.blinding import shown_case
from mmdesk.core.cases.case import NO_READERS, REFERENCE, Label, Prediction
from mmdesk.core.cases.truth import CONSENSUS
from mmdesk.core.fields.schema import Schema
from mmdesk.core.job import JobContext, Progress
from mmdesk.services.cases.reads import reads_of
from mmdesk.services.exporting.choices import Choices, check_readers, chosen_ids, chosen_versions
from mmdesk.services.exporting.columns import CASE, HIDDEN, Column, Row, answer_columns, check_names, usable, write
from mmdesk.services.exporting.label_columns import (
    comment_column,
    counting_columns,
    read_columns,
    reader_columns,
    referral_columns,
    status_column,
)
from mmdesk.services.exporting.parts import Part
from mmdesk.services.exporting.record_columns import missing_columns, place_columns, record_columns
from mmdesk.services.project import Project
from mmdesk.tabular.writers import Cell
from mmdesk.words import tr

_TELL_EVERY = 200
_Labels = Mapping[int, Mapping[str, Mapping[str, Label]]]


@dataclass(frozen=True, slots=True)
class _Heads:
    """What the columns are made for.

    Attributes:
        schema: The fields.
        names: Whose labels have columns, the table's first.
        watched: Whose status has a column.
        versions: Which model versions have columns.
        rule: Which label counts, see `core.cases.truth`.
    """

    schema: Schema
    names: list[str]
    watched: list[str]
    versions: tuple[str, ...]
    rule: str | None

    @property
    def people(self) -> list[str]:
        """Names of readers, without those that are nobody's own read."""
        return [name for name in self.names if name not in NO_READERS]


@dataclass(frozen=True, slots=True)
class Exported:
    """What an export wrote.

    Attributes:
        rows: How many cases.
        hidden: How many of them without what their reader may not see yet.
        apart: How many others without other readers' labels, by the rule of second reading.
        never: Notes that are not written because they are shown to nobody.
    """

    rows: int
    hidden: int = 0
    apart: int = 0
    never: tuple[str, ...] = ()

    def say(self) -> str:
        """Return what is not in the file, in words; empty when all is."""
        return " ".join(part for part in (self._say_hidden(), self._say_apart(), self._say_never()) if part)

    def _say_never(self) -> str:
        if not self.never:
            return ""
        return tr("Left out, as the project shows them to nobody: {notes}.", notes=", ".join(self.never))

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
class Gathered:
    """What an export holds before it is written.

    Attributes:
        columns: The columns.
        rows: One for each case.
        hidden: Ids of the cases without what their reader may not see yet.
        apart: As in `Exported`.
    """

    columns: list[Column]
    rows: list[Row]
    hidden: frozenset[int]
    apart: int

    def cells(self) -> Iterator[list[Cell]]:
        """Return the cells of each row."""
        return ([column.cell(row) for column in self.columns] for row in self.rows)


def export_project(
    project: Project, out: Path, *, ctx: JobContext, reader: str = "", choices: Choices | None = None
) -> Exported:
    """Write what is known of the cases, one row a case.

    `case` comes first. The other columns are, as far as their `Part` is chosen: `group`, `split`;
    inputs and notes; under each target's name the label that counts, see `counting_label`, or that
    nobody can judge it, with `reader(NAME)` and `time(NAME)`; `label(NAME@READER)` and
    `time(NAME@READER)` for each reader, the table's own as `label(NAME@reference)`;
    `before(NAME@READER)`, `after(NAME@READER)` and `saw(NAME@READER)`, the model version that stood
    beside; `comment(NAME@READER)`; `status(READER)`; `referred(READER)` and `reason(READER)`;
    `missing` and `missing(NAME)`; for each model `model(NAME@VERSION)`, `p(OPTION@VERSION)`,
    `low(NAME@VERSION)` and `high(NAME@VERSION)`, then `model` with the versions whose answers stand
    in the row, and `model_note` with why one does not. Times are UTC.

    Args:
        project: The project.
        out: A file ending in .csv, .tsv, .xlsx, .parquet or .jsonl; replaced when there.
        ctx: Told about progress, asked whether to stop.
        reader: Whose eyes it is for: where the own read comes first, cases that this reader
            has not read come without predictions and without others' labels, the table's
            included. Empty for everything.
        choices: What it holds; the usual when not given.

    Raises:
        Situation: A choice is not understood, or would tell what the own read comes before.
        TableProblem: The file cannot be written.
        DiskFull: It does not fit.
    """
    choices = choices or Choices()
    gathered = gather(project, choices, reader)

    def rows() -> Iterator[Row]:
        for index, row in enumerate(gathered.rows, 1):
            ctx.check_cancelled()
            if index % _TELL_EVERY == 0:
                ctx.progress(Progress(index, len(gathered.rows), tr("Writing cases")))
            yield row

    never = tuple(note.name for note in project.schema.notes if note.show == "never")
    return Exported(
        write(out, gathered.columns, rows()),
        len(gathered.hidden),
        gathered.apart,
        never if Part.RECORD in choices.parts else (),
    )


def gather(
    project: Project, choices: Choices, reader: str, computed: Mapping[str, Mapping[int, Prediction]] | None = None
) -> Gathered:
    """Return what an export holds, as `export_project` says, for a reader's eyes.

    Args:
        project: The project.
        choices: What it holds.
        reader: For whom; empty for everything.
        computed: Answers by version and case that were computed just now, instead of the stored ones.
    """
    store, schema = project.store, project.schema
    versions = tuple(computed or ()) or (chosen_versions(project, choices) if Part.PREDICTIONS in choices.parts else ())
    ids = chosen_ids(project, choices, reader)
    cases = store.cases(ids)
    numbers = [case.id for case in cases]
    seen = project.seen_labels(reader, ids) if reader else store.labels(ids)
    labels: _Labels = {
        case: {target: {label.reader: label for label in given} for target, given in by_target.items()}
        for case, by_target in seen.items()
    }
    known = {name for by_target in labels.values() for given in by_target.values() for name in given}
    check_readers(choices, known)
    if choices.whose:
        labels = {
            case: {
                target: {who: label for who, label in given.items() if who in choices.whose}
                for target, given in by.items()
            }
            for case, by in labels.items()
        }
    names = sorted(known & {*(choices.whose or known)}, key=lambda name: (name != REFERENCE, name.casefold(), name))
    people = [name for name in names if name not in NO_READERS]
    unread = frozenset(numbers) - frozenset(project.read_cases(numbers, reader)) if reader else frozenset()
    reads = reads_of(project, numbers, people) if {Part.READS, Part.COMMENTS} & {*choices.parts} else {}
    watched = ([reader] if reader else people) if {Part.STATUS, Part.REFERRAL} & {*choices.parts} else []
    states = {who: store.states(numbers, who) for who in watched}
    answers = computed or {version: store.predictions(version, ids) for version in versions}
    rows = [
        Row(
            case=shown_case(case, schema, hidden=case.id in unread) if reader else case,
            answers={
                version: (None, tr(HIDDEN)) if case.id in unread else usable(found.get(case.id))
                for version, found in answers.items()
            },
            labels=labels.get(case.id, {}),
            reads={
                (target, who): read
                for (target, who), read in reads.get(case.id, {}).items()
                if who == reader or who in labels.get(case.id, {}).get(target, {})
            },
            states={who: found[case.id] for who, found in states.items()},
        )
        for case in cases
    ]
    columns = _columns(choices, rows, _Heads(schema, names, watched, versions, store.setting(CONSENSUS)))
    check_names(column.name for column in columns)
    apart = _apart(project, seen, unread, ids) if reader else 0
    return Gathered(columns, rows, unread, apart)


def _columns(choices: Choices, rows: list[Row], heads: _Heads) -> list[Column]:
    schema, people = heads.schema, heads.people
    targets = schema.targets
    by_part = {
        Part.SPLIT: place_columns(),
        Part.RECORD: record_columns(schema),
        Part.LABELS: [column for target in targets for column in counting_columns(target, heads.rule)],
        Part.READERS: [column for target in targets for name in heads.names for column in reader_columns(target, name)],
        Part.READS: [column for target in targets for name in people for column in read_columns(target, name)],
        Part.COMMENTS: [comment_column(target, name) for target in targets for name in people],
        Part.STATUS: [status_column(name) for name in heads.watched],
        Part.REFERRAL: [column for name in heads.watched for column in referral_columns(name)],
        Part.MISSING: missing_columns(schema, rows),
        Part.PREDICTIONS: _model_columns(schema, heads.versions),
    }
    return [CASE, *(column for part, columns in by_part.items() if part in choices.parts for column in columns)]


def _model_columns(schema: Schema, versions: tuple[str, ...]) -> list[Column]:
    def used(row: Row) -> Cell:
        return "|".join(version for version in versions if row.answer(version)) or None

    def note(row: Row) -> Cell:
        said = [f"{version}: {why}" if len(versions) > 1 else why for version, (_, why) in row.answers.items() if why]
        return "; ".join(said)

    answers = [column for version in versions for column in answer_columns(schema, version, named=True)]
    return [*answers, Column("model", str, used), Column("model_note", str, note)]


def _apart(
    project: Project,
    seen: Mapping[int, Mapping[str, Collection[object]]],
    unread: frozenset[int],
    ids: list[int] | None,
) -> int:
    """Return for how many read cases others' labels are withheld from the reader."""

    def count(labels: Mapping[str, Collection[object]]) -> int:
        return sum(len(given) for given in labels.values())

    every = project.store.labels(ids)
    return sum(count(every[case]) > count(seen.get(case, {})) for case in every.keys() - unread)
