"""The jobs that look at a model made elsewhere, and that make a version of it."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from mmdesk.core.errors import ModelProblem
from mmdesk.core.fields.splits import TRAIN
from mmdesk.core.job import Progress
from mmdesk.core.model.foreign import Foreign, Match
from mmdesk.core.model.lookups.planning import plan_for
from mmdesk.core.model.lookups.unknown import say_unknown
from mmdesk.core.model.mapping import MAPPING, write_mapping
from mmdesk.core.model.prepare import Preparation
from mmdesk.core.model.probe import Probe
from mmdesk.core.model.reading import Reading
from mmdesk.core.model.readings import LOGIT
from mmdesk.core.model.suggested import suggested
from mmdesk.core.versions.card import BROUGHT, Card
from mmdesk.core.versions.card_words import card_files
from mmdesk.core.versions.version import Parts
from mmdesk.jobs.protocol import ChildContext
from mmdesk.modelling.foreign import onnx_job
from mmdesk.modelling.foreign.origin import files_of, with_origin
from mmdesk.modelling.safety.limits import GATE_BYTES, loading_bytes, memory_cap
from mmdesk.modelling.safety.onnx_gate import SUFFIX, PassedOnnx, pass_onnx_gate
from mmdesk.modelling.safety.refusal import TRIED, refused
from mmdesk.modelling.safety.repack import Passed, pass_gate
from mmdesk.support.clock import utc_now
from mmdesk.words import tr

ROWS = 64
STEPS = 6


def look(job: Mapping[str, Any], ctx: ChildContext) -> dict[str, Any]:
    """Pass a file through the gate, load it and say what goes in and comes out.

    Args:
        job: `source`, the file; `incoming`, an empty folder of our own.
        ctx: Told the progress.

    Returns:
        The fields of a `core.foreign.Foreign`.

    Raises:
        ModelProblem: It is not taken; the words say why.
    """
    passed = _pass(job, ctx)
    with memory_cap(loading_bytes()):
        model = _load(passed)
        apart = _apart(passed, model)
    return asdict(_describe(Path(job["source"]).name, passed, apart))


def add(job: Mapping[str, Any], ctx: ChildContext) -> dict[str, Any]:
    """Make a version of a foreign model.

    Args:
        job: `source`, `incoming`; `sha256`, the file as it was looked at; `project`, its folder;
            `match`, fields by `inputs` and targets by `outputs`; `reading`, how the model was trained to
            read its inputs, a `core.model.reading.Reading`; `reader`; `out`, the version's `id`, `folder`
            and `parts`; `origin`, what an ONNX file was compiled from, where code of a maker's ran.
        ctx: Told the progress; a cancel leaves nothing behind.

    Returns:
        `version` and `card`, on which `probe` says how it fits the labels, read so and otherwise.

    Raises:
        ModelProblem: It is not taken or does not fit; the words say why.
    """
    passed = _pass(job, ctx)
    with memory_cap(loading_bytes()):
        try:
            return _Adding(job, ctx, passed).run()
        except MemoryError as why:
            raise refused(
                "it needs more memory than this computer can give it", tr("Use a smaller model."), safe=TRIED
            ) from why


def prove(job: Mapping[str, Any], ctx: ChildContext) -> dict[str, Any]:
    """Show what a foreign model would do in the project; nothing is written.

    Args:
        job: As for `add`, without `out`.
        ctx: Told the progress.

    Returns:
        `cases` and `probe` of a `core.model.proof.Proof`.

    Raises:
        ModelProblem: As `add`.
    """
    passed = _pass(job, ctx)
    with memory_cap(loading_bytes()):
        try:
            return _Adding(job, ctx, passed).prove()
        except MemoryError as why:
            raise refused(
                "it needs more memory than this computer can give it", tr("Use a smaller model."), safe=TRIED
            ) from why


def _pass(job: Mapping[str, Any], ctx: ChildContext) -> Passed | PassedOnnx:
    ctx.progress(Progress(0, STEPS, tr("Looking at the file")))
    with memory_cap(GATE_BYTES):
        try:
            passed = pass_onnx_gate if str(job["source"]).lower().endswith(SUFFIX) else pass_gate
            return passed(Path(job["source"]), Path(job["incoming"]), sha256=job.get("sha256", ""))
        except MemoryError as why:
            raise refused("it needs more memory than any model file does") from why


def _load(passed: Passed | PassedOnnx) -> Any:
    from mmdesk.modelling.worker import load_libraries

    load_libraries()
    if isinstance(passed, PassedOnnx):
        return onnx_job.load(passed)
    from mmdesk.modelling.foreign.loading import load_foreign

    return load_foreign(passed.clean)


def _apart(passed: Passed | PassedOnnx, model: Any) -> Any:
    """Return the model without its lookups; a graph of ONNX has none."""
    from mmdesk.modelling.foreign.lookups import Apart, take_apart

    return Apart(model, {}, passed.inputs) if isinstance(passed, PassedOnnx) else take_apart(model)


def _describe(name: str, passed: Passed | PassedOnnx, apart: Any) -> Foreign:
    if isinstance(passed, PassedOnnx):
        return onnx_job.describe(name, passed, apart.model)
    from mmdesk.modelling.foreign.loading import outputs_of

    return Foreign(
        name,
        passed.sha256,
        passed.size,
        passed.keras,
        apart.ends,
        outputs_of(apart.model),
        int(apart.model.count_params()),
    )


@dataclass(slots=True)
class _Tried:
    """One foreign model that ran once.

    Attributes:
        snapshot: The project.
        model: The model as it came.
        foreign: What it is.
        found: Which fields its ends are.
        reading: What is said of them.
        whole: The same with the scales that were learnt.
        make: Gives the wrapped model and its preparation for a reading.
        wrapped: The model in the project's clothes.
        preparation: How its inputs are made.
        rows: Made-up cases.
        lookups: What its layers looked up and how near the preparation comes to them.
    """

    snapshot: Any
    model: Any
    foreign: Foreign
    found: Match
    reading: Reading
    whole: Reading
    make: Callable[[Reading], tuple[Any, Preparation]]
    wrapped: Any
    preparation: Preparation
    rows: Mapping[str, Any]
    lookups: Mapping[str, Any]

    @property
    def usual(self) -> Reading:
        """What the options are beside: what the file tells."""
        return suggested(self.foreign, self.found, self.snapshot.schema)[0]


@dataclass(slots=True)
class _Adding:
    """One foreign model on its way to a version."""

    job: Mapping[str, Any]
    ctx: ChildContext
    passed: Passed | PassedOnnx

    def prove(self) -> dict[str, Any]:
        """Try it, and hold it against the labels."""
        return self._shown(self._tried())

    def run(self) -> dict[str, Any]:
        """Try it, hold it against the labels, and write the version."""
        from mmdesk.modelling.foreign.writer import write_foreign

        tried = self._tried()
        proof = self._shown(tried)
        probe = Probe.from_json(proof["probe"])
        self._step(4, tr("Compiling and checking it"))
        if isinstance(self.passed, PassedOnnx):
            folder = Path(self.job["out"]["parts"])
            parts, facts = onnx_job.merged(self.passed, tried.model, tried.wrapped, tried.rows, folder)
        else:
            parts, facts = self._compile(tried)
        self._step(5, tr("Writing the version"))
        origin = self.job.get("origin")
        card = with_origin(self._card(tried), origin)
        unknown = say_unknown(
            tried.preparation.plan, tried.snapshot.schema, tried.preparation.inputs, tried.snapshot.cases
        )
        notes = [*card.notes, *facts.pop("notes", []), probe.say(), *unknown]
        card = card.plus(**facts, probe=proof["probe"], lookups=dict(tried.lookups), notes=notes)
        write_foreign(
            Path(self.job["out"]["folder"]),
            self.passed.original,
            tried.wrapped,
            tried.preparation,
            parts,
            {**card_files(card), MAPPING: write_mapping(tried.found, tried.reading)},
            kept=files_of(origin),
        )
        self.ctx.progress(Progress(STEPS, STEPS, "Done"))
        return {"version": self.job["out"]["id"], "card": card.to_json(), "proof": proof}

    def _tried(self) -> _Tried:
        from mmdesk.modelling.foreign.adapter import check_links, plain_outputs, wrap
        from mmdesk.modelling.foreign.lookups import check_lookups
        from mmdesk.modelling.foreign.outputs import with_target_scales
        from mmdesk.modelling.foreign.trial import answers_of, check_finite
        from mmdesk.modelling.foreign.writer import preparation_for
        from mmdesk.modelling.network.made_up import made_up_rows
        from mmdesk.modelling.snapshot import take_snapshot

        found = self._match()
        snapshot = take_snapshot(Path(self.job["project"]))
        schema = snapshot.schema
        train = [case for case in snapshot.cases if case.split == TRAIN] or snapshot.cases
        self._step(1, tr("Loading the model"))
        original = _load(self.passed)
        apart = _apart(self.passed, original)
        model = apart.model
        foreign = _describe(Path(self.job["source"]).name, self.passed, apart)
        reading = Reading.from_json(self.job["reading"])
        self._step(2, tr("Trying it"))
        known_codes = onnx_job.codes(self.passed) if isinstance(self.passed, PassedOnnx) else apart.codes()
        codes = {name: known for end, known in known_codes.items() for name in found.inputs[end]}
        lookups = check_lookups(original, apart)

        def make(other: Reading) -> tuple[Any, Preparation]:
            plan = plan_for(apart.lookups, foreign.inputs, found, other)
            form = wrap(model, found, schema, with_target_scales(other, found, snapshot, train), plan)
            return form, preparation_for(form, schema, found, other, codes, train, plan=plan)

        plain, preparation = make(plain_outputs(reading))
        rows = made_up_rows(plain, preparation, schema, ROWS)
        check_links(answers_of(model, plain, rows, found), foreign.outputs, found, schema, reading)
        wrapped, preparation = make(reading)
        check_finite(wrapped, rows)
        whole = with_target_scales(reading, found, snapshot, train)
        return _Tried(snapshot, model, foreign, found, reading, whole, make, wrapped, preparation, rows, lookups)

    def _shown(self, tried: _Tried) -> dict[str, Any]:
        from mmdesk.modelling.foreign.probing import Probing
        from mmdesk.modelling.foreign.proving import seen_cases

        shown = self.job.get("shown")
        made = (tried.wrapped, tried.preparation)
        cases = seen_cases(tried.snapshot, tried.model, made, tried.found, None if shown is None else set(shown))
        self._step(3, tr("Holding it against the labels"))
        probing = Probing(tried.snapshot, tried.foreign, tried.found, tried.usual, tried.make, self.ctx)
        return {"cases": [asdict(one) for one in cases], "probe": asdict(probing.run(tried.reading))}

    def _step(self, done: int, words: str) -> None:
        self.ctx.check_cancelled()
        self.ctx.progress(Progress(done, STEPS, words))

    def _match(self) -> Match:
        said = self.job["match"]
        return Match({name: tuple(fields) for name, fields in said["inputs"].items()}, dict(said["outputs"]))

    def _compile(self, tried: _Tried) -> tuple[Parts, dict[str, Any]]:
        """Compile a second copy with equal forms of what does not compile, and compare it."""
        from mmdesk.modelling.foreign.adapter import wrap
        from mmdesk.modelling.foreign.loading import load_foreign
        from mmdesk.modelling.foreign.lookups import take_apart
        from mmdesk.modelling.foreign.replacements import replace_uncompiled
        from mmdesk.modelling.foreign.trial import culprit
        from mmdesk.modelling.network.export import check_parity, export_part

        assert isinstance(self.passed, Passed)  # noqa: S101
        copy = take_apart(load_foreign(self.passed.clean)).model
        replaced = replace_uncompiled(copy)
        folder = Path(self.job["out"]["parts"])
        file = ""
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of the exporter's own dependencies
                file = export_part(
                    wrap(copy, tried.found, tried.snapshot.schema, tried.whole, tried.preparation.plan), folder
                )
                worst = check_parity(tried.wrapped, folder / file, tried.rows)
        except ModelProblem as problem:
            if file:
                (folder / file).unlink(missing_ok=True)
            layer = culprit(copy, problem.details)
            return Parts(), {
                "compiled": problem.details or problem.what,
                "prevented_by": layer,
                "notes": [tr("It has no compiled form because of {layer}, so it predicts more slowly.", layer=layer)],
            }
        parity = {"largest_difference": {"model": worst}, "cases": ROWS}
        return Parts((), file), {"compiled": True, "replaced": replaced, "parity": parity}

    def _card(self, tried: _Tried) -> Card:
        foreign, found, reading, usual = tried.foreign, tried.found, tried.reading, tried.usual
        schema = tried.snapshot.schema
        inputs = [{"model_input": end.say(), "fields": ", ".join(found.inputs[end.name])} for end in foreign.inputs]
        outputs = [
            {
                "model_output": end.say(),
                "target": found.outputs.get(end.name, tr("not used")),
                "classes": ", ".join(schema.field(found.outputs[end.name]).options)
                if end.name in found.outputs
                else "",
            }
            for end in foreign.outputs
        ]
        return Card.from_json(
            {
                "name": tr("{stem}, made elsewhere", stem=Path(foreign.file).stem),
                "kind": BROUGHT,
                "created": utc_now(),
                "added_by": self.job["reader"],
                "source": {
                    "file": foreign.file,
                    "sha256": foreign.sha256,
                    "bytes": foreign.size,
                    "saved_by": foreign.saved_by,
                    "weights": foreign.parameters,
                },
                "inputs": inputs,
                "outputs": outputs,
                "reading": reading.as_json(),
                "read_as": reading.options(usual) or tr("as usual"),
                "logits": sorted(found.outputs[name] for name, one in reading.outputs.items() if one.link == LOGIT),
                "classes": dict(self.passed.operators if isinstance(self.passed, PassedOnnx) else self.passed.classes),
                "notes": list(foreign.notes),
            }
        )
