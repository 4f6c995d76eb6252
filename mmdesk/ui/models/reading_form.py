"""How a model made elsewhere was trained to read its inputs, as lines of a form."""

from __future__ import annotations

from PySide6.QtWidgets import QComboBox, QFormLayout, QLineEdit

from mmdesk.core.errors import Situation
from mmdesk.core.fields.kind import Form
from mmdesk.core.fields.kinds import kind_of
from mmdesk.core.fields.schema import Schema
from mmdesk.core.model.reading import NUMBERS, OFFSETS, PADDINGS, PIXELS, Reading, classes_of
from mmdesk.ui.parts.parts import label
from mmdesk.words import tr


class ReadingForm:
    """Adds a line for each thing that can differ with the fields of a project.

    Args:
        form: Where the lines go.
        schema: The project's fields.
    """

    def __init__(self, form: QFormLayout, schema: Schema) -> None:
        self._schema = schema
        forms = {kind_of(one).form for one in schema.inputs}
        self.pixels = _box("Pixels", {f"{name}: {told.words}": name for name, told in PIXELS.items()})
        self.offset = _box(tr("Code of the first option"), {str(one): one for one in OFFSETS})
        self.numbers = _box("Numbers", {one: one for one in NUMBERS})
        self.padding = _box(tr("Short sequences are filled"), {one: one for one in PADDINGS})
        for box, needed, words in (
            (self.pixels, Form.IMAGE, tr("Pixels that it was trained on")),
            (self.offset, Form.CODE, tr("Code of a choice's first option")),
            (self.numbers, Form.SCALAR, tr("Numbers that it was trained on")),
            (self.padding, Form.STEPS, tr("Short sequences are filled")),
        ):
            if needed in forms:
                form.addRow(label(words), box)
        self.orders: dict[str, QLineEdit] = {}
        for target in schema.targets:
            if classes := classes_of(target):
                line = QLineEdit("|".join(classes))
                line.setAccessibleName(tr("Order of {title}", title=target.title))
                self.orders[target.name] = line
                form.addRow(label(tr("Order of its outputs for {title}", title=target.title)), line)

    @property
    def chosen(self) -> Reading:
        """What is chosen.

        Raises:
            Situation: An order does not name each class once.
        """
        usual = {one.name: classes_of(one) for one in self._schema.targets}
        orders = {name: tuple(part.strip() for part in line.text().split("|")) for name, line in self.orders.items()}
        reading = Reading(
            self.pixels.currentData(),
            self.offset.currentData(),
            self.numbers.currentData(),
            self.padding.currentData(),
            {name: order for name, order in orders.items() if order != usual[name]},
        )
        return reading.checked(self._schema)

    @property
    def problem(self) -> str:
        """Why what is written cannot be used, in words; empty when it can."""
        try:
            self.chosen  # noqa: B018 - it says why it cannot be had
        except Situation as why:
            return why.say()
        return ""


def _box(name: str, items: dict[str, object]) -> QComboBox:
    box = QComboBox()
    for words, value in items.items():
        box.addItem(words, value)
    box.setAccessibleName(name)
    return box
