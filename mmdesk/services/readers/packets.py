"""Use cases: cases go to another workstation in one file, and what their reader says comes back."""

from __future__ import annotations

import json
import secrets
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from mmdesk.core.cases.case import Case, ImageRef
from mmdesk.core.cases.marks import Mark, points_from_text, points_to_text
from mmdesk.core.changes import Change
from mmdesk.core.errors import ImageProblem, Situation
from mmdesk.core.fields.kinds import kind_of
from mmdesk.core.fields.schema import Field, Schema
from mmdesk.core.fields.schema_toml import read_schema, write_schema
from mmdesk.core.fields.values import Missing, Reason
from mmdesk.core.job import JobContext, Progress
from mmdesk.imaging.base.bound import images_of
from mmdesk.services.new_project import filling
from mmdesk.services.project import Project, open_project
from mmdesk.services.readers import packet_file
from mmdesk.services.readers.packet_file import ANSWERS, CASES
from mmdesk.services.readers.second_reading import assign, usable_name
from mmdesk.storage.cases import assignments, returned
from mmdesk.storage.cases.returned import Answer
from mmdesk.storage.database.cells import from_text, to_text
from mmdesk.storage.store import NewCase
from mmdesk.support.files import write_whole
from mmdesk.words import tr

_SENT, _CAME = "packets_sent", "packet"
_GONE = Missing(Reason.ABSENT)


@dataclass(slots=True)
class Written:
    """What a packet holds.

    Attributes:
        kind: `cases` or `answers`.
        id: Its name.
        reader: For whom, or whose answers.
        cases: How many cases.
        images: How many image files are in it.
        left_out: What is not in it, one line each.
    """

    kind: str
    id: str
    reader: str
    cases: int
    images: int = 0
    left_out: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Merged:
    """What came of merging packets.

    Attributes:
        packets: Names of the packets' files.
        labels: Labels that are new or later than those before.
        marks: Marks that were stored.
        referrals: Cases that are referred now.
        conflicts: Case, target and reader answered in several ways; nothing of it is lost.
        left_out: What could not be taken, one line each.
        digest: Digest of all labels of the project.
    """

    packets: list[str] = field(default_factory=list)
    labels: int = 0
    marks: int = 0
    referrals: int = 0
    conflicts: list[tuple[str, str, str]] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    digest: str = ""


def write_packet(
    project: Project, reader: str, out: Path, *, ctx: JobContext, copy: bool = True, deidentify: bool = False
) -> Written:
    """Write the cases that are assigned to a reader (all when none are) for another workstation.

    Nobody's labels, marks or predictions are in it, nor notes that are never shown, nor what an
    import found wrong.

    Args:
        project: The project; one that was made from a packet writes its reader's answers instead.
        reader: For whom.
        out: The file.
        ctx: Told about progress, asked whether to stop.
        copy: Images go along; else the packet says where they lie.
        deidentify: Coded names, dates shifted by group, no texts, images as bare pixels.

    Raises:
        Situation: It cannot be written, or images cannot be both referred to and de-identified.
    """
    if came := project.store.setting(_CAME):
        return _write_answers(project, came, out)
    reader = usable_name(reader)
    if deidentify and not copy:
        what = tr("Images that stay where they lie cannot be de-identified.")
        raise Situation(what, tr("Nothing was written."), tr("Let the images go along."))
    with project.store.reading() as connection:
        ids = assignments.assigned(connection, reader)
    cases = project.store.cases(ids or None)
    made = Written(CASES, secrets.token_hex(8), reader, len(cases))
    codes = _Codes(cases) if deidentify else None
    schema = _sent_schema(project.schema, made, deidentify)
    lines: list[str] = []
    files: dict[str, Path] = {}
    places = {entry.name: index for index, entry in enumerate(schema.images)}
    with tempfile.TemporaryDirectory() as bare:
        for index, case in enumerate(cases, 1):
            ctx.check_cancelled()
            ctx.progress(Progress(index, len(cases), tr("Writing cases")))
            sent = codes.coded(case) if codes else case
            given: dict[str, str | None] = {}
            for entry in (entry for entry in schema if entry.role != "target"):
                value: Any = {**sent.notes, **sent.inputs}.get(entry.name, _GONE)
                if isinstance(value, ImageRef):
                    target = Path(bare) / f"{sent.name}-{places[entry.name]}.png" if codes else None
                    try:
                        value = _image(project, value, copy, target, files)
                    except (ImageProblem, Situation, OSError, ValueError) as problem:
                        made.left_out.append(_no_image(case, entry, problem))
                        value = _GONE
                given[entry.name] = to_text(value, entry)
            lines.append(
                json.dumps(
                    {"name": sent.name, "group": sent.group, "split": sent.split, "values": given}, ensure_ascii=False
                )
            )
        facts = {"kind": CASES, "id": made.id, "reader": reader, "deidentified": deidentify, "cases": len(cases)}
        texts = {"project.toml": write_schema(schema), "cases.jsonl": "\n".join(lines) + "\n"}
        seal = packet_file.write(out, facts, texts, files)
    made.images = len(files)
    known = project.store.setting(_SENT) or {}
    names = {codes.names[case.name]: case.name for case in cases} if codes else {}
    kept = {"seal": seal, "reader": reader, "codes": names}
    project.store.set_setting(_SENT, {**known, made.id: kept}, reader)
    return made


