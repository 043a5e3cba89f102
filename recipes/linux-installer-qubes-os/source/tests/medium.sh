#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The medium is checked with a real key: sound, altered, signed by another, incomplete.
# shellcheck disable=SC2154,SC2034 # variables of the installer
set -euo pipefail
# shellcheck source=/dev/null
. "$(dirname "$0")/stage.sh"

export GNUPGHOME=$scratch/g
mkdir -m 700 "$GNUPGHOME"
gpg_quiet() { gpg --batch --quiet --passphrase '' "$@" 2>>"$scratch/gpg"; }
gpg_quiet --quick-gen-key one@test ed25519 sign never
gpg_quiet --quick-gen-key two@test ed25519 sign never

sum=$(printf 0 | sha256sum | cut -d' ' -f1)
make_medium() {
  rm -rf "$medium"
  mkdir -p "$medium"/qubes/{keys,templates}
  gpg_quiet --armor --export one@test >"$medium/qubes/keys/openpgp.asc"
  printf '%s\n' NAME=qubes-os 'TITLE=Qubes OS' VERSION=3.0.0 VMM=xen LABEL=QUBES_OS_3_0 EPOCH=1 'PACKAGES=a b-c libd1' >"$medium/qubes/product.conf"
  : >"$medium/qubes/domains.conf"
  printf 'deb\tdeb.img.zst\t1\t%s\nfed\tfed.img.zst\t1\t%s\n' "$sum" "$sum" >"$medium/qubes/templates.conf"
  echo system >"$medium/qubes/system.squashfs"
  echo image >"$medium/qubes/templates/deb.img.zst"
  sign_medium one@test
}
sign_medium() {
  (cd "$medium" && find qubes -type f ! -name 'SHA256SUMS*' -exec sha256sum {} +) >"$scratch/sums"
  mv "$scratch/sums" "$medium/qubes/SHA256SUMS"
  rm -f "$medium/qubes/SHA256SUMS.asc"
  gpg_quiet --local-user "$1" --armor --detach-sign --output "$medium/qubes/SHA256SUMS.asc" "$medium/qubes/SHA256SUMS"
}

echo 'a sound medium tells what it has'
make_medium
check_medium >/dev/null
same 'qubes-os 3.0.0 xen' "${product[NAME]} ${product[VERSION]} ${product[VMM]}"
choose_templates all
same 'deb fed' "${template_names[*]}"
choose_templates none
same 0 "${#template_names[@]}"
choose_templates 'fed deb'
same 'deb fed' "${template_names[*]}"
refused_with 2 answers/invalid-value 'no template nosuch' choose_templates 'deb nosuch'
choose_templates deb
answer[mode]=install
check_contents >/dev/null

echo 'one altered byte is found, and where'
printf X | dd of="$medium/qubes/templates/deb.img.zst" conv=notrunc status=none
refused_with 3 medium/damaged qubes/templates/deb.img.zst check_contents
printf X | dd of="$medium/qubes/system.squashfs" conv=notrunc status=none
refused_with 3 medium/damaged qubes/system.squashfs check_contents
rm "$medium/qubes/system.squashfs"
refused_with 3 medium/damaged qubes/system.squashfs check_contents
printf 'VMM=kvm\n' >>"$medium/qubes/product.conf"
refused_with 3 medium/damaged qubes/product.conf check_medium

echo 'the key of the initial RAM file system counts, and not that of the medium'
make_medium
gpg_quiet --export two@test >"$trusted_key"
refused_with 3 medium/signature 'does not verify' check_medium
gpg_quiet --export one@test >"$trusted_key"
rm "$medium/qubes/keys/openpgp.asc"
check_medium >/dev/null
rm "$trusted_key"

