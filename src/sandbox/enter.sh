#!/bin/bash
# Enters a sandbox: stacks the layers of a root, and of a tree that the command reads, with overlayfs in a private mount
# namespace, then starts bubblewrap.
#
# usage: enter.sh MODE LOWER UPPER WORK MERGED TREE-LOWER TREE BWRAP-ARGUMENT...
#   MODE    readonly: nothing below / can change
#           scratch:  changes go to memory and are lost
#           keep:     changes go to UPPER and become a layer
#           host:     no layers; the arguments say what is at /
#   LOWER, TREE-LOWER   overlayfs lowerdir lists, topmost first, separated by colons
#   TREE    where the tree is stacked; `-` for none
#
# Runs inside `unshare --map-auto --map-root-user --mount`. bubblewrap before 0.11 has no overlay support
# of its own, so the mount is made here. `userxattr` lets the same layers work for root and for others.
set -euo pipefail
mode=$1 lower=$2 upper=$3 work=$4 merged=$5 tree_lower=$6 tree=$7
shift 7

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

# overlayfs wants two layers when there is no upper one.
stack_readonly() {
  case $1 in
    *:*) mount -t overlay overlay -o "ro,userxattr,lowerdir=$1" "$2" ;;
    *) mount --bind "$1" "$2" ;;
  esac
}

close_inherited
[ "$tree" = - ] || stack_readonly "$tree_lower" "$tree"
case $mode in
  host) exec bwrap "$@" ;;
  readonly)
    # A build that made a user namespace would have capabilities again. Not every container lets us forbid it;
    # what such capabilities reach is the namespace alone.
    { echo 0 >/proc/sys/user/max_user_namespaces; } 2>/dev/null || true
    stack_readonly "$lower" "$merged"
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
