"""`models add` and `models mapping`: a model made elsewhere, and how it is mapped to the project."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mmdesk.cli.options import opened
from mmdesk.cli.reading_options import Told
from mmdesk.cli.terminal import Terminal, table
from mmdesk.core.errors import RunsCode, Situation
from mmdesk.words import tr

if TYPE_CHECKING:
    from mmdesk.core.job import JobContext
    from mmdesk.core.model.foreign import Foreign
    from mmdesk.core.model.proof import Proof
    from mmdesk.jobs.child import Child
    from mmdesk.services.models.trusting import Compiled
    from mmdesk.services.project import Project


@dataclass(frozen=True, slots=True)
class Word:
    """What a person says of code that comes with a model.

    Attributes:
        code: The file of code.
        why: Who made it, and why it is trusted; None where nothing is said.
    """

    code: Path | None = None
    why: str | None = None

    @property
    def given(self) -> bool:
        """Whether anything is said."""
        return self.code is not None or self.why is not None


def add_model(
    terminal: Terminal, project: Path, file: Path, told: Told, reader: str, *, try_only: bool, word: Word
) -> None:
    """Add a model made elsewhere, or only show what it would do.

    Args:
        terminal: Where the outcome goes.
        project: The project's folder.
        file: The model's file.
        told: The options.
        reader: Who adds it.
        try_only: Nothing is added.
        word: What was said of code that the model runs.
    """
    from mmdesk.core.model.mapping import MAPPING
    from mmdesk.core.model.suggested import suggested
    from mmdesk.jobs.child import Child
    from mmdesk.services.models import comparing
    from mmdesk.services.models import foreign_models as bringing

    child = Child()
    compiled: Compiled | None = None
    try:
        with opened(project) as target, terminal.working() as work:
            foreign, compiled = _looked_at(target, file, word, reader, work, child)
            file = compiled.file if compiled else file
            found = bringing.match_settled(foreign, target, told.fields())
            usual, reasons = suggested(foreign, found, target.schema)
            reading = told.reading(usual, found)
            given: dict[str, Any] = {"reader": reader, "ctx": work, "reading": reading, "child": child}
            facts: dict[str, Any] = {
                "sha256": foreign.sha256,
                "inputs": {name: list(fields) for name, fields in found.inputs.items()},
                "outputs": dict(found.outputs),
                "reading": reading.as_json(),
                "code": compiled.origin["code"] if compiled else None,
                "reasons": {f"{end}.{key}": why for (end, key), why in reasons.items()},
            }
            pairs = [(end, ", ".join(fields)) for end, fields in found.inputs.items()] + list(found.outputs.items())
            why = [(f"{end}.{key}", words) for (end, key), words in reasons.items()]
            shown = (table(("model", "project"), pairs), table(("question", tr("why it stands so")), why))
            if try_only:
                proof = bringing.prove(target, file, foreign, found, **given)
                ran = [compiled.say] if compiled else []
                terminal.finish({**facts, **asdict(proof)}, tr("Nothing was added."), *ran, *shown, *_proved(proof))
                return
            version, proof = bringing.add(target, file, foreign, found, **given, compiled=compiled)
            compared = _compare_added(target, version, reader, work, child)
            row = comparing.version(target, version)
            card, kept = row.card, target.folder / row.folder / MAPPING
    finally:
        child.close()
        if compiled:
            compiled.drop()
    facts |= {
        "candidate": version,
        "compiled": card.compiled,
        "prevented_by": card.facts.get("prevented_by", ""),
        "replaced": card.facts.get("replaced", []),
        "probe": card.facts.get("probe"),
        "cases": asdict(proof)["cases"],
        "mapping": str(kept),
        "comparison": card.comparison.as_json() if card.comparison else None,
    }
    notes = [note for note in card.notes if note != proof.probe.say()]
    terminal.finish(
        facts,
        tr("{version} was added and waits.", version=version),
        *shown,
        *_proved(proof),
        *notes,
        compared,
        tr("Its mapping is kept in {kept}, for --mapping.", kept=kept),
        tr("To judge it: mmdesk evaluate {project} --model {version}", project=project, version=version),
    )


def _looked_at(
    target: Project, file: Path, word: Word, reader: str, work: JobContext, child: Child
) -> tuple[Foreign, Compiled | None]:
    """Look at a model; where it runs code that a person vouches for, at what that compiles to."""
    from mmdesk.services.models import foreign_models as bringing
    from mmdesk.services.models import trusting

    if not word.given:
        try:
            return bringing.look_at(target, file, work, child), None
        except RunsCode as problem:
            how = tr('Say so with --trust "who made it and why", and name the file of its layers with --code FILE.py.')
            raise RunsCode(problem.what, problem.safe, f"{problem.do} {how}", problem.details) from problem
    why = trusting.check_word(word.why or "")
    code = trusting.read_code(word.code) if word.code else None
    try:
        bringing.look_at(target, file, work, child)
    except RunsCode:
        compiled = trusting.run_code(target, file, code, why, reader=reader, ctx=work, child=child)
        try:
            return bringing.look_at(target, compiled.file, work, child), compiled
        except BaseException:
            compiled.drop()
            raise
    raise Situation(
        tr("{name} runs no code of its maker's, so nobody has to vouch for it.", name=file.name),
        do=tr("Add it without --code and --trust."),
    )


def write_mapping_of(terminal: Terminal, project: Path, name: str, out: Path | None) -> None:
    """Show a version's mapping, or write it to a file.

    Args:
        terminal: Where the outcome goes.
        project: The project's folder.
        name: The version.
        out: The file to write; None to show it.
    """
    from mmdesk.core.model.mapping import MAPPING
    from mmdesk.services.models.prediction import resolve_version

    with opened(project, look=True) as target:
        version, folder, _parts = resolve_version(target, name)
    file = folder / MAPPING
    if not file.is_file():
        raise Situation(
            tr("{version} has no mapping: it was not made elsewhere, or added by an earlier mmdesk.", version=version),
            do=tr("Add its file again to get one."),
        )
    text = file.read_text("utf-8")
    if out is None:
        terminal.finish({"model": version, "mapping": text}, text)
        return
    if out.exists():
        raise Situation(tr("{out} is there already.", out=out), do=tr("Name another file."))
    out.write_text(text, "utf-8")
    terminal.finish({"model": version, "out": str(out)}, tr("Written: {out}", out=out))


def _proved(proof: Proof) -> list[Any]:
    probe = proof.probe
    held = [table(("read", *probe.rows[0]["figures"]), probe.table())] if probe.rows else []
    return [*(one.say() for one in proof.cases), *held, probe.say()]


def _compare_added(target: Project, version: str, reader: str, work: JobContext, child: Child) -> str:
    """Compare a model that was added with the current one; return the verdict or why there is none."""
    from mmdesk.services.models.comparing import compare_again, standing

    if not (found := standing(target, version)).again:
        return found.comparison.words
    try:
        made = compare_again(target, version, reader, work, child)
        return "\n".join((tr("Against {current}: {words}", current=made.current, words=made.words), *made.notes))
    except Situation as why:
        return why.say()
