"""Settings, declared once as data, and what the window remembers between runs."""

from __future__ import annotations

import getpass
import itertools
import json
import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from PySide6.QtCore import QObject, Signal

from mmdesk.support.clock import utc_now
from mmdesk.support.files import write_whole
from mmdesk.support.paths import config_dir
from mmdesk.support.policy import Policy, policy
from mmdesk.words import QT_TR_NOOP, tr


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting: the settings page, the checks and the defaults come from it.

    Attributes:
        name: Key in the file.
        section: Heading on the settings page.
        words: What it decides.
        default: Value when never set; its type is the setting's type.
        choices: Values with their words; empty for texts and switches.
        help: One sentence below it.
        project: It is a rule of the open project, for everyone, and journalled.
    """

    name: str
    section: str
    words: str
    default: Any
    choices: tuple[tuple[Any, str], ...] = ()
    help: str = ""
    project: bool = False

    def takes(self, value: Any) -> bool:
        """Tell whether a value may be stored."""
        if self.choices:
            return any(value == choice for choice, _ in self.choices)
        return type(value) is type(self.default)


_DECLARED: Final = (
    Setting(
        "own_read_first",
        "Reading",
        QT_TR_NOOP("The model's answer appears"),
        True,
        ((True, QT_TR_NOOP("after my own read")), (False, QT_TR_NOOP("at once"))),
        QT_TR_NOOP("A rule for everyone on this project; changing it goes into the journal."),
        project=True,
    ),
    Setting(
        "store_mode",
        "Reading",
        QT_TR_NOOP("When a label is complete"),
        "enter",
        (
            ("enter", QT_TR_NOOP("wait for Enter")),
            ("store", "store"),
            ("next", QT_TR_NOOP("store and go to the next case")),
        ),
    ),
    Setting("reader", "Reading", "Reader", "Reader 1", (), QT_TR_NOOP("The name stands beside every label you store.")),
    Setting("reading_keys", "Keys", QT_TR_NOOP("Single keys while reading"), True, ((True, "on"), (False, "off"))),
    Setting(
        "surround",
        "Images",
        QT_TR_NOOP("Grey round the images"),
        "dark",
        (("black", "black"), ("dark", "dark"), ("mid", QT_TR_NOOP("mid grey"))),
        QT_TR_NOOP("It changes how contrast looks, so it is the same in both themes."),
    ),
    Setting(
        "image_memory",
        "Images",
        QT_TR_NOOP("Memory for images"),
        400,
        ((200, "200 MB"), (400, "400 MB"), (800, "800 MB"), (1600, "1,600 MB")),
        QT_TR_NOOP("Decoded images are kept up to this size, so that cases come back at once."),
    ),
    Setting(
        "previous_images",
        "Images",
        QT_TR_NOOP("Images of the previous reading"),
        False,
        ((False, QT_TR_NOOP("not shown")), (True, QT_TR_NOOP("beside the case's own"))),
        QT_TR_NOOP("Of the case of the same group that was before this one, by its date or its place in the table."),
    ),
    Setting(
        "theme",
        "Look",
        "Theme",
        "system",
        (("system", QT_TR_NOOP("as the system")), ("dark", "dark"), ("light", "light")),
    ),
    Setting(
        "text_size",
        "Look",
        QT_TR_NOOP("Text size"),
        100,
        ((100, "100 %"), (125, "125 %"), (150, "150 %"), (200, "200 %")),
    ),
    Setting(
        "dock_side", "Look", QT_TR_NOOP("Record and targets stand"), "right", (("right", "right"), ("left", "left"))
    ),
)


def under_policy(setting: Setting, decided: Policy) -> Setting:
    """Return a setting as this computer's administrator lets it be."""
    if setting.name == "reader" and decided.readers:
        own = _account()
        own = own if own in decided.readers else decided.readers[0]
        return replace(setting, default=own, choices=tuple((name, name) for name in decided.readers))
    if setting.name == "own_read_first" and decided.own_read_first is not None:
        kept = tuple(choice for choice in setting.choices if choice[0] is decided.own_read_first)
        return replace(setting, choices=kept, help=tr("Decided by this computer's administrator."))
    return setting


def _account() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return ""


SETTINGS: Final = tuple(under_policy(setting, policy()) for setting in _DECLARED)


