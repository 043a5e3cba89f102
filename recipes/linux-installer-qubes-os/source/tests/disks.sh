#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Which disks are taken and which refused; the tree plays /sys, the disks are files with real signatures.
# shellcheck disable=SC2154,SC2034 # variables of the installer
set -euo pipefail
# shellcheck source=/dev/null
. "$(dirname "$0")/stage.sh"

number=0
disk() { # NAME MIB [READ-ONLY]
  local place=$sys/block/$1
  number=$((number + 1))
  mkdir -p "$place/holders" "$place/device"
  echo "8:$number" >"$place/dev"
  echo $(($2 * 2048)) >"$place/size"
  echo "${3:-0}" >"$place/ro"
  echo 'MODEL 7' >"$place/device/model"
  truncate -s "$2M" "$dev/$1"
}
partition() { # DISK NUMBER NAME
  local place=$sys/block/$1/$1$2
  number=$((number + 1))
  mkdir -p "$place/holders"
  echo "8:$number" >"$place/dev"
  echo "$2" >"$place/partition"
  printf 'DEVTYPE=partition\nPARTNAME=%s\n' "$3" >"$place/uevent"
}
fresh() {
  number=0
  rm -rf "${sys:?}/block" "${dev:?}"
  mkdir -p "$sys/block" "$dev/disk/by-label"
  : >"$proc/self/mountinfo"
  echo 'Filename Type Size Used Priority' >"$proc/swaps"
  answer=([disk]=auto [erase]=no)
  product=([LABEL]=QUBES_OS_3_0)
  needed=$((64 * mib))
  template_files=()
}
chosen() { choose_disk && echo "$disk $state"; }

echo 'a blank disk is taken; loop devices, optical drives, memory and empty card readers are none'
fresh; disk vda 100; disk loop0 100; disk sr0 100; disk zram0 100; disk dm-0 100; disk sdb 0
same 'vda blank' "$(chosen)"
fresh
refused_with 4 disk/none 'no disk to install on' choose_disk

echo 'of several disks one must be named'
fresh; disk vda 100; disk vdb 100
refused_with 4 disk/ambiguous 'vda vdb' choose_disk
answer[disk]=$dev/vdb
same 'vdb blank' "$(chosen)"
answer[disk]=$dev/vdc
refused_with 4 disk/unknown 'vdc is not a disk' choose_disk

echo 'too small, read-only'
fresh; disk vda 10
refused_with 4 disk/none '10 MiB, 64 MiB are needed' choose_disk
answer[disk]=$dev/vda
refused_with 4 disk/too-small '10 MiB, 64 MiB are needed' choose_disk
fresh; disk vda 100 1; answer[disk]=$dev/vda
refused_with 4 disk/read-only 'vda is read-only' choose_disk

echo 'in use: mounted by number or by name, swap, held, the medium; erase=yes changes nothing'
fresh; disk vda 100; partition vda 1 any; answer=([disk]=$dev/vda [erase]=yes)
echo '36 35 8:2 / /mnt/x rw,noatime shared:1 - ext4 /dev/other rw' >"$proc/self/mountinfo"
refused_with 4 disk/in-use 'vda1 is mounted at /mnt/x' choose_disk
echo '36 35 0:33 /@ /srv rw - btrfs /dev/vda1 rw' >"$proc/self/mountinfo"
refused_with 4 disk/in-use 'vda1 is mounted at /srv' choose_disk
: >"$proc/self/mountinfo"
printf '/dev/vda1 partition 1 0 -2\n' >>"$proc/swaps"
refused_with 4 disk/in-use 'is swap space' choose_disk
fresh; disk vda 100; partition vda 1 any; answer=([disk]=$dev/vda [erase]=yes)
mkdir "$sys/block/vda/vda1/holders/dm-0"
refused_with 4 disk/in-use 'is part of dm-0' choose_disk
rmdir "$sys/block/vda/vda1/holders/dm-0"
ln -s ../../vda1 "$dev/disk/by-label/QUBES_OS_3_0"
: >"$dev/vda1"
refused_with 4 disk/in-use 'installation medium' choose_disk

echo 'data is only lost when that was confirmed'
fresh; disk vda 100; mkfs.ext4 -q -F "$dev/vda"
before=$(sha256sum <"$dev/vda")
refused_with 4 disk/has-data 'there is data on' choose_disk
same "$before" "$(sha256sum <"$dev/vda")"
answer[erase]=yes
same 'vda data' "$(chosen)"

echo 'an installation that was cut short is begun again; a finished one is data'
fresh; disk vda 100
partition vda 1 qubes-bios; partition vda 2 qubes-esp; partition vda 3 qubes-boot; partition vda 4 qubes-root-unfinished
same 'vda unfinished' "$(chosen)"
printf 'PARTNAME=qubes-root\n' >"$sys/block/vda/vda4/uevent"
refused_with 4 disk/has-data 'an installed system with its domains' choose_disk
partition vda 5 mine
printf 'PARTNAME=qubes-root-unfinished\n' >"$sys/block/vda/vda4/uevent"
refused_with 4 disk/has-data 'there is data' choose_disk

echo 'the real sfdisk makes the table, the real mark says that it is finished'
fresh; disk vda 2048
partition_table | sfdisk --quiet --no-reread --no-tell-kernel "$dev/vda"
same 'qubes-bios qubes-esp qubes-boot qubes-root-unfinished' \
  "$(sfdisk --dump "$dev/vda" | sed -n 's/.*name="\(.*\)"/\1/p' | tr '\n' ' ' | sed 's/ $//')"
sfdisk --verify --quiet "$dev/vda"
disk=vda
udevadm() { :; }
mark_finished
same qubes-root "$(sfdisk --dump "$dev/vda" | sed -n 's/.*name="\(.*\)"/\1/p' | tail -n 1)"

echo 'an installed system is found for an upgrade; any other disk is not'
fresh; disk vda 100; disk vdb 100
partition vda 1 qubes-bios; partition vda 2 qubes-esp; partition vda 3 qubes-boot; partition vda 4 qubes-root
choose_installation
same vda "$disk"
answer[disk]=$dev/vdb
refused_with 9 upgrade/none 'vdb' choose_installation
answer[disk]=auto
printf 'PARTNAME=qubes-root-unfinished\n' >"$sys/block/vda/vda4/uevent"
refused_with 9 upgrade/none 'no installed system' choose_installation
passed
