# What the installer says, and how it ends: a line for each step; a failure has a code, its cause and the next step.
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables of all subjects: bin/qubes-install has them together
set -euo pipefail

# say TEXT: a line on the console and in the log. Never give it a password.
say() {
  printf 'qubes-install: %s\n' "$*"
  printf '%(%H:%M:%S)T %s\n' -1 "$*" >>"$log"
}

# refuse EXIT-CODE CODE CAUSE NEXT-STEP: ends the installation. README.md lists codes and exit codes.
refuse() {
  say "failed: $2: $3"
  say "next: $4"
  refused=yes
  exit "$1"
}

# try EXIT-CODE CODE NEXT-STEP PROGRAM…: runs a program whose output goes to the log; refuses when it fails.
# The cause is the end of what it said.
try() {
  local exit_code=$1 code=$2 next=$3 lines=() line said='' status=0
  shift 3
  "$@" >"$work/said" 2>&1 || status=$?
  mapfile -t lines <"$work/said"
  [ "${#lines[@]}" = 0 ] || printf '  %s\n' "${lines[@]}" >>"$log"
  [ "$status" != 0 ] || return 0
  # All of them when there are fewer than four: then an offset from the end is none.
  for line in "${lines[@]:${#lines[@]} > 4 ? ${#lines[@]} - 4 : 0}"; do said+=" | $line"; done
  refuse "$exit_code" "$code" "$1 ended with exit code $status$said" "$next"
}

# At the end, however it comes: what is mounted is unmounted, and what nobody foresaw gets a code, too.
finish() {
  local status=$?
  trap - EXIT ERR
  set +e
  # A system whose upgrade failed makes initramfses as before.
  restore_initramfs
  leave_target
  if [ "$status" != 0 ] && [ -z "$refused" ]; then
    say "failed: step/failed: line $failed_line of the installer ended with exit code $status: $failed_command"
    say "next: read $log; when the cause is gone, start the installer again"
    status=1
  fi
  rm -rf "$work"
  # Nobody is there: whoever waits for the machine sees the failure above and that it is off.
  if [ "$status" != 0 ] && [ -n "$answers" ] && [ "${answer[after]:-}" = poweroff ]; then systemctl --no-block poweroff; fi
  exit "$status"
}
