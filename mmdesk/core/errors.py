"""Every failure a person may meet.

MmdeskError
 +- Situation          the person's situation: shown in three sentences, exit code 1
 |   +- FieldProblem   a value that a field does not take
 |   +- SchemaProblem  a schema that cannot be used, with file, line and key
 |   +- NotAProject    a folder that is no project
 |   +- ProjectTooNew  a project made by a newer mmdesk
 |   +- LookOnly       the project is open elsewhere; nothing can change
 |   +- DiskFull       a write did not fit
 |   +- ImageProblem   an image that cannot be read
 |   +- TableProblem   a table that cannot be imported
 |   +- ModelProblem   a model version that cannot be used
 |   |   +- RunsCode       a model that runs code of its maker's own
 |   |   +- RecipeRefused  a recipe that cannot be built and trained, with place and reason
 |   +- TrainingRefused  training would not be honest or possible
 |   +- JobDied        the child process ended before its job did
 +- Cancelled          the person stopped it: shown to nobody

Any other exception is our bug.
"""

from __future__ import annotations

from collections.abc import Mapping

from mmdesk.words import QT_TR_NOOP, tr


class MmdeskError(Exception):
    """Root of all errors that mmdesk raises on purpose."""


class Cancelled(MmdeskError):
    """The person stopped the work; nothing is shown."""


class Situation(MmdeskError):
    """Something in the person's situation, said in three sentences.

    Attributes:
        what: What happened, one plain sentence.
        safe: What is safe or unchanged.
        do: What to do next.
        details: Codes and technical words, shown only under Details.
    """

    default_safe = QT_TR_NOOP("Nothing was changed.")

    def __init__(self, what: str, safe: str = "", do: str = "", details: str = "") -> None:
        self.what = what
        self.safe = safe or tr(self.default_safe)
        self.do = do
        self.details = details
        super().__init__(self.say())

    def say(self) -> str:
        """Return the sentences as one line of text."""
        return " ".join(part for part in (self.what, self.safe, self.do) if part)


class FieldProblem(Situation):
    """A value that a field does not take; the earlier value stays."""

    default_safe = QT_TR_NOOP("The earlier value stays.")


class SchemaProblem(Situation):
    """A schema that cannot be used; names file, line and key."""


class NotAProject(Situation):
    """A path that is no mmdesk project."""


class ProjectTooNew(Situation):
    """A project made by a newer mmdesk; it is left untouched."""

    default_safe = QT_TR_NOOP("It is untouched.")


class LookOnly(Situation):
    """The project cannot be changed here, only looked at."""

    default_safe = QT_TR_NOOP("You can look, nothing can change.")


class DiskFull(Situation):
    """A write did not fit on the disk."""


class ImageProblem(Situation):
    """An image that cannot be read.

    Attributes:
        reason: The missing-reason that the case gets: `no-file` or `unreadable`.
    """

    default_safe = QT_TR_NOOP("The rest of the case is safe.")

    def __init__(self, what: str, *, reason: str = "unreadable", do: str = "", details: str = "") -> None:
        self.reason = reason
        super().__init__(what, do=do or tr("Replace the file, or press M to mark it missing."), details=details)


class TableProblem(Situation):
    """A table that cannot be imported."""

    default_safe = QT_TR_NOOP("Nothing is written yet.")


class ModelProblem(Situation):
    """A model version that cannot be used."""

    default_safe = QT_TR_NOOP("All labels are safe.")


class RunsCode(ModelProblem):
    """A model that runs code of its maker's own; it is taken only by a person's word."""


class RecipeRefused(ModelProblem):
    """A recipe from which no model can be built and trained.

    Attributes:
        reason: Why, in lower case and without a full stop.
        part: `encoder`, `fusion`, `target`, `training` or `augment`; empty for the whole.
        index: Which of the encoders or targets, from 0.
        key: The option; empty for the whole part.
        repair: Values of options of that part with which it would work; empty when there is
            no one way.
    """

    default_safe = QT_TR_NOOP("The current model and all labels are safe.")

    def __init__(
        self,
        reason: str,
        do: str,
        where: str = "recipe",
        *,
        part: str = "",
        index: int = 0,
        key: str = "",
        repair: Mapping[str, object] | None = None,
    ) -> None:
        self.reason = reason
        self.part, self.index, self.key = part, index, key
        self.repair = dict(repair or {})
        super().__init__(tr("The recipe cannot be used: {reason} ({where}).", reason=reason, where=where), do=do)


class TrainingRefused(Situation):
    """Training would not be honest or possible with these cases."""

    default_safe = QT_TR_NOOP("The current model and all labels are safe.")


class JobDied(Situation):
    """The child process ended before its job did."""

    default_safe = QT_TR_NOOP("The current model and all labels are safe.")
