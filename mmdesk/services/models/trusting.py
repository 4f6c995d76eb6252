"""Use case: a model runs its maker's code once, by a person's word, and is taken as what it compiles to."""

from __future__ import annotations

import hashlib
import json
import platform
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mmdesk.core.errors import LookOnly, ModelProblem, Situation
from mmdesk.core.job import JobContext
from mmdesk.core.model.foreign import LARGEST_CODE
from mmdesk.jobs.child import Child, Patience
from mmdesk.services.models.making import own_or_given
from mmdesk.services.project import Project
from mmdesk.storage.leftovers import INCOMING
from mmdesk.support.clock import utc_now
from mmdesk.support.policy import FORBID, GUARDED, policy
from mmdesk.words import tr

RUNNING = Patience(grace=0.5, terminate=0.5, limit=420.0)


@dataclass(frozen=True, slots=True)
class MakersCode:
    """A file of code as a person sees it.

    Attributes:
        file: Where it lies.
        text: What it says.
        sha256: Its digest: only this is run.
    """

    file: Path
    text: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Compiled:
    """What a model's code compiled to, until it is added or dropped.

    Attributes:
        file: An ONNX file, which is looked at and added like any other.
        origin: What it was made of, for `foreign_models.add`.
        say: What held the code in, in words.
    """

    file: Path
    origin: dict[str, Any]
    say: str

    def say_added(self) -> str:
        """Return what the journal says when it becomes a candidate."""
        code = self.origin["code"]
        return tr(
            "Added from {name} ({sha256}), whose code {file} ({code}) ran once by {reader}'s word: {why}.",
            name=self.origin["name"],
            sha256=self.origin["sha256"],
            file=code["file"],
            code=code["sha256"] or "-",
            reader=code["trusted_by"],
            why=code["why"].rstrip("."),
        )

    def drop(self) -> None:
        """Remove it; a version that was made of it keeps copies."""
        shutil.rmtree(self.file.parent, ignore_errors=True)


def read_code(file: Path) -> MakersCode:
    """Read a file of code, to be shown; nothing of it runs.

    Raises:
        Situation: It cannot be read, is too large, or is no text.
    """
    try:
        if not file.is_file():
            raise Situation(tr("{file} is no file.", file=file), do=tr("Choose the .py file with the model's layers."))
        with file.open("rb") as opened:
            data = opened.read(LARGEST_CODE + 1)
        if len(data) > LARGEST_CODE:
            raise Situation(
                tr("{name} is larger than {most} kB.", name=file.name, most=LARGEST_CODE // 1000),
                do=tr("Give only the layers that the model needs, so that a person can read them."),
            )
        return MakersCode(file, data.decode("utf-8"), hashlib.sha256(data).hexdigest())
    except (OSError, UnicodeDecodeError) as why:
        raise Situation(
            tr("{name} cannot be read.", name=file.name),
            do=tr("Choose a .py file in UTF-8 that you may open."),
            details=str(why),
        ) from why


def why_forbidden() -> str:
    """Return why no code of a model may run on this computer; empty where it may."""
    if policy().model_code == FORBID:
        return tr("This computer's administrator does not let code that comes with models run.")
    if policy().model_code == GUARDED and not _can_shut_in():
        return tr("This computer cannot shut such code in, which its administrator requires.")
    return ""


def say_guards() -> str:
    """Return what will hold the code in on this computer, before it runs."""
    if _can_shut_in():
        return tr(
            "It runs once, in a process of its own that this system shuts in as far as it can: no network, no files "
            "but its own, no other processes, limited in time and memory. What held is written on the card."
        )
    return tr("It runs once, with your rights: this system offers nothing that shuts it in; only its time is limited.")


def _can_shut_in() -> bool:
    return platform.system() == "Linux"


def check_word(why: str) -> str:
    """Return a reason without space around it.

    Raises:
        Situation: There is none, or the computer's policy forbids such code.
    """
    if forbidden := why_forbidden():
        raise ModelProblem(
            forbidden,
            tr("Nothing of it was run, and nothing was changed."),
            tr("Ask its maker for a model of stock Keras layers, or for an ONNX file."),
        )
    if not why.strip():
        raise Situation(
            tr("Its code is not run: nobody vouches for it yet."),
            do=tr("Say who made it and why you trust it; it goes into the journal and on the card."),
        )
    return why.strip()


def run_code(
    project: Project,
    file: Path,
    code: MakersCode | None,
    why: str,
    *,
    reader: str,
    ctx: JobContext,
    child: Child | None = None,
) -> Compiled:
    """Run a model's code once and keep what the model compiles to.

    The journal says so before anything runs.

    Args:
        project: A project open for writing.
        file: The `.keras` file.
        code: The file of code, as it was shown; None where the model holds all that it needs.
        why: Who made it, and why it is trusted.
        reader: Who vouches for it.
        ctx: Told the progress; its cancel ends the code.
        child: The model process to use; one of its own when None.

    Raises:
        ModelProblem: The policy forbids it, or it does not compile to what it computes.
        Situation: Nobody vouches for it.
        LookOnly: The project cannot be changed here.
    """
    word = check_word(why)
    if project.look_only:
        raise LookOnly(project.look_only)
    at = utc_now()
    digest = _digest(file)
    told = {"model": digest, "code": code.sha256 if code else "", "file": code.file.name if code else ""}
    with project.store.write() as writing:
        writing.note(reader, [{"action": "code", "field": file.name, "new": json.dumps(told)}], why=word)
    with own_or_given(child) as process, _kept_if_whole(project) as folder:
        out = folder / f"{file.stem}.onnx"
        job = {
            "kind": "trust",
            "source": str(file.absolute()),
            "sha256": digest,
            "code": str(code.file.absolute()) if code else "",
            "code_sha256": code.sha256 if code else "",
            "incoming": str(folder),
            "guarded": policy().model_code == GUARDED,
            "out": str(out),
        }
        made = process.run(job, ctx, patience=RUNNING)
    by = {"trusted_by": reader, "why": word, "ran_on": at, "guards": made["guards"]}
    origin = {
        "name": file.name,
        "model": made["model"],
        "sha256": made["sha256"],
        "bytes": made["bytes"],
        "saved_by": tr("Keras {keras}", keras=made["keras"]),
        "classes": made["classes"],
        "code_file": made["code"],
        "code": {"file": told["file"] or tr("none but in the model"), "sha256": told["code"], **by},
    }
    return Compiled(out, origin, str(made["guards"]))


def _digest(file: Path) -> str:
    try:
        with file.open("rb") as opened:
            return hashlib.file_digest(opened, "sha256").hexdigest()
    except OSError as why:
        raise ModelProblem(
            tr("{name} cannot be read.", name=file.name), do=tr("Check that you may open it."), details=str(why)
        ) from why


@contextmanager
def _kept_if_whole(project: Project) -> Iterator[Path]:
    """Give an empty folder that stays only when all went well; a killed one is removed at the next start."""
    folder = project.folder / "models" / INCOMING / uuid.uuid4().hex
    folder.mkdir(parents=True)
    try:
        yield folder
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
