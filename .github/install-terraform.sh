#!/usr/bin/env bash
# Terraform in a fixed version, checked against the list of digests of its release.
set -euo pipefail

version=1.11.4
archive=terraform_${version}_linux_amd64.zip
from=https://releases.hashicorp.com/terraform/$version

folder=$(mktemp --directory)
cd "$folder"
curl --fail --silent --show-error --retry 5 --remote-name "$from/$archive" --remote-name "$from/terraform_${version}_SHA256SUMS"
grep " $archive\$" "terraform_${version}_SHA256SUMS" | sha256sum --check --strict
unzip -q "$archive" terraform
sudo install --mode 0755 terraform /usr/local/bin/terraform
terraform version
