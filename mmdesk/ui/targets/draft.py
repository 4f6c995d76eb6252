"""A reader's answers to one case before they are stored, without any widget."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, auto

from mmdesk.core.cases.case import Prediction, TargetPrediction
from mmdesk.core.fields.kinds import kind_of
from mmdesk.core.fields.schema import Field
from mmdesk.core.fields.values import Missing, Reason, Value
from mmdesk.words import QT_TR_NOOP

KEPT, NOT_KEPT = QT_TR_NOOP("Draft, not stored"), QT_TR_NOOP("Draft, not kept")
"""What is said of answers that are not stored: they are on disk, or on the screen only."""
CANNOT_JUDGE = Missing(Reason.READER)


class Outcome(Enum):
    """What a digit did."""

    NOTHING = auto()
    ANSWERED = auto()
    TOGGLED = auto()
    TYPE = auto()


@dataclass(slots=True)
class Draft:
    """Answers by target: what is stored and what stands on the screen.

    Attributes:
        targets: The schema's targets in order.
        stored: This reader's labels in the project; unread ones are not there.
        answers: What differs from it on the screen.
        active: Place of the target that digits answer.
        kept: What the disk has, or has been sent, of the answers.
        waiting: By target, how many answers are on their way to the disk.
        lost: Targets whose last answer could not be kept.
    """

    targets: tuple[Field, ...]
    stored: dict[str, Value] = field(default_factory=dict)
    answers: dict[str, Value] = field(default_factory=dict)
    active: int = 0
    kept: dict[str, Value] = field(default_factory=dict)
    waiting: Counter[str] = field(default_factory=Counter)
    lost: set[str] = field(default_factory=set)

    @property
    def target(self) -> Field:
        """The active target."""
        return self.targets[self.active]

    @property
    def dirty(self) -> bool:
        """Whether something on the screen is not stored."""
        return bool(self.answers)

    @property
    def unanswered(self) -> list[Field]:
        """Targets with neither a label nor an answer."""
        return [target for target in self.targets if self.value(target.name) is None]

    def value(self, name: str) -> Value:
        """Return the answer on the screen; None when unread."""
        return self.answers[name] if name in self.answers else self.stored.get(name)

    def set(self, name: str, value: Value) -> None:
        """Answer a target; an answer equal to the stored one is none."""
        if self.stored.get(name) == value:
            self.answers.pop(name, None)
        else:
            self.answers[name] = value

    # -- kept on disk ---------------------------------------------------------------------------

    def take_stored(self, stored: dict[str, Value]) -> None:
        """Take what is stored now; an answer equal to it is a draft no longer."""
        self.stored = stored
        self.answers = {name: value for name, value in self.answers.items() if stored.get(name) != value}
        self.lost &= self.answers.keys()
        self.kept = {n: v for n, v in self.kept.items() if self.waiting[n] or stored.get(n) != v}

    def unkept(self) -> dict[str, Value]:
        """Return by target what the disk does not have yet."""
        names = self.lost | {
            target.name
            for target in self.targets
            if self.value(target.name) != self.kept.get(target.name, self.stored.get(target.name))
        }
        return {name: self.value(name) for name in names}

    def sent(self, answers: Mapping[str, Value]) -> None:
        """Note that answers are on their way to the disk."""
        self.kept.update(answers)
        self.waiting.update(answers.keys())

    def arrived(self, answers: Mapping[str, Value], *, lost: bool = False) -> None:
        """Note that answers are on the disk, or could not be kept."""
        self.waiting = +(self.waiting - Counter(answers.keys()))
        names = {name for name in answers if not self.waiting[name]}
        self.lost = (self.lost | (names & self.answers.keys())) if lost else self.lost - names

    def follow(self, target: str, value: Value, *, drafted: bool) -> None:
        """Show an answer that undo or redo brought about, unless a newer one is on its way."""
        if self.waiting[target]:
            return
        if drafted:
            self.kept[target] = value
            self.set(target, value)
        else:
            self.kept.pop(target, None)
            self.answers.pop(target, None)
        self.lost.discard(target)
        self.active = next(i for i, field in enumerate(self.targets) if field.name == target)

    def state(self) -> str:
        """Say what becomes of the answers that are not stored; nothing when there are none."""
        if not self.dirty:
            return ""
        if self.lost:
            return NOT_KEPT
        there = any(name in self.kept and not self.waiting[name] for name in self.answers)
        return KEPT if there else ""

    # -- answering ------------------------------------------------------------------------------

    def answer(self, digit: int) -> Outcome:
        """Answer the active target by a digit.

        A flag takes 1 and 0; a choice and labels count from 1, 0 is the tenth (and none of
        them where there are fewer); a grade is the digit itself; a number begins to be typed.
        """
        kind = kind_of(self.target)
        if not kind.answers(self.target):
            return Outcome.TYPE
        return self.choose(self.target, (digit - kind.counts_from) % 10)

    def choose(self, target: Field, place: int) -> Outcome:
        """Choose the answer at a place; of several that may hold at once it is toggled."""
        kind = kind_of(target)
        values = [value for value, _ in kind.answers(target)]
        if kind.several and place == 9 and len(values) < 10:
            self.set(target.name, ())
            return Outcome.TOGGLED
        if not 0 <= place < len(values):
            return Outcome.NOTHING
        if not kind.several:
            self.set(target.name, values[place])
            return Outcome.ANSWERED
        now = self.value(target.name)
        wanted = set(now if isinstance(now, tuple) else ()) ^ {values[place]}
        self.set(target.name, tuple(value for value in values if value in wanted))
        return Outcome.TOGGLED

    def cannot_judge(self) -> None:
        """Say of the active target that it cannot be judged, or take that back."""
        name = self.target.name
        self.set(name, self.stored.get(name) if isinstance(self.answers.get(name), Missing) else CANNOT_JUDGE)

    def move(self, step: int) -> None:
        """Make the next target active, round the end."""
        self.active = (self.active + step) % len(self.targets)

    def move_on(self) -> None:
        """Make the next unanswered target active, if there is one."""
        for step in range(1, len(self.targets)):
            place = (self.active + step) % len(self.targets)
            if self.value(self.targets[place].name) is None:
                self.active = place
                return

    def taken(self, prediction: Prediction, *, only_active: bool) -> dict[str, Value]:
        """Return the model's answers that taking them would store."""
        wanted = [self.target] if only_active else list(self.targets)
        names = [target.name for target in wanted if target.name in prediction.targets]
        return {name: as_shown(prediction.targets[name]) for name in names}


def places(answer: TargetPrediction) -> int:
    """Return how many decimal places of a predicted number are worth showing, from its interval."""
    span = 0.0 if answer.low is None or answer.high is None else answer.high - answer.low
    return 0 if span >= 5 else 1 if span >= 0.5 or not span else 2


def as_shown(answer: TargetPrediction) -> Value:
    """Return the model's answer as a person reads it: a number with the digits on the screen."""
    value = answer.value
    return round(value, places(answer)) + 0.0 if isinstance(value, float) else value


def probability(target: Field, option: object, answer: TargetPrediction) -> float | None:
    """Return the probability of an option (a grade's by place), or None when there is none."""
    return answer.probabilities.get(kind_of(target).chance(option, target))
