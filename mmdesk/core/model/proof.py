"""Proof before a model made elsewhere is taken: three cases as it will see them, with its answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from mmdesk.core.model.probe import Probe
from mmdesk.words import tr


@dataclass(frozen=True, slots=True)
class SeenInput:
    """What one input of the model gets of one case.

    Attributes:
        end: The input.
        words: Shape, range and the first values, in words.
        picture: PNG of it in base64, stretched from its smallest to its largest value; empty where it is no
            picture.
    """

    end: str
    words: str
    picture: str = ""


@dataclass(frozen=True, slots=True)
class SeenCase:
    """One case as the model sees it.

    Attributes:
        name: The case's name.
        inputs: What each input of the model gets.
        answers: By target the model's answer in words; empty where it may not be shown, or there is none.
        labels: By target what readers said, where that may be shown.
        why: Why there is no answer, in words; empty when there is one.
    """

    name: str
    inputs: tuple[SeenInput, ...] = ()
    answers: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    why: str = ""

    def say(self) -> str:
        """Return it in one line of words."""
        seen = "; ".join(f"{one.end}: {one.words}" for one in self.inputs)
        said = ", ".join(f"{name} {words}" for name, words in self.answers.items()) or self.why
        known = ", ".join(f"{name} {words}" for name, words in self.labels.items())
        labelled = tr(" (labelled {known})", known=known) if known else ""
        return tr(
            "{name} gets {seen}; the model says {said}{labelled}",
            name=self.name,
            seen=seen,
            said=said,
            labelled=labelled,
        )


@dataclass(frozen=True, slots=True)
class Proof:
    """What is shown of a model before it is taken."""

    cases: tuple[SeenCase, ...] = ()
    probe: Probe = field(default_factory=lambda: Probe(0))

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> Proof:
        """Return what a job's result holds."""
        cases = tuple(
            SeenCase(**{**one, "inputs": tuple(SeenInput(**part) for part in one["inputs"])}) for one in raw["cases"]
        )
        return cls(cases, Probe.from_json(raw["probe"]))
