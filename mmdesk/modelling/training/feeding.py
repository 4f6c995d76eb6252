"""A split's labelled cases as batches for a model that is not built here."""

from __future__ import annotations

from collections import Counter

import tensorflow as tf

from mmdesk.core.cases.truth import labelled
from mmdesk.core.errors import TrainingRefused
from mmdesk.core.fields.kinds import kind_of
from mmdesk.core.fields.splits import TRAIN
from mmdesk.core.job import JobContext
from mmdesk.core.model.prepare import learn_preparation
from mmdesk.core.recipe.recipe import Augment, Recipe
from mmdesk.modelling.snapshot import Snapshot
from mmdesk.modelling.training.image_files import check_files
from mmdesk.modelling.training.pipelines import Batches, DecodedImages, as_tf_data
from mmdesk.modelling.training.train_whole import image_cases
from mmdesk.words import tr


def feed(
    snapshot: Snapshot, recipe: Recipe, split: str, ctx: JobContext, *, learning: bool
) -> tuple[tf.data.Dataset, list[str]]:
    """Return the batches of a split, and what of its images cannot be used, one sentence each.

    Args:
        snapshot: The project.
        recipe: Which inputs, at what size, how they are changed and hidden while learning.
        split: Which split.
        ctx: Told the progress of looking at images once; asked whether to stop.
        learning: Shuffled anew in every pass, changed and hidden as the recipe says; else in order, as they are.

    Raises:
        TrainingRefused: The split has no labelled case.
    """
    train = labelled(snapshot.cases, snapshot.truths, TRAIN)
    cases = labelled(snapshot.cases, snapshot.truths, split)
    if not cases or not train:
        raise TrainingRefused(
            tr("No case of the split {split} has a label that counts here.", split=split if train else TRAIN),
            do=tr("Read some of its cases, or choose another split."),
        )
    preparation = learn_preparation(snapshot.schema, train, snapshot.values(train), recipe)
    stacks = [field.name for field in snapshot.schema.images if kind_of(field).is_stack]
    failures = check_files(cases, recipe.images, snapshot.folder, ctx, stacks)
    refused = {(one.case, one.input) for one in failures}
    made = image_cases(snapshot, recipe, preparation, cases, refused)
    augment = recipe.augment if learning else Augment()
    reader = DecodedImages(made.images, augment, recipe.training.seed)
    batches = Batches(made.examples, reader, recipe.training, learning=learning)
    became = tr("masked as missing") if recipe.training.broken == "mask" else tr("their cases weigh nothing")
    left_out = [
        tr("{count:,} images of {name} cannot be used: {became}.", count=count, name=name, became=became)
        for name, count in sorted(Counter(one.input for one in failures).items())
    ]
    return as_tf_data(batches, counts=learning), left_out
