"""One frame of a DICOM file as 8-bit pixels: decoded, rescaled, windowed, upright in tone."""

from __future__ import annotations

import struct
import zlib
from io import BytesIO
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mmdesk.imaging.colour import window_limits, windowed
from mmdesk.imaging.picture import Pixels, refuse_large, unreadable

Window = tuple[float, float]
_DAMAGE = (
    OSError,
    EOFError,
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    ArithmeticError,
    RuntimeError,
    MemoryError,
    Warning,
    struct.error,
    zlib.error,
)


def is_dicom(data: bytes) -> bool:
    """Tell whether the bytes start as a DICOM file does."""
    return data[128:132] == b"DICM"


def decode_dicom(data: bytes) -> tuple[Pixels, str, Window | None]:
    """Return the first frame, a note and the window that was applied.

    Returns:
        uint8 (height, width) or (height, width, 3) sRGB; one sentence or ""; the values
        shown as black and as white, None for colour.

    Raises:
        ImageProblem: No picture in it, too large, damaged, or in a compression that is
            not read here; the compression is named.
    """
    try:
        dataset = _dataset(data)
        frames = int(dataset.get("NumberOfFrames") or 1)
        pixels, window = _shown(_frame(dataset), dataset)
    except _DAMAGE as why:
        early = isinstance(why, EOFError) or "less than expected" in str(why)
        raise unreadable("the file ends early" if early else "the file is damaged", str(why)) from why
    return pixels, (f"{frames} frames in this file; the first is shown." if frames > 1 else ""), window


def _dataset(data: bytes) -> Any:
    from pydicom import config, dcmread

    config.settings.reading_validation_mode = config.IGNORE
    dataset = dcmread(BytesIO(data))
    if "PixelData" not in dataset or "Columns" not in dataset or "Rows" not in dataset:
        raise unreadable("this DICOM file holds no picture")
    refuse_large(int(dataset.Columns), int(dataset.Rows))
    syntax = dataset.file_meta.get("TransferSyntaxUID")
    if syntax is None:
        raise unreadable("this DICOM file does not name its transfer syntax")
    if not _readable(syntax):
        raise unreadable(f"its compression ({syntax.name}) is not read here", f"transfer syntax {syntax}")
    return dataset


def _readable(syntax: Any) -> bool:
    from pydicom.pixels import get_decoder

    try:
        return bool(get_decoder(syntax).is_available)
    except NotImplementedError:
        return False


def _frame(dataset: Any) -> NDArray[Any]:
    from pydicom.pixels import pixel_array

    try:
        frame: NDArray[Any] = pixel_array(dataset, index=0)
    except RuntimeError as why:
        syntax = dataset.file_meta.TransferSyntaxUID
        raise unreadable(f"its compression ({syntax.name}) cannot be undone here", str(why)) from why
    return frame


def _shown(frame: NDArray[Any], dataset: Any) -> tuple[Pixels, Window | None]:
    from pydicom.pixels import apply_color_lut, apply_modality_lut

    tone = str(dataset.PhotometricInterpretation)
    if tone == "PALETTE COLOR":
        frame = apply_color_lut(frame, dataset)
    if frame.ndim == 3:
        if frame.dtype == np.uint8:
            return np.ascontiguousarray(frame), None
        return windowed(frame, 0.0, float((1 << frame.dtype.itemsize * 8) - 1)), None
    values = apply_modality_lut(frame, dataset)
    pixels, window = _windowed(values, frame, dataset)
    return (255 - pixels if tone == "MONOCHROME1" else pixels), window


def _windowed(values: NDArray[Any], raw: NDArray[Any], dataset: Any) -> tuple[Pixels, Window]:
    if "WindowCenter" in dataset and "WindowWidth" in dataset:
        centre, width = _first(dataset.WindowCenter), _first(dataset.WindowWidth)
        function = str(dataset.get("VOILUTFunction") or "LINEAR").upper()
        if width >= 1 or (width > 0 and function != "LINEAR"):
            return _by_window(values, centre, width, function)
    elif dataset.get("VOILUTSequence"):
        from pydicom.pixels import apply_voi

        top = float((1 << int(dataset.VOILUTSequence[0].LUTDescriptor[2])) - 1)
        return windowed(apply_voi(values, dataset), 0.0, top), (0.0, top)
    padding = dataset.get("PixelPaddingValue")
    counted = values if padding is None else values[raw != padding]
    low, high = window_limits(counted)
    return windowed(values, low, high), (low, high)


def _by_window(values: NDArray[Any], centre: float, width: float, function: str) -> tuple[Pixels, Window]:
    if function == "SIGMOID":
        with np.errstate(over="ignore"):
            shown = 1.0 / (1.0 + np.exp(-4.0 * (values - centre) / width))
        return windowed(shown, 0.0, 1.0), (centre - width / 2, centre + width / 2)
    if function == "LINEAR_EXACT":
        low, high = centre - width / 2, centre + width / 2
    else:
        low, high = centre - 0.5 - (width - 1) / 2, centre - 0.5 + (width - 1) / 2
    if high <= low:
        high = low + 1e-6
    return windowed(values, low, high), (low, high)


def _first(value: Any) -> float:
    from pydicom.multival import MultiValue

    return float(value[0] if isinstance(value, MultiValue) else value)
