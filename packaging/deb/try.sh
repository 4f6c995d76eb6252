#!/bin/sh
# Try a Debian package on a clean Debian: sh packaging/deb/try.sh PACKAGE.deb LOGS
# As root, with debootstrap. In a new system of its own: install, self-test, the demo without network as an ordinary
# person, an upgrade over it, removal; then look for anything that was left. Every step is in LOGS/try.log.
# MMDESK_TRY_BASE names a tar file that keeps the clean system, so that the next try need not make it again.
# MMDESK_TRY_TESTS=yes also runs tests/e2e of this checkout against the installed program.
# Ends with 75 when this computer lacks what that needs, and says what.
set -eu
deb=$(readlink -f "$1")
mkdir -p "$2"
logs=$(cd "$2" && pwd)
cd "$(dirname "$0")/../.."
checkout=$PWD
log=$logs/try.log
: >"$log"
say() { printf '%s\n' "$*" | tee -a "$log" >&2; }

lacking() {
    say "$@"
    exit 75
}

[ "$(id -u)" = 0 ] || lacking "Trying a package on a clean system needs root."
command -v debootstrap >/dev/null 2>&1 || lacking "Trying a package on a clean system needs debootstrap."
unshare -n true 2>/dev/null || lacking "This computer does not let a program be cut off from the network (unshare -n)."
suite=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
site=$(apt-get indextargets --format '$(SITE)' "Codename: $suite" 2>/dev/null | head -n 1)
[ -n "$site" ] || lacking "The package lists of $suite are not here: apt-get update."
system=$(mktemp -d)
chmod 755 "$system" # an ordinary person walks through it
trap 'umount "$system/dev/shm" "$system/proc" 2>/dev/null; rm -rf "$system"' EXIT

# step NAME COMMAND...: runs it, keeps what it says and how long it took; ends everything when it does not succeed.
step() {
    name=$1
    shift
    before=$(date +%s)
    say "== $name"
    set +e
    (
        set -e
        "$@"
    ) >>"$log" 2>&1
    code=$?
    set -e
    if [ $code = 0 ]; then
        say "   done in $(($(date +%s) - before)) s"
        return
    fi
    tail -n 25 "$log" >&2
    say "   NOT done: ended with $code after $(($(date +%s) - before)) s"
    [ -z "$excuse" ] || lacking "$excuse"
    exit 1
}
excuse=

inside() { chroot "$system" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 DEBIAN_FRONTEND=noninteractive "$@"; }
# cut_off: as an ordinary person with a name that is not ASCII in the home folder, without network.
cut_off() {
    unshare -n chroot --userspec=reader "$system" env -i PATH=/usr/bin:/bin LANG=C.UTF-8 "HOME=$home" "$@"
}
home="/home/Jörg Ångström"

mounted() {
    mount -t proc proc "$system/proc"
    mkdir -p "$system/dev/shm"
    mount -t tmpfs tmpfs "$system/dev/shm"
}

new_system() {
    debootstrap --variant=minbase "$suite" "$system" "$site"
    mounted
    cp -a /etc/apt/apt.conf.d/. "$system/etc/apt/apt.conf.d/"
    inside useradd --create-home --home-dir "$home" reader
    inside apt-get update -qq
}

install_deb() {
    cp "$1" "$system/tmp/mmdesk.deb"
    inside apt-get install -y -qq --no-install-recommends /tmp/mmdesk.deb
    rm "$system/tmp/mmdesk.deb"
}

everything() {
    find "$system" -xdev \( -path "$system/proc" -o -path "$system/home" -o -path "$system/tmp" -o -path "$system/dev" \
        -o -path "$system/var/lib/apt" -o -path "$system/var/cache/apt" -o -path "$system/var/lib/dpkg" \
        -o -path "$system/var/log" -o -path "$system/var/cache/man" -o -path "$system/var/cache/debconf" -o -path "$system/var/cache/ldconfig" \) \
        -prune -o -print | sed "s|^$system||" | grep -vx /opt | LC_ALL=C sort
}

