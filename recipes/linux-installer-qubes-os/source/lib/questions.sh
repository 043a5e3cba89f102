# The questions for a person at a console, which may be a serial one: plain lines, defaults in brackets.
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables of all subjects: bin/qubes-install has them together
set -euo pipefail

console_closed() { refuse 5 summary/declined 'the console was closed' 'start the installer again'; }

# ask KEY TEXT DEFAULT: until the reply is a valid answer.
ask() {
  local reply
  while :; do
    printf '%s [%s]: ' "$2" "$3"
    IFS= read -r reply || console_closed
    reply=${reply:-$3}
    if is_answer "$1" "$reply"; then
      answer[$1]=$reply
      return
    fi
    printf '  It must match %s\n' "${answer_pattern[$1]}"
  done
}

# ask_secret KEY TEXT: twice the same, without an echo.
ask_secret() {
  local first second
  while :; do
    printf '%s: ' "$2"
    IFS= read -rs first || console_closed
    printf '\n%s, again: ' "$2"
    IFS= read -rs second || console_closed
    printf '\n'
    if [ "$first" != "$second" ]; then
      printf '  These were not the same.\n'
    elif is_answer "$1" "$first"; then
      answer[$1]=$first
      return
    else
      printf '  It must match %s\n' "${answer_pattern[$1]}"
    fi
  done
}

ask_everything() {
  printf '\n%s %s\n\n' "${product[TITLE]}" "${product[VERSION]}"
  printf 'Nothing is written before you have confirmed a summary.\n\n'
  answer[after]=shell
  answer[mode]=install
  find_installations
  if [ "${#found[@]}" != 0 ]; then
    printf 'There is an installed system on %s. An upgrade keeps its domains.\n' "${found[*]/#//dev/}"
    ask mode 'install or upgrade' upgrade
  fi
  if [ "${answer[mode]}" = upgrade ]; then
    answer[disk]=/dev/${found[0]}
    [ "${#found[@]}" = 1 ] || ask disk 'Disk' "${answer[disk]}"
    return
  fi
  choose_templates all
  needed_space
  ask_disk
  ask encrypt 'Encrypt the disk (yes or no)' yes
  if [ "${answer[encrypt]}" = yes ]; then ask_secret passphrase 'Passphrase of the disk, at least 8 characters'; fi
  ask hostname 'Name of this machine' dom0
  ask user 'Name of the user' user
  ask_secret password "Password of ${answer[user]}"
  ask keyboard 'Keyboard layout' us
  ask timezone 'Time zone' Etc/UTC
  until [ "${answer[timezone]}" = Etc/UTC ] || [ -f "$zones/${answer[timezone]}" ]; do ask timezone 'There is none of this name. Time zone' Etc/UTC; done
}

# Lists every disk, with the reason why one cannot be used.
ask_disk() {
  local name first='' line reply
  list_disks
  list_used
  printf 'Disks:\n'
  for name in "${disks[@]}"; do
    examine_disk "$name" "$needed"
    line="/dev/$name, $((${disk_size[$name]} / mib)) MiB, ${disk_model[$name]}"
    if [ -n "$problem" ]; then
      printf '  %s: not possible, %s\n' "$line" "$problem"
    else
      find_state "$name"
      printf '  %s: has %s\n' "$line" "$(state_text "$state")"
      first=${first:-$name}
    fi
  done
  [ -n "$first" ] || refuse 4 disk/none 'there is no disk to install on' "add a disk of at least $((needed / mib)) MiB that is not in use"
  while :; do
    ask disk 'Install on' "/dev/$first"
    name=${answer[disk]#/dev/}
    [ -n "${disk_model[$name]+set}" ] || continue
    examine_disk "$name" "$needed"
    [ -z "$problem" ] || continue
    find_state "$name"
    case $state in blank | unfinished) return ;; esac
    printf 'There is %s on /dev/%s. Type ERASE to lose it, anything else to choose another disk: ' "$(state_text "$state")" "$name"
    IFS= read -r reply || console_closed
    if [ "$reply" = ERASE ]; then
      answer[erase]=yes
      return
    fi
  done
}

# Asked for only after the disk is known.
ask_passphrase_of_installation() {
  local reply
  list_partitions "$disk"
  if cryptsetup isLuks "$dev/${parts[$part_root]}"; then
    printf 'Passphrase of the installed system: '
    IFS= read -rs reply || console_closed
    answer[passphrase]=$reply
    printf '\n'
  fi
}

summary() {
  say "summary: ${product[TITLE]} ${product[VERSION]}"
  if [ "${answer[mode]}" = upgrade ]; then
    say "summary: upgrades ${installed[NAME]} ${installed[VERSION]} on /dev/$disk; its domains stay"
    return
  fi
  say "summary: on /dev/$disk, ${disk_model[$disk]:-no model}, $((${disk_size[$disk]} / mib)) MiB, which has $(state_text "$state"): all of it is overwritten"
  say "summary: encrypted: ${answer[encrypt]}; host ${answer[hostname]}; user ${answer[user]}"
  say "summary: templates: ${template_names[*]:-none}; default domains: ${answer[domains]}"
  if secure_boot_is_on; then
    say 'summary: Secure Boot is on. The installed system starts only without it: switch it off in the setup of the firmware'
  fi
}

# UEFI specification, 3.3: the variable SecureBoot, which the kernel shows after four bytes of attributes.
secure_boot_is_on() {
  local variable=$sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c
  [ -r "$variable" ] && [ "$(od --address-radix=n --format=u1 --skip-bytes=4 --read-bytes=1 "$variable" | tr -d ' ')" = 1 ]
}

confirm() {
  local reply
  printf 'Type yes to begin: '
  IFS= read -r reply || console_closed
  [ "$reply" = yes ] || refuse 5 summary/declined 'the summary was not confirmed' 'nothing was written; start the installer again'
}
