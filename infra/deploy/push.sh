#!/usr/bin/env bash
# Push the images that `make images` made under the commit's SHA, and write the digests that the registry gives them.
#
# push.sh DIGESTS.json    with REGISTRY (host), NAME (prefix of the repositories) and GITHUB_SHA
set -euo pipefail

out=$1
registry_of_environment=${REGISTRY:?}/${NAME:?}
aws ecr get-login-password | docker login --username AWS --password-stdin "$REGISTRY" >/dev/null

separator='{'
: >"$out"
for service in gateway storage projector executor; do
  image=$registry_of_environment/$service:${GITHUB_SHA:?}
  docker tag "cloche-$service:latest" "$image"
  docker push --quiet "$image" >/dev/null
  digest=$(docker inspect --format '{{index .RepoDigests 0}}' "$image")
  printf '%s\n  "%s": "%s"' "$separator" "$service" "${digest##*@}" >>"$out"
  separator=','
done
printf '\n}\n' >>"$out"