# libraries: what the program needs besides itself, so that removal can be judged apart from it.
libraries() {
    wanted=$(dpkg-deb -f "$deb" Depends | tr ',' '\n' | sed 's/|.*//; s/(.*//; s/ //g' | grep -v '^libc6$')
    # shellcheck disable=SC2086 # a list of words
    inside apt-get install -y -qq --no-install-recommends $wanted man-db fonts-dejavu-core
}

# persons_files: all but logs and the empty files that SQLite keeps beside a database while somebody looks at it.
persons_files() {
    (cd "$system$home" && find . -type f ! -path './.local/state/*' ! -name '*.db-wal' ! -name '*.db-shm' \
        -exec sha256sum {} + | LC_ALL=C sort)
}

upgrade() {
    persons_files >"$logs/before-upgrade"
    mkdir "$system/tmp/newer"
    dpkg-deb -R "$deb" "$system/tmp/newer"
    sed -i 's/^Version: .*/&+upgrade/' "$system/tmp/newer/DEBIAN/control"
    dpkg-deb --root-owner-group -Znone --build "$system/tmp/newer" "$system/tmp/newer.deb"
    rm -rf "$system/tmp/newer"
    inside apt-get install -y -qq --no-install-recommends /tmp/newer.deb
    rm "$system/tmp/newer.deb"
    persons_files >"$logs/after-upgrade"
    cmp "$logs/before-upgrade" "$logs/after-upgrade"
    cut_off sh -c 'mmdesk doctor "$HOME/.local/share/mmdesk/demo-headless/Phantom eyes.mmdesk"'
}

remove() {
    package=$(dpkg-deb -f "$deb" Package)
    inside apt-get purge -y -qq "$package"
    everything >"$logs/after"
    diff "$logs/before" "$logs/after"
    persons_files >"$logs/after-removal"
    cmp "$logs/before-upgrade" "$logs/after-removal"
}

selftest() {
    cut_off mmdesk --selftest /tmp/selftest.json || { cat "$system/tmp/selftest.json"; return 1; }
    cp "$system/tmp/selftest.json" "$logs/selftest.json"
}

demo() {
    cut_off mmdesk demo --headless --json >"$logs/demo.json"
    cp "$system$home/.local/share/mmdesk/demo-headless/report.md" "$logs/demo-report.md"
    cp -r "$system$home/.local/share/mmdesk/demo-headless/screenshots" "$logs/"
}

tests() {
    MMDESK_PROGRAM="$system/opt/mmdesk/mmdesk" unshare -n "$checkout/.venv/bin/python" -m pytest -q "$checkout/tests/e2e/test_program.py"
}

kept_system() {
    tar -C "$system" -xf "$MMDESK_TRY_BASE"
    mounted
}

if [ -f "${MMDESK_TRY_BASE:-}" ]; then
    step "the clean $suite that was kept" kept_system
else
    excuse="A clean system could not be made: is there a connection to the packages?"
    step "a clean $suite" new_system
    step "what it depends on" libraries
    excuse=
    [ -z "${MMDESK_TRY_BASE:-}" ] ||
        step "keeping it" tar -C "$system" --one-file-system --exclude=./proc/* --exclude=./dev/shm/* -cf "$MMDESK_TRY_BASE" .
fi
everything >"$logs/before"
step "install" install_deb "$deb"
step "no network in maintainer scripts" sh -c "! dpkg-deb -I '$deb' | grep -E '(pre|post)(inst|rm)'"
step "man page" inside man mmdesk
step "self-test, without network, as an ordinary person" selftest
step "demo, without network" demo
[ "${MMDESK_TRY_TESTS:-}" != yes ] || step "end-to-end tests against the installed program" tests
step "upgrade keeps the person's files" upgrade
step "removal leaves nothing behind" remove
say "All of it went well."
