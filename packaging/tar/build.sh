#!/bin/sh
# Make an archive for computers without root: sh packaging/tar/build.sh FROZEN PACKAGES
set -eu
frozen=$(cd "$1" && pwd)
mkdir -p "$2"
out=$(cd "$2" && pwd)
cd "$(dirname "$0")/../.."
. packaging/linux/stage.sh
facts "$frozen"
folder=$name-$version-linux-x86_64
root=$frozen/tar-root
rm -rf "$root"
mkdir -p "$root/$folder"
cp -al "$frozen/mmdesk" "$root/$folder/program" 2>/dev/null || cp -a "$frozen/mmdesk" "$root/$folder/program"
desktop_files "$frozen" "$root/$folder/share"
cp packaging/tar/install.sh packaging/policy.toml LICENSE "$root/$folder/"
chmod 755 "$root/$folder/install.sh"
archive=$out/$folder.tar.gz
tar -C "$root" --sort=name --owner=0 --group=0 --numeric-owner --mtime="@$SOURCE_DATE_EPOCH" -cf - "$folder" |
    gzip -6n >"$archive"
rm -rf "$root"
printf '%s\n' "$archive"
