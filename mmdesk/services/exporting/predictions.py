"""Use case: a model version's answers as a table, one row a case: what `mmdesk predict --out` writes.

A prediction belongs to its inputs and version: a stale one is left out, never written as
if it held.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from mmdesk.core.fields.schema import Schema
from mmdesk.core.fields.values import Missing
from mmdesk.services.exporting.columns import CASE, Column, Row, answer_columns, usable, write
from mmdesk.services.project import Project


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
    rows = (Row(case, {version: usable(predictions.get(case.id))}) for case in cases)
    return write(out, prediction_columns(project.schema, version), rows)


def prediction_columns(schema: Schema, version: str) -> list[Column]:
    """Return the columns of a prediction, in the order of the contract."""

    def masked(row: Row) -> str:
        if prediction := row.answer(version):
            return "|".join(prediction.missing)
        gone = [name.name for name in schema.inputs if isinstance(row.case.inputs.get(name.name), Missing | None)]
        return "|".join(gone)

    return [
        CASE,
        *answer_columns(schema, version, named=False),
        Column("missing", str, masked),
        Column("model", str, lambda row: version if row.answer(version) else None),
    ]
