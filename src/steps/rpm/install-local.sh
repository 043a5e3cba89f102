#!/bin/bash
# Adds the files of a product's own RPM packages to the root, so that others can be built on them.
#
#   QBUILD_IN/rpms/<component>   trees of binary packages
# Files only: no scripts run and nothing is registered, because the root is not an RPM system.
set -euo pipefail
for package in "${QBUILD_IN:-/in}"/rpms/*/*.rpm; do
  echo "unpacking $(basename "$package")"
  rpm2archive --nocompression - <"$package" | tar --extract --keep-directory-symlink --no-same-owner --directory=/
done
ldconfig
rm -f /var/cache/ldconfig/aux-cache
