"""Cases go out in one file and answers come back, in any order with the same labels."""

from __future__ import annotations

import random
import shutil
import zipfile

import numpy as np
import pytest
from PIL import Image

from mmdesk.core.cases.case import ImageRef
from mmdesk.core.cases.marks import Mark
from mmdesk.core.errors import Cancelled, Situation
from mmdesk.core.fields.schema import Field, Schema
from mmdesk.core.fields.values import is_present
from mmdesk.core.job import SilentContext
from mmdesk.services.cases.reading import open_case, refer, store_labels
from mmdesk.services.marks.edit import add_mark
from mmdesk.services.project import create_project, open_project
from mmdesk.services.readers.packets import merge_packets, new_from_packet, write_packet
from mmdesk.services.readers.second_reading import assign
from mmdesk.storage.store import NewCase
from mmdesk.support.files import sha256_of
from tests.unit.storage_projects import make_project

QUIET = SilentContext()
GRADES = Schema(
    "Eyes of Erika Mustermann",
    "ID",
    "Person",
    (
        Field("left", "input", "image", ("L",)),
        Field("seen", "input", "date", ("Seen",)),
        Field("grade", "target", "grade", ("G",), options=("none", "mild", "severe")),
        Field("keywords", "note", "text", ("N",)),
    ),
)


def grade_project(folder, cases=5):
    from datetime import date

    project = create_project(folder / "home.mmdesk", GRADES)
    rows = []
    for number in range(1, cases + 1):
        path = project.folder / "images" / f"Mustermann{number}.jpg"
        path.parent.mkdir(exist_ok=True)
        exif = Image.Exif()
        exif[0x013B] = "Mustermann"
        exif[0x0112] = 6
        Image.fromarray(np.full((8, 16, 3), 20 * number, np.uint8)).save(path, exif=exif)
        facts = path.stat()
        left = ImageRef(f"images/{path.name}", sha256_of(path), facts.st_size, facts.st_mtime_ns)
        inputs = {"left": left, "seen": date(2020, 5, number)}
        notes = {"keywords": "Mustermann"}
        labels = {"grade": 1}
        rows.append(NewCase(f"Mustermann {number}", f"person {number // 2}", inputs=inputs, notes=notes, labels=labels))
    project.store.add_cases(rows, "importer", "Mustermann.csv")
    return project


@pytest.fixture
def home(tmp_path):
    made = grade_project(tmp_path)
    yield made
    made.close()


def test_a_packet_holds_nobodys_labels_and_its_answers_come_back(home, tmp_path):
    assign(home, "Ben", share=0.6)
    store_labels(home, 1, {"grade": 2}, "Ann")
    made = write_packet(home, "Ben", tmp_path / "out.mmpacket", ctx=QUIET)
    assert (made.kind, made.cases, made.images) == ("cases", 3, 3)
    away = new_from_packet(tmp_path / "away.mmdesk", tmp_path / "out.mmpacket", ctx=QUIET)
    assert away.store.labels() == {}
    assert all(is_present(case.inputs["left"]) for case in away.store.cases())
    assert [case.notes["keywords"] for case in away.store.cases()] == ["Mustermann"] * 3
    store_labels(away, 1, {"grade": 0}, "Ben")
    add_mark(away, Mark(1, "left", "point", ((1, 1),), note="here"), "Ben")
    refer(away, 2, "Ben", "unclear")
    back = write_packet(away, "", tmp_path / "back.mmpacket", ctx=QUIET)
    assert (back.kind, back.reader) == ("answers", "Ben")
    name, referred = away.store.case(1).name, away.store.case(2).name
    away.close()
    merged, change = merge_packets(home, [tmp_path / "back.mmpacket"], ctx=QUIET)
    assert (merged.labels, merged.marks, merged.referrals, merged.conflicts) == (1, 1, 1, [])
    case = home.store.case_id(name)
    view = open_case(home, case, "Ben")
    assert view.labels["grade"].value == 0
    assert [mark.note for mark in view.marks] == ["here"]
    assert open_case(home, home.store.case_id(referred), "Ben").referred == "unclear"
    assert case in change.cases
    assert home.store.check_journal() == []
    again, change = merge_packets(home, [tmp_path / "back.mmpacket"], ctx=QUIET)
    assert (again.labels, again.marks, again.referrals, change.cases) == (0, 0, 0, frozenset())
    assert again.digest == merged.digest


