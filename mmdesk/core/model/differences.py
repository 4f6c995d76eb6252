"""What one reading answers otherwise than another, in words."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from mmdesk.core.model.questions import question, show
from mmdesk.core.model.reading import Reading
from mmdesk.words import tr


def say_difference(reading: Reading, other: Reading) -> str:
    """Return what a reading answers otherwise: "pixels of left 0 to 1 instead of 0 to 255"."""
    changed: dict[tuple[str, str, str], list[str]] = {}
    for end, one in (*reading.inputs.items(), *reading.outputs.items()):
        before = other.of(end)
        for key in (part.name for part in fields(one)):
            now, then = getattr(one, key), getattr(before, key)
            if now != then:
                asked = question(one.form, key)
                title = tr(asked.title) if asked else key
                changed.setdefault((title, _words(one.form, key, now), _words(one.form, key, then)), []).append(end)
    return ", ".join(
        tr("{title} of {ends}: {now} instead of {then}", title=title, ends=" and ".join(ends), now=now, then=then)
        for (title, now, then), ends in changed.items()
    )


def _words(form: str, key: str, value: Any) -> str:
    asked = question(form, key)
    if asked and isinstance(value, str) and value in asked.choices:
        return tr(asked.choices[value])
    return show(value) or tr("as they come")
