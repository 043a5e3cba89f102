#!/bin/bash
# Makes a root the system of a template, and takes away what no two systems may share.
#
#   QBUILD_IN/copies       lines `source<tab>path`: a file below QBUILD_IN/files, and where it goes
#   QBUILD_IN/users        accounts to create
#   QBUILD_IN/services     units to enable
#   QBUILD_IN/hooks        scripts below QBUILD_IN/files, run in this order; no network
#   QBUILD_IN/files        the template's files, when it has any
#   QBUILD_IN/initramfs    of a system that has a kernel
#   QBUILD_IN/fstab        of one that starts from a disk of its own
#   QBUILD_IN/grub.cfg     when its configuration lies in the system
set -euo pipefail
in=${QBUILD_IN:-/in}

# What only roots of builds need.
rm -f /usr/sbin/policy-rc.d

copy_files() {
  local source path
  while IFS=$'\t' read -r source path; do
    echo "file $path"
    mkdir -p "$(dirname "$path")"
    # Not into a directory or through a link that lies there.
    rm -f "$path"
    cp --no-target-directory "$in/files/$source" "$path"
  done <"$in/copies"
}

add_users() {
  local user
  while read -r user; do
    echo "user $user"
    # Locked: nobody logs in with a password.
    useradd --create-home --shell /bin/bash "$user"
  done <"$in/users"
}

enable_services() {
  local service
  while read -r service; do
    echo "service $service"
    systemctl --root=/ --no-reload enable "$service"
  done <"$in/services"
}

run_hooks() {
  local hook
  while read -r hook; do
    echo "hook $hook"
    (cd / && env -u QBUILD_IN bash "$in/files/$hook") || {
      printf 'qbuild: failure template/hook-failed: The hook %s ended with exit code %s.\n' "$hook" "$?" >&2
      exit 1
    }
  done <"$in/hooks"
}

make_bootable() {
  cp "$in"/initramfs/initrd.img-* /boot/
  chmod 644 /boot/initrd.img-*
  if [ -e "$in/fstab" ]; then
    cp "$in/fstab" /etc/fstab
    chmod 644 /etc/fstab
  fi
  if [ -e "$in/grub.cfg" ]; then
    mkdir -p /boot/grub
    cp "$in/grub.cfg" /boot/grub/grub.cfg
    chmod 644 /boot/grub/grub.cfg
  fi
}

# What packages made when they were configured; every system that is made of the image gets its own at its first start.
remove_identity() {
  rm -f /etc/hostname /etc/ssh/ssh_host_*_key{,.pub} /etc/ssl/private/ssl-cert-snakeoil.key \
    /etc/ssl/certs/ssl-cert-snakeoil.pem /var/lib/dbus/machine-id /var/lib/systemd/random-seed \
    /var/lib/systemd/credential.secret /var/lib/urandom/random-seed
  printf '127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n' >/etc/hosts
  : >/etc/machine-id
  if [ -x /usr/sbin/sshd ]; then
    mkdir -p /etc/systemd/system/ssh.service.d
    printf '[Service]\nExecStartPre=\nExecStartPre=/usr/bin/ssh-keygen -A\nExecStartPre=/usr/sbin/sshd -t\n' \
      >/etc/systemd/system/ssh.service.d/host-keys.conf
  fi
}

# What differs from run to run, and what nobody needs.
clean_up() {
  find /var/log /var/cache/apt /var/lib/apt/lists -type f -delete 2>/dev/null || true
  rm -rf /var/cache/ldconfig/aux-cache /var/lib/dpkg/*-old /var/cache/debconf/*-old /var/lib/dpkg/lock* \
    /etc/{passwd,group,shadow,gshadow,subuid,subgid}- /etc/.pwd.lock /var/lib/systemd/catalog/database.new \
    /root/.bash_history
  if [ -f /etc/shells ]; then
    LC_ALL=C sort -u /etc/shells >/tmp/shells
    cat /tmp/shells >/etc/shells
  fi
}

# First, so that what a template itself brings is not taken away in silence: it is found in the image and refused.
remove_identity
copy_files
add_users
[ ! -d "$in/initramfs" ] || make_bootable
run_hooks
enable_services
clean_up
