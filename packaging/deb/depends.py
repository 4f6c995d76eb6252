"""Say which Debian packages a frozen program needs: python3 packaging/deb/depends.py FOLDER.

Libraries that the program links to, or that Qt loads on a desktop, and that are not in its folder are
traced to the packages that hold them here. glibc gets the lowest version that has every symbol used.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

RENAMED = {"libcups2": "libcups2 | libcups2t64", "libglib2.0-0": "libglib2.0-0 | libglib2.0-0t64"}
"""Packages that have another name in newer releases."""
LOADED = ("libxcb-cursor.so.0", "libEGL.so.1", "libGL.so.1")
"""Libraries that are loaded by name while the program runs."""


def elf_files(folder: Path) -> list[Path]:
    """Return programs and libraries in a folder."""
    found = []
    for path in folder.rglob("*"):
        if path.is_file() and not path.is_symlink():
            with path.open("rb") as file:
                if file.read(4) == b"\x7fELF":
                    found.append(path)
    return found


def said(*command: str) -> str:
    """Return what a command prints."""
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout


def needed(files: list[Path]) -> tuple[set[str], tuple[int, ...]]:
    """Return the names of libraries that files link to, and the newest glibc version they ask for."""
    names: set[str] = set()
    newest: tuple[int, ...] = (2, 17)
    for path in files:
        told = said("objdump", "-p", str(path))
        names |= set(re.findall(r"NEEDED\s+(\S+)", told))
        for version in re.findall(r"GLIBC_(\d+\.\d+)", told):
            newest = max(newest, tuple(int(part) for part in version.split(".")))
    return names, newest


def package_of(library: str, places: dict[str, str]) -> str:
    """Return the package that holds a library here; empty when none does."""
    place = places.get(library, "")
    for path in (place, place.removeprefix("/usr"), f"/usr{place}"):
        if path and (owner := said("dpkg-query", "-S", path)):
            return owner.split(":")[0]
    return ""


def main(folder: Path) -> str:
    """Return the value of `Depends`."""
    files = elf_files(folder)
    own = {path.name for path in folder.rglob("*") if ".so" in path.name}
    names, glibc = needed(files)
    places = dict(re.findall(r"^\s*(\S+) \(libc6,x86-64[^)]*\) => (\S+)", said("/sbin/ldconfig", "-p"), re.MULTILINE))
    wanted = {package_of(name, places) for name in (names | set(LOADED)) - own}
    lines = [f"libc6 (>= {'.'.join(map(str, glibc))})"]
    lines += [RENAMED.get(name, name) for name in sorted(wanted - {"", "libc6"})]
    return ", ".join(lines)


if __name__ == "__main__":
    print(main(Path(sys.argv[1])))
