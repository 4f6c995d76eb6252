"""Predictions of a project's cases: computed by one model version, stored, never over a label."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from mmdesk.core.cases.case import Case, ImageRef, InputValue, Prediction
from mmdesk.core.errors import ModelProblem
from mmdesk.core.fields.schema import Schema
from mmdesk.core.job import JobContext, Progress, SilentContext
from mmdesk.core.model.refused_cases import RefusedCase, say_refused
from mmdesk.core.model.unread import InputsRead, inputs_read
from mmdesk.core.versions.card import WHOLE, Card
from mmdesk.core.versions.version import VersionRow, VersionState
from mmdesk.services.project import Project
from mmdesk.support.clock import utc_now
from mmdesk.support.resources import resource
from mmdesk.support.trace import trace
from mmdesk.words import tr

if TYPE_CHECKING:
    from mmdesk.core.model.prepare import Preparation
    from mmdesk.inference import session
    from mmdesk.inference.embedding import ImageFailure
    from mmdesk.jobs.child import Child
    from mmdesk.storage.database.journal import Head

BUNDLED = ("fundus-pair", "phantom-pair")
"""Names of the models that come with the program, the more general one first."""
CHUNK = 512
"""Cases whose predictions are stored in one transaction."""


class Predictor:
    """Predicts a project's cases by one model version; may be used from several threads.

    Args:
        project: An open project.
        version: As in `resolve_version`; the current one when empty.

    Attributes:
        version: Id of the version.
        failures: By case the images that could not be used when it was last predicted here.
        refused: By case why the version gave it no answer when it was last predicted here.
        read: What the cases of `predict_cases` name, and what of it could not be read.

    Raises:
        ModelProblem: There is no such version, or it cannot be used.
    """

    def __init__(self, project: Project, version: str = "") -> None:
        from mmdesk.inference.scorer import Scorer
        from mmdesk.storage.embedding_cache import EmbeddingCache

        self._project = project
        self.version, folder, parts_folder = resolve_version(project, version)
        self.failures: dict[int, tuple[ImageFailure, ...]] = {}
        self.refused: dict[int, RefusedCase] = {}
        self.read = InputsRead()
        self._cache = EmbeddingCache(project.folder / "cache")
        self._child: Child | None = None
        self._scorer = Scorer(
            folder,
            parts_folder,
            self._cache,
            schema=project.schema,
            version=self.version,
            uncompiled=self._ask,
        )
        self._check_fit()

    def _check_fit(self) -> None:
        from mmdesk.core.model.fit import answered, misfits

        schema, preparation = self._project.schema, self._scorer.preparation
        if not answered(schema, preparation):
            why = "; ".join(misfits(schema, preparation)) or tr("it has none of this project's targets")
            raise ModelProblem(
                tr(
                    "The model {version} does not answer what this project asks now: {why}.",
                    version=self.version,
                    why=why,
                ),
                do=tr("Train a model for the fields of now, or put them back in project.toml."),
            )

    @property
    def slower(self) -> str:
        """Why predictions take longer than usual, in words; empty when they do not."""
        if self._scorer.compiled:
            return ""
        return tr(
            "{version} has no compiled form: it runs in the model process, which is slower.", version=self.version
        )

    def warm(self) -> None:
        """Load the model, so that the first case need not wait.

        Raises:
            ModelProblem: A part of the version cannot be used.
        """
        self._scorer.warm()

    def predict_case(self, case_id: int) -> Prediction:
        """Compute a case's prediction, store it where the project can be written, return it.

        Raises:
            KeyError: There is no such case.
            ModelProblem: A part of the version cannot be used, or it does not take this case.
        """
        head = self._project.store.journal_head()
        case = self._project.store.case(case_id)
        prediction = self._score([case], SilentContext())[0]
        stored = prediction if self._project.look_only else self._store([case], [prediction], head)[0]
        if refused := self.refused.get(case_id):
            raise ModelProblem(
                tr("{version} gives no answer for {say}.", version=self.version, say=refused.say()),
                do=tr("Correct the value, or choose another model version."),
            )
        if self._project.look_only:
            return stored
        trace("prediction_computed", case=case_id, version=self.version)
        return stored

    def predict_cases(self, ids: Sequence[int], ctx: JobContext) -> int:
        """Compute and store the predictions of cases; each chunk is stored whole.

        Args:
            ids: The cases; those no longer there are passed over.
            ctx: Told the cases done; asked between batches whether to stop.

        Returns:
            How many were predicted.

        Raises:
            ModelProblem: A part of the version cannot be used, or it takes none of the cases.
            LookOnly: The project cannot be changed here.
            Cancelled: The person stopped it; what was stored stays.
        """
        done = 0
        for start in range(0, len(ids), CHUNK):
            some = ids[start : start + CHUNK]
            head = self._project.store.journal_head()
            cases = self._project.store.cases(some)
            predictions = self._score(cases, _Part(ctx, start, len(some), len(ids)))
            ctx.check_cancelled()
            self._store(cases, predictions, head)
            self.read += self._read(cases)
            done += len(cases)
            ctx.progress(Progress(start + len(some), len(ids), self._words()))
        if done and len(self.refused_among(ids)) == done:
            raise ModelProblem(
                tr(
                    "{version} gives no answer for any of the {done:,} cases. {say_refused}",
                    version=self.version,
                    done=done,
                    say_refused=say_refused(self.refused_among(ids)),
                ),
                do=tr("Choose another model version, or correct the values."),
            )
        return done

    def compute(self, ids: Sequence[int], ctx: JobContext, *, keep: bool) -> dict[int, Prediction]:
        """Return the predictions of cases by case, without those that the version gives no answer.

        Args:
            ids: The cases; those no longer there are passed over.
            ctx: As in `predict_cases`.
            keep: Store them too; else the project is not touched.

        Raises:
            ModelProblem: A part of the version cannot be used.
        """
        if keep and ids:
            self.predict_cases(ids, ctx)
            return self._project.store.predictions(self.version, ids)
        found: dict[int, Prediction] = {}
        for start in range(0, len(ids), CHUNK):
            cases = self._project.store.cases(ids[start : start + CHUNK])
            made = zip(cases, self._score(cases, ctx), strict=True)
            found |= {case.id: prediction for case, prediction in made if case.id not in self.refused}
        return found

    def refused_among(self, ids: Sequence[int]) -> list[RefusedCase]:
        """Return which of some cases the version gave no answer, in their order."""
        return [self.refused[case] for case in ids if case in self.refused]

    def what_if(self, case_id: int, inputs: Mapping[str, InputValue]) -> Prediction:
        """Return what the prediction would be with some inputs changed; nothing is stored.

        Args:
            case_id: The case.
            inputs: Other values by input; `Missing` takes an input away.

        Raises:
            KeyError: There is no such case or input.
            ModelProblem: A part of the version cannot be used.
        """
        case = self._project.store.case(case_id)
        for name in inputs:
            self._project.schema.field(name)
        changed = replace(case, inputs={**case.inputs, **inputs})
        return self._scorer.score([changed], self._project.folder)[0]

    def close(self) -> None:
        """End the threads and let go of the files."""
        self._scorer.close()
        self._cache.close()
        if self._child:
            self._child.close()

    def _ask(self, folder: Path) -> session.Head:
        from mmdesk.inference.remote_head import AskedHead
        from mmdesk.jobs.child import Child

        self._child = Child()
        return AskedHead(folder, self._child)

    def _score(self, cases: Sequence[Case], ctx: JobContext) -> list[Prediction]:
        found: dict[int, list[ImageFailure]] = {}
        names = {case.id: case.name for case in cases}
        refused: dict[int, RefusedCase] = {}
        predictions = self._scorer.score(
            cases,
            self._project.folder,
            ctx,
            on_failure=lambda failure: found.setdefault(failure.case, []).append(failure),
            on_refused=lambda case, why: refused.update({case: RefusedCase(names[case], why)}),
        )
        for case in cases:
            self.refused.pop(case.id, None)
            self.failures.pop(case.id, None)
        self.refused.update(refused)
        self.failures.update({case: tuple(some) for case, some in found.items()})
        self._note_files(cases)
        return predictions

    def _read(self, cases: Sequence[Case]) -> InputsRead:
        """Count what cases that were predicted just now name, and what of it could not be read."""
        failed = {(case.id, one.input): one.problem.what for case in cases for one in self.failures.get(case.id, ())}
        return inputs_read(self._project.schema, cases, failed, self._scorer.inputs)

    def _note_files(self, cases: Sequence[Case]) -> None:
        """Let cases be a problem whose files are not the imported ones, and no longer if they are back."""
        from mmdesk.imaging.base.bound import CHANGED
        from mmdesk.services.images.state import changed_of, note_states

        states = {}
        for case in cases:
            failed = changed_of((one.input, one.problem) for one in self.failures.get(case.id, ()))
            if failed or CHANGED in case.problem:
                images = {name for name, value in case.inputs.items() if isinstance(value, ImageRef)}
                states[case.id] = dict.fromkeys(images, False) | failed
        note_states(self._project, states)

    def _store(self, cases: Sequence[Case], predictions: Sequence[Prediction], head: Head) -> list[Prediction]:
        """Store predictions; one whose case was edited since it was read is stored as stale.

        Args:
            cases: As they were read.
            predictions: Made from them, in the same order.
            head: The journal's head before they were read.
        """
        store = self._project.store
        with store.write():
            if store.journal_head() == head:
                store.save_predictions(predictions)
                return list(predictions)
            now = {case.id: case.inputs for case in store.cases([case.id for case in cases])}
            rows = [
                prediction if now.get(case.id) == case.inputs else replace(prediction, stale=True)
                for case, prediction in zip(cases, predictions, strict=True)
            ]
            store.save_predictions([row for row in rows if row.case in now])
        return rows

    def _words(self) -> str:
        images = sum(len(some) for some in self.failures.values())
        parts = [tr("Predicting cases")]
        if images:
            parts.append(tr("{value} could not be used", value="1 image" if images == 1 else f"{images} images"))
        if count := len(self.refused):
            parts.append(
                tr("{value} no answer of this model", value="1 case has" if count == 1 else f"{count} cases have")
            )
        return "; ".join(parts)


class _Part:
    """A chunk's progress in images, told as progress of all cases."""

    def __init__(self, ctx: JobContext, start: int, cases: int, total: int) -> None:
        self._ctx = ctx
        self._start, self._cases, self._total = start, cases, total

    def progress(self, progress: Progress) -> None:
        share = progress.done / progress.total if progress.total else 0.0
        done = self._start + int(self._cases * share)
        self._ctx.progress(Progress(done, self._total, progress.words))

    def check_cancelled(self) -> None:
        self._ctx.check_cancelled()


