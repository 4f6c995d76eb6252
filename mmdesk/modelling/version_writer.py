"""Write a model version's folder, whole or not at all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from mmdesk.core.errors import ModelProblem
from mmdesk.core.model.out_of_distribution import EmbeddingDistribution, pack
from mmdesk.core.model.prepare import Preparation
from mmdesk.core.recipe.recipe import Recipe, write_recipe
from mmdesk.core.versions.card import Card
from mmdesk.core.versions.card_words import card_files
from mmdesk.core.versions.learnt import LEARNT, to_text
from mmdesk.core.versions.version import EncoderPart, Parts, write_parts
from mmdesk.modelling.network.bundle import MODEL_FILE
from mmdesk.modelling.network.export import CASES, check_parity, export_part, with_missing_patterns
from mmdesk.modelling.network.signature import write_signature
from mmdesk.modelling.network.submodels import encoders_of, head_of
from mmdesk.support.files import whole_folder

Arrays = Mapping[str, NDArray[Any]]

KNOWN_PICTURES = 2
"""Pictures on which a part that was compiled before is seen to be the same."""

_VOLUME_AXES = 5
_MOST_NUMBERS = 1 << 24
"""Numbers of all made-up volumes together."""


@dataclass(frozen=True, slots=True)
class NewVersion:
    """What a version's folder is written from.

    Attributes:
        model: The whole Keras model, as `modelling.build.build_model` gives it.
        recipe: What it was built and trained from.
        preparation: What was learnt on the training split, intervals included.
        card: What it was trained on and how well it does; the parity figures are added.
        head_inputs: Some real prepared cases with their embeddings, to compare on.
        familiarity: What the training images look like, by image input.
        prototypes: Arrays of the rehearsal prototypes; none when empty.
        encoders: Compiled encoders that are unchanged and already in the folder of parts,
            by the name of the nested model; the others are exported.
        learnt: Digests of the cases it learnt from, see `core.versions.learnt`.
    """

    model: keras.Model
    recipe: Recipe
    preparation: Preparation
    card: Card
    head_inputs: Arrays
    familiarity: Mapping[str, EmbeddingDistribution] = field(default_factory=dict)
    prototypes: Arrays = field(default_factory=dict)
    encoders: Mapping[str, EncoderPart] = field(default_factory=dict)
    learnt: frozenset[str] = frozenset()


def write_version(folder: Path, parts_folder: Path, new: NewVersion) -> Card:
    """Write `model.keras`, `parts.toml`, `preparation.json`, `recipe.toml` and the card.

    A model that cannot be compiled is written all the same: its `parts.toml` names no head
    and its card says what prevented it.

    Args:
        folder: The version's folder; must not exist yet.
        parts_folder: Where the ONNX parts lie, shared between versions.
        new: What to write.

    Returns:
        The card as written, with `parity` (largest differences by part) and `compiled`.

    Raises:
        FileExistsError: The folder is there already.
    """
    if folder.exists():
        raise FileExistsError(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    try:
        parts, parity = compile_parts(new, parts_folder)
        compiled: str | bool = True
    except ModelProblem as problem:
        parts, parity, compiled = Parts(), {}, problem.details or problem.what
    card = new.card.plus(compiled=compiled, parity=parity)
    with whole_folder(folder) as partial:
        _write_files(partial, new, parts, card)
    return card


def compile_parts(new: NewVersion, parts_folder: Path) -> tuple[Parts, dict[str, Any]]:
    """Export each part that is not compiled yet and compare all of them with Keras.

    A part that was compiled and compared for an earlier version is only seen to be the same.

    Args:
        new: The version.
        parts_folder: Where the ONNX parts go.

    Returns:
        The parts, and for the card the largest difference of each and the number of cases.

    Raises:
        ModelProblem: A part cannot be exported or is not the same model.
    """
    differences: dict[str, float] = {}
    encoders = []
    for name, (encoder, inputs) in encoders_of(new.model).items():
        known = new.encoders.get(name)
        file = known.file if known else export_part(encoder, parts_folder)
        size = encoder.input_shape[-2]
        volume = len(encoder.input_shape) == _VOLUME_AXES
        pictures = (
            made_up_volumes(encoder.input_shape[1:])
            if volume
            else made_up_pictures(size)[: KNOWN_PICTURES if known else CASES]
        )
        differences[name] = check_parity(encoder, parts_folder / file, {"image": pictures}, fewest=len(pictures))
        part = EncoderPart(name, file, inputs, size, encoder.output_shape[-1])
        if volume:
            state = new.preparation.inputs[inputs[0]]
            depth, channels = encoder.input_shape[1], encoder.input_shape[-1]
            part = replace(part, depth=depth, slices=state.slices, window=state.window, channels=channels)
        encoders.append(part)
    head = head_of(new.model)
    cases = with_missing_patterns(new.head_inputs)
    file = export_part(head, parts_folder)
    differences["head"] = check_parity(head, parts_folder / file, cases)
    count = len(next(iter(cases.values())))
    return Parts(tuple(encoders), file), {"largest_difference": differences, "cases": count}


def _write_files(folder: Path, new: NewVersion, parts: Parts, card: Card) -> None:
    new.model.save(folder / MODEL_FILE)
    if not parts.head:
        write_signature(folder, new.model)
    texts = {
        "parts.toml": write_parts(parts),
        "preparation.json": new.preparation.to_json(),
        "recipe.toml": write_recipe(new.recipe),
        LEARNT: to_text(new.learnt),
        **card_files(card),
    }
    for name, text in texts.items():
        (folder / name).write_text(text, "utf-8")
    if new.familiarity:
        _write_arrays(folder / "familiarity.npz", pack(new.familiarity))
    if new.prototypes:
        _write_arrays(folder / "prototypes.npz", new.prototypes)


def _write_arrays(file: Path, arrays: Arrays) -> None:
    np.savez_compressed(file, allow_pickle=False, **dict(arrays))


def made_up_volumes(shape: tuple[int, ...]) -> NDArray[np.float32]:
    """Return made-up volumes, fewer where they are large, to compare an encoder on."""
    count = max(2, min(CASES, _MOST_NUMBERS // int(np.prod(shape))))
    pictures = made_up_pictures(shape[1])[:, None, :, :, : shape[3]]
    dim = np.linspace(0.2, 1, shape[0], dtype=np.float32)[:, None, None, None]
    return np.concatenate([pictures[at % CASES][None] * dim[None] for at in range(count)])


def made_up_pictures(size: int) -> NDArray[np.float32]:
    """Return made-up pictures, from smooth to noisy, to compare an encoder on."""
    rng = np.random.default_rng(1)
    pictures = []
    for row in range(CASES):
        cells = 2 ** (1 + row % 5)
        coarse = rng.integers(0, 256, (cells, cells, 3))
        places = np.arange(size) * cells // size
        pictures.append(coarse[places][:, places])
    return np.stack(pictures).astype(np.float32)
