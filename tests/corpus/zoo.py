"""A zoo of image files, made here: one of each kind that is read, small, always the same."""

from __future__ import annotations

import gzip
import io
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image, ImageCms

WIDTH, HEIGHT = 64, 48


def ramp(top: float = 255.0, dtype=np.uint8) -> np.ndarray:
    """Return a slope from left to right with a brighter disc on it."""
    down, across = np.mgrid[0:HEIGHT, 0:WIDTH]
    disc = (down - 20) ** 2 + (across - 40) ** 2 < 60
    return (np.where(disc, 0.9, across / (WIDTH - 1)) * top).astype(dtype)


def colours() -> np.ndarray:
    """Return a picture with a slope in each colour."""
    down, across = np.mgrid[0:HEIGHT, 0:WIDTH]
    return np.stack([across * 4, down * 5, 255 - ramp()], axis=2).astype(np.uint8)


def pil(image: Image.Image, kind: str, **options) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def tiff(values: np.ndarray, **options) -> bytes:
    import tifffile

    out = io.BytesIO()
    pages = options.pop("pages", [values])
    more = {name: options.pop(name) for name in ("byteorder", "bigtiff") if name in options}
    with tifffile.TiffWriter(out, **more) as writer:
        for page in pages:
            writer.write(page, metadata=None, software=False, **options)
    return out.getvalue()


def pyramid() -> bytes:
    """Return a tiled TIFF with two smaller levels below it."""
    import tifffile

    full = np.kron(colours(), np.ones((8, 8, 1), np.uint8))
    out = io.BytesIO()
    with tifffile.TiffWriter(out) as writer:
        writer.write(full, tile=(64, 64), subifds=2, metadata=None, software=False, photometric="rgb")
        for step in (2, 4):
            small = np.ascontiguousarray(full[::step, ::step])
            writer.write(small, tile=(64, 64), subfiletype=1, metadata=None, software=False, photometric="rgb")
    return out.getvalue()


def deep_png(values: np.ndarray) -> bytes:
    """Return a PNG of 16 bits for each colour, which Pillow does not write."""
    height, width = values.shape[:2]
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in values)
    header = struct.pack(">IIBBBBB", width, height, 16, 2, 0, 0, 0)
    parts = [b"\x89PNG\r\n\x1a\n"]
    for name, data in ((b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b"")):
        parts.append(struct.pack(">I", len(data)) + name + data)
        parts.append(struct.pack(">I", zlib.crc32(name + data)))
    return b"".join(parts)


def nifti(values: np.ndarray, *, second: bool = False, big: bool = False, affine=None, **header) -> bytes:
    import nibabel

    kind = nibabel.Nifti2Image if second else nibabel.Nifti1Image
    affine = np.diag([0.5, 0.75, 2, 1]) if affine is None else affine
    start = kind.header_class(endianness=">") if big else None
    image = kind(values, affine, header=start)
    for name, value in header.items():
        getattr(image.header, f"set_{name}")(*value)
    image.header.set_xyzt_units("mm")
    return image.to_bytes()


