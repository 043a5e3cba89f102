# Upgrading an installed system: its packages, templates and boot loader. Domains, users and settings stay.
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables of all subjects: bin/qubes-install has them together
set -euo pipefail

declare -A installed=()

# $found: disks with a finished installation. None is touched.
find_installations() {
  local name
  found=()
  list_disks
  list_used
  for name in "${disks[@]}"; do
    examine_disk "$name" 0
    [ -z "$problem" ] || continue
    find_state "$name"
    if [ "$state" = installed ]; then found+=("$name"); fi
  done
}

choose_installation() {
  find_installations
  if [ "${answer[disk]}" != auto ]; then
    disk=$(readlink -f "${answer[disk]}" || true)
    disk=${disk##*/}
    case " ${found[*]} " in
      *" $disk "*) ;;
      *) refuse 9 upgrade/none "there is no installed system on ${answer[disk]} that could be upgraded" 'install anew, or name another disk' ;;
    esac
  else
    [ "${#found[@]}" != 0 ] || refuse 9 upgrade/none 'there is no installed system' 'answer mode=install'
    [ "${#found[@]}" = 1 ] || refuse 9 upgrade/ambiguous "there are several installed systems: ${found[*]}" 'name one: disk=/dev/…'
    disk=${found[0]}
  fi
}

# Reads what is installed, without writing: not even the journal is replayed.
open_installation() {
  list_partitions "$disk"
  esp=$dev/${parts[$part_esp]} boot=$dev/${parts[$part_boot]} root=$dev/${parts[$part_root]}
  encrypted=no
  if cryptsetup isLuks "$root"; then
    encrypted=yes
    [ -n "${answer[passphrase]+set}" ] || refuse 2 answers/missing "$root is encrypted" 'add passphrase'
    luks_uuid=$(cryptsetup luksUUID "$root")
    try 9 upgrade/passphrase 'give the passphrase of the installed system' cryptsetup open --key-file - "$root" "$mapping" \
      < <(printf '%s' "${answer[passphrase]}")
    root=$dev/mapper/$mapping
  fi
  mkdir -p "$target"
  try 9 upgrade/unreadable 'check its root file system with e2fsck' mount -o ro,noload "$root" "$target"
  read_installed
  umount "$target"
  root_uuid=$(blkid -o value -s UUID "$root")
  boot_uuid=$(blkid -o value -s UUID "$boot")
}

read_installed() {
  local line
  if [ -e "$target/etc/qubes/product.conf" ]; then
    while IFS= read -r line; do
      if [[ $line =~ ^([A-Z_]+)=(.*)$ ]]; then installed[${BASH_REMATCH[1]}]=${BASH_REMATCH[2]}; fi
    done <"$target/etc/qubes/product.conf"
  fi
  [ -n "${installed[VERSION]:-}" ] ||
    refuse 9 upgrade/unknown "/dev/$disk does not say what is installed (/etc/qubes/product.conf)" 'install anew'
  if dpkg --compare-versions "${product[VERSION]}" lt "${installed[VERSION]}"; then
    refuse 9 upgrade/downgrade "${installed[NAME]} ${installed[VERSION]} is newer than this medium's ${product[VERSION]}" \
      'use a medium of the installed version or a newer one'
  fi
}

upgrade_system() {
  say "upgrading ${installed[NAME]} ${installed[VERSION]} to ${product[NAME]} ${product[VERSION]}"
  enter_target
  mount_system
  # What an upgrade that was cut short left half done.
  try 6 packages/failed 'read the log, report it' in_target dpkg --configure --pending --force-confdef --force-confold
  install_packages
  install_templates
  install_windows_tools
  read_hypervisor_options
  link_kernels
  make_initramfs "$kernel"
  write_menu
  install_boot_loader
  record_product
}
