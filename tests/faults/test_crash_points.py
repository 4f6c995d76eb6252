"""Catalogue rows 2 and 3: killed, or failing as on a full disk, at the n-th file or database operation.

Each work is done on a project of its own. Afterwards the project is what it was before or what the
work makes of it, sound by the doctor's own checks, with every acknowledged label, and a second try
succeeds.
"""

from __future__ import annotations

import csv
import shutil
import sys
from contextlib import closing
from pathlib import Path

import pytest
from PIL import Image

from mmdesk.core.errors import Situation
from mmdesk.core.job import SilentContext
from mmdesk.services import backups
from mmdesk.services.cases.reading import open_case, store_labels
from mmdesk.services.exporting.table import export_project
from mmdesk.services.importing.from_table import import_table, new_project
from mmdesk.services.project import create_project, open_project
from mmdesk.storage.leftovers import leftovers
from mmdesk.support import unfinished
from tests.faults.injection import counting, killed_at, number_of
from tests.unit.storage_projects import BOTH, SCHEMA, make_project

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="needs fork and kill -9")
OLD = Path(__file__).parents[1] / "old_projects" / "v1.mmdesk"


class Work:
    """A work and what has to hold before, after, and after a cut."""

    writes_project = True

    def __init__(self, base: Path) -> None:
        self.folder = base / "pairs.mmdesk"
        self.out = base / "out"
        self.out.mkdir()

    def prepare(self) -> None:
        project = make_project(self.folder.parent)
        store_labels(project, 1, BOTH, "Ann")
        project.close()

    def check(self) -> None:
        """See that all is sound and every label is there."""
        project = open_project(self.folder)
        try:
            assert project.look_only == ""
            assert project.store.check_database() == []
            assert project.store.check_journal() == []
            assert [words for words in project.warnings if "journal" in words] == []
            assert open_case(project, 1, "Ann").complete
            assert leftovers(project.store) == []
        finally:
            project.close()


class BackUp(Work):
    def run(self) -> None:
        with closing(open_project(self.folder)) as project:
            project.back_up()

    def check(self) -> None:
        super().check()
        for backup in backups.backups_of(self.folder):
            assert backups.copies.problems_of(backup.path) == []


class Restore(Work):
    def prepare(self) -> None:
        super().prepare()
        (self.backup,) = (backup.path for backup in backups.backups_of(self.folder))
        project = open_project(self.folder)
        store_labels(project, 2, BOTH, "Ann")
        project.close()
        text = (self.folder / "project.toml").read_text(encoding="utf-8")
        (self.folder / "project.toml").write_text(text.replace('"Pairs"', '"Others"'), encoding="utf-8")
        open_project(self.folder).close()

    def run(self) -> None:
        backups.restore(self.folder, self.backup)

    def check(self) -> None:
        super().check()
        project = open_project(self.folder)
        old = open_case(project, 2, "Ann").complete
        assert project.schema.name == ("Others" if old else "Pairs"), "schema and database belong together"
        project.close()


class Recover(Restore):
    def run(self) -> None:
        backups.recover(self.folder)

    def check(self) -> None:
        Work.check(self)
        project = open_project(self.folder)
        assert open_case(project, 2, "Ann").complete
        project.close()


class Label(Work):
    def run(self) -> None:
        with closing(open_project(self.folder)) as project:
            store_labels(project, 3, BOTH, "Ann")


class Migrate(Work):
    def prepare(self) -> None:
        shutil.copytree(OLD, self.folder)

    def run(self) -> None:
        open_project(self.folder).close()

    def check(self) -> None:
        project = open_project(self.folder)
        assert project.store.check_database() == []
        assert project.store.check_journal() == []
        assert project.store.count_cases() > 0
        project.close()


class Export(Work):
    def run(self) -> None:
        with closing(open_project(self.folder, look=True)) as project:
            export_project(project, self.out / "labels.csv", ctx=SilentContext())

    def check(self) -> None:
        super().check()
        unfinished.remove_left()
        assert [path.name for path in self.out.iterdir()] in ([], ["labels.csv"])
        for path in self.out.iterdir():
            with path.open(encoding="utf-8", newline="") as file:
                assert len(list(csv.reader(file))) == 7


