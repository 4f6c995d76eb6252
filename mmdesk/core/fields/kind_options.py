"""Kinds whose values are chosen among options that the schema lists or the table tells."""

from __future__ import annotations

from typing import ClassVar

from mmdesk.core.fields.field import Field
from mmdesk.core.fields.kind import Kind, T
from mmdesk.core.fields.values import Missing, Reason
from mmdesk.words import tr


class WithOptions(Kind[T]):
    """Base of kinds that choose among a field's options."""

    keys: ClassVar[tuple[str, ...]] = ("options",)
    control = "options"

    def wrong(self, field: Field) -> str:
        """Return words that are no option."""
        return tr("no such option")

    @staticmethod
    def find(text: str, field: Field) -> str | None:
        """Return the option that a text means; letter case and outer blanks do not matter."""
        wanted = text.strip().casefold()
        return next((option for option in field.options if option.strip().casefold() == wanted), None)

    @staticmethod
    def gone(raw: object) -> Missing:
        """Return what stands for a stored option that the schema does not list any more."""
        return Missing(Reason.NO_OPTION, str(raw))

    @staticmethod
    def either(field: Field) -> str:
        """Return the options in words."""
        options = field.options
        return (
            ", ".join(options[:-1]) + tr(" or {options}", options=options[-1]) if len(options) > 1 else "".join(options)
        )
