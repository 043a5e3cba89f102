#!/bin/bash
# Makes the pool and the indexes of an apt repository, and the Release file that names the indexes.
#
#   QBUILD_IN/packages/<component>  trees of .deb files
#   QBUILD_IN/sources/<component>   trees of source packages, with other files of the build
#   QBUILD_IN/head                  the fields of Release before its list of hashes
#   REPOSITORY_SUITE, REPOSITORY_COMPONENT, REPOSITORY_ARCHITECTURE
#   QBUILD_OUT/pool                 what belongs below pool/<suite>/
#   QBUILD_OUT/indexes              what belongs below dists/<suite>/
#   QBUILD_OUT/release              dists/<suite>/Release
set -euo pipefail
in=${QBUILD_IN:-/in}
out=${QBUILD_OUT:-/out}
export LC_ALL=C

pool=pool/$REPOSITORY_SUITE/$REPOSITORY_COMPONENT
dist=dists/$REPOSITORY_SUITE
binary=$dist/$REPOSITORY_COMPONENT/binary-$REPOSITORY_ARCHITECTURE
source=$dist/$REPOSITORY_COMPONENT/source
hashes=(-o APT::FTPArchive::MD5=false -o APT::FTPArchive::SHA1=false -o APT::FTPArchive::SHA512=false)
mkdir -p repository "$out/pool" "$out/indexes"
cd repository
mkdir -p "$pool" "$binary"

# Files of one kind from all components, each below its component's name.
collect() {
  local kind=$1 tree component file
  shift
  for tree in "$in/$kind"/*/; do
    [ -d "$tree" ] || continue
    component=$(basename "$tree")
    find "$tree" -mindepth 1 -maxdepth 1 -type f \( "$@" \) -printf '%f\n' | sort | while IFS= read -r file; do
      mkdir -p "$pool/$component"
      cp --no-clobber -- "$tree/$file" "$pool/$component/$file"
    done
  done
}
collect packages -name '*.deb'
collect sources -name '*.dsc' -o -name '*.tar.*' -o -name '*.diff.gz'

# One file at a time, since apt-ftparchive lists a directory in whatever order the file system has.
index() {
  find "$pool" -name "$2" -print0 | sort -z | xargs -0 --no-run-if-empty -n 1 apt-ftparchive "${hashes[@]}" "$1"
}
index packages '*.deb' >"$binary/Packages"
if find "$pool" -name '*.dsc' | grep --quiet .; then
  mkdir -p "$source"
  index sources '*.dsc' >"$source/Sources"
fi

count=$(find "$pool" -name '*.deb' | wc -l)
if [ "$(grep -c '^Package: ' "$binary/Packages")" -ne "$count" ] || [ "$count" -eq 0 ]; then
  echo "error: the index does not have the $count packages of the repository" >&2
  exit 1
fi
twice=$(awk '/^Package: / { name = $2 } /^Version: / { version = $2 } /^Architecture: / { architecture = $2 }
  /^$/ { print name "_" version "_" architecture }' "$binary/Packages" | sort | uniq -d)
if [ -n "$twice" ]; then
  echo "error: several components make the same package: $twice" >&2
  exit 1
fi
foreign=$(sed -n 's/^Architecture: //p' "$binary/Packages" | grep -v -x -e all -e "$REPOSITORY_ARCHITECTURE" || true)
if [ -n "$foreign" ]; then
  echo "error: packages are for $foreign, and the repository for $REPOSITORY_ARCHITECTURE" >&2
  exit 1
fi
find "$dist" -type f -exec xz --keep --threads=1 -6 {} +
{
  cat "$in/head"
  apt-ftparchive "${hashes[@]}" release "$dist" | sed -n '/^SHA256:/,$p'
} >"$out/release"
cp -r --no-target-directory "pool/$REPOSITORY_SUITE" "$out/pool"
cp -r --no-target-directory "$dist" "$out/indexes"
