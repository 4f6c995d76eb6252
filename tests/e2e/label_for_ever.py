"""A child that stores labels without end and acknowledges each in a file that is synced.

python label_for_ever.py PROJECT ACKNOWLEDGED SEED
"""

from __future__ import annotations

import os
import random
import sys
from pathlib import Path

from mmdesk.services.cases.reading import redo, refer, set_input, store_labels, undo
from mmdesk.services.project import open_project

OPTIONS = ("A", "B", "A C")


def main(folder: Path, acknowledged: Path, seed: int) -> None:
    """Store labels until killed; each line is `case findings grade`, written after the store."""
    chance = random.Random(seed)
    project = open_project(folder)
    assert not project.look_only, project.look_only
    file = os.open(acknowledged, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    print("ready", flush=True)
    turn = 0
    while True:
        turn += 1
        case = chance.randrange(1, 7)
        if turn % 7 == 0:
            set_input(project, case, "age", float(chance.randrange(100)), "Eve")
            refer(project, case, "Eve", f"turn {turn}")
            undo(project, "Eve")
            redo(project, "Eve")
        chosen = tuple(option for option in OPTIONS if chance.random() < 0.5)
        grade = chance.randrange(3)
        store_labels(project, case, {"findings": chosen, "grade": grade}, "Ann")
        os.write(file, f"{case}\t{'|'.join(chosen)}\t{grade}\n".encode())
        os.fsync(file)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]))
