#!/bin/bash
# Lays the programs for Windows guests together in one tree, as they are installed there.
#
#   QBUILD_IN/trees/<component>  what each of them has
#   QBUILD_OUT/tree
#   QBUILD_OUT/list              a line for each file: path, component, size and SHA-256; tabs between
set -euo pipefail
in=${QBUILD_IN:-/in}
out=${QBUILD_OUT:-/out}
export LC_ALL=C

fail() {
  printf 'qbuild: failure iso/%s: %s\n' "$1" "$2" >&2
  exit 1
}

mkdir "$out/tree"
for tree in "$in"/trees/*/; do
  component=$(basename "$tree")
  (cd "$tree" && find . -type f -printf '%P\n') | while IFS= read -r path; do
    printf '%s\t%s\t%s\t%s\n' "$path" "$component" "$(stat --format=%s "$tree/$path")" \
      "$(sha256sum "$tree/$path" | cut -d ' ' -f 1)"
  done
done | sort >"$out/list"

# For Windows, names that differ by case alone are one.
twice=$(cut -f 1 "$out/list" | tr '[:upper:]' '[:lower:]' | sort | uniq --repeated | head -n 1)
[ -z "$twice" ] || fail two-owners "Two components have a file \`$twice\` for Windows guests: \
$(awk -F '\t' -v path="$twice" 'tolower($1) == path { print $2 }' "$out/list" | paste -s -d ' ')."

while IFS=$'\t' read -r path component _; do
  mkdir -p "$out/tree/$(dirname "$path")"
  cp "$in/trees/$component/$path" "$out/tree/$path"
done <"$out/list"
