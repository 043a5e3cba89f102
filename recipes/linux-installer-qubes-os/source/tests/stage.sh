# SPDX-License-Identifier: GPL-2.0-or-later
# What the tests have in common: the installer's files over a scratch directory that plays /sys, /proc and /dev, and
# expectations.
# shellcheck shell=bash disable=SC2034,SC2154,SC1090 # variables of the installer

set -euo pipefail
export LC_ALL=C.UTF-8 PATH=$PATH:/usr/sbin:/sbin
here=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
sys=$scratch/sys proc=$scratch/proc dev=$scratch/dev zones=$scratch/zones
layers=$scratch/layers trusted_key=$scratch/trusted-key
medium=$scratch/medium target=$scratch/target work=$scratch/work log=$scratch/log
answers='' encrypted=no refused='' failed_line='' failed_command=''
mkdir -p "$sys/block" "$proc/self" "$dev/disk/by-label" "$zones" "$medium/qubes" "$target" "$work"
: >"$log"
: >"$proc/self/mountinfo"
echo 'Filename Type Size Used Priority' >"$proc/swaps"
for subject in say answers medium disks partitions target base initramfs packages settings domains windows-tools boot-loader upgrade questions; do
  . "$here/lib/$subject.sh"
done

checks=0
test_fail() {
  echo "$(basename "$0"): $*" >&2
  exit 1
}

# refused_with EXIT-CODE CODE WORDS COMMAND…: the command ends the installer so; WORDS are in what it says.
refused_with() {
  local expected=$1 code=$2 words=$3 said status=0
  shift 3
  said=$( ("$@") 2>&1) || status=$?
  [ "$status" = "$expected" ] || test_fail "$* ended with $status instead of $expected: $said"
  case $said in *"failed: $code: "*"$words"*'next: '*) ;; *) test_fail "$* said: $said" ;; esac
  checks=$((checks + 1))
}

# same EXPECTED ACTUAL
same() {
  [ "$1" = "$2" ] || test_fail "expected '$1', got '$2'"
  checks=$((checks + 1))
}

passed() { echo "$(basename "$0"): $checks checks"; }