class JsonFile:
    """A small JSON object on disk; a file that cannot be read is kept aside and replaced."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()
        self._numbers = itertools.count(1)
        self._written = 0
        self.values: dict[str, Any] = {}
        try:
            loaded = json.loads(path.read_text(encoding="utf-8"))
            self.values = dict(loaded.items())
        except FileNotFoundError:
            pass
        except (OSError, ValueError, AttributeError) as problem:
            aside = path.with_name(f"{path.stem}.unreadable-{utc_now()[:19].replace(':', '')}{path.suffix}")
            logging.getLogger(__name__).info(tr("%s cannot be read (%s); kept as %s"), path, problem, aside)
            try:
                path.replace(aside)
            except OSError:
                logging.getLogger(__name__).info(tr("%s cannot be moved aside"), path)

    def prepare_save(self) -> Callable[[], None]:
        """Return a call, for any thread, that writes what is held now unless something newer was."""
        text = json.dumps(self.values, indent=1, ensure_ascii=False)
        number = next(self._numbers)

        def save() -> None:
            with self._lock:
                if number > self._written:
                    self._written = number
                    self._write(text)

        return save

    def _write(self, text: str) -> None:
        """Write it whole; a full or read-only disk costs only the memory of the layout."""
        try:
            write_whole(self.path, text)
        except OSError as problem:
            logging.getLogger(__name__).info(tr("%s cannot be written: %s"), self.path, problem)


class Preferences(QObject):
    """The settings of this computer's user and the window's memory.

    Signals:
        changed: Name of the setting that has a new value.

    Attributes:
        save_with: Takes the call that writes a file; a program hands it to another thread.
    """

    changed = Signal(str)

    def __init__(self, folder: Path | None = None) -> None:
        super().__init__()
        self.save_with: Callable[[Callable[[], None]], object] = _at_once
        folder = folder or config_dir()
        self._settings = JsonFile(folder / "settings.json")
        self._memory = JsonFile(folder / "window.json")
        self._declared = {setting.name: setting for setting in SETTINGS}

    def save_at_once(self) -> None:
        """Write directly from now on (the program is about to end)."""
        self.save_with = _at_once
        for file in (self._settings, self._memory):
            if file.values:
                file.prepare_save()()

    def get(self, name: str) -> Any:
        """Return a setting's value; the default when none or an unusable one is stored."""
        setting = self._declared[name]
        value = self._settings.values.get(name, setting.default)
        return value if setting.takes(value) else setting.default

    def set(self, name: str, value: Any) -> None:
        """Store a setting and tell everyone.

        Raises:
            ValueError: The setting does not take that value.
        """
        if not self._declared[name].takes(value):
            raise ValueError(f"{name} does not take {value!r}")
        if self.get(name) != value:
            self._settings.values[name] = value
            self.save_with(self._settings.prepare_save())
            self.changed.emit(name)

    @property
    def key_choices(self) -> dict[str, list[str]]:
        """The reader's own keys by action name."""
        stored = self._settings.values.get("keys", {})
        return {str(k): [str(x) for x in v] for k, v in stored.items() if isinstance(v, list)}

    def set_keys(self, action: str, keys: list[str] | None) -> None:
        """Store the reader's own keys of an action; None goes back to the declared ones."""
        stored = self.key_choices
        stored.pop(action, None)
        if keys is not None:
            stored[action] = keys
        self._settings.values["keys"] = stored
        self.save_with(self._settings.prepare_save())
        self.changed.emit("keys")

    def recall(self, name: str, default: Any = None) -> Any:
        """Return what the window remembered under a name."""
        return self._memory.values.get(name, default)

    def remember(self, name: str, value: Any) -> None:
        """Remember a JSON value under a name."""
        if self._memory.values.get(name) != value:
            self._memory.values[name] = value
            self.save_with(self._memory.prepare_save())

    @property
    def recent(self) -> list[dict[str, Any]]:
        """Projects opened lately, newest first: `folder`, `name`, `at`, `total`, `unread`."""
        stored = self.recall("recent", [])
        return [entry for entry in stored if isinstance(entry, dict) and isinstance(entry.get("folder"), str)]

    def add_recent(self, folder: str, **facts: Any) -> None:
        """Put a project first in the list of recent ones."""
        old = next((entry for entry in self.recent if entry["folder"] == folder), {})
        rest = [entry for entry in self.recent if entry["folder"] != folder]
        self.remember("recent", [{**old, "folder": folder, **facts}, *rest][:9])

    def forget_recent(self, folder: str) -> None:
        """Take a project off the list; its folder is left alone."""
        self.remember("recent", [entry for entry in self.recent if entry["folder"] != folder])


def _at_once(save: Callable[[], None]) -> None:
    save()