class _Codes:
    """Coded names of cases and groups, and how far the dates of each group are shifted."""

    def __init__(self, cases: Sequence[Case]) -> None:
        drawn = secrets.SystemRandom()
        order = list(cases)
        drawn.shuffle(order)
        groups = sorted({case.group for case in cases})
        drawn.shuffle(groups)
        self.names = {case.name: f"C{number:05d}" for number, case in enumerate(order, 1)}
        self._groups = {group: f"G{number:05d}" for number, group in enumerate(groups, 1)}
        self._days = {group: timedelta(days=-drawn.randint(1, 365)) for group in groups}

    def coded(self, case: Case) -> Case:
        """Return the case under its coded name, its dates shifted."""

        def shifted(values: Any) -> dict[str, Any]:
            days = self._days[case.group]
            moved = {name: value + days if isinstance(value, date) else value for name, value in values.items()}
            return {name: replace(v, held="") if isinstance(v, Missing) else v for name, v in moved.items()}

        name, group = self.names[case.name], self._groups[case.group]
        return replace(case, name=name, group=group, inputs=shifted(case.inputs), notes=shifted(case.notes))


def _sent_schema(schema: Schema, made: Written, deidentify: bool) -> Schema:
    kept = []
    for entry in schema:
        if entry.role == "note" and entry.show == "never":
            made.left_out.append(tr("The note {title}: it is never shown.", title=entry.title))
        elif deidentify and _is_free_text(entry):
            made.left_out.append(tr("The field {title}: a text may name a person.", title=entry.title))
        else:
            kept.append(entry)
    return replace(schema, name=tr("Packet") if deidentify else schema.name, fields=tuple(kept))


def _is_free_text(entry: Field) -> bool:
    kind = kind_of(entry)
    return entry.role != "target" and kind.found_by_word and not kind.is_date and not entry.options


def _image(project: Project, ref: ImageRef, copy: bool, bare: Path | None, files: dict[str, Path]) -> ImageRef:
    """Return how a packet names an image, and add its file to those that go along.

    Raises:
        Situation: It cannot be read, or not be made bare pixels.
    """
    path = images_of(project.folder).check(ref)
    if not copy:
        return replace(ref, path=path.as_posix())
    if bare is not None:
        files[f"images/{bare.name}"] = _bare_pixels(path, bare)
        return ImageRef(f"images/{bare.name}", "")
    endings = [ending for ending in path.suffixes[-2:] if ending[1:].isascii() and ending[1:].isalnum()]
    part = f"images/{ref.sha256}{''.join(endings) if path.name.endswith('.gz') else ''.join(endings[-1:])}"
    files[part] = path
    return replace(ref, path=part)


