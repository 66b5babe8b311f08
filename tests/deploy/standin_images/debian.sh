#!/bin/sh
# A root file system of Debian's essential packages and some more, for `docker import`.
# usage: debian.sh FILE.tar PACKAGES STEPS [CERTIFICATES]
# (mmdebstrap, as root; STEPS are lines of shell for the new root, CERTIFICATES a file that it gets at the same place)
set -eu
file=$1 packages=$2 certificates=${4:-}
export STEPS="$3"
hooks=/usr/share/mmdebstrap/hooks/merged-usr
pin='printf "Package: usrmerge\nPin: release *\nPin-Priority: -1\n" > "$1/etc/apt/preferences.d/usrmerge"'
[ -d "$hooks" ] && set -- --hook-dir="$hooks" --setup-hook="$pin" || set --
[ -z "$certificates" ] || set -- "$@" --customize-hook="copy-in $certificates $(dirname "$certificates")"
exec mmdebstrap --mode=auto --variant=essential --include="$packages" "$@" \
    --dpkgopt='path-exclude=/usr/share/man/*' \
    --dpkgopt='path-exclude=/usr/share/doc/*' \
    --dpkgopt='path-exclude=/usr/share/locale/*' \
    --essential-hook='mkdir -p "$1/usr/share/man/man1"' \
    --customize-hook='chroot "$1" sh -euc "$STEPS"' \
    --customize-hook='rm -rf "$1"/var/lib/apt/lists/* "$1"/var/cache/* "$1"/var/log/* "$1"/etc/resolv.conf' \
    bookworm "$file"
