#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What is written to an installed system: file system table, menu, settings, domains by the real qubes-admin.
# shellcheck disable=SC2154,SC2034 # variables of the installer
set -euo pipefail
# shellcheck source=/dev/null
. "$(dirname "$0")/stage.sh"

mkdir -p "$target"/{boot,etc/default,etc/grub.d,lib/modules/6.1.0-9-amd64,lib/modules/6.1.0-10-amd64} "$medium"/qubes/templates
touch "$target/etc/grub.d/10_linux"
chmod 755 "$target/etc/grub.d/10_linux"
echo kernel | tee "$target/boot/vmlinuz-6.1.0-9-amd64" >"$target/boot/vmlinuz-6.1.0-10-amd64"
root_uuid=11111111-2222-3333-4444-555555555555 boot_uuid=66666666-7777-8888-9999-000000000000
luks_uuid=aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee esp_serial=ABCD1234
product=([NAME]=qubes-os [TITLE]="Qubes OS'; rm" [VERSION]=3.0.0 [VMM]=xen)
has() { # FILE TEXT
  grep -qF -- "$2" "$1" || test_fail "$1 lacks $2: $(cat "$1")"
  checks=$((checks + 1))
}

echo 'the menu starts the newest kernel, under Xen where that is the VMM'
refused_with 8 boot/no-hypervisor 'no hypervisor' link_kernels
echo xen >"$target/boot/xen-4.17-amd64.gz"
link_kernels
same vmlinuz-6.1.0-10-amd64 "$(readlink "$target/boot/vmlinuz")"
same xen-4.17-amd64.gz "$(readlink "$target/boot/xen.gz")"
mkdir -p "$target/usr/share/qubes/vmm/boot"
printf '# of Xen\nsmt=off\n\nspec-ctrl=eager-fpu\n' >"$target/usr/share/qubes/vmm/boot/xen.options"
printf 'slab_nomerge\n' >"$target/usr/share/qubes/vmm/boot/kernel.options"
choose_hypervisor_options 1024
write_menu
menu=$target/boot/grub/grub.cfg
grub-script-check "$menu"
has "$menu" "menuentry 'Qubes OS rm 3.0.0' {"
has "$menu" 'multiboot2 /xen.gz placeholder dom0_mem=1024M,max:1024M '
has "$menu" ' smt=off spec-ctrl=eager-fpu'
has "$menu" "module2 /vmlinuz placeholder root=UUID=$root_uuid ro console=tty0 console=hvc0 slab_nomerge"
same "$(cat "$menu")" "$(sh "$target/etc/grub.d/09_qubes")"
[ ! -x "$target/etc/grub.d/10_linux" ] || test_fail 'update-grub would add entries of its own'
sed -i 's/dom0_mem=1024M/dom0_mem=777M/' "$menu"
hypervisor_options=''
read_hypervisor_options
has <(echo "$hypervisor_options") 'dom0_mem=777M'
echo 'a word } of the menu' >"$target/usr/share/qubes/vmm/boot/kernel.options"
refused_with 8 boot/options kernel.options write_menu
rm "$target/usr/share/qubes/vmm/boot/kernel.options"
product[VMM]=kvm encrypted=yes
write_menu
grub-script-check "$menu"
has "$menu" "linux /vmlinuz root=/dev/mapper/qubes_root cryptopts=target=qubes_root,source=UUID=$luks_uuid ro console=tty0 console=ttyS0,115200"
! grep -q multiboot2 "$menu" || test_fail 'there is a hypervisor where the VMM has none'

echo 'opening the disk takes no more memory than the system has that opens it'
answer=([admin_memory]=1024)
same 1048576 "$(passphrase_memory)"
product[VMM]=xen
same 524288 "$(passphrase_memory)"
answer[admin_memory]=4096
same 1048576 "$(passphrase_memory)"

echo 'Secure Boot that is on is known'
variable=$sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c
! secure_boot_is_on || test_fail 'without UEFI'
mkdir -p "${variable%/*}"
printf '\6\0\0\0\0' >"$variable"
! secure_boot_is_on || test_fail 'it is off'
printf '\6\0\0\0\1' >"$variable"
secure_boot_is_on || test_fail 'it is on'
checks=$((checks + 3))

echo 'file systems by UUID; the encrypted root is opened by its own'
write_file_systems
has "$target/etc/fstab" "UUID=$root_uuid / ext4"
has "$target/etc/fstab" 'UUID=ABCD-1234 /boot/efi vfat'
has "$target/etc/crypttab" "qubes_root UUID=$luks_uuid none luks"

echo 'settings'
answer=([hostname]=desk [locale]=C.UTF-8 [keyboard]=de [timezone]=Europe/Berlin)
write_settings >/dev/null
same desk "$(cat "$target/etc/hostname")"
same '' "$(cat "$target/etc/machine-id")"
same /usr/share/zoneinfo/Europe/Berlin "$(readlink "$target/etc/localtime")"
has "$target/etc/default/keyboard" 'XKBLAYOUT="de"'

