"""The job that has a model's own code run once, by a person's word, and keeps what it compiled to."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mmdesk.core.job import Progress
from mmdesk.core.model.foreign import LARGEST_CODE
from mmdesk.jobs.protocol import ChildContext
from mmdesk.modelling.safety.archive import check_regular, copy_of
from mmdesk.modelling.safety.limits import GATE_BYTES, loading_bytes, memory_cap
from mmdesk.modelling.safety.refusal import refused
from mmdesk.modelling.safety.repack import pass_gate
from mmdesk.modelling.trusted.inside import CODE, MODEL
from mmdesk.modelling.trusted.outside import run_inside, take_compiled
from mmdesk.words import tr

STEPS = 3


def run(job: Mapping[str, Any], ctx: ChildContext) -> dict[str, Any]:
    """Have the code of a `.keras` file run in a process that is shut in, and take its compiled form.

    Args:
        job: `source`, the model; `sha256`, its digest as the journal has it; `code`, the file of code,
            perhaps empty; `code_sha256`, the code as the person saw it; `incoming`, an empty folder of our
            own; `guarded`, whether all guards must hold; `out`, where the ONNX file goes.
        ctx: Told the progress.

    Returns:
        `model`, its copy that ran, with its `sha256` and `bytes`; `code`, the same of the code, empty without;
        `keras`, `classes`; `guards`, in words; `guarded`, whether all held.

    Raises:
        ModelProblem: It is not taken; the words say why.
    """
    incoming = Path(job["incoming"])
    ctx.progress(Progress(0, STEPS, tr("Looking at the file")))
    with memory_cap(GATE_BYTES):
        passed = pass_gate(Path(job["source"]), incoming, sha256=job.get("sha256", ""), judged=False)
    inside, taken = incoming / "inside", incoming / "taken"
    inside.mkdir()
    taken.mkdir()
    shutil.move(passed.clean, inside / MODEL)
    if job["code"]:
        check_regular(Path(job["code"]))
        copied = copy_of(Path(job["code"]), incoming / CODE)
        if copied.size > LARGEST_CODE:
            raise refused(tr("its code is larger than {most} kB", most=LARGEST_CODE // 1000))
        if copied.sha256 != job["code_sha256"]:
            raise refused(tr("its code has changed since it was shown"), tr("Read it again."))
        shutil.copyfile(incoming / CODE, inside / CODE)
    ctx.check_cancelled()
    ctx.progress(Progress(1, STEPS, tr("Running its code once")))
    guards = run_inside(inside, ctx.check_cancelled, required=bool(job["guarded"]))
    ctx.progress(Progress(2, STEPS, tr("Checking what it compiled to")))
    with memory_cap(loading_bytes()):
        try:
            compiled = take_compiled(inside, taken)
        except MemoryError as why:
            raise refused(tr("it needs more memory than this computer can give it")) from why
    shutil.move(compiled.clean, Path(job["out"]))
    ctx.progress(Progress(STEPS, STEPS, tr("Compiled")))
    shutil.rmtree(inside)
    return {
        "model": str(passed.original),
        "code": str(incoming / CODE) if job["code"] else "",
        "sha256": passed.sha256,
        "bytes": passed.size,
        "keras": passed.keras,
        "classes": dict(passed.classes),
        "guards": guards.say(),
        "guarded": guards.whole,
    }
