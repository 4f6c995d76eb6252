"""Kinds that choose: choice, flag, labels, grade."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from mmdesk.core.errors import FieldProblem
from mmdesk.core.fields.kinds_style import PLAIN, Style
from mmdesk.core.fields.schema import Field
from mmdesk.core.fields.values import Value

_YES = {"1", "1.0", "yes", "y", "true", "t", "positive", "pos"}
_NO = {"0", "0.0", "no", "n", "false", "f", "negative", "neg"}


def _refuse(text: object, field: Field, takes: str) -> FieldProblem:
    return FieldProblem(f"{field.title}: '{text}' is not {takes}.", do=f"Choose {takes}.")


def _listed(options: tuple[str, ...]) -> str:
    return ", ".join(options[:-1]) + f" or {options[-1]}" if len(options) > 1 else "".join(options)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _option(text: str, field: Field) -> str | None:
    wanted = text.strip().casefold()
    return next((option for option in field.options if option.strip().casefold() == wanted), None)


@dataclass(frozen=True, slots=True)
class Choice:
    """One of the field's options; letter case and outer blanks do not matter."""

    def parse(self, text: str, field: Field, style: Style = PLAIN) -> Value:
        """Return the option as the schema writes it."""
        option = _option(text, field)
        if option is None:
            raise _refuse(text, field, self.say(field))
        return option

    def check(self, value: Value, field: Field) -> None:
        """Refuse what is no option."""
        if value not in field.options:
            raise _refuse(value, field, self.say(field))

    def show(self, value: Value, field: Field, style: Style = PLAIN) -> str:
        """Return the option."""
        return str(value)

    def say(self, field: Field) -> str:
        """List the options."""
        return f"one of {_listed(field.options)}"

    def wrong(self, field: Field) -> str:
        """Return a word that is no option."""
        return "no such option"

    def to_store(self, value: Value, field: Field) -> Any:
        """Return the option."""
        return value

    def from_store(self, raw: Any, field: Field) -> Value:
        """Return the option."""
        return str(raw)


@dataclass(frozen=True, slots=True)
class Flag:
    """Yes or no."""

    def parse(self, text: str, field: Field, style: Style = PLAIN) -> Value:
        """Read yes, no, true, false, 1, 0 and the like."""
        word = text.strip().casefold()
        if word not in _YES | _NO:
            raise _refuse(text, field, self.say(field))
        return word in _YES

    def check(self, value: Value, field: Field) -> None:
        """Refuse what is neither."""
        if not isinstance(value, bool):
            raise _refuse(value, field, self.say(field))

    def show(self, value: Value, field: Field, style: Style = PLAIN) -> str:
        """Return yes or no."""
        return "yes" if value else "no"

    def say(self, field: Field) -> str:
        """Say so."""
        return "yes or no"

    def wrong(self, field: Field) -> str:
        """Return something between."""
        return "perhaps"

    def to_store(self, value: Value, field: Field) -> Any:
        """Return 1 or 0."""
        return int(bool(value))

    def from_store(self, raw: Any, field: Field) -> Value:
        """Read 1 or 0."""
        return bool(raw)


@dataclass(frozen=True, slots=True)
class Labels:
    """Any number of the field's options at once; none of them is written as `-`."""

    def parse(self, text: str, field: Field, style: Style = PLAIN) -> Value:
        """Read options apart by `|`; `-` is none of them."""
        if text.strip() == "-":
            return ()
        chosen = {part: _option(part, field) for part in text.split("|")}
        for part, option in chosen.items():
            if option is None:
                raise _refuse(part.strip(), field, self.say(field))
        return tuple(option for option in field.options if option in chosen.values())

    def check(self, value: Value, field: Field) -> None:
        """Refuse what is not a tuple of options."""
        if not isinstance(value, tuple):
            raise _refuse(value, field, self.say(field))
        for part in value:
            if part not in field.options:
                raise _refuse(part, field, self.say(field))

    def show(self, value: Value, field: Field, style: Style = PLAIN) -> str:
        """Return the options apart by `|`."""
        return "|".join(value) if value else "-"  # type: ignore[arg-type]

    def say(self, field: Field) -> str:
        """List the options."""
        return f"any of {_listed(field.options)}"

    def wrong(self, field: Field) -> str:
        """Return a word that is no option."""
        return "no such option"

    def to_store(self, value: Value, field: Field) -> Any:
        """Return the shown form."""
        return self.show(value, field)

    def from_store(self, raw: Any, field: Field) -> Value:
        """Read the shown form."""
        return () if raw == "-" else tuple(raw.split("|"))


@dataclass(frozen=True, slots=True)
class Grade:
    """One of ordered options, written as its option or, where none is a number, its place from 0."""

    def parse(self, text: str, field: Field, style: Style = PLAIN) -> Value:
        """Read an option or a place."""
        option = _option(text, field)
        if option is not None:
            return field.options.index(option)
        if any(_is_number(option) for option in field.options):
            raise _refuse(text, field, self.say(field))
        try:
            place = int(float(text))
        except ValueError:
            raise _refuse(text, field, self.say(field)) from None
        if place != float(text) or not 0 <= place < len(field.options):
            raise _refuse(text, field, self.say(field))
        return place

    def check(self, value: Value, field: Field) -> None:
        """Refuse what is no place of an option."""
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < len(field.options):
            raise _refuse(value, field, self.say(field))

    def show(self, value: Value, field: Field, style: Style = PLAIN) -> str:
        """Return the option."""
        return field.options[value]  # type: ignore[index]

    def say(self, field: Field) -> str:
        """List the options."""
        places = "" if any(map(_is_number, field.options)) else f" (0 to {len(field.options) - 1})"
        return f"one of {_listed(field.options)}{places}"

    def wrong(self, field: Field) -> str:
        """Return the word that no grade has."""
        return "no such grade"

    def to_store(self, value: Value, field: Field) -> Any:
        """Return the place."""
        return value

    def from_store(self, raw: Any, field: Field) -> Value:
        """Return the place."""
        return int(raw)
