"""From whatever colours a file holds to 8-bit sRGB."""

from __future__ import annotations

from functools import lru_cache
from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms

from mmdesk.words import QT_TR_NOOP, tr

GREY = (128, 128, 128)
"""What shines through transparent pixels."""
INKS = QT_TR_NOOP("Its colours are printing inks (CMYK) without a colour profile: near, not exact.")
"""What is said of such a picture."""
DEEP = frozenset({"I", "F", "I;16", "I;16L", "I;16B", "I;16N"})
"""Pillow modes of more than 8 bits; Pillow's own conversion would clip them."""
WINDOW = (0.5, 99.5)
"""Percentiles shown as black and as white."""
_SAMPLE = 1 << 20


def window_limits(values: NDArray[np.generic]) -> tuple[float, float]:
    """Return the values to show as black and as white: percentiles 0.5 and 99.5.

    Args:
        values: Any shape; values that are not finite are left out. From large images
            every n-th value is looked at.
    """
    flat = values.reshape(-1)[:: max(1, values.size // _SAMPLE)].astype(np.float64)
    flat = flat[np.isfinite(flat)]
    if not flat.size:
        return 0.0, 1.0
    low, high = (float(v) for v in np.percentile(flat, WINDOW))
    if high <= low:
        low, high = float(flat.min()), float(flat.max())
    return (low, high) if high > low else (low, low + 1.0)


def windowed(values: NDArray[np.generic], low: float, high: float) -> NDArray[np.uint8]:
    """Return values as 0..255, `low` and less as 0, `high` and more as 255, NaN as 0."""
    scaled = (values.astype(np.float32) - np.float32(low)) * np.float32(255.0 / (high - low))
    scaled = np.nan_to_num(scaled, copy=False, nan=0.0, posinf=255.0, neginf=0.0)
    shown: NDArray[np.uint8] = np.clip(np.rint(scaled), 0, 255).astype(np.uint8)
    return shown


def to_8_bits(image: Image.Image) -> tuple[Image.Image, tuple[float, float] | None]:
    """Return the image in mode L, RGB or CMYK, and the window used for deep ones.

    Palettes are looked up, transparency is laid on neutral grey.
    """
    if image.mode in DEEP:
        values = np.asarray(image)
        limits = window_limits(values)
        return Image.fromarray(windowed(values, *limits)), limits
    if image.mode in ("L", "CMYK"):
        return (_on_grey(image) if "transparency" in image.info else image), None
    if image.mode == "1" and "transparency" not in image.info:
        return image.convert("L"), None
    if image.has_transparency_data or image.mode in ("La", "RGBa"):
        return _on_grey(image), None
    return (image if image.mode == "RGB" else image.convert("RGB")), None


def to_srgb(image: Image.Image, profile: bytes | None) -> tuple[Image.Image, str]:
    """Return an L, RGB or CMYK image as sRGB, and a note when its profile was of no use.

    Args:
        image: Mode L, RGB or CMYK.
        profile: The ICC profile in the file, or None.
    """
    if profile:
        try:
            transform = _transform(profile, image.mode)
            if transform is not None:
                image = ImageCms.applyTransform(image, transform) or image
        except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
            return image.convert("RGB"), tr("The colour profile in this file is of no use and was left out.")
    return (image if image.mode == "RGB" else image.convert("RGB")), ""


def _on_grey(image: Image.Image) -> Image.Image:
    above = image.convert("RGBA")
    below = Image.new("RGBA", above.size, (*GREY, 255))
    return Image.alpha_composite(below, above).convert("RGB")


@lru_cache(maxsize=16)
def _transform(profile: bytes, mode: str) -> ImageCms.ImageCmsTransform | None:
    source = ImageCms.ImageCmsProfile(BytesIO(profile))
    if mode == "RGB" and "srgb" in ImageCms.getProfileDescription(source).lower().replace(" ", ""):
        return None
    if mode == "L" and source.profile.xcolor_space.strip() != "GRAY":
        return None
    return ImageCms.buildTransform(source, ImageCms.createProfile("sRGB"), mode, "RGB")
