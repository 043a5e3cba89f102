# The initial RAM file system of the installed system: the base system's own, made anew only when it cannot start this
# machine. That takes seconds on real hardware and minutes under emulation.
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables of all subjects: bin/qubes-install has them together
set -euo pipefail

# While packages are installed none is made, however many of them ask for it.
defer_initramfs() {
  local conf=$target/etc/initramfs-tools/update-initramfs.conf
  [ -e "$conf" ] || return 0
  [ -e "$conf.installer" ] || cp --archive "$conf" "$conf.installer"
  printf 'update_initramfs=no\n' >"$conf"
  : >"$work/before-packages"
}

restore_initramfs() {
  local conf=$target/etc/initramfs-tools/update-initramfs.conf
  if [ -e "$conf.installer" ]; then mv "$conf.installer" "$conf"; fi
}

# Sets $initramfs_reason when it must be made.
needs_initramfs() { # KERNEL-VERSION
  initramfs_reason=''
  if [ ! -s "$target/boot/initrd.img-$1" ]; then
    initramfs_reason='the base system has none'
  elif [ -n "$(find "$target/etc/initramfs-tools" "$target/usr/share/initramfs-tools" -newer "$work/before-packages" -type f -print -quit)" ]; then
    initramfs_reason='packages add to it'
  else
    list_drivers
    local known driver
    known=$(in_target lsinitramfs "/boot/initrd.img-$1" 2>>"$log") || true
    if [ "$encrypted" = yes ]; then
      drivers+=('dm[-_]crypt')
      case $known in *scripts/local-top/cryptroot*) ;; *) initramfs_reason='it must ask for the passphrase' ;; esac
    fi
    for driver in "${drivers[@]}"; do
      # shellcheck disable=SC2254 # it is a pattern
      case $known in */$driver.ko*) continue ;; esac
      grep -q "/$driver\.ko" "$target/lib/modules/$1/modules.builtin" || initramfs_reason="it lacks the driver $driver"
    done
  fi
}

# $drivers: the modules that drive the disk and the controllers it hangs on, with the names of their files.
list_drivers() {
  local place driver
  drivers=()
  place=$(readlink -f "$sys/block/$disk/device") || return 0
  while [ -n "$place" ] && [ "$place" != "$sys/devices" ]; do
    if [ -L "$place/driver/module" ]; then
      driver=$(readlink "$place/driver/module")
      driver=${driver##*/}
      # A module's name has underscores where its file may have either.
      drivers+=("${driver//_/[-_]}")
    fi
    place=${place%/*}
  done
}

make_initramfs() { # KERNEL-VERSION
  needs_initramfs "$1"
  [ -n "$initramfs_reason" ] || return 0
  say "making the initial RAM file system: $initramfs_reason"
  try 8 boot/initramfs 'read the log, report it' in_target update-initramfs -c -k "$1"
}
