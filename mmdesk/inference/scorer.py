"""Cases to predictions, by one model version."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mmdesk.core.cases.case import Case, ImageRef, Prediction
from mmdesk.core.errors import ModelProblem
from mmdesk.core.fields.arrays import is_ragged
from mmdesk.core.fields.kinds import KINDS
from mmdesk.core.fields.schema import Schema
from mmdesk.core.job import JobContext, SilentContext
from mmdesk.core.model.out_of_distribution import is_unlike
from mmdesk.core.model.outputs import read_outputs
from mmdesk.core.model.prepare import Preparation, inputs_hash, prepare
from mmdesk.core.model.refused_cases import reason_of, unfit_rows
from mmdesk.inference.embedding import Embedded, Embedder, ImageFailure
from mmdesk.inference.model import read_version
from mmdesk.inference.session import Head, load_part, part_file
from mmdesk.inference.whole_images import whole_images
from mmdesk.storage.embedding_cache import EmbeddingCache
from mmdesk.support.clock import utc_now
from mmdesk.support.priority import FAR
from mmdesk.words import tr

Arrays = dict[str, NDArray[Any]]
_HEAD_BATCH = 1024
_RAW_BATCH = 16
"""Cases at once for a foreign model that takes whole images."""


class Scorer:
    """Predicts with a version's compiled parts; may be used from several threads.

    One case at a time runs on sessions and threads of its own, so that the case on screen
    never waits for a run over all cases. A foreign model that cannot do without an input
    gives no answer where that input is missing: the prediction then has no targets.

    Args:
        folder: The version's folder.
        parts_folder: Where the ONNX files lie.
        cache: Where embeddings are kept, or None.
        schema: The project's fields.
        version: Id that its predictions bear; the folder's name when empty.
        uncompiled: Gives what answers for a version that has no compiled form, from its folder.

    Raises:
        ModelProblem: The version cannot be used, or has no compiled form and nothing else answers.
    """

    def __init__(
        self,
        folder: Path,
        parts_folder: Path,
        cache: EmbeddingCache | None,
        *,
        schema: Schema,
        version: str = "",
        uncompiled: Callable[[Path], Head] | None = None,
    ) -> None:
        self.version = version or folder.name
        self.schema = schema
        self._files = read_version(folder)
        self._parts_folder = parts_folder
        self._head = self._open_head(folder, uncompiled)
        self._cache = cache
        self._lock = threading.Lock()
        self._embedders: dict[str, Embedder] = {}

    @property
    def compiled(self) -> bool:
        """Whether it runs in its compiled form, which is the fast way."""
        return bool(self._files.parts.head)

    @property
    def preparation(self) -> Preparation:
        """The version's own, as it was learnt."""
        return self._files.preparation

    @property
    def inputs(self) -> list[str]:
        """Names of the fields that the version takes."""
        return list(self._files.preparation.inputs)

    def warm(self) -> None:
        """Load what the case on screen needs, ahead of the first case.

        Raises:
            ModelProblem: A part cannot be used.
        """
        self._embedder("screen").warm(self._files.parts.encoders)

    def score(
        self,
        cases: Sequence[Case],
        root: Path,
        ctx: JobContext | None = None,
        on_failure: Callable[[ImageFailure], None] | None = None,
        on_refused: Callable[[int, str], None] | None = None,
    ) -> list[Prediction]:
        """Return the predictions of some cases, in their order.

        Args:
            cases: n cases; one alone counts as the case on screen.
            root: The project's folder, from which relative image paths start.
            ctx: Told the progress; asked whether to stop.
            on_failure: Told of each image that could not be used and so was masked.
            on_refused: Told the id of each case that the model does not take, and why; its
                prediction has no targets.

        Raises:
            ModelProblem: A part of the version cannot be used.
            Cancelled: The person stopped it.
        """
        ctx = ctx or SilentContext()
        step = _RAW_BATCH if self._raw_images() else max(1, len(cases))
        found: list[Prediction] = []
        for start in range(0, len(cases), step):
            some = cases[start : start + step]
            embedded = self.embed(some, root, ctx)
            found += self._predict(some, root, embedded, on_refused)
            ctx.check_cancelled()
            if on_failure:
                for failure in embedded.failures:
                    on_failure(failure)
        return found

    def embed(self, cases: Sequence[Case], root: Path, ctx: JobContext | None = None) -> Embedded:
        """Return the embeddings of the cases' images, from the cache or the files.

        Args:
            cases: n cases.
            root: The project's folder.
            ctx: As in `score`.

        Raises:
            ModelProblem: A part of the version cannot be used.
            Cancelled: The person stopped it.
        """
        embedder = self._embedder("screen" if len(cases) == 1 else "all")
        return embedder.embed(self._files.parts.encoders, cases, root, ctx or SilentContext())

    def arrays(
        self,
        cases: Sequence[Case],
        root: Path,
        ctx: JobContext | None = None,
        on_failure: Callable[[ImageFailure], None] | None = None,
    ) -> Arrays:
        """Return all the head's inputs by name, `NAME__embedding` among them.

        Args:
            cases: n cases.
            root: The project's folder.
            ctx: As in `score`.
            on_failure: As in `score`.

        Raises:
            ModelProblem: A part of the version cannot be used.
            Cancelled: The person stopped it.
        """
        embedded = self.embed(cases, root, ctx)
        arrays = self._arrays(cases, root, embedded)
        if on_failure:
            for failure in embedded.failures:
                on_failure(failure)
        return arrays

    def run_head(self, arrays: Mapping[str, NDArray[Any]]) -> Arrays:
        """Return the outputs by target name.

        Args:
            arrays: The head's inputs, n rows each.

        Raises:
            ModelProblem: The head asks for an input that is not there.
        """
        count = len(next(iter(arrays.values())))
        own = [name for name in self._head.inputs if is_ragged(arrays[name])] if count else []
        step = 1 if own else _HEAD_BATCH
        blocks = [
            self._head.run(
                {
                    name: np.stack(list(rows[start : start + 1])) if name in own else rows[start : start + step]
                    for name, rows in arrays.items()
                }
            )
            for start in range(0, count, step)
        ]
        return {name: np.concatenate([block[name] for block in blocks]) for name in blocks[0]}

    def answers(self, cases: Sequence[Case], arrays: Mapping[str, NDArray[Any]]) -> tuple[Arrays, dict[int, str]]:
        """Return the outputs by target name, and why some cases have none, by row.

        The outputs of a case that the model does not take are not numbers; there are none at all
        where it takes no case.

        Args:
            cases: n cases.
            arrays: Their prepared inputs.

        Raises:
            ModelProblem: The model asks for an input that is not there.
        """
        if absent := [name for name in self._head.inputs if name not in arrays]:
            raise ModelProblem(
                tr("This model asks for {absent}, which these cases do not have.", absent=", ".join(absent)),
                do=tr("Choose another model version."),
            )
        refused = unfit_rows(self._files.preparation, self.schema, arrays)
        rows = np.array([row for row in range(len(cases)) if row not in refused], int)
        blocks = [
            done for at in range(0, len(rows), _HEAD_BATCH) for done in self._some(rows[at : at + _HEAD_BATCH], arrays)
        ]
        outputs: Arrays = {}
        for kept, found in blocks:
            if isinstance(found, ModelProblem):
                refused[int(kept[0])] = reason_of(found)
                continue
            for name, values in found.items():
                shape = (len(cases), *values.shape[1:])
                outputs.setdefault(name, np.full(shape, np.nan, np.float32))[kept] = values
        return outputs, refused

    def _some(
        self, rows: NDArray[np.int_], arrays: Mapping[str, NDArray[Any]]
    ) -> list[tuple[NDArray[np.int_], Arrays | ModelProblem]]:
        """Run some rows; where that does not succeed, halves of them, down to the one at fault."""
        try:
            return [(rows, self.run_head({name: values[rows] for name, values in arrays.items()}))]
        except ModelProblem as problem:
            if len(rows) == 1:
                return [(rows, problem)]
            middle = len(rows) // 2
            return [*self._some(rows[:middle], arrays), *self._some(rows[middle:], arrays)]

    def close(self) -> None:
        """End the threads that decode and let go of the sessions."""
        with self._lock:
            for embedder in self._embedders.values():
                embedder.close()
            self._embedders.clear()

    def _open_head(self, folder: Path, uncompiled: Callable[[Path], Head] | None) -> Head:
        if self.compiled:
            return load_part(part_file(self._parts_folder, self._files.parts.head))
        if uncompiled is None:
            raise ModelProblem(
                tr("This model has no compiled form, so it cannot predict here."),
                do=tr("Choose another model version."),
            )
        return uncompiled(folder)

    def _embedder(self, use: str) -> Embedder:
        with self._lock:
            if use not in self._embedders:
                back = FAR if use == "all" else 0
                self._embedders[use] = Embedder(self._parts_folder, self._cache, back=back)
            return self._embedders[use]

    def _raw_images(self) -> list[str]:
        """Return the image inputs that the head takes whole, as a foreign model does."""
        kinds = self._files.preparation.inputs
        return [name for name in self._head.inputs if name in kinds and KINDS[kinds[name].kind].is_image]

    def _arrays(self, cases: Sequence[Case], root: Path, embedded: Embedded) -> Arrays:
        whole: Arrays = {}
        for name in self._raw_images():
            whole[name] = self._whole_images(name, cases, root, embedded)
        arrays = prepare(self._files.preparation, self.schema, cases, embedded.present)
        for name, values in embedded.values.items():
            arrays[f"{name}__embedding"] = values
        return arrays | whole

    def _whole_images(self, name: str, cases: Sequence[Case], root: Path, embedded: Embedded) -> NDArray[np.float32]:
        found = whole_images(name, cases, root, self._head.inputs[name], self._files.preparation.inputs[name])
        embedded.present[name] = found.present
        embedded.failures += found.failures
        return found.pixels

    def _predict(
        self,
        cases: Sequence[Case],
        root: Path,
        embedded: Embedded,
        on_refused: Callable[[int, str], None] | None,
    ) -> list[Prediction]:
        arrays = self._arrays(cases, root, embedded)
        outputs, refused = self.answers(cases, arrays)
        if on_refused:
            for row, why in refused.items():
                on_refused(cases[row].id, why)
        taken = [row for row in range(len(cases)) if row not in refused]
        kept = {name: values[taken] for name, values in outputs.items()}
        said = read_outputs(self.schema, self._files.preparation, kept)
        targets = dict(zip(taken, said, strict=True))
        missing = self._missing(arrays)
        needed = [gone for name, gone in missing.items() if not self._can_mask(name)]
        unlike = self._unlike(embedded)
        digests = self._digests(cases, arrays, embedded)
        at = utc_now()
        return [
            Prediction(
                case=case.id,
                version=self.version,
                targets={} if any(gone[row] for gone in needed) else targets.get(row, {}),
                missing=tuple(name for name, gone in missing.items() if gone[row]),
                unlike=tuple(name for name, odd in unlike.items() if odd[row]),
                inputs_hash=inputs_hash(digests, row),
                at=at,
            )
            for row, case in enumerate(cases)
        ]

    def _missing(self, arrays: Arrays) -> dict[str, NDArray[np.bool_]]:
        names = self._files.preparation.inputs
        return {name: arrays[f"{name}__present"][:, 0] == 0 for name in names}

    def _can_mask(self, name: str) -> bool:
        """Tell whether the head can answer without an input; a foreign one may not."""
        taken = {name, f"{name}__embedding"} & self._head.inputs.keys() or name in self._files.preparation.plan.fields
        return not taken or f"{name}__present" in self._head.inputs

    def _unlike(self, embedded: Embedded) -> dict[str, NDArray[np.bool_]]:
        return {
            name: is_unlike(known, embedded.values[name]) & embedded.present[name]
            for name, known in self._files.familiarity.items()
            if name in embedded.values
        }

    def _digests(self, cases: Sequence[Case], arrays: Arrays, embedded: Embedded) -> Arrays:
        """Return the arrays with each image's embedding or pixels replaced by its digest.

        A digest is the same on every computer, where the last bits of an embedding are not.
        """
        images = set(embedded.values) | set(self._raw_images())
        digests = {k: v for k, v in arrays.items() if k.removesuffix("__embedding") not in images}
        for name in images:
            rows = np.zeros((len(cases), 64), np.uint8)
            for row, case in enumerate(cases):
                ref = case.inputs.get(name)
                if isinstance(ref, ImageRef) and embedded.present[name][row]:
                    rows[row, : len(ref.sha256)] = np.frombuffer(ref.sha256.encode()[:64], np.uint8)
            digests[name] = rows
        return digests
