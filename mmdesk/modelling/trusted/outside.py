"""Start the process that runs a model maker's code, and take from it only what was looked at."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np

from mmdesk.modelling.safety.archive import check_regular, copy_of
from mmdesk.modelling.safety.onnx_gate import PassedOnnx, pass_onnx_gate
from mmdesk.modelling.safety.refusal import Refusal, refused
from mmdesk.modelling.trusted.guards import Guards
from mmdesk.modelling.trusted.inside import ANSWERS, COMPILED, RESULT
from mmdesk.support.own_process import own_command, own_environment
from mmdesk.words import QT_TR_NOOP, tr

SECONDS = 240.0
"""Time that the code may take, the loading of the libraries included."""
MOST_BYTES = 4 << 30
"""What it may write in its own folder."""
TOLERANCE = 1e-4
_POLL = 0.2
_LARGEST_RESULT = 1 << 20
_LARGEST_ANSWERS = 1 << 30
_MOST_ENDS = 100
_KEPT = ("PATH", "LANG", "LC_ALL", "SYSTEMROOT", "PYTHONPATH", "LD_LIBRARY_PATH", "HF_HUB_OFFLINE")
RAN = QT_TR_NOOP("Its code ran once, in a process of its own, and nothing was changed.")


def run_inside(
    folder: Path, check_cancelled: Callable[[], None], *, required: bool = False, seconds: float = SECONDS
) -> Guards:
    """Run the code of the model in a folder, in a process that is shut in; wait for its end.

    Args:
        folder: Holds the model and the code; the process writes its results there.
        check_cancelled: Raises when the person stopped it.
        required: Run nothing unless all guards hold.
        seconds: How long it may take.

    Returns:
        What held the code in.

    Raises:
        Refusal: It took too long, wrote too much, or ended before the code ran.
        Cancelled: The person stopped it.
    """
    process = subprocess.Popen(  # noqa: S603 - our own program
        [*own_command("trusted"), str(folder), *(["required"] if required else [])],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=Path(sys.executable).parent,  # not where the code lies: Python would import what it finds there
        env=_environment(folder),
    )
    until = time.monotonic() + seconds
    try:
        while True:
            with suppress(subprocess.TimeoutExpired):
                process.wait(_POLL)
                break
            check_cancelled()
            if time.monotonic() > until:
                raise refused(
                    tr("its code took longer than {seconds:.0f} s", seconds=seconds),
                    tr("Use a smaller model."),
                    safe=tr(RAN),
                )
            if _bytes_in(folder) > MOST_BYTES:
                raise refused(tr("its code wrote more than {most} GB", most=MOST_BYTES >> 30), safe=tr(RAN))
        assert process.stdout is not None  # noqa: S101 - it was started with a pipe
        os.set_blocking(process.stdout.fileno(), False)
        first = process.stdout.read(_LARGEST_RESULT) or b""
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
        if process.stdout:
            process.stdout.close()
    try:
        guards = Guards.from_json(json.loads(first.split(b"\n")[0]))
    except (ValueError, AttributeError) as why:
        raise refused(
            tr("the process for its code ended before the code ran"),
            tr("Try again with less at work on this computer."),
            tr("exit code {code}", code=process.returncode),
        ) from why
    if required and not guards.whole:
        raise refused(
            tr("this computer cannot shut its code in, which its administrator requires"),
            tr("Add it on a computer with Linux, or rewrite its code with keras.ops."),
        )
    return guards


def take_compiled(folder: Path, incoming: Path) -> PassedOnnx:
    """Take the compiled model through the gate, and hold it against the answers of the code.

    Args:
        folder: Where the process wrote.
        incoming: An empty folder of our own.

    Raises:
        Refusal: It was not compiled, or is not what the code computes.
    """
    result = _result(folder, incoming)
    if problem := result.get("problem"):
        layer = str(result.get("layer", ""))[:200]
        reason = tr("it does not compile because of {layer}", layer=layer) if layer else str(problem)[:200].rstrip(".")
        raise refused(
            reason,
            tr("Rewrite that part with keras.ops, and save the model again."),
            str(result.get("details", ""))[:4000],
            safe=tr(RAN),
        )
    try:
        passed = pass_onnx_gate(folder / COMPILED, incoming)
    except Refusal as why:
        raise refused(
            tr("what its code compiled to was not taken: {reason}", reason=why.reason), why.do, why.details, tr(RAN)
        ) from why
    difference = _difference(passed, folder, incoming, result)
    if not difference < TOLERANCE:
        raise refused(
            tr("compiled, it gives other answers than its code"),
            tr("Rewrite the code with keras.ops, and save the model again."),
            tr("largest difference {worst:.3g}", worst=difference),
            safe=tr(RAN),
        )
    return passed


def _result(folder: Path, incoming: Path) -> Mapping[str, Any]:
    try:
        result = json.loads(_taken(folder / RESULT, incoming, _LARGEST_RESULT).read_text("utf-8"))
        names = [list(result.get(key, [])) for key in ("inputs", "outputs")]
        return {**result, "inputs": names[0][:_MOST_ENDS], "outputs": names[1][:_MOST_ENDS]}
    except (Refusal, OSError, ValueError, AttributeError, TypeError, RecursionError) as why:
        raise refused(
            tr("its code ended without a result"),
            tr("It may have needed more memory than it may have, or have ended itself."),
            repr(why),
            safe=tr(RAN),
        ) from why


def _taken(file: Path, incoming: Path, most: int) -> Path:
    """Return a copy of what the process wrote; links are not followed, and nothing waits on a pipe."""
    check_regular(file)
    if file.stat().st_size > most:
        raise refused(tr("it is larger than {largest} GB", largest=most / (1 << 30)))
    return copy_of(file, incoming / file.name).file


def _difference(passed: PassedOnnx, folder: Path, incoming: Path, result: Mapping[str, Any]) -> float:
    from mmdesk.inference.runtime import onnxruntime

    try:
        with np.load(_taken(folder / ANSWERS, incoming, _LARGEST_ANSWERS), allow_pickle=False) as held:
            rows = {str(name): held[f"in{place}"] for place, name in enumerate(result["inputs"])}
            wanted = {str(name): held[f"out{place}"] for place, name in enumerate(result["outputs"])}
        session = onnxruntime.InferenceSession(str(passed.clean), providers=["CPUExecutionProvider"])
        names = [one.name for one in session.get_outputs()]
        found = dict(zip(names, session.run(names, rows), strict=True))
        worst = 0.0
        for name, values in wanted.items():
            scale = max(1.0, float(np.abs(values).max(initial=0)))
            worst = max(worst, float(np.abs(values - found[name]).max(initial=0)) / scale)
            if not (np.isfinite(values).all() and np.isfinite(found[name]).all()):
                return float("inf")
    except Exception as why:
        if isinstance(why, MemoryError):
            raise
        raise refused(
            tr("compiled, it does not run"), details=f"{type(why).__name__}: {why}"[:2000], safe=tr(RAN)
        ) from why
    return worst if wanted else float("inf")


def _environment(folder: Path) -> dict[str, str]:
    """Return what the process may know: how to find the program, and nothing of the person's."""
    kept = {name: value for name, value in own_environment().items() if name in _KEPT}
    own = {name: str(folder) for name in ("HOME", "USERPROFILE", "TMPDIR", "TEMP", "TMP", "KERAS_HOME", "MMDESK_HOME")}
    return {
        **kept,
        **own,
        "KERAS_BACKEND": "tensorflow",
        "PYTHONSAFEPATH": "1",
        "PYTHONUTF8": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "CUDA_VISIBLE_DEVICES": "",
    }


def _bytes_in(folder: Path) -> int:
    total = 0
    for place, _folders, files in os.walk(folder):
        for name in files:
            with suppress(OSError):
                total += os.lstat(os.path.join(place, name)).st_size  # noqa: PTH118
    return total
