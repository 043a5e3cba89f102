#!/bin/bash
# Runs a component's own tests (`make check`) natively and stages the native build for dependents' tests.
#
#   QBUILD_IN/source            the component's tree
#   QBUILD_IN/deps/<component>  native trees of what it builds on, as this script staged them
#   QBUILD_NEEDED_BY_OTHERS     `yes`: others' tests are linked with the native build
#   QBUILD_OUT/native           the native build as installed; empty unless others need it
#   QBUILD_MAKE                 further variables for make, one NAME=value a line
set -euo pipefail
in=${QBUILD_IN:-/in}
out=${QBUILD_OUT:-/out}
deps=$PWD/deps
stage=$PWD/stage

mkdir -p "$deps" "$stage" "$out/native"
for dependency in "$in"/deps/*/; do
  if [ -d "$dependency" ]; then cp -r --no-target-directory "$dependency" "$deps"; fi
done
chmod -R u+w "$deps"
cp -r "$in/source" "$PWD/source"
chmod -R u+w "$PWD/source"

variables=()
if [ -n "${QBUILD_MAKE:-}" ]; then mapfile -t variables <<<"$QBUILD_MAKE"; fi
# What distributions install below usr/ is where the windows build has it, too.
if [ -d "$deps/usr/include" ]; then ln -s usr/include "$deps/include"; fi
if [ -d "$deps/usr/lib" ]; then ln -s "usr/lib/$(gcc -print-multiarch)" "$deps/lib"; fi

make_native() {
  make --directory="$PWD/source" --no-print-directory \
    TARGET_OS=linux DEPS="$deps" BUILD="$PWD/build" "${variables[@]}" "$@"
}
make_native --jobs="$(nproc)" check
if [ "$QBUILD_NEEDED_BY_OTHERS" = yes ]; then
  make_native install DESTDIR="$stage"
  cp -r --no-target-directory "$stage" "$out/native"
fi
