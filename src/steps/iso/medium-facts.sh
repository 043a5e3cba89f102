#!/bin/bash
# Says of a product what its installer has to know.
#
#   QBUILD_IN/product           the lines of product.conf that need no package
#   QBUILD_IN/debs/<component>  the packages of the admin domain
#   QBUILD_IN/templates/<name>  the line of templates.conf about each template
#   SYSTEM_WITHOUT              which of the packages it does not get, one a line
#   QBUILD_OUT/product          /qubes/product.conf
#   QBUILD_OUT/templates        /qubes/templates.conf
set -euo pipefail
in=${QBUILD_IN:-/in}
out=${QBUILD_OUT:-/out}
export LC_ALL=C

names=()
for deb in "$in"/debs/*/*.deb; do
  [ -f "$deb" ] || continue
  name=$(dpkg-deb --field "$deb" Package)
  case $name in
    *-dev | *-dbgsym | *-doc) ;;
    *) if ! grep -qxF -e "$name" <<<"$SYSTEM_WITHOUT"; then names+=("$name"); fi ;;
  esac
done
{
  cat "$in/product"
  printf 'PACKAGES=%s\n' "$(printf '%s\n' "${names[@]}" | sort | paste -s -d ' ')"
} >"$out/product"

: >"$out/templates"
for template in "$in"/templates/*; do
  if [ -f "$template" ]; then cat "$template" >>"$out/templates"; fi
done
