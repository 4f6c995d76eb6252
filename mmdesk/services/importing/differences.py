"""How a table differs from the project that it is imported into."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mmdesk.core.cases.case import Case, ImageRef
from mmdesk.services.importing.run import ImportRun
from mmdesk.storage.store import NewCase

_NAMED = 10
"""Examples that a sentence names."""


def compared(before: Sequence[Case], cases: Iterator[NewCase], run: ImportRun) -> Iterator[NewCase]:
    """Pass cases on; say at the end which known ones come with other pictures than before."""
    known = {case.name: case for case in before}
    other: list[str] = []
    for case in cases:
        earlier = known.get(case.name)
        for name, value in case.inputs.items():
            held = earlier.inputs.get(name) if earlier else None
            if isinstance(value, ImageRef) and isinstance(held, ImageRef) and value.sha256 != held.sha256:
                other.append(f"case {case.name}, {name}")
        yield case
    if other:
        more = f" and {len(other) - _NAMED:,} more" if len(other) > _NAMED else ""
        said = f"{len(other):,} images are not the ones" if len(other) > 1 else "1 image is not the one"
        run.told.warnings.append(
            f"{said} imported before: "
            f"{'; '.join(other[:_NAMED])}{more}. Labels given on the earlier ones stay: look at them again."
        )
