"""The helper process that decodes compressed DICOM frames; see `aside`."""

from __future__ import annotations

import os
import sys
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mmdesk.core.errors import ImageProblem
from mmdesk.imaging.base.picture import unreadable
from mmdesk.imaging.dicom.decoder_process import receive, send
from mmdesk.imaging.dicom.file import quiet_pydicom
from mmdesk.words import tr

MOST = 1 << 30
"""Bytes that decoding may take beyond what the process had when it was ready."""
_EXTENDED = "1.2.840.10008.1.2.4.51"


def main() -> int:
    """Decode frames until the other side closes its end."""
    back = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    quiet_pydicom()
    _limit_memory()
    while True:
        try:
            options, stream = receive(sys.stdin.buffer)
        except EOFError:
            return 0
        del options["bytes"]
        _limit_time(float(options.pop("seconds")))
        try:
            values = np.ascontiguousarray(decoded(stream, options))
        except ImageProblem as problem:
            why = problem.what.removeprefix(tr("This image cannot be read: ")).removesuffix(".")
            send(back, {"problem": why, "details": problem.details}, b"")
        except Exception as why:  # noqa: BLE001  (whatever a decoder raises belongs in the answer)
            send(back, {"problem": tr("the file is damaged"), "details": str(why)[:500]}, b"")
        else:
            send(back, {"dtype": values.dtype.str, "shape": values.shape}, values.data.cast("B"))


def decoded(stream: bytes, options: dict[str, Any]) -> NDArray[Any]:
    """Return a compressed frame's values.

    Raises:
        ImageProblem: Each decoder for the transfer syntax refused it.
        Exception: What the decoders raise.
    """
    from pydicom.encaps import encapsulate
    from pydicom.pixels import get_decoder
    from pydicom.uid import UID

    syntax = UID(options.pop("syntax"))
    if syntax == _EXTENDED and int(options["bits_stored"]) > 8:
        return _extended(stream, options)
    given = {**options, "number_of_frames": 1, "transfer_syntax_uid": syntax}
    try:
        values: NDArray[Any] = get_decoder(syntax).as_array(encapsulate([stream]), index=0, **given)[0]
    except RuntimeError as why:
        raise unreadable(
            tr("its compression ({name}) cannot be undone here", name=syntax.name), str(why)[:500]
        ) from why
    return values


def _extended(stream: bytes, options: dict[str, Any]) -> NDArray[Any]:
    """Decode 12-bit JPEG by GDCM, which can, though pydicom does not ask it."""
    import gdcm

    fragment = gdcm.Fragment()
    fragment.SetByteStringValue(stream)
    fragments = gdcm.SequenceOfFragments.New()
    fragments.AddFragment(fragment)
    element = gdcm.DataElement(gdcm.Tag(0x7FE0, 0x0010))
    element.SetValue(fragments.__ref__())
    image = gdcm.Image()
    image.SetNumberOfDimensions(2)
    image.SetDimensions((options["columns"], options["rows"], 1))
    image.SetDataElement(element)
    tone = gdcm.PhotometricInterpretation.GetPIType(options["photometric_interpretation"])
    image.SetPhotometricInterpretation(gdcm.PhotometricInterpretation(tone))
    image.SetTransferSyntax(gdcm.TransferSyntax(gdcm.TransferSyntax.GetTSType(_EXTENDED)))
    stored = int(options["bits_stored"])
    image.SetPixelFormat(gdcm.PixelFormat(1, 16, stored, stored - 1, int(options["pixel_representation"])))
    data = image.GetBuffer().encode("utf-8", "surrogateescape")
    kind = np.int16 if options["pixel_representation"] else np.uint16
    size = options["rows"] * options["columns"]
    if options["samples_per_pixel"] != 1 or len(data) < 2 * size:
        raise unreadable(tr("the file is damaged"), tr("{count} bytes decoded", count=len(data)))
    return np.frombuffer(data, kind, size).reshape(options["rows"], options["columns"])


def _limit_time(seconds: float) -> None:
    """Let the system end this process when it takes more processor time from here on."""
    if sys.platform == "win32":
        return
    import resource
    import time

    most = resource.getrlimit(resource.RLIMIT_CPU)[1]
    resource.setrlimit(resource.RLIMIT_CPU, (int(time.process_time() + seconds) + 1, most))


def _limit_memory() -> None:
    """Let the system refuse memory beyond `MOST`, where it can."""
    if sys.platform != "linux":
        return
    import resource
    from pathlib import Path

    import gdcm
    import openjpeg

    del gdcm, openjpeg
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    limit = pages * resource.getpagesize() + MOST
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
