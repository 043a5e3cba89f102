#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Definitions as they are written, and that the real apt believes what their key signed and nothing else.
set -euo pipefail
script=$(cd "$(dirname "$0")/.." && pwd)/scripts/qubes-repository
scratch=$(mktemp -d)
export GNUPGHOME=$scratch/gnupg
trap 'gpgconf --kill all 2>/dev/null || true; rm -rf "$scratch"' EXIT
mkdir -p "$scratch"/{gnupg,web/dists/stable/main/binary-amd64}
chmod 700 "$scratch/gnupg"
export QUBES_ROOT=$scratch/root

fail() {
  echo "repository: $*" >&2
  exit 1
}
expect() { # CODE ARGUMENT…
  local code=0
  "$script" "${@:2}" >"$scratch/out" 2>"$scratch/err" || code=$?
  [ "$code" = "$1" ] || fail "${*:2}: exit code $code instead of $1: $(cat "$scratch/err")"
}
key() {
  gpg --batch --quiet --passphrase '' --quick-generate-key "$1 <$1@example.invalid>" ed25519 sign never 2>/dev/null
  gpg --batch --export --armor "$1@example.invalid" >"$scratch/$1.asc"
}
key product
key stranger
fingerprint=$(gpg --batch --with-colons --list-keys product@example.invalid | awk -F: '$1 == "fpr" { print $10; exit }')

echo 'definitions'
expect 0 enable current --url https://deb.example.org/qubes --key "$scratch/product.asc"
[ "$(cat "$scratch/out")" = "$fingerprint" ] || fail "another fingerprint"
diff - "$QUBES_ROOT/etc/apt/sources.list.d/qubes-current.sources" <<S || fail "another definition"
# Key: $fingerprint
Types: deb
URIs: https://deb.example.org/qubes
Suites: bookworm
Components: main
Signed-By: /etc/apt/keyrings/qubes-current.asc
S
cmp "$scratch/product.asc" "$QUBES_ROOT/etc/apt/keyrings/qubes-current.asc" || fail "another key"
expect 0 enable current --by-domain --url https://deb.example.org/qubes --key "$scratch/product.asc"
grep -qx 'URIs: qubes+https://deb.example.org/qubes' "$QUBES_ROOT/etc/apt/sources.list.d/qubes-current.sources" ||
  fail "not by the update domain"
expect 0 enable guests --kind dnf --url https://rpm.example.org/qubes --key "$scratch/product.asc"
diff - "$QUBES_ROOT/etc/yum.repos.d/qubes-guests.repo" <<S || fail "another definition for dnf"
# Key: $fingerprint
[qubes-guests]
name=qubes-guests
baseurl=https://rpm.example.org/qubes
enabled=1
gpgcheck=1
repo_gpgcheck=1
gpgkey=file:///etc/pki/rpm-gpg/RPM-GPG-KEY-qubes-guests
S
expect 0 list
diff - "$scratch/out" <<S || fail "another list"
current	apt	qubes+https://deb.example.org/qubes	$fingerprint
guests	dnf	https://rpm.example.org/qubes	$fingerprint
S
expect 0 disable current
expect 0 disable guests
expect 3 disable current
[ -z "$(find "$QUBES_ROOT" -type f)" ] || fail "left behind: $(find "$QUBES_ROOT" -type f)"

echo 'what is refused leaves nothing'
good=(--url https://deb.example.org/x --key "$scratch/product.asc")
for name in ../evil -x Current 'a b' '' "$(printf 'a%.0s' {1..40})"; do expect 5 enable "$name" "${good[@]}"; done
# shellcheck disable=SC2016 # it must not be expanded
for url in ftp://x/ 'https://x/ y' $'https://x/\nTrusted: yes' '-o x' 'https://x/$(id)'; do
  expect 5 enable a --url "$url" --key "$scratch/product.asc"
done
expect 5 enable a "${good[@]}" --suite $'bookworm\nTrusted: yes'
expect 5 enable a "${good[@]}" --component 'main [trusted=yes]'
expect 5 enable a "${good[@]}" --kind rpm
expect 5 enable a "${good[@]}" --kind dnf --by-domain
expect 5 enable a --by-domain --url file:///srv/x --key "$scratch/product.asc"
expect 2 enable a --url https://x/
expect 2 enable a "${good[@]}" --trusted
expect 2 list all
cat "$scratch/product.asc" "$scratch/stranger.asc" >"$scratch/two.asc"
gpg --batch --yes --export product@example.invalid >"$scratch/binary.gpg"
gpg --batch --yes --pinentry-mode loopback --passphrase '' --export-secret-keys --armor product@example.invalid >"$scratch/secret.asc"
echo nothing >"$scratch/none.asc"
for key in two.asc binary.gpg secret.asc none.asc absent.asc; do
  expect 5 enable a --url https://x/ --key "$scratch/$key"
done
[ -z "$(find "$QUBES_ROOT" -type f)" ] || fail "left behind: $(find "$QUBES_ROOT" -type f)"

echo 'apt believes what the key signed'
publish() { # KEY
  cd "$scratch/web"
  : >dists/stable/main/binary-amd64/Packages
  apt-ftparchive -o APT::FTPArchive::Release::Codename=stable -o APT::FTPArchive::Release::Architectures=amd64 \
    -o APT::FTPArchive::Release::Components=main release dists/stable >"$scratch/Release"
  gpg --batch --yes --quiet --local-user "$1@example.invalid" --clearsign --output dists/stable/InRelease "$scratch/Release"
  cd "$scratch"
}
update() {
  rm -rf "$scratch/state"
  mkdir -p "$scratch"/state/{lists,cache/archives}/partial
  : >"$scratch/state/status"
  # The key's path is the system's; here the system is a directory.
  sed "s|^Signed-By: |&$QUBES_ROOT|" "$QUBES_ROOT/etc/apt/sources.list.d/qubes-a.sources" >"$scratch/state/a.sources"
  apt-get update -o APT::Update::Error-Mode=any -o Dir::State="$scratch/state" -o Dir::State::status="$scratch/state/status" \
    -o Dir::Cache="$scratch/state/cache" -o Dir::Etc::sourcelist="$scratch/state/a.sources" -o Dir::Etc::sourceparts=- \
    -o Dir::Etc::trusted=/none -o Dir::Etc::trustedparts=/none -o APT::Sandbox::User=root >"$scratch/said" 2>&1
}
expect 0 enable a --url "file://$scratch/web" --suite stable --key "$scratch/product.asc"
publish product
update || fail "apt refuses it: $(cat "$scratch/said")"
publish stranger
if update; then fail "apt believes a stranger"; fi
grep -q 'NO_PUBKEY\|not signed' "$scratch/said" || fail "refused for another reason: $(cat "$scratch/said")"
echo 'repository: good'
