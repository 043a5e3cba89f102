#!/bin/bash
# Runs a command as an ordinary user that has a range of subordinate ids, without creating one on this machine:
# in a mount namespace, /etc/passwd and the ranges are replaced by copies with one more line.
#
# usage: unshare --mount bash as-ordinary-user.sh REPOSITORY COMMAND...     (as root)
#   REPOSITORY is also mounted at /mnt, where the user can reach it whatever the permissions above it are.
set -euo pipefail
repository=$1
shift
user=64123
private=$(mktemp -d)
trap 'rm -rf "$private"' EXIT
for file in passwd subuid subgid; do
  if [ -e "/etc/$file" ]; then cp "/etc/$file" "$private/$file"; else : > "$private/$file"; fi
done
echo "builder:x:$user:$user::/:/bin/sh" >> "$private/passwd"
echo "builder:700000:65536" >> "$private/subuid"
echo "builder:700000:65536" >> "$private/subgid"
for file in passwd subuid subgid; do
  [ -e "/etc/$file" ] || : > "/etc/$file"
  mount --bind "$private/$file" "/etc/$file"
done
mount --bind "$repository" /mnt
setpriv --reuid "$user" --regid "$user" --clear-groups --bounding-set +all --inh-caps -all -- "$@"
