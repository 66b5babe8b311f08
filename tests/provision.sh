# Docker, images, Prometheus and Chromium for the tests. Sourced by tests/run.sh when CLOCHE_TEST_PROVISION=1, never by `make up`.
#
# Where no daemon answers, and only as root on Debian: installs docker.io, runsc and mmdebstrap, starts a dockerd of its
# own (socket, configuration and pid in a folder under $TMPDIR) and stops it when the sourcing shell ends. The images are
# made from Debian packages, because in CI no image can be pulled. ~/.cache/cloche-tests keeps them by the digests of
# their recipes, as archives and as folders for bubblewrap, and the daemon's own files, so that a second run makes nothing.
# Where something is missing it says so, and the tests that need it are skipped.
# shellcheck shell=bash

provision_cache=${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/cloche-tests
provision_busy=75

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
    # A process that has ended and that nobody waits for is still a process, but runs no program.
    readlink "/proc/${folder##*-}/exe" >/dev/null || provision_stop "$folder"
  done
}

# Becomes a dockerd with its own files in $2, unless another has them. The lock is the daemon's and ends with it.
provision_dockerd() {
  local folder=$1 data=$2
  exec 9>"$data.lock"
  flock --nonblock 9 || exit "$provision_busy"
  provision_tidy "$data"
  # Sandboxes have no network, so the daemon needs none: no bridge, no change to the firewall.
  exec dockerd --config-file "$folder/daemon.json" --host "unix://$folder/docker.sock" --data-root "$data" \
    --exec-root "$folder/exec" --pidfile "$folder/dockerd.pid" --bridge none --iptables=false --ip6tables=false
}

# What a daemon that was killed has left of itself: programs in its containers, and mounts.
provision_tidy() {
  local data=$1 container pid
  mkdir -p "$data"
  for container in "$data"/containers/*; do
    for pid in $(cat /sys/fs/cgroup{,/*}/docker/"${container##*/}"/cgroup.procs 2>/dev/null); do
      kill -9 "$pid" 2>/dev/null || true
    done
  done
  provision_unmount "$data"
}

# The folder itself too: a daemon binds its files to their own place.
provision_unmount() {
  local mount
  { grep -o " $1\(/[^ ]*\)\? " /proc/mounts || true; } | sort -r | while read -r mount; do umount "$mount" || true; done
}

provision_start() {
  local folder=$1 data=$2 daemon status=0
  mkdir -p "$folder/exec" "$data"
  # A runtime that is added by an option takes no arguments. gVisor needs neither KVM nor a network here.
  cat >"$folder/daemon.json" <<JSON
{"runtimes": {"runsc": {"path": "$(command -v runsc)", "runtimeArgs": ["--platform=ptrace", "--network=none"]}}}
JSON
  (provision_dockerd "$folder" "$data") >"$folder/log" 2>&1 &
  daemon=$!
  export DOCKER_HOST="unix://$folder/docker.sock"
  while kill -0 "$daemon" 2>/dev/null; do
    provision_daemon_answers && return 0
    [ "$((++status))" -lt 150 ] || break
    sleep 0.2
  done
  unset DOCKER_HOST
  kill "$daemon" 2>/dev/null || true
  status=0
  wait "$daemon" || status=$?
  [ "$status" -eq "$provision_busy" ] || provision_say "dockerd does not come up: $(tail -n 3 "$folder/log")"
  return "$status"
}

provision_stop() {
  local folder=$1 pid try
  pid=$(cat "$folder/dockerd.pid" 2>/dev/null || true)
  if [ -n "$pid" ] && tr '\0' ' ' 2>/dev/null <"/proc/$pid/cmdline" | grep -q -- "--pidfile $folder/dockerd.pid"; then
    kill "$pid" 2>/dev/null || true
    for try in $(seq 100); do
      kill -0 "$pid" 2>/dev/null || break
      [ "$try" -eq 90 ] && kill -9 "$pid"
      sleep 0.1
    done
  fi
  # A daemon that was killed leaves those behind that look after its containers.
  for pid in $(pgrep --full -- "-address $folder/exec/" || true); do kill -9 "$pid" 2>/dev/null || true; done
  provision_unmount "$folder"
  rm -rf "$folder"
}

