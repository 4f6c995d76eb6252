"""The kind of field that holds a volume: slices of one body, or pictures of one film."""

from __future__ import annotations

from collections.abc import Sequence

from mmdesk.core.fields.field import Field
from mmdesk.core.fields.kind import Form
from mmdesk.core.fields.kinds_image import Image
from mmdesk.core.fields.states import InputState, Limits
from mmdesk.core.fields.volume_form import FITS, MOST_DEPTH, WINDOWS, form_of, span_of
from mmdesk.words import tr


class Volume(Image):
    """A volume's cell names a file of several pictures, or a folder of slices."""

    name = "volume"
    is_stack = True
    keys = ("folder", "side", "depth", "fit", "window")
    form = Form.VOLUME
    encoder = ("cnn3d", 64)

    def say(self, field: Field) -> str:
        """Return what the field takes."""
        return tr("a file of several pictures, or a folder of slices")

    def faults(self, field: Field) -> tuple[str, str, str] | None:
        """Refuse a depth, a way of fitting and a window that are none."""
        if field.depth and not 1 <= field.depth <= MOST_DEPTH:
            return (
                "depth",
                tr("{depth} is no number of slices", depth=field.depth),
                tr("Write a whole number from 1 to {most}.", most=MOST_DEPTH),
            )
        if field.fit and field.fit not in FITS:
            return "fit", tr("'{fit}' is no way to fit slices", fit=field.fit), tr("Use {fits}.", fits=", ".join(FITS))
        if field.window and field.window not in WINDOWS and span_of(field.window) is None:
            return (
                "window",
                tr("'{window}' is no window", window=field.window),
                tr('Write the values of black and white, "-160..240", or one of {names}.', names=", ".join(WINDOWS)),
            )
        return None

    def learn(self, values: Sequence[str], field: Field, limits: Limits) -> InputState:
        """Learn nothing; keep what the field declares, so that a model stays as it was trained."""
        form = form_of(field)
        return InputState(self.name, length=form.depth, slices=form.fit, window=form.window)
