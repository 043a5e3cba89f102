#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The program with real domain files, the real qemu-img and libvirt's schemas; its documents go to libvirt's own test
# driver. Machines are run by a virsh that is played here, because KVM is not for a build. Argument: build directory.
set -euo pipefail
build=$1
scratch=$build/scratch/program
rm -rf "$scratch"
mkdir -p "$scratch"/{bin,config,data,run}
# Before PATH is changed.
libvirt=$(command -v virsh)
export QUBES_DATA=$scratch/data QUBES_CONFIG=$scratch/config PLAYED=$scratch/run
export PATH=$scratch/bin:$PATH:/usr/sbin
admin=$(PATH=$build/deps/usr/bin:$PATH command -v qubes-admin)
driver=$build/qubes-vmm-kvm

cat >"$scratch/bin/virsh" <<'S'
#!/bin/bash
# One file a machine, named by its UUID.
set -euo pipefail
echo "$*" >>"$PLAYED/../calls"
[ "$1 $2 $3" = "--quiet --connect qemu:///system" ] || exit 64
shift 3
case $1 in
  version) ;;
  list) ls "$PLAYED" ;;
  net-list) cat "$PLAYED/../networks" 2>/dev/null || true ;;
  net-create) sed -n 's/.*<name>\(.*\)<\/name>.*/\1/p' "$2" >>"$PLAYED/../networks" ;;
  net-destroy) sed -i "/^$2\$/d" "$PLAYED/../networks" ;;
  create)
    [ "$2 $3" = "--validate --reset-nvram" ] || exit 64
    cat "$4" >"$PLAYED/../xml"
    if [ -e "$PLAYED/../refuse" ]; then printf 'error: Failed to create\nerror: no room\n\n' >&2; exit 1; fi
    mv "$PLAYED/../xml" "$PLAYED/$(sed -n 's/.*<uuid>\(.*\)<\/uuid>.*/\1/p' "$PLAYED/../xml")"
    ;;
  shutdown | destroy) rm "$PLAYED/$2" ;;
  *) exit 64 ;;
esac
S
chmod +x "$scratch/bin/virsh"

fail() {
  echo "program: $*" >&2
  exit 1
}
expect() { # CODE TEXT ARGUMENT…
  local code=0 output
  output=$("$driver" "${@:3}" 2>&1) || code=$?
  [ "$code" = "$1" ] || fail "${*:3}: exit code $code instead of $1: $output"
  [[ $output == *"$2"* ]] || fail "${*:3}: no '$2' in: $output"
}
backing() { qemu-img info --output=json "$1" | sed -n 's/.*"full-backing-filename": "\(.*\)".*/\1/p'; }

expect 2 usage:
expect 2 usage: start
expect 2 usage: list all
expect 0 'exit codes:' --help
expect 0 '' check

image="$scratch/data/a 'b' & <c>.qcow2"
qemu-img create -q -f qcow2 -- "$image" 64M
"$admin" template register deb "$image" "$(sha256sum <"$image" | cut -d' ' -f1)"
"$admin" create net --template deb
"$admin" prefs net provides_network yes
"$admin" create work --template deb --netvm net

expect 0 '' start net
expect 0 '' start work
expect 0 '' start work
[ "$("$driver" list)" = $'net\nwork' ] || fail "the list is wrong"
[ "$(cat "$scratch/networks")" = qubes-net-2 ] || fail "other networks"
disks=$scratch/data/domains/work
[ "$(backing "$disks/root.qcow2")" = "$image" ] || fail "the root is not an overlay over the template"
[ -z "$(backing "$disks/private.qcow2")" ] || fail "the private volume is an overlay"
qemu-img info "$disks/private.qcow2" | grep -q 'virtual size: 8 GiB' || fail "another size"
[ "$(cat "$scratch/run/00000003-7175-4265-8000-000000000001")" = "$("$driver" document work)" ] ||
  fail "what is shown is not what libvirt got"

# libvirt's schemas and its parser have the last word; so they do about what must be refused.
for domain in net work; do
  "$driver" document "$domain" >"$scratch/$domain.xml"
  virt-xml-validate "$scratch/$domain.xml" domain >/dev/null || fail "$domain: not of libvirt's schema"
  "$libvirt" --quiet --connect test:///default define --validate "$scratch/$domain.xml" >/dev/null || fail "$domain: refused"
done
sed 's/<vsock /<unknown /; s/<\/vsock>/<\/unknown>/' "$scratch/work.xml" >"$scratch/bad.xml"
if virt-xml-validate "$scratch/bad.xml" domain >/dev/null 2>&1; then fail "the schema accepts anything"; fi
[ "$(xmllint --xpath 'string(//disk[1]/source/@file)' "$scratch/work.xml")" = "$disks/root.qcow2" ] || fail "another path"

expect 0 '' stop work
expect 0 '' stop work
[ "$("$driver" list)" = net ] || fail "it runs on"
[ "$(ls "$disks")" = $'domain.conf\nprivate.qcow2' ] || fail "left behind: $(ls "$disks")"
expect 0 '' stop net
[ ! -s "$scratch/networks" ] || fail "the network stays"

touch "$scratch/refuse"
expect 22 'virsh: error: no room' start work
[ "$(ls "$disks")" = $'domain.conf\nprivate.qcow2' ] || fail "left behind: $(ls "$disks")"
echo 'uri = -evil' >"$scratch/config/vmm-kvm.conf"
expect 7 'vmm-kvm.conf:1: expected' list
rm "$scratch/config/vmm-kvm.conf" "$scratch/bin/virsh"
expect 3 'nosuch: no such domain' document nosuch
expect 5 'the admin domain' document dom0
code=0
PATH=$scratch/bin "$driver" list 2>"$scratch/stderr" || code=$?
[ "$code" = 20 ] || fail "exit code $code without virsh: $(cat "$scratch/stderr")"
echo "program: good"
