#!/bin/sh
# Make a Debian package of a frozen program: sh packaging/deb/build.sh FROZEN PACKAGES
# FROZEN holds mmdesk/ and made/ (packaging/pyinstaller/freeze.py); the package goes into PACKAGES.
# Nothing runs at installation: dpkg's own triggers take up launcher, icons and file type.
set -eu
frozen=$(cd "$1" && pwd)
mkdir -p "$2"
out=$(cd "$2" && pwd)
cd "$(dirname "$0")/../.."
. packaging/linux/stage.sh
root=$frozen/deb-root
stage "$frozen" "$root"
deb_version=$version${MMDESK_DEB_REVISION:-}
other=mmdesk-reader
[ "$flavour" = full ] || other=mmdesk
mkdir "$root/DEBIAN"
cat >"$root/DEBIAN/control" <<EOF
Package: $name
Version: $deb_version
Architecture: amd64
Maintainer: The mmdesk maintainers <mmdesk@localhost>
Section: science
Priority: optional
Installed-Size: $(install_size "$root")
Depends: $(python3 packaging/deb/depends.py "$frozen/mmdesk")
Recommends: fonts-dejavu-core | fonts-liberation | fonts-noto-core, shared-mime-info, desktop-file-utils
Conflicts: $other
Replaces: $other
Description: read cases of images and fields with a model that learns
 A case is several images, usually a pair, and a record of fields. You see the
 images side by side, edit fields, get the prediction of a multi-input Keras
 model, and correct it.$([ "$flavour" = full ] || printf '\n %s' "This flavour does everything but train.")
 .
 It works offline: nothing leaves the computer. For research use; it is not a
 medical device.
EOF
touch -d "@$SOURCE_DATE_EPOCH" "$root/DEBIAN/control" "$root/DEBIAN" "$root" "$root/opt"
deb=$out/${name}_${deb_version}_amd64.deb
dpkg-deb --root-owner-group -Z"${MMDESK_COMPRESS:-xz}" -z"${MMDESK_LEVEL:-6}" --build "$root" "$deb" >&2
rm -rf "$root"
printf '%s\n' "$deb"
