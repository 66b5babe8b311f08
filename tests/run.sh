#!/usr/bin/env bash
# What `make test` runs: every test in parallel, then the coverage gate. Arguments go to pytest.
#
# CLOCHE_TEST_PROVISION=1   as root on Debian: install Docker and runsc for the tests that need them (tests/provision.sh)
# CLOCHE_TEST_FULL=1        full sizes instead of those of every day
set -euo pipefail
cd "$(dirname "$0")/.."

# Tests have systems of their own; only `pytest tests/e2e` called by hand goes to one that is there.
unset CLOCHE_URL CLOCHE_API_KEY

reports=build/tests
rm -rf "$reports" .coverage .coverage.*
mkdir -p "$reports"

if [ "${CLOCHE_TEST_PROVISION:-}" = 1 ]; then
  # shellcheck source=tests/provision.sh
  . tests/provision.sh
  tests/deploy/provision.sh || echo "what Compose needs cannot be installed" >&2
fi

selection=(-m "not full")
[ "${CLOCHE_TEST_FULL:-}" = 1 ] && selection=()

status=0
python -m coverage run -m pytest -n "${CLOCHE_TEST_WORKERS:-2}" --dist loadscope "${selection[@]}" --durations 40 --durations-min 3 "$@" || status=$?

python -m coverage combine --quiet
python -m coverage report || status=$?

# Left by tests/support/times_plugin.py.
if [ -s "$reports/times.txt" ]; then
  echo "slowest files"
  cat "$reports/times.txt"
fi
# Left by tests/support/docker_plugin.py where tests were skipped, and by failures_plugin.py where some failed.
if [ -s "$reports/skipped.txt" ]; then
  cat "$reports/skipped.txt"
fi
if [ -s "$reports/failed.txt" ]; then
  cat "$reports/failed.txt"
fi
exit "$status"
