#!/bin/sh
# A local-top script of initramfs-tools(7): opens the root file system so that each block is checked when it is read.
#
# Kernel command line, in the words of systemd-veritysetup-generator(8): roothash, systemd.verity_root_data,
# systemd.verity_root_hash. A block that was altered stops the kernel.
set -eu
[ "${1:-}" != prereqs ] || exit 0
# These words are not made for -u.
set +u
# shellcheck source=/dev/null
. /scripts/functions

root_hash='' data='' hashes=''
read -r command_line </proc/cmdline
for word in $command_line; do
  case $word in
    roothash=*) root_hash=${word#*=} ;;
    systemd.verity_root_data=*) data=${word#*=} ;;
    systemd.verity_root_hash=*) hashes=${word#*=} ;;
  esac
done
if [ -z "$root_hash" ] || [ -z "$data" ] || [ -z "$hashes" ]; then
  panic 'The command line does not say what the root file system is checked against.'
fi

# partition SPECIFICATION: its device, which may take its time to be there.
partition() {
  turn=0
  while [ "$turn" -lt 60 ]; do
    resolve_device "$1" && return
    turn=$((turn + 1))
    sleep 1
  done
  return 1
}

wait_for_udev 10
data=$(partition "$data") || panic 'The root file system is not there.'
hashes=$(partition "$hashes") || panic 'The hashes of the root file system are not there.'
veritysetup open --panic-on-corruption "$data" root "$hashes" "$root_hash" ||
  panic 'The root file system is not the one that the root hash stands for.'
wait_for_udev 10
