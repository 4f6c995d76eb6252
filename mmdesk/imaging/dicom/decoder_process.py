"""Compressed DICOM frames are decoded in a helper process: a decoder that dies takes nothing along.

The decoders for JPEG, JPEG-LS and JPEG 2000 inside DICOM end the whole process on some damaged
files (found by `tests/fuzz_images.py`), loop, or take memory without limit; Python cannot stop
them from outside. Starting the helper costs half a second once, a frame of a few megabytes some
milliseconds. It ends with this process.
"""

from __future__ import annotations

import atexit
import json
import signal
import subprocess
import threading
from collections.abc import Mapping
from contextlib import suppress
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from mmdesk.imaging.base.picture import unreadable
from mmdesk.support.own_process import own_command, own_environment
from mmdesk.words import tr

SECONDS = 5.0
"""Processor time that the helper has for a frame, where the system can limit it."""
PATIENCE = 8.0
"""How many times as long the helper may take by the clock: the computer may be busy."""
PIXELS_A_SECOND = 4_000_000
"""A frame of more pixels than `SECONDS` allow at this speed has longer."""
STARTING = 20.0
"""Time that the helper has to start, added to its first frame."""


class DecoderProcess:
    """The helper process; one frame at a time, from any thread.

    Args:
        command: Program and arguments; the program's own hidden decoder when None.
        seconds: Time for a frame.
    """

    def __init__(self, command: list[str] | None = None, seconds: float = SECONDS) -> None:
        self._command = command
        self._seconds = seconds
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None

    def decode(self, stream: bytes, options: Mapping[str, Any]) -> NDArray[Any]:
        """Return a compressed frame's values, colours as RGB.

        Args:
            stream: The frame as it is in the file.
            options: What pydicom's decoders want to know, and `syntax`, the transfer syntax.

        Raises:
            ImageProblem: The decoder refused, died or took too long.
        """
        pixels = int(options.get("rows", 0)) * int(options.get("columns", 0))
        limit = max(self._seconds, pixels / PIXELS_A_SECOND)
        with self._lock:
            if self._process is not None and self._process.poll() is None:
                try:
                    return self._within(self._process, stream, options, limit)
                except EOFError:
                    self._end()
            self._process = self._started()
            try:
                return self._within(self._process, stream, options, limit + STARTING)
            except EOFError as why:
                self._end()
                raise unreadable(tr("the file is damaged"), tr("the decoder died of it")) from why

    def _within(
        self, process: subprocess.Popen[bytes], stream: bytes, options: Mapping[str, Any], limit: float
    ) -> NDArray[Any]:
        """Ask a helper and stop it when it takes longer than `limit` seconds.

        Raises:
            ImageProblem: It refused, or was stopped.
            EOFError: It is gone: of this frame, or still of the one before.
        """
        late = threading.Event()
        timer = threading.Timer(PATIENCE * limit, self._stop, (process, late))
        timer.start()
        try:
            return self._exchange(process, stream, {**options, "seconds": limit})
        except (OSError, EOFError, ValueError) as why:
            if late.is_set() or _out_of_time(process):
                self._end()
                raise unreadable(
                    tr("it takes too long to read"), tr("decoder stopped, {limit:.0f} s", limit=limit)
                ) from why
            raise EOFError from why
        finally:
            timer.cancel()
            timer.join()

    def close(self) -> None:
        """End the helper; the next frame starts another."""
        with self._lock:
            self._end()

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with suppress(OSError):
                    pipe.close()

    def _started(self) -> subprocess.Popen[bytes]:
        self._end()
        return subprocess.Popen(  # noqa: S603  (our own program)
            self._command or own_command("decoder"),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=own_environment(OPENBLAS_NUM_THREADS="1", OMP_NUM_THREADS="1"),
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )

    @staticmethod
    def _stop(process: subprocess.Popen[bytes], late: threading.Event) -> None:
        late.set()
        process.kill()

    @staticmethod
    def _exchange(process: subprocess.Popen[bytes], stream: bytes, options: Mapping[str, Any]) -> NDArray[Any]:
        to, back = process.stdin, process.stdout
        if to is None or back is None:
            raise EOFError
        send(to, dict(options), stream)
        answer, values = receive(back)
        if "problem" in answer:
            raise unreadable(str(answer["problem"]), str(answer.get("details", "")))
        return np.frombuffer(values, np.dtype(answer["dtype"])).reshape(answer["shape"])


def _out_of_time(process: subprocess.Popen[bytes]) -> bool:
    """Tell whether the system ended the helper for the processor time that it took."""
    with suppress(subprocess.TimeoutExpired):
        return process.wait(2.0) == -getattr(signal, "SIGXCPU", 0) != 0
    return False


def send(pipe: IO[bytes], words: dict[str, Any], data: bytes | memoryview) -> None:
    """Write a line of JSON and the bytes that belong to it."""
    pipe.write(json.dumps({**words, "bytes": len(data)}).encode() + b"\n")
    pipe.write(data)
    pipe.flush()


def receive(pipe: IO[bytes]) -> tuple[dict[str, Any], bytes]:
    """Read what `send` wrote.

    Raises:
        EOFError: The other side is gone.
    """
    line = pipe.readline()
    if not line:
        raise EOFError
    words = json.loads(line)
    data = pipe.read(words["bytes"])
    if len(data) < words["bytes"]:
        raise EOFError
    return words, data


DECODER = DecoderProcess()
"""The program's helper."""
atexit.register(DECODER.close)
