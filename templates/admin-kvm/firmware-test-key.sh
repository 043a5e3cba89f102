#!/bin/bash
# The package ovmf has a private key whose password is public, for trying out Secure Boot. No firmware that domains are
# given trusts it, and a system has no private key that others have, too.
set -euo pipefail
rm -f /usr/share/ovmf/PkKek-1-snakeoil.key
