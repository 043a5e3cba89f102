#!/bin/bash
# Makes a layer as a sandbox does: changes over a lower directory, through overlayfs in a user namespace.
#
# usage: unshare --map-auto --map-root-user --mount bash make-layer.sh DIRECTORY
#   leaves the layer in DIRECTORY/out/l
set -euo pipefail
umask 022
cd "$1"
mkdir -p lower/old lower/replaced work merged out/l
echo gone > lower/gone
echo hidden > lower/replaced/hidden
mount -t overlay overlay -o userxattr,lowerdir=lower,upperdir=out/l,workdir=work merged
rm merged/gone                                  # a whiteout
rm -r merged/replaced && mkdir merged/replaced  # an opaque directory
mkdir -m 0700 merged/private
echo secret > merged/private/key
chmod 0600 merged/private/key
chown -R 101:102 merged/private
echo tool > merged/tool
chown 0:1000 merged/tool
chmod 4755 merged/tool
mkfifo -m 0640 merged/pipe
ln -s tool merged/alias
umount merged
rm -rf lower work merged
