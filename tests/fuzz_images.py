"""Mutated image files, each opened in a child process that must not crash, hang or overrun.

    python -m tests.fuzz_images [--count 10000] [--seed 1] [--from 0] [--one NUMBER]

The same seed and count make the same files. A file may be opened or refused with an `ImageProblem`;
anything else that it does is listed, with the number that makes it again (`--one NUMBER`).
"""

from __future__ import annotations

import argparse
import contextlib
import gzip
import json
import os
import queue
import struct
import subprocess
import sys
import tempfile
import threading
import time
import warnings
import zlib
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

SECONDS = 5.0
"""Processor time that one file may take."""
MOST = 1 << 30
"""Memory that one file may take above what the process had, in bytes."""
PATIENCE = 30.0
"""Seconds of silence after which the child is taken to hang."""
LARGEST_SEED = 150_000
NUMBERS = (0, 1, 2, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)


@dataclass(slots=True)
class Outcome:
    """What became of all files.

    Attributes:
        kinds: `opened`, `refused` and others, by kind of file.
        words: How often each refusal was said.
        bad: Files that did what none may: number, seed file, what.
        slowest: Processor seconds of the slowest file, and its number.
        largest: Bytes that the largest file took, and its number.
        done: Files tried.
    """

    kinds: Counter[tuple[str, str]] = field(default_factory=Counter)
    words: Counter[str] = field(default_factory=Counter)
    bad: list[tuple[int, str, str]] = field(default_factory=list)
    slowest: tuple[float, int] = (0.0, -1)
    largest: tuple[int, int] = (0, -1)
    done: int = 0


def seeds(folder: Path) -> list[Path]:
    """Return the files that are mutated: the zoo, its odd relatives, and small files of pydicom."""
    from pydicom.data import get_testdata_files

    from tests.corpus.rasters import RASTERS
    from tests.corpus.relatives import RELATIVES
    from tests.corpus.zoo import make_zoo

    found = make_zoo(folder)
    for name, relative in (RELATIVES | RASTERS).items():
        found.append(folder / f"odd-{name}")
        found[-1].write_bytes(relative.make())
    brought = Path(next(iter(get_testdata_files("CT_small.dcm")))).parent
    found += [path for path in sorted(brought.glob("*.dcm")) if path.stat().st_size <= LARGEST_SEED]
    return found


def mutated(path: Path, others: list[Path], rng: np.random.Generator) -> bytes:
    """Return a file's bytes with some of them changed."""
    data = path.read_bytes()
    packed = data[:2] == b"\x1f\x8b" and rng.random() < 0.7
    changed = _changed(bytearray(gzip.decompress(data) if packed else data), others, rng)
    if packed:
        return gzip.compress(changed, mtime=0)
    return _with_sums(changed) if data[:4] == b"\x89PNG" and rng.random() < 0.7 else changed


def _changed(data: bytearray, others: list[Path], rng: np.random.Generator) -> bytes:
    for _ in range(int(rng.integers(1, 4))):
        size = len(data)
        if not size:
            break
        head = min(size, int(rng.choice([64, 512, size, size])))
        at = int(rng.integers(0, head))
        match int(rng.integers(0, 8)):
            case 0:
                data[at] ^= 1 << int(rng.integers(0, 8))
            case 1:
                data[at] = int(rng.integers(0, 256))
            case 2:
                order, width = str(rng.choice(["<", ">"])), int(rng.integers(1, 5))
                number = int(rng.choice(NUMBERS)) if rng.random() < 0.7 else int(rng.integers(0, 1 << 32))
                raw = struct.pack(f"{order}I", number)
                data[at : at + width] = raw[:width] if order == "<" else raw[-width:]
            case 3:
                del data[int(rng.integers(0, size)) :]
            case 4:
                length = int(rng.integers(1, 1 + min(size, 64)))
                data[at : at + length] = bytes(length)
            case 5:
                length = int(rng.integers(1, 1 + min(size, 200)))
                data[at:at] = data[at : at + length] * int(rng.integers(1, 20))
            case 6:
                del data[at : at + int(rng.integers(1, 1 + min(size, 100)))]
            case _:
                other = others[int(rng.integers(0, len(others)))].read_bytes()
                start = int(rng.integers(0, len(other)))
                length = int(rng.integers(1, 400))
                data[at : at + length] = other[start : start + length]
    return bytes(data)


def _with_sums(data: bytes) -> bytes:
    """Return a PNG whose chunks have the sums that they should, so that they are looked into."""
    fixed, at = bytearray(data), 8
    while at + 12 <= len(fixed):
        length = int.from_bytes(fixed[at : at + 4])
        end = at + 8 + length
        if end + 4 > len(fixed):
            break
        fixed[end : end + 4] = struct.pack(">I", zlib.crc32(fixed[at + 4 : end]))
        at = end + 4
    return bytes(fixed)


