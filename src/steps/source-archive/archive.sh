#!/bin/bash
# Packs the sources of all components into one archive, the same bytes for the same sources.
#
#   QBUILD_IN/source/<component>   the components' trees
#   QBUILD_OUT/archive             the archive, a gzip-compressed tar
#   ARCHIVE_NAME                   the directory that everything lies below in the archive
set -euo pipefail
in=${QBUILD_IN:-/in}
out=${QBUILD_OUT:-/out}
tar --create --format=gnu --sort=name --mtime="@$SOURCE_DATE_EPOCH" --owner=0 --group=0 --numeric-owner \
  --mode=u=rwX,go=rX --transform="s,^\./,$ARCHIVE_NAME/,S" --directory="$in/source" . |
  gzip --best --no-name >"$out/archive"