def resolve_version(project: Project, model: str) -> tuple[str, Path, Path]:
    """Return the id, the folder and the folder of parts of a model version.

    Args:
        project: An open project.
        model: A version's id in the project, a bundled model's name, or a version's
            folder; empty for the current version.

    Raises:
        ModelProblem: There is no such version, or none is in use.
    """
    if not model:
        model = project.store.current_version()
        if not model:
            raise ModelProblem(
                tr("No model is in use in this project."),
                do=tr("Train one, or choose one of the models that come with mmdesk."),
            )
    versions = {row.id: row for row in project.store.versions()}
    if model in versions and versions[model].folder:
        folder = project.folder / versions[model].folder
        return model, _existing(folder, model), project.folder / "models" / "parts"
    if model in BUNDLED:
        return model, _bundled(model), _existing(_resource("models", "parts"), model)
    folder = Path(model).absolute()
    if (folder / "parts.toml").is_file():
        for row in versions.values():
            if row.folder and (project.folder / row.folder).absolute() == folder:
                return row.id, folder, project.folder / "models" / "parts"
        return str(folder), folder, folder.parent / "parts"
    known = ", ".join([*versions, *(name for name in BUNDLED if name not in versions)])
    raise ModelProblem(
        tr("There is no model version {model}.", model=model), do=tr("Choose one of: {known}.", known=known)
    )


