"""Which cases a further reader is to read: all, or a share drawn by a seed, whole groups at a time if wanted."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256


def drawn_share(names: Sequence[str], groups: Sequence[str] | None, share: float, seed: int) -> list[int]:
    """Return the indices of the cases that a share takes, in their order.

    Each case (or group) has its place by a hash of the seed and its name, so that the same seed
    draws the same cases on any computer, a larger share holds a smaller one, and cases that come
    later move none that were drawn.

    Args:
        names: Name of each case.
        groups: Group of each case where groups stay whole; None to draw cases.
        share: More than 0, at most 1; at least one is drawn where there is any.
        seed: Any whole number.
    """
    units = list(groups) if groups is not None else list(names)
    known = sorted(set(units), key=lambda unit: sha256(f"{seed}\n{unit}".encode("utf-8", "surrogatepass")).digest())
    taken = set(known[: max(1, round(len(known) * share))])
    return [index for index, unit in enumerate(units) if unit in taken]
