# Docker for the tests. Sourced by tests/run.sh when CLOCHE_TEST_PROVISION=1, never by `make up`.
#
# Where no daemon answers, and only as root on Debian: installs docker.io, runsc and mmdebstrap, starts a dockerd of its
# own (socket, data and pid in a folder under $TMPDIR) and stops it when the sourcing shell ends. The sandbox image is
# made from Debian packages, because in CI no image can be pulled, and kept as a tarball in ~/.cache/cloche-tests.
# Where something is missing it says so, and the tests that need Docker are skipped.
# shellcheck shell=bash

provision_say() { echo "provision: $*" >&2; }

provision_daemon_answers() { docker version --format '{{.Server.Version}}' >/dev/null 2>&1; }

provision_packages() {
  local missing=() package
  for package in docker.io runsc mmdebstrap; do
    dpkg-query --show --showformat '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
  done
  [ "${#missing[@]}" -eq 0 ] && return 0
  provision_say "installing ${missing[*]}"
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq >/dev/null || return 1
  apt-get install -qq --yes --no-install-recommends "${missing[@]}" >/dev/null || return 1
}

# Folders of runs that were killed before they could clean up. The name ends with the pid of the shell that owns it.
provision_sweep() {
  local folder
  for folder in "${TMPDIR:-/tmp}"/cloche-tests-docker-*; do
    [ -d "$folder" ] || continue
    kill -0 "${folder##*-}" 2>/dev/null || provision_stop "$folder"
  done
}

provision_start() {
  local folder=$1
  mkdir -p "$folder/data" "$folder/exec"
  # Sandboxes have no network, so the daemon needs none: no bridge, no change to the firewall.
  dockerd --host "unix://$folder/docker.sock" --data-root "$folder/data" --exec-root "$folder/exec" \
    --pidfile "$folder/dockerd.pid" --bridge none --iptables=false --ip6tables=false \
    --add-runtime runsc="$(command -v runsc)" >"$folder/log" 2>&1 &
  export DOCKER_HOST="unix://$folder/docker.sock"
  local try
  for try in $(seq 150); do
    provision_daemon_answers && return 0
    kill -0 "$!" 2>/dev/null || break
    sleep 0.2
  done
  provision_say "dockerd does not come up (after $try looks): $(tail -n 3 "$folder/log")"
  unset DOCKER_HOST
  return 1
}

provision_stop() {
  local folder=$1 pid try
  pid=$(cat "$folder/dockerd.pid" 2>/dev/null || true)
  if [ -n "$pid" ] && tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null | grep -q -- "--data-root $folder/data"; then
    kill "$pid" 2>/dev/null || true
    for try in $(seq 100); do
      kill -0 "$pid" 2>/dev/null || break
      [ "$try" -eq 90 ] && kill -9 "$pid"
      sleep 0.1
    done
  fi
  { grep -o " $folder/[^ ]*" /proc/mounts || true; } | sort -r | while read -r mount; do umount "$mount" || true; done
  rm -rf "$folder"
}

provision_image() {
  local name cache tarball
  name=$(python -m cloche_executor.engines.docker_image) || return 1
  docker image inspect "$name" >/dev/null 2>&1 && return 0
  cache=${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/cloche-tests
  tarball=$cache/${name/:/-}.tar
  if [ ! -s "$tarball" ]; then
    if [ "$(id -u)" -ne 0 ] || ! command -v mmdebstrap >/dev/null; then
      provision_say "building $name"
      docker build --quiet --tag "$name" services/executor/sandbox >/dev/null
      return
    fi
    provision_say "making $name from Debian packages"
    mkdir -p "$cache"
    services/executor/sandbox/recipe.sh "$tarball.$$.tar" && mv "$tarball.$$.tar" "$tarball" || return 1
  fi
  docker import "$tarball" "$name" >/dev/null
}

provision_docker() {
  if ! provision_daemon_answers; then
    [ "$(id -u)" -eq 0 ] || { provision_say "no Docker daemon answers, and only root can start one"; return 1; }
    [ -e /etc/debian_version ] || { provision_say "no Docker daemon answers, and this is not Debian"; return 1; }
    provision_packages || { provision_say "the packages cannot be installed"; return 1; }
    provision_sweep
    provision_folder=${TMPDIR:-/tmp}/cloche-tests-docker-$$
    trap 'provision_stop "$provision_folder"' EXIT
    provision_start "$provision_folder" || return 1
  fi
  provision_image || { provision_say "the sandbox image cannot be made"; return 1; }
}

provision_docker || provision_say "tests that need Docker will be skipped"
