"""Whether a model version still fits the fields of its project."""

from __future__ import annotations

from mmdesk.core.fields.kinds import kind_of
from mmdesk.core.fields.schema import Field, Schema
from mmdesk.core.fields.states import TargetState
from mmdesk.core.model.prepare import Preparation
from mmdesk.words import tr


def answers(field: Field | None, state: TargetState | None) -> bool:
    """Tell whether a version's output is an answer to a target: same kind, same options in their order."""
    if field is None or state is None or field.kind != state.kind:
        return False
    return not kind_of(field).has_options or field.options == state.options


def answered(schema: Schema, preparation: Preparation) -> list[str]:
    """Return the names of a project's targets that a version answers."""
    return [target.name for target in schema.targets if answers(target, preparation.targets.get(target.name))]


def misfits(schema: Schema, preparation: Preparation) -> list[str]:
    """Return in words what of a project's fields is not as a version was made for.

    Targets that only one of the two has are no misfit.
    """
    fields = {field.name: field for field in schema}
    found = []
    for name, target in preparation.targets.items():
        field = fields.get(name)
        if field is not None and not answers(field, target):
            made = ", ".join(target.options) if kind_of(field).has_options else target.kind
            found.append(
                tr("it answers {title} with {made}, which are not its options of now", title=field.title, made=made)
            )
    for name, state in preparation.inputs.items():
        field = fields.get(name)
        if field is None or field.role != "input" or field.kind != state.kind:
            found.append(tr("it takes the input {name}, which is not there now and is left out", name=name))
        elif kind_of(field).has_options and (fresh := [o for o in field.options if o not in state.known]):
            found.append(tr("it does not know {title} {fresh}", title=field.title, fresh=", ".join(fresh)))
    return found
