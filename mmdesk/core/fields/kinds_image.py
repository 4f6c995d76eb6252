"""The kind of field that holds an image."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from mmdesk.core.fields.field import Field
from mmdesk.core.fields.kind import Form, Kind
from mmdesk.core.fields.kinds_style import PLAIN, Style
from mmdesk.core.fields.states import InputState, Limits
from mmdesk.core.fields.values import Value
from mmdesk.words import tr


class Image(Kind[str]):
    """An image's cell is a file name; resolving it is the import's work."""

    name = "image"
    roles = ("input",)
    keys: ClassVar[tuple[str, ...]] = ("folder", "side")
    contained = True
    is_image = True
    editor = ""
    form = Form.IMAGE
    encoder = ("backbone", 128)

    def parse(self, text: str, field: Field, style: Style = PLAIN) -> str:
        """Return the trimmed file name."""
        return text.strip()

    def check(self, value: Value, field: Field) -> None:
        """Take any file name; whether it can be decoded is seen when it is read."""

    def show(self, value: str, field: Field, style: Style = PLAIN) -> str:
        """Return the file's name."""
        return str(getattr(value, "path", value)).rsplit("/", 1)[-1]

    def say(self, field: Field) -> str:
        """Say what the field takes."""
        return tr("an image file")

    def wrong(self, field: Field) -> str:
        """Any text may name a file."""
        return ""

    def to_store(self, value: str, field: Field) -> Any:
        """Return the image's path."""
        return str(getattr(value, "path", value))

    def from_store(self, raw: Any, field: Field) -> str:
        """Return the path; the store joins it with the image's facts."""
        return str(raw)

    def learn(self, values: Sequence[str], field: Field, limits: Limits) -> InputState:
        """Learn nothing: an encoder looks at it."""
        return InputState(self.name)
