#!/bin/bash
# Asks apt whether the system of a medium can install its packages from the medium alone, as the installer will.
#
#   QBUILD_IN/repository/{dists,pool}   the medium's repository
#   QBUILD_IN/product                   product.conf
#   QBUILD_IN/key                       the public key, ASCII-armoured
#   REPOSITORY_SUITE, REPOSITORY_COMPONENT
#   QBUILD_OUT/installed                what apt would install
set -euo pipefail
in=${QBUILD_IN:-/in}
out=${QBUILD_OUT:-/out}

rm -rf /etc/apt/sources.list /etc/apt/sources.list.d
mkdir -p /etc/apt/sources.list.d /etc/apt/keyrings /var/lib/apt/lists/partial /var/cache/apt/archives/partial
cp "$in/key" /etc/apt/keyrings/medium.asc
echo "deb [signed-by=/etc/apt/keyrings/medium.asc] file:$in/repository $REPOSITORY_SUITE $REPOSITORY_COMPONENT" \
  >/etc/apt/sources.list.d/medium.list
options=(-o APT::Sandbox::User=root -o Acquire::Check-Date=false -o APT::Install-Recommends=false)
apt-get "${options[@]}" update
read -r -a packages <<<"$(sed -n 's/^PACKAGES=//p' "$in/product")"
if ! apt-get "${options[@]}" --simulate install "${packages[@]}" >"$PWD/said" 2>&1; then
  cat "$PWD/said" >&2
  printf 'qbuild: failure iso/unmet-dependencies: %s\n' \
    "The system cannot install the product’s packages from the medium alone: $(grep -m 1 -E 'Depends|Conflicts' "$PWD/said" | tr -s ' ')" >&2
  exit 1
fi
sed -n 's/^Inst \([^ ]*\).*/\1/p' "$PWD/said" | LC_ALL=C sort >"$out/installed"
