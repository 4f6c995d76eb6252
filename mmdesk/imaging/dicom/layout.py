"""How the frames of a DICOM file are stored, where the file says it badly or not at all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mmdesk.imaging.base.picture import unreadable
from mmdesk.words import QT_TR_NOOP, tr

_KNOWN = frozenset(
    ("MONOCHROME1", "MONOCHROME2", QT_TR_NOOP("PALETTE COLOR"), "RGB", "YBR_FULL", "YBR_FULL_422", "YBR_ICT", "YBR_RCT")
)
_FULL, _HALF = "YBR_FULL", "YBR_FULL_422"
_ROUGHER = 3.0
"""How many times as rough a reading of the bits must be before another one is taken."""


@dataclass(frozen=True, slots=True)
class Layout:
    """What is needed to decode frames.

    Attributes:
        tone: The photometric interpretation.
        samples: Values of a pixel, 1 or 3.
        allocated: Bits that a value takes.
        bits: Bits of it that count.
        shift: Bits below them, as the file says.
        signed: Values may be negative.
        planar: Colours are kept plane by plane; None where the file does not tell.
        overlays: Other bits of a value hold overlays, as the file says.
        notes: What was taken for granted, one sentence each.
    """

    tone: str
    samples: int
    allocated: int
    bits: int
    shift: int
    signed: bool
    planar: int | None
    overlays: bool
    notes: tuple[str, ...]

    @property
    def deep_ybr(self) -> bool:
        """Colours are brightness, blue and red of more than 8 bits, which pydicom does not turn into RGB."""
        return self.tone in (_FULL, _HALF) and self.allocated > 8

    @property
    def options(self) -> dict[str, Any]:
        """What pydicom's decoders want to know of it."""
        told: dict[str, Any] = {
            "photometric_interpretation": self.tone,
            "samples_per_pixel": self.samples,
            "bits_allocated": self.allocated,
            "bits_stored": self.bits,
            "pixel_representation": int(self.signed),
        }
        return told | ({"planar_configuration": self.planar or 0} if self.samples > 1 else {})


