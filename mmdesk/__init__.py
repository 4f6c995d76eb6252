"""mmdesk: read cases of images and fields, with a model that learns from your corrections.

For a notebook: `mmdesk.open(folder)` opens a project, see `mmdesk.api.project.Project`. What is named in
`NOTEBOOK` keeps its meaning by semantic versioning, as `mmdesk.api_version` says; nothing else here does.
"""

from importlib import import_module
from typing import Any

from mmdesk.support.offline import stay_offline

__version__ = "0.1.0"
NOTEBOOK = ("Project", "Situation", "api_version", "open")

stay_offline()


def __getattr__(name: str) -> Any:
    """Import what a notebook uses when it is first asked for, as the window must start without it."""
    if name in NOTEBOOK:
        return getattr(import_module("mmdesk.api.project"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *NOTEBOOK})
