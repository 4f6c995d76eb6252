"""The scale of a target that a foreign model was trained towards, from the labels of the training split."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from mmdesk.core.cases.case import Case
from mmdesk.core.errors import Situation
from mmdesk.core.fields.values import is_present
from mmdesk.core.model.foreign import Match
from mmdesk.core.model.reading import Reading
from mmdesk.core.model.readings import MINMAX, STANDARDISED, OutputReading
from mmdesk.modelling.snapshot import Snapshot
from mmdesk.words import tr


def with_target_scales(reading: Reading, found: Match, snapshot: Snapshot, train: Sequence[Case]) -> Reading:
    """Return a reading whose outputs say the numbers of their scales.

    Args:
        reading: What a person said.
        found: Which target each output is.
        snapshot: The labels.
        train: Cases of the training split.

    Raises:
        Situation: There are no labels to learn a scale from.
    """
    outputs = {
        name: _learnt(one, found.outputs[name], snapshot, train) if one.scale in (STANDARDISED, MINMAX) else one
        for name, one in reading.outputs.items()
    }
    return replace(reading, outputs=outputs)


def _learnt(said: OutputReading, target: str, snapshot: Snapshot, train: Sequence[Case]) -> OutputReading:
    labels: list[Any] = [value for row in snapshot.values(train) if is_present(value := row.get(target))]
    numbers = np.array([float(one) for one in labels], np.float64)
    if said.log:
        numbers = np.log(numbers[numbers > 0]) if said.log == "log" else np.log1p(numbers[numbers > -1])
    if len(numbers) < 2 or not np.ptp(numbers):
        raise Situation(
            tr(
                "The scale of {target} cannot be learnt: its labels of the training split do not differ.", target=target
            ),
            do=tr("Give the scale: offset and factor of that output."),
        )
    if said.scale == MINMAX:
        return replace(said, offset=float(numbers.min()), factor=float(np.ptp(numbers)))
    return replace(said, offset=float(numbers.mean()), factor=float(numbers.std()))
