"""A file of weights for a network of `keras.applications`, before Keras sees it."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from mmdesk.modelling.safety.archive import check_regular, copy_of
from mmdesk.modelling.safety.limits import GATE_BYTES, memory_cap
from mmdesk.modelling.safety.refusal import Refusal, refused
from mmdesk.modelling.safety.weights import Array, arrays_of
from mmdesk.support.unfinished import private_folder
from mmdesk.words import QT_TR_NOOP, tr

_OWN, _OLD = ".weights.h5", ".h5"
"""How the names of such files end, since Keras 3 and before."""
_DO = QT_TR_NOOP("Give the file of that architecture without the top (its name often ends in notop.h5).")


@contextmanager
def weights_for(architecture: str, shapes: Sequence[tuple[int, ...]], file: Path) -> Iterator[Path]:
    """Give a copy of a file of weights that holds just the numbers of a network.

    Args:
        architecture: Name of the network, for the words.
        shapes: Shape of each of its weights that are no whole numbers.
        file: The file that the person chose.

    Yields:
        The copy that was looked at; it is gone afterwards.

    Raises:
        Refusal: It is no plain file of arrays, or of another network.
    """
    with private_folder("mmdesk-weights-") as folder:
        try:
            copy = folder / f"incoming{_ending(file)}"
            check_regular(file)
            copy_of(file, copy)
            with memory_cap(GATE_BYTES):
                _check_shapes(architecture, shapes, arrays_of(copy))
        except Refusal as why:
            what = tr(
                "The weights of {architecture} were not taken from {name}", architecture=architecture, name=file.name
            )
            raise Refusal(what, why.reason, tr(_DO), f"{file}: {why.details}") from why
        yield copy


def _ending(file: Path) -> str:
    name = file.name.lower()
    if not name.endswith(_OLD):
        raise refused(tr("its name does not end in .h5"))
    return _OWN if name.endswith(_OWN) else _OLD


def _check_shapes(architecture: str, shapes: Sequence[tuple[int, ...]], found: Sequence[Array]) -> None:
    held = [array.shape for array in found if array.kind == "f"]
    if Counter(held) == Counter(shapes):
        return
    needed, there = (sum(map(math.prod, some)) for some in (shapes, held))
    if needed == there:
        raise refused(
            tr("its arrays have other shapes"),
            details=tr("{count} arrays for {count_2}", count=len(held), count_2=len(shapes)),
        )
    raise refused(
        tr(
            "it holds {there:,} numbers, and {architecture} without the top has {needed:,}",
            there=there,
            architecture=architecture,
            needed=needed,
        )
    )
