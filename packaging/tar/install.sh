#!/bin/sh
# Install mmdesk for yourself, without root and without network.
#   sh install.sh                        into ~/.local
#   sh install.sh --prefix FOLDER        somewhere else
#   sh install.sh --uninstall            take it away again; projects, settings and logs stay
set -eu
here=$(cd "$(dirname "$0")" && pwd)
prefix=$HOME/.local
remove=
while [ $# -gt 0 ]; do
    case $1 in
    --prefix)
        prefix=${2:?"--prefix needs a folder"}
        shift
        ;;
    --uninstall) remove=yes ;;
    *)
        echo "Unknown: $1. Known: --prefix FOLDER, --uninstall." >&2
        exit 2
        ;;
    esac
    shift
done
mkdir -p "$prefix"
prefix=$(cd "$prefix" && pwd)
program=$prefix/opt/mmdesk

# tell_desktop: lets launcher and file type be seen; without these tools the next login does it.
tell_desktop() {
    update-desktop-database "$prefix/share/applications" >/dev/null 2>&1 || true
    update-mime-database "$prefix/share/mime" >/dev/null 2>&1 || true
}

take_away() {
    rm -rf "$program"
    [ ! -L "$prefix/bin/mmdesk" ] || rm -f "$prefix/bin/mmdesk"
    for file in applications/mmdesk.desktop metainfo/org.mmdesk.mmdesk.metainfo.xml mime/packages/mmdesk.xml \
        man/man1/mmdesk.1.gz icons/hicolor/scalable/apps/mmdesk.svg; do
        rm -f "$prefix/share/$file"
    done
    rm -f "$prefix"/share/icons/hicolor/*x*/apps/mmdesk.png
}

# empty_folders: removes those of our folders that nothing else is in, with the lists made of what was in them.
empty_folders() {
    if rmdir "$prefix/share/mime/packages" 2>/dev/null; then rm -rf "$prefix/share/mime"; fi
    set -- "$prefix"/share/applications/*.desktop
    [ -e "$1" ] || rm -f "$prefix/share/applications/mimeinfo.cache"
    for size in "$prefix"/share/icons/hicolor/*/; do rmdir "$size/apps" "$size" 2>/dev/null || true; done
    for folder in share/icons/hicolor share/icons share/applications share/metainfo share/man/man1 \
        share/man share bin opt; do
        rmdir "$prefix/$folder" 2>/dev/null || true
    done
}

if [ -n "$remove" ]; then
    take_away
    tell_desktop
    empty_folders
    echo "mmdesk was removed from $prefix. Projects, settings and logs are where they were."
    exit 0
fi
[ -x "$here/program/mmdesk" ] || {
    echo "The folder 'program' is not beside this script. Unpack the whole archive, then run it again." >&2
    exit 1
}
needed=$(du -sk "$here/program" | cut -f1)
free=$(df -Pk "$prefix" | awk 'NR==2 {print $4}')
[ "$free" -gt "$needed" ] || {
    echo "$prefix has room for $((free / 1024)) MB; mmdesk needs $((needed / 1024)) MB. Nothing was changed." >&2
    exit 1
}
mkdir -p "$prefix/opt" "$prefix/bin" "$prefix/share"
rm -rf "$program.new"
cp -a "$here/program" "$program.new"
take_away
mv "$program.new" "$program"
ln -s "$program/mmdesk" "$prefix/bin/mmdesk"
cp -a "$here/share/." "$prefix/share/"
sed -i "s|^Exec=mmdesk|Exec=\"$program/mmdesk\"|" "$prefix/share/applications/mmdesk.desktop"
tell_desktop
"$program/mmdesk" --version
echo "It is in $program. Start it from the menu, or with: $prefix/bin/mmdesk"
