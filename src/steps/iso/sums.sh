#!/bin/bash
# Lists every file of a medium with its checksum.
#
#   QBUILD_IN/medium/   the medium's files
#   QBUILD_OUT/sums     /qubes/SHA256SUMS
set -euo pipefail
in=${QBUILD_IN:-/in}
out=${QBUILD_OUT:-/out}
export LC_ALL=C

cd "$in/medium"
{
  # All cores hash; a program for each of many small files would take longer than what it does.
  find boot qubes -type f -size +4M -print0 | xargs --null --no-run-if-empty --max-args=1 --max-procs="$(nproc)" sha256sum
  find boot qubes -type f ! -size +4M -print0 | xargs --null --no-run-if-empty sha256sum
} | sort -k 2 >"$out/sums"
