"""DICOM files: header read within bounds, frames decoded one at a time, values before any window."""

from __future__ import annotations

import logging
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mmdesk.core.errors import ImageProblem
from mmdesk.imaging.base.codestream import claimed_size, passes
from mmdesk.imaging.base.colour import to_srgb
from mmdesk.imaging.base.limited_reader import HEADER_BYTES, LimitedBytes, LimitedReader
from mmdesk.imaging.base.picture import DAMAGE, MOST_FRAMES, MOST_PIXELS, refuse_large, unreadable
from mmdesk.imaging.base.signatures import is_bare_dicom
from mmdesk.imaging.base.source import ImageSource
from mmdesk.imaging.base.window import CT, Window
from mmdesk.imaging.dicom.decoder_process import DECODER
from mmdesk.imaging.dicom.layout import layout_of, roughness, settled
from mmdesk.imaging.dicom.values import Values, frame_group, values_of, windows_of
from mmdesk.imaging.endings import WHOLE, ended, lacks_end
from mmdesk.words import tr

MOST_INFLATED = 1 << 29
"""Bytes that a deflated file may unfold to."""
_MOST_PASSES = 200
_RLE = "1.2.840.10008.1.2.5"
_IMPLICIT, _EXPLICIT = "1.2.840.10008.1.2", "1.2.840.10008.1.2.1"
_PIXEL_GROUP = 0x7FE0
_LONG = frozenset({b"OB", b"OW", b"OF", b"OD", b"UN", b"OL", b"OV"})
_PIXEL_DATA = {0x7FE00008: "FloatPixelData", 0x7FE00009: "DoubleFloatPixelData", 0x7FE00010: "PixelData"}


def quiet_pydicom() -> None:
    """Let pydicom take files as they are, without a word in the log for each oddity."""
    from pydicom import config

    config.settings.reading_validation_mode = config.IGNORE
    logging.getLogger("pydicom").setLevel(logging.CRITICAL)


class Header:
    """What a DICOM file says before its pixels, and where these begin.

    Args:
        file: The file; all of it is read when it is deflated, else only what describes it.

    Attributes:
        dataset: All elements before the pixels.
        syntax: The transfer syntax's UID.
        file: Where the pixels are read from.
        keyword: `PixelData`, `FloatPixelData`, `DoubleFloatPixelData`, or "" without a picture.
        vr: Value representation of the pixels.
        pixels_at: Their place in `file`.
        length: Their bytes; None where they are compressed and the end is found by reading.
        notes: What was taken for granted, one sentence each.

    Raises:
        ImageProblem: Damaged, cut short, or without a transfer syntax.
    """

    def __init__(self, file: LimitedReader) -> None:
        self.file = file
        self.keyword, self.vr, self.pixels_at = "", "OW", 0
        self.length: int | None = None
        self.notes: tuple[str, ...] = ()
        quiet_pydicom()
        file.limit.look(HEADER_BYTES)
        with plainly():
            self._read()

    def _read(self) -> None:
        from pydicom.filereader import _read_file_meta_info, read_dataset, read_preamble
        from pydicom.uid import UID

        self.file.seek(0)
        bare = is_bare_dicom(self.file.read(132))
        self.file.seek(0)
        read_preamble(self.file, force=bare)
        meta = _read_file_meta_info(self.file)
        named = meta.get("TransferSyntaxUID")
        if bare:
            named = named or self._guessed()
            self.notes = (tr("This file lacks the start that marks a DICOM file; it is read as one."),)
        if not named:
            raise unreadable(tr("this DICOM file does not name its transfer syntax"))
        self.syntax = UID(named)
        if self.syntax.is_deflated and self.syntax.endswith(".1.99"):
            self.file.limit.look()
            self.file = LimitedBytes(_inflated(self.file.read()))
        implicit, little = _encoding(self.syntax)
        self.dataset: Any = read_dataset(self.file, implicit, little, stop_when=_at_pixels)
        self.dataset.file_meta = meta
        self.dataset.set_original_encoding(implicit, little)
        self._find_pixels(implicit=implicit, little=little)

    def _guessed(self) -> str:
        """Return the uncompressed transfer syntax that the first element is written in."""
        at = self.file.tell()
        kind = self.file.read(6)[4:]
        self.file.seek(at)
        return _EXPLICIT if kind.isalpha() and kind.isupper() else _IMPLICIT

    def _find_pixels(self, *, implicit: bool, little: bool) -> None:
        order: Literal["little", "big"] = "little" if little else "big"
        while len(start := self.file.read(8)) == 8:
            tag = (int.from_bytes(start[:2], order) << 16) + int.from_bytes(start[2:4], order)
            vr = b"" if implicit else start[4:6]
            long = vr in _LONG
            length = int.from_bytes(self.file.read(4) if long else start[4:8] if implicit else start[6:8], order)
            if tag in _PIXEL_DATA:
                self.keyword, self.vr = _PIXEL_DATA[tag], vr.decode("ascii", "replace") or "OW"
                self.pixels_at = self.file.tell()
                self.length = None if length == 0xFFFFFFFF else length
                return
            if tag >> 16 != _PIXEL_GROUP or length == 0xFFFFFFFF:
                return
            self.file.seek(length, 1)


