"""From stored DICOM values to the values that windows are set in, and what the file says of them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from mmdesk.imaging.base.picture import DAMAGE
from mmdesk.imaging.base.window import Window
from mmdesk.imaging.dicom.layout import Layout
from mmdesk.imaging.dicom.tables import palette_of, table_of
from mmdesk.words import tr

_LONGEST_GROUPS = 8 << 20
"""A longer description of single frames is left out: taking it apart would take too long."""
_MOST_WINDOWS = 32


class Values:
    """How a DICOM file's stored values are meant.

    Args:
        dataset: Its elements before the pixels.
        layout: How they are stored.

    Attributes:
        tone: The photometric interpretation.
        colour: Frames are colour pictures.
        unit: `HU` for computed tomography, what the file says otherwise, or "".
        notes: What was taken for granted, one sentence each.
    """

    def __init__(self, dataset: Any, layout: Layout) -> None:
        self._dataset = dataset
        self.layout = layout
        self.tone = layout.tone
        self.colour = layout.samples > 1 or self.tone == "PALETTE COLOR"
        self.notes = () if self.colour else tuple(_slope_notes(dataset))
        said = str(dataset.get("RescaleType") or "")
        plain_ct = dataset.get("Modality") == "CT" and "RescaleIntercept" in dataset
        self.unit = "HU" if said == "HU" or (plain_ct and said in ("", "US")) else said if said != "US" else ""

    def slope(self, frame: int) -> tuple[float, float]:
        """Return the factor and the offset from stored values to values."""
        item = frame_group(self._dataset, frame, "PixelValueTransformationSequence") or self._dataset
        slope, offset = item.get("RescaleSlope"), item.get("RescaleIntercept")
        factor = float(slope) if slope not in (None, "") else 1.0
        shift = float(offset) if offset not in (None, "") else 0.0
        return (factor, shift) if np.isfinite(factor) and np.isfinite(shift) and factor else (1.0, 0.0)

    @property
    def little(self) -> bool:
        """Words in the file begin with their low byte."""
        return bool(self._dataset.original_encoding[1])

    def looked_up(self) -> bool:
        """Tell whether a table in the file, and no factor, leads to the values."""
        return bool(self._dataset.get("ModalityLUTSequence"))

    def counted(self, values: NDArray[Any], frame: int) -> NDArray[Any]:
        """Return the values that are no padding around the picture."""
        padding = self._dataset.get("PixelPaddingValue")
        if padding is None or self.looked_up():
            return values
        slope, offset = self.slope(frame)
        kept = values[values != np.float32(int(padding) * slope + offset)]
        return kept if kept.size else values

    def spacing(self) -> tuple[tuple[float, float] | None, float, str]:
        """Return millimetres between pixels (down, across) or None, the aspect, and a note.

        Of a projection the spacing at the detector is taken, which the note says.
        """
        measures = frame_group(self._dataset, 0, "PixelMeasuresSequence")
        for item, name, note in (
            (measures, "PixelSpacing", ""),
            (self._dataset, "PixelSpacing", ""),
            (
                self._dataset,
                "ImagerPixelSpacing",
                tr("Millimetres are those at the detector; the body is magnified."),
            ),
            (self._dataset, "NominalScannedPixelSpacing", ""),
        ):
            pair = _pair(item.get(name)) if item is not None else None
            if pair:
                return pair, pair[0] / pair[1], note
        ratio = _pair(self._dataset.get("PixelAspectRatio"))
        return None, (ratio[0] / ratio[1] if ratio else 1.0), ""


def values_of(stored: NDArray[Any], values: Values, frame: int) -> tuple[NDArray[Any], str]:
    """Return a settled frame as `Plane` holds pixels, and what has to be known of it.

    Colours have 8 bits, grey values are rescaled.
    """
    if values.tone == "PALETTE COLOR":
        return _painted(stored, values)
    if stored.ndim == 3:
        colours, note = _colours(stored, values.layout.bits - values.layout.signed)
        if values.layout.deep_ybr:
            from pydicom.pixels import convert_color_space

            colours = convert_color_space(colours, "YBR_FULL", "RGB")
        return colours, note
    if values.looked_up():
        item = values._dataset.ModalityLUTSequence[0]  # noqa: SLF001  (the two belong together)
        table = table_of(item.LUTDescriptor, item["LUTData"].value, signed=values.layout.signed, little=values.little)
        if table is not None:
            return narrowed(table.looked_up(stored)), ""
    slope, offset = values.slope(frame)
    if slope == 1.0 and offset == int(offset) and stored.dtype.kind in "iu" and abs(offset) < 1 << 30:
        return narrowed(stored if offset == 0 else stored.astype(np.int64) + int(offset)), ""
    rescaled = stored.astype(np.float32)
    rescaled *= np.float32(slope)
    rescaled += np.float32(offset)
    return rescaled, ""


def narrowed(values: NDArray[Any]) -> NDArray[Any]:
    """Return grey values in the smallest of a plane's types that holds them all."""
    if values.dtype.kind not in "iu":
        return np.ascontiguousarray(values, np.float32)
    low, high = (int(values.min()), int(values.max())) if values.size else (0, 0)
    if values.dtype == np.uint8:
        return np.ascontiguousarray(values)
    if low >= 0 and high < 1 << 16:
        return np.ascontiguousarray(values, np.uint16)
    if low >= -(1 << 15) and high < 1 << 15:
        return np.ascontiguousarray(values, np.int16)
    return np.ascontiguousarray(values, np.float32)


