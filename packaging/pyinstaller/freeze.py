"""Freeze mmdesk into one folder that needs no Python: window, command line, model process.

    python packaging/pyinstaller/freeze.py --flavour full --out build/full

Run it with the Python of an environment made from packaging/lock-package.txt; packaging/build.sh and
packaging/windows/build.ps1 do. The folder OUT/mmdesk is the program; OUT/made holds what was made for it.
The same commit gives the same files: times and hash seeds are fixed, and the date is that of the commit.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
SIZES = (16, 24, 32, 48, 64, 128, 256, 512)


def version() -> str:
    """Return the program's version without importing the program."""
    text = (ROOT / "mmdesk" / "__init__.py").read_text(encoding="utf-8")
    return str(re.findall(r'__version__ = "([^"]+)"', text)[0])


def of_git(*words: str) -> str:
    """Return what git says about the checkout; empty where there is none."""
    done = subprocess.run(["git", "-C", str(ROOT), *words], capture_output=True, text=True, check=False)
    return done.stdout.strip() if done.returncode == 0 else ""


def epoch() -> int:
    """Return the time that every file of the package bears: that of the commit."""
    return int(os.environ.get("SOURCE_DATE_EPOCH") or of_git("log", "-1", "--format=%ct") or 946684800)


def write_facts(made: Path, flavour: str) -> None:
    """Write what the program says of itself."""
    facts = {
        "version": version(),
        "commit": os.environ.get("MMDESK_COMMIT") or of_git("rev-parse", "--short", "HEAD"),
        "date": datetime.fromtimestamp(epoch(), UTC).strftime("%Y-%m-%d"),
        "flavour": flavour,
    }
    (made / "build.json").write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")


def draw_icons(made: Path) -> None:
    """Draw the program's icon in every size, and as the icon files of Windows and macOS."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from PIL import Image
    from PySide6.QtGui import QGuiApplication, QImage, QPainter
    from PySide6.QtSvg import QSvgRenderer

    app = QGuiApplication(["icons"])
    drawing = QSvgRenderer(str(ROOT / "resources" / "themes" / "mmdesk.svg"))
    for size in SIZES:
        image = QImage(size, size, QImage.Format.Format_ARGB32)
        image.fill(0)
        painter = QPainter(image)
        drawing.render(painter)
        painter.end()
        image.save(str(made / f"mmdesk-{size}.png"))
    largest = Image.open(made / f"mmdesk-{SIZES[-1]}.png")
    largest.save(made / "mmdesk.ico", sizes=[(size, size) for size in SIZES if size <= 256])
    largest.save(made / "mmdesk.icns")
    app.quit()


def write_windows_version(made: Path) -> None:
    """Write the facts that Windows shows in a program's properties."""
    numbers = (*(int(part) for part in version().split(".")[:3]), 0)
    (made / "version.txt").write_text(
        f"""VSVersionInfo(
  ffi=FixedFileInfo(filevers={numbers}, prodvers={numbers}, mask=0x3F, flags=0, OS=0x40004, fileType=1),
  kids=[
    StringFileInfo([StringTable("040904B0", [
      StringStruct("FileDescription", "mmdesk"),
      StringStruct("FileVersion", "{version()}"),
      StringStruct("ProductName", "mmdesk"),
      StringStruct("ProductVersion", "{version()}"),
      StringStruct("LegalCopyright", "Apache License 2.0"),
    ])]),
    VarFileInfo([VarStruct("Translation", [1033, 1200])]),
  ],
)
""",
        encoding="utf-8",
    )


def freeze(out: Path, flavour: str) -> Path:
    """Freeze the program and return its folder."""
    made = out / "made"
    shutil.rmtree(out, ignore_errors=True)
    made.mkdir(parents=True)
    write_facts(made, flavour)
    draw_icons(made)
    write_windows_version(made)
    environment = os.environ | {
        "MMDESK_FACTS": str(made / "build.json"),
        "MMDESK_FLAVOUR": flavour,
        "MMDESK_VERSION": version(),
        "PYTHONHASHSEED": "0",
        "PYTHONPATH": str(ROOT),
        "QT_QPA_PLATFORM": "offscreen",
        "SOURCE_DATE_EPOCH": str(epoch()),
        "TF_CPP_MIN_LOG_LEVEL": "3",
    }
    command = [sys.executable, "-m", "PyInstaller", "--noconfirm", "--log-level", "WARN"]
    places = ["--distpath", str(out), "--workpath", str(out / "work"), str(HERE / "mmdesk.spec")]
    subprocess.run([*command, *places], check=True, cwd=out, env=environment)
    program = out / ("mmdesk.app" if sys.platform == "darwin" else "mmdesk")
    shutil.rmtree(out / "work")
    if sys.platform == "linux":
        strip(program)
        settle(program)
    return program


def strip(program: Path) -> None:
    """Take out symbol tables that nobody reads."""
    sys.path.insert(0, str(HERE))
    from contents import to_strip

    if not shutil.which("strip"):
        print("strip is not here (binutils): the package becomes larger.", file=sys.stderr)
        return
    for library in to_strip(program):
        before = library.stat().st_size
        subprocess.run(["strip", "--strip-unneeded", str(library)], check=True)
        print(f"stripped {library.name}: {before / 1e6:.0f} to {library.stat().st_size / 1e6:.0f} MB")


def settle(program: Path) -> None:
    """Give every file the commit's time and plain rights."""
    for path in [program, *program.rglob("*")]:
        if not path.is_symlink():
            runs = path.is_dir() or path == program / "mmdesk"
            path.chmod(0o755 if runs else 0o644)
        os.utime(path, (epoch(), epoch()), follow_symlinks=False)


def main() -> None:
    """Freeze, and say what came of it."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--flavour", choices=("full", "reader"), default="full")
    arguments.add_argument("--out", type=Path, required=True)
    wanted = arguments.parse_args()
    start = time.monotonic()
    program = freeze(wanted.out.resolve(), wanted.flavour)
    files = [path for path in program.rglob("*") if path.is_file() and not path.is_symlink()]
    size = sum(path.stat().st_size for path in files)
    print(f"{wanted.flavour}: {size / 1e6:.0f} MB in {len(files)} files, {time.monotonic() - start:.0f} s")


if __name__ == "__main__":
    main()
