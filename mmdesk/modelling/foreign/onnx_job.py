"""The steps of adding a model that differ for an ONNX file; libraries are loaded when they begin."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mmdesk.core.model.foreign import Foreign
from mmdesk.core.versions.version import Parts
from mmdesk.modelling.safety.onnx_gate import PassedOnnx
from mmdesk.words import tr


def load(passed: PassedOnnx) -> Any:
    """Return the graph as a model among others."""
    from mmdesk.modelling.foreign.onnx_model import load_onnx

    return load_onnx(passed)


def describe(name: str, passed: PassedOnnx, model: Any) -> Foreign:
    """Say what goes in and comes out.

    Args:
        name: The file's name.
        passed: The file.
        model: As `load` gave it.
    """
    from mmdesk.modelling.foreign.loading import outputs_of
    from mmdesk.modelling.foreign.onnx_model import weights_in

    written = tr("ONNX, operators of version {opset}", opset=passed.opset)
    maker = tr("{written}, by {producer}", written=written, producer=passed.producer) if passed.producer else written
    return Foreign(
        name,
        passed.sha256,
        passed.size,
        "",
        passed.inputs,
        outputs_of(model),
        weights_in(passed),
        maker,
        tuple(passed.notes),
    )


def codes(passed: PassedOnnx) -> dict[str, tuple[bool, int]]:
    """Return which inputs take whole numbers only, and one past the last code that they know."""
    from mmdesk.modelling.foreign.onnx_model import codes_in

    return codes_in(passed)


def merged(
    passed: PassedOnnx, model: Any, wrapped: Any, rows: Mapping[str, Any], parts_folder: Path
) -> tuple[Parts, dict[str, Any]]:
    """Write the compiled form, and hold it against the file as it came.

    Args:
        passed: The file.
        model: As `load` gave it.
        wrapped: The same in the project's clothes.
        rows: Made-up cases.
        parts_folder: Where compiled parts lie.

    Returns:
        The compiled form, and what the card says of it.

    Raises:
        ModelProblem: It gives other answers than the file as it came.
        MemoryError: It does not fit as many cases as are predicted at once.
    """
    from mmdesk.modelling.foreign import onnx_merge

    single = passed.single or onnx_merge.depends_on_company(wrapped, rows)
    file = onnx_merge.merge(wrapped, model, passed, parts_folder, single=single)
    try:
        company = single and not passed.single
        worst = onnx_merge.check_original(model, wrapped, passed, parts_folder / file, rows, single=single)
        onnx_merge.check_room(parts_folder / file, rows)
    except BaseException:
        (parts_folder / file).unlink(missing_ok=True)
        raise
    notes = []
    if company:
        notes.append(tr("Its answer to a case depends on the cases beside it, so each case is given to it alone."))
    elif single:
        notes.append(tr("It takes one case at a time, so predicting many takes longer."))
    parity = {"largest_difference": {"model": worst}, "cases": len(next(iter(rows.values())))}
    return Parts((), file), {"compiled": True, "parity": parity, "one_at_a_time": single, "notes": notes}
