#!/bin/bash
# Puts the signed parts of an apt repository together, after verifying once more what a client will verify.
#
#   QBUILD_IN/indexes                      what index.sh made
#   QBUILD_IN/{release,inrelease,signature}  Release, clear-signed and with its detached signature
#   QBUILD_IN/key                          the public key, ASCII-armoured
#   QBUILD_IN/sources                      the description of the repository for clients, without the key
#   QBUILD_OUT/indexes                     the indexes, also by their hashes
#   QBUILD_OUT/snapshot                    a whole dists/<suite>/ that stays when the next one comes
#   QBUILD_OUT/sources                     the description, ready for /etc/apt/sources.list.d/
set -euo pipefail
in=${QBUILD_IN:-/in}
out=${QBUILD_OUT:-/out}
export LC_ALL=C
scratch=$PWD

# RFC 9580, section 6: headers end at an empty line, `=` begins the checksum.
sed '1,/^$/d; /^=/,$d' "$in/key" | base64 --decode >"$scratch/key.gpg"
gpgv --homedir "$scratch" --keyring "$scratch/key.gpg" --output "$scratch/text" "$in/inrelease"
gpgv --homedir "$scratch" --keyring "$scratch/key.gpg" "$in/signature" "$in/release"
cmp "$scratch/text" "$in/release"

mkdir -p "$out/indexes" "$out/snapshot"
cp -r --no-target-directory "$in/indexes" "$out/indexes"
cd "$out/indexes"
chmod -R u+w .
sed -n '/^SHA256:/,$s/^ \([0-9a-f]*\) *[0-9]* \(.*\)$/\1  \2/p' "$in/release" >"$scratch/hashes"
sha256sum --check --strict --quiet "$scratch/hashes"
while read -r hash file; do
  mkdir -p "$(dirname "$file")/by-hash/SHA256"
  cp "$file" "$(dirname "$file")/by-hash/SHA256/$hash"
done <"$scratch/hashes"

cp -r --no-target-directory "$out/indexes" "$out/snapshot"
cp "$in/release" "$out/snapshot/Release"
cp "$in/signature" "$out/snapshot/Release.gpg"
cp "$in/inrelease" "$out/snapshot/InRelease"
{
  cat "$in/sources"
  echo 'Signed-By:'
  # deb822(5): a line of a value begins with a blank, an empty one is a dot.
  sed -e 's/^$/./' -e 's/^/ /' "$in/key"
} >"$out/sources"
