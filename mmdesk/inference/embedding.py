"""Images to embeddings: looked at once, decoded beside the backbone, kept in the cache.

An embedding is kept as the sum of two float16 rows, the second being what the first leaves
over: one alone moves probabilities by up to 2e-4, both by less than 1e-6. It is rounded to
that sum before anything uses it, so that a case gets the same answer to the last bit whether
its images come from the files or from the cache.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Generator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mmdesk.core.cases.case import Case, ImageRef
from mmdesk.core.errors import Cancelled, ImageProblem
from mmdesk.core.fields.volume_form import VolumeForm
from mmdesk.core.job import JobContext, Progress
from mmdesk.core.versions.version import EncoderPart
from mmdesk.imaging.base.bound import BoundImages, State, images_of
from mmdesk.imaging.decode import PREPARATION, bytes_for_model
from mmdesk.imaging.volume.for_model import VOLUME_PREPARATION, volume_for_model
from mmdesk.inference.session import OnnxSession, cores, load_part, part_file
from mmdesk.storage.embedding_cache import EmbeddingCache
from mmdesk.support.priority import stand_back
from mmdesk.words import tr

BATCH = 16
"""Images that the backbone sees at once."""
_AHEAD = 4 * BATCH
_KEEP = 16 * BATCH
_TOP = 65504.0

Rows = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class ImageFailure:
    """An image that gave no embedding, and so counts as missing.

    Attributes:
        case: The case's id.
        input: The image input's name.
        problem: Why, in words for a person.
    """

    case: int
    input: str
    problem: ImageProblem


@dataclass(slots=True)
class Embedded:
    """Embeddings of n cases.

    Attributes:
        values: By image input float32 (n, width), zero where there is no image.
        present: By image input (n,), true where there is one.
        failures: Images that a case names but that could not be used.
    """

    values: dict[str, Rows] = field(default_factory=dict)
    present: dict[str, NDArray[np.bool_]] = field(default_factory=dict)
    failures: list[ImageFailure] = field(default_factory=list)


@dataclass(slots=True)
class _Wanted:
    """One file, the rows that want it, and whether its embedding is known."""

    ref: ImageRef
    images: BoundImages
    rows: list[tuple[int, str]]
    known: bool = False

    @property
    def unchanged(self) -> bool:
        """Whether it surely is as it was at import."""
        return bool(self.ref.sha256) and self.images.look(self.ref) == State.SAME


class Embedder:
    """Gives embeddings by one session per encoder; its own threads decode.

    Args:
        parts_folder: Where the encoders' files lie.
        cache: Where embeddings are kept, or None.
        threads: How many images are decoded at once.
        back: How far its threads stand back, as in `stand_back`.
    """

    def __init__(self, parts_folder: Path, cache: EmbeddingCache | None, threads: int = 0, *, back: int = 0) -> None:
        self._parts_folder = parts_folder
        self._cache = cache
        self._sessions: dict[str, OnnxSession] = {}
        self._pool = ThreadPoolExecutor(
            threads or max(2, cores() - 1),
            thread_name_prefix="decode",
            initializer=stand_back,
            initargs=(back,),
        )

    def warm(self, encoders: Sequence[EncoderPart]) -> None:
        """Load the encoders, so that the first case need not wait.

        Raises:
            ModelProblem: A part cannot be used.
        """
        for encoder in encoders:
            self._session(encoder)

    def embed(self, encoders: Sequence[EncoderPart], cases: Sequence[Case], root: Path, ctx: JobContext) -> Embedded:
        """Return the embeddings of all image inputs that the encoders serve.

        Args:
            encoders: The version's image encoders.
            cases: n cases.
            root: What relative image paths start from: the project's folder.
            ctx: Told the images done; asked between batches whether to stop.

        Raises:
            ModelProblem: A part cannot be used.
            Cancelled: The person stopped it; what was computed is in the cache.
        """
        result = Embedded()
        for encoder in encoders:
            for name in encoder.inputs:
                result.values[name] = np.zeros((len(cases), encoder.width), np.float32)
                result.present[name] = np.zeros(len(cases), bool)
            wanted = wanted_images(cases, encoder.inputs, root)
            self._recall(encoder, wanted, result)
            fresh = [one for one in wanted if not (one.known and one.unchanged)]
            if fresh:
                self._compute(encoder, fresh, cases, result, ctx)
        return result

    def close(self) -> None:
        """End the decoding threads and let go of the sessions."""
        self._pool.shutdown(wait=True, cancel_futures=True)
        self._sessions.clear()

    def _session(self, encoder: EncoderPart) -> OnnxSession:
        if encoder.file not in self._sessions:
            self._sessions[encoder.file] = load_part(part_file(self._parts_folder, encoder.file))
        return self._sessions[encoder.file]

    def _recall(self, encoder: EncoderPart, wanted: list[_Wanted], result: Embedded) -> None:
        if self._cache is None or not wanted:
            return
        found, values = self._cache.get(_part_key(encoder), [one.ref.sha256 for one in wanted], 2 * encoder.width)
        rows = joined(values)
        for at, one in enumerate(wanted):
            one.known = bool(found[at])
            if one.known:
                _place(one, rows[at], result)

    def _compute(
        self,
        encoder: EncoderPart,
        wanted: list[_Wanted],
        cases: Sequence[Case],
        result: Embedded,
        ctx: JobContext,
    ) -> None:
        fresh: dict[str, NDArray[np.float16]] = {}
        batch: list[tuple[_Wanted, str, NDArray[Any]]] = []
        with closing(self._decoded(encoder, wanted)) as outcomes:
            for done, (one, outcome) in enumerate(outcomes, 1):
                if isinstance(outcome, ImageProblem):
                    _mask(one, result, cases, outcome)
                elif outcome[1] is not None:
                    batch.append((one, outcome[0], outcome[1]))
                last = done == len(wanted)
                if len(batch) == (1 if encoder.depth else BATCH) or (last and batch):
                    fresh |= self._run(encoder, batch, result)
                    batch.clear()
                if done % BATCH and not last:
                    continue
                if len(fresh) >= _KEEP or last:
                    self._keep(encoder, fresh)
                ctx.progress(Progress(done, len(wanted), tr("Reading images")))
                try:
                    ctx.check_cancelled()
                except Cancelled:
                    self._keep(encoder, fresh)
                    raise

    def _decoded(
        self, encoder: EncoderPart, wanted: list[_Wanted]
    ) -> Generator[tuple[_Wanted, tuple[str, NDArray[Any] | None] | ImageProblem]]:
        """Decode ahead in threads; give the outcomes in order."""
        waiting: deque[tuple[_Wanted, Future[tuple[str, NDArray[Any] | None]]]] = deque()
        try:
            for one in wanted:
                waiting.append((one, self._pool.submit(_read, one, encoder)))
                if len(waiting) >= (2 if encoder.depth else _AHEAD):
                    yield _outcome(*waiting.popleft())
            while waiting:
                yield _outcome(*waiting.popleft())
        finally:
            for _, future in waiting:
                future.cancel()

    def _run(
        self, encoder: EncoderPart, batch: list[tuple[_Wanted, str, NDArray[Any]]], result: Embedded
    ) -> dict[str, NDArray[np.float16]]:
        images = np.stack([pixels for _, _, pixels in batch]).astype(np.float32)
        found = self._session(encoder).run({"image": images})["embedding"]
        halves = halved(found)
        for (one, _, _), row in zip(batch, joined(halves), strict=True):
            _place(one, row, result)
        return {sha: row for (_, sha, _), row in zip(batch, halves, strict=True)}

    def _keep(self, encoder: EncoderPart, fresh: dict[str, NDArray[np.float16]]) -> None:
        if self._cache is not None and fresh:
            self._cache.put(_part_key(encoder), list(fresh), np.stack(list(fresh.values())))
        fresh.clear()


def halved(rows: Rows) -> NDArray[np.float16]:
    """Return embeddings (n, width) as float16 (n, 2 width): the rounded row, then the rest."""
    rows = np.clip(rows, -_TOP, _TOP)
    first = rows.astype(np.float16)
    return np.concatenate([first, (rows - first).astype(np.float16)], axis=1)


def joined(halves: NDArray[np.float16]) -> Rows:
    """Return the float32 (n, width) that `halved` split."""
    first, rest = np.split(halves, 2, axis=1)
    return first.astype(np.float32) + rest


def wanted_images(cases: Sequence[Case], inputs: Sequence[str], root: Path) -> list[_Wanted]:
    """Return each file that the cases name once, with the rows that want it."""
    found: dict[tuple[str, str], _Wanted] = {}
    images = images_of(root)
    for name in inputs:
        for row, case in enumerate(cases):
            value = case.inputs.get(name)
            if not isinstance(value, ImageRef):
                continue
            one = found.get((value.path, value.sha256))
            if one is None:
                one = found[value.path, value.sha256] = _Wanted(value, images, [])
            one.rows.append((row, name))
    return list(found.values())


def _part_key(encoder: EncoderPart) -> str:
    if encoder.depth:
        form = f"{encoder.depth} {encoder.slices} {encoder.window}"
        return f"{encoder.file} {VOLUME_PREPARATION} {encoder.size} {encoder.channels} {form} halves"
    return f"{encoder.file} {PREPARATION} {encoder.size} halves"


def _read(one: _Wanted, encoder: EncoderPart) -> tuple[str, NDArray[Any] | None]:
    """Return the digest of a file's bytes and its picture, None when already known."""
    if one.known and one.ref.sha256:
        one.images.check(one.ref)
        return one.ref.sha256, None
    size = encoder.size
    if encoder.depth:
        form = VolumeForm(encoder.depth, encoder.slices, encoder.window)
        path = one.images.check(one.ref)
        return one.ref.sha256, volume_for_model(path, form, (size, size), encoder.channels)
    data = one.images.read(one.ref)
    return one.ref.sha256 or sha256(data).hexdigest(), bytes_for_model(data, size)


def _outcome(
    one: _Wanted, future: Future[tuple[str, NDArray[Any] | None]]
) -> tuple[_Wanted, tuple[str, NDArray[Any] | None] | ImageProblem]:
    try:
        return one, future.result()
    except ImageProblem as problem:
        return one, problem


def _place(one: _Wanted, row: Rows, result: Embedded) -> None:
    for at, name in one.rows:
        result.values[name][at] = row
        result.present[name][at] = True


def _mask(one: _Wanted, result: Embedded, cases: Sequence[Case], problem: ImageProblem) -> None:
    for at, name in one.rows:
        result.values[name][at] = 0
        result.present[name][at] = False
        result.failures.append(ImageFailure(cases[at].id, name, problem))