def _no_image(case: Case, entry: Field, problem: Exception) -> str:
    why = problem.what if isinstance(problem, Situation) else tr("it cannot be made bare pixels.")
    return tr("An image of case {case}, {field}: {why}", case=case.name, field=entry.title, why=why)


def _bare_pixels(path: Path, target: Path) -> Path:
    """Write an image as a PNG of its pixels, turned as it is shown, without anything else of the file.

    Raises:
        Situation: It is of a kind that keeps more than pixels, such as DICOM.
    """
    from PIL import Image, ImageOps

    if path.suffix.lower() not in (".png", ".jpg", ".jpeg", ".bmp"):
        raise Situation(tr("only PNG, JPEG and BMP can be de-identified."))
    with Image.open(path) as picture:
        turned = ImageOps.exif_transpose(picture)
        clean = Image.frombytes(turned.mode, turned.size, turned.tobytes())
        if turned.mode == "P" and (colours := turned.getpalette()):
            clean.putpalette(colours)
        clean.save(target, "PNG")
    return target


def new_from_packet(folder: Path, packet: Path, *, ctx: JobContext) -> Project:
    """Make a project of a packet's cases, assigned to its reader, and return it open.

    Raises:
        Situation: The packet is not as it was written, or holds no cases.
    """
    with packet_file.reading(packet) as given:
        if given.facts.get("kind") != CASES:
            what = tr("The packet {name} holds answers, not cases.", name=packet.name)
            raise Situation(what, tr("Nothing was made."), tr("Merge it into the project that its cases came from."))
        schema = read_schema(given.text("project.toml"), "project.toml")
        with filling(folder, schema) as project:
            (folder / "images").mkdir(exist_ok=True)
            for name in (name for name in given.facts["parts"] if name.startswith("images/")):
                ctx.check_cancelled()
                write_whole(folder / name, given.parts.read(name))
            rows = [json.loads(line) for line in given.text("cases.jsonl").splitlines() if line]
            project.store.add_cases([_new_case(project, row) for row in rows], given.facts["reader"], packet.name)
            came = {"id": given.facts["id"], "seal": given.seal, "reader": given.facts["reader"]}
            project.store.set_setting(_CAME, came, given.facts["reader"])
            assign(project, given.facts["reader"], who=given.facts["reader"])
    return open_project(folder)


def _new_case(project: Project, row: dict[str, Any]) -> NewCase:
    values: dict[str, Any] = {}
    for name, text in row["values"].items():
        value = from_text(text, project.schema.field(name))
        if isinstance(value, ImageRef) and value.path.startswith("images/"):
            value = images_of(project.folder).refer(value.path)
        values[name] = value
    notes = {entry.name for entry in project.schema.notes}
    return NewCase(
        row["name"],
        group=row["group"],
        split=row["split"],
        inputs={name: value for name, value in values.items() if name not in notes},
        notes={name: value for name, value in values.items() if name in notes},
    )


def _write_answers(project: Project, came: dict[str, Any], out: Path) -> Written:
    store, reader = project.store, came["reader"]
    names = {case.id: case.name for case in store.cases()}
    said = [
        {
            "case": names[case],
            "target": target,
            "value": to_text(label.value, project.schema.field(target)),
            "at": label.at,
        }
        for case, given in store.labels().items()
        for target, labels in given.items()
        for label in labels
        if label.reader == reader
    ]
    drawn = [
        {**asdict(mark), "case": names[case], "points": points_to_text(mark.points)}
        for case, given in store.marks().items()
        for mark in given
        if mark.reader == reader
    ]
    states = store.states(list(names), reader)
    referred = {names[case]: state.refer for case, state in states.items() if state.refer is not None}
    made = Written(ANSWERS, secrets.token_hex(8), reader, len({row["case"] for row in said}))
    others = sorted({label.reader for g in store.labels().values() for ls in g.values() for label in ls} - {reader})
    if others:
        made.left_out.append(tr("What others labelled here: {others}.", others=", ".join(others)))
    if edited := sum(entry.action == "input" for entry in store.journal(1_000_000)):
        made.left_out.append(tr("Edited values of inputs and notes: {edited:,} edits.", edited=edited))
    facts = {"kind": ANSWERS, "id": made.id, "reader": reader, "base": came["id"], "base_seal": came["seal"]}
    body = json.dumps({"labels": said, "marks": drawn, "referrals": referred}, ensure_ascii=False)
    packet_file.write(out, facts, {"answers.json": body}, {})
    return made


