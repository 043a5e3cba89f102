# Looks for what must not leave this machine inside of an image. Sourced by the scripts that make images.
# shellcheck shell=bash
set -euo pipefail

# refuse CODE MESSAGE: ends the action; the last such line of a log is the failure that a person sees.
refuse() {
  printf 'qbuild: failure template/%s: %s\n' "$1" "$2" >&2
  exit 1
}

# inspect_tree TREE: refuses a system with a secret or an identity, or with a path of the machine that made it.
inspect_tree() {
  local tree=$1 found
  found=$(find_private_keys "$tree")
  [ -z "$found" ] || refuse private-key "The image has a private key: $(first "$found" "$tree")."
  for found in etc/machine-id var/lib/dbus/machine-id; do
    [ ! -s "$tree/$found" ] || [ -h "$tree/$found" ] ||
      refuse machine-id "The image has a machine id: /$found."
  done
  for found in var/lib/systemd/random-seed var/lib/urandom/random-seed var/lib/systemd/credential.secret; do
    [ ! -e "$tree/$found" ] || refuse random-seed "The image has a random seed: /$found."
  done
  found=$(find_host_paths "$tree")
  [ -z "$found" ] || refuse host-path "The image names a path of the machine that made it: $(first "$found" "$tree")."
}

first() {
  printf '%s' "${1%%$'\n'*}" | sed "s|^$2||"
}

# PEM files, and OpenSSH's by name; a line of a program's source or data that only mentions the words is none.
find_private_keys() {
  find "$1/etc/ssh" -name 'ssh_host_*_key' 2>/dev/null || true
  grep --recursive --binary-files=without-match --files-with-matches --no-messages --exclude-dir=modules \
    --extended-regexp '^-----BEGIN ([A-Z0-9]+ )*PRIVATE KEY( BLOCK)?-----' "$1" || true
}

# The store's directory is what the kernel says that our inputs are mounted from.
find_host_paths() {
  local store
  store=$(sed -nE 's|^[0-9]+ [0-9]+ [0-9:]+ (/.+)/(blobs\|trees)/.* /in/.*|\1|p' /proc/self/mountinfo | head -n 1)
  [ -n "$store" ] || return 0
  grep --recursive --files-with-matches --no-messages --fixed-strings --exclude-dir=modules "$store/" \
    "$1"/{etc,home,opt,root,srv,usr/local,var} || true
}

# meanwhile NAME COMMAND...: starts a part of the work, which goes on beside the rest until `await NAME`.
declare -A parts=()
meanwhile() {
  "${@:2}" >"$PWD/$1.log" 2>&1 &
  parts[$1]=$!
}

# await NAME: the end of that part; says what it said, and ends the action when it failed.
await() {
  local failed=0
  wait "${parts[$1]}" || failed=1
  cat "$PWD/$1.log" >&2
  [ "$failed" -eq 0 ] || exit 1
}

# has_line GREP-ARGUMENT...: whether grep finds something in all of the input. A grep that only tells would stop
# reading, and end the program before it by that.
has_line() {
  grep "$@" | cat >/dev/null
}
