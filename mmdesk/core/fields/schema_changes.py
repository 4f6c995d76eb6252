"""What changed from one schema to another, in words: what it means for what is stored already."""

from __future__ import annotations

from collections.abc import Iterator

from mmdesk.core.fields.kinds import kind_of
from mmdesk.core.fields.schema import Field, Schema
from mmdesk.words import tr


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
                tr(
                    "{named} is gone. Its {what} are kept in the database and come back with it.",
                    named=_named(field),
                    what=what,
                )
            )
    old = {field.name for field in before}
    found += [
        tr("{named} is new. No case has a value for it yet.", named=_named(field))
        for field in now
        if field.name not in old
    ]
    return found


def _field(before: Field, now: Field) -> Iterator[str]:
    if before.kind != now.kind:
        yield tr(
            "{named} was of kind {kind} and is of kind {kind_2} now.",
            named=_named(now),
            kind=before.kind,
            kind_2=now.kind,
        )
        return
    if before.role != now.role:
        yield tr("{named} was {a} and is {a_2} now.", named=_named(now), a=_a(before.role), a_2=_a(now.role))
    if kind_of(now).has_options:
        yield from _options(before, now)
    for key in ("unit", "min", "max", "columns", "channels", "depth", "fit", "window"):
        was, is_ = _words(getattr(before, key)), _words(getattr(now, key))
        if was != is_:
            yield tr(
                "{named}: {key} was {was} and is {is_} now. Stored values stay as they are; "
                "they were not converted or checked again.",
                named=_named(now),
                key=key,
                was=was,
                is_=is_,
            )


def _options(before: Field, now: Field) -> Iterator[str]:
    gone = [option for option in before.options if option not in now.options]
    fresh = [option for option in now.options if option not in before.options]
    kept = [option for option in before.options if option in now.options]
    if gone and len(gone) == len(fresh):
        pairs = ", ".join(f"'{old}' to '{new}'" for old, new in zip(gone, fresh, strict=True))
        yield tr(
            "{named}: options seem renamed ({pairs}). What is stored keeps the old names "
            "and does not count until it is labelled again or the old names are put back.",
            named=_named(now),
            pairs=pairs,
        )
    else:
        if gone:
            yield tr(
                "{named}: not an option any more: {gone}. What is stored with it is kept "
                "and does not count until it is labelled again or the option is put back.",
                named=_named(now),
                gone=", ".join(gone),
            )
        if fresh and before.options:
            yield tr("{named}: new options: {fresh}.", named=_named(now), fresh=", ".join(fresh))
    if kept != [option for option in now.options if option in before.options]:
        meaning = tr(" What is above and below another one changed with it.") if kind_of(now).orders else ""
        yield tr(
            "{named}: the options stand in another order: {options}. Labels keep the names of their options.{meaning}",
            named=_named(now),
            options=", ".join(now.options),
            meaning=meaning,
        )


def _named(field: Field) -> str:
    return f"{field.role.capitalize()} {field.title}"


def _a(role: str) -> str:
    return tr("an {role}", role=role) if role[0] in "aeiou" else f"a {role}"


def _words(value: object) -> str:
    if isinstance(value, tuple):
        value = ", ".join(value)
    return f"{value:g}" if isinstance(value, float) else str(value) if value not in (None, "", 0) else "none"
