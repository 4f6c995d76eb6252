"""Write a foreign model as a version of the project, whole or not at all."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

import keras

from mmdesk.core.cases.case import Case
from mmdesk.core.fields.kinds import kind_of
from mmdesk.core.fields.schema import Schema
from mmdesk.core.model.foreign import Match
from mmdesk.core.model.lookups.plan import Plan
from mmdesk.core.model.prepare import Preparation, TargetState
from mmdesk.core.model.reading import Reading
from mmdesk.core.versions.version import ORIGINAL, ORIGINAL_ONNX, Parts, write_parts
from mmdesk.modelling.foreign.input_states import state_of
from mmdesk.modelling.network.bundle import MODEL_FILE
from mmdesk.modelling.network.signature import write_signature
from mmdesk.modelling.safety.onnx_gate import SUFFIX
from mmdesk.support.files import whole_folder


def preparation_for(
    wrapped: keras.Model,
    schema: Schema,
    found: Match,
    reading: Reading,
    codes: Mapping[str, tuple[bool, int]] | None = None,
    cases: Sequence[Case] = (),
    *,
    plan: Plan | None = None,
) -> Preparation:
    """Return a preparation that gives a wrapped model its fields' values as it was trained to read them.

    Args:
        wrapped: The model in the project's clothes.
        schema: The project's fields.
        found: Which fields the ends of the model are.
        reading: What is said of each input; whole.
        codes: By field whether it takes whole numbers only, and one past the last code (0 for no codes).
        cases: Where scales are learnt from.
        plan: What is looked up.
    """
    known = codes or {}
    fields = {one.name: one for one in schema.inputs}
    shapes = {tensor.name: tensor.shape for tensor in wrapped.inputs}
    plan = plan or Plan()
    looked_up = {name for one in plan.sources.values() for name in one.fields}
    inputs = {
        name: state_of(fields[name], shapes.get(name, ()), reading.inputs[end], cases, *known.get(name, (False, 0)))
        for end, names in found.inputs.items()
        for name in names
        if name in fields and (name in shapes or name in looked_up)
    }
    targets = {
        one.name: TargetState(one.kind, kind_of(one).chances(one) or (one.name,))
        for one in schema.targets
        if one.name in wrapped.output
    }
    return Preparation(inputs, targets, plan)


def write_foreign(
    folder: Path,
    original: Path,
    wrapped: keras.Model,
    preparation: Preparation,
    parts: Parts,
    texts: Mapping[str, str],
    *,
    kept: Mapping[str, Path] | None = None,
) -> None:
    """Write the version's folder.

    Args:
        folder: The folder; must not exist yet.
        original: The file as it came; of an ONNX file only that and its compiled form are kept.
        wrapped: The model in the project's clothes.
        preparation: How its inputs are made.
        parts: Its compiled form; none where it cannot be compiled.
        texts: By name the other files: its card, its mapping.
        kept: By name further files that are copied into it.

    Raises:
        FileExistsError: The folder is there already.
    """
    if folder.exists():
        raise FileExistsError(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with whole_folder(folder) as partial:
        if original.suffix == SUFFIX:
            shutil.copyfile(original, partial / ORIGINAL_ONNX)
        else:
            wrapped.save(partial / MODEL_FILE)
            shutil.copyfile(original, partial / ORIGINAL)
            write_signature(partial, wrapped)
        for name, file in (kept or {}).items():
            shutil.copyfile(file, partial / name)
        every = {
            "parts.toml": write_parts(parts),
            "preparation.json": preparation.to_json(),
            **texts,
        }
        for name, text in every.items():
            (partial / name).write_text(text, "utf-8")
