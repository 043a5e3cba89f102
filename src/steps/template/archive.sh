#!/bin/bash
# The files of a system that shares its host's kernel, as one compressed tar archive.
#
#   QBUILD_IN/tree              the system
#   QBUILD_IN/{archive-tree,inspect}   what else belongs to this script
#   QBUILD_OUT/archive          the archive
set -euo pipefail
in=${QBUILD_IN:-/in}
out=${QBUILD_OUT:-/out}
tree=$in/tree
# shellcheck source=archive-tree.sh
. "$in/archive-tree"
# shellcheck source=inspect.sh
. "$in/inspect"

meanwhile inspection inspect_tree "$tree"
# One thread or many make the same bytes as long as there is more than one.
archive_tree "$tree" | pigz --no-name --processes "$(($(nproc) + 1))" >"$out/archive"
await inspection
pigz --test <"$out/archive"
tar --list --gzip --file="$out/archive" | has_line -x './usr/lib/systemd/systemd' ||
  refuse broken-image 'The archive has no /usr/lib/systemd/systemd.'
