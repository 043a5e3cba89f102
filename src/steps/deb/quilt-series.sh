#!/bin/bash
# Makes the patches that a list names the patches of a Debian source.
#
# usage: debian-quilt LIST DIRECTORY
#   LIST        one patch a line, relative to the directory of the list; what is not there is left out
#   DIRECTORY   the `debian/patches` that gets them, and a new `series`
set -euo pipefail
list=$1 patches=$2
mkdir -p "$patches"
: >"$patches/series"
while read -r patch; do
  file=$(dirname "$list")/$patch
  if [ ! -f "$file" ]; then continue; fi
  cp "$file" "$patches/"
  basename "$patch" >>"$patches/series"
done < <(grep -vE '^[[:space:]]*(#|$)' "$list")
