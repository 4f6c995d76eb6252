#!/bin/sh
# Make an AppImage of a frozen program: sh packaging/appimage/build.sh FROZEN PACKAGES
# It needs `appimagetool` and its runtime file (type2-runtime), which a release engineer fetches once and puts into
# place: APPIMAGETOOL=/path/appimagetool APPIMAGE_RUNTIME=/path/runtime-x86_64. Without them the folder is prepared
# and checked, and the script ends with 75. Nothing is downloaded.
set -eu
frozen=$(cd "$1" && pwd)
mkdir -p "$2"
out=$(cd "$2" && pwd)
cd "$(dirname "$0")/../.."
. packaging/linux/stage.sh
facts "$frozen"
app=$frozen/mmdesk.AppDir
rm -rf "$app"
mkdir -p "$app/usr"
cp -al "$frozen/mmdesk" "$app/usr/mmdesk" 2>/dev/null || cp -a "$frozen/mmdesk" "$app/usr/mmdesk"
desktop_files "$frozen" "$app/usr/share"
cp "$app/usr/share/applications/mmdesk.desktop" "$app/mmdesk.desktop"
cp resources/themes/mmdesk.svg "$app/mmdesk.svg"
cat >"$app/AppRun" <<'EOF'
#!/bin/sh
exec "$(dirname "$(readlink -f "$0")")/usr/mmdesk/mmdesk" "$@"
EOF
chmod 755 "$app/AppRun"
"$app/AppRun" --version >&2
tool=${APPIMAGETOOL:-$(command -v appimagetool || true)}
if [ -z "$tool" ] || [ ! -f "${APPIMAGE_RUNTIME:-}" ]; then
    echo "The folder $app is ready, but appimagetool or its runtime is not here: no AppImage was made." >&2
    exit 75
fi
ARCH=x86_64 "$tool" --no-appstream --runtime-file "$APPIMAGE_RUNTIME" "$app" "$out/$name-$version-x86_64.AppImage" >&2
rm -rf "$app"
printf '%s\n' "$out/$name-$version-x86_64.AppImage"
