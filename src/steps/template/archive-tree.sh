# A tree as an archive. Sourced by the scripts that make images.
# shellcheck shell=bash
set -euo pipefail

# archive_tree TREE: writes it as a tar archive, sorted, and without the names and times that a machine would add. Of
# overlayfs's attributes a layer keeps what hides a directory below: the others are of one mount, some by chance.
archive_tree() {
  tar --create --directory="$1" --sort=name --numeric-owner --format=posix --xattrs \
    --xattrs-include='security.capability' --xattrs-include='user.overlay.opaque' --pax-option='exthdr.name=%d/PaxHeaders/%f,delete=atime,delete=ctime' \
    --mtime="@$SOURCE_DATE_EPOCH" --anchored --warning=no-file-ignored \
    --exclude-from=<(printf './%s\n' in out build 'dev/*' 'proc/*' 'sys/*' 'run/*' 'tmp/*') .
}
