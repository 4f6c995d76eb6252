"""How unlike the training cases an image looks, told from its embedding."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

COMPONENTS = 32
PERCENTILE = 99

Array = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class EmbeddingDistribution:
    """What the training images of one input look like.

    Attributes:
        mean: (width,) mean embedding.
        basis: (width, c) orthonormal main directions, c at most 32.
        scale: (c,) spread along each, positive.
        residual: Root mean square length of what the directions leave over, positive.
        limit: Distance that 1 % of the validation images exceed.
    """

    mean: Array
    basis: Array
    scale: Array
    residual: float
    limit: float


def learn(train: NDArray[Any], validation: NDArray[Any]) -> EmbeddingDistribution:
    """Learn what one image input looks like.

    Args:
        train: (n, width) embeddings of training cases where the image is there, n >= 2.
        validation: (m, width) the same of validation cases; the training cases are used
            for the limit when there are none.
    """
    rows = np.asarray(train, np.float64)
    mean = rows.mean(0)
    centred = rows - mean
    count = min(COMPONENTS, len(rows) - 1, rows.shape[1])
    values, vectors = np.linalg.eigh(centred.T @ centred / len(rows))
    basis = vectors[:, ::-1][:, :count]
    scale = np.sqrt(np.maximum(values[::-1][:count], 1e-12))
    left = centred - (centred @ basis) @ basis.T
    residual = max(float(np.sqrt((left**2).sum(1).mean())), 1e-6)
    known = EmbeddingDistribution(
        mean.astype(np.float32), basis.astype(np.float32), scale.astype(np.float32), residual, np.inf
    )
    judged = distance(known, validation if len(validation) else train)
    limit = float(np.percentile(judged, PERCENTILE))
    return EmbeddingDistribution(known.mean, known.basis, known.scale, residual, limit)


def distance(known: EmbeddingDistribution, embeddings: NDArray[Any]) -> NDArray[np.float64]:
    """Return how far each embedding is from the training cases; compare with `limit`.

    The Mahalanobis distance along the main directions and, as one direction more, what
    they leave over.

    Args:
        known: What was learnt.
        embeddings: (n, width).

    Returns:
        (n,), 0 and more.
    """
    centred = np.asarray(embeddings, np.float64) - known.mean
    along = centred @ known.basis
    left = ((centred - along @ known.basis.T) ** 2).sum(1)
    return np.asarray(np.sqrt(((along / known.scale) ** 2).sum(1) + left / known.residual**2))


def is_unlike(known: EmbeddingDistribution, embeddings: NDArray[Any]) -> NDArray[np.bool_]:
    """Tell, for each of (n, width) embeddings, whether it looks unlike the training cases."""
    return np.asarray(distance(known, embeddings) > known.limit)


def pack(known: Mapping[str, EmbeddingDistribution]) -> dict[str, NDArray[Any]]:
    """Return the arrays of a `familiarity.npz`, by image input."""
    arrays: dict[str, NDArray[Any]] = {}
    for name, one in known.items():
        arrays[f"{name}__mean"] = one.mean
        arrays[f"{name}__basis"] = one.basis
        arrays[f"{name}__scale"] = one.scale
        arrays[f"{name}__residual"] = np.array(one.residual, np.float32)
        arrays[f"{name}__limit"] = np.array(one.limit, np.float32)
    return arrays


def unpack(arrays: Mapping[str, NDArray[Any]]) -> dict[str, EmbeddingDistribution]:
    """Return what `pack` packed."""
    names = [key.removesuffix("__mean") for key in arrays if key.endswith("__mean")]
    return {
        name: EmbeddingDistribution(
            arrays[f"{name}__mean"],
            arrays[f"{name}__basis"],
            arrays[f"{name}__scale"],
            float(arrays[f"{name}__residual"]),
            float(arrays[f"{name}__limit"]),
        )
        for name in names
    }