def parts_in_use(project: Project) -> list[Path]:
    """Return the files of the current version's compiled parts; none when none can be used."""
    from mmdesk.core.versions.version import read_parts
    from mmdesk.inference.session import part_file

    try:
        _, folder, parts_folder = resolve_version(project, "")
        parts = read_parts((folder / "parts.toml").read_text(encoding="utf-8"))
    except (ModelProblem, OSError, ValueError):
        return []
    names = [*(encoder.file for encoder in parts.encoders), *([parts.head] if parts.head else [])]
    return [part_file(parts_folder, name) for name in names]


def match_bundled(schema: Schema) -> str:
    """Return the name of the bundled model that fits a project's fields, or "".

    It fits when the project has each of its inputs, by name and kind, and at least one of
    its targets with the same options.
    """
    for name in BUNDLED:
        try:
            preparation = _preparation(name)
        except ModelProblem:
            continue
        if _fits(preparation, schema):
            return name
    return ""


def adopt_bundled(project: Project) -> str:
    """Make the bundled model that fits the current version of a project that has none.

    Returns:
        Its name, or "" when none fits or a version is there already.

    Raises:
        LookOnly: The project cannot be changed here.
    """
    if project.store.versions():
        return ""
    name = match_bundled(project.schema)
    if name:
        card = read_card(_bundled(name))
        row = VersionRow(
            id=name,
            name=card.name or name,
            state=VersionState.CURRENT.value,
            created=card.created or utc_now(),
            card=card,
        )
        project.store.add_version(row, why=tr("It comes with mmdesk and fits this project's fields."))
    return name


def _fits(preparation: Preparation, schema: Schema) -> bool:
    from mmdesk.core.model.fit import answered

    kinds = {field.name: field.kind for field in schema.inputs}
    inputs = all(kinds.get(name) == state.kind for name, state in preparation.inputs.items())
    return inputs and bool(answered(schema, preparation))


def _preparation(name: str) -> Preparation:
    from mmdesk.core.model.prepare import Preparation

    try:
        return Preparation.from_json((_bundled(name) / "preparation.json").read_text(encoding="utf-8"))
    except OSError as why:
        raise _gone(name, str(why)) from why


def read_card(folder: Path) -> Card:
    """Return the card in a version's folder, whatever it holds."""
    try:
        return Card.from_text((folder / "card.json").read_text(encoding="utf-8", errors="replace"))
    except OSError as why:
        return Card(damaged={WHOLE: str(why)})


def _bundled(name: str) -> Path:
    return _existing(_resource("models", name), name)


def _resource(*parts: str) -> Path:
    try:
        return resource(*parts)
    except FileNotFoundError as why:
        raise _gone(parts[-1], str(why)) from why


def _existing(folder: Path, name: str) -> Path:
    if not folder.is_dir():
        raise _gone(name, str(folder))
    return folder


def _gone(name: str, details: str) -> ModelProblem:
    return ModelProblem(
        tr("The files of the model {name} are not there.", name=name),
        do=tr("Choose another model version, or restore its folder from a backup."),
        details=details,
    )
