# Templates and domains of the installed system, by its own qubes-admin.
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables of all subjects: bin/qubes-install has them together
set -euo pipefail

templates_directory=/var/lib/qubes/templates
# MiB of domains with the roles net and usb: a Linux without a desktop and its drivers.
service_memory=400

# admin ARGUMENTS: qubes-admin of the target.
admin() {
  try 7 domains/failed 'read the log, report it' in_target qubes-admin "$@"
}

# Images whose sum domain.conf has already stay as they are: an interrupted installation or an upgrade goes on.
install_templates() {
  local at name file image
  for at in "${!template_names[@]}"; do
    name=${template_names[at]} file=$medium/qubes/templates/${template_files[at]}
    if is_registered "$name" "${template_sums[at]}"; then
      say "template $name is there"
      continue
    fi
    say "template $name ($((template_sizes[at] / mib)) MiB)"
    mkdir -p "$target$templates_directory"
    # An image of another sum has another name: domains that use the old one find it until the new one is registered.
    image=${template_files[at]%.zst}
    image=$templates_directory/$name-${template_sums[at]:0:12}.${image##*.}
    # Sparse, and compared with the frame's own checksum.
    try 7 templates/unpacking 'the disk may be full or broken: read the log' \
      zstd --quiet --force --decompress --sparse -o "$target$image" "$file"
    [ "$(stat --format=%s "$target$image")" = "${template_sizes[at]}" ] ||
      refuse 3 medium/damaged "the image of template $name has another size than qubes/templates.conf says" 'get the ISO again'
    admin template register --checked "$name" "$image" "${template_sums[at]}"
    remove_old_images "$name" "$image"
  done
}

is_registered() { # NAME SHA256
  local file=$target/var/lib/qubes/domains/$1/domain.conf line
  [ -e "$file" ] || return 1
  while IFS= read -r line; do
    [ "$line" != "image_sha256 = $2" ] || return 0
  done <"$file"
  return 1
}

remove_old_images() { # NAME IMAGE
  local path
  for path in "$target$templates_directory/$1"-????????????.*; do
    case $path in "$target$2" | *'-????????????.*') ;; *) rm -f "$path" ;; esac
  done
}

# The product's default domains. First all of them, then who uses whom: the file has no order. Properties are one call
# each, so only those are set that differ from what qubes-admin takes by itself.
create_domains() {
  local name role class label template netvm
  while IFS=$'\t' read -r name role class label template netvm; do
    is_domain_line "$name" "$role" "$class" "$label" "$template" || continue
    if [ -e "$target/var/lib/qubes/domains/$name/domain.conf" ]; then
      say "domain $name is there"
      continue
    fi
    if [ "$template" != - ] && [ ! -e "$target/var/lib/qubes/domains/$template/domain.conf" ]; then
      say "domain $name is left out: its template $template is not installed"
      continue
    fi
    say "domain $name ($role)"
    if [ "$template" = - ]; then admin create "$name" --class "$class" --label "$label"; else
      admin create "$name" --class "$class" --label "$label" --template "$template"
    fi
    case $role in
      net) admin prefs "$name" provides_network true ;;
    esac
    case $role in
      net | usb)
        # They run as long as the machine does, and do little: the memory is for domains that people work in.
        admin prefs "$name" memory "$service_memory"
        admin prefs "$name" autostart true
        ;;
    esac
  done <"$medium/qubes/domains.conf"
  while IFS=$'\t' read -r name role class label template netvm; do
    is_domain_line "$name" "$role" "$class" "$label" "$template" || continue
    case $netvm in '' | -) continue ;; esac
    [ -e "$target/var/lib/qubes/domains/$name/domain.conf" ] || continue
    if [ -e "$target/var/lib/qubes/domains/$netvm/domain.conf" ]; then admin prefs "$name" netvm "$netvm"; fi
  done <"$medium/qubes/domains.conf"
}

# The admin domain is the machine itself. Everything else is checked by qubes-admin; here only that nothing is an option.
is_domain_line() { # NAME ROLE CLASS LABEL TEMPLATE
  case $1$3 in '' | '#'* | dom0* | *AdminVM) return 1 ;; esac
  [ "$2" != admin ] || return 1
  [[ $1 =~ ^[A-Za-z][A-Za-z0-9_-]*$ && $3 =~ ^[A-Za-z]+$ && $4 =~ ^[a-z]+$ && $5 =~ ^(-|[A-Za-z][A-Za-z0-9_-]*)$ ]] ||
    refuse 3 medium/invalid 'qubes/domains.conf has an invalid line' 'report this: the medium was made so'
}
