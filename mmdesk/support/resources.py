"""Files that the program reads at run time, in a checkout, a wheel and a frozen program."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent.parent
_PLACES = (_PACKAGE / "resources", _PACKAGE.parent / "resources")


def resource(*parts: str) -> Path:
    """Return the path of a resource, such as `resource("icons", "flag.svg")`.

    Args:
        parts: Path below `resources/`; neither absolute nor leading out of it.

    Raises:
        FileNotFoundError: There is no such resource.
        ValueError: The path leads out of the resources.
    """
    relative = Path(*parts)
    if relative.is_absolute() or ".." in relative.parts:
        raise ValueError(relative)
    for place in _PLACES:
        if (path := place / relative).exists():
            return path
    raise FileNotFoundError(relative)