class DicomSource(ImageSource):
    """The frames of a DICOM file.

    Args:
        file: Open; closed with the source.

    Raises:
        ImageProblem: No picture in it, too large, damaged, or in a compression that is not
            read here; the compression and what would read it are named.
    """

    stored = False

    def __init__(self, file: LimitedReader) -> None:
        super().__init__()
        self._file = file
        self._header = Header(file)
        with plainly():
            self._describe()

    def _describe(self) -> None:
        dataset, syntax = self._header.dataset, self._header.syntax
        if not self._header.keyword or "Columns" not in dataset or "Rows" not in dataset:
            raise unreadable(tr("this DICOM file holds no picture"))
        self.size = int(dataset.Columns), int(dataset.Rows)
        refuse_large(*self.size)
        if not _readable(syntax):
            raise _unknown(syntax)
        if self._header.length is None and not syntax.is_encapsulated:
            raise unreadable(tr("this DICOM file does not name its compression"))
        claimed = _whole(dataset.get("NumberOfFrames"))
        if claimed is None and "NumberOfFrames" in dataset:
            del dataset["NumberOfFrames"]
        claimed = claimed or 1
        self.frames = min(max(claimed, 1), MOST_FRAMES)
        self.syntax = str(syntax.name)
        self._layout = layout_of(
            dataset,
            self._header.length if not syntax.is_encapsulated else None,
            native=not syntax.is_encapsulated,
            fraction=self._header.keyword != "PixelData",
            frames=claimed,
        )
        self.bits = self._layout.bits
        self._values = Values(dataset, self._layout)
        self.kind = "rgb" if self._values.colour else "grey"
        if self.kind == "grey":
            self.inverted = self._values.tone == "MONOCHROME1"
            self.unit = self._values.unit
            self.windows = self.windows_of(0)
            self.presets = CT if self.unit == "HU" else ()
            if not self.windows and dataset.get("WindowCenter") not in (None, ""):
                self._say(tr("The window in this file is of no use; it opens with percentiles."))
        self.spacing, self.aspect, spacing_note = self._values.spacing()
        notes = [*self.notes, *self._header.notes, *self._layout.notes, *self._values.notes, spacing_note]
        if claimed > MOST_FRAMES:
            notes.append(
                tr(
                    "{claimed} frames in this file; the first {most_frames} are shown.",
                    claimed=claimed,
                    most_frames=MOST_FRAMES,
                )
            )
        self.notes = tuple(note for note in notes if note)

    def windows_of(self, frame: int) -> tuple[Window, ...]:
        """Return the windows and look-up tables that the file brings for a frame."""
        if self.kind != "grey":
            return ()
        try:
            with plainly():
                return windows_of(self._header.dataset, frame)
        except ImageProblem:
            return ()

    def frame_places(self) -> list[SimpleNamespace]:
        """Return what tells where each frame lies in the patient: `ImagePositionPatient` and its directions."""
        dataset = self._header.dataset
        found = []
        for frame in range(self.frames):
            position = frame_group(dataset, frame, "PlanePositionSequence")
            plane = frame_group(dataset, frame, "PlaneOrientationSequence")
            found.append(
                SimpleNamespace(
                    ImagePositionPatient=getattr(position, "ImagePositionPatient", None),
                    ImageOrientationPatient=getattr(plane, "ImageOrientationPatient", None),
                )
            )
        return found

    def _counted(self, values: NDArray[Any], frame: int) -> NDArray[Any]:
        """Leave out the padding around the picture."""
        return self._values.counted(values, frame)

    def close(self) -> None:
        """Let go of the file."""
        super().close()
        self._file.close()
        self._header.file.close()

    def _frame(self, frame: int, scale: float) -> tuple[NDArray[Any], float]:
        del scale
        with plainly():
            stored, note = settled(self._stored(frame), self._layout)
            values, told = values_of(stored, self._values, frame)
            self._say(note)
            self._say(told)
            profile = self._header.dataset.get("ICCProfile")
            if self.kind == "rgb" and profile:
                image, said = to_srgb(Image.fromarray(values), bytes(profile))
                self._say(said)
                values = np.array(image)
            return values, 1.0

    def _stored(self, frame: int) -> NDArray[Any]:
        """Decode one frame as stored, colours as RGB."""
        from pydicom.pixels import get_decoder
        from pydicom.pixels.utils import as_pixel_options

        header = self._header
        options = as_pixel_options(header.dataset) | self._layout.options
        options |= {"transfer_syntax_uid": header.syntax, "pixel_keyword": header.keyword}
        if header.syntax.is_little_endian is not None and not header.syntax.is_implicit_VR:
            options["pixel_vr"] = header.vr
        if self._layout.deep_ybr:
            options["as_rgb"] = False
        self._refuse_bytes(options)
        header.file.limit.look()
        if header.syntax.is_encapsulated and header.syntax != _RLE:
            return self._decoded_aside(frame, options)
        if not header.syntax.is_encapsulated:
            self._check_length(frame, options)
        if self._layout.planar is None and self._layout.samples > 1:
            self._layout = replace(self._layout, planar=self._planes(options))
        options |= {**self._layout.options, "correct_unused_bits": False}
        header.file.seek(header.pixels_at)
        try:
            stored: NDArray[Any] = get_decoder(header.syntax).as_array(header.file, index=frame, **options)[0]
        except RuntimeError as why:
            if isinstance(why, RecursionError):
                raise
            raise unreadable(
                tr("its compression ({name}) cannot be undone here", name=header.syntax.name), str(why)
            ) from why
        return stored

    def _planes(self, options: dict[str, Any]) -> int:
        """Find out from the first frame whether colours lie plane by plane, which the file does not say."""
        from pydicom.pixels import get_decoder

        rough = []
        for planar in (0, 1):
            self._header.file.seek(self._header.pixels_at)
            decoder = get_decoder(self._header.syntax)
            pixels = decoder.as_array(self._header.file, index=0, **options | {"planar_configuration": planar})[0]
            rough.append(roughness(pixels))
        planar = int(2 * rough[1] < rough[0])
        way = tr("one plane after the other") if planar else tr("pixel by pixel")
        self._say(tr("This file does not say how its colours lie; they are read {way}, by how they look.", way=way))
        return planar

    def _decoded_aside(self, frame: int, options: dict[str, Any]) -> NDArray[Any]:
        """Let the helper process decode a frame, after a look at its own header."""
        from pydicom.encaps import get_frame

        header = self._header
        header.file.seek(header.pixels_at)
        stream = get_frame(header.file, frame, number_of_frames=self.frames)
        self._check_stream(stream)
        cut = lacks_end(stream)
        if cut and stream[:2] == b"\xff\xd8":
            stream = self._ended(stream)
        plain = {name: value for name, value in options.items() if isinstance(value, (int, str))}
        plain.pop("transfer_syntax_uid")
        try:
            values = DECODER.decode(stream, {**plain, "syntax": str.__str__(header.syntax)})
        except ImageProblem as why:
            if not cut:
                raise
            raise unreadable(tr("the file ends early"), why.details) from why
        self._say(WHOLE if cut else "")
        if values.shape[:2] != (self.size[1], self.size[0]):
            raise unreadable(tr("the file is damaged"), tr("a frame of {shape}", shape=values.shape))
        return values

    @staticmethod
    def _ended(stream: bytes) -> bytes:
        """Return a JPEG with its end mark, if no pixel is missing; others end by their own decoders."""
        try:
            whole = ended(stream)
        except DAMAGE:
            return stream
        if whole is None:
            raise unreadable(tr("the file ends early"))
        return whole

    def _refuse_bytes(self, options: dict[str, Any]) -> None:
        samples, bits = int(options.get("samples_per_pixel", 1)), int(options.get("bits_allocated", 8))
        if self.size[0] * self.size[1] * samples * max(bits, 8) // 8 > 4 * MOST_PIXELS:
            raise unreadable(
                tr(
                    "it is too large ({size} x {size_2} pixels of {bits} bits)",
                    size=self.size[0],
                    size_2=self.size[1],
                    bits=bits,
                )
            )

    def _check_length(self, frame: int, options: dict[str, Any]) -> None:
        """Refuse a frame that begins or ends after the end of the file."""
        bits = self.size[0] * self.size[1] * int(options["samples_per_pixel"]) * int(options["bits_allocated"])
        if "422" in str(options["photometric_interpretation"]):
            bits = bits * 2 // 3
        if self._header.pixels_at + bits * (frame + 1) // 8 > self._header.file.length:
            raise unreadable(tr("the file ends early"))

    def _check_stream(self, stream: bytes) -> None:
        """Refuse a compressed frame whose own header tells of another size than the file's."""
        size = claimed_size(stream)
        if size is None:
            return
        if size[:2] != self.size or size[2] > 4:
            raise unreadable(
                tr("the file is damaged"),
                tr(
                    "{size} x {size_2} pixels in the stream, {size_3} x {size_4} in the header",
                    size=size[0],
                    size_2=size[1],
                    size_3=self.size[0],
                    size_4=self.size[1],
                ),
            )
        if stream[:2] == b"\xff\xd8" and passes(stream) > _MOST_PASSES:
            raise unreadable(tr("it takes too long to read"), f"{passes(stream)} scans")


