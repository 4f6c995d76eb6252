"""How the gate says no: one plain sentence with its reason."""

from __future__ import annotations

from mmdesk.core.errors import ModelProblem, RunsCode
from mmdesk.words import QT_TR_NOOP, tr

SAFE = QT_TR_NOOP("Nothing of it was run, and nothing was changed.")
LOADED = QT_TR_NOOP("It was loaded in a process of its own, and nothing was changed.")
TRIED = QT_TR_NOOP("It was tried on made-up cases in a process of its own, and nothing was changed.")


class Refusal(ModelProblem):
    """A file of a model, or of its weights, that is not taken.

    Attributes:
        reason: What is wrong, in lower case and without a full stop.
    """

    def __init__(self, what: str, reason: str, do: str, details: str = "", safe: str = SAFE) -> None:
        super().__init__(f"{what}: {reason}.", safe, do, details)
        self.reason = reason


class CodeRefusal(Refusal, RunsCode):
    """A model that is not taken because it names code of its maker's own."""


def refused(reason: str, do: str = "", details: str = "", safe: str = SAFE) -> Refusal:
    """Return the refusal of a foreign model file.

    Args:
        reason: What is wrong, as the rest of "This model file was not taken: ...", without a full stop.
        do: What to do; a general advice when empty.
        details: Technical words.
        safe: What was done with it so far, and what is unchanged.
    """
    advice = tr("Ask the one who made it for a .keras file saved by plain Keras.")
    return Refusal(tr("This model file was not taken"), reason, do or advice, details, safe)
