#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The manifests that are shipped, mistakes in others, and images: real files and the real qubes-admin.
set -euo pipefail
here=$(cd "$(dirname "$0")/.." && pwd)
program=$here/qubes-template
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
export QUBES_TEMPLATE_SHARE=$scratch/share QUBES_DATA=$scratch/data QUBES_CONFIG=$scratch/config
mkdir -p "$scratch"/{share,data,config}
cp "$here/template.schema.json" "$scratch/share/"

fail() {
  echo "templates: $*" >&2
  exit 1
}
refused() { # TEXT ARGUMENT…
  local code=0
  "$program" "${@:2}" >"$scratch/out" 2>"$scratch/err" || code=$?
  [ "$code" = 1 ] || fail "${*:2}: exit code $code instead of 1"
  grep -qF -- "$1" "$scratch/err" || fail "${*:2}: not said: $1; but $(cat "$scratch/err")"
  [ "$(wc -l <"$scratch/err")" = 1 ] || fail "more than a line: $(cat "$scratch/err")"
}

echo 'the manifests that are shipped'
for manifest in "$here"/../*/template.yaml; do "$program" check "$(dirname "$manifest")"; done
cp -r "$here"/../debian-12-minimal "$scratch/share/"
diff - <("$program" list) <<<$'debian-12-minimal\tdebian-12\t2GiB\t-' || fail "another list"

echo 'mistakes in manifests'
mistake() { # TEXT SED-SCRIPT
  rm -rf "$scratch/desk"
  cp -r "$here/../debian-12-minimal" "$scratch/desk"
  sed -i -e 's/^name: .*/name: desk/' -e "$2" "$scratch/desk/template.yaml"
  refused "$1" check "$scratch/desk"
}
mistake 'its name is other' 's/^name: desk/name: other/'
mistake "'speed' was unexpected" "\$a speed: fast"
mistake 'size: ' 's/2GiB/2GB/'
mistake "'title' is a required property" '/^title/d'
mistake 'packages.1: ' 's/procps/-procps/'
mistake 'absent.service is not a file of this template' 's/: guest-ready.service/: absent.service/'
mistake 'files./etc/x' "\$a files: { /etc/x: ../../passwd }"
mistake 'template.yaml: ' "\$a files: {"
mistake 'could not determine a constructor' "\$a title: !!python/object/apply:os.system [id]"
rm "$scratch/desk/template.yaml"
refused 'No such file' check "$scratch/desk"
ln -s /etc/passwd "$scratch/desk/link"
sed -e 's/^name: .*/name: desk/' -e 's/: guest-ready.service/: link/' "$here/../debian-12-minimal/template.yaml" \
  >"$scratch/desk/template.yaml"
refused 'link is not a file of this template' check "$scratch/desk"

echo 'images'
made=$scratch/made
mkdir "$made"
sums() { (cd "$made" && sha256sum -- * >"$scratch/sums" && mv "$scratch/sums" SHA256SUMS); }
fresh() { rm -rf "$made"; mkdir "$made"; }
truncate -s 3M "$made/desk.qcow2"
echo first >>"$made/desk.qcow2"
sums
said=$("$program" register "$made") || fail "it is not registered"
image=${said#desk$'\t'}
cmp "$made/desk.qcow2" "$image" || fail "another image"
[ "$(qubes-admin prefs desk image)" = "${image#"$QUBES_DATA/"}" ] || fail "not the domain's image"
"$program" register "$made" >/dev/null || fail "a second time is a failure"
fresh
(truncate -s 3M "$scratch/second" && echo second >>"$scratch/second")
zstd -q "$scratch/second" -o "$made/desk.qcow2.zst"
sums
said=$("$program" register "$made") || fail "a compressed one is not registered"
cmp "$scratch/second" "${said#desk$'\t'}" || fail "unpacked to something else"
[ -e "$image" ] || fail "the image before, from which domains may run, is gone"
"$program" list >/dev/null

before=$(ls -R "$QUBES_DATA")
printf x >>"$made/desk.qcow2.zst"
refused 'its SHA-256 is' register "$made"
sums
refused 'zstd cannot unpack it' register "$made"
rm "$made/desk.qcow2.zst"
refused 'not there' register "$made"
echo "$(printf 0%.0s {1..64})  ../../etc/x.qcow2" >"$made/SHA256SUMS"
refused '0 images' register "$made"
echo nonsense >"$made/SHA256SUMS"
refused 'a line that is none' register "$made"
fresh; touch "$made"/{a,b}.img; sums
refused '2 images' register "$made"
fresh
refused 'no SHA256SUMS' register "$made"
[ "$(ls -R "$QUBES_DATA")" = "$before" ] || fail "something was left behind"
code=0
"$program" register 2>/dev/null || code=$?
[ "$code" = 2 ] || fail "usage is exit code $code"
echo 'templates: good'
