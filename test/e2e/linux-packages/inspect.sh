#!/bin/bash
# What a machine is like on which the packages were just installed, as lines of "name: value".
#
#   inspect.sh ROOT REPORT KEY   REPORT is written; KEY is a public key, armoured
set -euo pipefail
root=$1 key=$3
[ "$(realpath "$root")" != / ] # what runs there is ended below
exec >"$2"

say() { # NAME COMMAND...: the command's output on one line, and its exit code when that is not 0
  local name=$1 code=0 output
  shift
  output=$(chroot "$root" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 "$@" 2>&1) || code=$?
  if [ "$code" != 0 ]; then output="$output (exit code $code)"; fi
  printf '%s: %s\n' "$name" "$(tr '\n' ' ' <<<"$output")"
}

say audit dpkg --audit
say vchan readlink -f /usr/lib/x86_64-linux-gnu/libvchan.so.1
say vchan-owner dpkg --search /usr/lib/x86_64-linux-gnu/libvchan.so.1
for program in /usr/lib/qubes/qrexec-agent /usr/lib/qubes/qrexec-daemon /usr/bin/qrexec-client \
  /usr/bin/qrexec-client-vm /usr/bin/qubes-gui-agent /usr/bin/qubes-guid /usr/bin/qubes-manager /usr/bin/qubes-desktop-sync \
  /usr/bin/qubes-gui-daemons; do
  say "needs of $program" sh -c "ldd $program | grep -c 'not found'; ldd $program | grep -o '/[^ ]*libvchan[^ ]*'"
done
say group getent group qubes
for unit in qubes-qrexec-agent qubes-qrexec-daemon qubes-domain-identity qubes-private-volume qubes-gui-agent \
  qubes-desktop@; do
  say "unit $unit" find /etc/systemd/system -name "$unit.service" -printf '%l'
done
say label qubes-admin labels
say create qubes-admin create work --class StandaloneVM --label red
say list qubes-admin list --raw
say create-vault qubes-admin create vault --class StandaloneVM --label black
say denied qubes-admin policy check test.Echo work dom0
say agent qrexec-client-vm dom0 test.Echo
say identity /usr/lib/qubes/domain-identity
say menus qubes-desktop-sync --list
say label-icons sh -c 'ls /usr/share/icons/hicolor/scalable/apps/qubes-domain-*.svg | wc -l'
say tor-firewall sh -c 'ls /etc/systemd/system/*/qubes-tor-firewall.service'
say pdf-client qvm-convert-pdf
say template qubes-admin create debian --class TemplateVM --label black
say disposables qubes-admin create disposables --class AppVM --template debian --label red
say disposables qubes-admin prefs disposables template_for_dispvms yes
say default-disposable qubes-admin prefs work default_dispvm disposables
say pdf-policy qubes-admin policy check qubes.PdfConvert work @dispvm
say attachments sh -c '/usr/lib/qubes/attachment-host </dev/null | tail -c +5'
say extension readlink -e /usr/lib/thunderbird/extensions/qubes-attachments@odyssey.invalid.xpi
say gpg-client qubes-gpg-client --list-keys
say gpg-policy qubes-admin policy check qubes.Gpg work vault
echo 'deb [signed-by=/none] qubes+https://deb.invalid stable main' >"$root/tmp/through-a-domain.list"
say dom0-update apt-get update -o Dir::Etc::sourcelist=/tmp/through-a-domain.list -o Dir::Etc::sourceparts=- \
  -o APT::Update::Error-Mode=any
say templates qubes-template list
cp "$key" "$root/tmp/key.asc"
say repository qubes-repository enable current --url https://deb.invalid/qubes --key /tmp/key.asc
say repository-definition grep Signed-By /etc/apt/sources.list.d/qubes-current.sources
say qbuild qbuild --version
say qbuild-schema qbuild schema recipe
say qbuild-doctor qbuild doctor

# What programs left running ends with the inspection: the root is about to be unmounted.
for _ in $(seq 100); do
  left=()
  for process in /proc/[0-9]*; do
    if [ "$process/root" -ef "$root" ]; then left+=("${process#/proc/}"); fi
  done
  if [ "${#left[@]}" -eq 0 ]; then break; fi
  kill "${left[@]}" 2>/dev/null || true
  sleep 0.1
done
