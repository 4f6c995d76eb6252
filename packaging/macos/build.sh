#!/bin/sh
# Build mmdesk for macOS 14 on Apple silicon: freeze, sign, self-test, disk image, notarise.
#   sh packaging/macos/build.sh [--flavour full|reader] [--out dist]
# MMDESK_SIGN_AS     the name of a "Developer ID Application" certificate; without it the app is signed for this
#                    computer only, and macOS asks before it opens it elsewhere
# MMDESK_NOTARY      the name of a profile that `xcrun notarytool store-credentials` has kept
set -eu
cd "$(dirname "$0")/../.."
[ "$(uname -s)-$(uname -m)" = Darwin-arm64 ] || {
    echo "This needs macOS on Apple silicon." >&2
    exit 75
}
flavour=full
out=dist
while [ $# -gt 1 ]; do
    case $1 in
    --flavour) flavour=$2 ;;
    --out) out=$2 ;;
    *) echo "Unknown: $1" >&2 && exit 2 ;;
    esac
    shift 2
done
sh packaging/build.sh --flavour "$flavour" --out "$out" freeze
out=$(cd "$out" && pwd)
app=$out/$flavour/mmdesk.app
version=$(sed -n 's/^__version__ = "\(.*\)"/\1/p' mmdesk/__init__.py)
identity=${MMDESK_SIGN_AS:--}
codesign --force --deep --options runtime --timestamp --entitlements packaging/macos/entitlements.plist \
    --sign "$identity" "$app" ||
    codesign --force --deep --options runtime --entitlements packaging/macos/entitlements.plist --sign "$identity" "$app"
codesign --verify --strict "$app"
"$app/Contents/MacOS/mmdesk-cli" --selftest "$out/selftest-$flavour.json"
suffix=
[ "$flavour" = full ] || suffix=-$flavour
image=$out/packages/mmdesk$suffix-$version-macos-arm64.dmg
mkdir -p "$out/packages" "$out/$flavour/image"
cp -R "$app" "$out/$flavour/image/"
ln -sf /Applications "$out/$flavour/image/Applications"
hdiutil create -volname "mmdesk $version" -srcfolder "$out/$flavour/image" -format ULMO -ov "$image"
rm -rf "$out/$flavour/image"
if [ "$identity" != - ]; then
    codesign --sign "$identity" --timestamp "$image"
    if [ -n "${MMDESK_NOTARY:-}" ]; then
        xcrun notarytool submit "$image" --keychain-profile "$MMDESK_NOTARY" --wait
        xcrun stapler staple "$image"
    fi
fi
shasum -a 256 "$image" >"$image.sha256"
printf '%s\n' "$image"