@contextmanager
def plainly() -> Iterator[None]:
    """Turn what pydicom and the decoders raise on damaged files into the problem of such a file."""
    from pydicom.errors import BytesLengthException, InvalidDicomError

    try:
        yield
    except (*DAMAGE, BytesLengthException, InvalidDicomError) as why:
        raise damaged(why) from why


def damaged(why: BaseException) -> ImageProblem:
    """Return the problem of a DICOM file that made a decoder stumble."""
    text = str(why)
    early = isinstance(why, EOFError) or "less than expected" in text or "end of file" in text.lower()
    return unreadable(tr("the file ends early") if early else tr("the file is damaged"), text)


def _whole(value: Any) -> int | None:
    """Return a whole number, None where it is not there or written badly."""
    try:
        return int(value)
    except (TypeError, ValueError):
        return None


def _at_pixels(tag: Any, vr: str | None, length: int) -> bool:
    del vr, length
    return bool(tag.group == _PIXEL_GROUP)


def _encoding(syntax: Any) -> tuple[bool, bool]:
    """Return whether elements are written without their kind, and least byte first."""
    if syntax.is_private or not syntax.is_transfer_syntax:
        return False, True
    return bool(syntax.is_implicit_VR), bool(syntax.is_little_endian)


def _inflated(data: bytes) -> bytes:
    unfolding = zlib.decompressobj(-zlib.MAX_WBITS)
    unfolded = unfolding.decompress(data, MOST_INFLATED)
    if unfolding.unconsumed_tail:
        raise unreadable(tr("it unfolds to more than {most_inflated} MB", most_inflated=MOST_INFLATED >> 20))
    return unfolded


def _readable(syntax: Any) -> bool:
    from pydicom.pixels import get_decoder

    try:
        return bool(get_decoder(syntax).is_available)
    except NotImplementedError:
        return False


def _unknown(syntax: Any) -> ImageProblem:
    name = str(syntax.name)
    if "MPEG" in name or "HEVC" in name or "H.264" in name:
        do = tr("It is a film: a DICOM viewer with video reads it. Export single pictures from there.")
    elif "JPIP" in name:
        do = tr("Its pixels are on a server: fetch the whole file from there.")
    elif "JPEG XL" in name:
        do = tr("A DICOM tool with JPEG XL reads it: let it write the file uncompressed or as JPEG 2000.")
    elif syntax.is_private or name == str(syntax):
        do = tr("Only the maker's own program reads it: let it write the file uncompressed or as JPEG 2000.")
    else:
        do = tr("A DICOM tool such as gdcmconv or dcmconv may write it uncompressed.")
    return unreadable(
        tr("its compression ({name}) is not read here", name=name), tr("transfer syntax {syntax}", syntax=syntax), do
    )
