# The disks of the machine: which there are, what is on them, and which are refused. Read from /sys and /proc by the
# shell itself: under emulation a process costs more than everything that is read here.
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables of all subjects: bin/qubes-install has them together
set -euo pipefail

# The names of our partitions. The root's says whether the installation came to its end: it is renamed as the last step.
part_bios=qubes-bios part_esp=qubes-esp part_boot=qubes-boot part_root=qubes-root
part_unfinished=qubes-root-unfinished

# The ESP and /boot are as large as partitions.sh makes them; what else is needed is worked out from the medium.
mib=1048576

declare -A disk_size=() disk_model=()
disks=()

# Fills $disks with the kernel's names of whole disks. Not disks: optical drives, floppies, memory, and devices made of
# others.
list_disks() {
  local path name size model
  disks=()
  for path in "$sys"/block/*; do
    name=${path##*/}
    case $name in '*' | loop* | ram* | zram* | sr* | fd* | dm-* | md* | nbd* | mtdblock*) continue ;; esac
    read -r size <"$path/size" || continue
    # In units of 512 bytes, whatever the disk's own sectors are (Documentation/ABI/stable/sysfs-block in Linux).
    disk_size[$name]=$((size * 512))
    [ "$size" != 0 ] || continue # a card reader without a card
    model=''
    [ ! -r "$path/device/model" ] || read -r model <"$path/device/model" || true
    disk_model[$name]=${model//[^A-Za-z0-9 ._-]/}
    disks+=("$name")
  done
}

# $used: device numbers and names that are mounted or swapped to → where.
list_used() {
  declare -gA used=()
  local number point rest path
  while read -r _ _ number _ point rest; do
    used[$number]="is mounted at $point"
    # Some file systems have numbers of their own; their source is the word after the file system's type.
    rest=${rest#*' - '}
    read -r _ path _ <<<"$rest"
    case $path in /dev/*) used[${path#/dev/}]="is mounted at $point" ;; esac
  done <"$proc/self/mountinfo"
  while read -r path _; do
    case $path in /dev/*) used[${path#/dev/}]='is swap space' ;; esac
  done <"$proc/swaps"
  for path in "$dev/disk/by-label/${product[LABEL]:-}" "$dev/disk/by-label/QBANSWERS"; do
    if [ -L "$path" ]; then
      path=$(readlink -f "$path")
      used[${path##*/}]='is the installation medium or has the answers'
    fi
  done
}

# Sets $problem and $problem_code when a disk must not be touched at all; NEEDED in bytes.
examine_disk() { # NAME NEEDED
  local name=$1 needed=$2 place part id ro
  problem='' problem_code=''
  for place in "$sys/block/$name" "$sys/block/$name/$name"*; do
    [ -r "$place/dev" ] || continue
    part=${place##*/}
    read -r id <"$place/dev"
    problem=${used[$id]:-${used[$part]:-}}
    for id in "$place"/holders/*; do
      [ -e "$id" ] && problem="is part of ${id##*/}"
    done
    [ -z "$problem" ] || {
      problem="/dev/$part $problem" problem_code=disk/in-use
      return 0
    }
  done
  read -r ro <"$sys/block/$name/ro"
  if [ "$ro" != 0 ]; then
    problem="/dev/$name is read-only" problem_code=disk/read-only
  elif [ "${disk_size[$name]}" -lt "$needed" ]; then
    problem="/dev/$name has $((${disk_size[$name]} / mib)) MiB, $((needed / mib)) MiB are needed" problem_code=disk/too-small
  fi
}

# $parts: name of each partition of a disk in its table → the kernel's name.
list_partitions() { # NAME
  declare -gA parts=()
  local place line
  for place in "$sys/block/$1/$1"*; do
    [ -r "$place/partition" ] || continue
    while IFS= read -r line; do
      case $line in PARTNAME=*) parts[${line#PARTNAME=}]=${place##*/} ;; esac
    done <"$place/uevent"
  done
}

# Sets $state: blank, installed (one of ours, finished), unfinished (one of ours that was cut short) or data.
find_state() { # NAME
  list_partitions "$1"
  state=data
  if [ -n "${parts[$part_bios]:-}" ] && [ -n "${parts[$part_esp]:-}" ] && [ -n "${parts[$part_boot]:-}" ] && [ "${#parts[@]}" = 4 ]; then
    if [ -n "${parts[$part_root]:-}" ]; then state=installed; fi
    if [ -n "${parts[$part_unfinished]:-}" ]; then state=unfinished; fi
  elif [ "${#parts[@]}" = 0 ]; then
    if [ -z "$(wipefs --no-act --noheadings "$dev/$1")" ]; then state=blank; fi
  fi
}

# What the installation will take, in bytes: partitions, and guesses of how much what is compressed will be. squashfs and
# zstd make a third of such files, .deb files likewise; a GiB is left to the domains.
needed_space() {
  local sizes size total=$(((1 + esp_mib + boot_mib + 2) * mib)) file files=("$medium/qubes/system.squashfs")
  for file in "${template_files[@]}"; do files+=("$medium/qubes/templates/$file"); done
  sizes=$(stat --format=%s "$medium"/qubes/packages/pool/*/*/*/*.deb "${files[@]}" 2>>"$log") || true
  for size in $sizes; do total=$((total + size * 3)); done
  needed=$((total + 1024 * mib))
}

# Takes the disk of the answers, or refuses it. Sets $disk (a kernel's name) and $state.
choose_disk() {
  local name fit=() path why='' erase=''
  list_disks
  list_used
  if [ "${answer[disk]}" = auto ]; then
    for name in "${disks[@]}"; do
      examine_disk "$name" "$needed"
      if [ -z "$problem" ]; then fit+=("$name"); else why+="; $problem"; fi
    done
    [ "${#fit[@]}" != 0 ] || refuse 4 disk/none "there is no disk to install on${why}" 'add a disk that is large enough and not in use'
    [ "${#fit[@]}" = 1 ] || refuse 4 disk/ambiguous "several disks could be meant: ${fit[*]}" 'name one: disk=/dev/…'
    disk=${fit[0]}
  else
    path=$(readlink -f "${answer[disk]}" || true)
    disk=${path##*/}
    [ -n "${disk_model[${disk:-none}]+set}" ] ||
      refuse 4 disk/unknown "${answer[disk]} is not a disk of this machine" "there are: ${disks[*]/#//dev/}"
  fi
  examine_disk "$disk" "$needed"
  [ -z "$problem" ] || refuse 4 "$problem_code" "$problem" 'choose another disk'
  find_state "$disk"
  erase=${answer[erase]}
  case $state in
    blank | unfinished) ;;
    *) [ "$erase" = yes ] || refuse 4 disk/has-data "there is $(state_text "$state") on /dev/$disk" \
      'choose another disk, or answer erase=yes to lose what is on it' ;;
  esac
}

state_text() {
  case $1 in
    blank) echo 'nothing' ;;
    unfinished) echo 'an installation that was cut short' ;;
    installed) echo 'an installed system with its domains' ;;
    *) echo 'data' ;;
  esac
}
