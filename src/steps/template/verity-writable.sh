#!/bin/sh
# A local-bottom script of initramfs-tools(7): what programs write to lies in memory, above the read-only root.
set -eu
[ "${1:-}" != prereqs ] || exit 0
# These words are not made for -u.
set +u
# shellcheck source=/dev/null
. /scripts/functions
# initramfs-tools names it.
root=${rootmnt:?}

mkdir -m 700 /run/writable
mount -t tmpfs -o mode=700 tmpfs /run/writable || panic 'There is no room for what is written.'
for dir in etc home opt root srv var; do
  [ -d "$root/$dir" ] || continue
  mkdir -p "/run/writable/$dir/work"
  # The directory itself looks as the upper one does.
  if [ "$dir" = root ]; then mode=700; else mode=755; fi
  mkdir -m "$mode" "/run/writable/$dir/upper"
  mount -t overlay -o "lowerdir=$root/$dir,upperdir=/run/writable/$dir/upper,workdir=/run/writable/$dir/work" overlay \
    "$root/$dir" || panic "Nothing can be written to /$dir."
done