def merge_packets(project: Project, packets: Iterable[Path], *, ctx: JobContext) -> tuple[Merged, Change]:
    """Take back what readers said elsewhere, whatever the order of the packets; again changes nothing.

    All packets are looked at before anything is taken. A label that was made in this project
    stays; of several answers of one reader the latest counts, all are kept, and each is told.

    Raises:
        Situation: A packet is not as it was written, or its cases did not come from this project.
    """
    paths = list(packets)
    sent = project.store.setting(_SENT) or {}
    for path in paths:
        _check(path, sent)
    merged, cases = Merged(), set[int]()
    with project.store.write() as writing:
        ids = {case.name: case for case in project.store.cases()}
        for index, path in enumerate(paths, 1):
            ctx.check_cancelled()
            ctx.progress(Progress(index, len(paths), tr("Merging packets")))
            with packet_file.reading(path) as given:
                body = json.loads(given.text("answers.json"))
                facts = given.facts
            codes = sent[facts["base"]]["codes"]

            def case_of(name: str, codes: dict[str, str] = codes) -> Case | None:
                return ids.get(codes.get(name, name))

            gone = sorted({row["case"] for row in body["labels"] if case_of(row["case"]) is None})
            merged.left_out += [tr("Case {name} is not here any more.", name=name) for name in gone]
            answers = [
                Answer(case.id, row["target"], row["value"], row["at"])
                for row in body["labels"]
                if (case := case_of(row["case"])) is not None and row["value"] is not None
            ]
            reader, number = facts["reader"], facts["id"]
            taken = returned.take(writing, project.schema, reader, answers, number)
            known = {case.id: case.name for case in ids.values()}
            told = [(known[case], target, reader) for case, target in taken.conflicts]
            merged.conflicts += [conflict for conflict in told if conflict not in merged.conflicts]
            drawn = [mark for row in body["marks"] if (mark := _mark(row, case_of(row["case"]))) is not None]
            stored = returned.take_marks(writing, reader, drawn, number)
            reasons = {case.id: why for name, why in body["referrals"].items() if (case := case_of(name)) is not None}
            referred = returned.take_referrals(writing, reader, reasons, number)
            merged.packets.append(path.name)
            merged.labels += taken.fresh
            merged.marks += len(stored)
            merged.referrals += len(referred)
            cases |= taken.cases | {mark.case for mark in stored} | set(referred)
        merged.digest = returned.digest(writing, project.schema, project.store.cases_table)
    project.changed()
    return merged, Change(frozenset(cases), marks=True, worklist=True, saved_at=project.store.last_stored)


def _check(path: Path, sent: dict[str, Any]) -> None:
    with packet_file.reading(path) as given:
        facts = given.facts
        if facts.get("kind") != ANSWERS:
            what = tr("The packet {name} holds cases, not answers.", name=path.name)
            do = tr("Make a project of it on the other workstation, read there, and write a packet from that project.")
            raise Situation(what, tr("Nothing was merged."), do)
        known = sent.get(facts.get("base", ""))
        if known is None or known["seal"] != facts.get("base_seal") or known["reader"] != facts.get("reader"):
            what = tr("The cases of the packet {name} did not go out from this project.", name=path.name)
            raise Situation(what, tr("Nothing was merged."), tr("Merge it into the project that wrote its cases."))


def _mark(row: dict[str, Any], case: Case | None) -> Mark | None:
    """Return a mark as it lies on this project's image of the same case and field."""
    ref = case.inputs.get(row["field"]) if case else None
    if case is None or not isinstance(ref, ImageRef):
        return None
    return Mark(**{**row, "case": case.id, "image": ref.sha256, "points": points_from_text(row["points"])})