def layout_of(dataset: Any, length: int | None, *, native: bool, fraction: bool, frames: int) -> Layout:
    """Return how frames are stored.

    Args:
        dataset: The elements before the pixels.
        length: Bytes of the pixels, None where they are compressed.
        native: They are not compressed.
        fraction: They are floating point numbers.
        frames: How many there are.

    Raises:
        ImageProblem: In a way that is not read here.
    """
    notes: list[str] = []
    tone, samples = _tone(dataset, notes)
    pixels = int(dataset.Rows) * int(dataset.Columns) * samples * frames
    allocated = _number(dataset, "BitsAllocated")
    if allocated is None:
        each = (length or 0) // max(pixels, 1)
        allocated = 8 * each if each in (1, 2, 4) else 8
        notes.append(
            tr("This file does not say how many bits a value has; {allocated} are taken.", allocated=allocated)
        )
    if allocated != 1 and allocated % 8:
        raise unreadable(tr("its values of {allocated} bits are packed, which is not read here", allocated=allocated))
    bits = _number(dataset, "BitsStored")
    if not fraction and (bits is None or not 1 <= bits <= allocated):
        notes.append(
            tr("This file does not say which bits of a value count; all {allocated} are taken.", allocated=allocated)
        )
        bits = allocated
    bits = allocated if bits is None or fraction else bits
    high = _number(dataset, "HighBit")
    shift = high + 1 - bits if high is not None and bits - 1 <= high < allocated else 0
    planar = _number(dataset, "PlanarConfiguration")
    if planar not in (0, 1):
        planar = None if native else 0
    if native and length and allocated >= 8:
        tone = _subsampled(tone, length, pixels * allocated // 8, notes)
    overlays = any(0x6000 <= tag.group <= 0x60FF for tag in dataset.keys())  # noqa: SIM118 - a Dataset
    if overlays:
        notes.append(tr("This file holds overlays, which are not shown."))
    signed = bool(_number(dataset, "PixelRepresentation") or 0)
    return Layout(tone, samples, allocated, bits, shift, signed, planar, overlays, tuple(notes))


def settled(pixels: NDArray[Any], layout: Layout) -> tuple[NDArray[Any], str]:
    """Return decoded values with only the bits that count, and a note when others were set."""
    held = pixels.dtype.itemsize * 8
    if pixels.dtype.kind not in "iu" or layout.allocated == 1 or layout.bits >= held:
        return pixels, ""
    native = np.ascontiguousarray(pixels, pixels.dtype.newbyteorder("="))
    raw = native.view(f"u{native.dtype.itemsize}")
    lower = _extended(raw, layout.bits, signed=layout.signed)
    above = raw != lower.view(raw.dtype)
    beyond = bool(np.any(raw[above] >> raw.dtype.type(layout.bits)))
    if layout.shift and (beyond or not np.any(raw & raw.dtype.type((1 << layout.shift) - 1))):
        upper = _extended(raw >> raw.dtype.type(layout.shift), layout.bits, signed=layout.signed)
        return upper, ""
    if layout.shift:
        return lower, tr("The bits of this file's values do not lie where it says; the low ones are taken.")
    if not beyond:
        return lower, ""
    whole = raw.view(f"i{raw.dtype.itemsize}") if layout.signed else raw
    if not layout.overlays and roughness(lower) > _ROUGHER * roughness(whole):
        return (
            whole,
            tr("Values in this file have more than the {bits} bits that it says; all are shown.", bits=layout.bits),
        )
    return lower, tr("Bits above the {bits} that hold the picture are set; they are left out.", bits=layout.bits)


def roughness(values: NDArray[Any]) -> float:
    """Return how much neighbours differ, as a share of how much all values do."""
    exact = values.astype(np.float32)
    spread = float(exact.std())
    steps = float(np.abs(np.diff(exact, axis=1)).mean()) if exact.shape[1] > 1 else 0.0
    return steps / spread if spread else 0.0


def _extended(raw: NDArray[Any], bits: int, *, signed: bool) -> NDArray[Any]:
    """Return the low bits of values, the highest of them a sign where there are signs."""
    kind = raw.dtype.type
    low: NDArray[Any] = raw & kind((1 << bits) - 1)
    if not signed:
        return low
    sign = kind(1 << (bits - 1))
    extended: NDArray[Any] = (low ^ sign) - sign
    return extended.view(f"i{raw.dtype.itemsize}")


def _tone(dataset: Any, notes: list[str]) -> tuple[str, int]:
    tone = str(dataset.get("PhotometricInterpretation") or "").strip().upper()
    samples = _number(dataset, "SamplesPerPixel")
    if samples is None:
        samples = 3 if tone.startswith(("RGB", "YBR")) else 1
    if not tone:
        tone = "RGB" if samples > 1 else "MONOCHROME2"
        notes.append(tr("This file does not say what its values mean; low ones are shown dark."))
    if tone not in _KNOWN or samples not in (1, 3):
        raise unreadable(
            tr("its colours ({tone}, {samples} values for each pixel) are not read here", tone=tone, samples=samples)
        )
    grey = tone.startswith("MONOCHROME") or tone == "PALETTE COLOR"
    if samples > 1 and grey:
        notes.append(tr("This file says {tone} of three values for each pixel; they are shown as colours.", tone=tone))
        tone = "RGB"
    if samples == 1 and not grey:
        notes.append(tr("This file says {tone} of one value for each pixel; it is shown as grey.", tone=tone))
        tone = "MONOCHROME2"
    shape = str(dataset.get("PresentationLUTShape") or "").strip().upper()
    if (tone, shape) in (("MONOCHROME1", "IDENTITY"), ("MONOCHROME2", "INVERSE")):
        low = "white" if tone == "MONOCHROME1" else "black"
        notes.append(
            tr("This file says both {tone} and {shape}; low values are shown {low}.", tone=tone, shape=shape, low=low)
        )
    return tone, samples


def _subsampled(tone: str, length: int, full: int, notes: list[str]) -> str:
    """Return the colours by the length of the pixels, which tells whether some are left out."""
    if tone == _HALF and length >= full:
        notes.append(tr("This file says {half}, but no colour is left out; it is shown so.", half=_HALF))
        return _FULL
    if tone == _FULL and length in (full * 2 // 3, full * 2 // 3 + 1):
        notes.append(tr("This file says {full}, but every second colour is left out; it is shown so.", full=_FULL))
        return _HALF
    return tone


def _number(dataset: Any, name: str) -> int | None:
    try:
        return int(dataset.get(name))
    except (TypeError, ValueError):
        return None
