#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# All tests: real gpgv, sfdisk, mkfs and qubes-admin over a tree that plays the machine. Nobody needs to be root.
set -euo pipefail
cd "$(dirname "$0")"
for test in answers disks medium packages system; do
  bash "$test.sh"
done