# The cached files serve one run at a time, and are made anew where they have become useless.
provision_daemon() {
  local folder=$1 status=0
  provision_start "$folder" "$provision_cache/docker" || status=$?
  case $status in
    0) docker ps --all --quiet | xargs --no-run-if-empty docker rm --force >/dev/null ;;
    "$provision_busy")
      provision_say "another run has the daemon's files; this one makes its own"
      provision_start "$folder" "$folder/data"
      ;;
    *)
      provision_tidy "$provision_cache/docker"
      rm -rf "$provision_cache/docker"
      provision_start "$folder" "$provision_cache/docker"
      ;;
  esac
}

# What no recipe leads to any more: from our own daemon at once, from the cache after two weeks.
provision_prune() {
  local key keys image
  keys=$(python -c 'from cloche_executor.images.catalogue import catalogue as c; print(*(i.key for i in c().values()))')
  if [ -n "${provision_folder:-}" ]; then
    for image in $(docker images --format '{{.Repository}}:{{.Tag}}' 'cloche-*'); do
      key=${image#cloche-}
      [[ " $keys " == *" ${key/:/-} "* ]] || docker rmi --force "$image" >/dev/null
    done
  fi
  for key in $keys; do touch -c "$CLOCHE_IMAGES_DIR/$key" "$CLOCHE_IMAGES_DIR/$key.tar"; done
  find "$CLOCHE_IMAGES_DIR" -mindepth 1 -maxdepth 1 -mtime +14 -exec rm -rf {} +
}

provision_images() {
  local log=$provision_cache/images.log
  python -m cloche_executor.images build 2>"$log" || { grep 'cannot be made' "$log" >&2; return 1; }
  provision_prune
}

provision_docker() {
  provision_daemon_answers && return 0
  [ "$(id -u)" -eq 0 ] || { provision_say "no Docker daemon answers, and only root can start one"; return 1; }
  [ -e /etc/debian_version ] || { provision_say "no Docker daemon answers, and this is not Debian"; return 1; }
  provision_packages || { provision_say "the packages cannot be installed"; return 1; }
  provision_sweep
  provision_folder=${TMPDIR:-/tmp}/cloche-tests-docker-$$
  trap 'provision_stop "$provision_folder"' EXIT
  provision_daemon "$provision_folder"
}

# Prometheus and promtool, unpacked and not installed: nothing is started that nobody asked for.
provision_prometheus() {
  local folder=$provision_cache/prometheus
  command -v prometheus promtool >/dev/null && return 0
  if [ ! -x "$folder/usr/bin/promtool" ]; then
    [ -e /etc/debian_version ] || { provision_say "Prometheus is not there, and this is not Debian"; return 1; }
    rm -rf "$folder"
    mkdir -p "$folder"
    (
      cd "$folder"
      apt-get download -qq prometheus >/dev/null 2>&1 || { apt-get update -qq && apt-get download -qq prometheus; } >/dev/null 2>&1
      dpkg-deb --extract prometheus_*.deb . && rm prometheus_*.deb
    ) || { rm -rf "$folder"; return 1; }
  fi
  export PATH=$folder/usr/bin:$PATH
}

# The browser that looks at the dashboard.
provision_chromium() {
  local name
  for name in chromium chromium-browser google-chrome; do command -v "$name" >/dev/null && return 0; done
  [ "$(id -u)" = 0 ] && [ -e /etc/debian_version ] || { provision_say "Chromium is not there, and this is not root on Debian"; return 1; }
  provision_say "installing chromium"
  export DEBIAN_FRONTEND=noninteractive
  { apt-get update -qq && apt-get install -qq --yes --no-install-recommends chromium; } >/dev/null 2>&1
}

mkdir -p "$provision_cache"
export CLOCHE_IMAGES_DIR=${CLOCHE_IMAGES_DIR:-$provision_cache/images}
provision_docker || provision_say "tests that need Docker will be skipped"
provision_images || provision_say "tests that need these images will be skipped"
provision_prometheus || provision_say "tests that need Prometheus will be skipped"
provision_chromium || provision_say "tests that need a browser will be skipped"
