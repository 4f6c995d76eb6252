"""DICOM files that say badly or not at all how their pixels are stored; all show one of two pictures.

`PAINTED` has a red, a green, a blue and a white quarter, `SHADED` four shades from white to black,
each with a slope on it, so that neighbours are alike as in a photograph.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from tests.corpus.zoo import HEIGHT, WIDTH, _items, dicom

CORNERS = {
    "painted": [(220, 20, 20), (20, 200, 20), (20, 20, 220), (240, 240, 240)],
    "shaded": [(250,) * 3, (160,) * 3, (60,) * 3, (5,) * 3],
}
"""Colours in the middle of the quarters, left before right, top before bottom."""


def _quarters(values: list) -> np.ndarray:
    down, across = np.mgrid[0:HEIGHT, 0:WIDTH]
    place = (down >= HEIGHT // 2) * 2 + (across >= WIDTH // 2)
    slope = (across % (WIDTH // 2) + down % (HEIGHT // 2)) / 14.0 - 2.0
    flat = np.asarray(values, np.float64)[place]
    return np.clip(flat + (slope[..., None] if flat.ndim == 3 else slope), 0, 255)


PAINTED, SHADED = _quarters(CORNERS["painted"]), _quarters([v[0] for v in CORNERS["shaded"]])
P8, S8 = PAINTED.astype(np.uint8), SHADED.astype(np.uint8)
P12, S12 = (PAINTED * 16).astype(np.uint16), (SHADED * 16).astype(np.uint16)
WIDE = {"WindowCenter": 2048, "WindowWidth": 4096}
TWELVE = {"BitsStored": 12, "HighBit": 11}


@dataclass(frozen=True, slots=True)
class Relative:
    """A file, the picture it shows and a word of the note that it must come with ("" for no note)."""

    make: Callable[[], bytes]
    shows: str
    note: str = ""


def without(data: bytes, *names: str) -> bytes:
    """Return a DICOM file without some of its elements."""
    import io

    import pydicom

    dataset = pydicom.dcmread(io.BytesIO(data))
    for name in names:
        del dataset[name]
    out = io.BytesIO()
    dataset.save_as(out)
    return out.getvalue()


def bare(data: bytes) -> bytes:
    """Return a DICOM file's data set alone, without what marks it and names its encoding."""
    length = int.from_bytes(data[140:144], "little")
    return data[144 + length :]


def _words(values: np.ndarray) -> bytes:
    return values.astype("<u2").tobytes()


def _palette(top: int, bits: int, *, packed: bool = False, first: int = 0, deep: bool = False) -> bytes:
    """Return a palette file whose entries reach to `top`, though it says `bits` bits."""
    flat = P8.reshape(-1, 3)
    shades, index = np.unique(flat, axis=0, return_inverse=True)
    index = index.reshape(HEIGHT, WIDTH)
    count = 256
    tags = {}
    for place, name in enumerate(("Red", "Green", "Blue")):
        entries = np.zeros(count, np.float64)
        entries[: len(shades)] = shades[:, place] / 255.0 * top
        entries = np.rint(entries).astype(np.uint16)
        data = entries.astype(np.uint8).tobytes() if packed else _words(entries)
        tags[f"{name}PaletteColorLookupTableDescriptor"] = [count, first, bits]
        tags[f"{name}PaletteColorLookupTableData"] = data
    kind = np.int16 if first < 0 else np.uint16 if deep else np.uint8
    return dicom((index + first).astype(kind), PhotometricInterpretation="PALETTE COLOR", **tags)


def jpeg(cut: int) -> bytes:
    """Return a file with a JPEG frame that lacks its last bytes."""
    import io

    import pydicom
    from PIL import Image
    from pydicom.encaps import encapsulate

    out = io.BytesIO()
    Image.fromarray(P8).save(out, "JPEG", quality=95)
    stream = out.getvalue()
    dataset = pydicom.dcmread(io.BytesIO(dicom(P8, PhotometricInterpretation="YBR_FULL_422")))
    dataset.file_meta.TransferSyntaxUID = "1.2.840.10008.1.2.4.50"
    dataset.PixelData = encapsulate([stream[: len(stream) - cut]])
    dataset["PixelData"].VR = "OB"
    dataset["PixelData"].is_undefined_length = True
    made = io.BytesIO()
    dataset.save_as(made)
    return made.getvalue()


