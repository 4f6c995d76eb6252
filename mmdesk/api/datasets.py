"""Batches for a notebook's own Keras models, by the preparation that training uses."""

from __future__ import annotations

import warnings
from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from mmdesk.core.cases.truth import CONSENSUS, Truth, labels_hash, truths_of
from mmdesk.core.errors import Situation
from mmdesk.core.fields.splits import SPLITS
from mmdesk.core.job import SilentContext
from mmdesk.core.recipe.recipe import default_recipe
from mmdesk.services.project import Project
from mmdesk.services.recipe.recipe import own_recipe
from mmdesk.words import tr

if TYPE_CHECKING:
    import tensorflow as tf


def dataset_of(
    project: Project,
    reader: str,
    split: str,
    *,
    batch: int | None,
    shuffle: bool,
    inputs: Collection[str] | None,
    targets: Collection[str] | None,
) -> tf.data.Dataset:
    """Return batches of a split; see `api.project.Project.to_tf_dataset`."""
    if split not in SPLITS:
        raise Situation(
            tr("There is no split '{split}'.", split=split), do=tr("Give one of {known}.", known=", ".join(SPLITS))
        )
    from mmdesk.modelling.snapshot import Snapshot
    from mmdesk.modelling.training.feeding import feed

    recipe = own_recipe(project) or default_recipe(project.schema)
    if batch is not None:
        recipe = replace(recipe, training=replace(recipe.training, batch=batch))
    cases = tuple(project.store.cases())
    truths = _truths(project, reader)
    snapshot = Snapshot(project.folder, project.schema, cases, truths, labels_hash(project.schema, cases, truths))
    dataset, left_out = feed(snapshot, recipe, split, SilentContext(), learning=shuffle)
    for words in left_out:
        warnings.warn(words, UserWarning, stacklevel=3)
    kept = [_kept(part, names) for part, names in zip(dataset.element_spec, (inputs, targets, targets), strict=True)]
    return dataset.map(lambda *parts: tuple(map(_only, parts, kept)))


def _truths(project: Project, reader: str) -> Mapping[int, Truth]:
    """Return the labels that count among those that a reader may see."""
    if not reader:
        return project.truths()
    return truths_of(project.seen_labels(reader), project.store.setting(CONSENSUS))


def _kept(known: Mapping[str, Any], wanted: Collection[str] | None) -> list[str]:
    if wanted is None:
        return list(known)
    for name in wanted:
        if name not in known:
            raise Situation(
                tr("The batches hold no '{name}'.", name=name),
                do=tr("Choose among {known}.", known=", ".join(known)),
            )
    return list(wanted)


def _only(part: Mapping[str, Any], names: list[str]) -> dict[str, Any]:
    return {name: part[name] for name in names}
