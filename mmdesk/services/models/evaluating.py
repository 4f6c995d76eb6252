"""Use case: how good a version is on a split, against a reference, with all that its page shows."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

from mmdesk.core.cases.case import NO_READERS
from mmdesk.core.cases.truth import OF_READER, TABLE
from mmdesk.core.errors import Situation
from mmdesk.core.fields.splits import SPLITS
from mmdesk.core.job import JobContext
from mmdesk.jobs.child import Child
from mmdesk.services.models.making import own_or_given, place_of
from mmdesk.services.project import Project
from mmdesk.words import tr

ALL = "all"
"""In place of a split: every case."""
_FORM = b"mmdesk evaluation 1\n"
"""Goes up when what is kept changes its form or meaning."""
_KEPT = 20
"""Evaluations kept at most, the newest."""


def evaluate(
    project: Project,
    version: str,
    split: str,
    ctx: JobContext,
    child: Child | None = None,
    *,
    reference: str = "",
    beside: str = "",
    reader: str = "",
) -> dict[str, Any]:
    """Return how good a version is; what was worked out before for the same labels and cases is kept.

    Args:
        project: An open project.
        version: As `resolve_version` takes it; the current one when empty.
        split: `train`, `validation`, `test` or `all`.
        ctx: Told the progress.
        child: The model process to use; one of its own when None.
        reference: Whose labels count: `table`, `reader:NAME`, or by the project's rule when empty.
        beside: Another version to hold it against.
        reader: Whose eyes it is for: where the own read comes first, only cases that this reader has
            read are judged, by labels that the reader may see. Empty for all.

    Returns:
        `version`, `beside`, `split`, `reference`, `cases`, `labels` (hash), `at`, `figures` by name, `targets`
        and `choices` (see `core.judge.report`), `inputs`, `refused`, `notes`, and `hidden`: cases left out as
        the reader has not read them.

    Raises:
        Situation: The split has no labelled cases, or the reference is nobody's.
        ModelProblem: The version cannot be used.
        JobDied: The model process ended early.
    """
    if reference and reference not in references(project):
        known = ", ".join(["consensus", *references(project)])
        raise Situation(
            tr("{reference} is no reference of this project.", reference=reference),
            do=tr("Choose one of: {known}.", known=known),
        )
    job: dict[str, Any] = {
        "kind": "evaluate",
        "project": str(project.folder),
        "version": place_of(project, version),
        "beside": place_of(project, beside) if beside else None,
        "split": "" if split == ALL else split,
        "reference": reference,
        "thresholds": {},
    }
    hidden = 0
    if reader:
        every = [case.id for case in project.store.cases() if split in (ALL, case.split)]
        read = project.read_cases(every, reader)
        labels = project.seen_labels(reader)
        hidden = len(every) - len(read)
        job |= {"only": read, "eyes": {"reader": reader, "own_first": project.own_read_first}}
    else:
        labels = project.store.labels()
    file = project.folder / "cache" / "evaluations" / f"{_digest(project, job, labels)}.json"
    found = _kept(file)
    if found is None:
        with own_or_given(child) as process:
            found = process.run(job, ctx)
        if not project.look_only:
            _keep(file, found)
    figures = {row["metric"]: {k: v for k, v in row.items() if k != "metric"} for row in found["figures"]}
    return {**found, "split": split, "figures": figures, "hidden": hidden}


def references(project: Project, reader: str = "") -> list[str]:
    """Return the references beside the project's rule: the table's labels, and each reader's.

    Args:
        project: An open project.
        reader: Whose eyes it is for; empty for all.
    """
    labels = project.seen_labels(reader) if reader else project.store.labels()
    readers = {one.reader for said in labels.values() for given in said.values() for one in given}
    return [TABLE, *(f"{OF_READER}{name}" for name in sorted(readers - {*NO_READERS}))]


def split_names() -> Sequence[str]:
    """Return what can be judged on."""
    return (*reversed(SPLITS), ALL)


def _digest(project: Project, job: Mapping[str, Any], labels: Mapping[int, Any]) -> str:
    """Return a digest of all that an evaluation follows from: labels, rule, cases, versions and the question."""
    made = {row.id: row.created for row in project.store.versions()}
    ids = [place["id"] for name in ("version", "beside") if (place := job[name])]
    facts = sha256(_FORM)
    facts.update(json.dumps([job, [made.get(one) for one in ids]], sort_keys=True).encode())
    facts.update((project.folder / "project.toml").read_bytes())
    facts.update(repr(project.store.setting("consensus")).encode())
    for place in (job["version"], job["beside"]):
        for name in ("parts.toml", "preparation.json") if place else ():
            path = Path(place["folder"]) / name
            facts.update(path.read_bytes() if path.is_file() else b"-")
    for case in project.store.cases():
        facts.update(repr((case.id, case.name, case.split, case.group, case.inputs, case.notes)).encode())
        facts.update(repr(sorted(labels.get(case.id, {}).items())).encode())
    return facts.hexdigest()


def _kept(file: Path) -> dict[str, Any] | None:
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) and "targets" in found else None


def _keep(file: Path, found: Mapping[str, Any]) -> None:
    """Keep an evaluation, and only the newest ones; without room for it nothing is lost but time."""
    from mmdesk.support.files import write_whole

    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        write_whole(file, json.dumps(found))
        kept = sorted(file.parent.glob("*.json"), key=lambda path: path.stat().st_mtime)
        for path in kept[:-_KEPT]:
            path.unlink(missing_ok=True)
    except OSError:
        return