def test_a_label_made_here_stays_and_the_conflict_is_listed(home, tmp_path):
    write_packet(home, "Ben", tmp_path / "out.mmpacket", ctx=QUIET)
    store_labels(home, 1, {"grade": 2}, "Ben")
    away = new_from_packet(tmp_path / "away.mmdesk", tmp_path / "out.mmpacket", ctx=QUIET)
    store_labels(away, 1, {"grade": 0}, "Ben")
    write_packet(away, "", tmp_path / "back.mmpacket", ctx=QUIET)
    away.close()
    merged, _ = merge_packets(home, [tmp_path / "back.mmpacket"], ctx=QUIET)
    assert merged.conflicts == [("Mustermann 1", "grade", "Ben")]
    assert open_case(home, 1, "Ben").labels["grade"].value == 2


def test_twenty_packets_in_any_order_give_the_same_labels(home, tmp_path):
    drawn = random.Random(5)
    backs = []
    for number, reader in enumerate(("Ben", "Ben", "Cat", "Dan")):
        write_packet(home, reader, tmp_path / f"{number}.mmpacket", ctx=QUIET)
        away = new_from_packet(tmp_path / f"away{number}.mmdesk", tmp_path / f"{number}.mmpacket", ctx=QUIET)
        for turn in range(5):
            for case in drawn.sample(range(1, 6), 3):
                store_labels(away, case, {"grade": drawn.choice((0, 1, 2))}, reader)
            backs.append(tmp_path / f"back{number}-{turn}.mmpacket")
            write_packet(away, "", backs[-1], ctx=QUIET)
        away.close()
    store_labels(home, 2, {"grade": 1}, "Ben")
    home.close()
    digests, conflicts = set(), set()
    for turn in range(4):
        folder = tmp_path / f"copy{turn}.mmdesk"
        shutil.copytree(home.folder, folder, ignore=shutil.ignore_patterns("project.lock"))
        project = open_project(folder)
        order = drawn.sample(backs, len(backs))
        parts = [order] if turn == 0 else [[path] for path in order] + [[drawn.choice(order)]]
        found = set()
        for part in parts:
            merged, _ = merge_packets(project, part, ctx=QUIET)
            found |= set(merged.conflicts)
        digests.add(merged.digest)
        conflicts.add(frozenset(found))
        assert open_case(project, 2, "Ben").labels["grade"].value == 1
        assert project.store.check_journal() == []
        project.close()
    assert len(backs) == 20
    assert len(digests) == len(conflicts) == 1
    assert ("Mustermann 2", "grade", "Ben") in next(iter(conflicts))
    home._opened = open_project(home.folder)._opened


def changed(path, member, data):
    with zipfile.ZipFile(path) as old:
        parts = {name: old.read(name) for name in old.namelist()}
    parts[member] = data(parts.get(member, b""))
    with zipfile.ZipFile(path, "w") as new:
        for name, content in parts.items():
            new.writestr(name, content)


@pytest.mark.parametrize(
    ("member", "data"),
    [
        ("cases.jsonl", lambda old: old.replace(b"2020-05-01", b"2020-05-02") + b" "),
        ("manifest.json", lambda old: old.replace(b"Ben", b"Bea")),
        ("images/extra.png", lambda _old: b"x"),
        ("../evil", lambda _old: b"x"),
    ],
)
def test_a_changed_packet_is_refused(home, tmp_path, member, data):
    path = tmp_path / "out.mmpacket"
    write_packet(home, "Ben", path, ctx=QUIET)
    changed(path, member, data)
    with pytest.raises(Situation, match="changed after it was written"):
        new_from_packet(tmp_path / "away.mmdesk", path, ctx=QUIET)
    assert not (tmp_path / "away.mmdesk").exists()


