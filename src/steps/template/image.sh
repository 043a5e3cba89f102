#!/bin/bash
# Makes a disk image of a system: an ext4 file system, an EFI system partition and GRUB for the BIOS on one GPT; in
# the format of a VMM. No loop device and no mount of what is made: mke2fs reads a tar archive, mtools write FAT.
#
#   QBUILD_IN/tree              the system
#   QBUILD_IN/partition-table   for sfdisk
#   QBUILD_IN/early.cfg         what GRUB reads first
#   QBUILD_IN/verity            of a root that is checked block by block, see verity.sh
#   QBUILD_IN/{archive-tree,inspect,check-disk,formats,container}   what else belongs to this script
#   QBUILD_OUT/image            the image; QBUILD_OUT/appliance, the OVA around it
#   DISK_…, BIOS_…, ESP_…, ROOT_…, VERITY_…   sizes and starts in bytes, identifiers
set -euo pipefail
in=${QBUILD_IN:-/in}
out=${QBUILD_OUT:-/out}
work=$PWD
tree=$in/tree
disk=$work/disk.raw
# shellcheck source=archive-tree.sh
. "$in/archive-tree"
# shellcheck source=inspect.sh
. "$in/inspect"
# shellcheck source=check-disk.sh
. "$in/check-disk"
# shellcheck source=formats.sh
. "$in/formats"
early=$in/early.cfg
verity=no
if [ -e "$in/verity" ]; then
  verity=yes
  # shellcheck source=verity.sh
  . "$in/verity"
fi

# A checked root is made as a file of its own, and has no journal, which nobody would write to.
make_root_file_system() {
  local target=$disk offset=$ROOT_START features=has_journal
  if [ "$verity" = yes ]; then target=$work/root.raw offset=0 features=^has_journal; fi
  # What mke2fs would else take from the clock and the kernel of this machine.
  export E2FSPROGS_FAKE_TIME=$SOURCE_DATE_EPOCH
  local settings="hash_seed=$ROOT_HASH_SEED,lazy_itable_init=1,lazy_journal_init=1,nodiscard,offset=$offset"
  archive_tree "$tree" | mke2fs -q -t ext4 -O "$features" -b 4096 -m 0 -L root -U "$ROOT_UUID" \
    -E "$settings" -d - "$target" "$((ROOT_SIZE / 1024))k" || too_small
}

# mke2fs says no more than that a block could not be allocated.
too_small() {
  local content
  content=$(du --summarize --block-size=1M --exclude="$tree/in" "$tree" | cut -f1)
  if [ "$content" -ge "$((ROOT_SIZE / 1048576 * 9 / 10))" ]; then
    refuse too-small "The content of $content MiB does not fit a disk of $((DISK_SIZE / 1048576)) MiB, of which \
$((ROOT_SIZE / 1048576)) MiB are the root file system: raise the template's size."
  fi
  exit 1
}

# shim and GRUB as Debian signs them; GRUB looks for its configuration where Debian's installer puts it. What starts a
# checked root is not read from there.
make_efi_system() {
  local esp=$work/esp
  mkdir -p "$esp/EFI/BOOT" "$esp/EFI/debian"
  cp /usr/lib/shim/shimx64.efi.signed "$esp/EFI/BOOT/BOOTX64.EFI"
  cp /usr/lib/grub/x86_64-efi-signed/grubx64.efi.signed "$esp/EFI/BOOT/grubx64.efi"
  cp "$early" "$esp/EFI/debian/grub.cfg"
  if [ "$verity" = yes ]; then
    cp "$tree$(followed "$tree" /vmlinuz)" "$esp/EFI/debian/vmlinuz"
    cp "$tree$(followed "$tree" /initrd.img)" "$esp/EFI/debian/initrd.img"
  fi
  find "$esp" -exec touch --no-dereference --date="@$SOURCE_DATE_EPOCH" {} +
  mformat -i "$disk@@$ESP_START" -F -c 1 -N "$ESP_SERIAL" -T "$((ESP_SIZE / 512))" -v ESP ::
  mcopy -i "$disk@@$ESP_START" -s -m "$esp/EFI" ::
}

# What grub-install does, which insists on devices: boot.img gets the place of the core image, whose first sector
# gets that of the rest (grub-core/boot/i386/pc/{boot,diskboot}.S say at which offsets).
make_bios_boot() {
  local core=$work/core.img sectors start=$((BIOS_START / 512))
  grub-mkimage --format=i386-pc --prefix='/boot/grub' --config="$early" --output="$core" biosdisk part_gpt ext2 fat \
    search_fs_uuid configfile normal linux gzio test echo serial terminal
  sectors=$((($(stat --format=%s "$core") + 511) / 512))
  [ "$((sectors * 512))" -le "$BIOS_SIZE" ]
  dd if=/usr/lib/grub/i386-pc/boot.img of="$disk" bs=440 count=1 conv=notrunc status=none
  put 92 Q "$start"
  # Buggy BIOSes pass another drive than the one that they start from (grub-core/boot/i386/pc/boot.S).
  put 102 S "$((0x9090))"
  dd if="$core" of="$disk" bs=512 seek="$start" conv=notrunc status=none
  put "$((BIOS_START + 500))" Q "$((start + 1))"
  put "$((BIOS_START + 508))" S "$((sectors - 1))"
}

# put OFFSET FORMAT NUMBER: writes a little-endian number (perl's pack) into the disk.
put() {
  perl -e 'print pack "$ARGV[0]<", $ARGV[1]' "$2" "$3" | dd of="$disk" bs=1 seek="$1" conv=notrunc status=none
}

meanwhile inspection inspect_tree "$tree"
truncate --size="$DISK_SIZE" "$disk"
echo 'writing the partition table'
sfdisk --quiet --no-reread --no-tell-kernel "$disk" <"$in/partition-table"
echo 'writing the root file system'
meanwhile root make_root_file_system
if [ "$verity" = yes ]; then
  await root
  echo 'hashing the root file system'
  add_verity "$disk" "$work/root.raw"
  early=$work/early.cfg
fi
echo 'writing the EFI system partition and GRUB'
make_efi_system
make_bios_boot
[ "$verity" = yes ] || await root
await inspection
echo "checking the disk, converting it to $IMAGE_FORMAT"
meanwhile checks check_disk "$disk" "$tree" "$work/esp"
emit_image "$disk" "$out"
await checks