echo 'a driver that the initramfs lacks is found, whichever way its name is written'
disk=vda encrypted=no
mkdir -p "$sys"/{module/virtio_blk,module/megaraid_sas,devices/pci0/virtio0/block,devices/pci0/driver,bus} "$target"/{usr/share,etc}/initramfs-tools
ln -s "$sys/module/virtio_blk" "$sys/bus/module"
mkdir "$sys/devices/pci0/virtio0/driver"
ln -s "$sys/module/virtio_blk" "$sys/devices/pci0/virtio0/driver/module"
ln -s "$sys/module/megaraid_sas" "$sys/devices/pci0/driver/module"
mkdir "$sys/block/vda"
ln -s "$sys/devices/pci0/virtio0" "$sys/block/vda/device"
echo initrd >"$target/boot/initrd.img-6.1.0-10-amd64"
echo 'kernel/x/megaraid-sas.ko' >"$target/lib/modules/6.1.0-10-amd64/modules.builtin"
content='lib/modules/6.1.0-10-amd64/kernel/drivers/block/virtio-blk.ko.xz'
# shellcheck disable=SC2317 # called by needs_initramfs
in_target() { echo "$content"; }
: >"$work/before-packages"
needs_initramfs 6.1.0-10-amd64
same '' "$initramfs_reason"
content='lib/modules/6.1.0-10-amd64/kernel/drivers/block/virtio_blk2.ko'
needs_initramfs 6.1.0-10-amd64
same 'it lacks the driver virtio[-_]blk' "$initramfs_reason"
content='x/virtio_blk.ko x/dm-crypt.ko'
encrypted=yes
needs_initramfs 6.1.0-10-amd64
same 'it must ask for the passphrase' "$initramfs_reason"
content+=' scripts/local-top/cryptroot'
needs_initramfs 6.1.0-10-amd64
same '' "$initramfs_reason"
content='x/virtio_blk.ko scripts/local-top/cryptroot'
needs_initramfs 6.1.0-10-amd64
same 'it lacks the driver dm[-_]crypt' "$initramfs_reason"

echo 'templates and domains, with qubes-admin as it ships; a second run changes nothing'
in_target() { QUBES_DATA=$target/var/lib/qubes QUBES_CONFIG=$target/etc/qubes "${qubes_admin:-qubes-admin}" "${@:2}"; }
if ! command -v qubes-admin >/dev/null; then
  make -s -C "$here/../../core-admin/source" BUILD="$scratch/core-admin" >/dev/null
  qubes_admin=$scratch/core-admin/qubes-admin
fi
admin_prefs() { in_target qubes-admin prefs "$@"; }
mkdir -p "$target/var/lib/qubes"
# The image's path is the installed system's: in the test the target is the data directory's parent by another way.
templates_directory=/var/lib/qubes/templates
truncate -s 1M "$scratch/image"
zstd --quiet --force "$scratch/image" -o "$medium/qubes/templates/deb.img.zst"
sum=$(sha256sum <"$scratch/image" | cut -d' ' -f1)
template_names=(deb) template_files=(deb.img.zst) template_sizes=(1048576) template_sums=("$sum")
admin() {
  # --checked NAME IMAGE: the path as the test's qubes-admin sees it.
  case "$1 $2" in 'template register') set -- "${@:1:4}" "$target$5" "$6" ;; esac
  try 7 domains/failed 'read the log' in_target qubes-admin "$@"
}
install_templates >/dev/null
same "$sum" "$(admin_prefs deb image_sha256)"
image=$target/var/lib/qubes/templates/deb-${sum:0:12}.img
[ -s "$image" ] || test_fail 'the image is not there'
same 'qubes-install: template deb is there' "$(install_templates)"
printf '%s\t%s\t%s\t%s\t%s\t%s\n' dom0 admin AdminVM black - - work app AppVM blue deb sys-net sys-net net AppVM red deb - \
  lost app AppVM red nosuch - >"$medium/qubes/domains.conf"
same $'qubes-install: domain work (app)\nqubes-install: domain sys-net (net)
qubes-install: domain lost is left out: its template nosuch is not installed' "$(create_domains)"
same sys-net "$(admin_prefs work netvm)"
same blue "$(admin_prefs work label)"
same yes "$(admin_prefs sys-net provides_network)"
same yes "$(admin_prefs sys-net autostart)"
same 400 "$(admin_prefs sys-net memory)"
same no "$(admin_prefs work autostart)"
admin_prefs work label green
create_domains >/dev/null
same green "$(admin_prefs work label)"

echo 'a template of another medium replaces the image, and the old one goes'
echo new >>"$scratch/image"
zstd --quiet --force "$scratch/image" -o "$medium/qubes/templates/deb.img.zst"
template_sizes=(1048580) template_sums=("$(sha256sum <"$scratch/image" | cut -d' ' -f1)")
install_templates >/dev/null
same "${template_sums[0]}" "$(admin_prefs deb image_sha256)"
[ ! -e "$image" ] || test_fail 'the old image is still there'
template_sizes=(5) template_sums=("${sum/?/0}")
refused_with 3 medium/damaged 'another size' install_templates
printf -- '-x\tapp\tAppVM\tblue\tdeb\t-\n' >"$medium/qubes/domains.conf"
refused_with 3 medium/invalid domains.conf create_domains

echo 'an older medium is refused, an equal or newer one is not'
mkdir -p "$target/etc/qubes"
refused_with 9 upgrade/unknown 'does not say what is installed' read_installed
printf 'NAME=qubes-os\nVERSION=3.0.10\n' >"$target/etc/qubes/product.conf"
product[VERSION]=3.0.9
refused_with 9 upgrade/downgrade '3.0.10 is newer' read_installed
product[VERSION]=3.0.10
read_installed
passed
