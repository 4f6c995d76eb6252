"""Kinds of jobs that the model process knows: strings, resolved only there.

Strings keep the window's process free of keras and tensorflow: nothing here is imported.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

from mmdesk.core.errors import TrainingRefused
from mmdesk.support.build import can_train
from mmdesk.words import QT_TR_NOOP, tr

ENTRIES = {
    "finetune": "mmdesk.modelling.training.finetune:run",
    "train": "mmdesk.modelling.training.train:run",
    "evaluate": "mmdesk.modelling.evaluate:run",
    "compare": "mmdesk.modelling.evaluate:run_comparison",
    "export": "mmdesk.modelling.export_job:run",
    "look": "mmdesk.modelling.foreign.job:look",
    "add": "mmdesk.modelling.foreign.job:add",
    "prove": "mmdesk.modelling.foreign.job:prove",
    "trust": "mmdesk.modelling.trusted.job:run",
    "predict": "mmdesk.modelling.predict_job:run",
}
"""Module and function of each kind; a function takes the job and its context, returns a dict."""

NAMES = {
    "finetune": "Fine-tuning",
    "train": "Training",
    "evaluate": "Evaluation",
    "compare": "Comparison",
    "export": "Export",
    "look": QT_TR_NOOP("Looking at the model"),
    "add": QT_TR_NOOP("Adding the model"),
    "prove": QT_TR_NOOP("Trying the model"),
    "trust": QT_TR_NOOP("Running the model's code"),
    "predict": QT_TR_NOOP("A model without compiled form"),
}
"""What each kind is called in a sentence to a person."""

NEEDS_KERAS = frozenset({"finetune", "train", "export", "predict"})
"""Kinds that load keras and tensorflow before they begin."""

LOADS_KERAS_LATER = frozenset({"look", "add", "prove", "trust"})
"""Kinds that load them once a file has passed the gate."""


def name_of(kind: str) -> str:
    """Return what a kind of job is called at the start of a sentence."""
    return NAMES.get(kind, tr("The work"))


def check_libraries(kind: str) -> None:
    """Make sure that the libraries which a kind of job needs are installed.

    Raises:
        TrainingRefused: This is the reader's mmdesk, which comes without them.
    """
    if kind in NEEDS_KERAS | LOADS_KERAS_LATER and not can_train():
        raise TrainingRefused(
            tr("{name_of} needs TensorFlow, and this mmdesk was installed without it.", name_of=name_of(kind)),
            do=tr("Open the project with the full mmdesk, here or elsewhere: both read the same projects."),
            details=tr("flavour: reader"),
        )


def resolve(kind: str) -> Callable[..., dict[str, Any]]:
    """Import and return the function of a kind of job; called in the model process only.

    Raises:
        KeyError: There is no such kind.
    """
    module, _, function = ENTRIES[kind].partition(":")
    entry: Callable[..., dict[str, Any]] = getattr(import_module(module), function)
    return entry