def look_at(path: Path) -> str:
    """Open a file in all the ways the program does; return what became of it."""
    from mmdesk.core.errors import ImageProblem
    from mmdesk.imaging.base.window import window_to_bytes
    from mmdesk.imaging.decode import decode, decode_for_model
    from mmdesk.imaging.opening import open_image

    try:
        with open_image(path) as source:
            for frame in {0, source.frames // 2, source.frames - 1}:
                plane = source.read(frame, (64, 64))
                if plane.grey:
                    window_to_bytes(plane.pixels, source.first_window(plane, frame), invert=source.inverted)
                width, height = source.size_of(frame)
                source.value_at(width // 2, height // 2, frame)
            source.read(0, (32, 32), (source.size[0] // 3, source.size[1] // 3, 40, 40))
        decode(path, (64, 64))
        decode_for_model(path, 32)
    except ImageProblem as problem:
        if not problem.what.startswith("This image cannot be read: "):
            return f"WORDS {problem.what}"
        return f"refused {problem.what[27:]}"
    return "opened"


def child(folder: Path, seed: int, numbers: range) -> None:
    """Try files by their numbers, telling the parent before and after each on a line."""
    import resource

    warnings.simplefilter("ignore")
    files = seeds(folder)
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    for path in files[:3]:
        look_at(path)
    before = _memory()["VmRSS"]
    limit = _memory()["VmSize"] + 4 * MOST
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    place = folder / "mutant"
    for number in numbers:
        rng = np.random.default_rng((seed, number))
        path = files[number % len(files)]
        place.write_bytes(mutated(path, files, rng))
        print(f"try {number} {path.name}", flush=True)
        Path("/proc/self/clear_refs").write_text("5")
        start = time.process_time()
        try:
            said = look_at(place)
        except BaseException as why:  # noqa: BLE001
            said = f"RAISED {type(why).__name__}: {why}"[:300].replace("\n", " ")
        spent = time.process_time() - start
        print(json.dumps([number, path.name, said, spent, _memory()["VmHWM"] - before]), flush=True)


def _memory() -> dict[str, int]:
    lines = Path("/proc/self/status").read_text().splitlines()
    return {line.split(":")[0]: int(line.split()[1]) * 1024 for line in lines if line.startswith("Vm")}


def run(count: int, seed: int, start: int = 0) -> Outcome:
    """Try files in child processes; one that dies is followed by another."""
    outcome = Outcome()
    with tempfile.TemporaryDirectory() as folder:
        while start < count:
            start = _one_child(Path(folder), seed, range(start, count), outcome)
    return outcome


def _one_child(folder: Path, seed: int, numbers: range, outcome: Outcome) -> int:
    """Follow one child; return the number that the next one begins with."""
    command = [sys.executable, "-m", "tests.fuzz_images", "--child", str(folder), "--seed", str(seed)]
    command += ["--from", str(numbers.start), "--count", str(numbers.stop)]
    root = Path(__file__).resolve().parents[1]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, cwd=root, env=os.environ
    )
    lines: queue.Queue[str | None] = queue.Queue()
    reader = threading.Thread(target=_pass_on, args=(process, lines))
    reader.start()
    trying, name = numbers.start, ""
    hung = False
    while True:
        try:
            line = lines.get(timeout=PATIENCE)
        except queue.Empty:
            hung = True
            break
        if line is None:
            break
        if line.startswith("try "):
            _, number, name = line.split(maxsplit=2)
            trying = int(number)
        elif line.startswith("["):
            _count(json.loads(line), outcome)
            trying += 1
    process.kill()
    code = process.wait()
    reader.join()
    process.stdout.close()
    if trying >= numbers.stop:
        return numbers.stop
    what = f"HUNG for {PATIENCE:.0f} s" if hung else f"CRASHED with code {code}"
    outcome.bad.append((trying, name.strip(), what))
    outcome.kinds[name.strip().rsplit(".", 1)[-1], "bad"] += 1
    outcome.done += 1
    return trying + 1


def _pass_on(process: subprocess.Popen[str], lines: queue.Queue[str | None]) -> None:
    for line in process.stdout:
        lines.put(line)
    lines.put(None)


def _count(told: list, outcome: Outcome) -> None:
    number, name, said, seconds, memory = told
    kind = name.rsplit(".", 1)[-1]
    outcome.done += 1
    outcome.slowest = max(outcome.slowest, (seconds, number))
    outcome.largest = max(outcome.largest, (memory, number))
    if not said.startswith(("opened", "refused")):
        outcome.bad.append((number, name, said))
    elif seconds > SECONDS:
        outcome.bad.append((number, name, f"TOOK {seconds:.1f} s"))
    elif memory > MOST:
        outcome.bad.append((number, name, f"TOOK {memory >> 20} MB"))
    else:
        outcome.kinds[kind, said.split()[0]] += 1
        if said.startswith("refused "):
            outcome.words[said[8:60]] += 1
        return
    outcome.kinds[kind, "bad"] += 1


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--from", type=int, default=0, dest="start")
    parser.add_argument("--one", type=int, help="write the file of this number to ./mutant and look at it")
    parser.add_argument("--child", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        child(options.child, options.seed, range(options.start, options.count))
        return
    if options.one is not None:
        with tempfile.TemporaryDirectory() as folder:
            files = seeds(Path(folder))
            rng = np.random.default_rng((options.seed, options.one))
            Path("mutant").write_bytes(mutated(files[options.one % len(files)], files, rng))
        print(look_at(Path("mutant")))
        return
    began = time.monotonic()
    outcome = run(options.count, options.seed, options.start)
    for kind in sorted({kind for kind, _ in outcome.kinds}):
        told = {what: outcome.kinds[kind, what] for what in ("opened", "refused", "bad")}
        print(f"{kind:6}", *(f"{what} {number:5}" for what, number in told.items()))
    for words, number in outcome.words.most_common(12):
        print(f"{number:6}  {words}")
    for number, name, what in outcome.bad:
        print(f"BAD {number} {name}: {what}")
    print(
        f"{outcome.done} files, {len(outcome.bad)} bad, slowest {outcome.slowest[0]:.2f} s"
        f" (number {outcome.slowest[1]}), largest {outcome.largest[0] >> 20} MB"
        f" (number {outcome.largest[1]}), {time.monotonic() - began:.0f} s in all"
    )
    sys.exit(bool(outcome.bad))


if __name__ == "__main__":
    main()
