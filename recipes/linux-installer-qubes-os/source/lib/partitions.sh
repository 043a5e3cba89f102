# Partitions and file systems of a new installation. One layout for BIOS and UEFI.
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables of all subjects: bin/qubes-install has them together
set -euo pipefail

# GRUB's core image has some 100 KiB. 256 MiB are the least of FAT32 on disks with sectors of 4096 bytes. Three kernels
# with their initramfs, and hypervisors, fit into /boot.
esp_mib=256 boot_mib=768

mapping=qubes_root

# In sfdisk's words; types of the UEFI specification, GRUB's manual and the Discoverable Partitions Specification.
partition_table() {
  printf 'label: gpt\n'
  printf 'size=1MiB, type=21686148-6449-6E6F-744E-656564454649, name="%s"\n' "$part_bios"
  printf 'size=%sMiB, type=C12A7328-F81F-11D2-BA4B-00A0C93EC93B, name="%s"\n' "$esp_mib" "$part_esp"
  printf 'size=%sMiB, type=BC13C2FF-59E6-4262-A352-B275FD6F7172, name="%s"\n' "$boot_mib" "$part_boot"
  printf 'type=4F68BCE3-E8CD-4DB1-96E7-FBCAF984B709, name="%s"\n' "$part_unfinished"
}

# The first writing.
partition_disk() {
  say "partitioning /dev/$disk"
  partition_table >"$work/table"
  try 1 disk/partitioning 'if the disk is sound, start the machine anew and try again' \
    sfdisk --quiet --wipe always --wipe-partitions always "$dev/$disk" <"$work/table"
  udevadm settle
  list_partitions "$disk"
  esp=$dev/${parts[$part_esp]} boot=$dev/${parts[$part_boot]} root=$dev/${parts[$part_unfinished]}
}

# KiB that the passphrase's hash (argon2id) may take, which cryptsetup otherwise takes from this machine: under Xen the
# admin domain that has to open the disk has less memory than the installer. Half of it, since the initial RAM file
# system is in there, too; 1 GiB is cryptsetup's own limit.
passphrase_memory() {
  local kib=$((answer[admin_memory] * 1024 / 2))
  if [ "${product[VMM]}" != xen ] || [ "$kib" -gt 1048576 ]; then kib=1048576; fi
  echo "$kib"
}

make_file_systems() {
  local next='the disk may be broken: read the log, try another'
  # Chosen here, so that nobody needs to be asked for them again.
  read -r boot_uuid <"$proc/sys/kernel/random/uuid"
  read -r root_uuid <"$proc/sys/kernel/random/uuid"
  read -r luks_uuid <"$proc/sys/kernel/random/uuid"
  esp_serial=${luks_uuid:0:8} esp_serial=${esp_serial^^}
  if [ "${answer[encrypt]}" = yes ]; then
    say 'encrypting the root partition (LUKS2)'
    # From a pipe: neither arguments nor files have the passphrase.
    try 1 disk/encryption "$next" cryptsetup luksFormat --batch-mode --type luks2 --uuid "$luks_uuid" \
      --pbkdf-memory "$(passphrase_memory)" --key-file - "$root" \
      < <(printf '%s' "${answer[passphrase]}")
    try 1 disk/encryption "$next" cryptsetup open --key-file - "$root" "$mapping" < <(printf '%s' "${answer[passphrase]}")
    root=$dev/mapper/$mapping
  fi
  say 'making file systems'
  try 1 disk/file-system "$next" mkfs.vfat -F 32 -n QUBES-ESP -i "$esp_serial" "$esp"
  # GRUB 2.06 cannot read file systems with these features.
  try 1 disk/file-system "$next" mkfs.ext4 -q -F -L qubes-boot -U "$boot_uuid" -O ^metadata_csum_seed,^orphan_file "$boot"
  try 1 disk/file-system "$next" mkfs.ext4 -q -F -L qubes-root -U "$root_uuid" "$root"
}

# The last writing: from now on this is an installed system.
mark_finished() {
  try 1 disk/partitioning 'start the installer again' sfdisk --quiet --no-reread --part-label "$dev/$disk" 4 "$part_root"
  udevadm settle
}