def dicom(values: np.ndarray, syntax: str = "1.2.840.10008.1.2.1", **tags) -> bytes:
    """Return a DICOM file of grey values (h, w) or (frames, h, w), or colours (h, w, 3)."""
    import pydicom
    from pydicom.uid import UID

    dataset = pydicom.Dataset()
    dataset.file_meta = pydicom.dataset.FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = UID("1.2.840.10008.1.2.1")
    dataset.file_meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1.7"
    dataset.file_meta.MediaStorageSOPInstanceUID = "1.2.3"
    dataset.SOPClassUID, dataset.SOPInstanceUID = "1.2.840.10008.5.1.4.1.1.7", "1.2.3"
    colour = values.shape[-1] == 3
    if values.ndim == 3 and not colour:
        dataset.NumberOfFrames = values.shape[0]
    dataset.Rows, dataset.Columns = values.shape[-3:-1] if colour else values.shape[-2:]
    dataset.SamplesPerPixel = 3 if colour else 1
    if colour:
        dataset.PlanarConfiguration = 0
    dataset.PhotometricInterpretation = "RGB" if colour else "MONOCHROME2"
    dataset.BitsAllocated = dataset.BitsStored = values.dtype.itemsize * 8
    dataset.HighBit = dataset.BitsStored - 1
    dataset.PixelRepresentation = int(values.dtype.kind == "i")
    dataset.PixelData = values.tobytes()
    dataset["PixelData"].VR = "OB" if dataset.BitsAllocated == 8 else "OW"
    for name, value in tags.items():
        setattr(dataset, name, value)
    wanted = UID(syntax)
    if wanted.is_compressed and not wanted.is_deflated:
        dataset.compress(wanted, generate_instance_uid=False)
    else:
        dataset.file_meta.TransferSyntaxUID = wanted
        if wanted == "1.2.840.10008.1.2.2":
            dataset.PixelData = values.astype(values.dtype.newbyteorder(">")).tobytes()
    out = io.BytesIO()
    pydicom.dcmwrite(out, dataset, enforce_file_format=True)
    return out.getvalue()


def _items(**tags):
    import pydicom

    item = pydicom.Dataset()
    for name, value in tags.items():
        setattr(item, name, value)
    return pydicom.Sequence([item])


