"""What counts as positive in a reader study, and the score that an answer is worth."""

from __future__ import annotations

from dataclasses import dataclass

from mmdesk.core.cases.case import TargetPrediction
from mmdesk.core.errors import FieldProblem
from mmdesk.core.fields.kind import Judged
from mmdesk.core.fields.kinds import kind_of
from mmdesk.core.fields.schema import Field, Schema
from mmdesk.core.fields.values import Value
from mmdesk.words import tr


@dataclass(frozen=True, slots=True)
class Positive:
    """A target and which of its values are positive.

    Attributes:
        target: The target.
        option: The option that is positive, or the flag's own name; empty where an amount or a grade decides.
        least: The least grade or amount that is positive; None where an option decides.
    """

    target: Field
    option: str = ""
    least: float | None = None

    def holds(self, value: Value) -> bool:
        """Tell whether a value is positive."""
        score = self.score(value)
        return score >= self.least if self.least is not None else score > 0

    def score(self, value: Value) -> float:
        """Return the score of a reader's answer: 1 or 0, a grade's step from 0, or an amount."""
        if self.least is None:
            kind = kind_of(self.target)
            if kind.two_valued:
                return float(bool(value))
            return float(self.option in value if isinstance(value, tuple) else value == self.option)
        if kind_of(self.target).is_amount:
            return float(kind_of(self.target).to_store(value, self.target))
        return float(value)  # type: ignore[arg-type]  # a grade is a whole number

    def estimate(self, answer: TargetPrediction) -> float:
        """Return the score of a model's answer: the probability of what is positive, or the amount."""
        if self.least is None:
            return float(answer.probabilities[self.option])
        if kind_of(self.target).is_amount:
            return self.score(answer.value)
        steps = kind_of(self.target).chances(self.target)[int(self.least) :]
        return float(sum(answer.probabilities[name] for name in steps))


def read_positive(text: str, schema: Schema) -> Positive:
    """Return what a text calls positive: a flag's name, `NAME=OPTION`, `NAME>=LEVEL` or `NAME>=NUMBER`.

    Raises:
        FieldProblem: There is no such target or option.
    """
    name, sign, value = text.partition(">=")
    if not sign:
        name, sign, value = text.partition("=")
    name, value = name.strip(), value.strip()
    target = next((target for target in schema.targets if target.name == name), None)
    if target is None:
        raise _unknown(text, tr("Give one of {known}.", known=", ".join(_every_form(schema))))
    kind = kind_of(target)
    if kind.two_valued and not sign:
        return Positive(target, kind.chances(target)[0])
    options = kind.chances(target)
    if sign == "=" and not kind.is_amount and value in options:
        steps = kind.judged is Judged.GRADE
        if not steps:
            return Positive(target, value)
    if sign == ">=" and kind.is_amount:
        try:
            return Positive(target, least=float(value))
        except ValueError:
            pass
    if sign == ">=" and kind.judged is Judged.GRADE and value in options:
        return Positive(target, least=float(options.index(value)))
    raise _unknown(text, tr("Give one of {known}.", known=", ".join(_every_form(schema))))


def positive_forms(schema: Schema) -> list[str]:
    """Return everything that can be called positive, but for amounts, which need a number."""
    forms = []
    for target in schema.targets:
        kind = kind_of(target)
        if kind.two_valued:
            forms.append(target.name)
        elif not kind.is_amount:
            steps = kind.judged is Judged.GRADE
            options = kind.chances(target)[1:] if steps else kind.chances(target)
            forms += [f"{target.name}{'>=' if steps else '='}{option}" for option in options]
    return forms


def _every_form(schema: Schema) -> list[str]:
    amounts = [f"{target.name}>=NUMBER" for target in schema.targets if kind_of(target).is_amount]
    return positive_forms(schema) + amounts


def _unknown(text: str, do: str) -> FieldProblem:
    return FieldProblem(tr("'{text}' does not say what is positive.", text=text), tr("Nothing is written."), do)
