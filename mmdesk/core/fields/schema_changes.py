"""What changed from one schema to another, in words: what it means for what is stored already."""

from __future__ import annotations

from collections.abc import Iterator

from mmdesk.core.fields.kinds import kind_of
from mmdesk.core.fields.schema import Field, Schema


def changes_of(before: Schema, now: Schema) -> list[str]:
    """Return one sentence or more for each change that bears on stored values.

    Args:
        before: The schema that values were stored under.
        now: The schema that they are read by.
    """
    known = {field.name: field for field in now}
    found: list[str] = []
    for field in before:
        if field.name in known:
            found += _field(field, known[field.name])
        else:
            what = "labels" if field.role == "target" else "values"
            found.append(
                f"{_named(field)} is gone. Its {what} are kept in the database and come back with it."
            )
    old = {field.name for field in before}
    found += [
        f"{_named(field)} is new. No case has a value for it yet." for field in now if field.name not in old
    ]
    return found


def _field(before: Field, now: Field) -> Iterator[str]:
    if before.kind != now.kind:
        yield f"{_named(now)} was of kind {before.kind} and is of kind {now.kind} now."
        return
    if before.role != now.role:
        yield f"{_named(now)} was {_a(before.role)} and is {_a(now.role)} now."
    if kind_of(now).has_options:
        yield from _options(before, now)
    for key in ("unit", "min", "max", "columns", "channels"):
        was, is_ = _words(getattr(before, key)), _words(getattr(now, key))
        if was != is_:
            yield (
                f"{_named(now)}: {key} was {was} and is {is_} now. Stored values stay as they are; "
                "they were not converted or checked again."
            )


def _options(before: Field, now: Field) -> Iterator[str]:
    gone = [option for option in before.options if option not in now.options]
    fresh = [option for option in now.options if option not in before.options]
    kept = [option for option in before.options if option in now.options]
    if gone and len(gone) == len(fresh):
        pairs = ", ".join(f"'{old}' to '{new}'" for old, new in zip(gone, fresh, strict=True))
        yield (
            f"{_named(now)}: options seem renamed ({pairs}). What is stored keeps the old names "
            "and does not count until it is labelled again or the old names are put back."
        )
    else:
        if gone:
            yield (
                f"{_named(now)}: not an option any more: {', '.join(gone)}. What is stored with it is kept "
                "and does not count until it is labelled again or the option is put back."
            )
        if fresh and before.options:
            yield f"{_named(now)}: new options: {', '.join(fresh)}."
    if kept != [option for option in now.options if option in before.options]:
        meaning = " What is above and below another one changed with it." if kind_of(now).orders else ""
        yield (
            f"{_named(now)}: the options stand in another order: {', '.join(now.options)}. "
            f"Labels keep the names of their options.{meaning}"
        )


def _named(field: Field) -> str:
    return f"{field.role.capitalize()} {field.title}"


def _a(role: str) -> str:
    return f"an {role}" if role[0] in "aeiou" else f"a {role}"


def _words(value: object) -> str:
    if isinstance(value, tuple):
        value = ", ".join(value)
    return f"{value:g}" if isinstance(value, float) else str(value) if value not in (None, "") else "none"
