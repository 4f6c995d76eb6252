"""What a kind of field is: one class that owns everything the program does with its values.

Every other part of the program asks the kind: the schema file which keys it has, the import what
a column looks like, the database in which column it goes, the search line which comparisons make
sense, the model what array it becomes. Nothing else knows which kinds there are.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from enum import Enum, auto
from typing import TYPE_CHECKING, Any, ClassVar, Final, Generic, Protocol, TypeVar

from mmdesk.core.errors import FieldProblem
from mmdesk.core.fields.columns import ColumnTexts, Guess
from mmdesk.core.fields.field import Field
from mmdesk.core.fields.kinds_style import PLAIN, Style
from mmdesk.core.fields.states import InputState, Limits, Shape, TargetPrediction, TargetState
from mmdesk.core.fields.values import Missing, Plain, Value
from mmdesk.words import QT_TR_NOOP, tr

if TYPE_CHECKING:
    from numpy.typing import NDArray

T = TypeVar("T", bound=Plain)

CONTENT: Final = ""
"""Key of an input's own array in `Kind.shapes` and `Kind.arrays`."""
MASK: Final = "__mask"
"""Key of the array that says which time steps are there."""


class Storage(Enum):
    """Which type of column keeps a value."""

    REAL = auto()
    WHOLE = auto()
    TEXT = auto()


class Form(Enum):
    """What an input's array looks like to an encoder, which says the forms that it takes."""

    IMAGE = auto()
    """Pixels, or their embedding."""
    VOLUME = auto()
    """Pixels of several slices, or their embedding."""
    SCALAR = auto()
    """One scaled number."""
    CODE = auto()
    """One code of an option."""
    WORDS = auto()
    """Codes of words in their order."""
    STEPS = auto()
    """Time steps of several channels, and which of them are there."""


class Loss(Enum):
    """What training towards a target makes small, and with it the activation of its output."""

    HUBER = QT_TR_NOOP("Huber loss")
    CATEGORICAL = QT_TR_NOOP("categorical cross-entropy")
    BINARY = QT_TR_NOOP("binary cross-entropy")


class Judged(Enum):
    """How answers are held against the truth."""

    BINARY = "binary"
    """Each output is the probability of something that is so or not."""
    GRADE = "grade"
    NUMBER = "number"


class Witness(Protocol):
    """Gathers how a table writes numbers and dates."""

    def number(self, text: str) -> None:
        """Take a cell of numbers into account."""

    def date(self, text: str) -> None:
        """Take a cell of dates into account."""


