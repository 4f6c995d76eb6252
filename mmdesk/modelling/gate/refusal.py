"""How the gate says no: one plain sentence with its reason."""

from __future__ import annotations

from mmdesk.core.errors import ModelProblem


def refused(reason: str, do: str = "", details: str = "") -> ModelProblem:
    """Return the refusal of a foreign model file.

    Args:
        reason: What is wrong, as the rest of "This model file was not taken: ...", without a full stop.
        do: What to do; a general advice when empty.
        details: Technical words.
    """
    return ModelProblem(
        f"This model file was not taken: {reason}.",
        "Nothing of it was run, and nothing was changed.",
        do or "Ask the one who made it for a .keras file saved by plain Keras.",
        details,
    )
