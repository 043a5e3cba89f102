#!/bin/bash
# Makes the metadata of an RPM repository, for the repository itself and for its snapshot.
#
#   QBUILD_IN/packages/<component>  trees of signed packages
#   QBUILD_IN/source/<component>    trees of signed source packages
#   QBUILD_IN/key                   the public key, ASCII-armoured
#   QBUILD_IN/description           the .repo file for clients
#   REPOSITORY_VERSION              name of the snapshot
#   QBUILD_OUT/tree                 the repository but for repomd.xml
#   QBUILD_OUT/{repomd,snapshot}    repomd.xml of the repository and of the snapshot
#   QBUILD_OUT/description          the .repo file
set -euo pipefail
in=${QBUILD_IN:-/in}
out=${QBUILD_OUT:-/out}
mkdir -p "$out/tree"
cd "$out/tree"
for kind in packages source; do
  cp -r "$in/$kind" "$kind"
  chmod -R u+w "$kind"
done
# The metadata have the dates of files, too.
find packages -type f -exec touch --date="@$SOURCE_DATE_EPOCH" {} +
count=$(find packages -name '*.rpm' | wc -l)
[ "$count" -gt 0 ] || { echo "error: the repository has no packages" >&2; exit 1; }
twice=$(find packages -name '*.rpm' -printf '%f\n' | LC_ALL=C sort | uniq -d)
[ -z "$twice" ] || { echo "error: several components make the same package: $twice" >&2; exit 1; }

# One worker, so that packages are listed in one order; no dates but the epoch.
metadata() {
  local directory=$1 prefix=$2
  mkdir -p "$directory"
  createrepo_c --quiet --workers 1 --checksum sha256 --no-database --revision "$SOURCE_DATE_EPOCH" \
    --set-timestamp-to-revision --location-prefix "$prefix" --outputdir "$directory" packages
}
metadata . packages/
metadata "$REPOSITORY_VERSION" ../packages/
mv repodata/repomd.xml "$out/repomd"
mv "$REPOSITORY_VERSION/repodata/repomd.xml" "$out/snapshot"
cp "$in/key" RPM-GPG-KEY
cp "$in/description" "$out/description"
