"""Use case: see whether this computer and a project are in order."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version

from mmdesk.core.cases.case import Case, ImageRef
from mmdesk.core.errors import ImageProblem, ModelProblem
from mmdesk.core.fields.kinds import kind_of
from mmdesk.core.fields.values import Missing, Reason
from mmdesk.core.job import JobContext, Progress
from mmdesk.core.versions.version import ORIGINAL_ONNX, VersionState, read_parts
from mmdesk.services import schema_record
from mmdesk.services.project import Project
from mmdesk.support import build, unfinished
from mmdesk.support.files import sha256_of
from mmdesk.support.logs import log_file
from mmdesk.support.paths import config_dir, data_dir
from mmdesk.support.policy import policy
from mmdesk.words import tr

PACKAGES = ("PySide6_Essentials", "onnxruntime", "numpy", "Pillow", "pydicom", "keras", "SQLAlchemy")
"""Packages whose versions a report of a problem needs."""

_TENSORFLOW = ("tensorflow-cpu", "tensorflow")


def computer() -> dict[str, str]:
    """Return facts about this computer and installation, by name, in words.

    Nothing is imported for it that a command would not need anyway.
    """
    from mmdesk.storage.database.dialect import sqlite_version

    facts = {
        "mmdesk": " ".join(
            part for part in (build.version(), build.commit(), build.build_date(), build.flavour()) if part
        ),
        "python": platform.python_version(),
        "system": platform.platform(),
        "processors": str(os.cpu_count() or "unknown"),
        "sqlite": sqlite_version(),
        "display": _display(),
        "settings": str(config_dir()),
        "policy": " ".join([str(policy().file or "none"), *policy().problems]),
        "data": str(data_dir()),
        "log": str(log_file()),
    }
    facts |= {name: _version(name) for name in PACKAGES}
    found = [name for name in _TENSORFLOW if _version(name) != "not installed"]
    facts["tensorflow"] = _version(found[0]) if found else tr("not installed")
    return facts


def examine(project: Project, ctx: JobContext) -> list[str]:
    """Look for what is wrong in a project: database, journal, models, every image.

    Args:
        project: The project; nothing in it is changed.
        ctx: Told about progress, asked whether to stop.

    Returns:
        One sentence a problem; none when all is well.
    """
    ctx.progress(Progress(words=tr("Checking the database and the journal")))
    found = [*project.warnings, *project.store.check_database(), *project.store.check_journal()]
    ctx.check_cancelled()
    ctx.progress(Progress(words=tr("Checking the models")))
    found += [*_leftovers(project), *_models(project)]
    said = set(found)
    found += [
        words
        for words in (
            *schema_record.stored_unfit(project.store),
            *schema_record.models_unfit(project.store, project.schema, project.folder),
        )
        if words not in said
    ]
    cases = project.store.cases()
    for done, case in enumerate(cases):
        ctx.check_cancelled()
        ctx.progress(Progress(done, len(cases), tr("Decoding every image")))
        found += _images(project, case)
    return found


def _leftovers(project: Project) -> Iterator[str]:
    from mmdesk.storage.leftovers import leftovers

    for path in leftovers(project.store):
        yield tr(
            "{relative_to} is left from work that did not end by itself, or "
            "is going on now; it is removed when the project is next opened to edit.",
            relative_to=path.relative_to(project.folder),
        )
    for path in unfinished.left():
        yield tr(
            "{path} is left from work that did not end by itself; it is removed when mmdesk is next started.", path=path
        )


def _models(project: Project) -> Iterator[str]:
    from mmdesk.services.models.prediction import resolve_version

    for row in project.store.versions():
        for key in row.card.damaged:
            of = tr("its card") if row.card.unreadable else tr("the part {key} of its card", key=key)
            yield tr("Model {id}: {of} cannot be read.", id=row.id, of=of)
        if row.state == VersionState.DISCARDED:
            continue
        try:
            _id, folder, parts_folder = resolve_version(project, row.id)
            parts = read_parts((folder / "parts.toml").read_text(encoding="utf-8"))
        except (ModelProblem, OSError) as problem:
            yield tr("Model {id}: {problem}", id=row.id, problem=problem)
            continue
        brought = (folder / ORIGINAL_ONNX).is_file()
        if build.can_train() and not brought and not (folder / "model.keras").is_file():
            yield tr("Model {id}: its file model.keras is not there.", id=row.id)
        for name in parts.files:
            part = parts_folder / name
            if not part.is_file():
                yield tr("Model {id}: its part {name} is not there.", id=row.id, name=name)
            elif sha256_of(part) != part.stem:
                yield tr("Model {id}: its part {name} is not as it was made.", id=row.id, name=name)


def _images(project: Project, case: Case) -> Iterator[str]:
    from mmdesk.imaging.base.bound import CHANGED, State, images_of
    from mmdesk.imaging.checking import check_file_of

    images = images_of(project.folder)
    for field in project.schema.images:
        where = tr("Case {name}, {title}", name=case.name, title=field.title)
        value = case.inputs.get(field.name)
        if isinstance(value, Missing) and value.reason in (Reason.NO_FILE, Reason.UNREADABLE):
            yield f"{where}: {value.say()}."
        if not isinstance(value, ImageRef):
            continue
        try:
            if images.state(value) == State.CHANGED:
                yield f"{where}: {value.path}: {CHANGED}."
            else:
                check_file_of(images.path(value), stack=kind_of(field).is_stack)
        except ImageProblem as problem:
            yield f"{where}: {value.path}: {problem.what}"


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return tr("not installed")


def _display() -> str:
    if sys.platform != "linux":
        return "yes"
    found = [name for name in ("WAYLAND_DISPLAY", "DISPLAY") if os.environ.get(name)]
    return f"{found[0]}={os.environ[found[0]]}" if found else "none"
