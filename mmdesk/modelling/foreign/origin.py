"""What a version was made of whose model ran its maker's code: the code ran once, its compiled form is kept."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mmdesk.core.versions.card import Card
from mmdesk.core.versions.version import ORIGINAL, ORIGINAL_CODE
from mmdesk.words import tr


def with_origin(card: Card, origin: Mapping[str, Any] | None) -> Card:
    """Return a card that names the model that came, not only what it compiled to.

    Args:
        card: As of an ONNX file.
        origin: What `services.models.trusting` keeps of the model; None where the file came as it is.
    """
    if not origin:
        return card
    source = {"file": origin["name"], "sha256": origin["sha256"], "bytes": origin["bytes"]}
    source |= {"saved_by": origin["saved_by"], "weights": card.facts["source"]["weights"]}
    note = tr("It ran code of its maker's, by {reader}'s word: {why}.", reader=origin["code"]["trusted_by"],
              why=origin["code"]["why"].rstrip("."))  # fmt: skip
    never = tr("What is kept and answers is what it compiled to; its code does not run again.")
    notes = [note, origin["code"]["guards"], never, *card.notes]
    return card.plus(source=source, classes=dict(origin["classes"]), code=dict(origin["code"]), notes=notes)


def files_of(origin: Mapping[str, Any] | None) -> dict[str, Path]:
    """Return by name the files that are kept beside the compiled form, to be looked at; nothing loads them."""
    if not origin:
        return {}
    code = {ORIGINAL_CODE: Path(origin["code_file"])} if origin["code_file"] else {}
    return {ORIGINAL: Path(origin["model"]), **code}
