"""A project as the model process sees it: its cases and labels now, and a version to score with."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mmdesk.core.cases.case import Case
from mmdesk.core.cases.truth import CONSENSUS, Truth, labels_hash, of_reference, truths_of
from mmdesk.core.errors import TrainingRefused
from mmdesk.core.fields.schema import Schema
from mmdesk.core.fields.schema_toml import read_schema
from mmdesk.core.judge.evaluation import Scored
from mmdesk.core.model.fit import answers
from mmdesk.core.model.prepare import Preparation, prepare_targets
from mmdesk.core.model.unread import InputsRead, inputs_read
from mmdesk.inference.embedding import ImageFailure
from mmdesk.inference.scorer import Scorer
from mmdesk.inference.session import Head
from mmdesk.storage.cases import seen
from mmdesk.storage.cases.seen import Eyes
from mmdesk.storage.embedding_cache import EmbeddingCache
from mmdesk.storage.opening import open_existing
from mmdesk.words import tr

Arrays = dict[str, NDArray[Any]]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Cases and labels as they stood when a job began.

    Attributes:
        folder: The project's folder.
        schema: Its fields.
        cases: All its cases.
        truths: The labels that count, by case id.
        hash: Hex digest of those labels.
    """

    folder: Path
    schema: Schema
    cases: tuple[Case, ...]
    truths: Mapping[int, Truth]
    hash: str

    def values(self, cases: Sequence[Case]) -> list[Mapping[str, Any]]:
        """Return the labels that count, case by case."""
        none = Truth()
        return [self.truths.get(case.id, none).values for case in cases]

    def inputs_read(
        self, cases: Sequence[Case], failures: Iterable[ImageFailure], names: Collection[str]
    ) -> InputsRead:
        """Count what cases name of some inputs, and what of it could not be read."""
        failed = {(one.case, one.input): one.problem.what for one in failures}
        return inputs_read(self.schema, cases, failed, names)

    def fitting(self, *preparations: Preparation) -> Snapshot:
        """Return the same cases with those targets only that all of some versions answer.

        Raises:
            TrainingRefused: There is no such target.
        """
        kept = [
            field
            for field in self.schema
            if field.role != "target"
            or all(answers(field, preparation.targets.get(field.name)) for preparation in preparations)
        ]
        if not any(field.role == "target" for field in kept):
            raise TrainingRefused(
                tr("The current model answers none of this project's targets."),
                do=tr("Train a model for this project from the start."),
            )
        return replace(self, schema=replace(self.schema, fields=tuple(kept)))

    def scored(self, cases: Sequence[Case]) -> Scored:
        """Return the labels of some cases in the form that figures are made from."""
        truth, weights = prepare_targets(self.schema, self.values(cases))
        return Scored(truth, {name: np.asarray(w > 0) for name, w in weights.items()}, [case.group for case in cases])


@dataclass(frozen=True, slots=True)
class VersionPlace:
    """Where a model version lies.

    Attributes:
        id: Its id in the project.
        folder: Its folder.
        parts: The folder of its ONNX parts.
    """

    id: str
    folder: Path
    parts: Path

    @classmethod
    def from_json(cls, raw: Mapping[str, str]) -> VersionPlace:
        """Return the place that a job names."""
        return cls(raw["id"], Path(raw["folder"]), Path(raw["parts"]))


def take_snapshot(folder: Path, reference: str = "", eyes: Eyes | None = None) -> Snapshot:
    """Read a project, without asking for the right to write.

    Args:
        folder: The project's folder.
        reference: Whose labels count: `table`, the name of a reader after `reader:`, or by the
            project's rule when empty.
        eyes: For whom it is: only what this reader may see of others' labels is read. All when None.

    Raises:
        Situation: The project cannot be read.
    """
    schema = read_schema((folder / "project.toml").read_text(encoding="utf-8-sig"), "project.toml")
    opened = open_existing(folder, schema, look=True)
    try:
        cases = tuple(opened.store.cases())
        if eyes is None:
            labels = opened.store.labels()
        else:
            with opened.store.reading() as connection:
                labels = seen.read_labels(connection, schema, eyes)
        truths = truths_of(of_reference(labels, reference), opened.store.setting(CONSENSUS))
    finally:
        opened.close()
    return Snapshot(folder, schema, cases, truths, labels_hash(schema, cases, truths))


@contextmanager
def scorer_of(place: VersionPlace, folder: Path, schema: Schema) -> Iterator[Scorer]:
    """Give a version's scorer that shares the project's cache of embeddings.

    Args:
        place: The version.
        folder: The project's folder.
        schema: Its fields.

    Raises:
        ModelProblem: The version cannot be used.
    """
    cache = EmbeddingCache(folder / "cache")
    scorer = Scorer(place.folder, place.parts, cache, schema=schema, version=place.id, uncompiled=_in_keras)
    try:
        yield scorer
    finally:
        scorer.close()
        cache.close()


def _in_keras(folder: Path) -> Head:
    from mmdesk.modelling.predict_job import KerasHead

    return KerasHead(folder)


def rows_of(arrays: Mapping[str, NDArray[Any]], rows: slice | NDArray[Any]) -> Arrays:
    """Return some rows of each array."""
    return {name: values[rows] for name, values in arrays.items()}