def _voi(top: int, bits: int, *, packed: bool = False, **tags) -> bytes:
    entries = np.rint(np.arange(256) / 255 * top).astype(np.uint16)
    data = entries.astype(np.uint8).tobytes() if packed else _words(entries)
    table = _items(LUTDescriptor=[256, 0, bits], LUTData=data)
    return dicom(S8, VOILUTSequence=table, **tags)


def _modality(bits: int) -> bytes:
    entries = (np.arange(256) * 16).astype(np.uint16)
    table = _items(LUTDescriptor=[256, 0, bits], LUTData=_words(entries), ModalityLUTType="US")
    return dicom(S8, ModalityLUTSequence=table, **WIDE)


def _ybr(full: np.ndarray) -> np.ndarray:
    from pydicom.pixels import convert_color_space

    return convert_color_space(full, "RGB", "YBR_FULL")


def _halved(ybr: np.ndarray) -> bytes:
    """Return colours with every second one left out: two brightnesses, then blue and red."""
    pairs = ybr.reshape(HEIGHT, WIDTH // 2, 2, 3)
    return np.concatenate([pairs[..., 0], pairs[:, :, 0, 1:]], axis=2).astype(np.uint8).tobytes()


def _overlay(values: np.ndarray) -> np.ndarray:
    marked = values.copy()
    marked[10:14, 5:50] |= 0x4000
    marked[::7, ::5] |= 0x8000
    return marked


def _with_overlay(values: np.ndarray, **tags) -> bytes:
    import io

    import pydicom

    dataset = pydicom.dcmread(io.BytesIO(dicom(_overlay(values), **TWELVE, **WIDE, **tags)))
    dataset.add_new(0x60000010, "US", HEIGHT)
    dataset.add_new(0x60000011, "US", WIDTH)
    dataset.add_new(0x60000100, "US", 16)
    dataset.add_new(0x60000102, "US", 14)
    out = io.BytesIO()
    dataset.save_as(out)
    return out.getvalue()


def _big_palette() -> bytes:
    import io

    import pydicom

    dataset = pydicom.dcmread(io.BytesIO(_palette(65535, 16)))
    for name in ("Red", "Green", "Blue"):
        element = dataset[f"{name}PaletteColorLookupTableData"]
        element.value = np.frombuffer(element.value, "<u2").astype(">u2").tobytes()
        element.VR = "OW"
    dataset["PixelData"].VR = "OB"
    dataset.file_meta.TransferSyntaxUID = "1.2.840.10008.1.2.2"
    out = io.BytesIO()
    pydicom.dcmwrite(out, dataset, implicit_vr=False, little_endian=False)
    return out.getvalue()


_SIGNED = (S12.astype(np.int32) - 2048).astype(np.int16)
_MID = {"WindowCenter": 0, "WindowWidth": 4096}
_INVERSE = {"PhotometricInterpretation": "MONOCHROME1", "PresentationLUTShape": "INVERSE"}
_DOWN = (4080 - S12).astype(np.uint16)
_YBR422 = {"PhotometricInterpretation": "YBR_FULL_422"}
J2K, RLE, IMPLICIT = "1.2.840.10008.1.2.4.90", "1.2.840.10008.1.2.5", "1.2.840.10008.1.2"

RELATIVES: dict[str, Relative] = {
    "rgb-12-in-16.dcm": Relative(lambda: dicom(P12, **TWELVE), "painted"),
    "rgb-10-in-16.dcm": Relative(lambda: dicom((PAINTED * 4).astype(np.uint16), BitsStored=10, HighBit=9), "painted"),
    "rgb-12-in-16-rle.dcm": Relative(lambda: dicom(P12, RLE, **TWELVE), "painted"),
    "rgb-12-in-16-j2k.dcm": Relative(lambda: dicom(P12, J2K, **TWELVE), "painted"),
    "rgb-12-said-16.dcm": Relative(lambda: dicom(P12), "painted", "use 12 of the 16"),
    "rgb-8-said-16.dcm": Relative(lambda: dicom(P8.astype(np.uint16)), "painted", "use 8 of the 16"),
    "rgb-high-bit.dcm": Relative(lambda: dicom(P12 << 4, BitsStored=12, HighBit=15), "painted"),
    "palette-16.dcm": Relative(lambda: _palette(65535, 16), "painted"),
    "palette-8-said-16.dcm": Relative(lambda: _palette(255, 16), "painted", "says 16 bits and has 8"),
    "palette-12-said-16.dcm": Relative(lambda: _palette(4095, 16), "painted", "says 16 bits and has 12"),
    "palette-12.dcm": Relative(lambda: _palette(4095, 12), "painted"),
    "palette-packed-said-16.dcm": Relative(lambda: _palette(255, 16, packed=True), "painted", "has 8"),
    "palette-packed.dcm": Relative(lambda: _palette(255, 8, packed=True), "painted"),
    "palette-8-in-words.dcm": Relative(lambda: _palette(255, 8), "painted"),
    "palette-16-said-8.dcm": Relative(lambda: _palette(65535, 8), "painted", "says 8 bits and has 16"),
    "palette-signed.dcm": Relative(lambda: _palette(65535, 16, first=-100), "painted"),
    "palette-deep.dcm": Relative(lambda: _palette(255, 16, first=1000, deep=True), "painted", "has 8"),
    "window-above.dcm": Relative(
        lambda: dicom(S12, **TWELVE, WindowCenter=50000, WindowWidth=100), "shaded", "shows nothing"
    ),
    "window-below.dcm": Relative(
        lambda: dicom(S12, **TWELVE, WindowCenter=-5000, WindowWidth=10), "shaded", "shows nothing"
    ),
    "window-second.dcm": Relative(
        lambda: dicom(S12, **TWELVE, WindowCenter=[-9000, 2048], WindowWidth=[10, 4096]),
        "shaded",
        "shows nothing",
    ),
    "window-sigmoid.dcm": Relative(
        lambda: dicom(S12, **TWELVE, WindowCenter=60000, WindowWidth=50, VOILUTFunction="SIGMOID"),
        "shaded",
        "shows nothing",
    ),
    "window-then-table.dcm": Relative(
        lambda: _voi(65535, 16, WindowCenter=-9000, WindowWidth=10), "shaded", "shows nothing"
    ),
    "table-8-said-16.dcm": Relative(lambda: _voi(255, 16), "shaded", "says 16 bits and has 8"),
    "table-12-said-16.dcm": Relative(lambda: _voi(4095, 16), "shaded", "has 12"),
    "table-10.dcm": Relative(lambda: _voi(1023, 10), "shaded"),
    "table-packed-said-16.dcm": Relative(lambda: _voi(255, 16, packed=True), "shaded", "has 8"),
    "table-packed.dcm": Relative(lambda: _voi(255, 8, packed=True), "shaded"),
    "modality-table-12.dcm": Relative(lambda: _modality(12), "shaded"),
    "modality-table-16.dcm": Relative(lambda: _modality(16), "shaded"),
    "ybr-422-full.dcm": Relative(lambda: dicom(_ybr(P8), **_YBR422), "painted", "no colour is left out"),
    "ybr-422.dcm": Relative(lambda: dicom(_ybr(P8), **_YBR422, PixelData=_halved(_ybr(P8))), "painted"),
    "ybr-said-full.dcm": Relative(
        lambda: dicom(_ybr(P8), PhotometricInterpretation="YBR_FULL", PixelData=_halved(_ybr(P8))),
        "painted",
        "every second colour",
    ),
    "ybr-full.dcm": Relative(lambda: dicom(_ybr(P8), PhotometricInterpretation="YBR_FULL"), "painted"),
    "ybr-full-12.dcm": Relative(
        lambda: dicom(_ybr(P8).astype(np.uint16) << 4, PhotometricInterpretation="YBR_FULL", BitsStored=12, HighBit=11),
        "painted",
    ),
    "rgb-signed.dcm": Relative(lambda: dicom((PAINTED * 128).astype(np.int16)), "painted"),
    "window-no-width.dcm": Relative(
        lambda: dicom(S12, **TWELVE, WindowCenter=2048, WindowWidth=0), "shaded", "of no use"
    ),
    "jpeg.dcm": Relative(lambda: jpeg(0), "painted"),
    "jpeg-no-end.dcm": Relative(lambda: jpeg(2), "painted", "the picture is whole"),
    "high-bit.dcm": Relative(lambda: dicom(S12 << 4, BitsStored=12, HighBit=15, **WIDE), "shaded"),
    "high-bit-rle.dcm": Relative(lambda: dicom(S12 << 4, RLE, BitsStored=12, HighBit=15, **WIDE), "shaded"),
    "high-bit-below.dcm": Relative(
        lambda: dicom(_overlay(S12) >> 14 | S12 << 4, BitsStored=12, HighBit=15, **WIDE), "shaded"
    ),
    "high-bit-wrong.dcm": Relative(
        lambda: dicom(S12 | 1, BitsStored=12, HighBit=15, **WIDE), "shaded", "do not lie where it says"
    ),
    "overlay-bits.dcm": Relative(lambda: _with_overlay(S12), "shaded", "overlays, which are not shown"),
    "overlay-bits-rle.dcm": Relative(lambda: dicom(_overlay(S12), RLE, **TWELVE, **WIDE), "shaded", "left out"),
    "bits-above.dcm": Relative(lambda: dicom(_overlay(S12), **TWELVE, **WIDE), "shaded", "left out"),
    "bits-too-few.dcm": Relative(lambda: dicom(S12, BitsStored=8, HighBit=7, **WIDE), "shaded", "more than the 8 bits"),
    "signed-bits-above.dcm": Relative(
        lambda: dicom((_SIGNED & 0x0FFF) | 0x2000, **TWELVE, **_MID), "shaded", "left out"
    ),
    "no-planar.dcm": Relative(
        lambda: without(dicom(P8), "PlanarConfiguration"), "painted", "does not say how its colours lie"
    ),
    "no-planar-planes.dcm": Relative(
        lambda: without(dicom(P8, PixelData=np.moveaxis(P8, 2, 0).tobytes()), "PlanarConfiguration"),
        "painted",
        "one plane after the other",
    ),
    "planes.dcm": Relative(
        lambda: dicom(P8, PlanarConfiguration=1, PixelData=np.moveaxis(P8, 2, 0).tobytes()), "painted"
    ),
    "no-bits-stored.dcm": Relative(
        lambda: without(dicom(S12, **WIDE), "BitsStored", "HighBit"), "shaded", "all 16 are taken"
    ),
    "no-high-bit.dcm": Relative(lambda: without(dicom(S12, **TWELVE, **WIDE), "HighBit"), "shaded"),
    "no-allocated.dcm": Relative(
        lambda: without(dicom(S12, **TWELVE, **WIDE), "BitsAllocated"), "shaded", "16 are taken"
    ),
    "no-representation.dcm": Relative(lambda: without(dicom(S12, **WIDE), "PixelRepresentation"), "shaded"),
    "no-tone.dcm": Relative(
        lambda: without(dicom(S12, **WIDE), "PhotometricInterpretation"), "shaded", "low ones are shown dark"
    ),
    "no-samples.dcm": Relative(lambda: without(dicom(P8), "SamplesPerPixel"), "painted"),
    "no-preamble.dcm": Relative(lambda: dicom(S12, **WIDE)[132:], "shaded", "lacks the start"),
    "no-preamble-implicit.dcm": Relative(lambda: dicom(S12, IMPLICIT, **WIDE)[132:], "shaded", "lacks the start"),
    "no-meta.dcm": Relative(lambda: bare(dicom(S12, **WIDE)), "shaded", "lacks the start"),
    "no-meta-implicit.dcm": Relative(lambda: bare(dicom(S12, IMPLICIT, **WIDE)), "shaded", "lacks the start"),
    "slope-0.dcm": Relative(
        lambda: dicom(S12, **TWELVE, RescaleSlope=0, RescaleIntercept=0, **WIDE), "shaded", "of no use"
    ),
    "slope-missing.dcm": Relative(
        lambda: dicom(S12, **TWELVE, RescaleIntercept=-2048, **_MID), "shaded", "without a slope"
    ),
    "slope-empty.dcm": Relative(lambda: dicom(S12, **TWELVE, RescaleSlope="", RescaleIntercept="", **WIDE), "shaded"),
    "white-first-inverse.dcm": Relative(lambda: dicom(_DOWN, **TWELVE, **_INVERSE, **WIDE), "shaded"),
    "white-first-identity.dcm": Relative(
        lambda: dicom(_DOWN, **TWELVE, **{**_INVERSE, "PresentationLUTShape": "IDENTITY"}, **WIDE),
        "shaded",
        "low values are shown white",
    ),
    "black-first-inverse.dcm": Relative(
        lambda: dicom(S12, **TWELVE, PresentationLUTShape="INVERSE", **WIDE),
        "shaded",
        "low values are shown black",
    ),
    "signed.dcm": Relative(lambda: dicom(_SIGNED, **_MID), "shaded"),
    "signed-12.dcm": Relative(lambda: dicom(_SIGNED & 0x0FFF, **TWELVE, **_MID), "shaded"),
    "signed-12-extended.dcm": Relative(lambda: dicom(_SIGNED, **TWELVE, **_MID), "shaded"),
    "signed-8.dcm": Relative(
        lambda: dicom((S8.astype(np.int16) - 128).astype(np.int8), WindowCenter=0, WindowWidth=256), "shaded"
    ),
    "big-endian-palette.dcm": Relative(_big_palette, "painted"),
}
