# What is particular to this machine: file systems, names, language, the user.
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables of all subjects: bin/qubes-install has them together
set -euo pipefail

write_file_systems() {
  cat >"$target/etc/fstab" <<EOF
UUID=$root_uuid / ext4 errors=remount-ro 0 1
UUID=$boot_uuid /boot ext4 nodev,nosuid 0 2
UUID=${esp_serial:0:4}-${esp_serial:4} /boot/efi vfat umask=0077 0 2
EOF
  if [ "$encrypted" = yes ]; then
    printf '%s UUID=%s none luks,discard,initramfs\n' "$mapping" "$luks_uuid" >"$target/etc/crypttab"
  fi
}

write_settings() {
  say "settings: host ${answer[hostname]}, locale ${answer[locale]}, keyboard ${answer[keyboard]}, time zone ${answer[timezone]}"
  printf '%s\n' "${answer[hostname]}" >"$target/etc/hostname"
  printf '127.0.0.1\tlocalhost\n127.0.1.1\t%s\n::1\tlocalhost ip6-localhost ip6-loopback\n' "${answer[hostname]}" >"$target/etc/hosts"
  # Made at the first start: no two machines share it.
  : >"$target/etc/machine-id"
  write_locale
  cat >"$target/etc/default/keyboard" <<EOF
XKBMODEL="pc105"
XKBLAYOUT="${answer[keyboard]}"
XKBVARIANT=""
XKBOPTIONS=""
EOF
  printf '%s\n' "${answer[timezone]}" >"$target/etc/timezone"
  ln -sfn "/usr/share/zoneinfo/${answer[timezone]}" "$target/etc/localtime"
}

write_locale() {
  printf 'LANG=%s\n' "${answer[locale]}" >"$target/etc/default/locale"
  case ${answer[locale]} in C | C.* | POSIX) return ;; esac
  # What the C library brings besides C is made by localedef; its sources come with the package locales.
  if [ -x "$target/usr/sbin/locale-gen" ]; then
    printf '%s %s\n' "${answer[locale]}" "${answer[locale]#*.}" >>"$target/etc/locale.gen"
    try 1 settings/locale 'answer locale=C.UTF-8' in_target locale-gen
  else
    say "this system has C.UTF-8 only: ${answer[locale]} works once the package locales is installed"
  fi
}

# has_name FILE NAME: whether NAME is in passwd or group of the target.
has_name() {
  local name
  while IFS=: read -r name _; do
    [ "$name" != "$2" ] || return 0
  done <"$target/etc/$1"
  return 1
}

# The user may administer this machine and make calls in its name.
add_user() {
  local user=${answer[user]} group groups=''
  say "user $user"
  if has_name passwd "$user"; then
    local number
    IFS=: read -r _ _ number _ < <(grep "^$user:" "$target/etc/passwd")
    [ "$number" -ge 1000 ] || refuse 2 answers/invalid-value "$user is an account of the system" 'choose another user'
  else
    try 1 settings/user 'choose another user' in_target useradd --create-home --shell /bin/bash "$user"
  fi
  for group in sudo qubes; do
    if has_name group "$group"; then groups+=",$group"; fi
  done
  [ -z "$groups" ] || try 1 settings/user "read $log" in_target usermod --append --groups "${groups#,}" "$user"
  if [ -n "${answer[password_hash]+set}" ]; then
    try 1 settings/password 'give another password_hash' in_target chpasswd --encrypted < <(printf '%s:%s\n' "$user" "${answer[password_hash]}")
  else
    try 1 settings/password 'give another password' in_target chpasswd < <(printf '%s:%s\n' "$user" "${answer[password]}")
  fi
}

# By which the installed system, and a later upgrade, know what this is.
record_product() {
  mkdir -p "$target/etc/qubes"
  cp "$medium/qubes/product.conf" "$target/etc/qubes/product.conf.new"
  chmod 644 "$target/etc/qubes/product.conf.new"
  mv "$target/etc/qubes/product.conf.new" "$target/etc/qubes/product.conf"
}

keep_log() {
  mkdir -p "$target/var/log/qubes"
  install -m 600 "$log" "$target/var/log/qubes/install.log"
}
