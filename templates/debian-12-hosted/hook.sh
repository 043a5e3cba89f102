#!/bin/bash
# The package ovmf brings an example of a key, with the key's secret half; an image must have none.
set -euo pipefail
rm /usr/share/ovmf/PkKek-1-snakeoil.key
