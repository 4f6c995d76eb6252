"""TIFF, PNG and JPEG files of unusual kinds, which show the pictures that `relatives` do."""

from __future__ import annotations

import io
import struct
import zlib

import numpy as np
from PIL import Image

from tests.corpus.relatives import P8, P12, PAINTED, S8, S12, SHADED, Relative
from tests.corpus.zoo import HEIGHT, WIDTH, pil, tiff

P16, S16 = (PAINTED * 257).astype(np.uint16), (SHADED * 257).astype(np.uint16)
_THUMB = np.ascontiguousarray(P8[::8, ::8])
_ALPHA = np.full((HEIGHT, WIDTH, 1), 255, np.uint8)
_RGB = {"photometric": "rgb"}
_PLANES = {"photometric": "rgb", "planarconfig": "separate"}
_WHITE = {"photometric": "miniswhite"}
_RGBA = {"photometric": "rgb", "extrasamples": ["unassalpha"]}


def planes(values: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(np.moveaxis(values, 2, 0))


def thumbs(first: np.ndarray, second: np.ndarray, *more: np.ndarray, reduced: bool = False, **options) -> bytes:
    """Return a TIFF whose first page is small."""
    import tifffile

    out = io.BytesIO()
    with tifffile.TiffWriter(out) as writer:
        for place, page in enumerate((first, second, *more)):
            kind = "rgb" if page.ndim == 3 else "minisblack"
            writer.write(
                page,
                metadata=None,
                software=False,
                photometric=kind,
                subfiletype=int(reduced and not place),
                **options,
            )
    return out.getvalue()


def png(kind: int, depth: int, rows: list[bytes], *, chunks: tuple[tuple[bytes, bytes], ...] = ()) -> bytes:
    """Return a PNG of any colour type and depth."""
    header = struct.pack(">IIBBBBB", WIDTH, HEIGHT, depth, kind, 0, 0, 0)
    packed = zlib.compress(b"".join(b"\0" + row for row in rows))
    made = b"\x89PNG\r\n\x1a\n"
    for name, data in ((b"IHDR", header), *chunks, (b"IDAT", packed), (b"IEND", b"")):
        made += struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
    return made


def _grey_alpha(values: np.ndarray, alpha: int = 65535) -> bytes:
    both = np.stack([values, np.full_like(values, alpha)], axis=2).astype(">u2")
    return png(4, 16, [row.tobytes() for row in both])


def _paletted(*, clear: bool = False) -> bytes:
    shades, index = np.unique(P8.reshape(-1, 3), axis=0, return_inverse=True)
    chunks = [(b"PLTE", shades.tobytes())]
    if clear:
        chunks.append((b"tRNS", bytes([255] * len(shades))))
    rows = index.reshape(HEIGHT, WIDTH).astype(np.uint8)
    return png(3, 8, [row.tobytes() for row in rows], chunks=tuple(chunks))


def inks() -> Image.Image:
    """Return the painted picture in inks, as Pillow makes them of colours."""
    return Image.fromarray(P8).convert("CMYK")


def without_adobe(data: bytes) -> bytes:
    """Return an ink JPEG without its Adobe mark, so that its values are no inverted inks."""
    at = data.index(b"\xff\xee")
    return data[:at] + data[at + 2 + int.from_bytes(data[at + 2 : at + 4]) :]


def _jpeg(**options) -> bytes:
    return pil(Image.fromarray(P8), "JPEG", quality=95, **options)


_NEAR_END = "the picture is whole"
RASTERS: dict[str, Relative] = {
    "planes16.tif": Relative(lambda: tiff(planes(P16), **_PLANES), "painted"),
    "planes16-big.tif": Relative(lambda: tiff(planes(P16), byteorder=">", **_PLANES), "painted"),
    "planes16-deflate.tif": Relative(
        lambda: tiff(planes(P16), compression="zlib", predictor=True, **_PLANES), "painted"
    ),
    "planes16-tiled.tif": Relative(lambda: tiff(planes(P16), tile=(16, 16), **_PLANES), "painted"),
    "planes16-turned.tif": Relative(
        lambda: tiff(planes(P16[::-1, ::-1]), extratags=[(274, "H", 1, 3, True)], **_PLANES), "painted"
    ),
    "planes16-said-more.tif": Relative(lambda: tiff(planes(P12), **_PLANES), "painted", "use 12 of the 16"),
    "planes8-deflate.tif": Relative(lambda: tiff(planes(P8), compression="zlib", predictor=True, **_PLANES), "painted"),
    "planes-alpha.tif": Relative(
        lambda: tiff(planes(np.concatenate([P8, _ALPHA], axis=2)), **_PLANES, extrasamples=["unassalpha"]),
        "painted",
    ),
    "planes16-alpha.tif": Relative(
        lambda: tiff(
            planes(np.concatenate([P16, _ALPHA.astype(np.uint16) * 257], axis=2)),
            **_PLANES,
            extrasamples=["unassalpha"],
        ),
        "painted",
    ),
    "rgb16.tif": Relative(lambda: tiff(P16, **_RGB), "painted"),
    "rgb12-in-16.tif": Relative(lambda: tiff(P12, **_RGB), "painted", "use 12 of the 16"),
    "rgb16-deflate.tif": Relative(lambda: tiff(P16, compression="zlib", **_RGB), "painted"),
    "rgb-float.tif": Relative(lambda: tiff((PAINTED / 255).astype(np.float32), **_RGB), "painted"),
    "rgb-double.tif": Relative(lambda: tiff(PAINTED / 255, **_RGB), "painted"),
    "rgb-float-255.tif": Relative(lambda: tiff(PAINTED.astype(np.float32), **_RGB), "painted"),
    "rgba.tif": Relative(lambda: tiff(np.concatenate([P8, _ALPHA], axis=2), **_RGBA), "painted"),
    "rgba16.tif": Relative(
        lambda: tiff(np.concatenate([P16, _ALPHA.astype(np.uint16) * 257], axis=2), **_RGBA), "painted"
    ),
    "grey-alpha.tif": Relative(
        lambda: tiff(np.stack([S8, _ALPHA[:, :, 0]], axis=2), photometric="minisblack", extrasamples=["unassalpha"]),
        "shaded",
    ),
    "grey16-alpha.tif": Relative(
        lambda: tiff(
            np.stack([S16, np.full_like(S16, 65535)], axis=2),
            photometric="minisblack",
            extrasamples=["unassalpha"],
        ),
        "shaded",
    ),
    "signed8.tif": Relative(lambda: tiff((S8.astype(np.int16) - 128).astype(np.int8)), "shaded"),
    "signed8-white.tif": Relative(lambda: tiff((127 - S8.astype(np.int16)).astype(np.int8), **_WHITE), "shaded"),
    "signed16-white.tif": Relative(lambda: tiff((2000 - S12.astype(np.int32)).astype(np.int16), **_WHITE), "shaded"),
    "signed32.tif": Relative(lambda: tiff(S12.astype(np.int32) * 1000 - 7), "shaded"),
    "float-white.tif": Relative(lambda: tiff((-SHADED).astype(np.float32), **_WHITE), "shaded"),
    "double-white.tif": Relative(lambda: tiff(1 - SHADED / 255, **_WHITE), "shaded"),
    "half.tif": Relative(lambda: tiff((SHADED / 255).astype(np.float16)), "shaded"),
    "white16.tif": Relative(lambda: tiff(65535 - S16, **_WHITE), "shaded"),
    "white8.tif": Relative(lambda: tiff(255 - S8, **_WHITE), "shaded"),
    "white8-deflate.tif": Relative(lambda: tiff(255 - S8, compression="zlib", **_WHITE), "shaded"),
    "white32.tif": Relative(lambda: tiff(4095 - S12.astype(np.uint32), **_WHITE), "shaded"),
    "complex.tif": Relative(lambda: tiff(SHADED.astype(np.complex64)), "shaded", "real parts"),
    "cmyk16.tif": Relative(
        lambda: tiff(np.asarray(inks()).astype(np.uint16) * 257, photometric="separated"), "painted", "inks"
    ),
    "grey-clear16.tif": Relative(
        lambda: tiff(
            np.stack([S16, np.full_like(S16, 9)], axis=2),
            photometric="minisblack",
            extrasamples=["unassalpha"],
        ),
        "shaded",
        "transparency",
    ),
    "grey-clear16.png": Relative(lambda: _grey_alpha(S16, 9), "shaded", "transparency"),
    "thumb-first.tif": Relative(lambda: thumbs(_THUMB, P8), "painted", "Page 2, the largest"),
    "thumb-first-said.tif": Relative(lambda: thumbs(_THUMB, P8, reduced=True), "painted", "Page 2, the largest"),
    "thumb-first-grey.tif": Relative(lambda: thumbs(_THUMB[:, :, 0].copy(), P8), "painted", "Page 2, the largest"),
    "thumb-first-deep.tif": Relative(
        lambda: thumbs(np.ascontiguousarray(S8[::8, ::8]), S16), "shaded", "Page 2, the largest"
    ),
    "thumb-first-tiled.tif": Relative(lambda: thumbs(_THUMB, P8, tile=(16, 16)), "painted", "Page 2, the largest"),
    "thumb-first-three.tif": Relative(
        lambda: thumbs(_THUMB, np.ascontiguousarray(P8[::4, ::4]), P8), "painted", "Page 3, the largest"
    ),
    "grey-alpha16.png": Relative(lambda: _grey_alpha(S16), "shaded"),
    "grey-alpha12.png": Relative(lambda: _grey_alpha(S12), "shaded"),
    "palette.png": Relative(_paletted, "painted"),
    "palette-clear.png": Relative(lambda: _paletted(clear=True), "painted"),
    "cmyk.jpg": Relative(lambda: pil(inks(), "JPEG", quality=95), "painted", "inks"),
    "cmyk-plain.jpg": Relative(
        lambda: without_adobe(pil(Image.fromarray(255 - np.asarray(inks()), "CMYK"), "JPEG", quality=95)),
        "painted",
        "inks",
    ),
    "cmyk.tif": Relative(lambda: pil(inks(), "TIFF"), "painted", "inks"),
    "no-end.jpg": Relative(lambda: _jpeg()[:-2], "painted", _NEAR_END),
    "no-last-byte.jpg": Relative(lambda: _jpeg()[:-1], "painted", _NEAR_END),
    "no-end-progressive.jpg": Relative(lambda: _jpeg(progressive=True)[:-2], "painted", _NEAR_END),
    "no-end-grey.jpg": Relative(lambda: pil(Image.fromarray(S8), "JPEG", quality=95)[:-2], "shaded", _NEAR_END),
    "no-end.png": Relative(lambda: pil(Image.fromarray(P8), "PNG")[:-12], "painted", _NEAR_END),
    "padded.jpg": Relative(lambda: _jpeg() + bytes(100), "painted"),
}
