#!/bin/sh
# Build the Debian package, install it on a clean system, let it try itself, remove it: what .ci/run does after the tests.
#   sh packaging/check_package.sh [FOLDER]      the package and the logs go there (dist)
# Ends with 0 when all went well, 1 when the package is not as it should be, and 75 when this computer lacks what it
# takes (root, debootstrap, the package index) or the time ran out: that says nothing about the package.
set -eu
cd "$(dirname "$0")/.."
. packaging/setup.sh
out=${1:-dist}
minutes=${MMDESK_PACKAGE_MINUTES:-25}

# bounded COMMAND...: runs it until the time that is left is used up.
bounded() {
    left=$((end - $(date +%s)))
    [ $left -gt 0 ] || stop_late
    code=0
    timeout -k 20 "$left" "$@" || code=$?
    case $code in
    0) ;;
    124 | 137) stop_late ;;
    75) exit 75 ;;
    *) exit 1 ;;
    esac
}

stop_late() {
    say "The package was not checked to its end: $minutes minutes were over."
    exit 75
}

end=$(($(date +%s) + minutes * 60))
[ "$(uname -s)" = Linux ] || { say "Debian packages are built on Linux." && exit 75; }
has apt-get || { say "A Debian package is built on Debian or Ubuntu." && exit 75; }
has debootstrap || install_packages debootstrap debootstrap || exit 75
bounded sh packaging/build.sh --out "$out" deb nsis
deb=$(ls -t "$out"/packages/mmdesk_*_amd64.deb | head -n 1)
bounded env MMDESK_TRY_TESTS=yes sh packaging/deb/try.sh "$deb" "$out/tried"
