"""What image encoders have in common: a nested model that looks, a projection, a comparison."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self

from mmdesk.core.fields.kind import Form
from mmdesk.core.recipe.encoder import Building, Encode, Encoder, Seen, Token
from mmdesk.core.recipe.option import Option, option
from mmdesk.words import QT_TR_NOOP, tr


@dataclass(frozen=True, slots=True)
class ImageTools:
    """What an image encoder is handed to make the model that looks.

    Attributes:
        keras: The `keras` module.
        pretrained: The backbone that comes with the program; None where no encoder needs it.
        load_weights: Loads a model's weights from a file of the recipe, checked first: the
            model, what it is called, the file's name.
        depth: Of volumes, how many slices the model sees.
    """

    keras: Any
    pretrained: Any
    load_weights: Callable[[Any, str, str], None]
    depth: int = 0


@dataclass(frozen=True)
class ImageEncoder(Encoder):
    """Takes images: a nested model gives each an embedding, a trained layer projects it."""

    compare: bool = option(
        False,
        QT_TR_NOOP("Compare the two"),
        QT_TR_NOOP("The fusion also sees how two images differ and where they agree."),
    )
    shared: bool = option(
        True, QT_TR_NOOP("Same weights for all"), QT_TR_NOOP("Off: each image has a branch of its own.")
    )

    takes: ClassVar[tuple[Form, ...]] = (Form.IMAGE,)
    looks_afresh: ClassVar[bool] = False
    """No part of it is frozen, so it sees each image changed anew in every epoch."""

    @property
    def pixels(self) -> int:
        """Side of the square image that it sees."""
        raise NotImplementedError

    @property
    def embedding(self) -> int:
        """Width of the embedding of one image."""
        raise NotImplementedError

    @property
    def trained(self) -> bool:
        """Whether image weights are trained, so that images are looked at in every epoch."""
        return False

    @property
    def bundled(self) -> str:
        """The backbone of the program that it uses as it is, whose embeddings are kept; or empty."""
        return ""

    @property
    def pretrained(self) -> str:
        """The backbone of the program that it needs to be built; or empty."""
        return ""

    def look(self, tools: ImageTools, name: str) -> Any:
        """Return a Keras model with a name: images (n, pixels, pixels, 3) to (n, embedding)."""
        raise NotImplementedError

    def free(self, tools: ImageTools, model: Any) -> None:
        """Make trainable what is trained of a model that `look` gave."""
        model.trainable = self.trained

    def models(self, tools: ImageTools) -> dict[str, Any]:
        """Return the model that looks, by input; what is frozen is the same for all."""
        branches = self.branches if self.trained else (self.inputs,)
        found: dict[str, Any] = {}
        for names in branches:
            found |= dict.fromkeys(names, self.look(tools, f"{names[0]}__encoder"))
        return found

    @property
    def branches(self) -> tuple[tuple[str, ...], ...]:
        """One for all, or one each."""
        return (self.inputs,) if self.shared else tuple((name,) for name in self.inputs)

    def serving(self, names: tuple[str, ...]) -> Self:
        """Only two images are compared."""
        return replace(self, inputs=names, compare=self.compare and len(names) == 2)

    @property
    def vectors(self) -> int:
        """One for each image, two more where two are compared."""
        return len(self.inputs) + 2 * self.compare

    def shown_options(self) -> tuple[Option, ...]:
        """Those of several images only for several."""
        hidden = set()
        if len(self.inputs) < 2:
            hidden = {"shared"} if self.compare else {"shared", "compare"}
        return tuple(one for one in super().shown_options() if one.key not in hidden)

    def lines(self) -> list[str]:
        """What several images share."""
        lines = super().lines()
        if len(self.inputs) > 1:
            lines.append(tr("same weights for all") if self.shared else tr("a branch each"))
            if self.compare:
                lines.append(tr("the two are compared"))
        return lines

    def check(self) -> None:
        """Two can be compared, no more and no fewer."""
        if self.compare and len(self.inputs) != 2:
            raise self.refused(
                tr('"compare" needs exactly two inputs, and this encoder has {count}', count=len(self.inputs)),
                tr("Give it exactly two images, or set compare to false."),
                key="compare",
                repair={"compare": False},
            )

    def build(self, building: Building) -> Encode:
        """A trained projection of the embedding."""
        layers, prefix = building.keras.layers, building.prefix
        drop = layers.Dropout(building.dropout, name=f"{prefix}_drop")
        project = layers.Dense(self.width, "relu", name=f"{prefix}_project")
        return lambda seen: project(drop(seen.value))

    def tokens(self, keras: Any, seen: Sequence[Seen], dropout: float) -> list[Token]:
        """The vector of each image; of two compared also how far they differ and where they agree."""
        tokens = super().tokens(keras, seen, dropout)
        if not self.compare:
            return tokens
        ops = keras.ops
        first, second = tokens
        both = ops.logical_and(first.present, second.present)
        gap = ops.where(both, ops.abs(first.vector - second.vector), 0.0)
        return [
            *tokens,
            Token(f"{first.name}__gap", gap, both),
            Token(f"{first.name}__agree", first.vector * second.vector, both),
        ]
