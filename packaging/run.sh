#!/bin/sh
# Set mmdesk up in .venv (once) and open the demo in the window.
#   sh packaging/run.sh              the demo; without a display, `mmdesk demo --headless`
#   sh packaging/run.sh COMMAND...   any mmdesk command, such as `doctor`
set -eu
here=$PWD
cd "$(dirname "$0")/.."
. packaging/setup.sh
set_up
python=$PWD/$PY
cd "$here"
if [ $# -gt 0 ]; then
    exec "$python" -m mmdesk "$@"
fi
if [ "$(uname -s)" = Darwin ] || [ -n "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ]; then
    exec "$python" -m mmdesk demo
fi
say "There is no display here: the demo runs without a window."
exec "$python" -m mmdesk demo --headless
