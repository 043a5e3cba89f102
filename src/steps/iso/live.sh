#!/bin/bash
# Makes what the live system of a medium has on top of the installed one: some packages, and settings of its own.
#
#   QBUILD_IN/{install-local,installer,debs}   see ../deb/install-local.sh; without packages there are no debs
#   LIVE_COMPONENTS                            whose packages are installed, but for those that the installed system gets:
#   SYSTEM_COMPONENTS, SYSTEM_WITHOUT          the components of that, and which of their packages it does not get
#   QBUILD_IN/units/*                          units of the live system, all of them enabled
set -euo pipefail
in=${QBUILD_IN:-/in}

# wanted: the names of the packages that only the live system has.
wanted() {
  local component deb name
  while read -r component; do
    for deb in "$in/debs/$component"/*.deb; do
      name=$(dpkg-deb --field "$deb" Package)
      case $name in
        *-dev | *-dbgsym | *-doc) continue ;;
      esac
      if grep -qxF -e "$component" <<<"$SYSTEM_COMPONENTS" && ! grep -qxF -e "$name" <<<"$SYSTEM_WITHOUT"; then continue; fi
      echo "$name"
    done
  done < <(printf '%s\n' "$LIVE_COMPONENTS" | sed '/^$/d')
}

QBUILD_INSTALL=$(wanted)
if [ -n "$QBUILD_INSTALL" ]; then QBUILD_INSTALL=$QBUILD_INSTALL bash "$in/install-local"; fi
cp "$in"/units/* /etc/systemd/system/
for unit in "$in"/units/*; do systemctl --root=/ --no-reload enable "$(basename "$unit")"; done
echo live >/etc/hostname
: >/etc/fstab
: >/etc/machine-id
# What a package that was installed just now may have left for the one machine that it thinks to be on.
find /var/log /var/cache/apt /var/lib/apt/lists -type f -delete 2>/dev/null || true
rm -rf /var/lib/dpkg/*-old /var/cache/debconf/*-old /var/lib/systemd/random-seed
