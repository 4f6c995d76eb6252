"""Use case: the reads as a reader study's software takes them: reader, case, modality, score.

The form is iMRMC's. For each case one row gives the truth, by the reader `truth` in the modality
`truth`; in a file that ends with .imrmc these are -1 and 0, after a head with the counts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from mmdesk.core.cases.case import ADJUDICATED, NO_READERS, REFERENCE, Label
from mmdesk.core.errors import DiskFull, FieldProblem, TableProblem
from mmdesk.core.fields.values import is_present
from mmdesk.core.job import JobContext
from mmdesk.services.exporting.choices import Choices
from mmdesk.services.exporting.columns import Row
from mmdesk.services.exporting.parts import Part
from mmdesk.services.exporting.positive import Positive, read_positive
from mmdesk.services.exporting.table import gather
from mmdesk.services.project import Project
from mmdesk.support.files import write_whole
from mmdesk.tabular.writers import Cell, write_table
from mmdesk.words import tr

TRUTH = "truth"
UNAIDED, AIDED, ALONE = "unaided", "aided", "standalone"
"""Read before the model's answer was seen; after it; what the model itself says."""
ENDING = ".imrmc"
_NO_SPACE = (28, 122)


@dataclass(frozen=True, slots=True)
class Score:
    """One row: who gave which case which score in which modality."""

    reader: str
    case: str
    modality: str
    score: float


@dataclass(frozen=True, slots=True)
class Study:
    """What was written.

    Attributes:
        readers: Who read.
        modalities: How.
        negative: Cases that are negative by the truth.
        positive: Cases that are positive.
        scores: Rows with a score, without those of the truth.
        left_out: What is not in the file and why, one sentence each.
    """

    readers: tuple[str, ...]
    modalities: tuple[str, ...]
    negative: int
    positive: int
    scores: int
    left_out: tuple[str, ...] = ()

    def say(self) -> str:
        """Return what is in the file, in words."""
        return tr(
            "{scores:,} scores by {readers} in {modalities}; {positive:,} positive and {negative:,} negative cases.",
            scores=self.scores,
            readers=", ".join(self.readers) or tr("nobody"),
            modalities=", ".join(self.modalities) or tr("no modality"),
            positive=self.positive,
            negative=self.negative,
        )


def export_mrmc(
    project: Project, out: Path, positive: str, *, ctx: JobContext, reader: str = "", choices: Choices | None = None
) -> Study:
    """Write the scores of readers, and of models that are named, on the cases whose truth is known.

    The truth is what a third person decided, else the label that came with the table. A read without
    the model's answer beside it is `unaided`, one with it `aided`.

    Args:
        project: The project.
        out: A file ending in .imrmc, .csv, .tsv, .xlsx, .parquet or .jsonl; replaced when there.
        positive: What counts as positive, see `read_positive`.
        ctx: Asked whether to stop.
        reader: Whose eyes it is for; empty for everything.
        choices: Which cases, whose labels, which models; the columns do not count.

    Raises:
        Situation: A choice is not understood, or would tell what the own read comes before.
        TableProblem: The file cannot be written.
        DiskFull: It does not fit.
    """
    choices = choices or Choices()
    wanted = read_positive(positive, project.schema)
    parts = (Part.READS, *([Part.PREDICTIONS] if choices.models else []))
    gathered = gather(project, replace(choices, whose=(), parts=parts), reader)
    truths = {row.case.id: truth for row in gathered.rows if (truth := _truth(row, wanted)) is not None}
    scores: list[Score] = []
    unsure = 0
    for row in gathered.rows:
        ctx.check_cancelled()
        if row.case.id in truths:
            found, lacking = _scores(row, wanted, choices)
            scores += found
            unsure += lacking
    if taken := {score.reader for score in scores} & {TRUTH, "-1"}:
        raise FieldProblem(
            tr("'{name}' means the truth in such a file, and a reader is called so.", name=min(taken)),
            tr("Nothing is written."),
            tr("Rename the reader."),
        )
    names = {row.case.id: row.case.name for row in gathered.rows}
    rows = [Score(TRUTH, names[case], TRUTH, float(truth)) for case, truth in truths.items()] + scores
    study = Study(
        tuple(dict.fromkeys(score.reader for score in scores)),
        tuple(dict.fromkeys(score.modality for score in scores)),
        sum(not truth for truth in truths.values()),
        sum(truths.values()),
        len(scores),
        tuple(_left_out(len(gathered.rows) - len(truths), unsure, len(gathered.hidden), scores)),
    )
    _write(out, rows, study)
    return study


