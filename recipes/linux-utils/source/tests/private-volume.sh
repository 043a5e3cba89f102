#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Which disk is taken, and that nothing but a blank one is written to. Disks are files here, with real file systems;
# the system's tree and mount are played.
set -euo pipefail

script=$(cd "$(dirname "$0")/.." && pwd)/scripts/private-volume
QUBES_ROOT=$(mktemp -d)
export QUBES_ROOT
trap 'rm -rf "$QUBES_ROOT"' EXIT
export PATH=$QUBES_ROOT/bin:$PATH:/usr/sbin:/sbin
mkdir -p "$QUBES_ROOT"/{bin,dev,home/user,usr/local/bin,sys/block,sys/dev/block}
echo hello >"$QUBES_ROOT/home/user/.profile"

cat >"$QUBES_ROOT/bin/mountpoint" <<'S'
#!/bin/sh
echo 8:1
S
cat >"$QUBES_ROOT/bin/mount" <<'S'
#!/bin/sh
echo "$@" | sed "s|$QUBES_ROOT||g" >>"$QUBES_ROOT/mounts"
S
chmod +x "$QUBES_ROOT"/bin/*

fail() {
  echo "private-volume: $*" >&2
  cat "$QUBES_ROOT/stderr" >&2
  exit 1
}

disk() { # NAME [READ-ONLY]: as the kernel lists it, with a file for its bytes
  local place=$QUBES_ROOT/sys/block/$1
  mkdir -p "$place"
  echo "${2:-0}" >"$place/ro"
  echo 0 >"$place/removable"
  truncate -s 16M "$QUBES_ROOT/dev/$1"
}
root_on() { # DISK PARTITION
  mkdir -p "$QUBES_ROOT/sys/block/$1/$2"
  echo 1 >"$QUBES_ROOT/sys/block/$1/$2/partition"
  ln -sfn "../../block/$1/$2" "$QUBES_ROOT/sys/dev/block/8:1"
}
fresh() { rm -rf "${QUBES_ROOT:?}"/{sys/block,dev,rw,mounts}; mkdir -p "$QUBES_ROOT"/{sys/block,dev}; }
run() { # CODE
  local code=0
  "$script" 2>"$QUBES_ROOT/stderr" || code=$?
  [ "$code" = "$1" ] || fail "exit code $code instead of $1"
}
untouched() { # NAME SHA256
  [ "$(sha256sum <"$QUBES_ROOT/dev/$1")" = "$2" ] || fail "$1 was written to"
  [ ! -e "$QUBES_ROOT/mounts" ] || fail "something was mounted"
}

echo 'a domain without a private volume'
fresh; disk sda; root_on sda sda1
run 0
[ ! -e "$QUBES_ROOT/mounts" ] || fail "something was mounted"

echo 'a blank volume gets a file system, and is kept the next time'
fresh; disk sda; root_on sda sda1; disk sdb
run 0
[ "$(blkid -o value -s LABEL "$QUBES_ROOT/dev/sdb")" = qubes-private ] || fail "no file system"
[ "$(cat "$QUBES_ROOT/rw/home/user/.profile")" = hello ] || fail "the template's home is not there"
diff - "$QUBES_ROOT/mounts" <<'M' || fail "other mounts"
-t ext4 -o nodev,nosuid,noatime /dev/sdb /rw
--bind /rw/home /home
--bind /rw/usrlocal /usr/local
M
uuid=$(blkid -o value -s UUID "$QUBES_ROOT/dev/sdb")
echo mine >"$QUBES_ROOT/rw/home/user/.profile"
run 0
[ "$(blkid -o value -s UUID "$QUBES_ROOT/dev/sdb")" = "$uuid" ] || fail "a second file system"
[ "$(cat "$QUBES_ROOT/rw/home/user/.profile")" = mine ] || fail "the home was overwritten"

echo 'disks that came in another order'
fresh; disk sda; disk sdb; root_on sdb sdb1
run 0
[ "$(blkid -o value -s LABEL "$QUBES_ROOT/dev/sda")" = qubes-private ] || fail "the wrong disk"
if blkid "$QUBES_ROOT/dev/sdb" >/dev/null; then fail "the root was written to"; fi

echo 'a root on a verified mapping'
fresh; disk vda; root_on vda vda2; disk vdb
mkdir -p "$QUBES_ROOT/sys/block/dm-0/slaves"
ln -s ../../vda/vda2 "$QUBES_ROOT/sys/block/dm-0/slaves/vda2"
ln -sfn ../../block/dm-0 "$QUBES_ROOT/sys/dev/block/8:1"
run 0
if blkid "$QUBES_ROOT/dev/vda" >/dev/null; then fail "the root was written to"; fi
[ "$(blkid -o value -s LABEL "$QUBES_ROOT/dev/vdb")" = qubes-private ] || fail "the wrong disk"

echo 'anything else on the disk is left alone'
fresh; disk xvda; root_on xvda xvda1; disk xvdb
mkfs.ext4 -q -F -L data "$QUBES_ROOT/dev/xvdb"
before=$(sha256sum <"$QUBES_ROOT/dev/xvdb")
run 1
untouched xvdb "$before"
fresh; disk xvda; root_on xvda xvda1; disk xvdb
printf x | dd of="$QUBES_ROOT/dev/xvdb" bs=1 seek=700000 conv=notrunc status=none
before=$(sha256sum <"$QUBES_ROOT/dev/xvdb")
run 1
untouched xvdb "$before"

echo 'two that could be it'
fresh; disk sda; root_on sda sda1; disk sdb; disk sdc
before=$(sha256sum <"$QUBES_ROOT/dev/sdb")
run 1
untouched sdb "$before"
grep -q 'which of sdb sdc' "$QUBES_ROOT/stderr" || fail "the disks are not named"

echo 'a disk that cannot be written to is not it'
fresh; disk sda; root_on sda sda1; disk sdb 1
run 0
[ ! -e "$QUBES_ROOT/mounts" ] || fail "something was mounted"
echo 'private-volume: good'
