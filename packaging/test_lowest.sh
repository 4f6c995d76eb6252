#!/bin/sh
# Run the fast tests with the lowest versions of every direct dependency that pyproject.toml admits: its floors are true.
#   sh packaging/test_lowest.sh [ARGS]   ARGS go to pytest; the environment stays in .venv-lowest
set -eu
cd "$(dirname "$0")/.."
. packaging/setup.sh
set_up
lowest=.venv-lowest
UV="$PWD/$PY -m uv"
same_index_for_uv
[ -x "$lowest/bin/python" ] || "$PY" -m venv "$lowest"
wanted=$lowest/requirements.txt
$UV pip compile -q --resolution lowest-direct --group dev pyproject.toml --no-header -o "$wanted"
$UV pip install -q --python "$lowest/bin/python" --compile-bytecode -r "$wanted"
site=$("$lowest/bin/python" -c 'import sysconfig; print(sysconfig.get_paths()["purelib"])')
printf '%s\n' "$PWD" >"$site/mmdesk-checkout.pth"
# The floors of versions are read from the lock, pictures of the window from its own Qt: neither is the matter here.
exec "$lowest/bin/python" -m pytest -q -m "not slow" --deselect tests/unit/test_floors.py "$@"