echo 'programs for Windows guests are checked with the rest, and copied whole'
tools=$medium/qubes/windows-tools
installed=$target/usr/share/qubes/windows-tools
make_tools() { # makes a medium with two of them
  make_medium
  mkdir -p "$tools"/{bin,qubes-rpc}
  echo agent >"$tools/bin/agent.exe"
  echo service >"$tools/qubes-rpc/qubes.Do It"
  (cd "$tools" && find . -type f -printf '%P\n' | sort | while IFS= read -r path; do
    printf '%s\tcore-agent-windows\t%s\t%s\n' "$path" "$(stat -c %s "$path")" "$(sha256sum <"$path" | cut -d' ' -f1)"
  done) >"$medium/qubes/windows-tools.conf"
  sign_medium one@test
  check_medium >/dev/null
}
make_medium
check_medium >/dev/null
check_contents >/dev/null
same '' "$(install_windows_tools)"
[ ! -e "$installed" ] || test_fail 'programs for Windows guests come from nowhere'
make_tools
check_contents >/dev/null
mkdir -p "$installed"
echo old >"$installed/of-before.exe"
same 'qubes-install: programs for Windows guests (2 files)' "$(install_windows_tools)"
diff -r "$tools" "$installed" || test_fail 'they are not what the medium has'
same 644 "$(stat -c %a "$installed/bin/agent.exe")"
echo evil >"$tools/bin/agent.exe"
refused_with 3 medium/damaged qubes/windows-tools/bin/agent.exe check_contents
refused_with 3 medium/damaged windows-tools.conf install_windows_tools
same agent "$(cat "$installed/bin/agent.exe")"
rm "$tools/bin/agent.exe"
refused_with 7 windows-tools/copying agent.exe install_windows_tools
same agent "$(cat "$installed/bin/agent.exe")"
make_tools
sed -i 's/agent.exe/other.exe/' "$medium/qubes/windows-tools.conf"
refused_with 3 medium/damaged windows-tools.conf list_windows_tools
rm "$medium/qubes/windows-tools.conf"
refused_with 3 medium/damaged windows-tools.conf list_windows_tools
for line in "../../etc/x\tc\t1\t$sum" "/etc/x\tc\t1\t$sum" "bin/../../x\tc\t1\t$sum" "-x\tc\t1\t$sum" "bin//x\tc\t1\t$sum" \
  "x\tc\t1\tabc" "x\tc\t-1\t$sum" "\tc\t1\t$sum"; do
  make_tools
  # shellcheck disable=SC2059 # has tabs
  printf -- "$line\n" >"$medium/qubes/windows-tools.conf"
  sign_medium one@test
  list_sums
  refused_with 3 medium/invalid windows-tools.conf list_windows_tools
done

echo 'nothing but the signed list counts'
make_medium
sed -i 's/Qubes OS/Other OS/' "$medium/qubes/product.conf"
(cd "$medium" && sha256sum qubes/product.conf) >>"$medium/qubes/SHA256SUMS"
refused_with 3 medium/signature 'does not verify' check_medium
make_medium; sign_medium two@test
refused_with 3 medium/signature 'does not verify' check_medium
make_medium; : >"$medium/qubes/keys/openpgp.asc"
refused_with 3 medium/signature 'has no key' check_medium
make_medium; rm "$medium/qubes/SHA256SUMS.asc"
refused_with 3 medium/signature 'does not verify' check_medium
make_medium; rm "$medium/qubes/domains.conf"; sign_medium one@test
refused_with 3 medium/unlisted qubes/domains.conf check_medium
rm -rf "$medium"
refused_with 3 medium/missing 'no installation medium' check_medium

echo 'names that could be options or paths are refused, signed or not'
for line in 'NAME=-x' 'VERSION=' 'PACKAGES=a -o b' 'PACKAGES=a ../b' 'VMM=x/y' 'LABEL=a b'; do
  make_medium
  sed -i "s|^${line%%=*}=.*|$line|" "$medium/qubes/product.conf"
  sign_medium one@test
  refused_with 3 medium/invalid "${line%%=*}" check_medium
done
for line in "-x\tdeb.img.zst\t1\t$sum" "deb\t../deb.img.zst\t1\t$sum" "deb\tdeb.img.zst\tx\t$sum" 'deb\tdeb.img.zst\t1\tabc'; do
  make_medium
  # shellcheck disable=SC2059 # has tabs
  printf -- "$line\n" >"$medium/qubes/templates.conf"
  refused_with 3 medium/invalid templates.conf choose_templates all
done
passed
