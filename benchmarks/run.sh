#!/usr/bin/env bash
# What `make bench` runs: every benchmark, or those that are named. Without a Docker daemon P6 to P10 and P12 are left
# out, which the table says.
#
# CLOCHE_TEST_PROVISION=1   as root on Debian: install and start Docker for them, as for the tests (tests/provision.sh)
set -euo pipefail
cd "$(dirname "$0")/.."

if [ "${CLOCHE_TEST_PROVISION:-}" = 1 ]; then
  # shellcheck source=tests/provision.sh
  . tests/provision.sh
fi

python -m benchmarks "$@"
