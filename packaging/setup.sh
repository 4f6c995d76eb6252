# Sourced by run.sh and test.sh, with the checkout as working directory.
# `set_up` leaves a private environment in .venv, or says in words what is missing.

STAMP=.venv/mmdesk.stamp
PY=.venv/bin/python
APT_QT="libegl1 libgl1 libglib2.0-0 libfontconfig1 libdbus-1-3 libxkbcommon0 libxkbcommon-x11-0 libx11-xcb1 \
libxcb-cursor0 libxcb-icccm4 libxcb-image0 libxcb-keysyms1 libxcb-randr0 libxcb-render-util0 libxcb-shape0 \
libxcb-sync1 libxcb-xfixes0 libxcb-xkb1 libcups2 fonts-dejavu-core"
DNF_QT="mesa-libEGL mesa-libGL glib2 fontconfig dbus-libs libxkbcommon libxkbcommon-x11 libX11-xcb \
xcb-util-cursor xcb-util-wm xcb-util-image xcb-util-keysyms xcb-util-renderutil cups-libs dejavu-sans-fonts"

say() { printf '%s\n' "$*" >&2; }

stop() {
    say "$@"
    exit 1
}

has() { command -v "$1" >/dev/null 2>&1; }

# install_packages APT-NAMES DNF-NAMES: as root installs them, else says the command; fails unless installed.
install_packages() {
    if has apt-get; then
        if [ "$(id -u)" = 0 ]; then
            say "Installing from the system: $1"
            [ -n "${apt_updated:-}" ] || apt-get update -qq >&2 || say "The package lists could not be refreshed."
            apt_updated=1
            # shellcheck disable=SC2086 # a list of words
            output=$(DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $1 2>&1) && return 0
            say "$output"
        fi
        say "Please run: sudo apt-get install $1"
    elif has dnf; then
        if [ "$(id -u)" = 0 ]; then
            say "Installing from the system: $2"
            # shellcheck disable=SC2086
            output=$(dnf install -y -q $2 2>&1) && return 0
            say "$output"
        fi
        say "Please run: sudo dnf install $2"
    else
        say "Please install with your system's package manager: $1"
    fi
    return 1
}

# supported PYTHON: a 64-bit Python 3.11 to 3.13.
supported() {
    "$1" -c 'import struct, sys; sys.exit(not ((3, 11) <= sys.version_info[:2] <= (3, 13) and struct.calcsize("P") == 8))' \
        >/dev/null 2>&1
}

can_make_environments() { "$1" -c 'import ensurepip, venv' >/dev/null 2>&1; }

# find_python: sets `python`, preferring one that can make environments.
find_python() {
    python=
    for name in python3 python3.13 python3.12 python3.11 python; do
        has "$name" && supported "$name" || continue
        [ -n "$python" ] || python=$name
        if can_make_environments "$name"; then
            python=$name
            return 0
        fi
    done
    [ -n "$python" ]
}

install_python() {
    found=$(python3 --version 2>/dev/null || echo "no Python 3")
    say "mmdesk needs Python 3.11, 3.12 or 3.13; this computer has $found."
    if [ "$(uname -s)" = Darwin ]; then
        stop "Please install Python 3.13 from python.org or with: brew install python@3.13"
    fi
    for minor in 13 12 11; do
        if has apt-get && [ "$(id -u)" = 0 ]; then
            [ -n "${apt_updated:-}" ] || apt-get update -qq >&2 || true
            apt_updated=1
            apt-cache show "python3.$minor" >/dev/null 2>&1 || continue
        fi
        install_packages "python3.$minor python3.$minor-venv" "python3.$minor" && find_python && return 0
        break
    done
    stop "Then run this again."
}

install_venv() {
    version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
    say "Python $version here cannot make a private environment: its venv package is missing."
    install_packages "python$version-venv" "python$version" && can_make_environments "$python" && return 0
    stop "Then run this again."
}

check_platform() {
    case "$(uname -s)-$(uname -m)" in
    Linux-x86_64 | Darwin-arm64) ;;
    *) stop "mmdesk runs on Linux x86_64, Windows 10 or later, and macOS 14 on Apple silicon; not on $(uname -s) $(uname -m)." ;;
    esac
}

# The same package source for uv as pip has been told to use.
same_index_for_uv() {
    index=${PIP_INDEX_URL:-$("$PY" -m pip config get global.index-url 2>/dev/null || true)}
    [ -z "$index" ] || [ -n "${UV_DEFAULT_INDEX:-}" ] || export UV_DEFAULT_INDEX="$index"
    [ -z "${PIP_CERT:-}" ] || [ -n "${SSL_CERT_FILE:-}" ] || export SSL_CERT_FILE="$PIP_CERT"
}

make_environment() {
    say "Setting up mmdesk in .venv with $("$python" --version) (once, some minutes)."
    "$python" -m venv --clear .venv || stop "The private environment could not be made in $PWD/.venv."
    if "$PY" -m pip install -q --disable-pip-version-check --require-hashes -r packaging/bootstrap.txt >&2; then
        same_index_for_uv
        if "$PY" -m uv pip install --python "$PY" --compile-bytecode --require-hashes -r packaging/lock.txt >&2; then
            return 0
        fi
        say "The fast installer could not do it; trying pip, which takes longer."
    fi
    "$PY" -m pip install -q --disable-pip-version-check --require-hashes -r packaging/lock.txt >&2 ||
        stop "The packages could not be installed. Check the connection to the package index, then run this again."
}

# So that `import mmdesk` finds this checkout from any folder.
point_at_checkout() {
    site=$("$PY" -c 'import sysconfig; print(sysconfig.get_paths()["purelib"])')
    printf '%s\n' "$PWD" >"$site/mmdesk-checkout.pth"
}

missing_libraries() {
    for file in .venv/lib/python*/site-packages/PySide6/QtWidgets.abi3.so \
        .venv/lib/python*/site-packages/PySide6/Qt/plugins/platforms/libqxcb.so; do
        ldd "$file" 2>/dev/null
    done | awk '/not found/ {print $1}' | sort -u
}

has_fonts() {
    [ -n "$(find /usr/share/fonts /usr/local/share/fonts "$HOME/.fonts" "$HOME/.local/share/fonts" \
        -name '*.[to]tf' -print 2>/dev/null | head -n 1)" ]
}

check_libraries() {
    [ "$(uname -s)" = Linux ] || return 0
    missing=$(missing_libraries)
    if [ -n "$missing" ] || ! has_fonts; then
        say "The window needs system libraries or fonts that are not here:" $missing
        install_packages "$APT_QT" "$DNF_QT" || return 1
    fi
}

wanted_stamp() {
    cat packaging/lock.txt packaging/bootstrap.txt | cksum
    printf '%s\n' "$PWD"
}

# set_up: does nothing when .venv was made from this lock, in this place.
set_up() {
    [ -x "$PY" ] && [ -f "$STAMP" ] && [ "$(cat "$STAMP")" = "$(wanted_stamp)" ] && return 0
    check_platform
    find_python || install_python
    can_make_environments "$python" || install_venv
    make_environment
    point_at_checkout
    check_libraries || stop "Then run this again; everything else is ready."
    "$PY" -m compileall -q mmdesk || true
    wanted_stamp >"$STAMP"
}
