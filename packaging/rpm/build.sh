#!/bin/sh
# Make an RPM of a frozen program with rpmbuild: sh packaging/rpm/build.sh FROZEN PACKAGES
set -eu
command -v rpmbuild >/dev/null 2>&1 || {
    echo "rpmbuild is not here. On Debian: apt-get install rpm" >&2
    exit 75
}
frozen=$(cd "$1" && pwd)
mkdir -p "$2"
out=$(cd "$2" && pwd)
cd "$(dirname "$0")/../.."
. packaging/linux/stage.sh
root=$frozen/rpm-root
stage "$frozen" "$root"
other=mmdesk-reader
[ "$flavour" = full ] || other=mmdesk
glibc=$(python3 packaging/deb/depends.py "$frozen/mmdesk" | sed -n 's/libc6 (>= \([0-9.]*\)).*/\1/p')
work=$frozen/rpm-work
rm -rf "$work"
mkdir -p "$work"
rpmbuild -bb --quiet --define "_topdir $work" --define "_rpmdir $out" --define "mmdesk_root $root" \
    --define "mmdesk_name $name" --define "mmdesk_version $version" --define "mmdesk_other $other" \
    --define "mmdesk_glibc $glibc" --define "mmdesk_zstd ${MMDESK_ZSTD:-12}" packaging/rpm/mmdesk.spec >&2
rm -rf "$root" "$work"
printf '%s\n' "$out/x86_64/$name-$version-1.x86_64.rpm"
