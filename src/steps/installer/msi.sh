#!/usr/bin/env bash
# Builds an MSI: wixl makes the cabinet and the tables of files, msibuild puts everything else in.
# Inputs: layout, product (a wixl source), table-* (text archives), statements (SQL), layout-program,
# files-program, component-*, payload-*, and the path HELPER as component-NAME/PATH. Output: /out/msi.
set -euo pipefail

in=${QBUILD_IN:-/in}
out=${QBUILD_OUT:-/out}
export TZ=UTC LC_ALL=C.UTF-8

work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT
mkdir -- "$work/lists" "$work/tables"

# The GUID of a name (RFC 9562, version 5) in the name space of another GUID.
guid_of() {
  local hex
  hex=$({ printf '%b' "$(printf '%s' "${1//-/}" | sed 's/../\\x&/g')" && printf '%s' "$2"; } | sha1sum)
  printf '%s-%s-5%s-%02x%s-%s\n' "${hex:0:8}" "${hex:8:4}" "${hex:13:3}" \
    $((0x${hex:16:2} & 0x3f | 0x80)) "${hex:18:2}" "${hex:20:12}" | tr a-f A-F
}

upgrade_code=$(sed -n 's/.* UpgradeCode="\([0-9a-f-]*\)".*/\1/p' "$in/product")

perl -- "$in/layout-program" "$in/layout" "$in" "$SOURCE_DATE_EPOCH" "$work/lists"
perl -- "$in/files-program" "$work/lists" "$upgrade_code" "$work"

for table in "$in"/table-*; do
  name=${table##*/table-}
  cat -- "$table" >"$work/tables/$name"
  if [ -e "$work/rows-$name" ]; then
    cat -- "$work/rows-$name" >>"$work/tables/$name"
  fi
done

# Equal content has an equal package code, other content another.
content=$(
  cd -- "$work"
  sha256sum -- "$in/product" "$in/statements" "$in/$HELPER" lists/files lists/payloads lists/content/* tables/* |
    cut -d ' ' -f 1 | sha256sum | cut -d ' ' -f 1
)
product_code=$(guid_of "$upgrade_code" "product $content")
package_code=$(guid_of "$upgrade_code" "package $content")
sed -i "s/^ProductCode\t/&{$product_code}/" "$work/tables/Property"
sed -i "s/^9\t/&{$package_code}/" "$work/tables/_SummaryInformation"

cp --no-preserve=all -- "$in/$HELPER" "$work/lists/helper.exe"
touch -d "@$SOURCE_DATE_EPOCH" -- "$work/lists/helper.exe"

# wixl ends with 0 after some mistakes: whatever it says is one.
cd -- "$work/lists"
wixl -a x64 -D "PRODUCT_CODE=$product_code" -D HELPER=helper.exe -o "$work/out.msi" \
  "$in/product" "$work/files.wxs" 2>"$work/complaints" || { cat -- "$work/complaints" >&2; exit 1; }
if [ -s "$work/complaints" ]; then
  cat -- "$work/complaints" >&2
  exit 1
fi

# The real names of the files, in the table that wixl has made.
msiinfo export "$work/out.msi" File |
  awk -F '\t' -v OFS='\t' 'NR == FNR { name[$1] = $2; next } $1 in name { $3 = name[$1] } { print }' \
    "$work/file-names" - >"$work/tables/File"

printf '\r\n\r\n65001\t_ForceCodepage\r\n' >"$work/tables/_ForceCodepage"
imports=()
for table in "$work"/tables/*; do
  imports+=(-i "$table")
done
msibuild "$work/out.msi" "${imports[@]}"
while IFS= read -r statement; do
  msibuild "$work/out.msi" -q "$statement"
done <"$in/statements"
mv -- "$work/out.msi" "$out/msi"
