"""What an input encoder is: one class with its options, its rules, its words and its layers.

A new encoder is one file in `core/recipe/encoders`. Its `build` is handed the `keras` module, so
that the window can know the class without TensorFlow.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self

from mmdesk.core.errors import RecipeRefused
from mmdesk.core.fields.kind import Form
from mmdesk.core.fields.schema import Field
from mmdesk.core.fields.states import Limits
from mmdesk.core.recipe.option import Option, option, options_of
from mmdesk.words import QT_TR_NOOP, tr


@dataclass(frozen=True, slots=True)
class Seen:
    """One input on its way into its encoder.

    Attributes:
        name: Of the input.
        value: What an encoder may look at: (n, 1) of a number, flag, date or choice (its code),
            (n, words) codes of a text, (n, steps, channels) of a sequence, (n, width) the
            embedding of an image. Where it is absent it is 0, whatever was there.
        present: bool (n, 1), whether the input is there.
        mask: bool (n, words or steps), which of them are there; None for other inputs.
        codes: How many codes a choice or text has, those for missing and unknown included.
    """

    name: str
    value: Any
    present: Any
    mask: Any = None
    codes: int = 0


@dataclass(frozen=True, slots=True)
class Token:
    """One vector on its way into the fusion.

    Attributes:
        name: Of the input or of the comparison it comes from.
        vector: (n, width), zero where absent.
        present: bool (n, 1).
    """

    name: str
    vector: Any
    present: Any


@dataclass(frozen=True, slots=True)
class Building:
    """What an encoder is handed to make its layers.

    Attributes:
        keras: The `keras` module.
        prefix: Names of its layers begin with it.
        codes: As in `Seen`, the most of all inputs that share the layers.
        dropout: Share that the fusion drops.
    """

    keras: Any
    prefix: str
    codes: int
    dropout: float


Encode = Callable[[Seen], Any]
"""From one input to its vector (n, width)."""


@dataclass(frozen=True)
class Encoder:
    """How one input, or several that share their weights, become vectors.

    Attributes:
        inputs: Inputs that it serves.
        width: Length of the vector for each input.
        kind: Its name in `recipe.toml`.
        title: What it is called on the recipe page.
        takes: What the arrays of the inputs that it takes look like.
        rank: Of all that take a form, the one with the lowest is offered first.
    """

    inputs: tuple[str, ...]
    width: int = option(
        32, "Width", QT_TR_NOOP("Length of the vector that stands for each input."), low=1, high=4096, step=8
    )

    kind: ClassVar[str]
    title: ClassVar[str]
    takes: ClassVar[tuple[Form, ...]]
    rank: ClassVar[int] = 100

    # -- what it says of itself ---------------------------------------------------------------

    def shown_options(self) -> tuple[Option, ...]:
        """Return the options that the recipe page shows; where there is one word only, none."""
        return tuple(one for one in options_of(type(self)) if len(one.allowed) != 1)

    def lines(self) -> list[str]:
        """Return what the drawing says of it, in few words each."""
        return [tr("width {width}", width=self.width)]

    @property
    def files(self) -> dict[str, str]:
        """Files that it reads, by option."""
        named = {one.key: getattr(self, one.key) for one in options_of(type(self)) if one.suffix}
        return {key: str(file) for key, file in named.items() if file}

    @property
    def limits(self) -> Limits:
        """How its inputs are learnt."""
        return Limits()

    @property
    def branches(self) -> tuple[tuple[str, ...], ...]:
        """The inputs that share all weights, branch by branch."""
        return (self.inputs,)

    def serving(self, names: tuple[str, ...]) -> Self:
        """Return the same encoder for other inputs."""
        return replace(self, inputs=names)

    @property
    def vectors(self) -> int:
        """How many vectors it gives to the fusion."""
        return len(self.inputs)

    # -- what cannot work ---------------------------------------------------------------------

    def check(self) -> None:
        """See that its options go together, whatever the fields.

        Raises:
            RecipeRefused: They do not; made by `refused`.
        """

    def check_fields(self, fields: Sequence[Field]) -> None:
        """See that it can serve its inputs, all of which have forms that it takes.

        Raises:
            RecipeRefused: It cannot; made by `refused`.
        """

    def check_among(self, before: Sequence[Encoder]) -> None:
        """See that it goes with the encoders before it in the recipe.

        Raises:
            RecipeRefused: It does not; made by `refused`.
        """

    @staticmethod
    def refused(reason: str, do: str, *, key: str = "", repair: Mapping[str, object] | None = None) -> RecipeRefused:
        """Return what `check` raises.

        Args:
            reason: Why it cannot work.
            do: One thing to do about it.
            key: The option beside which the recipe page says it.
            repair: Values of options that a button on the page sets.
        """
        return RecipeRefused(reason, do, part="encoder", key=key, repair=repair)

    # -- layers -------------------------------------------------------------------------------

    def build(self, building: Building) -> Encode:
        """Make the layers that the inputs of one branch share; return what encodes each of them.

        Only layers and operations that export to ONNX; masking is done around it.
        """
        raise NotImplementedError

    def tokens(self, keras: Any, seen: Sequence[Seen], dropout: float) -> list[Token]:
        """Return the vectors of all inputs, in their order.

        Args:
            keras: The `keras` module.
            seen: Its inputs, in its order.
            dropout: Share that the fusion drops.
        """
        by_name = {one.name: one for one in seen}
        found = {}
        for names in self.branches:
            codes = max(by_name[name].codes for name in names)
            encode = self.build(Building(keras, f"{names[0]}__encoder", codes, dropout))
            for name in names:
                one = by_name[name]
                vector = keras.ops.where(one.present, encode(one), 0.0)
                found[name] = Token(name, vector, one.present)
        return [found[name] for name in self.inputs]


def same_of_all(values: Sequence[object]) -> bool:
    """Tell whether several inputs are alike in something, so that they can share weights."""
    return len(set(values)) < 2
