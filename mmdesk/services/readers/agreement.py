"""Use case: how far readers agree, on what may be seen of them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from mmdesk.core.agreement.report import AMOUNT, NOMINAL, ORDINAL, Agreement, Figure, Question, agreement_on
from mmdesk.core.cases.case import NO_READERS, Label
from mmdesk.core.fields.kinds import kind_of
from mmdesk.core.fields.schema import Field
from mmdesk.core.fields.values import Value, is_present
from mmdesk.core.job import JobContext, Progress
from mmdesk.services.project import Project
from mmdesk.words import tr

Read = Mapping[int, Sequence[Label]]
"""The readers' labels of one target by case."""


@dataclass(frozen=True, slots=True)
class Report:
    """How far the readers of a project agree.

    Attributes:
        readers: Who labelled.
        cases: Cases that at least two of them labelled.
        hidden: How many of these are left out, because the asking reader may not see others' labels yet.
        agreements: One for each target, or for each option where several may hold.
    """

    readers: tuple[str, ...]
    cases: int
    hidden: int
    agreements: tuple[Agreement, ...]

    def say_hidden(self) -> str:
        """Return in words what is left out; empty for nothing."""
        if not self.hidden:
            return ""
        cases = tr("case is") if self.hidden == 1 else tr("cases are")
        return tr(
            "{hidden:,} {cases} left out: what others said is hidden from you until it is decided or all have read.",
            hidden=self.hidden,
            cases=cases,
        )


def report_of(project: Project, *, ctx: JobContext, reader: str = "") -> Report:
    """Return how far the readers agree on each target.

    Args:
        project: The project.
        ctx: Told about progress, asked whether to stop.
        reader: Whose eyes it is for: only what this reader may see of others counts. Empty for all.
    """
    with project.store.reading():
        every = _several(project.store.labels())
        seen = _several(project.seen_labels(reader)) if reader else every
        groups = {case.id: case.group for case in project.store.cases(sorted(seen))}
    readers = sorted({label.reader for given in seen.values() for said in given.values() for label in said})
    questions = [q for target in project.schema.targets for q in _questions(target, seen, groups)]
    found = []
    for index, question in enumerate(questions):
        ctx.check_cancelled()
        ctx.progress(Progress(index, len(questions), tr("Comparing readers")))
        found.append(agreement_on(question))
    return Report(tuple(readers), len(every), len(every) - len(seen), tuple(found))


def _several(labels: Mapping[int, Mapping[str, Sequence[Label]]]) -> dict[int, dict[str, list[Label]]]:
    """Return the readers' labels of the cases that at least two labelled."""
    found = {}
    for case, given in labels.items():
        read = {target: [label for label in said if label.reader not in NO_READERS] for target, said in given.items()}
        if any(len(said) > 1 for said in read.values()):
            found[case] = {target: said for target, said in read.items() if len(said) > 1}
    return found


def _questions(
    target: Field, labels: Mapping[int, Mapping[str, Sequence[Label]]], groups: Mapping[int, str]
) -> Iterator[Question]:
    kind = kind_of(target)
    read = {case: given[target.name] for case, given in labels.items() if target.name in given}
    if not read:
        return
    if kind.several:
        for option in target.options:
            yield _question(target, option, NOMINAL, (tr("no"), tr("yes")), read, groups)
    elif kind.is_amount:
        yield _question(target, "", AMOUNT, (), read, groups)
    else:
        level = ORDINAL if kind.orders and target.options else NOMINAL
        answers = target.options or (tr("no"), tr("yes"))
        yield _question(target, "", level, answers, read, groups)


def _question(
    target: Field, option: str, level: str, options: tuple[str, ...], read: Read, groups: Mapping[int, str]
) -> Question:
    readers = sorted({label.reader for given in read.values() for label in given})
    columns = {reader: index for index, reader in enumerate(readers)}
    ratings = np.full((len(read), len(readers)), np.nan)
    unjudged = 0
    for row, given in enumerate(read.values()):
        for label in given:
            ratings[row, columns[label.reader]] = _rating(label.value, target, option)
            unjudged += not is_present(label.value)
    kept = np.flatnonzero((~np.isnan(ratings)).sum(axis=1) > 1).tolist()
    cases = list(read)
    return Question(
        target.name,
        option,
        tr("{title}: {option}", title=target.title, option=option) if option else target.title,
        level,
        options,
        tuple(readers),
        tuple(cases[row] for row in kept),
        tuple(groups[cases[row]] for row in kept),
        tuple(max(label.at for label in read[cases[row]]) for row in kept),
        ratings[kept],
        unjudged,
    )


def _rating(value: Value, target: Field, option: str) -> float:
    if not is_present(value):
        return math.nan
    if option:
        return float(option in value)  # type: ignore[operator]  # a present value of several options
    if isinstance(value, str):
        return float(target.options.index(value)) if value in target.options else math.nan
    return float(value)  # type: ignore[arg-type]  # a flag, a grade's index or an amount


def as_facts(report: Report) -> dict[str, Any]:
    """Return a report as JSON has it."""
    return {
        "readers": list(report.readers),
        "cases": report.cases,
        "hidden": report.hidden,
        "targets": [
            {
                "target": agreement.question.target,
                "option": agreement.question.option,
                "level": agreement.question.level,
                "readers": list(agreement.question.readers),
                "cases": len(agreement.question.cases),
                "unjudged": agreement.question.unjudged,
                "draws": agreement.draws,
                "figures": {figure.name: _figure(figure) for figure in agreement.figures},
                "pairs": [
                    {
                        "readers": [pair.one, pair.other],
                        "cases": pair.cases,
                        "figures": {figure.name: _figure(figure) for figure in pair.figures},
                        "options": list(agreement.question.options),
                        "table": table_of(agreement.question.options, pair.cells),
                    }
                    for pair in agreement.pairs
                ],
                "over_time": [{"period": words, **_figure(figure)} for words, figure in agreement.periods],
            }
            for agreement in report.agreements
        ],
    }


def table_of(options: Sequence[str], cells: Mapping[tuple[int, int], Sequence[int]]) -> list[list[int]]:
    """Return how many cases each pair of answers has: a row for each answer of the first reader."""
    size = range(len(options))
    return [[len(cells.get((row, column), ())) for column in size] for row in size]


def _figure(figure: Figure) -> dict[str, Any]:
    return {"value": figure.value, "low": figure.low, "high": figure.high, "cases": figure.cases}