class Kind(ABC, Generic[T]):
    """A kind of field whose values are of type T.

    Attributes:
        name: What the schema calls it.
        roles: Which of input, target and note such a field may be.
        keys: Keys of `project.toml` beside those that all fields have.
        storage: The type of its database column.
        found_by_word: A bare word in the search line is looked for in it.
        orders: Its values have an order: the search line takes `>`, `<` and `[a,b]`.
        contained: The search line looks for a part of it, not for the whole.
        precedence: A column is offered to kinds of a higher precedence first.
        is_image: Its values are files of images.
        is_stack: Each of its images is several pictures: a file of them, or a folder.
        is_date: It tells when a case was.
        is_amount: It is an amount: learnt by its distance, with an interval, maybe by its logarithm.
        two_valued: Yes and no are all there is.
        any_text: It takes any text, so that words such as "unknown" are content.
        several: Any number of its options may hold at once.
        cell_type: The type of its cells in an export.
        editor: Which editor the record form shows, a name in `ui.record.editor_choice.EDITORS`;
            empty for images, which have panes.

        form: For inputs, what its array looks like.
        encoder: For inputs, the encoder and its width that a recipe begins with.

        loss: For targets, what training makes small.
        judged: For targets, how answers are held against the truth.
        control: For targets, how it is answered, a name in `ui.targets.target_rows.CONTROLS`.
        counts_from: For targets with answers, the digit that gives the first one.
    """

    name: ClassVar[str]
    roles: ClassVar[tuple[str, ...]]
    keys: ClassVar[tuple[str, ...]] = ()
    storage: ClassVar[Storage] = Storage.TEXT
    found_by_word: ClassVar[bool] = False
    orders: ClassVar[bool] = False
    contained: ClassVar[bool] = False
    precedence: ClassVar[int] = 50
    is_image: ClassVar[bool] = False
    is_stack: ClassVar[bool] = False
    is_date: ClassVar[bool] = False
    is_amount: ClassVar[bool] = False
    two_valued: ClassVar[bool] = False
    any_text: ClassVar[bool] = False
    several: ClassVar[bool] = False
    cell_type: ClassVar[type[bool] | type[float] | type[str]] = str
    editor: ClassVar[str] = "line"

    form: ClassVar[Form]
    encoder: ClassVar[tuple[str, int]]

    loss: ClassVar[Loss]
    judged: ClassVar[Judged]
    control: ClassVar[str]
    counts_from: ClassVar[int] = 1

    # -- as people read and write it --------------------------------------------------------------

    @abstractmethod
    def parse(self, text: str, field: Field, style: Style = PLAIN) -> T:
        """Read a value from what a person typed or a table's cell holds.

        Raises:
            OutOfRange: Understood, but outside the field's range.
            FieldProblem: Not understood; the message says what the field takes.
        """

    def take(self, text: str, field: Field, style: Style = PLAIN) -> T:
        """Read a cell of a table, which may say more or less than what a person would type.

        Raises:
            OutOfRange: Understood, but outside the field's range.
            FieldProblem: Not understood; the message says what the field takes.
        """
        return self.parse(text, field, style)

    def assumes(self, text: str, field: Field, style: Style = PLAIN) -> str:
        """Say what reading a text took for granted; empty where it says what it means."""
        return ""

    @abstractmethod
    def check(self, value: Value, field: Field) -> None:
        """Raise `FieldProblem` when a present value does not fit the field."""

    @abstractmethod
    def show(self, value: T, field: Field, style: Style = PLAIN) -> str:
        """Return a present value as a person reads it, without its unit."""

    @abstractmethod
    def say(self, field: Field) -> str:
        """Say in words what the field takes ("a number from 0 to 120 years")."""

    @abstractmethod
    def wrong(self, field: Field) -> str:
        """Return a text that the field does not take, for tests; empty when it takes any."""

    def faults(self, field: Field) -> tuple[str, str, str] | None:
        """Return the key of the schema that does not fit the kind, why, and what to do; None for none."""
        return None

    def refuse(self, value: object, field: Field) -> FieldProblem:
        """Return the refusal of what the field does not take."""
        takes = self.say(field)
        do = (
            tr("Choose {takes}.", takes=takes)
            if self.has_options or self.two_valued
            else tr("Type {takes}, or mark it missing.", takes=takes)
        )
        return FieldProblem(
            tr("{title}: '{value}' is not {takes}.", title=field.title, value=value, takes=takes), do=do
        )

    def brief(self, field: Field) -> str:
        """Say in few words what a target is ("grade of 5")."""
        count = 0 if self.two_valued else len(self.answers(field))
        return tr("{name} of {count}", name=self.name, count=count) if count else self.name

    @property
    def has_options(self) -> bool:
        """Whether the schema lists what may be chosen, or the table tells it."""
        return "options" in self.keys

    # -- in tables and the database ---------------------------------------------------------------

    def guess(self, column: ColumnTexts, style: Style) -> Guess | None:
        """Return why a column's texts are of this kind, or None when they are not."""
        return None

    def tell(self, text: str, witness: Witness) -> None:
        """Tell what a cell of such a field says of how the table is written."""

    def write(self, value: T, field: Field) -> str:
        """Return a value as an import reads it."""
        return self.show(value, field)

    def to_cell(self, value: T, field: Field) -> bool | float | str:
        """Return a value as a cell of an export, of `cell_type`."""
        return self.write(value, field)

    @abstractmethod
    def to_store(self, value: T, field: Field) -> Any:
        """Return a present value as a database cell: float, int or str."""

    @abstractmethod
    def from_store(self, raw: Any, field: Field) -> T | Missing:
        """Return the value that `to_store` wrote; missing where the field has no such option any more."""

    # -- as a model's input -----------------------------------------------------------------------

    def learn(self, values: Sequence[T], field: Field, limits: Limits) -> InputState:
        """Learn from the present values of the training split how they become numbers."""
        raise NotImplementedError

    def shapes(self, state: InputState) -> Mapping[str, Shape]:
        """Return the arrays of one case: `CONTENT`, and `MASK` for time steps."""
        raise NotImplementedError

    def arrays(self, state: InputState, values: Sequence[T | None]) -> dict[str, NDArray[Any]]:
        """Return the arrays of n cases, (n, *sizes) as `shapes` says; zero where None stands."""
        raise NotImplementedError

    # -- as a target ------------------------------------------------------------------------------

    def answers(self, field: Field) -> tuple[tuple[T, str], ...]:
        """Return the values that can be chosen, each with its words; none where a value is typed.

        Of `several`, each option alone.
        """
        return ()

    def chances(self, field: Field) -> tuple[str, ...]:
        """Return the names of the probabilities that a model gives."""
        return tuple(words for _, words in self.answers(field))

    def chance(self, value: object, field: Field) -> str:
        """Return the name of an answer's probability."""
        return str(value)

    def outputs(self, field: Field) -> int:
        """Return the width of the model's output."""
        return len(self.chances(field)) or 1

    def widths(self, field: Field) -> set[int]:
        """Return the widths of a foreign model's output that can be read."""
        return {self.outputs(field)}

    def learn_target(self, values: Sequence[T], field: Field, *, log: bool | None) -> TargetState:
        """Learn what is needed to train towards it from the labels of the training split.

        Args:
            values: Those labels.
            field: The target.
            log: An amount is learnt by its logarithm or as it is; None chooses what suits it.

        Raises:
            ModelProblem: It cannot be learnt by its logarithm.
        """
        return TargetState(self.name, self.chances(field) or (field.name,))

    def wanted(self, value: T, field: Field) -> Sequence[float]:
        """Return the output, `outputs` wide, that training aims at for a label."""
        raise NotImplementedError

    def read(self, row: NDArray[Any], state: TargetState, name: str) -> TargetPrediction:
        """Return what one case's output says of the target of that name."""
        raise NotImplementedError

    def show_estimate(self, number: float, digits: int, field: Field, style: Style = PLAIN) -> str:
        """Return a model's estimate of an amount as a person reads it, with so many decimal places."""
        raise NotImplementedError


