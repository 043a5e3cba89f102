# The base system, copied as it is: what the live system stands on, or else the medium's squashfs, which is the same.
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables of all subjects: bin/qubes-install has them together
set -euo pipefail

copy_base() {
  say 'copying the base system'
  local base=$layers/system
  if ! base_is_checked; then
    base=$work/base
    mkdir -p "$base"
    mount -t squashfs -o ro,loop "$medium/qubes/system.squashfs" "$base"
  fi
  cp --archive "$base/." "$target/" >"$work/said" 2>&1 &
  await_copy "$!"
  base_is_checked || umount "$base"
}

# Whether the kernel checks the base system while it is read.
base_is_checked() {
  mountpoint --quiet "$layers/system"
}

# Tells how far it is, rarely: asking costs processes.
await_copy() { # PID
  local pid=$1 ended='' status=0 blocks free size sleeper
  until [ "$ended" = "$pid" ]; do
    sleep 20 &
    sleeper=$!
    status=0
    wait -n -p ended "$pid" "$sleeper" || status=$?
    if [ "$ended" != "$pid" ]; then
      read -r blocks free size < <(stat --file-system --format='%b %f %S' "$target")
      say "copied $(((blocks - free) * size / mib)) MiB"
    fi
  done
  kill "$sleeper" 2>/dev/null || true
  [ "$status" = 0 ] || {
    cat "$work/said" >>"$log"
    refuse 1 base/copy 'the base system could not be copied' "read $log; the disk may be broken or too small"
  }
}
