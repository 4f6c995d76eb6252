"""A project in a notebook: cases, labels, predictions and the journal as polars frames, images as arrays.

Semantic versioning is promised for what is public here, as `api_version` says, and for nothing else
of the program.
"""

from __future__ import annotations

import warnings
from collections.abc import Collection
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from mmdesk.core.errors import Situation
from mmdesk.core.job import SilentContext
from mmdesk.services.exporting.choices import Choices, chosen_ids
from mmdesk.services.exporting.parts import USUAL, Part
from mmdesk.services.project import PATIENCE, open_project
from mmdesk.services.project import Project as OpenProject
from mmdesk.words import tr

if TYPE_CHECKING:
    import polars as pl
    import tensorflow as tf
    from numpy.typing import NDArray

__all__ = ["Project", "Situation", "api_version", "open"]

api_version = "1.0.0"
"""Version of this interface: the first number changes when something that worked works otherwise."""


class Project:
    """An open project; made by `open`. Closes at the end of a `with` block, or by `close`.

    Where a reader is named, everything is as this reader may see it: where the own read comes first,
    cases that the reader has not read come without predictions, the reference, other readers' labels
    and hidden notes.

    What was guessed, left out or could not be read is said as a warning of Python's.

    Attributes:
        folder: Its folder.
        name: Its name.
        reader: Whose eyes it is for; empty for everything.
        look_only: Why nothing is stored in it, in words; empty where predictions are stored.
        inputs: Names of the inputs.
        targets: Names of the targets.
        notes: Names of the notes that may be seen.
    """

    def __init__(self, opened: OpenProject, reader: str) -> None:
        self._project = opened
        self.reader = reader
        self.folder, self.name = opened.folder, opened.schema.name
        self.look_only = opened.look_only
        self.inputs = tuple(field.name for field in opened.schema.inputs)
        self.targets = tuple(field.name for field in opened.schema.targets)
        self.notes = tuple(field.name for field in opened.schema.notes if field.show != "never")

    def __repr__(self) -> str:
        return f"Project({str(self.folder)!r})"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the project; what changed is backed up."""
        self._project.close()

    # frames

    def cases(self, search: str = "", *, split: str = "") -> pl.DataFrame:
        """Return one row a case: `case`, `group`, `split`, inputs, notes, `missing` and `missing(NAME)`.

        An image is its path, from the project's folder where possible. What is missing is null, and
        `missing(NAME)` says why.

        Args:
            search: Which cases, by the worklist's search line; all when empty.
            split: Of this split only; of all when empty.

        Raises:
            Situation: The line is not understood, or would tell what the own read comes before.
        """
        return self._table(Choices(search, split, parts=(Part.SPLIT, Part.RECORD, Part.MISSING)))

    def truth(self, search: str = "", *, split: str = "") -> pl.DataFrame:
        """Return one row a case with the label that counts under each target's name, whose it is and from when."""
        return self._table(Choices(search, split, parts=(Part.SPLIT, Part.LABELS)))

    def labels(self) -> pl.DataFrame:
        """Return one row a label: `case`, `target`, `reader`, `value`, `number`, `missing`, `at` (UTC).

        `value` is text as exports write it; `number` is 1 or 0 of a flag, a grade's step from 0, or the
        amount; `missing` says that the reader could not judge it.
        """
        from mmdesk.api.frames import labels_frame

        return labels_frame(self._project, self.reader)

    def predictions(self, version: str = "", search: str = "", *, split: str = "") -> pl.DataFrame:
        """Return one row a case with what a model version says, as it is stored.

        Columns: `case`, `model(NAME@VERSION)`, `p(OPTION@VERSION)`, of an amount `low(...)` and
        `high(...)`; `model`; `model_note` with why there is no answer.

        Args:
            version: Id of the version; the current one when empty.
            search: As in `cases`.
            split: As in `cases`.
        """
        models = (version,) if version else ()
        return self._table(Choices(search, split, parts=(Part.PREDICTIONS,), models=models))

    def versions(self) -> pl.DataFrame:
        """Return the model versions, oldest first: `version`, `name`, `state`, `parent`, `created`."""
        from mmdesk.api.frames import versions_frame

        return versions_frame(self._project)

    def journal(self) -> pl.DataFrame:
        """Return the journal, oldest entry first.

        Columns: `seq`, `at` (UTC), `reader`, `action`, `case`, `field`, `old`, `new` (as JSON), `why`,
        `version` (the model's answer that stood beside). For a reader these are the own entries, and
        others' labels that the reader may see.
        """
        from mmdesk.api.frames import journal_frame

        return journal_frame(self._project, self.reader)

    # images

    def image(
        self, case: str, field: str, frame: int = 0, *, size: int | None = None, values: bool = False
    ) -> NDArray[Any] | None:
        """Return an image as the program decodes it; None where the case has none.

        Args:
            case: The case's name.
            field: Name of the image input.
            frame: Which picture of a file, or slice of a volume.
            size: As a model sees it, a square of so many pixels; as the reader sees it when None.
            values: The stored values in their unit, before any window, for the first picture and others.

        Returns:
            uint8 RGB (height, width, 3); with `values` (height, width) of the file's own type, or RGB.

        Raises:
            Situation: There is no such case or image input, or the file cannot be read or is not the one
                that was imported.
        """
        from mmdesk.api.images import read_image

        return read_image(self._project, case, field, frame, size=size, values=values)

    # models

    def to_tf_dataset(
        self,
        split: str = "train",
        *,
        batch: int | None = None,
        shuffle: bool = False,
        inputs: Collection[str] | None = None,
        targets: Collection[str] | None = None,
    ) -> tf.data.Dataset:
        """Return batches of labelled cases with the preparation and masks that training uses.

        An element is `(inputs, targets, weights)`, each a dict: images as `NAME` (uint8, or float32 of a
        volume), fields as `NAME` prepared by what is learnt on the training split, `NAME__present` 1 or 0,
        `NAME__mask` of a sequence; targets as training aims at them; weights 0 where a target has no
        label. The project's recipe says which inputs and at what size. TensorFlow must be installed; import
        mmdesk before it.

        Args:
            split: `train`, `validation` or `test`.
            batch: Cases in a batch; the recipe's when None.
            shuffle: In another order in every pass, with inputs hidden and images changed as the recipe says.
            inputs: Keep only these of the model's inputs; all when None.
            targets: Keep only these targets; all when None.

        Raises:
            Situation: There is no such split, no labelled case in it, or the recipe cannot be used.
        """
        from mmdesk.api.datasets import dataset_of

        return dataset_of(
            self._project, self.reader, split, batch=batch, shuffle=shuffle, inputs=inputs, targets=targets
        )

    def predict(self, search: str = "", *, version: str = "") -> pl.DataFrame:
        """Compute what a model version says now, and return it as `predictions` does.

        The predictions are stored where the project was opened with a reader's name and can be
        written; else nothing is stored.

        Args:
            search: Which cases, by the worklist's search line; all when empty.
            version: Id of the version; the current one when empty.

        Raises:
            Situation: There is no such version, or it cannot be used.
        """
        from mmdesk.api.frames import table_frame
        from mmdesk.services.models.prediction import Predictor

        chosen = chosen_ids(self._project, Choices(search), self.reader)
        ids = [case.id for case in self._project.store.cases(chosen)]
        predictor = Predictor(self._project, version)
        try:
            computed = predictor.compute(ids, SilentContext(), keep=not self.look_only)
            for case in predictor.refused_among(ids):
                _warn(tr("{version} gives no answer for {say}.", version=predictor.version, say=case.say()))
        finally:
            predictor.close()
        choices = Choices(search, parts=(Part.PREDICTIONS,), models=(predictor.version,))
        return table_frame(self._project, choices, self.reader, {predictor.version: computed})

    # files

    def export(
        self,
        out: str | Path,
        *,
        search: str = "",
        split: str = "",
        status: str = "",
        labels_of: Collection[str] = (),
        columns: Collection[str] = USUAL,
        models: Collection[str] = (),
    ) -> int:
        """Write one row a case to a table, as `mmdesk export` does, and return the number of rows.

        Args:
            out: A file ending in .csv, .tsv, .xlsx, .parquet or .jsonl; replaced when there.
            search: Which cases, by the worklist's search line; all when empty.
            split: Of this split only; of all when empty.
            status: Of this state only, such as `read`; of any when empty.
            labels_of: Whose labels; everybody's when empty.
            columns: Some of record, labels, readers, reads, comments, referral, status, split, predictions
                and missing.
            models: Whose predictions; the current version's when empty.

        Raises:
            Situation: A choice is not understood, or the file cannot be written.
        """
        from mmdesk.services.exporting.table import export_project

        choices = Choices(search, split, status, tuple(labels_of), tuple(map(_part, columns)), tuple(models))
        done = export_project(self._project, Path(out), ctx=SilentContext(), reader=self.reader, choices=choices)
        if done.say():
            _warn(done.say())
        return done.rows

    def _table(self, choices: Choices) -> pl.DataFrame:
        from mmdesk.api.frames import table_frame

        return table_frame(self._project, choices, self.reader)


def open(folder: str | Path, reader: str | None = None) -> Project:  # noqa: A001  (as mmdesk.open)
    """Open a project.

    Args:
        folder: Its folder.
        reader: Whose eyes it is for; with a name, predictions that are computed are stored, unless the
            project is open elsewhere. None for everything, to look only: nothing is stored in it.

    Raises:
        Situation: There is no project, it cannot be read, or nobody may be called so.
    """
    from mmdesk.services.readers.second_reading import usable_name

    who = "" if reader is None else usable_name(reader)
    opened = open_project(Path(folder), look=reader is None, wait=PATIENCE)
    for words in opened.warnings:
        _warn(words)
    if who and not opened.look_only:
        opened.set_reader(who)
    elif who:
        _warn(opened.look_only)
    return Project(opened, who)


def _part(name: str) -> Part:
    try:
        return Part(name)
    except ValueError:
        raise Situation(
            tr("An export has no columns called '{name}'.", name=name),
            tr("Nothing is written."),
            tr("Choose among {known}.", known=", ".join(Part)),
        ) from None


def _warn(words: str) -> None:
    warnings.warn(words, UserWarning, stacklevel=3)
