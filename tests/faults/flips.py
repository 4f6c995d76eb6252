"""One byte of a project flipped, and what each command then says: run as `python -m tests.faults.flips 1000 7`."""

from __future__ import annotations

import contextlib
import io
import random
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from PIL import Image

from mmdesk.cli.app import Doors, run
from mmdesk.core.cases.case import ImageRef
from mmdesk.core.cases.marks import Mark
from mmdesk.core.versions.card import Card
from mmdesk.core.versions.version import Parts, VersionRow, write_parts
from mmdesk.services.cases.drafts import keep_draft
from mmdesk.services.cases.reading import refer, set_input, store_labels
from mmdesk.services.marks.edit import add_mark
from mmdesk.services.project import create_project
from mmdesk.storage.store import NewCase
from tests.unit.storage_projects import BOTH, SCHEMA, answer, new_case

NAME = "pairs.mmdesk"
VERSION_FILES = ("model.keras", "preparation.json", "recipe.toml", "parts.toml", "card.json", "familiarity.npz")


@dataclass(frozen=True)
class Outcome:
    """What came of one flip.

    Attributes:
        file: The file, relative to the project.
        at: The byte's place.
        bit: Which bit was flipped.
        codes: Exit code of each command.
        same: The export holds what it held before.
        kind: `found`, `harmless`, `unseen` or `bug`.
        said: What the commands said.
    """

    file: str
    at: int
    bit: int
    codes: tuple[int, ...]
    same: bool
    kind: str
    said: str


def make_sound(folder: Path) -> Path:
    """Make a project with something in every table, with images that are there."""
    project = create_project(folder / NAME, SCHEMA)
    (project.folder / "images").mkdir()

    def bound(number: int) -> NewCase:
        case = new_case(number)
        inputs = {
            name: _picture(project.folder, value) if isinstance(value, ImageRef) else value
            for name, value in case.inputs.items()
            if name != "right" or isinstance(value, ImageRef)
        }
        return NewCase(case.name, case.group, "", inputs, case.notes, case.labels, case.problem)

    project.store.add_cases([bound(number) for number in range(1, 41)], "importer", "table.csv")
    place = project.folder / "models" / "v1"
    place.mkdir(parents=True)
    for name in VERSION_FILES:
        (place / name).write_bytes(bytes(range(256)))
    (place / "parts.toml").write_text(write_parts(Parts()), "utf-8")
    row = VersionRow("v1", "first", "current", folder="models/v1", card=Card.from_json({"auc": 0.8}))
    project.store.add_version(row, "Ann", "made")
    project.store.save_predictions([answer(case) for case in range(1, 41)])
    for case in range(1, 20):
        store_labels(project, case, BOTH, "Ann")
    store_labels(project, 3, BOTH, "Ben")
    set_input(project, 2, "age", 55.0, "Ann", why="typing mistake")
    refer(project, 21, "hard to say", "Ann")
    add_mark(project, Mark(4, "left", "point", ((1, 1),)), "Ann")
    keep_draft(project, 30, {"grade": 1}, "Ann")
    project.close()
    return project.folder


def _picture(folder: Path, ref: ImageRef) -> ImageRef:
    path = folder / ref.path
    Image.new("RGB", (8, 8), (10, 20, 30)).save(path.with_suffix(".png"))
    path.with_suffix(".png").replace(path)
    facts = path.stat()
    return ImageRef(ref.path, sha256(path.read_bytes()).hexdigest(), facts.st_size, facts.st_mtime_ns)


def outcomes(sound: Path, file: str, count: int, seed: int) -> Iterator[Outcome]:
    """Flip bytes of one file of copies of a project, one at a time: any byte, and one that is not 0, in turn."""
    rng = random.Random(seed)
    data = (sound / file).read_bytes()
    places = (range(len(data)), [at for at, byte in enumerate(data) if byte])
    work = Path(tempfile.mkdtemp(prefix="flips-"))
    try:
        before = _commands(_copy(sound, work), work)
        assert before[0] == (0, 0, 0), before
        for number in range(count):
            at, bit = rng.choice(places[number % 2]), rng.randrange(8)
            folder = _copy(sound, work)
            (folder / file).write_bytes(data[:at] + bytes([data[at] ^ 1 << bit]) + data[at + 1 :])
            codes, table, said = _commands(folder, work)
            same = table == before[1]
            kind = "found" if codes[0] or codes[1] else "harmless" if same else "unseen"
            if 3 in codes or set(codes) - {0, 1}:
                kind = "bug"
            yield Outcome(file, at, bit, codes, same, kind, said)
    finally:
        shutil.rmtree(work)


def _copy(sound: Path, work: Path) -> Path:
    folder = work / NAME
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(sound, folder)
    return folder


def _commands(folder: Path, work: Path) -> tuple[tuple[int, ...], bytes, str]:
    out = work / "out.csv"
    out.unlink(missing_ok=True)
    doors = Doors(window=lambda _project: 0, screenshots=lambda _project, _folder, _reader: [])
    said = io.StringIO()
    commands = (
        ["doctor", str(folder)],
        ["export", str(folder), str(out)],
        ["label", str(folder), "c40", "grade=mild", "--reader", "Ann"],
    )
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        codes = tuple(run(command, doors) for command in commands)
    return codes, out.read_bytes() if out.exists() else b"", said.getvalue()


def main() -> None:
    """Print how many flips were found, harmless, unseen or our bug, and each that should not be."""
    count, seed = int(sys.argv[1]), int(sys.argv[2])
    file = sys.argv[3] if len(sys.argv) > 3 else "project.db"
    with tempfile.TemporaryDirectory() as place:
        counted: Counter[str] = Counter()
        for outcome in outcomes(make_sound(Path(place)), file, count, seed):
            counted[outcome.kind] += 1
            if outcome.kind in ("unseen", "bug"):
                print(outcome.kind, outcome.file, outcome.at, outcome.bit, outcome.codes, outcome.said[-300:])
        print(dict(counted))


if __name__ == "__main__":
    main()