_NEEDED: Final[Mapping[str, tuple[str, ...]]] = {
    "input": ("form", "encoder", "learn", "shapes", "arrays"),
    "target": ("loss", "judged", "control", "wanted", "read"),
}
"""By role, what a kind of it has to declare for itself."""

KINDS: Final[dict[str, Kind[Any]]] = {}
"""All kinds by their names, in the order in which a person is offered them."""


def register(kind: Kind[Any]) -> None:
    """Make a kind known to the whole program.

    Raises:
        TypeError: It lacks something that its roles need, or its name is taken.
    """
    if type(KINDS.get(kind.name, kind)) is not type(kind):
        raise TypeError(f"there is a kind {kind.name} already")
    if lacking := lacks(kind):
        raise TypeError(f"the kind {kind.name} lacks {', '.join(lacking)}")
    KINDS[kind.name] = kind


def lacks(kind: Kind[Any]) -> list[str]:
    """Return what a kind does not declare, though one of its roles needs it."""
    needed = [name for role in kind.roles for name in _NEEDED.get(role, ())]
    if kind.is_image:
        needed = ["form", "encoder"]  # an image becomes an embedding, by `inference` and `modelling`
    if kind.is_amount:
        needed += ["learn_target", "show_estimate"]
    return [name for name in needed if getattr(type(kind), name, None) is getattr(Kind, name, None)]


def kind_of(field: Field) -> Kind[Any]:
    """Return the kind of a field."""
    return KINDS[field.kind]


def kinds_for(role: str) -> tuple[str, ...]:
    """Return the names of the kinds that a field of a role may be."""
    return tuple(name for name, kind in KINDS.items() if role in kind.roles)