def test_a_project_of_a_packet_that_is_stopped_leaves_nothing(home, tmp_path):
    class Stopped(SilentContext):
        def check_cancelled(self):
            raise Cancelled

    write_packet(home, "Ben", tmp_path / "out.mmpacket", ctx=QUIET)
    with pytest.raises(Cancelled):
        new_from_packet(tmp_path / "away.mmdesk", tmp_path / "out.mmpacket", ctx=Stopped())
    assert not (tmp_path / "away.mmdesk").exists()


def test_a_packet_of_another_project_and_one_of_cases_are_refused(home, tmp_path):
    write_packet(home, "Ben", tmp_path / "out.mmpacket", ctx=QUIET)
    with pytest.raises(Situation, match="holds cases"):
        merge_packets(home, [tmp_path / "out.mmpacket"], ctx=QUIET)
    away = new_from_packet(tmp_path / "away.mmdesk", tmp_path / "out.mmpacket", ctx=QUIET)
    write_packet(away, "", tmp_path / "back.mmpacket", ctx=QUIET)
    away.close()
    other = make_project(tmp_path)
    with pytest.raises(Situation, match="did not go out"):
        merge_packets(other, [tmp_path / "back.mmpacket"], ctx=QUIET)
    other.close()
    path = tmp_path / "cut.mmpacket"
    path.write_bytes((tmp_path / "back.mmpacket").read_bytes()[:200])
    with pytest.raises(Situation, match="no packet"):
        merge_packets(home, [path], ctx=QUIET)


def test_a_de_identified_packet_names_nobody_and_still_comes_back(home, tmp_path):
    made = write_packet(home, "Ben", tmp_path / "out.mmpacket", ctx=QUIET, deidentify=True)
    assert any("keywords" in line for line in made.left_out)
    with zipfile.ZipFile(tmp_path / "out.mmpacket") as parts:
        told = b"".join(parts.read(name) for name in parts.namelist()) + str(parts.namelist()).encode()
    assert b"Mustermann" not in told
    assert b"person" not in told
    assert b"2020-05-0" not in told
    away = new_from_packet(tmp_path / "away.mmdesk", tmp_path / "out.mmpacket", ctx=QUIET)
    path = away.folder / away.store.case(1).inputs["left"].path
    with Image.open(path) as picture:
        assert (picture.size, dict(picture.getexif()), picture.info) == ((8, 16), {}, {})
    days = {case.name: case.inputs["seen"] for case in away.store.cases()}
    store_labels(away, 1, {"grade": 2}, "Ben")
    write_packet(away, "", tmp_path / "back.mmpacket", ctx=QUIET)
    coded = away.store.case(1).name
    away.close()
    merged, _ = merge_packets(home, [tmp_path / "back.mmpacket"], ctx=QUIET)
    assert (merged.labels, merged.left_out) == (1, [])
    (case,) = (case for case, given in home.store.labels().items() if any(x.reader == "Ben" for x in given["grade"]))
    assert home.store.case(case).inputs["seen"] > days[coded]
    with pytest.raises(Situation, match="de-identified"):
        write_packet(home, "Ben", tmp_path / "x.mmpacket", ctx=QUIET, copy=False, deidentify=True)


def test_an_image_that_cannot_be_bare_pixels_is_left_out_and_named(tmp_path):
    home = grade_project(tmp_path, 1)
    path = home.folder / "images" / "scan.tif"
    Image.fromarray(np.zeros((4, 4), np.uint8)).save(path)
    facts = path.stat()
    left = ImageRef("images/scan.tif", sha256_of(path), facts.st_size, facts.st_mtime_ns)
    home.store.add_cases([NewCase("other", inputs={"left": left})], "importer", "t")
    made = write_packet(home, "Ben", tmp_path / "out.mmpacket", ctx=QUIET, deidentify=True)
    assert any("other" in line and "left" in line for line in made.left_out)
    assert made.images == 1
    home.close()
