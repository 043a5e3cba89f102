# The installed system's tree at $target while it is made or upgraded: its mounts, and programs that run in it.
# The installer has a mount namespace of its own: when it is killed, nothing stays mounted.
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables of all subjects: bin/qubes-install has them together
set -euo pipefail

enter_target() {
  mkdir -p "$target"
  mount "$root" "$target"
  mkdir -p "$target/boot"
  mount "$boot" "$target/boot"
  mkdir -p "$target/boot/efi"
  mount -t vfat -o umask=0077 "$esp" "$target/boot/efi"
}

# What programs in the target expect. /run is new: systemd's directory there would make packages start services.
mount_system() {
  mount -t proc proc "$target/proc"
  mount -t sysfs -o ro sysfs "$target/sys"
  mount --rbind /dev "$target/dev"
  mount -t tmpfs -o mode=755,nosuid,nodev tmpfs "$target/run"
  mkdir -p "$target/run/qubes/medium" "$target/run/lock"
  mount --bind "$medium" "$target/run/qubes/medium"
}

in_target() { # PROGRAM…
  env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 HOME=/root TERM=dumb DEBIAN_FRONTEND=noninteractive \
    DEBCONF_NONINTERACTIVE_SEEN=true chroot "$target" "$@"
}

# Also what an earlier installer may have left: a mapping outlives its process.
leave_target() {
  if grep -q " $target" "$proc/self/mountinfo"; then umount --recursive "$target" || umount --recursive --lazy "$target"; fi
  if [ -e "$dev/mapper/$mapping" ]; then cryptsetup close "$mapping"; fi
}
