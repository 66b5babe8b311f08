#!/bin/sh
# The sandbox image without a registry: a root file system from Debian packages, for `docker import`.
# usage: recipe.sh FILE.tar        (root, mmdebstrap)
set -eu
exec mmdebstrap --quiet --mode=root --variant=essential --include=python3,bash,coreutils \
    --dpkgopt='path-exclude=/usr/share/man/*' \
    --dpkgopt='path-exclude=/usr/share/doc/*' \
    --dpkgopt='path-exclude=/usr/share/locale/*' \
    --dpkgopt='path-exclude=/usr/share/zoneinfo/*' \
    --customize-hook='rm -rf "$1"/var/lib/apt/lists/* "$1"/var/cache/* "$1"/var/log/*' \
    bookworm "$1"
