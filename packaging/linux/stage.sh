# Sourced: `stage FROZEN ROOT` lays an installed system out under ROOT from OUT/mmdesk and OUT/made.

# install_size FOLDER: its size in KiB.
install_size() { du -sk --apparent-size "$1" | cut -f1; }

# facts OUT: sets version, date, flavour, name and epoch of what was frozen.
facts() {
    version=$(sed -n 's/.*"version": "\(.*\)".*/\1/p' "$1/made/build.json")
    date=$(sed -n 's/.*"date": "\(.*\)".*/\1/p' "$1/made/build.json")
    flavour=$(sed -n 's/.*"flavour": "\(.*\)".*/\1/p' "$1/made/build.json")
    name=mmdesk
    [ "$flavour" = full ] || name=mmdesk-$flavour
    SOURCE_DATE_EPOCH=$(stat -c %Y "$1/mmdesk/mmdesk")
    export SOURCE_DATE_EPOCH
}

fill_in() { sed "s/@VERSION@/$version/g; s/@DATE@/$date/g; s/@NAME@/$name/g" "$1"; }

# desktop_files OUT SHARE: launcher, icons, file type, metainfo and man page below a share folder.
desktop_files() {
    here=packaging/linux
    mkdir -p "$2/applications" "$2/metainfo" "$2/mime/packages" "$2/man/man1" "$2/icons/hicolor/scalable/apps"
    cp $here/mmdesk.desktop "$2/applications/mmdesk.desktop"
    cp $here/mmdesk.xml "$2/mime/packages/mmdesk.xml"
    fill_in $here/org.mmdesk.mmdesk.metainfo.xml >"$2/metainfo/org.mmdesk.mmdesk.metainfo.xml"
    fill_in $here/mmdesk.1 | gzip -9n >"$2/man/man1/mmdesk.1.gz"
    cp resources/themes/mmdesk.svg "$2/icons/hicolor/scalable/apps/mmdesk.svg"
    for size in 16 24 32 48 64 128 256 512; do
        mkdir -p "$2/icons/hicolor/${size}x$size/apps"
        cp "$1/made/mmdesk-$size.png" "$2/icons/hicolor/${size}x$size/apps/mmdesk.png"
    done
}

stage() {
    facts "$1"
    rm -rf "$2"
    mkdir -p "$2/opt" "$2/usr/bin" "$2/usr/share/doc/$name"
    cp -al "$1/mmdesk" "$2/opt/mmdesk" 2>/dev/null || cp -a "$1/mmdesk" "$2/opt/mmdesk"
    ln -s /opt/mmdesk/mmdesk "$2/usr/bin/mmdesk"
    desktop_files "$1" "$2/usr/share"
    cp packaging/policy.toml "$2/usr/share/doc/$name/policy.toml"
    gzip -9n <CHANGELOG.md >"$2/usr/share/doc/$name/changelog.gz"
    cp "$1/mmdesk/_internal/mmdesk/resources/third_party/licences.txt" "$2/usr/share/doc/$name/copyright"
    find "$2/usr" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
    find "$2/usr" -type d -exec chmod 755 {} +
    find "$2/usr" -type f -exec chmod 644 {} +
}
