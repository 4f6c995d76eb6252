"""Where a project's folder lies, and what of that can damage a database."""

from __future__ import annotations

import os
import sys
from pathlib import Path

NETWORK_TYPES = {
    "9p", "afpfs", "afs", "ceph", "cifs", "fuse.davfs", "fuse.glusterfs", "fuse.rclone", "fuse.sshfs",
    "glusterfs", "lustre", "ncpfs", "nfs", "nfs4", "smb2", "smb3", "smbfs", "sshfs", "webdav",
}  # fmt: skip
_ROOM = 1 << 18
_SYNC_FOLDERS = {
    "onedrive": "OneDrive",
    "dropbox": "Dropbox",
    "icloud drive": "iCloud",
    "iclouddrive": "iCloud",
    "mobile documents": "iCloud",
    "com~apple~clouddocs": "iCloud",
    "google drive": "Google Drive",
    "googledrive": "Google Drive",
    "nextcloud": "Nextcloud",
}
_SYNC_VARIABLES = ("OneDrive", "OneDriveConsumer", "OneDriveCommercial")


def synced_by(folder: Path) -> str:
    """Return the name of the service that synchronises a folder, or an empty text."""
    path = folder.absolute()
    for part in path.parts:
        plain = part.casefold()
        for name, service in _SYNC_FOLDERS.items():
            if plain == name or plain.startswith((f"{name} -", f"{name} (", f"{name}-")):
                return service
    for variable in _SYNC_VARIABLES:
        root = os.environ.get(variable)
        if root and path.is_relative_to(root):
            return "OneDrive"
    for parent in (path, *path.parents):
        if (parent / ".dropbox").exists() or (parent / ".dropbox.cache").exists():
            return "Dropbox"
    return ""


def on_network(folder: Path, mounts: Path = Path("/proc/mounts")) -> bool:
    """Tell whether a folder lies on a network share.

    Args:
        folder: The folder; it need not be there yet.
        mounts: The system's list of mounts, on Linux.
    """
    path = folder.absolute()
    if sys.platform == "win32":
        return _windows_share(path)
    try:
        lines = mounts.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return False
    best, network = -1, False
    for line in lines:
        words = line.split(" ")
        if len(words) < 3:
            continue
        point = Path(words[1].replace("\\040", " ").replace("\\011", "\t").replace("\\134", "\\"))
        if len(point.parts) >= best and path.is_relative_to(point):
            best, network = len(point.parts), words[2] in NETWORK_TYPES
    return network


def _windows_share(path: Path) -> bool:
    import ctypes

    if path.drive.startswith("\\\\"):
        return True
    remote = 4
    return bool(ctypes.windll.kernel32.GetDriveTypeW(f"{path.drive}\\") == remote)  # type: ignore[attr-defined]


def free_bytes(folder: Path) -> int:
    """Return how many bytes are free where a folder lies."""
    import shutil

    return shutil.disk_usage(folder).free


def has_room(folder: Path) -> bool:
    """Tell whether a database can be written where a folder lies: the files beside it take some room."""
    try:
        return free_bytes(folder) >= _ROOM
    except OSError:
        return True


def writable(folder: Path) -> bool:
    """Tell whether files can be made in a folder, by making one."""
    probe = folder / f".write-{os.getpid()}"
    try:
        probe.touch()
        probe.unlink()
    except OSError:
        return False
    return True


def warnings_of(folder: Path) -> list[str]:
    """Return what to warn a person of about a project's place, in words."""
    found = []
    if service := synced_by(folder):
        found.append(
            f"{service} synchronises this folder, which can damage a project while it is open. "
            "Nothing is lost so far. Move the project to a folder that is not synchronised."
        )
    if free_bytes(folder) < 500 << 20:
        found.append("Less than 500 MB are free on this disk. Everything so far is stored. Free some space soon.")
    return found
