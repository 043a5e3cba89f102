# Whether a raw disk is what image.sh meant to write. Sourced by image.sh, after inspect.sh.
# shellcheck shell=bash
set -euo pipefail

# check_disk DISK TREE ESP: reads the disk back, whose root file system was made of TREE and whose EFI system partition
# of ESP; VERITY_START is set when GRUB reads nothing of the root. Programs that end with 0 have made partitions that no
# firmware reads: everything is read by another one than it was written by.
check_disk() {
  local disk=$1 tree=$2 esp=$3 said path paths=(/vmlinuz /initrd.img /etc/fstab /usr/lib/systemd/systemd)
  # One of the two copies of the table is enough for sfdisk, which then says that the other is corrupt.
  if ! said=$(sfdisk --verify "$disk" 2>&1) || [[ $said = *corrupt* ]]; then
    refuse broken-image "The partition table is not sound: ${said//$'\n'/; }"
  fi
  said=$(e2fsck -fn "$disk?offset=$ROOT_START" 2>&1) || {
    echo "$said" >&2
    refuse broken-image 'The root file system is not sound.'
  }
  if [ -z "${VERITY_START:-}" ]; then paths+=(/boot/grub/grub.cfg); fi
  for path in "${paths[@]}"; do
    has_file "$disk" "$tree" "$path" || refuse broken-image "The root file system has no $path."
  done
  mapfile -t paths < <(cd "$esp" && find EFI -type f)
  for path in "${paths[@]}"; do
    mtype -i "$disk@@$ESP_START" "::$path" 2>/dev/null | cmp --quiet - "$esp/$path" ||
      refuse broken-image "The EFI system partition has no sound $path."
  done
  minfo -i "$disk@@$ESP_START" :: | has_line '^disk type="FAT32' ||
    refuse broken-image 'The EFI system partition is not FAT32.'
}

# followed TREE PATH: what a link of the guest leads to; PATH itself when it is none.
followed() {
  local target
  target=$(readlink "$1$2" || true)
  case $target in
    '') echo "$2" ;;
    /*) echo "$target" ;;
    *) echo "${2%/*}/$target" ;;
  esac
}

# has_file DISK TREE PATH: whether there is a file of that name, or a link to one, that is not empty.
has_file() {
  local path
  path=$(followed "$2" "$3")
  debugfs -R "stat \"$path\"" "$1?offset=$ROOT_START" 2>/dev/null | has_line 'Type: regular ' &&
    [ -s "$2$path" ]
}
