#!/bin/bash
# Enters a sandbox: stacks a root's layers with overlayfs in a private mount namespace, then starts bubblewrap.
#
# usage: enter.sh MODE LOWER UPPER WORK MERGED BWRAP-ARGUMENT...
#   MODE    readonly: nothing below / can change
#           scratch:  changes go to memory and are lost
#           keep:     changes go to UPPER and become a layer
#           host:     no layers; the arguments say what is at /
#   LOWER   overlayfs lowerdir list, topmost first, separated by colons
#
# Runs inside `unshare --map-auto --map-root-user --mount`. bubblewrap before 0.11 has no overlay support
# of its own, so the mount is made here. `userxattr` lets the same layers work for root and for others.
set -euo pipefail
mode=$1 lower=$2 upper=$3 work=$4 merged=$5
shift 5

# Whoever started qbuild may have left it open files, and bubblewrap hands them on. Standard streams, the status
# descriptor and this script stay.
close_inherited() {
  local path descriptor
  for path in /proc/self/fd/*; do
    descriptor=${path##*/}
    if [ "$descriptor" -le 3 ] || [ "$path" -ef "$0" ]; then continue; fi
    exec {descriptor}>&-
  done
}

close_inherited
case $mode in
  host) exec bwrap "$@" ;;
  readonly)
    # A build that made a user namespace would have capabilities again. Not every container lets us forbid it;
    # what such capabilities reach is the namespace alone.
    { echo 0 >/proc/sys/user/max_user_namespaces; } 2>/dev/null || true
    case $lower in
      *:*) mount -t overlay overlay -o "ro,userxattr,lowerdir=$lower" "$merged" ;;
      *) mount --bind "$lower" "$merged" ;; # overlayfs wants two layers when there is no upper one
    esac
    exec bwrap --ro-bind "$merged" / "$@"
    ;;
  scratch)
    mount -t tmpfs -o mode=755 tmpfs "$work"
    mkdir "$work/upper" "$work/work"
    mount -t overlay overlay -o "userxattr,volatile,lowerdir=$lower,upperdir=$work/upper,workdir=$work/work" "$merged"
    exec bwrap --bind "$merged" / "$@"
    ;;
  keep)
    # Volatile: nothing waits for the disk in here; whoever keeps UPPER makes all of it durable at once.
    mount -t overlay overlay -o "userxattr,volatile,lowerdir=$lower,upperdir=$upper,workdir=$work" "$merged"
    exec bwrap --bind "$merged" / "$@"
    ;;
esac
echo "enter.sh: unknown mode $mode" >&2
exit 64
