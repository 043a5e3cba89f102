# GRUB for BIOS and UEFI, and its menu: the VMM's hypervisor with the admin domain's kernel, or that kernel alone.
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables of all subjects: bin/qubes-install has them together
set -euo pipefail

# The menu names links, which Debian's kernel packages keep on the newest kernel (kernel-img.conf(5)): a new kernel
# needs no new menu. The links are relative, because GRUB sees /boot as a file system of its own.
link_kernels() {
  local version hypervisor=''
  version=$(cd "$target/lib/modules" && printf '%s\n' * | sort --version-sort | tail -n 1)
  [ -s "$target/boot/vmlinuz-$version" ] || refuse 8 boot/no-kernel "the base system has no kernel of $version" 'report this: the medium was made so'
  kernel=$version
  printf 'do_symlinks = yes\nlink_in_boot = yes\n' >"$target/etc/kernel-img.conf"
  ln -sfn "vmlinuz-$version" "$target/boot/vmlinuz"
  ln -sfn "initrd.img-$version" "$target/boot/initrd.img"
  if [ "${product[VMM]}" != xen ]; then return; fi
  for hypervisor in "$target"/boot/xen-[0-9]*.gz; do :; done
  [ -s "$hypervisor" ] || refuse 8 boot/no-hypervisor 'the base system has no hypervisor in /boot' \
    'use a medium of a product for the hypervisor that is installed'
  ln -sfn "${hypervisor##*/}" "$target/boot/xen.gz"
}

# The menu, for /boot/grub/grub.cfg. Consoles: the screen, and the first serial port; the last one named is the system's.
boot_menu() {
  local title=${product[TITLE]//[^A-Za-z0-9 ._()-]/} root_device=UUID=$root_uuid
  # An initial RAM file system that was made elsewhere knows no devices; one that is made here has /etc/crypttab, too.
  if [ "$encrypted" = yes ]; then root_device="/dev/mapper/$mapping cryptopts=target=$mapping,source=UUID=$luks_uuid"; fi
  cat <<EOF
# Made by the installer. /etc/grub.d/09_qubes has the same, for those who run update-grub.
set default=0
set timeout=3
if [ "\$grub_platform" = pc ]; then
  if serial --unit=0 --speed=115200; then
    terminal_input --append serial
    terminal_output --append serial
  fi
fi
search --no-floppy --fs-uuid --set=root $boot_uuid
EOF
  menu_entry "$title ${product[VERSION]}" "$root_device" "$kernel_options"
  menu_entry "$title ${product[VERSION]}, rescue" "$root_device" "$kernel_options systemd.unit=rescue.target"
}

menu_entry() { # TITLE ROOT OPTIONS
  printf "menuentry '%s' {\n" "$1"
  if [ "${product[VMM]}" = xen ]; then
    printf '  insmod gzio\n'
    printf '  multiboot2 /xen.gz placeholder %s\n' "$hypervisor_options"
    printf '  module2 /vmlinuz placeholder root=%s ro console=tty0 console=hvc0%s\n' "$2" "$3"
    printf '  module2 --nounzip /initrd.img\n'
  else
    printf '  linux /vmlinuz root=%s ro console=tty0 console=ttyS0,115200%s\n' "$2" "$3"
    printf '  initrd /initrd.img\n'
  fi
  printf '}\n'
}

write_menu() {
  local script=$target/etc/grub.d/09_qubes kernel_options
  vmm_options kernel.options
  kernel_options=$options
  mkdir -p "$target/boot/grub" "$target/etc/grub.d"
  boot_menu >"$target/boot/grub/grub.cfg.new"
  mv "$target/boot/grub/grub.cfg.new" "$target/boot/grub/grub.cfg"
  # update-grub would write a menu of its own, which starts no hypervisor by default.
  {
    # shellcheck disable=SC2016
    printf '#!/bin/sh\nexec tail -n +3 "$0"\n'
    boot_menu
  } >"$script"
  chmod 755 "$script"
  for script in "$target"/etc/grub.d/{10_linux,20_linux_xen,30_os-prober,30_uefi-firmware}; do
    if [ -e "$script" ]; then chmod a-x "$script"; fi
  done
}

# Both firmwares, whatever this machine started with: the disk may move. The removable path is the one that every UEFI
# tries; no variables are written.
install_boot_loader() {
  local next='read the log; the firmware or the disk may be at fault'
  say 'boot loader for BIOS'
  try 8 boot/bios "$next" grub-install --target=i386-pc --boot-directory="$target/boot" --locales= --fonts= --themes= "$dev/$disk"
  say 'boot loader for UEFI'
  try 8 boot/uefi "$next" grub-install --target=x86_64-efi --boot-directory="$target/boot" \
    --efi-directory="$target/boot/efi" --removable --no-nvram --locales= --fonts= --themes=
  [ -s "$target/boot/efi/EFI/BOOT/BOOTX64.EFI" ] || refuse 8 boot/uefi 'grub-install made no EFI/BOOT/BOOTX64.EFI' "$next"
}

# What the VMM's package has Xen or the kernel told: one option a line, each of which becomes a word of the menu. Sets
# $options, with a blank before each.
vmm_options() { # FILE
  local file=$target/usr/share/qubes/vmm/boot/$1 line
  options=''
  [ -e "$file" ] || return 0
  while IFS= read -r line || [ -n "$line" ]; do
    case $line in '' | '#'*) continue ;; esac
    [[ $line =~ ^[A-Za-z0-9_.-]+(=[A-Za-z0-9_.,:=-]+)?$ ]] ||
      refuse 8 boot/options "$1 of the VMM's package has a line that is no option" 'report this: the medium was made so'
    options+=" $line"
  done <"$file"
}

# What Xen is told: dom0 gets this much memory and the domains the rest; messages on the screen and the first serial port.
choose_hypervisor_options() { # MEBIBYTES
  vmm_options xen.options
  hypervisor_options="dom0_mem=$1M,max:$1M console=vga,com1 com1=115200,8n1 loglvl=warning$options"
}

# The menu of an installed system keeps its options when it is upgraded.
read_hypervisor_options() {
  local line
  while IFS= read -r line; do
    case $line in *'multiboot2 /xen.gz placeholder '*)
      hypervisor_options=${line#*placeholder }
      return
      ;;
    esac
  done <"$target/boot/grub/grub.cfg"
  choose_hypervisor_options 1024
}