def _truth(row: Row, wanted: Positive) -> bool | None:
    given: Mapping[str, Label] = row.labels.get(wanted.target.name, {})
    for who in (ADJUDICATED, REFERENCE):
        if who in given and is_present(given[who].value):
            return wanted.holds(given[who].value)
    return None


def _scores(row: Row, wanted: Positive, choices: Choices) -> tuple[list[Score], int]:
    """Return a case's scores, and how many answers say that it cannot be judged."""
    found, unsure = [], 0
    for (target, who), read in row.reads.items():
        if target != wanted.target.name or who in NO_READERS or (choices.whose and who not in choices.whose):
            continue
        for modality, value in ((UNAIDED, read.before), (AIDED, read.after)):
            if is_present(value):
                found.append(Score(who, row.case.name, modality, wanted.score(value)))
            elif value is not None:
                unsure += 1
    for version in row.answers:
        prediction = row.answer(version)
        answer = prediction.targets.get(wanted.target.name) if prediction else None
        if answer is not None:
            found.append(Score(version, row.case.name, ALONE, wanted.estimate(answer)))
    return found, unsure


def _left_out(without_truth: int, unsure: int, hidden: int, scores: list[Score]) -> Iterator[str]:
    def cases(count: int) -> str:
        return tr("1 case") if count == 1 else tr("{count:,} cases", count=count)

    if without_truth:
        yield tr("{cases} left out: neither adjudicated nor labelled by the table.", cases=cases(without_truth))
    if unsure:
        yield tr("Answers left out because the reader could not judge: {count:,}.", count=unsure)
    if hidden:
        yield tr("{cases} not read yet: what others say of them is left out.", cases=cases(hidden))
    both = {(score.reader, score.case) for score in scores if score.modality == AIDED}
    alone = {(score.reader, score.case) for score in scores if score.modality == UNAIDED} - both
    if both and alone:
        yield tr("Reads that were not stored again with the model beside, unaided only: {count:,}.", count=len(alone))


def _write(out: Path, rows: list[Score], study: Study) -> None:
    columns = {"readerID": str, "caseID": str, "modalityID": str, "score": float}
    if out.suffix.lower() != ENDING:
        cells: list[list[Cell]] = [[row.reader, row.case, row.modality, row.score] for row in rows]
        write_table(out, columns, cells)
        return
    if bad := [text for row in rows for text in (row.reader, row.case) if "," in text or "\n" in text]:
        raise FieldProblem(
            tr("'{name}' holds a comma, which ends a name in an .imrmc file.", name=bad[0]),
            tr("Nothing is written."),
            tr("Write a .csv file, which R's iMRMC takes."),
        )
    counts = {"N0": study.negative, "N1": study.positive, "NR": len(study.readers), "NM": len(study.modalities)}
    head = [f"{name}: {count}" for name, count in counts.items()]
    lines = [
        f"-1,{row.case},0,{row.score:g}"
        if row.reader == TRUTH
        else f"{row.reader},{row.case},{row.modality},{row.score:.9g}"
        for row in rows
    ]
    try:
        write_whole(out, "\n".join([*head, "", "BEGIN DATA:", *lines, ""]))
    except OSError as problem:
        if problem.errno in _NO_SPACE:
            raise DiskFull(tr("The disk is full: {name} does not fit.", name=out.name)) from None
        raise TableProblem(
            tr("{name} cannot be written.", name=out.name), tr("Nothing is written."), tr("Choose another place.")
        ) from problem