def windows_of(dataset: Any, frame: int) -> tuple[Window, ...]:
    """Return a frame's windows and look-up tables, windows first, at most 32."""
    item = frame_group(dataset, frame, "FrameVOILUTSequence") or dataset
    centres, widths = _numbers(item.get("WindowCenter")), _numbers(item.get("WindowWidth"))
    names = _texts(item.get("WindowCenterWidthExplanation"))
    function = str(item.get("VOILUTFunction") or "LINEAR").strip().upper()
    if function not in ("LINEAR", "LINEAR_EXACT", "SIGMOID"):
        function = "LINEAR"
    found = []
    for place, (centre, width) in enumerate(zip(centres, widths, strict=False)):
        if width >= 1 or (width > 0 and function != "LINEAR"):
            name = names[place] if place < len(names) else tr("window {place} in the file", place=place + 1)
            found.append(Window(centre, width, name, function))
    for place, table in enumerate(item.get("VOILUTSequence") or ()):
        if len(found) >= _MOST_WINDOWS:
            break
        window = _table(
            table,
            place,
            signed=bool(dataset.get("PixelRepresentation")),
            little=bool(dataset.original_encoding[1]),
        )
        if window is not None:
            found.append(window)
    return tuple(found[:_MOST_WINDOWS])


def _table(item: Any, place: int, *, signed: bool, little: bool) -> Window | None:
    table = table_of(item.LUTDescriptor, item["LUTData"].value, signed=signed, little=little)
    if table is None:
        return None
    shares = tuple(float(v) for v in np.clip(table.entries / table.top, 0.0, 1.0))
    count, first = len(shares), float(table.first)
    name = str(item.get("LUTExplanation") or tr("table {place} in the file", place=place + 1))
    return Window(first + count / 2, float(count), name, "LINEAR_EXACT", shares, first, table.note)


def frame_group(dataset: Any, frame: int, name: str) -> Any:
    """Return a frame's own functional group, else the one shared by all frames, else None."""
    for keyword, place in (
        ("PerFrameFunctionalGroupsSequence", frame),
        ("SharedFunctionalGroupsSequence", 0),
    ):
        if keyword not in dataset:
            continue
        try:
            raw = getattr(dataset.get_item(keyword), "value", None)
            if isinstance(raw, bytes) and len(raw) > _LONGEST_GROUPS:
                continue
            group = dataset[keyword].value[place].get(name)
            if group:
                return group[0]
        except DAMAGE:
            continue
    return None


def _painted(stored: NDArray[Any], values: Values) -> tuple[NDArray[np.uint8], str]:
    """Return palette colours; palettes kept in segments are taken apart by pydicom."""
    dataset = values._dataset  # noqa: SLF001  (the two belong together)
    tables = palette_of(dataset, signed=values.layout.signed, little=values.little)
    if tables is None:
        from pydicom.pixels import apply_color_lut

        painted = apply_color_lut(stored, dataset)
        return _colours(painted, painted.dtype.itemsize * 8)
    planes = [np.rint(table.looked_up(stored) * (255.0 / table.top)) for table in tables]
    return np.clip(np.stack(planes, axis=2), 0, 255).astype(np.uint8), tables[0].note


def _colours(stored: NDArray[Any], bits: int) -> tuple[NDArray[np.uint8], str]:
    """Return colours of any depth in 8 bits.

    Colours that use less than an eighth of their range would be all but black: they were written
    with fewer bits than the file says.
    """
    stored, note = stored[:, :, :3], ""
    if bits == 8 and stored.dtype == np.uint8:
        return np.ascontiguousarray(stored), note
    most = int(stored.max(initial=0))
    if bits > 8 and 0 < most << 3 < 1 << bits:
        needed = next(depth for depth in (8, 10, 12, 14, 16, bits) if most < 1 << depth)
        note = tr(
            "The colours in this file use {needed} of the {bits} bits that it says; they are shown so.",
            needed=needed,
            bits=bits,
        )
        bits = needed
    shares = stored.astype(np.float32) * np.float32(255.0 / ((1 << bits) - 1))
    return np.clip(np.rint(shares), 0, 255).astype(np.uint8), note


def _slope_notes(dataset: Any) -> list[str]:
    """Return what is to be said where the file's slope is of no use."""
    slope, offset = dataset.get("RescaleSlope"), dataset.get("RescaleIntercept")
    if slope not in (None, "") and (not float(slope) or not np.isfinite(float(slope))):
        return [tr("The rescale slope in this file is of no use; the values are shown as stored.")]
    if slope in (None, "") and offset not in (None, "") and float(offset):
        return [tr("This file has a rescale intercept without a slope; 1 is taken.")]
    return []


def _many(value: Any) -> list[Any]:
    if value is None or value == "":
        return []
    return list(value) if not isinstance(value, (str, bytes)) and hasattr(value, "__iter__") else [value]


def _numbers(value: Any) -> list[float]:
    try:
        return [number for number in map(float, _many(value)[:_MOST_WINDOWS]) if np.isfinite(number)]
    except (TypeError, ValueError):
        return []


def _texts(value: Any) -> list[str]:
    return [str(text).strip() for text in _many(value)]


def _pair(value: Any) -> tuple[float, float] | None:
    numbers = _numbers(value)
    if len(numbers) != 2 or not all(1e-6 < number < 1e6 for number in numbers):
        return None
    return numbers[0], numbers[1]
