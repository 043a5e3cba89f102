#!/usr/bin/env bash
# Builds an NSIS installer, in two passes, so that the uninstaller can be signed in between.
#   pass 1 (no input uninstaller-signed): /out/uninstaller
#   pass 2 (inputs uninstaller and uninstaller-signed): /out/setup
# Inputs: layout, product, services, setup (the program), layout-program, files-program, component-*, payload-*,
# and the paths HELPER, LICENCE and ICON (may be empty) within components, as component-NAME/PATH.
set -euo pipefail

in=${QBUILD_IN:-/in}
out=${QBUILD_OUT:-/out}
export TZ=UTC LC_ALL=C.UTF-8

work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT
mkdir -- "$work/lists"

perl -- "$in/layout-program" "$in/layout" "$in" "$SOURCE_DATE_EPOCH" "$work/lists"
perl -- "$in/files-program" "$work/lists" >"$work/files.nsh"

# makensis takes a text for UTF-8 when it begins with a byte order mark.
printf '\357\273\277' | cat - "$in/product" >"$work/product.nsh"
printf '\357\273\277' | cat - "$work/files.nsh" >"$work/files-marked.nsh"
sed '1s/^\xEF\xBB\xBF//' -- "$in/$LICENCE" | { printf '\357\273\277' && cat; } >"$work/licence.txt"

if [ -e "$in/uninstaller-signed" ]; then
  target=$out/setup
  # The uninstaller that was signed must be the one that this pass makes.
  cat >"$work/finalize" <<'FINALIZE'
#!/usr/bin/env bash
set -euo pipefail
cmp -- "$1" "$UNSIGNED"
cat -- "$SIGNED" >"$1"
FINALIZE
  export UNSIGNED=$in/uninstaller SIGNED=$in/uninstaller-signed
else
  target=$work/unused.exe
  cat >"$work/finalize" <<'FINALIZE'
#!/usr/bin/env bash
set -euo pipefail
cat -- "$1" >"$EXPORTED"
FINALIZE
  export EXPORTED=$out/uninstaller
fi
chmod +x "$work/finalize"

definitions=(
  "-DPRODUCT_NSH=$work/product.nsh" "-DFILES_NSH=$work/files-marked.nsh"
  "-DHELPER=$in/$HELPER" "-DSERVICES=$in/services" "-DLICENCE=$work/licence.txt"
  "-DOUT=$target" "-DFINALIZE=$work/finalize"
)
if [ -n "${ICON:-}" ]; then
  definitions+=("-DICON=$in/$ICON")
fi

# Names and texts of the product are compiled in; warnings would mean that one was taken for a variable.
makensis -V2 -WX -INPUTCHARSET UTF8 '-XTarget amd64-unicode' "${definitions[@]}" -- "$in/setup" ||
  { echo 'makensis failed. More than about 1.9 GiB of files cannot be embedded: make them payloads.' >&2; exit 1; }