def _table(folder: Path) -> Path:
    table = folder / "table.csv"
    with table.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["ID", "L", "Age", "A", "B", "C", "G"])
        for number in range(1, 4):
            Image.effect_noise((40, 40), number * 9).save(folder / f"{number}.png")
            writer.writerow([f"c{number}", f"{number}.png", 30 + number, 0, 1, 0, "mild"])
    return table


SMALL = SCHEMA.__class__("Pairs", "ID", "ID", tuple(f for f in SCHEMA if f.name in ("left", "age", "grade")))


class New(Work):
    def prepare(self) -> None:
        self.table = _table(self.out)

    def run(self) -> None:
        new_project(self.folder, self.table, schema=SMALL, ctx=SilentContext(), copy_images=True)

    def check(self) -> None:
        try:
            project = open_project(self.folder)
        except Situation:
            self.run()  # what was not finished does not stop a second try
            project = open_project(self.folder)
        assert project.store.count_cases() == 3
        assert project.store.check_journal() == []
        _check_copies(self.folder)
        project.close()
        shutil.rmtree(self.folder)


class Import(Work):
    def prepare(self) -> None:
        create_project(self.folder, SMALL).close()
        self.table = _table(self.out)

    def run(self) -> None:
        with closing(open_project(self.folder)) as project:
            import_table(project, self.table, ctx=SilentContext(), copy_images=True)

    def check(self) -> None:
        project = open_project(self.folder)
        assert project.store.count_cases() in (0, 3)
        assert project.store.check_database() == []
        assert project.store.check_journal() == []
        assert leftovers(project.store) == []
        _check_copies(self.folder)
        project.close()


def _check_copies(folder: Path) -> None:
    from mmdesk.support.files import sha256_of

    for path in (folder / "images").glob("*"):
        assert path.stem == sha256_of(path), "a copy is named by what is in it"


WORKS = [BackUp, Restore, Recover, Label, Migrate, Export, New, Import]
FAST = 6


def _points(count: int, request) -> list[int]:
    if request.node.get_closest_marker("slow"):
        return list(range(1, count + 1))
    step = max(1, count // FAST)
    return sorted({1 + place * step for place in range(FAST)} | {count})


HOW_MANY = [pytest.param("some", id="some"), pytest.param("all", id="all", marks=pytest.mark.slow)]


@pytest.mark.parametrize("which", HOW_MANY)
@pytest.mark.parametrize("kind", WORKS, ids=lambda kind: kind.__name__)
def test_a_kill_leaves_the_old_or_the_new(kind, which, tmp_path, request):
    """Row 2: kill -9 at the n-th operation."""
    base = tmp_path / "base"
    base.mkdir()
    work = _prepared(kind, base)
    count = number_of(work.run)
    killed = 0
    for at in _points(count, request):
        work = _prepared(kind, _fresh(base))
        killed += killed_at(at, work.run)
        work.check()
        work.run()
        work.check()
    assert killed >= min(count, FAST) - 1
    print(f"{kind.__name__}: {killed} kills of {count} operations")


@pytest.mark.parametrize("which", HOW_MANY)
@pytest.mark.parametrize("kind", WORKS, ids=lambda kind: kind.__name__)
def test_an_operation_that_fails_leaves_the_old_or_the_new(kind, which, tmp_path, request):
    """Row 3: ENOSPC at the n-th operation, until a run meets none."""
    base = tmp_path / "base"
    base.mkdir()
    work = _prepared(kind, base)
    count = number_of(work.run)
    said = 0
    for at in _points(count, request):
        work = _prepared(kind, _fresh(base))
        try:
            with counting(at):
                work.run()
        except (Situation, OSError):  # the words for each are looked at elsewhere
            said += 1
        work.check()
        work.run()
        work.check()
    print(f"{kind.__name__}: {said} ended the work, of {count} operations")


def _fresh(base: Path) -> Path:
    shutil.rmtree(base)
    base.mkdir()
    return base


def _prepared(kind, base: Path) -> Work:
    work = kind(base)
    work.prepare()
    return work
