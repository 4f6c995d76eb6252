"""Labelled cases are predicted as it was said and otherwise, before a model is added."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import keras
import numpy as np

from mmdesk.core.cases.case import Case
from mmdesk.core.cases.truth import labelled
from mmdesk.core.errors import Situation
from mmdesk.core.fields.arrays import is_ragged
from mmdesk.core.fields.kinds import kind_of
from mmdesk.core.model import probe
from mmdesk.core.model.alternatives import alternatives
from mmdesk.core.model.differences import say_difference
from mmdesk.core.model.foreign import Foreign, Match
from mmdesk.core.model.prepare import Preparation, prepare
from mmdesk.core.model.reading import Reading
from mmdesk.core.model.refused_cases import unfit_rows
from mmdesk.inference.whole_images import WholeImages, whole_images
from mmdesk.jobs.protocol import ChildContext
from mmdesk.modelling.snapshot import Snapshot
from mmdesk.words import tr

MOST = 300
"""Labelled cases that are predicted."""
SECONDS = 90.0
"""Time after which no further cases are predicted; those that were count."""
_BATCH = 16
_MOST_ROUNDS = 4
_MOST_PAIRS = 40
_SHOWN = 6
"""Other readings that are listed."""

Made = tuple[keras.Model, Preparation]
Outputs = dict[str, Any]


@dataclass(slots=True)
class Probing:
    """One foreign model held against the labels.

    Attributes:
        snapshot: The project's cases and labels.
        foreign: The model.
        found: Which fields its ends are.
        usual: What its options are beside.
        make: Gives the wrapped model and its preparation for a reading.
        ctx: Asked whether to stop.
    """

    snapshot: Snapshot
    foreign: Foreign
    found: Match
    usual: Reading
    make: Callable[[Reading], Made]
    ctx: ChildContext
    _until: float = field(init=False, default=0.0)
    _baseline: dict[str, float] = field(init=False, default_factory=dict)

    def run(self, reading: Reading) -> probe.Probe:
        """Return how well the model fits the labels as it was said, and read otherwise."""
        cases = labelled(self.snapshot.cases, self.snapshot.truths)
        if len(cases) > MOST:
            cases = random.Random(1).sample(cases, MOST)  # noqa: S311
        if not cases:
            return probe.Probe(0)
        self._until = time.monotonic() + SECONDS
        first = self._round(cases, [reading])
        if not first:
            return probe.Probe(0)
        given = first[0]
        tried, best = [given], given
        if len(given.right) < probe.FEWEST:
            return self._told(given, [], None)
        for alone in (False, True):
            for _round in range(_MOST_ROUNDS):
                others = [other for _key, other in self._others(best.reading, alone=alone)]
                found = self._better(best, cases, others, tried)
                if found is None and best is given and not alone:
                    found = self._better(best, cases, list(self._pairs(reading)), tried)
                if found is None:
                    break
                best = found
        return self._told(given, tried[1:], best if best is not given else None)

    def _better(
        self, best: probe.Tried, cases: Sequence[Case], others: Sequence[Reading], tried: list[probe.Tried]
    ) -> probe.Tried | None:
        """Try some readings and return the one that fits clearly better than the best so far."""
        some = self._round(cases, [best.reading, *others])
        if not some:
            return None
        tried += some[1:]
        found, _ = probe.clearly_better(some[0], some[1:])
        return found

    def _others(self, reading: Reading, *, alone: bool) -> Iterator[tuple[str, Reading]]:
        for key, other in alternatives(reading, self.foreign, self.found, self.snapshot.schema, alone=alone):
            try:
                yield key, other.checked(self.foreign, self.found, self.snapshot.schema)
            except Situation:
                continue

    def _pairs(self, reading: Reading) -> Iterator[Reading]:
        """Yield readings that answer two questions otherwise, where there are few."""
        singles = list(self._others(reading, alone=False))
        pairs = [
            other for key, single in singles for second, other in self._others(single, alone=False) if key < second
        ]
        yield from pairs[:_MOST_PAIRS] if len(pairs) <= 4 * _MOST_PAIRS else []

    def _round(self, cases: Sequence[Case], readings: Sequence[Reading]) -> list[probe.Tried]:
        """Return the readings held against the labels, all on the same cases; what cannot be made is left out."""
        kept, made = [], []
        for one in readings:
            try:
                made.append(self.make(one))
                kept.append(one)
            except Situation:
                if one is readings[0]:
                    raise
        taken: list[Case] = []
        found: list[list[Outputs]] = [[] for _ in made]
        for at in range(0, len(cases), _BATCH):
            self.ctx.check_cancelled()
            if time.monotonic() > self._until:
                break
            some = cases[at : at + _BATCH]
            rows, arrays = prepared(self.snapshot, some, made)
            if not len(rows):
                continue
            for answered, answers in _answered(made, arrays, rows):
                taken += [some[row] for row in answered]
                for block, answer in zip(found, answers, strict=True):
                    block.append(answer)
        if not taken:
            return []
        return self._held(taken, kept, [{n: np.concatenate([b[n] for b in some]) for n in some[0]} for some in found])

    def _held(
        self, cases: Sequence[Case], readings: Sequence[Reading], outputs: Sequence[Outputs]
    ) -> list[probe.Tried]:
        scored, schema = self.snapshot.scored(cases), self.snapshot.schema
        names = {name for name, known in scored.known.items() if known.any()}
        outputs = [{name: values for name, values in some.items() if name in names} for some in outputs]
        if not outputs[0]:
            return []
        tried: list[probe.Tried] = []
        turned: list[probe.Tried] = []
        if not self._baseline:
            self._baseline = probe.baseline(outputs[0], schema, scored.truth, scored.known)
        ends = {target: end for end, target in self.found.outputs.items()}
        for reading, some in zip(readings, outputs, strict=True):
            finite = all(np.isfinite(values).all() for values in some.values())
            if not finite and reading is not readings[0]:
                continue
            one = probe.hold(reading, some, schema, scored.truth, scored.known)
            other = (
                probe.reordered(one, some, schema, scored.truth, scored.known, ends)
                if len(cases) >= probe.FEWEST
                else None
            )
            tried.append(one)
            turned += [other] if other else []
        # An order is fitted to the labels, so that it is believed less than another answer that fits as well.
        return tried + turned

    def _told(self, given: probe.Tried, others: Sequence[probe.Tried], better: probe.Tried | None) -> probe.Probe:
        best: dict[str, probe.Tried] = {}
        for one in sorted(others, key=lambda one: -float(np.nanmean(one.right))):
            best.setdefault(one.reading.options(self.usual), one)
        best.pop(given.reading.options(self.usual), None)
        shown = [better, *[one for one in best.values() if one is not better]] if better else list(best.values())
        gained = 0
        if better:
            gained = round(float(np.nansum(better.right)) - float(np.nansum(given.right)))
        return probe.Probe(
            len(given.right),
            tuple(
                {"options": one.reading.options(self.usual), "figures": dict(one.figures), "loss": dict(one.losses)}
                for one in (given, *shown[:_SHOWN])
            ),
            self._baseline,
            tuple(one.name for one in self.snapshot.schema.targets if kind_of(one).is_amount),
            (better.reading.options(self.usual) or tr("the usual reading, without options,")) if better else "",
            gained,
            say_difference(better.reading, given.reading) if better else "",
            better.reading.as_json() if better else None,
        )


def _answered(made: Sequence[Made], arrays: Sequence[Mapping[str, Any]], rows: Any) -> list[tuple[Any, list[Outputs]]]:
    """Return the answers of each reading to some rows; a row that any of them cannot take is left out."""
    answers = []
    try:
        for (model, _preparation), given in zip(made, arrays, strict=True):
            answers.append(_run(model, given, rows))
    except Exception as why:  # of TensorFlow, which raises what it likes
        if isinstance(why, MemoryError) or type(why).__name__ == "ResourceExhaustedError":
            raise
        if len(rows) == 1:
            return []
        return [done for row in rows for done in _answered(made, arrays, np.array([row]))]
    return [(rows, answers)]


def _run(model: keras.Model, given: Mapping[str, Any], rows: Any) -> Outputs:
    names = [one.name for one in model.inputs]
    if any(is_ragged(given[name]) for name in names):
        blocks = [{name: given[name][row][None] for name in names} for row in rows]
    else:
        blocks = [{name: given[name][rows] for name in names}]
    found = [model(block, training=False) for block in blocks]
    return {name: np.concatenate([np.asarray(one[name], np.float32) for one in found]) for name in found[0]}


def prepared(snapshot: Snapshot, cases: Sequence[Case], made: Sequence[Made]) -> tuple[Any, list[dict[str, Any]]]:
    """Return the rows that hold all that the model needs, and the arrays of each reading.

    Args:
        snapshot: The project.
        cases: Some of its cases.
        made: By reading the wrapped model and its preparation.
    """
    seen: dict[Any, WholeImages] = {}
    images = {one.name for one in snapshot.schema.images}
    found, whole = [], np.ones(len(cases), bool)
    for model, preparation in made:
        pictures = {}
        for tensor in model.inputs:
            if tensor.name in images:
                state = preparation.inputs[tensor.name]
                key = (tensor.name, tuple(tensor.shape), state.fit, state.slices)
                if key not in seen:
                    seen[key] = whole_images(tensor.name, cases, snapshot.folder, tensor.shape, state)
                pictures[tensor.name] = seen[key]
        present = {name: one.present for name, one in pictures.items()}
        arrays = prepare(preparation, snapshot.schema, cases, present)
        found.append(arrays | {name: one.pixels for name, one in pictures.items()})
        names = {one.name for one in model.inputs}
        for name in preparation.inputs:
            taken = name in names or name in preparation.plan.fields
            if taken and f"{name}__present" not in names:
                whole &= arrays[f"{name}__present"][:, 0] > 0
        whole[list(unfit_rows(preparation, snapshot.schema, arrays))] = False
    return np.flatnonzero(whole), found