def functional_groups() -> bytes:
    """Return an enhanced multi-frame file: slope, window and spacing for each frame."""
    import pydicom

    frames = []
    for place in range(3):
        group = pydicom.Dataset()
        group.PixelValueTransformationSequence = _items(
            RescaleSlope=1.5 + place, RescaleIntercept=-10, RescaleType="US"
        )
        group.FrameVOILUTSequence = _items(WindowCenter=900 + place, WindowWidth=500)
        group.PixelMeasuresSequence = _items(PixelSpacing=[0.4, 0.2])
        frames.append(group)
    values = np.stack([ramp(4000, np.uint16) // (1 + place) for place in range(3)])
    return dicom(values, PerFrameFunctionalGroupsSequence=pydicom.Sequence(frames))


def palette() -> bytes:
    steps = np.arange(256, dtype=np.uint16) * 257
    colours_of = {
        f"{name}PaletteColorLookupTable{part}": value
        for name, table in (("Red", steps), ("Green", steps[::-1]), ("Blue", steps // 2))
        for part, value in (("Descriptor", [256, 0, 16]), ("Data", table.tobytes()))
    }
    return dicom(ramp(), PhotometricInterpretation="PALETTE COLOR", **colours_of)


def _exif(turn: int) -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112] = turn
    return exif


def _cmyk() -> Image.Image:
    return Image.fromarray(colours()).convert("CMYK")


def _lab() -> Image.Image:
    srgb, lab = ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB")
    transform = ImageCms.buildTransform(srgb, lab, "RGB", "LAB")
    return ImageCms.applyTransform(Image.fromarray(colours()), transform)


def _film() -> list[Image.Image]:
    return [Image.fromarray(np.roll(colours(), 7 * n, axis=1)) for n in range(3)]


def _films(kind: str, **options) -> bytes:
    first, *rest = _film()
    return pil(first, kind, save_all=True, append_images=rest, **options)


def _volume(dtype=np.int16, frames: int = 4) -> np.ndarray:
    step = 1 if np.dtype(dtype).itemsize == 1 else 10
    slices = [(ramp(100 + 10 * n, np.float64) * step).T.astype(dtype) for n in range(frames)]
    return np.stack(slices, axis=2)


def _rgb_volume() -> np.ndarray:
    pixels = np.ascontiguousarray(colours().swapaxes(0, 1))
    return np.repeat(pixels.view([("R", "u1"), ("G", "u1"), ("B", "u1")])[..., 0][:, :, None], 2, axis=2)


SIDEWAYS = np.array([[0, 0, 2, 0], [-1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 0, 1.0]])
"""Of a volume whose slices show the body from its side."""
GREY, DEEP, RGB = ramp(), ramp(4095, np.uint16), colours()
_L, _RGB = Image.fromarray(GREY), Image.fromarray(RGB)
_SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()

ZOO: dict[str, Callable[[], bytes]] = {
    "grey.png": lambda: pil(_L, "PNG"),
    "grey16.png": lambda: pil(Image.fromarray(DEEP), "PNG"),
    "rgb.png": lambda: pil(_RGB, "PNG", icc_profile=_SRGB),
    "rgb16.png": lambda: deep_png(RGB.astype(np.uint16) * 257),
    "alpha.png": lambda: pil(Image.merge("RGBA", (*_RGB.split(), _L)), "PNG"),
    "grey-alpha.png": lambda: pil(Image.merge("LA", (_L, _L)), "PNG"),
    "palette.png": lambda: pil(_RGB.quantize(16), "PNG"),
    "bits.png": lambda: pil(_L.convert("1"), "PNG"),
    "turned.png": lambda: pil(_RGB, "PNG", exif=_exif(6)),
    "film.png": lambda: _films("PNG"),
    "grey.jpg": lambda: pil(_L, "JPEG"),
    "rgb.jpg": lambda: pil(_RGB, "JPEG", quality=92),
    "turned.jpg": lambda: pil(_RGB, "JPEG", exif=_exif(8), icc_profile=_SRGB),
    "progressive.jpg": lambda: pil(_RGB, "JPEG", progressive=True),
    "cmyk.jpg": lambda: pil(_cmyk(), "JPEG"),
    "colour.bmp": lambda: pil(_RGB, "BMP"),
    "grey.bmp": lambda: pil(_L, "BMP"),
    "lossy.webp": lambda: pil(_RGB, "WEBP"),
    "exact.webp": lambda: pil(_RGB, "WEBP", lossless=True),
    "film.webp": lambda: _films("WEBP"),
    "film.gif": lambda: _films("GIF"),
    "rgb.jp2": lambda: pil(_RGB, "JPEG2000"),
    "grey16.jp2": lambda: pil(Image.fromarray(DEEP), "JPEG2000"),
    "grey.j2k": lambda: pil(_L, "JPEG2000", no_jp2=True),
    "grey8.tif": lambda: tiff(GREY),
    "grey16.tif": lambda: tiff(DEEP),
    "signed16.tif": lambda: tiff(ramp(3000, np.int16) - np.int16(1000)),
    "float32.tif": lambda: tiff(ramp(2.5, np.float32)),
    "float64.tif": lambda: tiff(ramp(2.5, np.float64)),
    "unsigned32.tif": lambda: tiff(ramp(4e9, np.uint32)),
    "white-is-zero16.tif": lambda: tiff(DEEP, photometric="miniswhite"),
    "rgb8.tif": lambda: tiff(RGB, photometric="rgb"),
    "rgb16.tif": lambda: tiff(RGB.astype(np.uint16) * 257, photometric="rgb"),
    "planes.tif": lambda: tiff(np.moveaxis(RGB, 2, 0), photometric="rgb", planarconfig="separate"),
    "planes-float.tif": lambda: tiff(np.moveaxis(RGB / 255.0, 2, 0), photometric="rgb", planarconfig="separate"),
    "deflate.tif": lambda: tiff(DEEP, compression="zlib", predictor=True),
    "big-endian.tif": lambda: tiff(DEEP, byteorder=">"),
    "bigtiff.tif": lambda: tiff(DEEP, bigtiff=True),
    "tiled.tif": lambda: tiff(RGB, tile=(16, 16), photometric="rgb"),
    "pages.tif": lambda: tiff(GREY, pages=[GREY, GREY[::2], 255 - GREY]),
    "pyramid.tif": pyramid,
    "lzw.tif": lambda: pil(_RGB, "TIFF", compression="tiff_lzw"),
    "jpeg.tif": lambda: pil(_RGB, "TIFF", compression="jpeg"),
    "packbits.tif": lambda: pil(_L, "TIFF", compression="packbits"),
    "fax.tif": lambda: pil(_L.convert("1"), "TIFF", compression="group4"),
    "cmyk.tif": lambda: pil(_cmyk(), "TIFF"),
    "lab.tif": lambda: pil(_lab(), "TIFF"),
    "palette.tif": lambda: pil(_RGB.quantize(16), "TIFF"),
    "turned.tif": lambda: pil(_RGB, "TIFF", exif=_exif(6)),
    "volume.nii": lambda: nifti(_volume()),
    "packed.nii.gz": lambda: gzip.compress(nifti(_volume()), mtime=0),
    "moments.nii": lambda: nifti(np.stack([_volume(np.float32)] * 2, axis=3)),
    "scaled.nii": lambda: nifti(_volume(np.uint8), slope_inter=(2.0, -100.0)),
    "rgb.nii": lambda: nifti(_rgb_volume()),
    "second.nii": lambda: nifti(_volume(), second=True),
    "big-endian.nii": lambda: nifti(_volume(), big=True),
    "side.nii": lambda: nifti(_volume(), affine=SIDEWAYS),
    "ct.dcm": lambda: dicom(
        ramp(3000, np.int16),
        Modality="CT",
        RescaleSlope=1,
        RescaleIntercept=-1024,
        WindowCenter=[40, 300],
        WindowWidth=[400, 1500],
        WindowCenterWidthExplanation=["SOFT", "BONE"],
        PixelSpacing=[0.5, 0.25],
    ),
    "white-first.dcm": lambda: dicom(DEEP, PhotometricInterpretation="MONOCHROME1", BitsStored=12, HighBit=11),
    "signed8.dcm": lambda: dicom(ramp(200, np.int16).astype(np.int8)),
    "implicit.dcm": lambda: dicom(DEEP, "1.2.840.10008.1.2"),
    "big-endian.dcm": lambda: dicom(DEEP, "1.2.840.10008.1.2.2"),
    "deflated.dcm": lambda: dicom(DEEP, "1.2.840.10008.1.2.1.99"),
    "rle.dcm": lambda: dicom(DEEP, "1.2.840.10008.1.2.5"),
    "rgb.dcm": lambda: dicom(RGB),
    "frames.dcm": lambda: dicom(np.stack([DEEP, DEEP // 2, DEEP // 4]), PixelAspectRatio=[3, 2]),
    "palette.dcm": palette,
    "groups.dcm": functional_groups,
    "tables.dcm": lambda: dicom(
        DEEP,
        VOILUTSequence=_items(LUTDescriptor=[4096, 0, 16], LUTData=(np.arange(4096) * 16).astype(np.uint16).tobytes()),
        ModalityLUTSequence=_items(
            LUTDescriptor=[4096, 0, 16],
            LUTData=np.arange(4096, dtype=np.uint16)[::-1].tobytes(),
            ModalityLUTType="US",
        ),
    ),
}


COLOURS: dict[str, float] = {
    "rgb.png": 0.1,
    "rgb16.png": 0.1,
    "turned.png": 0.1,
    "rgb.jpg": 6,
    "turned.jpg": 8,
    "progressive.jpg": 8,
    "cmyk.jpg": 12,
    "colour.bmp": 0.1,
    "exact.webp": 0.1,
    "rgb.jp2": 3,
    "rgb8.tif": 0.1,
    "rgb16.tif": 0.1,
    "planes.tif": 0.1,
    "planes-float.tif": 1,
    "tiled.tif": 0.1,
    "lzw.tif": 0.1,
    "jpeg.tif": 8,
    "cmyk.tif": 2,
    "lab.tif": 4,
    "rgb.dcm": 0.1,
}
"""Files that show `RGB`, and how far they may be from it, in grey levels on the mean."""


def make_zoo(folder: Path) -> list[Path]:
    """Write every animal of the zoo into a folder."""
    paths = []
    for name, make in ZOO.items():
        path = folder / name
        path.write_bytes(make())
        paths.append(path)
    return paths
