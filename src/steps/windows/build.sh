#!/bin/bash
# Cross-compiles a component for Windows with its own Makefile and stages what it installs.
#
#   QBUILD_IN/source            the component's tree
#   QBUILD_IN/deps/<component>  staged trees of what it builds on
#   QBUILD_OUT/package          what belongs in the product; the rest (headers, libraries) goes to
#   QBUILD_OUT/dev              for components that build on this one
#   QBUILD_OUT/files            the package's files: mode, size, sha-256, path; sorted
#   QBUILD_MAKE                 further variables for make, one NAME=value a line
set -euo pipefail
in=${QBUILD_IN:-/in}
out=${QBUILD_OUT:-/out}
deps=$PWD/deps
stage=$PWD/stage

mkdir -p "$deps" "$stage" "$out/package" "$out/dev"
for dependency in "$in"/deps/*/; do
  if [ -d "$dependency" ]; then cp -r --no-target-directory "$dependency" "$deps"; fi
done
chmod -R u+w "$deps"
# The compiler records the directory of the sources; a copy at a fixed place keeps it the same everywhere.
cp -r "$in/source" "$PWD/source"
chmod -R u+w "$PWD/source"

variables=()
if [ -n "${QBUILD_MAKE:-}" ]; then mapfile -t variables <<<"$QBUILD_MAKE"; fi
make --directory="$PWD/source" --jobs="$(nproc)" --no-print-directory \
  TARGET_OS=windows CROSS=x86_64-w64-mingw32- DEPS="$deps" BUILD="$PWD/build" "${variables[@]}" all
make --directory="$PWD/source" --no-print-directory \
  TARGET_OS=windows CROSS=x86_64-w64-mingw32- DEPS="$deps" BUILD="$PWD/build" "${variables[@]}" \
  DESTDIR="$stage" install

for part in "$stage"/*; do
  [ -e "$part" ] || continue
  case $(basename "$part") in
    include | lib) mv "$part" "$out/dev/" ;;
    *) mv "$part" "$out/package/" ;;
  esac
done
cd "$out/package"
find . -type f -printf '%P\n' | LC_ALL=C sort | while IFS= read -r file; do
  printf '%s %s %s %s\n' "$(stat -c %a -- "$file")" "$(stat -c %s -- "$file")" \
    "$(sha256sum -- "$file" | cut -d' ' -f1)" "$file"
done >"$out/files"
