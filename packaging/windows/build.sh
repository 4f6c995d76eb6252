#!/bin/sh
# Compile the installer for Windows with makensis: sh packaging/windows/build.sh PACKAGES
# WINDOWS_PROGRAM names the frozen folder that packaging/windows/build.ps1 made on Windows. Without it the script is
# proven around a stub of a few files, and the result is named so that nobody can take it for the real one.
set -eu
mkdir -p "$1"
out=$(cd "$1" && pwd)
cd "$(dirname "$0")/../.."
version=$(sed -n 's/^__version__ = "\(.*\)"/\1/p' mmdesk/__init__.py)
program=${WINDOWS_PROGRAM:-}
suffix=
if [ -z "$program" ]; then
    stub=$(mktemp -d)
    trap 'rm -rf "$stub"' EXIT
    program=$stub/mmdesk
    mkdir -p "$program/_internal/mmdesk/resources/Größe 目"
    for file in mmdesk.exe mmdesk-cli.exe _internal/base_library.zip "_internal/mmdesk/resources/Größe 目/ä.txt"; do
        echo "stub: not a program" >"$program/$file"
    done
    suffix=-STUB
fi
setup=$out/mmdesk-$version-windows-x64$suffix-setup.exe
size=$(du -sk --apparent-size "$program" | cut -f1)
makensis -V2 -WX -INPUTCHARSET UTF8 "-DVERSION=$version" "-DPROGRAM=$program" "-DSETUP=$setup" "-DSIZE_KB=$size" \
    packaging/windows/mmdesk.nsi >&2
printf '%s\n' "$setup"
