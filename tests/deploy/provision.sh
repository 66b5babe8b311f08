#!/bin/sh
# What tests/deploy/test_compose.py needs beside a Linux kernel: as root on Debian, where CLOCHE_TEST_PROVISION=1 allows it.
# Where something is missing the tests say so and are skipped.
set -eu
[ "${CLOCHE_TEST_PROVISION:-}" = 1 ] && [ "$(id -u)" -eq 0 ] && [ -e /etc/debian_version ] || exit 0
missing=
for package in docker.io docker-compose mmdebstrap iproute2 iptables util-linux; do
  dpkg-query --show --showformat '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing="$missing $package"
done
[ -n "$missing" ] || exit 0
echo "installing$missing" >&2
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq >/dev/null
# shellcheck disable=SC2086 # words
apt-get install -qq --yes --no-install-recommends $missing >/dev/null
