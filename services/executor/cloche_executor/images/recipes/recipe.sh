#!/bin/sh
# An image for sandboxes without a registry of images: a root file system from Debian packages, for `docker import` and
# for bubblewrap. PACKAGES and STEPS come from images.toml.
# usage: recipe.sh FILE.tar PACKAGES [STEPS]        (mmdebstrap; as root, or where users may make namespaces)
set -eu
file=$1 packages=$2 steps=${3:-true}
hooks=/usr/share/mmdebstrap/hooks/merged-usr
# Without usrmerge, which is for old systems, there is no need for the whole of perl.
pin='printf "Package: usrmerge\nPin: release *\nPin-Priority: -1\n" > "$1/etc/apt/preferences.d/usrmerge"'
[ -d "$hooks" ] && set -- --hook-dir="$hooks" --setup-hook="$pin" || set --
export STEPS="$steps"
# Some packages fail without the folders of the manual pages.
exec mmdebstrap --mode=auto --variant=essential --include="$packages" "$@" \
    --dpkgopt='path-exclude=/usr/share/man/*' \
    --dpkgopt='path-exclude=/usr/share/doc/*' \
    --dpkgopt='path-exclude=/usr/share/locale/*' \
    --dpkgopt='path-exclude=/usr/share/zoneinfo/*' \
    --essential-hook='mkdir -p "$1/usr/share/man/man1"' \
    --customize-hook='chroot "$1" sh -euc "$STEPS"' \
    --customize-hook='chroot "$1" find / -xdev -type f -perm /6000 -exec chmod a-s {} +' \
    --customize-hook='rm -rf "$1"/var/lib/apt/lists/* "$1"/var/cache/* "$1"/var/log/* "$1"/etc/resolv.conf' \
    --customize-hook='echo sandbox > "$1/etc/hostname"; echo 127.0.0.1 localhost sandbox > "$1/etc/hosts"' \
    bookworm "$file"
