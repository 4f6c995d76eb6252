#!/bin/sh
# Set mmdesk up in .venv (once), then run every check and the fast tests; all run, any failure counts.
#   sh packaging/test.sh                 checks and fast tests
#   sh packaging/test.sh --slow          the slow tests as well
#   sh packaging/test.sh [--slow] ARGS   ARGS go to pytest, such as tests/unit/test_floors.py
set -eu
cd "$(dirname "$0")/.."
. packaging/setup.sh
started=$(date +%s)
marks="not slow"
if [ "${1:-}" = --slow ]; then
    marks=""
    shift
fi
set_up
if [ "$(uname -s)" = Linux ] && ! has xvfb-run; then
    install_packages "xvfb xauth" "xorg-x11-server-Xvfb xorg-x11-xauth" ||
        say "Without xvfb the window is tested off screen, and tests of the real program's window are skipped."
fi
if [ "$(uname -s)" = Linux ] && ! has strace; then
    install_packages strace strace ||
        say "Without strace, the tests that nothing leaves the computer are skipped."
fi

PATH=$PWD/.venv/bin:$PATH
export PATH
summary=
failed=0

# check NAME COMMAND...: runs it, keeps its result and time for the summary.
check() {
    name=$1
    shift
    before=$(date +%s)
    printf '\n== %s\n' "$name"
    if "$@"; then result=passed; else result=FAILED failed=1; fi
    summary="$summary$(printf '%-14s %-7s %4d s' "$name" "$result" $(($(date +%s) - before)))
"
}

under_display() {
    if has xvfb-run; then xvfb-run -a -s "-screen 0 1600x1000x24" "$@"; else "$@"; fi
}

summary="$(printf '%-14s %-7s %4d s' set-up passed $(($(date +%s) - started)))
"
check format "$PY" -m ruff format --check .
check style "$PY" -m ruff check .
check types "$PY" -m mypy
check layers .venv/bin/lint-imports
check tests under_display "$PY" -m pytest -q -m "$marks" "$@"

printf '\n%sin all %d s\n' "$summary" $(($(date +%s) - started))
exit $failed
