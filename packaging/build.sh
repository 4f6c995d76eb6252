#!/bin/sh
# Build installable packages of mmdesk from a checkout.
#   sh packaging/build.sh deb                        a Debian package, everything in it
#   sh packaging/build.sh --flavour reader deb tar   without TensorFlow: everything but training
#   sh packaging/build.sh all                        deb, tar, rpm and nsis in both flavours
# WHAT: freeze deb tar rpm appimage nsis; --out FOLDER (dist), --again freezes even when this commit is frozen.
# Ends with 75 when something that this computer lacks kept it from building, and says what.
set -eu
cd "$(dirname "$0")/.."
. packaging/setup.sh
flavour=full
out=dist
what=
again=
while [ $# -gt 0 ]; do
    case $1 in
    --flavour | --out)
        [ $# -gt 1 ] || stop "$1 needs a word after it."
        [ "$1" = --out ] && out=$2 || flavour=$2
        shift
        ;;
    --again) again=yes ;;
    freeze | deb | tar | rpm | appimage | nsis | all) what="$what $1" ;;
    *) stop "Unknown: $1. See the top of packaging/build.sh." ;;
    esac
    shift
done
case $flavour in full | reader) ;; *) stop "The flavours are full and reader." ;; esac
[ -n "$what" ] || what=" deb"
mkdir -p "$out"
out=$(cd "$out" && pwd)
packages=$out/packages
NEEDED="binutils python3"

# lacking WORDS: something is not here that building needs.
lacking() {
    say "$@"
    exit 75
}

# timed NAME COMMAND...: runs it and says how long it took.
timed() {
    before=$(date +%s)
    step=$1
    shift
    "$@" || return $?
    say "-- $step: $(($(date +%s) - before)) s"
}

can_be_frozen() {
    "$1" -c 'import sys, sysconfig
sys.exit(not (sys.platform != "linux" or sysconfig.get_config_var("Py_ENABLE_SHARED")))'
}

# tools: an environment of its own, from packaging/lock-package.txt; PY is an ordinary checkout's.
tools() {
    set_up
    can_be_frozen "$PY" ||
        lacking "$("$PY" --version) here has no shared library, which freezing needs: use a Python that was built with --enable-shared."
    for tool in objdump strip; do
        has $tool || install_packages "$NEEDED" binutils || lacking "Freezing needs $tool."
    done
    stamp=$(cksum <packaging/lock-package.txt)
    [ "$(cat "$out/venv/mmdesk.stamp" 2>/dev/null)" != "$stamp" ] || return 0
    say "Making the environment that packages are built with in $out/venv."
    same_index_for_uv
    rm -rf "$out/venv"
    "$PY" -m venv "$out/venv"
    "$PY" -m uv pip install -q --python "$out/venv/bin/python" --require-hashes -r packaging/lock-package.txt >&2 ||
        lacking "The packages to build with could not be installed. Check the connection to the package index."
    printf '%s\n' "$stamp" >"$out/venv/mmdesk.stamp"
}

# state: what a frozen program is made of; the same state need not be frozen twice.
state() {
    git rev-parse HEAD 2>/dev/null || echo "no git"
    git status --porcelain -- mmdesk resources packaging 2>/dev/null | cksum
    git diff HEAD -- mmdesk resources packaging 2>/dev/null | cksum
    cksum <packaging/lock-package.txt
}

freeze() {
    frozen=$out/$flavour
    if [ -z "$again" ] && [ "$(cat "$frozen/state" 2>/dev/null)" = "$(state)" ]; then
        say "This commit is frozen already: $frozen/mmdesk"
        return 0
    fi
    timed "environment" tools
    timed "freezing, $flavour" "$out/venv/bin/python" packaging/pyinstaller/freeze.py --flavour "$flavour" \
        --out "$frozen" >&2
    state >"$frozen/state"
}

# package KIND: makes one kind of package of the frozen program.
package() {
    made=$(timed "$1, $flavour" sh "packaging/$1/build.sh" "$out/$flavour" "$packages")
    say "$made: $(du -m --apparent-size "$made" | cut -f1) MiB"
    printf '%s\n' "$made"
}

installer() {
    has makensis || install_packages nsis nsis || lacking "The installer for Windows needs makensis (nsis)."
    sh packaging/windows/build.sh "$packages"
}

build() {
    case $1 in
    freeze) freeze ;;
    nsis) installer ;;
    rpm)
        has rpmbuild || install_packages rpm rpm-build || lacking "An RPM needs rpmbuild."
        freeze
        package rpm
        ;;
    *)
        freeze
        package "$1"
        ;;
    esac
}

for kind in $what; do
    if [ "$kind" = all ]; then
        for flavour in full reader; do
            for one in deb tar rpm; do build $one; done
        done
        build nsis
    else
        build "$kind"
    fi
done
if [ -d "$packages" ]; then
    cd "$packages"
    find . -type f ! -name SHA256SUMS ! -name '*.asc' | LC_ALL=C sort | sed 's|^\./||' | while read -r file; do
        sha256sum "$file"
    done >SHA256SUMS
    # A hook for signing: MMDESK_SIGN gets each file that is to be signed, such as SHA256SUMS for gpg.
    [ -z "${MMDESK_SIGN:-}" ] || $MMDESK_SIGN SHA256SUMS
fi
